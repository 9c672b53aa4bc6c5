"""csv.reader over the same bytes, a part at a time: the floor of a reader that does not hold a chunk as a whole."""

import csv
import io
import sys

import frames  # beside this script

csv.field_size_limit(2**31 - 1)


class Body(io.RawIOBase):
    """The next ``size`` bytes of a stream, as a stream."""

    def __init__(self, source, size):
        self._source, self._left = source, size

    def readable(self):
        """See io.RawIOBase."""
        return True

    def readinto(self, buffer):
        """See io.RawIOBase."""
        data = self._source.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


stream = sys.stdin.buffer
rows = 0
for body in frames.sizes(stream):
    text = io.TextIOWrapper(io.BufferedReader(Body(stream, body), 1 << 16), encoding="utf-8", newline="")
    rows += sum(1 for _ in csv.reader(text))
print(rows)
