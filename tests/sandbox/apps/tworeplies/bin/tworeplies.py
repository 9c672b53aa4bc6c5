"""Fault: answers each request twice."""
import wire


def twice(metadata, body):
    wire.write({"finished": False}, body)
    wire.write({"finished": metadata["finished"]}, body)


wire.serve(twice)
