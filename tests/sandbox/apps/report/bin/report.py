"""Says all that it was given: one row for each request, and a line in notes.txt for each process."""
import base64
import json
import os
import sys

import wire

requests = []


def show(metadata, body):
    requests.append([metadata, base64.b64encode(body).decode()])
    reply = b""
    if metadata["finished"]:
        facts = {"argv": sys.argv, "env": dict(os.environ), "cwd": os.getcwd(), "path": sys.path, "requests": requests}
        text = json.dumps(dict(facts, getinfo=getinfo[0]))
        reply = b"facts\n\"" + text.replace('"', '""').encode() + b"\"\n"
    wire.write({"finished": metadata["finished"]}, reply)


getinfo = wire.read()
info = {"type": "events"}
for argument in getinfo[0]["searchinfo"]["args"]:
    key, _, value = argument.partition("=")
    info[key] = value.split("|") if key == "required_fields" else value
wire.note("spawn preview=%(preview)s dispatch_dir=" % getinfo[0] + getinfo[0]["searchinfo"]["dispatch_dir"])
wire.write(info)
while True:
    request = wire.read()
    if request is None:
        wire.note("eof")
        break
    show(*request)
