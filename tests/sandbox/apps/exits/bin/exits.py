"""Fault: leaves with code 1 instead of answering an execute request."""
import sys

import wire


def leave(metadata, body):
    print("a line for search.log", file=sys.stderr)
    sys.exit(1)


wire.serve(leave)
