"""Fault: answers all, then leaves with code 3."""
import sys

import wire

wire.serve(lambda metadata, body: wire.write({"finished": metadata["finished"]}, body))
sys.exit(3)
