"""What an eval function is: how many arguments it takes, and how a call of it becomes a function of a row.

Most functions look at the values of their arguments only and give null if one of them is null (documented for eval
as a whole); `strict` makes those. The few that must not evaluate all of their arguments, or that look at the row,
are made by `lazy`.
Inferred: a function over single values is given a multivalue only by mistake, as the pages leave open what comes of
it; the call is refused with a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, List, Optional, Sequence, Set

from ..errors import RunFault, SyntaxFault
from ..parser import Node, unquoted
from ..table import Row
from ..values import Value

Env = Any  # the run's Context; only the functions that read the clock or write messages look into it
Run = Callable[[Row, Env], Value]
Prepared = Callable[..., Callable[[Value], Value]]
MANY = 1000  # arguments, for functions that take any number


@dataclass
class Scope:
    """What the compilation of one expression meets: the fields it reads and the functions it calls."""

    fields: Set[str] = field(default_factory=set)
    functions: Set[str] = field(default_factory=set)


Build = Callable[[Node, Scope], Run]
Make = Callable[[List[Node], Scope, Build], Run]


@dataclass(frozen=True)
class Function:
    """One eval function."""

    least: int
    most: int
    make: Make

    def check(self, name: str, count: int) -> None:
        """Refuses a wrong number of arguments."""
        if not self.least <= count <= self.most:
            wanted = (
                str(self.least)
                if self.least == self.most
                else ("at least %d" % self.least if self.most == MANY else "%d to %d" % (self.least, self.most))
            )
            raise SyntaxFault("The eval function '%s' takes %s arguments, not %d." % (name, wanted, count))


def lazy(least: int, most: int) -> Callable[[Make], Function]:
    """For a function that is made from its unevaluated arguments."""
    return lambda make: Function(least, most, make)


def strict(
    least: int, most: int, multi: Sequence[int] = (), nulls: bool = False, prepared: Optional[Prepared] = None
) -> Callable[[Callable], Function]:
    """For a function of its arguments' values. `multi`: places that take multivalues; `nulls`: null is handed on.

    `prepared` makes the same function of its first argument alone, once for each call in a search whose other arguments
    are literal texts, and does for all rows what depends on those only.
    """

    def decorate(function: Callable[..., Value]) -> Function:
        def make(arguments: List[Node], scope: Scope, build: Build) -> Run:
            runs = [build(argument, scope) for argument in arguments]
            literals = [literal(argument) for argument in arguments[1:]]

            def general(row: Row, env: Env) -> Value:
                values = []
                for place, one in enumerate(runs):
                    value = one(row, env)
                    if value is None and not nulls:
                        return None
                    if type(value) is list and place not in multi:
                        raise _multivalue(function, value)
                    values.append(value)
                return function(*values)

            def beside_literals(row: Row, env: Env) -> Value:
                value = first(row, env)
                if value is None and not nulls:
                    return None
                if type(value) is list and 0 not in multi:
                    raise _multivalue(function, value)
                return alone(value)

            if not runs or None in literals:
                return general
            first = runs[0]
            alone = prepared(*literals) if prepared else lambda value: function(value, *literals)
            if nulls and 0 in multi:  # whatever the first argument is, it is handed on
                return lambda row, env: alone(first(row, env))
            return beside_literals

        return Function(least, most, make)

    return decorate


ALL = range(MANY)  # every place takes multivalues


def _multivalue(function: Callable, value: List[str]) -> RunFault:
    return RunFault(
        "The eval function '%s' was given a multivalue (%s, ...), and what Splunk makes of that is not known here; "
        "use mvmap or mvindex." % (function.__name__.rstrip("_"), value[0])
    )


def literal(argument: Node) -> Optional[str]:
    """The text of a string literal, or None for any other argument."""
    return unquoted(argument.children[0]) if argument.data == "string" else None


def field_name(argument: Node) -> Optional[str]:
    """The name, if the argument is nothing but a field."""
    return unquoted(argument.children[0]) if argument.data == "field" else None
