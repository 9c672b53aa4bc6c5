"""search: the first one reads the event store, later ones filter rows. Subsearches become text in place.

Source: Search Reference "search"; Search Manual "Specify time modifiers in your search": earliest= and latest= in
the text win over the range given beside it; with earliest= alone the search ends now. Automatic extraction happens
here, for the fields that the search or a later command reads: from JSON, and in the internal indexes, whose
names begin with _, also from name=value (pairs.py).
Inferred: a subsearch's text counts as if in parentheses; _index_earliest= leaves the range of event times as it is
given.
"""

from __future__ import annotations

from typing import Dict, Optional

from ..context import Context
from ..jsontext import extracted, flattened
from ..pairs import pairs
from ..parser import Source
from ..search_expression import SearchTest, row_test, search_test
from ..source import META, Event, inside
from ..table import Row, Table
from ..timespec import moment
from ..values import Value
from .base import Arguments, Runnable, Step
from .subsearch import subsearch_text

_META = frozenset(META)


def search(arguments: Arguments) -> Step:
    """Reads a search command."""
    pieces = [arguments.compile(piece) if isinstance(piece, Source) else piece for piece in arguments.command.pieces]
    inner = tuple(piece for piece in pieces if isinstance(piece, Runnable))

    def text(context: Context) -> str:
        return "".join(
            "( %s )" % subsearch_text(piece, context) if isinstance(piece, Runnable) else piece for piece in pieces
        )

    if arguments.first:
        fields = search_test("".join(piece for piece in pieces if isinstance(piece, str))).fields if not inner else None
        return Step("search", _Reader(text, arguments.needed).run, reads=fields, inner=inner)
    if inner:
        return Step("search", lambda table, context: _filtered(table, row_test(text(context))), reads=None, inner=inner)
    test = row_test(arguments.text)
    return Step("search", lambda table, context: _filtered(table, test), reads=test.fields)


def _filtered(table: Table, test: SearchTest) -> Table:
    return Table(table.fields, [row for row in table if test.holds(row)])


def time_range(test: SearchTest, context: Context) -> Dict[str, Optional[float]]:
    """The time range that holds for the search: what its text says, else what it was given."""
    said = {name: moment(spec, context.now) for name, spec in test.times}
    return {
        "earliest": said.get("earliest", context.earliest),
        "latest": said.get("latest", context.now if "earliest" in said else context.latest),
        "index_earliest": said.get("_index_earliest", context.index_earliest),
        "index_latest": said.get("_index_latest", context.now if "_index_earliest" in said else context.index_latest),
    }


class _Reader:
    """The reading of the event store."""

    def __init__(self, text, needed) -> None:
        self._text, self._needed = text, needed

    def run(self, table: Table, context: Context) -> Table:
        test = search_test(self._text(context))
        span = time_range(test, context)
        context.memo["span"] = span
        indexes = test.indexes
        if "index" not in test.fields:
            indexes = frozenset(name.lower() for name in context.default_indexes)
        rows = [
            self._row(event)
            for event in context.events.scan(
                span["earliest"],
                span["latest"],
                span["index_earliest"],
                span["index_latest"],
                indexes,
                test.sourcetypes,
                test.clauses,
            )
            if _in_time(event, span) and test.test(event, event_field)
        ]
        found = Table.of(rows)
        extra = sorted(name for name in found.fields if name not in _META)
        return Table([*META, *extra], rows)

    def _row(self, event: Event) -> Row:
        row = dict(event)
        if self._needed is None:
            found = pairs(event["_raw"]) if _internal(event) else flattened(event["_raw"])
            for name, value in found.items():
                row.setdefault(name, value)
            return row
        for name in self._needed:
            if name not in row:
                value = event_field(event, name)
                if value is not None:
                    row[name] = value
        return row


def _in_time(event: Event, span: Dict[str, Optional[float]]) -> bool:
    return inside(event["_time"], span["earliest"], span["latest"]) and inside(
        event["_indextime"], span["index_earliest"], span["index_latest"]
    )


def event_field(event: Event, name: str) -> Value:
    """A field of an event: its own, or one that automatic extraction finds."""
    if name in _META:
        return event.get(name)
    return pairs(event["_raw"]).get(name) if _internal(event) else extracted(event["_raw"], name)


def _internal(event: Event) -> bool:
    return event["index"].startswith("_") and not event["_raw"].startswith("{")


COMMANDS = {"search": search}
