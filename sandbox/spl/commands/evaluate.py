"""eval and where. Sources: Search Reference "eval", "where"; the expressions are in expression.py.

Assignments run from left to right, each seeing those before it. A null result takes the field away. where keeps the
rows for which its expression is true; false and null drop them.
"""

from __future__ import annotations

from ..context import Context
from ..errors import SyntaxFault
from ..expression import assignments, expression, together
from ..table import Row, Table
from ..values import truth
from .base import Arguments, Step


def eval_(arguments: Arguments) -> Step:
    """Reads eval name=expression, ..."""
    if not arguments.text:
        raise SyntaxFault("The command 'eval' needs an assignment such as name=expression.")
    plan = assignments(arguments.text)
    names = [name for name, _ in plan]
    changes = [group.change() for group in together(plan)]

    def run(table: Table, context: Context) -> Table:
        rows = []
        for old in table.rows:
            row: Row = dict(old)
            for change in changes:
                change(row, context)
            rows.append(row)
        return Table([*table.fields, *names], rows)

    made: set = set()
    reads: set = set()
    for name, value in plan:
        reads |= value.fields - made
        made.add(name)
    return Step(
        "eval",
        run,
        reads=frozenset(reads),
        makes=frozenset(made),
        functions=frozenset().union(*(value.functions for _, value in plan)),
    )


def where(arguments: Arguments) -> Step:
    """Reads where expression."""
    if not arguments.text:
        raise SyntaxFault("The command 'where' needs an expression.")
    test = expression(arguments.text)

    def run(table: Table, context: Context) -> Table:
        return Table(table.fields, [row for row in table if truth(test.run(row, context), "where")])

    return Step("where", run, reads=test.fields, functions=test.functions)


COMMANDS = {"eval": eval_, "where": where}
