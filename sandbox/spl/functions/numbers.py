"""Figures: Search Reference, "Mathematical functions" and "Statistical eval functions".

Documented: max and min take a text for greater than any number. round(2.555, 2) is 2.56, so halves go away from
zero in decimal.
Inferred: max and min pass over null. Unknown: whether round(2, 2) shows as 2 or 2.00; here 2.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Callable, Dict, List

from ..values import Value, number, plain, shown, sort_key, texts
from .base import ALL, MANY, Function, strict


def _of_number(name: str, function: Callable[[float], float]) -> Function:
    def run(value: Value) -> Value:
        figure = number(value)
        return None if figure is None else plain(function(figure))

    run.__name__ = name
    return strict(1, 1)(run)


@strict(1, 2)
def round_(value: Value, places: Value = 0) -> Value:
    """Rounded to a number of decimals, none by default."""
    figure, count = number(value), number(places)
    if figure is None or count is None:
        return None
    step = Decimal(1).scaleb(-int(count))
    return plain(float(Decimal(shown(figure)).quantize(step, ROUND_HALF_UP)))


def _extreme(name: str, choose: Callable) -> Function:
    def run(*values: Value) -> Value:
        singles: List[Value] = [
            one for value in values for one in (texts(value) if isinstance(value, list) else [value])
        ]
        kept = [one for one in singles if one is not None]
        return choose(kept, key=sort_key) if kept else None

    run.__name__ = name
    return strict(1, MANY, multi=ALL, nulls=True)(run)


FUNCTIONS: Dict[str, Function] = {
    "abs": _of_number("abs", abs),
    "floor": _of_number("floor", math.floor),
    "ceil": _of_number("ceil", math.ceil),
    "ceiling": _of_number("ceiling", math.ceil),
    "round": round_,
    "max": _extreme("max", max),
    "min": _extreme("min", min),
}
