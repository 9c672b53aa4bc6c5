"""Time: Search Reference, "Date and Time functions". The sandbox's server stands in UTC.

now() is the search's own start, time() the clock at the call; here both are the run's clock.
"""

from __future__ import annotations

from typing import Dict, List

from ..parser import Node
from ..timeformat import formatted, read
from ..timespec import moment
from ..values import Value, number, plain, text
from .base import Build, Function, Run, Scope, lazy, strict


@strict(2, 2)
def strftime(value: Value, form: Value) -> Value:
    """A time as text; null if it is no number."""
    figure = number(value)
    return None if figure is None else formatted(figure, str(text(form)))


@strict(2, 2)
def strptime(value: Value, form: Value) -> Value:
    """The time that a text spells; null if it does not fit."""
    return read(str(text(value)), str(text(form)))


@strict(2, 2)
def relative_time(value: Value, spec: Value) -> Value:
    """A time moved by a time modifier."""
    figure = number(value)
    return None if figure is None else moment(str(text(spec)), figure)


def _now(arguments: List[Node], scope: Scope, build: Build) -> Run:
    return lambda row, env: int(env.now)


def _time(arguments: List[Node], scope: Scope, build: Build) -> Run:
    return lambda row, env: plain(env.now)


FUNCTIONS: Dict[str, Function] = {
    "strftime": strftime,
    "strptime": strptime,
    "relative_time": relative_time,
    "now": lazy(0, 0)(_now),
    "time": lazy(0, 0)(_time),
}
