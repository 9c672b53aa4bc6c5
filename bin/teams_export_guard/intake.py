"""The rows of one run, taken in: records once each, bad rows counted.

Knows that the same ``Id`` within a tenant is the same record (of differing copies the earliest
counts, then the smallest text) and that the same aggregated row again is the same row. The order of
rows therefore changes nothing. Does not judge.

A run may have millions of rows and little memory. So of aggregated rows only figures are in memory (``held_rows``), and
chats and ids are read for those owners alone of whom they are wanted, at the end.
"""

from collections import defaultdict
from itertools import islice
from typing import Callable, Dict, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .aggregated import (
    Batch,
    Figures,
    Memo,
    Texts,
    Unusable,
    chats_and_ids,
    distinct,
    may_repeat,
    rejection_of,
    texts_of,
    usable_source,
)
from .columns import Value, asn_text
from .csv_rows import CsvRows
from .held_rows import Detail, HeldRows, MemorySpool, Spool
from .layout import PLAIN, Layout, plain_row
from .raw_records import Owner, RawRecords
from .records import Rejection, Source
from .schema import NO_CONTENT
from .text import clean

ROOM = 16_384  # aggregated rows whose details are in memory at a time (ours)
MOST_ODD = 1024  # rows that are taken one by one before many are asked for again (ours)
FEW = 1024  # rows taken one by one that are held together (ours)


class Rejected(NamedTuple):
    """How many rows one reason rejected, and the ``Id`` of one of them ('' if none has any)."""

    count: int
    example: str


class Activity(NamedTuple):
    """All rows of one owner that can be used; whether their chats and ids are wanted."""

    owner: Owner
    batches: List[Batch]
    is_wanted: bool = True


def _not_read(index: int):
    raise LookupError("the chats and ids of these rows are not read yet")


