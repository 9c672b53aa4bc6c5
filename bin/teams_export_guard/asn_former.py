"""What a new ASN table relabels, and what addresses were called before.

An address whose AS number is another one in the new table did not move: somebody corrected or refreshed the data. So
the number it had is kept with the new table as a *former label*, the last one first, until a day from which it does
not matter any more. Both numbers must be known: what was unknown had no label. Pure: takes and gives sorted ranges
that do not overlap, at the speed of one pass.
"""
from __future__ import annotations

from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .asn import Former, Range
from .settings import DAY, RETENTION_DAYS

LABEL_DAYS = RETENTION_DAYS  # how long a former label counts: as long as the sightings that carry its number
BEYOND = 2 ** 128  # behind the last address of either family


class Changes(NamedTuple):
    """Two tables of one family compared, in numbers of addresses; ``moved`` are ranges with the AS number before."""

    known: int  # addresses that the old table knew
    lost: int  # of those, which the new one does not know
    moved_addresses: int  # of those, which have another AS number now
    moved: List[Range]

    @property
    def moved_share(self) -> float:
        """Share of the known addresses that have another AS number now."""
        return self.moved_addresses / self.known if self.known else 0.0

    @property
    def lost_share(self) -> float:
        """Share of the known addresses that are unknown now."""
        return self.lost / self.known if self.known else 0.0


def overlay(left: Iterable[Tuple[int, int, Any]],
            right: Iterable[Tuple[int, int, Any]]) -> Iterator[Tuple[int, int, Any, Any]]:
    """(first, last, what left says, what right says) of each stretch of which either says anything; None for nothing."""
    lefts, rights = iter(left), iter(right)
    a, b = next(lefts, None), next(rights, None)
    at = 0
    while a is not None or b is not None:
        a_from = BEYOND if a is None else max(a[0], at)
        b_from = BEYOND if b is None else max(b[0], at)
        start = min(a_from, b_from)
        says_a: Optional[Any] = a[2] if a is not None and a_from == start else None
        says_b: Optional[Any] = b[2] if b is not None and b_from == start else None
        last = min(a[1] if a is not None and a_from == start else a_from - 1,
                   b[1] if b is not None and b_from == start else b_from - 1)
        yield start, last, says_a, says_b
        at = last + 1
        if a is not None and a[1] < at:
            a = next(lefts, None)
        if b is not None and b[1] < at:
            b = next(rights, None)


def compare(old: Iterable[Range], new: Iterable[Range]) -> Changes:
    """What became of the addresses of the old table; neighbours with the same number before are one range."""
    known = lost = moved_addresses = 0
    moved: List[Range] = []
    for start, end, before, after in overlay(old, new):
        if before is None:
            continue
        size = end - start + 1
        known += size
        if after is None:
            lost += size
        elif after != before:
            moved_addresses += size
            if moved and moved[-1][1] == start - 1 and moved[-1][2] == before:
                moved[-1] = (moved[-1][0], end, before)
            else:
                moved.append((start, end, before))
    return Changes(known, lost, moved_addresses, moved)


def relabelled(former: Iterable[Former], moved: Iterable[Range], today: int, until: int) -> List[Former]:
    """The former labels after a refresh on the day ``today``: those that still count, and before them what moved.

    The new ones count until the day ``until``. A number that an address had more than once is listed once.
    """
    labelled: List[Former] = []
    for start, end, labels, asn in overlay(former, moved):
        kept = tuple(label for label in labels or () if label[1] > today and label[0] != asn)
        if asn is not None:
            kept = ((asn, until), *kept)
        if not kept:
            continue
        if labelled and labelled[-1][1] == start - 1 and labelled[-1][2] == kept:
            labelled[-1] = (labelled[-1][0], end, kept)
        else:
            labelled.append((start, end, kept))
    return labelled


def expired(former: Iterable[Former], today: int) -> bool:
    """Whether any label counts no more."""
    return any(day <= today for _, _, labels in former for _, day in labels)


def day_of(now: float) -> int:
    """The UTC day of a time, in days since 1970."""
    return int(now // DAY)
