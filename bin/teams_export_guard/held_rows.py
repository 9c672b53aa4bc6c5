"""Aggregated rows of a run, as they are held: what a source did when, in memory, and the rest of each row, in a spool.

Knows that a source has a number, and figures have one (``aggregated.Figures``): so a row is four bytes in memory. What is
put aside is read again, from the first row to the last, for the sources that it is asked for. Does not know what rows mean.
"""

from array import array
from collections import defaultdict
from typing import Collection, Dict, Iterator, List, Mapping, NamedTuple, Protocol, Sequence, Tuple

from .layout import Detail, Layout

TOGETHER = 8192  # rows that are put aside once more at a time (ours)
NUMBERS = "I"  # of sources and figures; array's name for four bytes
_BETWEEN = b"\0"  # details; none holds one: where rows come in, NUL becomes U+FFFD


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


class _Batch(NamedTuple):
    """Rows that are aside: the sources of all, then their details, which are below one layout."""

    layout: Layout
    size: int  # of the sources, in bytes
    address: object


class HeldRows:
    """``add`` rows; ``figures`` and ``details`` of a source are in the order in which they were added."""

    def __init__(self, spool: Spool):
        self._spool = spool
        self._figures: List[array] = []
        self._batches: List[_Batch] = []

    def new_source(self) -> int:
        """The number of a source that was not met before."""
        self._figures.append(array(NUMBERS))
        return len(self._figures) - 1

    def add(self, layout: Layout, sources: Sequence[int], figures: Sequence[int], details: Sequence[bytes]) -> None:
        """Hold rows: the source of each, its figures and its detail."""
        held = self._figures
        for source, number in zip(sources, figures):
            held[source].append(number)
        self._batches.append(self._put(layout, sources, details))

    def figures(self, source: int) -> Sequence[int]:
        """The figures of each row of a source."""
        return self._figures[source]

    def details(self, wanted: Sequence[Collection[int]]) -> Iterator[Dict[int, List[Detail]]]:
        """The detail of each row of some sources, which are wanted together; and of others, one such part after the other."""
        part_of = {source: part for part, sources in enumerate(wanted) for source in sources}
        parts = [self._batches] if len(wanted) == 1 else self._parted(part_of, len(wanted))
        for sources, batches in zip(wanted, parts):
            found: Dict[int, List[Detail]] = {source: [] for source in sources}
            for layout, source, detail in self._read(batches, found):
                found[source].append((layout, detail))
            yield found

    def _put(self, layout: Layout, sources: Sequence[int], details: Sequence[bytes]) -> _Batch:
        aside = array(NUMBERS, sources).tobytes()
        return _Batch(layout, len(aside), self._spool.put(aside + _BETWEEN.join(details)))

    def _read(self, batches: Sequence[_Batch], wanted: Collection[int]) -> Iterator[Tuple[Layout, int, bytes]]:
        """Layout, source and detail of each row of the sources that are wanted."""
        for layout, size, address in batches:
            aside = self._spool.get(address)
            sources = array(NUMBERS, aside[:size])
            places = [place for place, source in enumerate(sources) if source in wanted]
            if places:
                details = aside[size:].split(_BETWEEN)
                for place in places:
                    yield layout, sources[place], details[place]

    def _parted(self, part_of: Mapping[int, int], count: int) -> List[List[_Batch]]:
        """The rows of all that are wanted, aside once more, each part's by themselves: else all were read for each part."""
        parts: List[List[_Batch]] = [[] for _ in range(count)]
        waiting: Dict[Tuple[int, Layout], List[Tuple[int, bytes]]] = defaultdict(list)
        rows = 0

        def put_aside():
            for (part, layout), held in waiting.items():
                parts[part].append(self._put(layout, *zip(*held)))
            waiting.clear()

        for layout, source, detail in self._read(self._batches, part_of):
            waiting[part_of[source], layout].append((source, detail))
            rows += 1
            if rows % TOGETHER == 0:
                put_aside()
        put_aside()
        return parts
