"""Sends messages of every kind, a metric, unknown keys and, if asked to, a fatal error."""
import sys

import wire

getinfo = wire.read()
wire.write({"type": "events", "maxinputs": 5, "inspector": {"messages": [["INFO", "hello"]]}})
while True:
    request = wire.read()
    if request is None:
        break
    reply = {"inspector": {"messages": [["WARN", "careful"], ["LOUD", "x"]], "metric.judging": [0.5, 1, 2, 3]}}
    if "error" in getinfo[0]["searchinfo"]["args"]:
        reply["error"] = "no table"
    if "exit" in getinfo[0]["searchinfo"]["args"]:
        reply["inspector"]["messages"].append(["ERROR", "the store cannot be read"])
    wire.write(dict(reply, finished=True, mood="good"))
    if "exit" in getinfo[0]["searchinfo"]["args"]:
        sys.exit(1)
