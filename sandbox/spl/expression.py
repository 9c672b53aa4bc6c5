"""Eval expressions, compiled once into functions of a row.

Sources: Search Reference, "eval", "where", "Evaluation functions", "Boolean expressions" (eval evaluates NOT, then
AND, then OR, then XOR; the search command has its own order, see search_expression.py).
Documented: + adds numbers or joins texts; . joins anything; division by zero is null; = and == are the same; names
with other signs than letters, digits and _ go into single quotes; text goes into double quotes.
Inferred: in text only \\" and \\\\ lose their backslash, so that patterns such as "\\d" stay whole; null spreads
through AND, OR and NOT as in three-valued logic (NOT of a comparison with an absent field is null, so that where
drops the row); . binds like +.
Refused: . beside + or - without parentheses, for the order of the two is not documented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Callable, Dict, FrozenSet, List, Sequence, Tuple, TypeVar

from .errors import RunFault, Unsupported
from .functions import FUNCTIONS, Env, Run, Scope
from .functions.strings import like
from .parser import Node, tree, unquoted
from .table import Row
from .values import Value, compare, number, plain, text, truth

REMEMBERED = 8192  # results kept of one expression
WORTH = frozenset(
    {"json_extract", "spath", "mvmap", "replace", "match", "strptime", "json_array_to_mv"}
)  # costlier than recalling
IMPURE = frozenset({"now", "time"})
T = TypeVar("T")


@dataclass(frozen=True)
class Compiled:
    """A ready expression: how to run it, the fields it reads and the functions it calls."""

    run: Run
    fields: FrozenSet[str]
    functions: FrozenSet[str]
    afresh: Run  # the same, but without recalling a result

    @property
    def pure(self) -> bool:
        """Whether its result follows from its fields alone."""
        return not self.functions & IMPURE

    @property
    def worth(self) -> bool:
        """Whether its results are worth remembering."""
        return self.pure and bool(self.functions & WORTH)


@lru_cache(maxsize=2048)
def expression(source: str) -> Compiled:
    """The expression of where, or the inside of eval(...)."""
    return compiled(tree("eval", source, "expression", "expression"))


@lru_cache(maxsize=2048)
def assignments(source: str) -> Tuple[Tuple[str, Compiled], ...]:
    """The assignments of one eval command, in order."""
    done = []
    for node in tree("eval", source, "assignments", "eval command").children:
        target, value = node.children
        done.append((unquoted(target.children[0]), compiled(value)))
    return tuple(done)


def compiled(node: Node) -> Compiled:
    """A parsed expression as a function."""
    scope = Scope()
    run = build(node, scope)
    made = Compiled(run, frozenset(scope.fields), frozenset(scope.functions), run)
    return replace(made, run=_remembered(run, made.fields)) if made.worth else made


def _remembered(run: Callable[[Row, Env], T], fields: FrozenSet[str]) -> Callable[[Row, Env], T]:
    """The same function, its results kept by its fields' values: searches read the same events again and again."""
    names = tuple(sorted(fields))

    @lru_cache(maxsize=REMEMBERED)
    def result(*values: object) -> T:
        return run(
            {
                name: list(value) if type(value) is tuple else value
                for name, value in zip(names, values)
                if value is not None
            },
            None,
        )

    def recalled(row: Row, env: Env) -> T:
        return result(*[tuple(value) if type(value) is list else value for value in map(row.get, names)])

    return recalled


@dataclass
class Together:
    """Assignments in a row that follow from the same fields, so that all their results are remembered at once."""

    fields: FrozenSet[str]
    lasting: bool  # whether remembering is worth it
    members: List[Tuple[str, Compiled]]

    def takes(self, value: Compiled) -> bool:
        """Whether a further assignment reads nothing but those fields and what is assigned here."""
        return self.lasting and value.pure and value.fields - {name for name, _ in self.members} <= self.fields

    def change(self) -> Callable[[Row, Env], None]:
        """Makes all of them on a row."""
        return self._by_recall() if self.lasting and len(self.members) > 1 else self._one_by_one()

    def _one_by_one(self) -> Callable[[Row, Env], None]:
        members = [(name, value.run) for name, value in self.members]

        def change(row: Row, env: Env) -> None:
            for name, run in members:
                result = run(row, env)
                if result is not None and type(result) is not str:
                    result = stored(result, name)
                if result is None:
                    row.pop(name, None)
                else:
                    row[name] = result

        return change

    def _by_recall(self) -> Callable[[Row, Env], None]:
        names = dict.fromkeys(name for name, _ in self.members)
        members = [(name, replace(value, run=value.afresh)) for name, value in self.members]
        make = replace(self, members=members)._one_by_one()

        def result(row: Row, env: Env) -> Tuple[Row, List[str]]:
            make(row, env)
            return {name: row[name] for name in names if name in row}, [name for name in names if name not in row]

        recalled = _remembered(result, self.fields)

        def change(row: Row, env: Env) -> None:
            found, absent = recalled(row, env)
            row.update(found)
            for name in absent:
                row.pop(name, None)

        return change


def together(plan: Sequence[Tuple[str, Compiled]]) -> List[Together]:
    """The assignments of one eval command, in order, as groups that are remembered together."""
    groups: List[Together] = []
    for name, value in plan:
        if groups and groups[-1].takes(value):
            groups[-1].members.append((name, value))
        else:
            groups.append(Together(value.fields, value.worth, [(name, value)]))
    return groups


