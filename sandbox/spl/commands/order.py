"""sort, head, tail, dedup and mvexpand: which rows there are and in what order.

Sources: Search Reference pages of the same names. sort keeps 10,000 rows unless given another number, 0 for all; a
sign before a field gives its direction, a final desc or d turns everything round; num(), str(), ip() and auto() say
how to compare. tail gives the last rows in reverse order. dedup keeps the first row of each combination and drops
rows without one of the fields, unless keepempty=true. Rows that compare equal keep their order.
Inferred: auto compares by size where both values are numbers, a number comes before a text, absent fields come last
in either direction; mvexpand keeps a row without the field; a multivalue sorts as its text.
Not here: head with an expression, dedup's keepevents and sortby, mvexpand's limit other than 0.
"""

from __future__ import annotations

import ipaddress
from typing import Callable, Dict, List, Tuple

from ..context import Context
from ..errors import SyntaxFault, Unsupported, allowed
from ..table import Row, Table
from ..values import Value, number, sort_key, text, texts
from .base import Arguments, Step, Words, flag, whole

SORT_ROWS = 10000  # Search Reference "sort", count
HEAD_ROWS = 10


def _num(value: Value) -> tuple:
    figure = number(value)
    return (1, 0) if figure is None else (0, figure)


def _ip(value: Value) -> tuple:
    try:
        address = ipaddress.ip_address(str(text(value)))
    except ValueError:
        return (2, 0)
    return (0 if address.version == 4 else 1, int(address))


_KEYS: Dict[str, Callable[[Value], tuple]] = {
    "auto": lambda value: sort_key(text(value)),
    "num": _num,
    "ip": _ip,
    "str": lambda value: (text(value),),
}


def sort(arguments: Arguments) -> Step:
    """Reads sort [count] [+|-]field, ... [desc]."""
    words = arguments.words()
    options = words.options(["limit"])
    most = whole(options, "limit", SORT_ROWS)
    if words.peek().isdigit():
        most = int(words.take())
    plan: List[Tuple[str, str, bool]] = []
    turned = False
    while words:
        if plan and words.peek(1) == "" and words.accept("desc", "d"):
            turned = True
            break
        plan.append(_sort_field(words))
        words.accept(",")
    if not plan:
        raise SyntaxFault("The command 'sort' needs at least one field.")

    def run(table: Table, context: Context) -> Table:
        rows = list(table.rows)
        for name, how, down in reversed(plan):
            key = _KEYS[how]
            there = sorted(
                (row for row in rows if row.get(name) is not None),
                key=lambda row: key(row[name]),
                reverse=down != turned,
            )
            rows = there + [row for row in rows if row.get(name) is None]
        return Table(table.fields, rows[:most] if most else rows)

    return Step("sort", run, reads=frozenset(name for name, _, _ in plan))


def _sort_field(words: Words) -> Tuple[str, str, bool]:
    down = False
    if words.peek() in ("-", "+"):
        down = words.take() == "-"
    name = words.value("a field")
    if name[0] in "+-" and len(name) > 1:
        down, name = name[0] == "-", name[1:]
    how = "auto"
    if words.accept("("):
        how, name = name, words.value("a field")
        if how not in _KEYS:
            raise Unsupported("The command 'sort' compares by %s, not by '%s'." % (allowed(_KEYS), how))
        if not words.accept(")"):
            raise SyntaxFault("The command 'sort' lacks ')' after '%s'." % name)
    return name, how, down


def _count(arguments: Arguments) -> int:
    words = arguments.words()
    options = words.options(["limit"])
    most = whole(options, "limit", HEAD_ROWS)
    if words.peek().isdigit():
        most = int(words.take())
    words.end()
    return most


def head(arguments: Arguments) -> Step:
    """Reads head [count]."""
    most = _count(arguments)
    return Step("head", lambda table, context: Table(table.fields, table.rows[:most]))


def tail(arguments: Arguments) -> Step:
    """Reads tail [count]."""
    most = _count(arguments)
    return Step("tail", lambda table, context: Table(table.fields, table.rows[::-1][:most]))


def dedup(arguments: Arguments) -> Step:
    """Reads dedup [count] names [keepempty=bool] [consecutive=bool]."""
    words = arguments.words()
    most = int(words.take()) if words.peek().isdigit() else 1
    if most < 1:
        raise SyntaxFault("The command 'dedup' keeps at least 1 row of each, not 0.")
    known = ("keepempty", "consecutive")
    options = words.options(known)
    names = words.names(stop=("sortby",))
    options.update(words.options(known))
    words.end()
    if not names:
        raise SyntaxFault("The command 'dedup' needs at least one field.")
    keep_empty, consecutive = flag(options, "keepempty", False), flag(options, "consecutive", False)

    def run(table: Table, context: Context) -> Table:
        seen: Dict[tuple, int] = {}
        rows: List[Row] = []
        for row in table:
            values = [row.get(name) for name in names]
            if any(value is None for value in values):
                if keep_empty:
                    rows.append(row)
                continue
            key = tuple(tuple(texts(value)) for value in values)
            if consecutive and key not in seen:
                seen.clear()
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= most:
                rows.append(row)
        return Table(table.fields, rows)

    return Step("dedup", run, reads=frozenset(names))


def mvexpand(arguments: Arguments) -> Step:
    """Reads mvexpand field: a row for each of its values."""
    words = arguments.words()
    name = words.value("a field")
    if whole(words.options(["limit"]), "limit", 0):
        raise Unsupported("The command 'mvexpand' knows limit=0 only here.")
    words.end()

    def run(table: Table, context: Context) -> Table:
        rows: List[Row] = []
        for row in table:
            value = row.get(name)
            rows += [{**row, name: one} for one in value] if isinstance(value, list) else [row]
        return Table(table.fields, rows)

    return Step("mvexpand", run, reads=frozenset({name}), makes=frozenset({name}))


COMMANDS = {"sort": sort, "head": head, "tail": tail, "dedup": dedup, "mvexpand": mvexpand}
