"""Fault: a stateful command with required_fields that does not give _chunked_idx back."""
import wire


def answer(metadata, body):
    wire.write({"finished": metadata["finished"]}, b"" if metadata["finished"] else b"a\n1\n")


wire.serve(answer, {"type": "stateful", "required_fields": ["a"]})
