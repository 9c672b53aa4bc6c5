"""csv.reader over the same bytes, a part at a time: the floor of a reader that does not hold a chunk as a whole."""

import csv
import io
import re
import sys

csv.field_size_limit(2**31 - 1)
HEADER = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")


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
while True:
    line = stream.readline()
    if not line:
        break
    metadata, body = map(int, HEADER.fullmatch(line).groups())
    stream.read(metadata)
    text = io.TextIOWrapper(io.BufferedReader(Body(stream, body), 1 << 16), encoding="utf-8", newline="")
    rows += sum(1 for _ in csv.reader(text))
print(rows)