class Intake:
    """Takes rows; once all are in, ``activities()`` and then ``detailed()`` give what counts, and the counts are whole."""

    def __init__(self, operations: FrozenSet[str], now: float, spool: Optional[Spool] = None, room: int = ROOM):
        self._operations, self._room = operations, room
        spool = MemorySpool() if spool is None else spool
        self._layouts: Dict[Tuple[str, ...], Layout] = {}
        self._figures = Figures(now)
        self._sources: List[Source] = []
        self._number_of: Dict[Texts, Optional[int]] = {}
        self._numbers: Dict[Owner, List[int]] = defaultdict(list)
        #: Below a layout: what texts of sources and figures mean.
        self._source_memo = Memo(lambda layout: Memo(lambda text: self._number(layout.source(text)), float("inf")))
        self._figures_memo = Memo(lambda layout: Memo(lambda text: self._figures.number(layout, text)))
        self._rows = HeldRows(spool)
        self._few: Dict[Layout, List[Tuple[int, int, bytes]]] = defaultdict(list)
        self._raw = RawRecords(operations, now, spool)
        self._of_raw: Dict[Owner, List[Batch]] = {}
        self._waiting: List[Owner] = []
        self.rejected: Dict[str, Rejected] = {}
        self.records = self._repeated = 0

    def add(self, row: Mapping[str, Value]) -> None:
        """Take one row: column name to text, or to a list of texts where it has several values."""
        count, raw = row.get("message_count"), row.get("_raw")
        if any(count) if isinstance(count, (list, tuple)) else count:
            self._take_one(PLAIN, *plain_row(row))
        elif raw:
            text = clean("\n".join(raw) if isinstance(raw, (list, tuple)) else raw)
            self._add_raw([text.encode("utf-8")], [asn_text(row.get("asn"))])
        else:
            self._reject(Rejection(NO_CONTENT, ""))

    def take(self, header: Sequence[str], rows: CsvRows) -> None:
        """Take rows below ``header``, many at a time while they are as splunkd mostly writes them."""
        layout = self._layouts.get(tuple(header))
        if layout is None:
            layout = self._layouts[tuple(header)] = Layout(header)
        odd, since = 1, 0  # where many rows are odd, many at a time are not asked for again after each of them
        while True:
            many = self._take_aggregated(layout, rows) or self._take_raw(layout, rows)
            since += many
            if many:
                continue
            odd, since = 1 if since > odd else min(2 * odd, MOST_ODD), 0
            others = list(islice(rows, odd))
            if not others:
                break
            for row in others:
                self.add(layout.mapping(row))

    def _take_aggregated(self, layout: Layout, rows: CsvRows) -> int:
        """How many aggregated rows could be taken at once. Here a run spends most of its time."""
        found = rows.many(layout.aggregated) if layout.aggregated else []
        if found:
            sources, figures, details = layout.columns(found)
            try:
                numbers = list(map(self._source_memo[layout].__getitem__, sources))
                of_figures = list(map(self._figures_memo[layout].__getitem__, figures))
                usable = self._are_usable(numbers, of_figures)
            except Unusable:
                usable = False
            if usable:
                self._rows.add(layout, numbers, of_figures, details)
            else:
                for texts in zip(sources, figures, details):
                    self._take_one(layout, *texts)
        return len(found)

    def _take_one(self, layout: Layout, source: bytes, figures: bytes, detail: bytes) -> None:
        try:
            number, of_figures = self._source_memo[layout][source], self._figures_memo[layout][figures]
            usable = self._are_usable((number,), (of_figures,))
        except Unusable:
            usable = False
        if usable:
            few = self._few[layout]
            few.append((number, of_figures, detail))
            if len(few) == FEW:
                self._hold(layout)
        else:
            columns, ids = {**layout.source(source), **layout.figures(figures)}, chats_and_ids((layout, detail))[1]
            self._reject(rejection_of(columns, ids, self._operations))

    def _are_usable(self, sources: Sequence[int], figures: Sequence[int]) -> bool:
        """Whether sources and figures go together: a row of a counted source has messages."""
        without = self._figures.without_messages
        if not without or without.isdisjoint(figures):
            return True
        return not any(one in without and self._sources[source].counted for source, one in zip(sources, figures))

    def _hold(self, layout: Layout) -> None:
        self._rows.add(layout, *zip(*self._few.pop(layout)))

    def _number(self, columns: Mapping[str, str]) -> Optional[int]:
        """The number of the source with these columns; None if its rows cannot be used."""
        texts = texts_of(columns)
        if texts not in self._number_of:
            source = usable_source(texts, self._operations)
            self._number_of[texts] = None if source is None else self._rows.new_source()
            if source is not None:
                self._sources.append(source)
                self._numbers[source.tenant, source.entity].append(self._number_of[texts])
        return self._number_of[texts]

    def _take_raw(self, layout: Layout, rows: CsvRows) -> int:
        """How many raw records could be taken at once."""
        found = rows.many_doubled(layout.raw) if layout.raw else []
        if found:
            raws, asns = zip(*map(layout.raw_and_asn, found))
            self._add_raw(raws, asns)
        return len(found)

    def _add_raw(self, raws: Sequence[bytes], asns: Sequence[str]) -> None:
        for rejection in self._raw.add(raws, asns):
            self._reject(rejection)

    def _reject(self, rejection: Rejection) -> None:
        known = self.rejected.get(rejection.reason, Rejected(0, ""))
        examples = [example for example in (known.example, rejection.example) if example]
        self.rejected[rejection.reason] = Rejected(known.count + 1, min(examples, default=""))

    @property
    def duplicates(self) -> int:
        """How many rows and records were there already."""
        return self._repeated + self._raw.duplicates

    @property
    def rejections(self) -> int:
        """How many rows were rejected."""
        return sum(rejected.count for rejected in self.rejected.values())

    def activities(self, is_wanted: Callable[[List[Batch]], bool] = lambda batches: True) -> Iterator[Activity]:
        """Every owner's rows, in no particular order, without chats and ids. To be asked for once.

        ``is_wanted`` tells of an owner's rows whether ``detailed`` is to give them. The same row may be there twice.
        """
        for layout in list(self._few):
            self._hold(layout)
        self._of_raw = self._raw.batches()
        for owner in dict.fromkeys([*self._numbers, *self._of_raw]):
            held = [self._batch(number) for number in self._sources_of(owner)]
            batches = held + self._of_raw.get(owner, [])
            if batches:
                wanted = is_wanted(batches)
                if wanted or any(map(may_repeat, held)):
                    self._waiting.append(owner)
                else:
                    self._count(batches)
                yield Activity(owner, batches, wanted)

    def detailed(self) -> Iterator[Activity]:
        """The rows of those who are wanted, or who may have a row twice: each row once, with chats and ids. Once as well."""
        slices = list(self._slices(self._waiting))
        wanted = [[number for owner in owners for number in self._sources_of(owner)] for owners in slices]
        for owners, details in zip(slices, self._rows.details(wanted)):
            for owner in owners:
                batches = [self._detailed(number, details.pop(number)) for number in self._sources_of(owner)]
                batches += self._of_raw.get(owner, [])
                self._count(batches)
                yield Activity(owner, batches)

    def _count(self, batches: List[Batch]) -> None:
        self.records += sum(len(batch.minutes) for batch in batches)

    def _sources_of(self, owner: Owner) -> List[int]:
        """The numbers of an owner's sources that have a row which counts."""
        return [number for number in self._numbers.get(owner, ()) if self._rows.figures(number)]

    def _slices(self, owners: List[Owner]) -> Iterator[List[Owner]]:
        """Owners together as long as there is room for their details."""
        some: List[Owner] = []
        room = self._room
        for owner in owners:
            room -= sum(len(self._rows.figures(number)) for number in self._sources_of(owner))
            some.append(owner)
            if room <= 0:
                yield some
                some, room = [], self._room
        if some:
            yield some

    def _batch(self, number: int) -> Batch:
        return Batch(self._sources[number], *self._figures.columns(self._rows.figures(number)), _not_read)

    def _detailed(self, number: int, details: List[Detail]) -> Batch:
        batch = self._batch(number)._replace(detail=lambda index: chats_and_ids(details[index]))
        if not may_repeat(batch):
            return batch
        figures = self._rows.figures(number)
        once = distinct(batch, lambda index: self._figures.texts(figures[index]))
        self._repeated += len(batch.minutes) - len(once.minutes)
        return once