def build(node: Node, scope: Scope) -> Run:
    """The function of one node; the nodes' kinds are the aliases of grammar/eval.lark."""
    return _BUILDERS[node.data](node, scope)


def _number(node: Node, scope: Scope) -> Run:
    value = number(str(node.children[0]))
    return lambda row, env: value


def _string(node: Node, scope: Scope) -> Run:
    value = unquoted(node.children[0])
    return lambda row, env: value


def _field(node: Node, scope: Scope) -> Run:
    name = unquoted(node.children[0])
    scope.fields.add(name)
    return lambda row, env: row.get(name)


def _grouped(node: Node, scope: Scope) -> Run:
    return build(node.children[0], scope)


def _call(node: Node, scope: Scope) -> Run:
    name, arguments = str(node.children[0]), node.children[1:]
    function = FUNCTIONS.get(name)
    if function is None:
        raise Unsupported("The eval function '%s' is not known to this stand-in." % name)
    scope.functions.add(name)
    function.check(name, len(arguments))
    return function.make(arguments, scope, build)


def _sides(node: Node, scope: Scope) -> Tuple[Run, Run]:
    return build(node.children[0], scope), build(node.children[-1], scope)


def _compared(node: Node, scope: Scope) -> Run:
    (left, right), sign = _sides(node, scope), str(node.children[1])
    return lambda row, env: compare(sign, left(row, env), right(row, env))


def _liked(node: Node, scope: Scope) -> Run:
    left, right = _sides(node, scope)
    return lambda row, env: like(left(row, env), right(row, env))


def _within(node: Node, scope: Scope) -> Run:
    subject, *choices = [build(child, scope) for child in node.children]

    def run(row: Row, env: Env) -> Value:
        value = subject(row, env)
        return None if value is None else any(compare("=", value, choice(row, env)) for choice in choices)

    return run


def _not(node: Node, scope: Scope) -> Run:
    inner = build(node.children[0], scope)

    def run(row: Row, env: Env) -> Value:
        value = truth(inner(row, env), "NOT")
        return None if value is None else not value

    return run


def _and(node: Node, scope: Scope) -> Run:
    left, right = _sides(node, scope)

    def run(row: Row, env: Env) -> Value:
        a = truth(left(row, env), "AND")
        if a is False:
            return False
        b = truth(right(row, env), "AND")
        return b if a or b is False else None

    return run


def _or(node: Node, scope: Scope) -> Run:
    left, right = _sides(node, scope)

    def run(row: Row, env: Env) -> Value:
        a = truth(left(row, env), "OR")
        if a:
            return True
        b = truth(right(row, env), "OR")
        return b if a is False or b else None

    return run


def _xor(node: Node, scope: Scope) -> Run:
    left, right = _sides(node, scope)

    def run(row: Row, env: Env) -> Value:
        a, b = truth(left(row, env), "XOR"), truth(right(row, env), "XOR")
        return None if a is None or b is None else a != b

    return run


_CALCULATIONS: Dict[str, Callable] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "%": lambda a, b: a - b * int(a / b) if b else None,
}


def _arithmetic(node: Node, scope: Scope) -> Run:
    sign = str(node.children[1])
    if sign in "+-":
        _unmixed(node, "joined")
    (left, right), calculate = _sides(node, scope), _CALCULATIONS[sign]

    def run(row: Row, env: Env) -> Value:
        x, y = left(row, env), right(row, env)
        a, b = number(x), number(y)
        if a is None or b is None:
            both_texts = sign == "+" and isinstance(x, str) and isinstance(y, str)
            return x + y if both_texts else None
        result = calculate(a, b)
        return None if result is None else plain(result)

    return run


def _joined(node: Node, scope: Scope) -> Run:
    _unmixed(node, "arithmetic")
    left, right = _sides(node, scope)

    def run(row: Row, env: Env) -> Value:
        a, b = left(row, env), right(row, env)
        return None if a is None or b is None else text(a) + text(b)

    return run


def _unmixed(node: Node, other: str) -> None:
    for side in (node.children[0], node.children[-1]):
        if side.data == other and (other == "joined" or str(side.children[1]) in "+-"):
            raise Unsupported(
                "An expression mixes '.' with '+' or '-'; put parentheses round one of them, "
                "for Splunk's order of the two is not known here."
            )


def _signed(node: Node, scope: Scope) -> Run:
    inner, minus = build(node.children[-1], scope), node.data == "minus"

    def run(row: Row, env: Env) -> Value:
        figure = number(inner(row, env))
        return None if figure is None else -figure if minus else figure

    return run


_BUILDERS: Dict[str, Callable[[Node, Scope], Run]] = {
    "number": _number,
    "string": _string,
    "field": _field,
    "grouped": _grouped,
    "call": _call,
    "compared": _compared,
    "liked": _liked,
    "within": _within,
    "not": _not,
    "and": _and,
    "or": _or,
    "xor": _xor,
    "arithmetic": _arithmetic,
    "joined": _joined,
    "minus": _signed,
    "plus": _signed,
}


def stored(value: Value, name: str) -> Value:
    """A result as a field may hold it."""
    if isinstance(value, bool):
        raise RunFault("The field '%s' cannot hold a true-or-false result; use if(..., ..., ...) or tostring()." % name)
    if isinstance(value, list) and len(value) < 2:
        return value[0] if value else None
    return value
