"""Choosing and testing: Search Reference, "Comparison and Conditional functions" and "Informational functions".

Inferred: isnum and isstr look at the text, so that "5" is a number (fields from events are all text); a number is
never isstr. coalesce takes the first argument that is not null: an empty text counts (documented: only null is
passed over).
"""

from __future__ import annotations

import ipaddress
from typing import Callable, Dict, List

from ..errors import RunFault, SyntaxFault
from ..parser import Node
from ..search_expression import row_test
from ..table import Row
from ..values import Value, compare, number, truth
from .base import ALL, MANY, Build, Env, Function, Run, Scope, lazy, literal, strict


@lazy(3, 3)
def if_(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """if(test, then, else); a null test counts as false."""
    test, then, other = [build(argument, scope) for argument in arguments]
    return lambda row, env: then(row, env) if truth(test(row, env), "if()") else other(row, env)


def _pairs(name: str, arguments: List[Node], scope: Scope, build: Build) -> List[tuple]:
    if len(arguments) % 2:
        raise SyntaxFault(
            "The eval function '%s' takes pairs of a condition and a value, not %d arguments." % (name, len(arguments))
        )
    runs = [build(argument, scope) for argument in arguments]
    return list(zip(runs[::2], runs[1::2]))


@lazy(2, MANY)
def case(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """The value beside the first true condition, else null."""
    pairs = _pairs("case", arguments, scope, build)

    def run(row: Row, env: Env) -> Value:
        return next((value(row, env) for test, value in pairs if truth(test(row, env), "case()")), None)

    return run


@lazy(2, MANY)
def validate(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """The value beside the first condition that is false, else null. Inferred: a null condition counts as false."""
    pairs = _pairs("validate", arguments, scope, build)

    def run(row: Row, env: Env) -> Value:
        return next((value(row, env) for test, value in pairs if not truth(test(row, env), "validate()")), None)

    return run


@lazy(1, MANY)
def coalesce(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """The first argument that is not null."""
    runs = [build(argument, scope) for argument in arguments]

    def run(row: Row, env: Env) -> Value:
        for one in runs:
            value = one(row, env)
            if value is not None:
                return value
        return None

    return run


def _null_at(other: str) -> Callable[[Value], Value]:
    def unless(value: Value) -> Value:
        if type(value) is str and plain:
            return None if value == other else value
        return None if value is None or compare("=", value, other) else value

    plain = number(other) is None  # then texts are compared as texts
    return unless


@strict(2, 2, multi=ALL, nulls=True, prepared=_null_at)
def nullif(value: Value, other: Value) -> Value:
    """Null if both are equal, else the first."""
    return None if value is None or compare("=", value, other) else value


@strict(2, MANY, multi=(0,))
def in_(value: Value, *choices: Value) -> Value:
    """Whether the value equals one of the others."""
    return any(compare("=", value, choice) for choice in choices)


@strict(2, 2)
def cidrmatch(network: Value, address: Value) -> Value:
    """Whether the address lies in the network; no address is in none."""
    try:
        net = ipaddress.ip_network(str(network), strict=False)
    except ValueError:
        raise RunFault("The eval function 'cidrmatch' needs a network such as 10.0.0.0/8, not %s." % network) from None
    try:
        return ipaddress.ip_address(str(address)) in net
    except ValueError:
        return False


@lazy(1, 1)
def searchmatch(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """Whether the row matches a search expression, given as a literal text."""
    source = literal(arguments[0])
    if source is None:
        raise SyntaxFault("The eval function 'searchmatch' takes a search in double quotes.")
    test = row_test(source)
    scope.fields |= test.fields
    return lambda row, env: test.holds(row)


def _type(value: Value) -> str:
    if value is None:
        return "Invalid"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, list):
        return "Multivalue"
    return "Number" if number(value) is not None else "String"


@strict(1, 1, multi=ALL, nulls=True)
def typeof(value: Value) -> Value:
    """Number, String, Boolean or, of null, Invalid; "Multivalue" is inferred."""
    return _type(value)


FUNCTIONS: Dict[str, Function] = {
    "if": if_,
    "case": case,
    "validate": validate,
    "coalesce": coalesce,
    "nullif": nullif,
    "in": in_,
    "cidrmatch": cidrmatch,
    "searchmatch": searchmatch,
    "typeof": typeof,
    "null": strict(0, 0)(lambda: None),
    "true": strict(0, 0)(lambda: True),
    "false": strict(0, 0)(lambda: False),
    "isnull": strict(1, 1, multi=ALL, nulls=True)(lambda value: value is None),
    "isnotnull": strict(1, 1, multi=ALL, nulls=True)(lambda value: value is not None),
    "isnum": strict(1, 1, multi=ALL, nulls=True)(lambda value: _type(value) == "Number"),
    "isstr": strict(1, 1, multi=ALL, nulls=True)(lambda value: _type(value) == "String"),
}
