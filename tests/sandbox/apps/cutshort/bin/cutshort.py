"""Fault: announces five bytes more than it sends, and leaves."""
import sys

import wire


def leave(metadata, body):
    wire.write({"finished": metadata["finished"]}, body, announce=5)
    sys.exit(0)


wire.serve(leave)
