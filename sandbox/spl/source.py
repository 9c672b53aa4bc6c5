"""The port to the event store, and the in-memory store that is its contract.

An event is a dict with _raw, _time, _indextime, index, sourcetype, source and host. Whatever a store gives is
tested again by the search, so a store may give too many events but never too few.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Optional, Protocol, Sequence, Tuple

from .terms import like, tokens

Event = Dict[str, Any]
Patterns = Optional[FrozenSet[str]]  # lower case, * allowed; None: any
META = ("_time", "_raw", "_indextime", "index", "sourcetype", "source", "host")


class EventSource(Protocol):
    """Where a search's events come from."""

    def scan(
        self,
        earliest: Optional[float],
        latest: Optional[float],
        index_earliest: Optional[float],
        index_latest: Optional[float],
        indexes: Patterns,
        sourcetypes: Patterns,
        terms: Sequence[FrozenSet[str]],
    ) -> Iterable[Event]:
        """The events with earliest <= _time < latest (and _indextime likewise), newest first, later arrivals first.

        `terms` is a list of alternatives: of each set, the event's raw text holds at least one as a whole token in
        lower case, tokens being cut as terms.tokens() does. The events are shared: the caller changes none.
        """


def inside(value: float, low: Optional[float], high: Optional[float]) -> bool:
    """low <= value < high, an absent bound being none."""
    return (low is None or value >= low) and (high is None or value < high)


def matches(value: str, patterns: Patterns) -> bool:
    """Whether a name is among the patterns; index=* leaves out the internal indexes, whose names begin with _."""
    if patterns is None:
        return True
    return any(like(one)(value) and not (one.startswith("*") and value.startswith("_")) for one in patterns)


class AllowedEvents:
    """The port of `scan` over those indexes that somebody may read; what he may not read is not there for him.

    Source: authorize.conf.spec, srchIndexesAllowed. That a search of another index ends without rows and without an
    error: INFERRED.
    """

    def __init__(self, events: EventSource, indexes: FrozenSet[str]) -> None:
        self._events, self._indexes = events, indexes

    def scan(
        self,
        earliest: Optional[float],
        latest: Optional[float],
        index_earliest: Optional[float],
        index_latest: Optional[float],
        indexes: Patterns,
        sourcetypes: Patterns,
        terms: Sequence[FrozenSet[str]],
    ) -> Iterator[Event]:
        """See EventSource."""
        allowed = lru_cache(maxsize=None)(partial(matches, patterns=self._indexes))
        for event in self._events.scan(
            earliest, latest, index_earliest, index_latest, indexes, sourcetypes, terms
        ):
            if allowed(event["index"]):
                yield event


class MemoryEvents:
    """A store that keeps everything in a list and looks at every event; for tests and small data."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: List[Tuple[Event, FrozenSet[str]]] = []
        for event in events:
            self.add(**event)

    def add(
        self,
        _raw: str,
        _time: float,
        _indextime: Optional[float] = None,
        index: str = "main",
        sourcetype: str = "o365:management:activity",
        source: str = "memory",
        host: str = "localhost",
    ) -> None:
        """Takes in one event."""
        arrived = _time if _indextime is None else _indextime
        event: Event = {
            "_time": _time,
            "_raw": _raw,
            "_indextime": arrived,
            "index": index,
            "sourcetype": sourcetype,
            "source": source,
            "host": host,
        }
        self._events.append((event, tokens(_raw)))

    def scan(
        self,
        earliest: Optional[float],
        latest: Optional[float],
        index_earliest: Optional[float],
        index_latest: Optional[float],
        indexes: Patterns,
        sourcetypes: Patterns,
        terms: Sequence[FrozenSet[str]],
    ) -> Iterator[Event]:
        """See EventSource."""
        held = [
            event
            for event, words in reversed(self._events)
            if inside(event["_time"], earliest, latest)
            and inside(event["_indextime"], index_earliest, index_latest)
            and matches(event["index"], indexes)
            and matches(event["sourcetype"], sourcetypes)
            and all(words & wanted for wanted in terms)
        ]
        held.sort(key=lambda event: event["_time"], reverse=True)
        return iter(held)
