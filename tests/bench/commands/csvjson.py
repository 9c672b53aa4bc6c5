"""csv.reader and json.loads of `_raw` over the same bytes, and nothing else: the floor for raw records."""

import csv
import io
import json
import re
import sys

csv.field_size_limit(2**31 - 1)
HEADER = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")
stream = sys.stdin.buffer
records = 0
while True:
    line = stream.readline()
    if not line:
        break
    metadata, body = map(int, HEADER.fullmatch(line).groups())
    stream.read(metadata)
    rows = csv.reader(io.StringIO(stream.read(body).decode("utf-8"), newline=""))
    raw = next(rows, ["_raw"]).index("_raw")
    for row in rows:
        records += json.loads(row[raw])["Version"]
print(records)
