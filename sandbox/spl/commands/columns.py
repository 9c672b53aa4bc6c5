"""fields, table, rename and fillnull: which columns there are and what they are called.

Sources: Search Reference pages of the same names. fields keeps the internal fields (those that begin with _) unless
they are taken out by name; table keeps nothing but what it names. Renaming a field that is not there empties the
field of the new name. fillnull without names fills every column, with 0 unless value= says else; a named field that
is no column becomes one.
Inferred: the order of fields + is that of the names given.
"""

from __future__ import annotations

import re
from typing import Dict, List, Tuple

from ..context import Context
from ..errors import SyntaxFault
from ..table import Row, Table
from ..terms import like_name
from .base import Arguments, Step, chosen, wild


def _only(table: Table, names: List[str]) -> Table:
    kept = set(names)
    return Table(names, [{name: value for name, value in row.items() if name in kept} for row in table])


def fields(arguments: Arguments) -> Step:
    """Reads fields [+|-] names."""
    words = arguments.words()
    minus = words.accept("-")
    if not minus:
        words.accept("+")
    names = words.names()
    words.end()
    if names and names[0][0] in "+-" and len(names[0]) > 1:
        minus, names = names[0][0] == "-", [names[0][1:], *names[1:]]
    if not names:
        raise SyntaxFault("The command 'fields' needs at least one field name.")

    def run(table: Table, context: Context) -> Table:
        if minus:
            gone = set(chosen(names, table.fields))
            return _only(table, [name for name in table.fields if name not in gone])
        internal = [name for name in table.fields if name.startswith("_") and name not in names]
        return _only(table, [*chosen(names, table.fields), *internal])

    if minus:
        return Step("fields", run)
    return Step("fields", run, reads=wild(names), closes=True)


def table_(arguments: Arguments) -> Step:
    """Reads table names."""
    words = arguments.words()
    names = words.names()
    words.end()
    if not names:
        raise SyntaxFault("The command 'table' needs at least one field name.")
    return Step(
        "table", lambda table, context: _only(table, chosen(names, table.fields)), reads=wild(names), closes=True
    )


def rename(arguments: Arguments) -> Step:
    """Reads rename old AS new, ...; a * in both names stands for the same text."""
    words = arguments.words()
    pairs: List[Tuple[str, str]] = []
    while words:
        old = words.value("a field name")
        if not words.accept("as"):
            raise SyntaxFault("The command 'rename' needs AS after '%s'." % old)
        new = words.value("a new name")
        if old.count("*") != new.count("*"):
            raise SyntaxFault("The command 'rename' needs as many * in '%s' as in '%s'." % (new, old))
        pairs.append((old, new))
        words.accept(",")
    if not pairs:
        raise SyntaxFault("The command 'rename' needs old AS new.")

    def run(table: Table, context: Context) -> Table:
        for old, new in pairs:
            table = _renamed(table, _meant(old, new, table.fields))
        return table

    return Step("rename", run, reads=wild(old for old, _ in pairs), makes=frozenset(new for _, new in pairs))


def _meant(old: str, new: str, columns: List[str]) -> Dict[str, str]:
    if "*" not in old:
        return {old: new}
    found = {}
    for name in columns:
        if like_name(old)(name):
            parts = re.fullmatch("(.*)".join(re.escape(part) for part in old.split("*")), name, re.DOTALL).groups()
            pieces = new.split("*")
            found[name] = "".join(piece + part for piece, part in zip(pieces, [*parts, ""]))
    return found


def _renamed(table: Table, names: Dict[str, str]) -> Table:
    taken = set(names.values())
    rows: List[Row] = []
    for row in table:
        rows.append(
            {
                **{name: value for name, value in row.items() if name not in names and name not in taken},
                **{new: row[old] for old, new in names.items() if old in row},
            }
        )
    columns = [names.get(name, name) for name in table.fields if name in names or name not in taken]
    lost = [new for old, new in names.items() if old not in table.fields and new in table.fields]
    return Table([*columns, *lost], rows)


def fillnull(arguments: Arguments) -> Step:
    """Reads fillnull [value=text] [names]."""
    words = arguments.words()
    options = words.options(["value"])
    names = words.names()
    options.update(words.options(["value"]))
    words.end()
    value = options.get("value", "0")

    def run(table: Table, context: Context) -> Table:
        wanted = names or table.fields
        rows = [{**row, **{name: value for name in wanted if row.get(name) is None}} for row in table]
        return Table([*table.fields, *wanted], rows)

    return Step("fillnull", run, reads=wild(names) if names else None, makes=frozenset(names))


COMMANDS = {"fields": fields, "table": table_, "rename": rename, "fillnull": fillnull}
