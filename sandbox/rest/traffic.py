"""The log of requests: what a test may count and read after the fact."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class Record:
    """One request and its answer; status 0 if nothing was answered. Bytes are those of the bodies."""

    method: str
    path: str
    query: str
    status: int
    request_bytes: int
    response_bytes: int
    account: Optional[str] = None
    fault: Optional[str] = None


class Traffic:
    """All records since the start or the last clear(), oldest first."""

    def __init__(self) -> None:
        self._records: List[Record] = []
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        with self._lock:
            self._records.append(record)

    def records(self, method: Optional[str] = None, containing: str = "") -> List[Record]:
        """The records of a method whose path contains a text."""
        with self._lock:
            return [each for each in self._records if method in (None, each.method) and containing in each.path]

    def count(self, method: Optional[str] = None, containing: str = "") -> int:
        return len(self.records(method, containing))

    def clear(self) -> None:
        with self._lock:
            self._records.clear()
