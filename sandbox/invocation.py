"""What a command is started with: its stanza of commands.conf, the search it serves, and how its rows travel.

Knows commands.conf and the searchinfo that splunkd sends.  Starts nothing; that is `sandbox/process.py`.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import quote

SPLUNK_VERSION = "9.4.0"
MAX_RESULT_ROWS = 50000  # limits.conf [searchresults] maxresultrows
TRUE_WORDS = ("1", "true", "t", "yes", "y")


class CommandConfigError(ValueError):
    """A stanza of commands.conf that this stand-in cannot run; the message says why."""


@dataclass(frozen=True)
class CommandSpec:
    """What commands.conf says of one command, and where its app is unpacked."""

    name: str
    app_dir: Path
    filename: str
    run_in_preview: bool = False
    is_risky: bool = False
    maxwait: float = 0.0  # seconds for one reply, 0 = no limit
    maxchunksize: int = 0  # bytes of one reply, 0 = no limit

    @property
    def script(self) -> Path:
        return self.app_dir / "bin" / self.filename

    @classmethod
    def from_stanza(cls, name: str, app_dir: Path, stanza: Mapping[str, str]) -> "CommandSpec":
        """Read a stanza; refuses protocol v1 and command.arg.<N>, which the Python SDK takes for protocol v1."""
        if stanza.get("chunked", "false").strip().lower() not in TRUE_WORDS:
            raise CommandConfigError("command %s is not chunked = true; only chunked commands can be run" % name)
        extras = sorted(key for key in stanza if key.startswith("command.arg."))
        if extras:
            raise CommandConfigError("command %s sets %s; no argument may be added" % (name, ", ".join(extras)))
        spec = cls(
            name=name,
            app_dir=Path(app_dir),
            filename=stanza.get("filename") or name + ".py",
            run_in_preview=stanza.get("run_in_preview", "false").strip().lower() in TRUE_WORDS,
            is_risky=stanza.get("is_risky", "false").strip().lower() in TRUE_WORDS,
            maxwait=float(stanza.get("maxwait", "0")),
            maxchunksize=int(stanza.get("maxchunksize", "0")),
        )
        if not spec.script.is_file():
            raise CommandConfigError("command %s names bin/%s, which is not in its app" % (name, spec.filename))
        return spec


@dataclass(frozen=True)
class SearchInfo:
    """The search on whose behalf a command runs; the times are text because splunkd sends text."""

    sid: str
    search: str
    dispatch_dir: str
    app: str = "search"
    owner: str = "admin"
    username: str = "admin"
    session_key: str = ""
    splunkd_uri: str = "https://127.0.0.1:8089"
    earliest_time: str = "0"
    latest_time: str = "0"
    maxresultrows: int = MAX_RESULT_ROWS
    splunk_version: str = SPLUNK_VERSION

    def getinfo(self, command: str, raw_args: Sequence[str], preview: bool, dispatch_dir: str) -> Dict[str, object]:
        """The whole getinfo metadata, its keys in splunkd's order."""
        return {
            "action": "getinfo",
            "preview": preview,
            "streaming_command_will_restart": False,
            "searchinfo": {
                "args": [unquoted(arg) for arg in raw_args],
                "raw_args": list(raw_args),
                "dispatch_dir": dispatch_dir,
                "sid": self.sid,
                "app": self.app,
                "owner": self.owner,
                "username": self.username,
                "session_key": self.session_key,
                "splunkd_uri": self.splunkd_uri,
                "splunk_version": self.splunk_version,
                "search": quote(self.search, safe=""),
                "command": command,
                "maxresultrows": self.maxresultrows,
                "earliest_time": self.earliest_time,
                "latest_time": self.latest_time,
            },
        }


@dataclass(frozen=True)
class Delivery:
    """How rows travel: everything that may differ between installations and that a test may turn."""

    chunk_rows: int = MAX_RESULT_ROWS
    empty_chunk: bool = False  # one chunk without rows that is not the last
    empty_final: Optional[bool] = None  # the last chunk has no rows; None = as usual for the type of command
    empty_header: bool = True  # a chunk without rows still has a header line; False = a body of length 0
    line_ending: str = "\n"
    quoting: str = "splunkd"
    probes: int = 1  # processes that get getinfo only
    ahead: bool = False  # start the process of the next search while this one runs; it waits for its getinfo
    timeout: float = 600.0  # seconds for the whole command
    exit_wait: float = 90.0  # seconds from the last reply to the end of the process


AS_USUAL = Delivery()


def split_arguments(text: str) -> List[str]:
    """The raw arguments of a command line: split at blanks and commas outside double quotes."""
    arguments, current, quoted, escaped = [], "", False, False
    for char in text:
        if not quoted and (char.isspace() or char == ","):
            if current:
                arguments.append(current)
            current = ""
            continue
        current += char
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = quoted
        elif char == '"':
            quoted = not quoted
    return arguments + [current] if current else arguments


def unquoted(argument: str) -> str:
    r"""An argument as a command sees it in `args`: `a="b \" c"` becomes `a=b " c`."""
    name, value = _name_and_value(argument)
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return name + value


def _name_and_value(argument: str) -> Tuple[str, str]:
    name, equals, value = argument.partition("=")
    return (name + equals, value) if equals and '"' not in name else ("", argument)
