"""The silent cut: what an answer loses when it is over limits.conf, and the line that the log then has.

Splunk answers such a query with status 200 and fewer rows. An app that does not page cannot see it.
It knows rows and bytes, not queries.
"""

from __future__ import annotations

import json
import logging
from typing import Any, Dict, Iterable, List

from .limits import MEBIBYTE, Limits

_TO_JSON = json.JSONEncoder(ensure_ascii=False)
log = logging.getLogger("splunkd.KVStorageProvider")


class Cutter:
    """Cuts the answers of one request; a batch shares one, because its answers also have a size in common."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._left_of_batch = limits.max_size_per_batch_result_mb * MEBIBYTE

    def cut(self, rows: Iterable[Dict[str, Any]]) -> List[Dict[str, Any]]:
        """The rows that fit, the first ones."""
        kept: List[Dict[str, Any]] = []
        left = min(self._limits.max_size_per_result_mb * MEBIBYTE, self._left_of_batch)
        start = left
        for row in rows:
            if len(kept) == self._limits.max_rows_per_query:
                log.warning("Too many rows in result, max_rows_per_query=%d", self._limits.max_rows_per_query)
                break
            left -= len(_TO_JSON.encode(row).encode()) + 1
            if left < 0:
                log.warning(
                    "Result size too large, max_size_per_result_mb=%d, Consider applying a skip and/or limit.",
                    self._limits.max_size_per_result_mb * MEBIBYTE,
                )
                break
            kept.append(row)
        self._left_of_batch -= start - max(left, 0)
        return kept
