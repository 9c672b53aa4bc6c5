"""stats, eventstats and streamstats. Sources: Search Reference pages of the same names; the functions are in
aggregates.py.

stats gives a row for each group and nothing but the BY fields and the results. eventstats adds the results to every
row of the group and leaves rows without a group as they are. streamstats adds to each row the results over the rows of
its group so far, itself included unless current=false.
Inferred: stats without BY gives one row even over nothing, with counts of 0; the BY fields come first. A row of
streamstats that is in several groups gets the results of the first.
Not here: streamstats' window, global, allnum, reset_* and time_window.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, List, Tuple

from ..clauses import clauses, grouped, in_order, keys
from ..context import Context
from ..table import Row, Table
from ..values import Value, number
from .base import Arguments, Step, flag


@lru_cache(maxsize=16384)
def _group_value(text: str) -> Value:
    figure = number(text)
    return text if figure is None or str(figure) != text else figure


def stats(arguments: Arguments) -> Step:
    """Reads stats aggregations [BY fields]."""
    plan = clauses(arguments.text, "stats")
    outputs = [one.output for one in plan.aggregations]

    def run(table: Table, context: Context) -> Table:
        groups = grouped(table, plan.by) if plan.by else {(): table.rows}
        rows = []
        for key in in_order(groups):
            row: Row = dict(zip(plan.by, map(_group_value, key)))
            members = groups[key]
            for one in plan.aggregations:
                value = one.of(members, context)
                if value is not None:
                    row[one.output] = value
            rows.append(row)
        return Table([*plan.by, *outputs], rows)

    return Step("stats", run, reads=plan.reads, makes=frozenset(outputs), closes=True, functions=plan.functions)


def eventstats(arguments: Arguments) -> Step:
    """Reads eventstats aggregations [BY fields]. A row in several groups gets the results of the first; inferred."""
    plan = clauses(arguments.text, "eventstats")
    outputs = [one.output for one in plan.aggregations]
    by = list(plan.by)

    def run(table: Table, context: Context) -> Table:
        groups = grouped(table, by) if by else {(): table.rows}
        results = {
            key: {one.output: one.of(rows, context) for one in plan.aggregations} for key, rows in groups.items()
        }
        rows = []
        for row in table:
            own = keys(row, by) if by else [()]
            added = results[own[0]] if own else {}
            rows.append({**row, **{name: value for name, value in added.items() if value is not None}})
        return Table([*table.fields, *outputs], rows)

    return Step(
        "eventstats", run, reads=plan.reads | frozenset(outputs), makes=frozenset(outputs), functions=plan.functions
    )


def streamstats(arguments: Arguments) -> Step:
    """Reads streamstats [current=bool] aggregations [BY fields]."""
    plan = clauses(arguments.text, "streamstats", ("current",))
    outputs = [one.output for one in plan.aggregations]
    by, current = list(plan.by), flag(plan.options, "current", True)

    def run(table: Table, context: Context) -> Table:
        so_far: Dict[Tuple[str, ...], List[Row]] = {}
        rows = []
        for row in table:
            own = keys(row, by) if by else [()]
            if not own:
                rows.append(row)
                continue
            before = so_far.setdefault(own[0], [])
            seen = [*before, row] if current else before
            results = {one.output: one.of(seen, context) for one in plan.aggregations}
            rows.append({**row, **{name: value for name, value in results.items() if value is not None}})
            before.append(row)
        return Table([*table.fields, *outputs], rows)

    return Step(
        "streamstats", run, reads=plan.reads | frozenset(outputs), makes=frozenset(outputs), functions=plan.functions
    )


COMMANDS = {"stats": stats, "eventstats": eventstats, "streamstats": streamstats}
