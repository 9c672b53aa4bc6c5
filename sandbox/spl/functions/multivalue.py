"""Multivalues: Search Reference, "Multivalue eval functions".

Documented: mvcount of an absent field is null, not 0; mvindex counts from 0 and from the end if negative, both ends
included; mvrange leaves out its end; mvsort is lexicographic; mvfind gives the place of the first value that the
pattern finds; mvfilter may look at one field only; mvzip joins with a comma unless told. mvmap(field, expression)
runs the expression with the field standing for each value in turn.
Inferred: mvmap leaves out nulls and spreads multivalues; mvappend passes over null; mvzip stops with the shorter
side.
Refused: mvmap over anything but a plain field, for the page does not say by which name its expression would see the
value.
"""

from __future__ import annotations

from typing import Dict, List

from ..errors import RunFault, Unsupported
from ..parser import Node
from ..table import Row
from ..values import Value, multi, number, shown, text, texts, truth
from .base import ALL, MANY, Build, Env, Function, Run, Scope, field_name, lazy, strict
from .strings import pattern


@lazy(2, 2)
def mvmap(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """The expression's results over the values of a field."""
    name = field_name(arguments[0])
    if name is None:
        raise Unsupported(
            "The eval function 'mvmap' takes a plain field first here; put the expression into a field of its own "
            "with eval, and use that field's name in the second argument."
        )
    scope.fields.add(name)
    inner = build(arguments[1], scope)

    def run(row: Row, env: Env) -> Value:
        values = texts(row.get(name))
        if not values:
            return None
        one = dict(row)
        out: List[str] = []
        for value in values:
            one[name] = value
            out.extend(texts(inner(one, env)))
        return multi(out)

    return run


@lazy(1, 1)
def mvfilter(arguments: List[Node], scope: Scope, build: Build) -> Run:
    """The values of the expression's one field for which it is true."""
    own = Scope()
    inner = build(arguments[0], own)
    if len(own.fields) != 1:
        raise Unsupported(
            "The eval function 'mvfilter' may look at one field only, not at: %s."
            % (", ".join(sorted(own.fields)) or "none")
        )
    name = next(iter(own.fields))
    scope.fields |= own.fields
    scope.functions |= own.functions

    def run(row: Row, env: Env) -> Value:
        return multi([value for value in texts(row.get(name)) if truth(inner({**row, name: value}, env), "mvfilter()")])

    return run


@strict(0, MANY, multi=ALL, nulls=True)
def mvappend(*values: Value) -> Value:
    """All values, one after the other."""
    return multi([one for value in values for one in texts(value)])


@strict(1, 1, multi=ALL)
def mvdedup(value: Value) -> Value:
    """Without repetitions, in the order of first appearance."""
    return multi(list(dict.fromkeys(texts(value))))


@strict(2, 3, multi=(0,))
def mvindex(value: Value, first: Value, last: Value = None) -> Value:
    """One value, or those from one place to another."""
    items, start, end = texts(value), number(first), number(first if last is None else last)
    if start is None or end is None:
        return None
    low = int(start) + (len(items) if start < 0 else 0)
    high = int(end) + (len(items) if end < 0 else 0)
    return multi(items[low : high + 1]) if 0 <= low <= high else None


@strict(2, 2, multi=(0,))
def mvfind(value: Value, regex: Value) -> Value:
    """The place of the first value that the pattern finds, else null."""
    wanted = pattern(str(text(regex)))
    return next((place for place, one in enumerate(texts(value)) if wanted.search(one)), None)


@strict(2, 3, multi=(0, 1))
def mvzip(left: Value, right: Value, sign: Value = ",") -> Value:
    """First with first, second with second, joined."""
    return multi([a + str(text(sign)) + b for a, b in zip(texts(left), texts(right))])


@strict(2, 3)
def mvrange(start: Value, end: Value, step: Value = 1) -> Value:
    """Numbers from the start, up to but without the end."""
    first, last, width = number(start), number(end), number(step)
    if first is None or last is None or not width:
        raise RunFault("The eval function 'mvrange' takes numbers here, not mvrange(%s, %s, %s)." % (start, end, step))
    out = []
    while (first < last) if width > 0 else (first > last):
        out.append(shown(first))
        first += width
    return multi(out)


FUNCTIONS: Dict[str, Function] = {
    "mvmap": mvmap,
    "mvfilter": mvfilter,
    "mvappend": mvappend,
    "mvdedup": mvdedup,
    "mvindex": mvindex,
    "mvfind": mvfind,
    "mvzip": mvzip,
    "mvrange": mvrange,
    "mvcount": strict(1, 1, multi=ALL)(lambda value: len(texts(value))),
    "mvjoin": strict(2, 2, multi=(0,))(lambda value, sign: str(text(sign)).join(texts(value))),
    "mvsort": strict(1, 1, multi=ALL)(lambda value: multi(sorted(texts(value)))),
}
