"""What a search needs from outside, in one place: the events, the knowledge objects, the clock and the caller.

Everything is an argument: the language reads no clock, no file and no network by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, Optional, Tuple

from .lookups import Lookup
from .macros import Macro
from .source import EventSource, MemoryEvents
from .table import Row, Table

SUBSEARCH_ROWS = 10000  # limits.conf [subsearch] maxout
RunCustom = Callable[[str, str, Table, "Context"], Iterable[Row]]


@dataclass
class Context:
    """One run of one search. `messages` is shared by everything that the search starts."""

    events: EventSource = field(default_factory=MemoryEvents)
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    macros: Mapping[str, Macro] = field(default_factory=dict)
    commands: Collection[str] = ()  # the names in commands.conf; run_custom runs them
    run_custom: Optional[RunCustom] = None
    earliest: Optional[float] = None  # None: no bound
    latest: Optional[float] = None
    index_earliest: Optional[float] = None
    index_latest: Optional[float] = None
    now: float = 0.0
    app: str = "search"
    owner: str = "admin"
    sid: str = ""
    begins: bool = True  # whether the command that runs stands at the beginning of its pipeline
    search: str = ""  # the text as given, for whoever reports it
    default_indexes: Tuple[str, ...] = ("main",)
    messages: List[Tuple[str, str]] = field(default_factory=list)
    progress: Optional[Callable[[float], None]] = None  # told the share of the commands that have run, 0 to 1
    memo: Dict[str, Any] = field(default_factory=dict)  # per run; nothing in it outlives the search

    def warn(self, text: str) -> None:
        """A message to the user that stops nothing."""
        self.messages.append(("WARN", text))

    @property
    def span(self) -> Dict[str, Optional[float]]:
        """The time range that holds: that of the first search's own text, else the one given beside it."""
        given = {name: getattr(self, name) for name in ("earliest", "latest", "index_earliest", "index_latest")}
        return self.memo.get("span", given)

    def within(self, **ranges: Any) -> "Context":
        """The same run over another time range."""
        return replace(self, **ranges)
