"""csv.reader over the same bytes and nothing else: the floor of any reader in Python that keeps CSV's rules."""

import csv
import io
import sys

import frames  # beside this script

csv.field_size_limit(2**31 - 1)
stream = sys.stdin.buffer
rows = 0
for body in frames.sizes(stream):
    rows += sum(1 for _ in csv.reader(io.StringIO(stream.read(body).decode("utf-8"), newline="")))
print(rows)
