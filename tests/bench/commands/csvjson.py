"""csv.reader and json.loads of `_raw` over the same bytes, and nothing else: the floor for raw records."""

import csv
import io
import json
import sys

import frames  # beside this script

csv.field_size_limit(2**31 - 1)
stream = sys.stdin.buffer
records = 0
for body in frames.sizes(stream):
    rows = csv.reader(io.StringIO(stream.read(body).decode("utf-8"), newline=""))
    raw = next(rows, ["_raw"]).index("_raw")
    for row in rows:
        records += json.loads(row[raw])["Version"]
print(records)
