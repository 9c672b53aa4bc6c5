"""An honest generating command: two replies' worth of rows, one for each request, the second finished."""
import wire

left = [b"n\n1\n", b"n\n2\n"]
info = {"type": "stateful", "generating": True}
wire.serve(lambda metadata, body: wire.write({"finished": len(left) == 1}, left.pop(0)), info)
