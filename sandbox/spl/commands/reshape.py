"""transpose: rows as columns. Source: Search Reference "transpose".

Documented: a row for each column of the table, named in the field `column` (column_name= says another), and a field
`row 1`, `row 2`, ... for each row; the first five rows unless a number says how many, 0 for all; header_field= names
the field whose values become the names of the new fields; include_empty=false leaves out columns without a value.
Inferred: internal fields (those that begin with _) are left out, as the page's examples show none; the header field
is no row of the result.
"""

from __future__ import annotations

from typing import List

from ..context import Context
from ..table import Row, Table
from ..values import text
from .base import Arguments, Step, flag

ROWS = 5  # Search Reference "transpose", the default of its number


def transpose(arguments: Arguments) -> Step:
    """Reads transpose [number] [column_name=] [header_field=] [include_empty=]."""
    words = arguments.words()
    known = ("column_name", "header_field", "include_empty")
    options = words.options(known)
    most = int(words.take()) if words.peek().isdigit() else ROWS
    options.update(words.options(known))
    words.end()
    named, header = options.get("column_name", "column"), options.get("header_field")
    empty = flag(options, "include_empty", True)

    def run(table: Table, context: Context) -> Table:
        kept = table.rows[:most] if most else table.rows
        names: List[str] = [
            text(row.get(header)) or "" if header else "row %d" % place for place, row in enumerate(kept, 1)
        ]
        rows: List[Row] = []
        for column in table.fields:
            if column.startswith("_") or column == header:
                continue
            cells = {name: row[column] for name, row in zip(names, kept) if row.get(column) is not None}
            if cells or empty:
                rows.append({named: column, **cells})
        return Table([named, *names], rows)

    return Step("transpose", run, reads=None, makes=frozenset({named}), closes=True)


COMMANDS = {"transpose": transpose}
