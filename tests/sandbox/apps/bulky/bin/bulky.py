"""Fault: a reply bigger than maxchunksize."""
import wire

wire.serve(lambda metadata, body: wire.write({"finished": metadata["finished"]}, b"a\n" + b"1\n" * 600))
