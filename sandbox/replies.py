"""What splunkd makes of a command's replies: the getinfo reply, messages, metrics, errors and the rows.

Knows which keys a reply may carry and which columns each type of command is sent.  Does not read or write pipes.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from sandbox.chunked import ChunkError, Row, Table

INDEX_FIELD = "_chunked_idx"
COMMAND_TYPES = ("streaming", "stateful", "events", "reporting")
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
GETINFO_KEYS = frozenset(
    ("type", "generating", "required_fields", "maxwait", "streaming_preop", "finished", "error", "inspector")
)
EXECUTE_KEYS = frozenset(("finished", "error", "inspector"))
UNSUPPORTED = "Unsupported metadata field sent by custom search command: %s"
METRIC_PREFIX = "metric."


@dataclass
class Notes:
    """Messages and metrics that a command sent, and its fatal `error`, over all its replies."""

    messages: List[Tuple[str, str]] = field(default_factory=list)
    metrics: Dict[str, object] = field(default_factory=dict)
    fatal: Optional[str] = None

    def warn(self, text: str) -> None:
        if ("WARN", text) not in self.messages:
            self.messages.append(("WARN", text))

    def errors(self) -> List[str]:
        return [text for level, text in self.messages if level in ("ERROR", "FATAL")]

    def read(self, metadata: Mapping[str, object], known: FrozenSet[str]) -> bool:
        """Take the common part of a reply; whether it says `finished`."""
        for key in metadata:
            if key not in known:
                self.warn(UNSUPPORTED % key)
        inspector = metadata.get("inspector", {})
        if not isinstance(inspector, dict):
            self.warn("The inspector of a reply must be an object but is %r" % (inspector,))
            inspector = {}
        for key, value in inspector.items():
            if key == "messages":
                self._read_messages(value)
            elif key.startswith(METRIC_PREFIX):
                self.metrics[key[len(METRIC_PREFIX) :]] = value
            else:
                self.warn(UNSUPPORTED % ("inspector." + key))
        if metadata.get("error") is not None:
            self.fatal = str(metadata["error"])
        return _flag(metadata, "finished", self)

    def _read_messages(self, value: object) -> None:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, list) and len(item) == 2 and item[0] in LEVELS and isinstance(item[1], str):
                self.messages.append((item[0], item[1]))
            else:
                self.warn("A message must be [level, text] with a level of %s but is %r" % ("/".join(LEVELS), item))


class Info(NamedTuple):
    """The getinfo reply: what the command is and what it wants."""

    type: str
    generating: bool
    required_fields: Optional[Tuple[str, ...]]  # None = all
    streaming_preop: str
    finished: bool

    @property
    def per_record(self) -> bool:
        """Records go through it one by one, so that withheld fields can be put back."""
        return self.type in ("streaming", "stateful")

    @classmethod
    def read(cls, metadata: Mapping[str, object], notes: Notes) -> "Info":
        """Judge a getinfo reply; raises ChunkError for a type that splunkd does not know."""
        finished = notes.read(metadata, GETINFO_KEYS)
        kind = metadata.get("type", "streaming")
        if kind not in COMMAND_TYPES:
            raise ChunkError("the type must be one of %s but is %r" % (", ".join(COMMAND_TYPES), kind))
        wanted = metadata.get("required_fields")
        required = None if wanted is None or wanted == ["*"] else tuple(wanted)  # type: ignore[arg-type, var-annotated]
        preop = str(metadata.get("streaming_preop") or "")
        return cls(str(kind), _flag(metadata, "generating", notes), required, preop, finished)


def _flag(metadata: Mapping[str, object], key: str, notes: Notes) -> bool:
    value = metadata.get(key, False)
    if not isinstance(value, bool):
        notes.warn("%s must be true or false but is %r" % (key, value))
    return bool(value)


def selected_fields(columns: Sequence[str], info: Info) -> List[str]:
    """The columns that are sent: all, or the required ones that exist plus what the type of command always gets."""
    required = info.required_fields
    if required is None:
        return list(columns)
    chosen = [name for name in columns if name in required]
    if info.per_record:
        return chosen + [INDEX_FIELD]
    if info.type == "events":
        return [n for n in columns if n in required or n == "index" or n.startswith("_")]
    return chosen


def merge_selected(chunk: Sequence[Row], columns: Sequence[str], sent: Sequence[str], reply: Table) -> Table:
    """Put the withheld fields back beside each row of a reply, by the index that came back with it."""
    withheld = [name for name in columns if name not in sent]
    rows = []
    for number, row in enumerate(reply.rows, start=1):
        index = row.get(INDEX_FIELD)
        if not isinstance(index, str) or not index.isdigit() or int(index) >= len(chunk):
            raise ChunkError(
                "row %d must carry the %s it was sent with (0 to %d) but has %r"
                % (number, INDEX_FIELD, len(chunk) - 1, index)
            )
        source = chunk[int(index)]
        merged = {name: source.get(name) for name in withheld}
        merged.update((name, value) for name, value in row.items() if name != INDEX_FIELD)
        rows.append(merged)
    fields = list(dict.fromkeys(withheld + [name for name in reply.fields if name != INDEX_FIELD]))
    return Table(fields, rows)
