"""An honest stateful command that asks for one field and adds another to it; drops every other row."""
import csv
import io

import wire


def answer(metadata, body):
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    out = io.StringIO()
    writer = csv.writer(out)
    if rows:
        writer.writerow(["_chunked_idx", "a", "columns"])
        for row in rows[::2]:
            writer.writerow([row["_chunked_idx"], row["a"] + "!", " ".join(row)])
    wire.write({"finished": metadata["finished"]}, out.getvalue().encode())


wire.serve(answer, {"type": "stateful", "required_fields": ["a", "absent"]})
