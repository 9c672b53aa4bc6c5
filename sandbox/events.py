"""The event store: raw events with their time, index time and origin, found by time, origin and words.

Knows `_time` and `_indextime`, the two clocks of an event, and how to find a few hundred events among some hundred
thousand in milliseconds.  Does not read fields out of the raw text; only the time stamp of an audit record is looked
for, where the add-on's TIME_PREFIX would find it.

Events lie in buckets of one hour.  A bucket remembers for each word that was ever asked for which of its events hold
it; nothing is indexed before it is asked for: loading is cheap, and the same search is fast from its second run on.
`scan` is the port of `sandbox/spl/source.py`: it may give too many events (the search looks again), never too few.
"""
from __future__ import annotations

import calendar
import re
import threading
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import (
    Callable,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from sandbox.spl.source import Event, Patterns, inside, matches

INDEX = "o365"
SOURCETYPE = "o365:management:activity"
BUCKET = 3600  # seconds
_STAMP = re.compile(r'"CreationTime"\s*:\s*"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|\+00:00)?"')


@dataclass(frozen=True)
class Origin:
    """Where an event came from; the events of one input share one."""

    index: str = INDEX
    sourcetype: str = SOURCETYPE
    source: str = "sandbox"
    host: str = "localhost"


class _Stored(NamedTuple):
    """One event; events sort by their time, then by their arrival."""

    time: float
    arrival: int
    indextime: float
    raw: str
    origin: Origin


class _Bucket:
    """The events of one hour in order of arrival, and what has been learned about their words."""

    def __init__(self) -> None:
        self.events: List[_Stored] = []
        self.first_indexed = float("inf")
        self.last_indexed = float("-inf")
        self._by_time: List[_Stored] = []
        self._holders: Dict[str, List[int]] = {}  # word -> positions in self.events
        self._looked_at: Dict[str, int] = {}  # word -> how many events have been looked at for it

    def add(self, event: _Stored) -> None:
        self.events.append(event)
        self.first_indexed = min(self.first_indexed, event.indextime)
        self.last_indexed = max(self.last_indexed, event.indextime)

    def find(
        self, earliest: Optional[float], latest: Optional[float], terms: Sequence[FrozenSet[str]]
    ) -> List[_Stored]:
        """The events of the span that hold a word of each set, oldest first."""
        if not terms:
            return self._span(earliest, latest)
        self._look_for({word for alternatives in terms for word in alternatives})
        left: Optional[Set[int]] = None
        for alternatives in terms:
            holding = {position for word in alternatives for position in self._holders[word]}
            left = holding if left is None else left & holding
        found = [self.events[position] for position in left or ()]
        return sorted(event for event in found if inside(event.time, earliest, latest))

    def _span(self, earliest: Optional[float], latest: Optional[float]) -> List[_Stored]:
        if len(self._by_time) != len(self.events):
            self._by_time = sorted(self.events)
        low = 0 if earliest is None else bisect_left(self._by_time, (earliest,))
        high = len(self._by_time) if latest is None else bisect_left(self._by_time, (latest,))
        return self._by_time[low:high]

    def _look_for(self, words: Set[str]) -> None:
        count = len(self.events)
        due = [word for word in words if self._looked_at.get(word, 0) < count]
        if not due:
            return
        begin = min(self._looked_at.get(word, 0) for word in due)
        lowered = [event.raw.lower() for event in self.events[begin:]]
        for word in due:
            start = self._looked_at.get(word, 0)
            holders = self._holders.setdefault(word, [])
            holders.extend(place for place, raw in enumerate(lowered[start - begin :], start) if word in raw)
            self._looked_at[word] = count


class EventStore:
    """All events of the stand-in; safe for several threads."""

    def __init__(self, clock: Optional[Callable[[], float]] = None) -> None:
        self._clock = clock
        self._buckets: Dict[int, _Bucket] = {}
        self._order: List[int] = []  # the keys of the buckets, sorted when needed
        self._arrivals = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._arrivals

    def add(
        self,
        raw: str,
        time: float,
        indextime: Optional[float] = None,
        index: str = INDEX,
        sourcetype: str = SOURCETYPE,
        source: str = "sandbox",
        host: str = "localhost",
    ) -> None:
        """Take in one event; its index time, unless given, is its own time, or now if that is earlier."""
        if indextime is None:
            indextime = time if self._clock is None else min(time, self._clock())
        self._add([(raw, time, indextime)], Origin(index, sourcetype, source, host))

    def load(
        self,
        records: Union[Path, Iterable[str]],
        *,
        delay: Union[float, Callable[[float], float]] = 0.0,
        fallback_time: float = 0.0,
        index: str = INDEX,
        sourcetype: str = SOURCETYPE,
        source: str = "sandbox",
        host: str = "localhost",
    ) -> int:
        """Take in audit records, one JSON text each (a path is a file of JSON lines); how many they were.

        `delay` is the seconds from an event's time to its index time, or a function of the event's time.  An event
        without a readable CreationTime gets `fallback_time`, as splunkd gives such an event the time of its arrival.
        """
        if isinstance(records, Path):
            with records.open(encoding="utf-8", errors="replace", newline="\n") as stream:
                return self.load(
                    (line for line in map(str.strip, stream) if line), delay=delay, fallback_time=fallback_time,
                    index=index, sourcetype=sourcetype, source=source, host=host,
                )  # fmt: skip
        later = delay if callable(delay) else lambda time: time + float(delay)
        before = self._arrivals
        stamped = ((raw, stamp(raw, fallback_time)) for raw in records)
        self._add(((raw, time, later(time)) for raw, time in stamped), Origin(index, sourcetype, source, host))
        return self._arrivals - before

    def _add(self, events: Iterable[Tuple[str, float, float]], origin: Origin) -> None:
        with self._lock:
            for raw, time, indextime in events:
                key = int(time // BUCKET)
                bucket = self._buckets.get(key)
                if bucket is None:
                    bucket = self._buckets[key] = _Bucket()
                    self._order.append(key)
                bucket.add(_Stored(_plain(time), self._arrivals, _plain(indextime), raw, origin))
                self._arrivals += 1

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
        """The events with earliest <= _time < latest (and _indextime likewise), newest first, later arrivals first.

        Of each set in `terms` an event's raw text holds at least one word, lower case, perhaps as part of another.
        """

        @lru_cache(maxsize=None)
        def wanted(origin: Origin) -> bool:
            return matches(origin.index, indexes) and matches(origin.sourcetype, sourcetypes)

        for key in self._keys(earliest, latest):
            with self._lock:
                bucket = self._buckets[key]
                if index_earliest is not None and bucket.last_indexed < index_earliest:
                    continue
                if index_latest is not None and bucket.first_indexed >= index_latest:
                    continue
                found = bucket.find(earliest, latest, terms)
            for event in reversed(found):
                if wanted(event.origin) and inside(event.indextime, index_earliest, index_latest):
                    yield _shown(event)

    def as_of(self, now: float) -> "EventsAsOf":
        """The store as a search at that time sees it: without what arrives later."""
        return EventsAsOf(self, now)

    def _keys(self, earliest: Optional[float], latest: Optional[float]) -> List[int]:
        """The buckets that the span touches, newest first."""
        with self._lock:
            self._order.sort()
            low = 0 if earliest is None else bisect_left(self._order, int(earliest // BUCKET))
            high = len(self._order) if latest is None else bisect_left(self._order, int(latest // BUCKET) + 1)
            return self._order[low:high][::-1]


class EventsAsOf:
    """The port of `scan` over the events that had arrived at a certain time."""

    def __init__(self, store: EventStore, now: float) -> None:
        self._store, self._now = store, now

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
        """See EventStore.scan."""
        for event in self._store.scan(earliest, latest, index_earliest, index_latest, indexes, sourcetypes, terms):
            if event["_indextime"] <= self._now:
                yield event


def stamp(raw: str, fallback: float = 0.0) -> float:
    """The first CreationTime in the raw text as epoch seconds, UTC; the fallback where there is none to read."""
    found = _STAMP.search(raw)
    if found is None:
        return fallback
    day, hour, minute, second, fraction = found.groups()
    midnight = _midnight(day)
    if midnight is None:
        return fallback
    whole = midnight + int(hour) * 3600 + int(minute) * 60 + int(second)
    return whole + float(fraction) if fraction else whole


@lru_cache(maxsize=10000)
def _midnight(day: str) -> Optional[int]:
    year, month, number = int(day[:4]), int(day[5:7]), int(day[8:])
    if not (year >= 1970 and 1 <= month <= 12 and 1 <= number <= calendar.monthrange(year, month)[1]):
        return None
    return calendar.timegm((year, month, number, 0, 0, 0))


def _plain(time: float) -> float:
    return int(time) if float(time).is_integer() else time


def _shown(event: _Stored) -> Event:
    origin = event.origin
    return {
        "_time": event.time,
        "_raw": event.raw,
        "_indextime": event.indextime,
        "index": origin.index,
        "sourcetype": origin.sourcetype,
        "source": origin.source,
        "host": origin.host,
    }
