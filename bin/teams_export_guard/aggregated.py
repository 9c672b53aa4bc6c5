"""Aggregated rows: each stands for several records of one minute (contract, section 3).

Knows what their columns mean, when a row cannot be used, and that the same row again is the same row. What is the same for
many rows, a source and figures, is read once; the rows of one source are a ``Batch``, column by column.
"""

import re
from collections import Counter
from functools import lru_cache
from typing import Callable, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .columns import FIGURES, MV, SEVERAL, SOURCE, Value, asn_text, decoded, several, single
from .csv_rows import unquoted
from .layout import Detail, Layout
from .records import COUNTED_WORKLOAD, Record, Rejection, Source, are_names, entity_of
from .schema import FUTURE, violations
from .settings import FUTURE_SECONDS, MINUTE

_COUNT = re.compile(r"0*([0-9]{1,15})(?:\.0+)?")
_TIME = re.compile(r"(-?[0-9]{1,12})(?:\.[0-9]+)?")
MEMO = 65536  # distinct texts that are remembered (ours)

#: The texts of a source, as they stand in a row: what two rows must share to be the same.
Texts = Tuple[str, ...]


class Unusable(KeyError):
    """A ``Memo`` has nothing for a thing, because its function gives None. It never leaves ``intake``."""


class Memo(dict):
    """What a function gave for a thing; forgets all when it has ``most`` of them. ``Unusable`` where it gives None."""

    def __init__(self, function, most: float = MEMO):
        super().__init__()
        self._function, self._most = function, most

    def __missing__(self, thing):
        value = self._function(thing)
        if value is None:
            raise Unusable(thing)
        if len(self) >= self._most:
            self.clear()
        self[thing] = value
        return value


def _integer(pattern, text) -> Optional[int]:
    match = pattern.fullmatch(text)
    return int(match.group(1)) if match else None


def texts_of(columns: Mapping[str, Value]) -> Texts:
    """The texts of a source in a row's columns."""
    return tuple(asn_text(columns.get(name)) if name == "asn" else single(columns.get(name)) for name in SOURCE)


def source_of(texts: Texts, operations: FrozenSet[str]) -> Source:
    """The source that its texts name; one without a tenant or an actor cannot be used (``are_names``)."""
    tenant, user_id, user_key, user_type, client_ip, app_id, workload, operation, asn = texts
    counted = operation in operations and workload == COUNTED_WORKLOAD
    entity = entity_of(user_type, app_id, user_key, user_id)
    return Source(tenant, entity, user_id.lower(), user_key, client_ip, asn, app_id.lower(), operation, counted)


def usable_source(texts: Texts, operations: FrozenSet[str]) -> Optional[Source]:
    """The source that these texts name; None if all rows of it must be rejected."""
    source = source_of(texts, operations)
    return source if are_names(source.tenant, source.entity) else None


def rejection_of(columns: Mapping[str, str], ids: Texts, operations: FrozenSet[str]) -> Rejection:
    """Why a row that cannot be used, with these columns and sorted ids, is rejected."""
    source = source_of(texts_of(columns), operations)
    seen = {name: single(columns.get(name)) for name in SOURCE + FIGURES if name != "asn"}
    faults = violations("AGGREGATED", dict(seen, counted=source.counted))
    return Rejection(faults[0] if faults else FUTURE, ids[0] if ids else "")


class Figures:
    """What figures mean. Few are different ones, for they are minutes and small numbers: each has a number."""

    def __init__(self, now: float):
        self._latest = now + FUTURE_SECONDS
        self._rows: List[Tuple[int, int, int]] = []
        self._texts: List[Tuple[Layout, bytes]] = []
        #: The numbers of those without messages, which a row of a counted source cannot be.
        self.without_messages: set = set()

    def number(self, layout: Layout, text: bytes) -> Optional[int]:
        """A number for the figures in a text; None if no row can have them."""
        columns = layout.figures(text)
        time = _integer(_TIME, columns.get("_time", ""))
        messages, records = (_integer(_COUNT, columns.get(name, "")) for name in FIGURES[1:])
        if time is None or time - time % MINUTE > self._latest or messages is None or not records:
            return None
        number = len(self._texts)
        if not messages:
            self.without_messages.add(number)
        self._rows.append((time - time % MINUTE, messages, records))
        self._texts.append((layout, text))
        return number

    def columns(self, numbers: Sequence[int]) -> Tuple[List[int], List[int], List[int]]:
        """The minutes, messages and records of figures, of which there is at least one."""
        rows = self._rows
        minutes, messages, records = map(list, zip(*[rows[number] for number in numbers]))
        return minutes, messages, records

    def texts(self, number: int) -> Texts:
        """The texts of figures, as they stand in a row."""
        layout, text = self._texts[number]
        columns = layout.figures(text)
        return tuple(columns.get(name, "") for name in FIGURES)


def chats_and_ids(detail: Detail) -> Tuple[Texts, Texts]:
    """The chats and the ids in a row's detail, sorted."""
    layout, text = detail
    cells = layout.detail(text)
    chats, ids = ((cells.get(name, b""), cells.get(MV + name, b"")) for name in SEVERAL)
    return _chats(*chats), _several(*ids)


def _several(plain: bytes, multiple: bytes) -> Texts:
    return several(decoded(unquoted(multiple)) if multiple else unquoted(plain))


_chats = lru_cache(MEMO)(_several)  # people have few, and records share them


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


def may_repeat(batch: Batch) -> bool:
    """Whether a row of the batch may be another one again; a no is certain."""
    return len(set(batch.minutes)) < len(batch.minutes)


def distinct(batch: Batch, texts_of_figures: Callable[[int], Texts]) -> Batch:
    """The batch with each row but once; ``texts_of_figures`` gives those of its row i."""
    times, seen, kept = Counter(batch.minutes), set(), []
    for index, minute in enumerate(batch.minutes):
        if times[minute] > 1:
            identity = texts_of_figures(index), batch.detail(index)
            if identity in seen:
                continue
            seen.add(identity)
        kept.append(index)
    return batch.only(kept)
