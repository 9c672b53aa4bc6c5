"""Fault: prints to standard output."""
import wire

print("starting up", flush=True)
wire.serve(lambda metadata, body: wire.write({"finished": metadata["finished"]}, body))
