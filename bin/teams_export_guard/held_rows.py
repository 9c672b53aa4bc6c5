"""Aggregated rows of a run, as they are held: what a source did when, in memory, and the rest of each row, in a spool.

Knows that a source has a number, and figures have one (``aggregated.Figures``): so a row is four bytes in memory. What is
put aside is read again, from the first row to the last, for the sources that it is asked for. Does not know what rows mean.
"""

from array import array
from typing import Collection, Dict, List, Protocol, Sequence, Tuple

from .layout import Detail, Layout

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


class HeldRows:
    """``add`` rows; ``figures`` and ``details`` of a source are in the order in which they were added."""

    def __init__(self, spool: Spool):
        self._spool = spool
        self._figures: List[array] = []
        self._batches: List[Tuple[Layout, int, object]] = []

    def new_source(self) -> int:
        """The number of a source that was not met before."""
        self._figures.append(array(NUMBERS))
        return len(self._figures) - 1

    def add(self, layout: Layout, sources: Sequence[int], figures: Sequence[int], details: Sequence[bytes]) -> None:
        """Hold rows: the source of each, its figures and its detail."""
        held = self._figures
        for source, number in zip(sources, figures):
            held[source].append(number)
        aside = array(NUMBERS, sources).tobytes()
        self._batches.append((layout, len(aside), self._spool.put(aside + _BETWEEN.join(details))))

    def figures(self, source: int) -> Sequence[int]:
        """The figures of each row of a source."""
        return self._figures[source]

    def details(self, wanted: Collection[int]) -> Dict[int, List[Detail]]:
        """The detail of each row of some sources."""
        found: Dict[int, List[Detail]] = {source: [] for source in wanted}
        for layout, size, address in self._batches if wanted else ():
            aside = self._spool.get(address)
            sources = array(NUMBERS, aside[:size])
            places = [place for place, source in enumerate(sources) if source in found]
            if places:
                details = aside[size:].split(_BETWEEN)
                for place in places:
                    found[sources[place]].append((layout, details[place]))
        return found
