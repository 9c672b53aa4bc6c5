"""`python -m sandbox.sample`: says what the sample holds; `--expected` writes expected.json anew,
`--write FILE` writes the records as JSON lines (`.gz` compresses), as an export that a demo can read.

Knows: the sample. Does not know: the app.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import sys

from .history import events
from .outcome import FILE, as_json


def digest(found) -> str:
    """SHA-256 of the whole stream: index time, event time and text of every event."""
    whole = hashlib.sha256()
    for event in found:
        whole.update(("%d %d %s\n" % (event.indextime, event.time, event.raw)).encode("utf-8"))
    return whole.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.sample", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--expected", action="store_true", help="write expected.json from the plan")
    parser.add_argument("--write", metavar="FILE", help="write the records as JSON lines")
    options = parser.parse_args()
    if options.expected:
        FILE.write_bytes(as_json().encode("utf-8"))
    found = events()
    if options.write:
        text = "".join(event.raw + "\n" for event in found).encode("utf-8")
        with open(options.write, "wb") as file:
            file.write(gzip.compress(text, mtime=0) if options.write.endswith(".gz") else text)
    print("%d events, sha256 %s" % (len(found), digest(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
