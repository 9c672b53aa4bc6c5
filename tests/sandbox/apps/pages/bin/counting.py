"""A persistent handler for the tests: says what it was asked, and how often."""

import json

from splunk.persistconn.application import PersistentServerConnectionApplication


class Counting(PersistentServerConnectionApplication):
    def __init__(self, command_line, command_arg):
        super().__init__()
        self.calls = 0

    def handle(self, in_string):
        asked = json.loads(in_string)
        self.calls += 1
        print("a stray line")
        if asked.get("payload") == "fail":
            raise ValueError("as asked")
        if asked.get("payload") == "die":
            raise SystemExit(3)
        return {"status": 201, "payload": {"calls": self.calls, "user": asked["session"]["user"], "query": asked["query"],
                                           "payload": asked.get("payload"), "method": asked["method"]}}
