"""Aggregated rows: each stands for several records of one minute (contract, section 3).

Knows how their columns become a source and its shares, when a row cannot be used, and that the same row again is the same
row. Rows are read a source at a time, column by column; only a row that cannot be used is looked at by itself, for the reason.
"""

import re
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, chain
from typing import Callable, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .columns import SHARE, SOURCE, Shares, Value, asn_text, decoded, several, single
from .records import COUNTED_WORKLOAD, Record, Rejection, Source, are_names, entity_of
from .schema import FUTURE, violations
from .settings import FUTURE_SECONDS, MINUTE

_COUNT = re.compile(r"0*([0-9]{1,15})(?:\.0+)?")
_TIME = re.compile(r"(-?[0-9]{1,12})(?:\.[0-9]+)?")
MEMO = 65536  # distinct texts of one column that are remembered (ours)

#: The texts of a source, as they stand in a row: what two rows must share to be the same.
Texts = Tuple[str, ...]


def _integer(pattern, text) -> Optional[int]:
    match = pattern.fullmatch(text)
    return int(match.group(1)) if match else None


def _minute(text) -> Optional[int]:
    time = _integer(_TIME, text)
    return None if time is None else time - time % MINUTE


class _Memo(dict):
    """What a function gave for a text; forgets all when it is full."""

    def __init__(self, function):
        super().__init__()
        self._function = function

    def __missing__(self, text):
        if len(self) >= MEMO:
            self.clear()
        value = self[text] = self._function(text)
        return value


def texts_of(columns: Mapping[str, Value]) -> Texts:
    """The texts of a source in a row's columns."""
    return tuple(asn_text(columns.get(name)) if name == "asn" else single(columns.get(name)) for name in SOURCE)


def source_of(texts: Texts, operations: FrozenSet[str]) -> Source:
    """The source that its texts name; one without a tenant or an actor cannot be used (``are_names``)."""
    tenant, user_id, user_key, user_type, client_ip, app_id, workload, operation, asn = texts
    counted = operation in operations and workload == COUNTED_WORKLOAD
    entity = entity_of(user_type, app_id, user_key, user_id)
    return Source(tenant, entity, user_id.lower(), user_key, client_ip, asn, app_id.lower(), operation, counted)


def rejection_of(columns: Mapping[str, Value], operations: FrozenSet[str]) -> Rejection:
    """Why a row that cannot be used (column to text or list of texts) is rejected, and its smallest ``Id``."""
    source, ids = source_of(texts_of(columns), operations), several(columns.get("record_id"))
    seen = {name: single(columns.get(name)) for name in SOURCE + SHARE if name != "asn"}
    faults = violations("AGGREGATED", dict(seen, counted=source.counted))
    return Rejection(faults[0] if faults else FUTURE, ids[0] if ids else "")


class Batch(NamedTuple):
    """Rows of one source, column by column. ``detail(i)`` gives the chats and the ids of row i, sorted."""

    source: Source
    minutes: List[int]
    messages: List[int]
    records: List[int]
    detail: Callable[[int], Tuple[Texts, Texts]]

    def record(self, index: int) -> Record:
        """A row as a record."""
        chats, ids = self.detail(index)
        return Record(
            self.source, self.minutes[index], self.messages[index], self.records[index],
            chats if self.source.counted else (), ids,
        )

    def only(self, kept: List[int]) -> "Batch":
        """The batch of some of its rows."""
        columns = ([column[index] for index in kept] for column in (self.minutes, self.messages, self.records))
        return Batch(self.source, *columns, lambda index: self.detail(kept[index]))


def batch_of(records: List[Record]) -> Batch:
    """Records of one source as a batch."""
    minutes, messages, counts = ([getattr(one, name) for one in records] for name in ("minute", "messages", "records"))
    return Batch(records[0].source, minutes, messages, counts, lambda index: (records[index].chats, records[index].ids))


class Read(NamedTuple):
    """What rows of one source give: those that count, how many were there already, those that cannot be used."""

    batch: Batch
    duplicates: int
    rejected: List[Rejection]


