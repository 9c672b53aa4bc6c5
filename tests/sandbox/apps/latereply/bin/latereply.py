"""Fault: says one more thing after its last reply, when the input has ended."""
import wire

wire.serve(lambda metadata, body: wire.write({"finished": metadata["finished"]}, body))
wire.write({"finished": True})
