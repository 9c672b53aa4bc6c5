"""timechart and chart, as tables. Sources: Search Reference "timechart", "chart".

timechart gives a row for each span of _time, gaps too; chart a row for each value of its first field. A BY field
makes a column of each of its values: the ten with the largest sums (limit=), the others together in OTHER
(useother=), rows without it in NULL (usenull=). Gaps hold 0 for counts, nothing for others.
Inferred: the spans run over the search's time range where it has both ends, else over the data; columns come in the
order of their names, OTHER and NULL last; several aggregations with BY are named "aggregation: value".
Not here: timechart without span=, cont, partial, fixedrange, agg, bins and the rest, refused by name.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..clauses import Aggregation, Clauses, clauses, grouped, in_order
from ..context import Context
from ..errors import SyntaxFault, Unsupported
from ..table import Row, Table
from ..timespec import binned, seconds
from ..values import Value, number, sort_key, text, texts
from .base import Arguments, Step, flag, whole

SERIES = 10  # Search Reference "timechart", limit
SHARED = ("limit", "useother", "usenull")
OTHER, NULL = "OTHER", "NULL"
COUNTS = ("count", "c", "dc", "distinct_count")
MOST_SPANS = 100000


class _Split:
    """The columns that a BY field makes."""

    def __init__(self, plan: Clauses, field: Optional[str]) -> None:
        self._plan, self._field = plan, field
        self._limit = whole(plan.options, "limit", SERIES)
        self._other, self._null = flag(plan.options, "useother", True), flag(plan.options, "usenull", True)

    def table(self, key: str, groups: Dict[str, List[Row]], context: Context) -> Table:
        """One row for each group, in the order of the groups."""
        if self._field is None:
            rows = [
                self._row(key, value, [(one.output, one, rows) for one in self._plan.aggregations], context)
                for value, rows in groups.items()
            ]
            return Table([key, *(one.output for one in self._plan.aggregations)], rows)
        series = {value: self._series(rows) for value, rows in groups.items()}
        kept = self._kept(series, context)
        columns = self._columns(series, kept)
        rows = []
        for value, own in series.items():
            joined: Dict[str, List[Row]] = {}
            for name, some in own.items():
                joined.setdefault(name if name in kept or name == NULL else OTHER, []).extend(some)
            cells = [
                (self._title(one, name), one, joined.get(name, []))
                for name in columns
                for one in self._plan.aggregations
            ]
            rows.append(self._row(key, value, cells, context))
        return Table([key, *(self._title(one, name) for name in columns for one in self._plan.aggregations)], rows)

    def _series(self, rows: List[Row]) -> Dict[str, List[Row]]:
        found: Dict[str, List[Row]] = {}
        for row in rows:
            for name in texts(row.get(self._field)) or [NULL]:
                found.setdefault(name, []).append(row)
        return found

    def _kept(self, series: Dict[str, Dict[str, List[Row]]], context: Context) -> List[str]:
        sums: Dict[str, float] = {}
        for own in series.values():
            for name, rows in own.items():
                if name != NULL:
                    sums[name] = sums.get(name, 0) + (number(self._plan.aggregations[0].of(rows, context)) or 0)
        ranked = sorted(sums, key=lambda name: (-sums[name], sort_key(name)))
        return sorted(ranked[: self._limit] if self._limit else ranked, key=sort_key)

    def _columns(self, series: Dict[str, Dict[str, List[Row]]], kept: List[str]) -> List[str]:
        names = {name for own in series.values() for name in own}
        rest = names - set(kept) - {NULL}
        return [*kept, *([OTHER] if rest and self._other else []), *([NULL] if NULL in names and self._null else [])]

    def _title(self, one: Aggregation, name: str) -> str:
        return name if len(self._plan.aggregations) == 1 else "%s: %s" % (one.output, name)

    @staticmethod
    def _row(key: str, value: str, cells: List[Tuple[str, Aggregation, List[Row]]], context: Context) -> Row:
        row: Row = {key: value}
        for title, one, rows in cells:
            result: Value = one.of(rows, context) if rows else 0 if one.function in COUNTS else None
            if result is not None:
                row[title] = result
        return row


def timechart(arguments: Arguments) -> Step:
    """Reads timechart span=... aggregations [BY field]."""
    plan = clauses(arguments.text, "timechart", ("span", *SHARED))
    if "span" not in plan.options:
        raise Unsupported("The command 'timechart' needs span= here.")
    if len(plan.by) > 1 or plan.over:
        raise SyntaxFault("The command 'timechart' takes one BY field.")
    span, split = seconds(plan.options["span"]), _Split(plan, plan.by[0] if plan.by else None)

    def run(table: Table, context: Context) -> Table:
        timed: Dict[float, List[Row]] = {}
        for row in table:
            figure = number(row.get("_time"))
            if figure is not None:
                timed.setdefault(binned(figure, span), []).append(row)
        groups = {start: timed.get(start, []) for start in _starts(timed, span, context, bool(plan.by))}
        return split.table("_time", groups, context)

    return Step("timechart", run, reads=plan.reads | {"_time"}, closes=True, functions=plan.functions)


def _starts(timed: Dict[float, List[Row]], span: int, context: Context, split: bool) -> List[float]:
    asked = context.span
    low, high = asked["earliest"], asked["latest"]
    if not timed and (split or not low or high is None):
        return []
    first = binned(low, span) if low else min(timed)
    last = binned(high - 0.001, span) if low and high is not None else max(timed)
    first, last = min([first, *timed]), max([last, *timed])
    if (last - first) / span > MOST_SPANS:
        raise Unsupported("The command 'timechart' would give more than %d rows; use a longer span." % MOST_SPANS)
    return [first + place * span for place in range(int((last - first) // span) + 1)]


def chart(arguments: Arguments) -> Step:
    """Reads chart aggregations OVER field [BY field], or BY field [field]."""
    plan = clauses(arguments.text, "chart", SHARED)
    axes = [*([plan.over] if plan.over else []), *plan.by]
    if not 1 <= len(axes) <= 2:
        raise SyntaxFault("The command 'chart' takes one or two fields after OVER and BY.")
    split = _Split(plan, axes[1] if len(axes) == 2 else None)

    def run(table: Table, context: Context) -> Table:
        groups = grouped(table, axes[:1])
        return split.table(axes[0], {text(key[0]) or "": groups[key] for key in in_order(groups)}, context)

    return Step("chart", run, reads=plan.reads, closes=True, functions=plan.functions)


COMMANDS = {"timechart": timechart, "chart": chart}
