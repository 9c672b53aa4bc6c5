"""Where the sample's chance comes from.

Knows: how to turn names into streams of whole numbers that are the same on every Python and every
machine (Mersenne Twister bits seeded from a SHA-256, never a float, never the clock).
Does not know: what is drawn for.
"""

from __future__ import annotations

import hashlib
import random
from typing import Sequence, TypeVar

T = TypeVar("T")


def number(*names: object) -> int:
    """A whole number of 256 bits that belongs to these names for ever."""
    return int(hashlib.sha256("/".join(map(str, names)).encode("utf-8")).hexdigest(), 16)


def _shape(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def guid(*names: object) -> str:
    """A GUID that belongs to these names for ever."""
    return _shape("%032x" % (number(*names) >> 128))


class Draw:
    """A stream of decisions. One stream per person and day keeps a change local to that day."""

    def __init__(self, *names: object) -> None:
        self._bits = random.Random(number(*names)).getrandbits

    def below(self, limit: int) -> int:
        """0 <= n < limit. The bias of the remainder (below limit / 2**32) is of no concern here."""
        return self._bits(32) % limit

    def between(self, low: int, high: int) -> int:
        """low <= n <= high."""
        return low + self.below(high - low + 1)

    def percent(self, share: int) -> bool:
        return self.below(100) < share

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def guid(self) -> str:
        return _shape("%032x" % self._bits(128))
