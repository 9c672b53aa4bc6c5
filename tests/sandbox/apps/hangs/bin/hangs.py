"""Fault: never answers an execute request."""
import time

import wire

wire.serve(lambda metadata, body: time.sleep(600))
