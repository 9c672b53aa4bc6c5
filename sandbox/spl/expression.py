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

from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Dict, FrozenSet, Tuple

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


@dataclass(frozen=True)
class Compiled:
    """A ready expression: how to run it, the fields it reads and the functions it calls."""

    run: Run
    fields: FrozenSet[str]
    functions: FrozenSet[str]


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
    fields = tuple(sorted(scope.fields))
    if scope.functions & WORTH and not scope.functions & IMPURE:
        run = _remembered(run, fields)
    return Compiled(run, frozenset(fields), frozenset(scope.functions))


def _remembered(run: Run, fields: Tuple[str, ...]) -> Run:
    """The same function, its results kept by its fields' values: searches read the same events again and again."""

    @lru_cache(maxsize=REMEMBERED)
    def result(*values: object) -> Value:
        return run(
            {
                name: list(value) if type(value) is tuple else value
                for name, value in zip(fields, values)
                if value is not None
            },
            None,
        )

    def recalled(row: Row, env: Env) -> Value:
        return result(*[tuple(value) if type(value) is list else value for value in map(row.get, fields)])

    return recalled


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
