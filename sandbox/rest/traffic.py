"""The log of requests: what a test may count and read after the fact."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, List, Optional


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
    """All records since the start or the last clear(), oldest first; and whether a request is still worked on."""

    def __init__(self) -> None:
        self._records: List[Record] = []
        self._lock = threading.Lock()
        self._under_way = 0
        self._changed = threading.Condition()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """While a request that has come in is carried out; how long sending the answer takes does not count."""
        with self._changed:
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until no request is worked on: a request outlives the client that was killed after sending it."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._under_way == 0, seconds):
                raise TimeoutError("%d requests are still worked on after %g s." % (self._under_way, seconds))

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
