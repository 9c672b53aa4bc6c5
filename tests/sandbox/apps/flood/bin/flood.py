"""Answers before it has read the request, with megabytes on both outputs; a driver that only writes would block."""
import re
import sys

import wire

wire.read()
wire.write({"type": "events"})
while True:
    header = sys.stdin.buffer.readline()
    if not header:
        break
    lengths = [int(number) for number in re.match(rb"chunked 1.0,(\d+),(\d+)\n", header).groups()]
    sys.stderr.write("x" * 3000000)
    metadata = sys.stdin.buffer.read(lengths[0])
    wire.write({"finished": b'"finished":true' in metadata}, b"a\n" + b"1\n" * 1000000)
    sys.stdin.buffer.read(lengths[1])
