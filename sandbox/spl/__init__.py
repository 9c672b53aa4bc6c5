"""The search language: as much of SPL as the app's own searches use, with Splunk's semantics, the rest refused by
name.

    from sandbox.spl import Context, run
    table = run("search index=o365 | stats count BY Operation", Context(events=store, now=clock()))

Knows no server, no process and no file but those of CSV lookups. Each command and function states its source and
what is inferred in the docstring of its module.
"""

from __future__ import annotations

from .context import Context
from .errors import RunFault, SplError, SyntaxFault, Unsupported
from .lookups import CsvLookup, KvLookup, Lookup, MatchOptions, ReadOnly
from .macros import Macro
from .pipeline import Pipeline, Usage, compile_search, inspect, post_process, run
from .source import EventSource, MemoryEvents
from .table import Row, Table
from .timespec import moment

__all__ = [
    "Context",
    "CsvLookup",
    "EventSource",
    "KvLookup",
    "Lookup",
    "Macro",
    "MatchOptions",
    "MemoryEvents",
    "Pipeline",
    "ReadOnly",
    "Row",
    "RunFault",
    "SplError",
    "SyntaxFault",
    "Table",
    "Unsupported",
    "Usage",
    "compile_search",
    "inspect",
    "moment",
    "post_process",
    "run",
]
