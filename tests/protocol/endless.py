"""The kinds of trouble with the KV store that do not end, and what the error must say of each."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

from sandbox.rest.exchange import Request
from sandbox.rest.faults import Answer, CloseMidway, Disconnect, Drip, Effect, Empty, HalfSave, Hang, on

SILENT = "no whole answer came within"


class Case(NamedTuple):
    """A fault, whom it meets (None: every request for documents), and words of the error."""

    fault: Effect
    when: Optional[Callable[[Request], bool]]
    words: str
    command: str = "teamsexportcommit"


CASES = {
    "503": Case(Answer(503), None, "answered 503"),
    "hangs": Case(Hang(), None, SILENT),
    "drips": Case(Drip(1.0), None, SILENT),
    "closes": Case(Disconnect(), None, "RemoteDisconnected"),
    "closes midway": Case(CloseMidway(), on("POST", "/batch_find"), "IncompleteRead"),
    "empty": Case(Empty(), on("POST", "/batch_find"), "empty body"),
    "saves half, answers 500": Case(HalfSave(500), None, "answered 500"),
    "hangs after saving": Case(Hang(handled=True), on("POST", "/batch_save"), SILENT),
    "reading, 503": Case(Answer(503), None, "answered 503", "teamsexport"),
    "reading, closes midway": Case(CloseMidway(), on("GET"), "IncompleteRead", "teamsexport"),
}
