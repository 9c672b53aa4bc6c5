"""The rows of one run, taken in: records once each, bad rows counted.

Knows that the same ``Id`` within a tenant is the same record (of differing copies the earliest
counts, then the smallest text) and that the same aggregated row again is the same row. The order of
rows therefore changes nothing. Does not judge.

A run may have millions of rows and little memory. So aggregated rows are kept as texts (``columns``), those of one source
together, and put aside when there are many: into a ``Spool``, in parts of which each has everything of some sources. They
are read a part at a time, at the end.
"""

import marshal
from collections import defaultdict
from itertools import islice
from typing import Dict, FrozenSet, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple

from .aggregated import Batch, Reader, Texts, batch_of, rejection_of, texts_of
from .columns import PLAIN, SEPARATOR, Layout, Value, asn_text, plain_row
from .records import RawReader, Record, Rejection, Source
from .schema import NO_CONTENT
from .text import clean

ROOM = 262_144  # aggregated rows that are held before they are put aside (ours)
PARTS = 64  # of what is put aside; the greatest is in memory when it is read (ours)

#: (tenant, entity): whose records, baseline and alerts are taken together.
Owner = Tuple[str, str]


class Rejected(NamedTuple):
    """How many rows one reason rejected, and the ``Id`` of one of them ('' if none has any)."""

    count: int
    example: str


class Spool(Protocol):
    """Where bytes are put aside for the length of a run."""

    def put(self, data: bytes) -> object:
        """Put ``data`` aside; gives its address."""

    def get(self, address) -> bytes:
        """What was put at an address."""


class MemorySpool:
    """A spool for runs that need none."""

    def put(self, data: bytes) -> bytes:
        """See ``Spool``."""
        return data

    def get(self, address: bytes) -> bytes:
        """See ``Spool``."""
        return address


class Activity(NamedTuple):
    """All rows of one owner that count."""

    owner: Owner
    batches: List[Batch]


class _Raw(NamedTuple):
    """A raw record that counts so far; of its text the address."""

    text: object
    record: Record


class _Groups(dict):
    """Share texts by source text."""

    def __missing__(self, text):
        shares: List[str] = []
        self[text] = shares
        return shares


