"""csv.reader over the same bytes and nothing else: the floor of any reader in Python that keeps CSV's rules."""

import csv
import io
import re
import sys

csv.field_size_limit(2**31 - 1)
HEADER = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")
stream = sys.stdin.buffer
rows = 0
while True:
    line = stream.readline()
    if not line:
        break
    metadata, body = map(int, HEADER.fullmatch(line).groups())
    stream.read(metadata)
    rows += sum(1 for _ in csv.reader(io.StringIO(stream.read(body).decode("utf-8"), newline="")))
print(rows)
