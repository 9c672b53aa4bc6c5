"""The numbers that bound the KV store, each with its source.

It knows only numbers; what happens at each of them is in store.py, shaping.py and definitions.py.
"""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Defaults of limits.conf [kvstore], spec files of 8.2 to 10.2, unless a line says otherwise."""

    # An answer with more rows is cut without a word: status 200, a WARN in splunkd.log only.
    max_rows_per_query: int = 50000
    # The same silent cut, by size of one answer.
    max_size_per_result_mb: int = 50
    # More queries in one batch_find: 400.
    max_queries_per_batch: int = 1000
    # Size of all the answers of one batch_find. The spec gives the number, not the effect; cut here as above.
    max_size_per_batch_result_mb: int = 100
    # More documents in one batch_save: 400. 1000 in 8.2, 9.0, 9.3 and later; 50000 in 9.1 and 9.2.
    max_documents_per_batch_save: int = 1000
    # Size of the body of one batch_save: 400.
    max_size_per_batch_save_mb: int = 50
    max_accelerations_per_collection: int = 10
    max_fields_per_acceleration: int = 10
    # REST reference, "Limits": 16 MB a record, 1 KB an indexed field (`_key` is always indexed).
    max_document_mb: int = 16
    max_indexed_field_bytes: int = 1024


DEFAULTS = Limits()
