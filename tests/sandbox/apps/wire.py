"""The least that a fixture command needs of the chunked protocol; copied beside each command of a fixture app."""
import json
import os
import re
import sys


def read():
    """The next request as (metadata, body bytes), or None at the end of the input."""
    header = sys.stdin.buffer.readline()
    if not header:
        return None
    metadata_length, body_length = map(int, re.match(rb"chunked 1.0,(\d+),(\d+)\n", header).groups())
    return json.loads(sys.stdin.buffer.read(metadata_length)), sys.stdin.buffer.read(body_length)


def write(metadata, body=b"", announce=0):
    """One reply; `announce` is added to the true length of the body."""
    encoded = json.dumps(metadata).encode()
    sys.stdout.buffer.write(b"chunked 1.0,%d,%d\n" % (len(encoded), len(body) + announce) + encoded + body)
    sys.stdout.buffer.flush()


def note(text):
    """One line for the test to read; every spawned process may add some."""
    with open(os.path.join(os.environ["SPLUNK_HOME"], "notes.txt"), "a") as stream:
        stream.write(text + "\n")


def serve(answer, info=None):
    """getinfo, then answer(metadata, body) for each execute request until the end of the input."""
    if read() is None:
        return
    write(info or {"type": "events"})
    while True:
        request = read()
        if request is None:
            return
        answer(*request)
