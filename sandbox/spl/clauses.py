"""The clauses that stats, eventstats, chart and timechart share: aggregations, AS names, BY fields, options.

Source: Search Reference "stats". A row without one of the BY fields counts nowhere; an empty text is a value like
any other; a multivalue BY field puts the row into a group for each value. count(eval(test)) counts the rows for
which the test is true; an aggregation over eval(...) needs an AS name. Refused: wildcards in the aggregations'
fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Dict, FrozenSet, Iterable, List, Optional, Tuple

from .aggregates import Aggregate, Pairs, aggregate
from .context import Context
from .errors import SyntaxFault, Unsupported
from .expression import Compiled, compiled
from .parser import Node, tree, unquoted
from .table import Row
from .values import Value, text, text_key, texts


@dataclass(frozen=True)
class Aggregation:
    """One aggregation: what to calculate, of what, and the name of the result."""

    function: str
    calculate: Aggregate
    output: str
    field: Optional[str] = None
    expression: Optional[Compiled] = None

    @property
    def reads(self) -> FrozenSet[str]:
        """The fields that it looks at."""
        own = {self.field} if self.field else set()
        timed = {"_time"} if self.function.startswith(("earliest", "latest")) else set()
        return frozenset(own | timed) | (self.expression.fields if self.expression else frozenset())

    def of(self, rows: List[Row], context: Context) -> Value:
        """The result over a group of rows."""
        if self.field is None and self.expression is None:
            return len(rows)
        return self.calculate(self._pairs(rows, context))

    def _pairs(self, rows: List[Row], context: Context) -> Pairs:
        pairs: Pairs = []
        if self.expression is None:
            for row in rows:
                value = row.get(self.field)
                if value is not None:
                    pairs.append((row, value))
            return pairs
        for row in rows:
            value = self.expression.run(row, context)
            if value is True and self.calculate is aggregate("count"):
                pairs.append((row, "1"))
            elif isinstance(value, bool):
                if self.calculate is not aggregate("count"):
                    raise Unsupported(
                        "The aggregation %s(eval(...)) needs a number or text; only count takes a test." % self.function
                    )
            elif value is not None:
                pairs.append((row, value))
        return pairs


@dataclass(frozen=True)
class Clauses:
    """The arguments of one such command."""

    options: Dict[str, str]
    aggregations: Tuple[Aggregation, ...]
    over: Optional[str]
    by: Tuple[str, ...]

    @property
    def reads(self) -> FrozenSet[str]:
        """The fields that the command looks at."""
        own = frozenset([*self.by, *([self.over] if self.over else [])])
        return own.union(*(one.reads for one in self.aggregations))

    @property
    def functions(self) -> FrozenSet[str]:
        """The eval functions inside."""
        return frozenset().union(*(one.expression.functions for one in self.aggregations if one.expression))


@lru_cache(maxsize=512)
def clauses(source: str, command: str, known: Tuple[str, ...] = ()) -> Clauses:
    """Reads the arguments; options that are not known are refused."""
    options: Dict[str, str] = {}
    aggregations: List[Aggregation] = []
    over, by = None, []
    for node in tree("eval", source, "clauses", "argument list of '%s'" % command).children:
        kind = node.data
        if kind == "over":
            over = _column(node.children[0])
        elif kind == "by":
            by = [_column(child) for child in node.children if child.data == "column"]
            options.update(_option(child) for child in node.children if child.data == "option")
        elif kind == "option":
            options.update([_option(node)])
        else:
            aggregations.append(_aggregation(node, command))
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise Unsupported("The command '%s' knows no option '%s' here." % (command, unknown[0]))
    return Clauses(options, tuple(aggregations), over, tuple(by))


def _column(node: Node) -> str:
    return unquoted(node.children[0])


def _option(node: Node) -> Tuple[str, str]:
    return str(node.children[0]), unquoted(node.children[1])


def _aggregation(node: Node, command: str) -> Aggregation:
    name = str(node.children[0])
    renamed = [_column(child.children[0]) for child in node.find_data("renamed")]
    calculate = aggregate(name)
    if calculate is None:
        raise Unsupported("The statistical function '%s' is not known to this stand-in." % name)
    if node.data in ("bare", "counted"):
        if name not in ("count", "c"):
            raise SyntaxFault("The statistical function '%s' of '%s' needs a field in ( )." % (name, command))
        return Aggregation(name, calculate, renamed[0] if renamed else name)
    if node.data == "evaluated":
        if not renamed:
            raise SyntaxFault("The aggregation %s(eval(...)) of '%s' needs an AS name." % (name, command))
        return Aggregation(name, calculate, renamed[0], expression=compiled(node.children[1]))
    field = _column(node.children[1])
    if "*" in field:
        raise Unsupported(
            "The aggregation %s(%s) of '%s' has a wildcard, which this stand-in does not know." % (name, field, command)
        )
    return Aggregation(name, calculate, renamed[0] if renamed else "%s(%s)" % (name, field), field=field)


Key = Tuple[str, ...]
_TEXT = {str}


def grouped(rows: Iterable[Row], by: Iterable[str]) -> Dict[Key, List[Row]]:
    """The rows by the texts of their BY fields, in order of first appearance."""
    names = list(by)
    groups: Dict[Key, List[Row]] = {}
    for row in rows:
        for key in keys(row, names):
            groups.setdefault(key, []).append(row)
    return groups


def keys(row: Row, names: List[str]) -> List[Key]:
    """The groups that a row belongs to: none without one of the fields, several with a multivalue."""
    values = tuple(map(row.get, names))
    kinds = set(map(type, values))
    if kinds == _TEXT:
        return [values]
    if None in values:
        return []
    if list not in kinds:
        return [tuple(value if type(value) is str else str(text(value)) for value in values)]
    return list(dict.fromkeys(product(*map(texts, values))))


def in_order(groups: Dict[Key, List[Row]]) -> List[Key]:
    """The groups in the order that the result shows them: by each BY field, numbers by size. Inferred."""
    return sorted(groups, key=lambda key: tuple(map(text_key, key)))
