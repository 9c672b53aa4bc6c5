"""The rows of one run, taken in: records once each, bad rows counted.

Knows that the same ``Id`` within a tenant is the same record (of differing copies the earliest
counts, then the smallest text) and that the same aggregated row again is the same row. The order of
rows therefore changes nothing. Does not judge.
"""

from typing import Dict, FrozenSet, List, Mapping, NamedTuple

from .records import Parsed, Record, Rejection, parse_row


class Rejected(NamedTuple):
    """How many rows one reason rejected, and the ``Id`` of one of them ('' if none has any)."""

    count: int
    example: str


class Intake:
    """Takes rows one by one; ``records()`` gives what counts once all of them are in."""

    def __init__(self, operations: FrozenSet[str], now: float):
        self._operations = operations
        self._now = now
        self._chosen: Dict[tuple, Parsed] = {}
        self.rejected: Dict[str, Rejected] = {}
        self.duplicates = 0

    def add(self, row: Mapping) -> None:
        """Take one row: column name to text, or to a list of texts where it has several values."""
        parsed = parse_row(row, self._operations, self._now)
        if isinstance(parsed, Rejection):
            known = self.rejected.get(parsed.reason, Rejected(0, ""))
            examples = [example for example in (known.example, parsed.example) if example]
            self.rejected[parsed.reason] = Rejected(known.count + 1, min(examples, default=""))
            return
        rival = self._chosen.get(parsed.identity)
        if rival is not None:
            self.duplicates += 1
        if rival is None or parsed.preference < rival.preference:
            self._chosen[parsed.identity] = parsed

    def records(self) -> List[Record]:
        """The records that count, each once, in no particular order."""
        return [parsed.record for parsed in self._chosen.values()]

    @property
    def rejections(self) -> int:
        """How many rows were rejected."""
        return sum(rejected.count for rejected in self.rejected.values())