class Intake:
    """Takes rows; ``activities()``, once all of them are in, gives what counts, and then the counts are whole."""

    def __init__(self, operations: FrozenSet[str], now: float, spool: Optional[Spool] = None, room: int = ROOM):
        self._operations = operations
        self._spool: Spool = MemorySpool() if spool is None else spool
        self._room, self._held = room, 0
        self._layouts: Dict[Tuple[str, ...], Layout] = {}
        self._groups: Dict[Layout, _Groups] = defaultdict(_Groups)
        self._reader = Reader(operations, now)
        self._numbers: Dict[Layout, Dict[str, int]] = defaultdict(dict)
        self._number_of: Dict[Texts, int] = {}
        self._sources: List[Tuple[Texts, Source]] = []
        self._part_of: List[int] = []
        self._parts: Dict[Owner, int] = {}
        self._aside: List[List[Tuple[Layout, object]]] = [[] for _ in range(PARTS)]
        self._raw: Dict[Tuple[str, str], _Raw] = {}
        self._raw_reader = RawReader(operations, now)
        self.rejected: Dict[str, Rejected] = {}
        self.duplicates = self.records = 0

    def add(self, row: Mapping[str, Value]) -> None:
        """Take one row: column name to text, or to a list of texts where it has several values."""
        count, raw = row.get("message_count"), row.get("_raw")
        if any(count) if isinstance(count, (list, tuple)) else count:
            texts = plain_row(row)
            self._groups[PLAIN][PLAIN.source_text(texts)].append(PLAIN.share_text(texts))
            self._held += 1
        elif raw:
            self._add_raw("\n".join(raw) if isinstance(raw, (list, tuple)) else raw, asn_text(row.get("asn")))
        else:
            self._reject(Rejection(NO_CONTENT, ""))

    def take(self, header: Sequence[str], rows, first: Optional[List[str]] = None) -> None:
        """Take rows as lists of texts below ``header``; no text holds a NUL.

        ``rows`` is a ``csv.reader``; ``first`` is a row that was taken from it already, to see whether there are any.
        """
        layout = self._layouts.get(tuple(header))
        if layout is None:
            layout = self._layouts[tuple(header)] = Layout(header)
        before = rows.line_num
        if first is not None:
            self._take_some(layout, [first])
        while True:
            self._take_some(layout, islice(rows, self._room))
            beyond = next(rows, None)
            if beyond is None:
                break
            self._put_aside()
            self._take_some(layout, [beyond])
        self._held += rows.line_num - before  # lines, which are never fewer than rows
        if self._held >= self._room:
            self._put_aside()

    def _take_some(self, layout: Layout, rows: Iterable[List[str]]) -> None:
        """Take rows. Here a run spends most of its time."""
        join, source_of, share_of = SEPARATOR.join, layout.source_of, layout.share_of
        groups, width, count_at = self._groups[layout], layout.width, layout.count_at
        for row in rows:
            if len(row) == width and count_at is not None and row[count_at]:
                groups[join(source_of(row))].append(join(share_of(row)))
            else:
                self._take_other(layout, row)

    def _take_other(self, layout: Layout, row: List[str]) -> None:
        raw = layout.raw(row)
        if raw:
            self._add_raw(*raw)
        else:
            self.add(layout.mapping(row))

    def _add_raw(self, raw: str, asn: str) -> None:
        raw = clean(raw)
        record = self._raw_reader.read(raw, asn)
        if isinstance(record, Rejection):
            self._reject(record)
            return
        identity = record.source.tenant, record.ids[0]
        rival = self._raw.get(identity)
        if rival is not None:
            self.duplicates += 1
            if record.minute > rival.record.minute or (
                record.minute == rival.record.minute and (raw, asn) >= self._text_of(rival)
            ):
                return
        self._raw[identity] = _Raw(self._spool.put(raw.encode("utf-8")), record)

    def _text_of(self, rival: _Raw) -> Tuple[str, str]:
        return self._spool.get(rival.text).decode("utf-8"), rival.record.source.asn_text

    def _reject(self, rejection: Rejection) -> None:
        known = self.rejected.get(rejection.reason, Rejected(0, ""))
        examples = [example for example in (known.example, rejection.example) if example]
        self.rejected[rejection.reason] = Rejected(known.count + 1, min(examples, default=""))

    @property
    def rejections(self) -> int:
        """How many rows were rejected."""
        return sum(rejected.count for rejected in self.rejected.values())

    def activities(self) -> Iterator[Activity]:
        """Every owner's rows that count, once, in no particular order. To be asked for once."""
        held: List[List[Tuple[Layout, List]]] = [[] for _ in range(PARTS)]
        while any(self._groups.values()):  # rows that look odd come back as plain ones
            for part, entries in zip(held, self._sorted_out()):
                part += entries
        raw, aside = self._raw_batches(), self._aside
        while held:  # part after part is given up, so that one at a time is in memory
            kept = [(layout, marshal.loads(self._spool.get(address))) for layout, address in aside.pop()]  # noqa: S302 - our own, of this run
            yield from self._part(kept + held.pop(), raw.pop())

    def _part(self, kept, batches: Dict[Owner, List[Batch]]) -> Iterator[Activity]:
        shares: Dict[int, Dict[Layout, List[str]]] = defaultdict(lambda: defaultdict(list))
        for layout, entries in kept:
            for number, text in entries:
                shares[number][layout].append(text)
        for number, parts in shares.items():
            texts, source = self._sources[number]
            read = self._reader.read(texts, source, [of.shares(SEPARATOR.join(some)) for of, some in parts.items()])
            self.duplicates += read.duplicates
            for rejection in read.rejected:
                self._reject(rejection)
            batches[source.tenant, source.entity].append(read.batch)
        for owner, found in batches.items():
            found = [batch for batch in found if batch.minutes]
            self.records += sum(len(batch.minutes) for batch in found)
            if found:
                yield Activity(owner, found)

    def _put_aside(self) -> None:
        """Put what is held into the spool, each owner's rows into the owner's part."""
        for part, entries in zip(self._aside, self._sorted_out()):
            part += [(layout, self._spool.put(marshal.dumps(some))) for layout, some in entries]

    def _sorted_out(self) -> List[List[Tuple[Layout, List[Tuple[int, str]]]]]:
        """What is held, by part; sources that cannot be used are rejected, odd rows are held anew as plain ones."""
        groups, self._groups, self._held = self._groups, defaultdict(_Groups), 0
        parts: List[List] = [[] for _ in range(PARTS)]
        for layout, by_source in groups.items():
            entries: List[List[Tuple[int, str]]] = [[] for _ in range(PARTS)]
            numbers = self._numbers[layout]
            for text, shares in by_source.items():
                number = numbers.get(text)
                if number is None:
                    number = numbers[text] = self._number(layout.source(text))
                if number < 0:
                    self._take_apart(layout, text, shares)
                else:
                    entries[self._part_of[number]].append((number, SEPARATOR.join(shares)))
            for part, some in zip(parts, entries):
                if some:
                    part.append((layout, some))
        return parts

    def _number(self, columns: Mapping[str, Value]) -> int:
        """The number of a source; -1 if its rows must be looked at one by one."""
        if any(isinstance(value, list) for value in columns.values()):
            return -1
        texts = texts_of(columns)
        number = self._number_of.get(texts)
        if number is None:
            source = self._reader.usable_source(texts)
            number = self._number_of[texts] = -1 if source is None else len(self._sources)
            if source is not None:
                self._sources.append((texts, source))
                self._part_of.append(self._part_of_owner((source.tenant, source.entity)))
        return number

    def _part_of_owner(self, owner: Owner) -> int:
        return self._parts.setdefault(owner, len(self._parts) % PARTS)

    def _take_apart(self, layout: Layout, text: str, shares: List[str]) -> None:
        source, several = layout.source(text), layout.shares(SEPARATOR.join(shares))
        odd = any(isinstance(value, list) for value in source.values())
        for index in range(len(shares)):
            columns = {**several.mapping(index), **source}
            if odd:
                self.add(columns)
            else:
                self._reject(rejection_of(columns, self._operations))

    def _raw_batches(self) -> List[Dict[Owner, List[Batch]]]:
        """The raw records that count, by part and owner, those of one source together."""
        by_source: Dict[int, List[Record]] = defaultdict(list)
        for kept in self._raw.values():
            by_source[id(kept.record.source)].append(kept.record)
        parts: List[Dict[Owner, List[Batch]]] = [defaultdict(list) for _ in range(PARTS)]
        for records in by_source.values():
            source = records[0].source
            owner = source.tenant, source.entity
            parts[self._part_of_owner(owner)][owner].append(batch_of(records))
        return parts
