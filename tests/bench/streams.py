"""Whole searches as splunkd sends them to a command, written to files: chunks of rows behind a `getinfo`.

Knows frames, columns and quoting: each column has its `__mv_` column, all of which stand behind the plain ones, and a
value is quoted unless it is of [A-Za-z0-9]. A file is made without a splunkd at hand; `address` then writes
the address and the session into the frame at its head, which is padded for that. Does not know what is in the rows.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Iterable, NamedTuple, Sequence

from .people import START

CHUNK_ROWS = 50_000  # maxresultrows of limits.conf
HEAD_BYTES = 2048  # of the padded metadata of getinfo
_PLAIN = re.compile("[A-Za-z0-9]*")


class Stream(NamedTuple):
    """A search in a file."""

    path: Path
    rows: int
    columns: int
    days: int

    @property
    def mebibytes(self) -> float:
        """The size of the file."""
        return round(self.path.stat().st_size / 2**20, 1)

    def address(self, uri: str, token: str, args: Sequence[str]) -> None:
        """Say which splunkd it comes from, for which session and with which arguments."""
        info = {
            "args": list(args), "raw_args": list(args), "dispatch_dir": tempfile.gettempdir(), "sid": "1790035200.1",
            "app": "teams_export_guard", "owner": "admin", "username": "admin", "session_key": token,
            "splunkd_uri": uri, "splunk_version": "9.4.0", "search": "search%20bench", "command": "teamsexport",
            "maxresultrows": CHUNK_ROWS, "earliest_time": "0", "latest_time": str(START + 86400 * self.days + 3600),
        }
        said = {"action": "getinfo", "preview": False, "streaming_command_will_restart": False, "searchinfo": info}
        with self.path.open("r+b") as file:
            file.write(_frame(json.dumps(said).encode().ljust(HEAD_BYTES)))


def quoted(text: str) -> str:
    """A value as splunkd writes it."""
    return text if _PLAIN.fullmatch(text) else '"%s"' % text.replace('"', '""')


def multivalue(values: Sequence[str]) -> str:
    """What stands in a `__mv_` column: empty for one value."""
    return quoted(";".join("$%s$" % value.replace("$", "$$") for value in values)) if len(values) > 1 else ""


def header(columns: Sequence[str]) -> str:
    """The first line of a chunk."""
    return ",".join([quoted(name) for name in columns] + [quoted("__mv_" + name) for name in columns]) + "\n"


def write(path: Path, columns: Sequence[str], lines: Iterable[str], days: int = 1) -> Stream:
    """Write the search of these CSV lines, a row each (a value may hold line feeds), to ``path``."""
    head, rows = header(columns), 0
    with path.open("wb") as out:
        out.write(_frame(b" " * HEAD_BYTES))
        chunk = []
        for line in lines:
            chunk.append(line)
            if len(chunk) == CHUNK_ROWS:
                out.write(_rows(head, chunk))
                rows += len(chunk)
                chunk.clear()
        if chunk:
            out.write(_rows(head, chunk))
        rows += len(chunk)
        out.write(_frame(b'{"action":"execute","finished":true}', head.encode() if rows else b""))
    return Stream(path, rows, len(columns), days)


def _frame(metadata: bytes, body: bytes = b"") -> bytes:
    return b"chunked 1.0,%d,%d\n%s%s" % (len(metadata), len(body), metadata, body)


def _rows(head: str, lines: Sequence[str]) -> bytes:
    return _frame(b'{"action":"execute","finished":false}', (head + "".join(lines)).encode("utf-8"))
