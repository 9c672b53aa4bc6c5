"""The requests of a recorded search: where the body of each begins, and how long it is."""

import re

HEADER = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")


def sizes(stream):
    """The size of each body, with the stream at its first byte."""
    for line in iter(stream.readline, b""):
        metadata, body = map(int, HEADER.fullmatch(line).groups())
        stream.read(metadata)
        yield body
