"""Fault: announces five bytes fewer than it sends."""
import wire

wire.serve(lambda metadata, body: wire.write({"finished": metadata["finished"]}, body, announce=-5))
