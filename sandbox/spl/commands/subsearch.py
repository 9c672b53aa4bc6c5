"""format, return, append and appendpipe, and what a subsearch hands to the search around it.

Sources: Search Reference "format", "return", "append", "appendpipe"; Search Manual "Change the format of subsearch results":
fields that begin with _ are left out; a field named search or query gives its value as it is, without name or
quotes; no rows give NOT ( ). limits.conf [subsearch] maxout: at most 10,000 rows, the rest is dropped with a
warning.
Documented: return gives the first row only unless told how many, field="value" for a field and the bare value for
$field. The commands of appendpipe get the rows at hand when the search comes to them, and what they give comes after
those rows; it is no subsearch, so no limit of subsearches holds.
Inferred: quotes and backslashes in values are escaped with a backslash; of several rows of return each stands in
parentheses. Custom commands run inside appendpipe as anywhere else, with the search's time range; the first word in
its brackets is a command, with or without a pipe before it.
Not here: the options of append; of appendpipe only run_in_preview, which changes nothing here.
"""

from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

from ..context import SUBSEARCH_ROWS, Context
from ..errors import SyntaxFault, Unsupported
from ..parser import Source
from ..table import Row, Table
from ..values import texts
from .base import NONE, Arguments, Runnable, Step, whole

BARE = ("search", "query")
DEFAULT_WORDS = ("(", "(", "AND", ")", "OR", ")")
EMPTY = "NOT ( )"
_PREVIEW_OPTION = re.compile(r"run_in_preview\s*=\s*\w+")


def subsearch_rows(pipeline: Runnable, context: Context) -> Table:
    """A subsearch's result, cut to the limit."""
    table = pipeline.run(context)
    if len(table) > SUBSEARCH_ROWS:
        context.warn("A subsearch gave %d rows; only the first %d are used." % (len(table), SUBSEARCH_ROWS))
        return Table(table.fields, table.rows[:SUBSEARCH_ROWS])
    return table


def subsearch_text(pipeline: Runnable, context: Context) -> str:
    """A subsearch's result as search text."""
    return formatted(subsearch_rows(pipeline, context))


def formatted(table: Table, signs: Sequence[str] = DEFAULT_WORDS, between: str = "OR", empty: str = EMPTY) -> str:
    """Rows as one search expression."""
    row_start, column_start, column_between, column_end, row_between, row_end = signs
    rows = []
    for row in table:
        columns = [
            _column(name, texts(row.get(name)), between)
            for name in table.fields
            if not name.startswith("_") and row.get(name) is not None
        ]
        if columns:
            rows.append("%s %s %s" % (column_start, (" %s " % column_between).join(columns), column_end))
    if not rows:
        return empty
    return "%s %s %s" % (row_start, (" %s " % row_between).join(rows), row_end)


def _column(name: str, values: List[str], between: str) -> str:
    if name in BARE:
        return values[0]
    pairs = [_pair(name, value) for value in values]
    return pairs[0] if len(pairs) == 1 else "( %s )" % (" %s " % between).join(pairs)


def _pair(name: str, value: str) -> str:
    shown = name if name.replace("_", "").replace(".", "").isalnum() else _in_quotes(name)
    return "%s=%s" % (shown, _in_quotes(value))


def _in_quotes(value: str) -> str:
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')


def format_(arguments: Arguments) -> Step:
    """Reads format [mvsep=] [maxresults=] [six signs] [emptystr=]."""
    words = arguments.words()
    known = ("mvsep", "maxresults", "emptystr")
    options = words.options(known)
    signs: List[str] = []
    while words and words.quoted():
        signs.append(words.value("a sign"))
    options.update(words.options(known))
    words.end()
    if signs and len(signs) != len(DEFAULT_WORDS):
        raise SyntaxFault(
            "The command 'format' takes all six of its row and column signs or none, not %d." % len(signs)
        )
    most = whole(options, "maxresults", 0)

    def run(table: Table, context: Context) -> Table:
        kept = Table(table.fields, table.rows[:most] if most else table.rows)
        text = formatted(kept, signs or DEFAULT_WORDS, options.get("mvsep", "OR"), options.get("emptystr", EMPTY))
        return Table(["search"], [{"search": text}])

    return Step("format", run, reads=None, makes=frozenset({"search"}), closes=True)


def return_(arguments: Arguments) -> Step:
    """Reads return [count] field | alias=field | $field ..., which gives one row with one field, search."""
    words = arguments.words()
    count = int(words.take()) if words.peek().isdigit() else 1
    plan: List[Tuple[Optional[str], str]] = []  # (name shown or None for the bare value, field read)
    while words:
        word = words.value("a field")
        if words.accept("="):
            plan.append((word, words.value("a field")))
        else:
            plan.append((None, word[1:]) if word.startswith("$") else (word, word))
    if not plan:
        raise SyntaxFault("The command 'return' needs at least one field.")

    def run(table: Table, context: Context) -> Table:
        parts = [
            " ".join(_returned(alias, row, name) for alias, name in plan if row.get(name) is not None)
            for row in table.rows[:count]
        ]
        parts = [part for part in parts if part]
        text = parts[0] if len(parts) == 1 else " OR ".join("(%s)" % part for part in parts)
        return Table(["search"], [{"search": text}] if text else [])

    return Step("return", run, reads=frozenset(name for _, name in plan), makes=frozenset({"search"}), closes=True)


def _returned(alias: Optional[str], row: Row, name: str) -> str:
    value = texts(row[name])[0]
    return value if alias is None else _pair(alias, value)


def append(arguments: Arguments) -> Step:
    """Reads append [subsearch]; the subsearch's rows come after those at hand."""
    pieces = arguments.command.pieces
    subsearches = [piece for piece in pieces if isinstance(piece, Source)]
    extra = "".join(piece for piece in pieces if isinstance(piece, str)).strip()
    if len(subsearches) != 1:
        raise SyntaxFault("The command 'append' takes one subsearch in [ ].")
    if extra:
        raise Unsupported("The command 'append' knows no options here, and was given: %s" % extra)
    inner = arguments.compile(subsearches[0])

    def run(table: Table, context: Context) -> Table:
        added = subsearch_rows(inner, context)
        return Table([*table.fields, *added.fields], [*table.rows, *added.rows])

    return Step("append", run, reads=NONE, inner=(inner,))


def appendpipe(arguments: Arguments) -> Step:
    """Reads appendpipe [run_in_preview=bool] [commands]; what they make of the rows at hand comes after these."""
    pieces = arguments.command.pieces
    inside = [piece for piece in pieces if isinstance(piece, Source)]
    options = "".join(piece for piece in pieces if isinstance(piece, str)).strip()
    if len(inside) != 1:
        raise SyntaxFault("The command 'appendpipe' takes one list of commands in [ ].")
    if options and not _PREVIEW_OPTION.fullmatch(options):
        raise Unsupported("The command 'appendpipe' knows only run_in_preview= here, and was given: %s" % options)
    inner = arguments.compile_rest(inside[0])

    def run(table: Table, context: Context) -> Table:
        added = inner.over(Table(table.fields, [dict(row) for row in table]), context)
        return Table([*table.fields, *added.fields], [*table.rows, *added.rows])

    return Step("appendpipe", run, reads=None, inner=(inner,))


COMMANDS = {"format": format_, "return": return_, "append": append, "appendpipe": appendpipe}