class Reader:
    """Reads the rows of one source at a time. Remembers what texts mean, which are few: minutes and small numbers."""

    def __init__(self, operations: FrozenSet[str], now: float):
        self._operations, self._now = operations, now
        self._minutes, self._counts = _Memo(_minute), _Memo(lambda text: _integer(_COUNT, text))
        self._several = _Memo(lambda texts: several(decoded(texts[1]) if texts[1] else texts[0]))

    def usable_source(self, texts: Texts) -> Optional[Source]:
        """The source that these texts name; None if all rows of it must be rejected."""
        source = source_of(texts, self._operations)
        return source if are_names(source.tenant, source.entity) else None

    def read(self, texts: Texts, source: Source, parts: List[Shares]) -> Read:
        """The rows of a usable source."""
        rows = _Rows(parts, self._several)
        minutes = list(map(self._minutes.__getitem__, rows.column("_time")))
        messages = list(map(self._counts.__getitem__, rows.column("message_count")))
        records = list(map(self._counts.__getitem__, rows.column("record_count")))
        batch = Batch(source, minutes, messages, records, rows.detail)
        bad = self._bad(batch)
        if bad:
            named = dict(zip(SOURCE, texts))
            rejected = [rejection_of({**named, **rows.mapping(index)}, self._operations) for index in bad]
            batch = batch.only(sorted(set(range(len(minutes))).difference(bad)))
        else:
            rejected = []
        if len(set(batch.minutes)) == len(batch.minutes):  # none of them can be another one again
            return Read(batch, 0, rejected)
        kept = _distinct(rows, batch, bad)
        return Read(batch.only(kept), len(batch.minutes) - len(kept), rejected)

    def _bad(self, batch: Batch) -> List[int]:
        minutes, messages, records = batch.minutes, batch.messages, batch.records
        limit = self._now + FUTURE_SECONDS
        least = 1 if batch.source.counted else 0
        if None not in minutes and None not in messages and None not in records:
            if max(minutes, default=0) <= limit and min(messages, default=least) >= least and min(records, default=1) >= 1:
                return []
        return [
            index for index, (minute, some, many) in enumerate(zip(minutes, messages, records))
            if minute is None or minute > limit or some is None or some < least or not many
        ]


class _Rows:
    """The shares of one source, from several chunks of the input, one after the other."""

    def __init__(self, parts: List[Shares], known: Mapping[Tuple[str, str], Texts]):
        self._parts, self._several = parts, known
        self._starts = list(accumulate(map(len, parts), initial=0))

    def column(self, name: str) -> Iterable[str]:
        """The plain texts of a column."""
        return chain.from_iterable(part.column(name) for part in self._parts)

    def mapping(self, index: int) -> Dict[str, Value]:
        """The columns of one share."""
        part = bisect_right(self._starts, index) - 1
        return self._parts[part].mapping(index - self._starts[part])

    def detail(self, index: int) -> Tuple[Texts, Texts]:
        """The chats and the ids of a row."""
        part = bisect_right(self._starts, index) - 1
        values, place = self._parts[part].several, index - self._starts[part]
        return self._several[values(place, "chat_id")], self._several[values(place, "record_id")]

    def identity(self, index: int) -> Tuple:
        """What a row has in common with the same row again, its source apart."""
        columns = self.mapping(index)
        return (*(single(columns.get(name)) for name in SHARE), *self.detail(index))


def _distinct(rows: _Rows, batch: Batch, bad: List[int]) -> List[int]:
    """The rows of ``batch``, which lacks the ``bad`` ones of ``rows``, each but once."""
    places = sorted(set(range(len(batch.minutes) + len(bad))).difference(bad))
    seen, kept = set(), []
    times = Counter(batch.minutes)
    for index, (place, minute) in enumerate(zip(places, batch.minutes)):
        if times[minute] > 1:
            identity = rows.identity(place)
            if identity in seen:
                continue
            seen.add(identity)
        kept.append(index)
    return kept
