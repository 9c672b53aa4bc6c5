"""CSV as splunkd writes it: cells, and the rows of a body, one by one or many at a time.

Knows that ``csv.reader`` is right about every row, and slow. A pattern takes many rows at once, all of which must be what
they seem: it names each cell of a row, a cell is bare or in quotes, and from the first row that is anything else the rest
is left to be asked for again. Does not know columns.
"""

import csv
import re
from typing import Iterator, List, Pattern, Protocol, Tuple

AT_HAND = 65536  # bytes that a pattern is tried on, at least (ours)

#: Patterns of one cell: without doubled quotes; not empty as well; and any.
CELL = rb'(?:"[^"]*"|[^",\r\n]*)'
FILLED = rb'(?:"[^"]+"|[^",\r\n]+)'
ANY = rb'(?:"[^"]*(?:""[^"]*)*"|[^",\r\n]*)'
#: The same where NUL stands for two quotes, see ``many_doubled``: any cell, and one in quotes, of which it takes the inside.
PAIRED = rb'(?:"[^"]*"|[^",\r\n\0]*|\0)'
INSIDE = rb'"([^"]*)"'


def unquoted(cell: bytes) -> str:
    """The text of a cell."""
    if cell[:1] == b'"':
        cell = cell[1:-1].replace(b'""', b'"')
    return cell.decode("utf-8", "replace")


def quoted(text: str) -> bytes:
    """A text, without lone surrogates, as a cell."""
    return b'"%s"' % text.replace('"', '""').encode("utf-8") if text else b""


def row_pattern(cells: bytes) -> Pattern[bytes]:
    """The pattern for ``CsvRows.many`` of a row's cells with the commas between them."""
    return re.compile(cells + rb"\r?\n|(.+)", re.DOTALL)


class Body(Protocol):
    """A stream of bytes."""

    def read1(self) -> bytes:
        """The next bytes, as many as are at hand; none at the end."""


class CsvRows(Iterator[List[str]]):
    """The rows of a body; of bytes that are no UTF-8 each becomes U+FFFD."""

    def __init__(self, body: Body, dialect="excel", at_hand: int = AT_HAND):
        self._body, self._at_hand = body, at_hand
        self._data, self._at = b"", 0
        self._reader = csv.reader(self._lines(), dialect)

    def is_at_end(self) -> bool:
        """Whether there are no more rows."""
        if self._at == len(self._data):
            self._data, self._at = self._body.read1(), 0
        return not self._data

    def __next__(self) -> List[str]:
        return next(self._reader)

    def many(self, pattern: Pattern[bytes]) -> List[Tuple[bytes, ...]]:
        """The next rows, if they match: for each the groups of ``pattern``, of ``row_pattern``, and an empty one."""
        self._read_on()
        found = pattern.findall(self._data, self._at)
        rest = found.pop()[-1] if found and found[-1][-1] else b""
        self._at = len(self._data) - len(rest)
        return found

    def _read_on(self) -> None:
        while len(self._data) - self._at < self._at_hand:
            more = self._body.read1()
            if not more:
                break
            self._data, self._at = self._data[self._at :] + more, 0

    def many_doubled(self, pattern: Pattern[bytes]) -> List[Tuple[bytes, ...]]:
        """The same for cells full of doubled quotes: NUL stands for two quotes side by side. A body has none itself.

        A cell that begins with a doubled quote is then none in quotes, so its row is one that does not match.
        """
        self._read_on()
        found = pattern.findall(self._data[self._at :].replace(b'""', b"\0"))
        rest = found.pop()[-1] if found and found[-1][-1] else b""
        self._at = len(self._data) - len(rest) - rest.count(b"\0")
        return found

    def _lines(self) -> Iterator[str]:
        while True:
            end = self._data.find(b"\n", self._at) + 1
            while not end:
                more = self._body.read1()
                if not more:
                    break
                held = self._data[self._at :]
                end = more.find(b"\n") + 1
                end += len(held) if end else 0
                self._data, self._at = held + more, 0
            end = end or len(self._data)
            line, self._at = self._data[self._at : end], end
            if not line:
                return
            yield line.decode("utf-8", "replace")
