"""What a field can hold, and how two values compare.

A value is None (the field is absent: Splunk's null), a text, a number, a list of texts (multivalue) or, inside an
expression only, a Boolean. Sources: Splunk Search Reference, pages "eval command usage", "where", "search" and
"Evaluation functions".

Known from those pages: numbers are doubles; a calculation on null is null; two values that both look like numbers
compare by size, others as text, case-sensitively in eval and where.
Inferred: a multivalue compares true where any of its values does; Booleans cannot be stored in a field (documented
for eval).
Unknown: how many digits a double shows; here the shortest text that reads back as the same double, whole numbers
without ".0".
"""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import Callable, Dict, List, Optional, Union

from .errors import RunFault

Number = Union[int, float]
Value = Union[None, bool, int, float, str, List[str]]

EXACT = 2**53  # beyond this a double no longer holds every whole number
_NUMBER_BEGINS = frozenset("0123456789+-.")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def number(value: Value) -> Optional[Number]:
    """The value as a number, or None where it is none. Text counts if all of it is a decimal number."""
    if type(value) is str:
        if not value or value[0] not in _NUMBER_BEGINS or not _NUMBER.fullmatch(value):
            return None
        try:
            whole = int(value)
        except ValueError:
            return plain(float(value))
        return whole if abs(whole) < EXACT else plain(float(whole))
    if value is None or isinstance(value, (bool, list)):
        return None
    return value


def plain(result: Number) -> Optional[Number]:
    """A calculated number in its simplest form: whole where it is whole, None where it is not finite."""
    if isinstance(result, int):
        return result if abs(result) < EXACT else float(result)
    if result != result or result in (float("inf"), float("-inf")):
        return None
    return int(result) if result.is_integer() and abs(result) < EXACT else result


def shown(figure: Number) -> str:
    """A number as text."""
    if isinstance(figure, int):
        return str(figure)
    if figure.is_integer():
        return "%.0f" % figure
    digits = repr(figure)
    return digits if "e" not in digits else ("%.20f" % figure).rstrip("0")


def text(value: Value) -> Optional[str]:
    """The value as text; a multivalue as its values on lines of their own, as single-value readers get it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, list):
        return "\n".join(value)
    return shown(value)


def texts(value: Value) -> List[str]:
    """Every single value, as text; none for null."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    return [text(value)]


def multi(items: List[str]) -> Value:
    """A list of texts as a field value: null for none, the text itself for one."""
    if not items:
        return None
    return items[0] if len(items) == 1 else items


_ORDER: Dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = (int, float)


def compare(sign: str, left: Value, right: Value) -> Optional[bool]:
    """The comparison as eval and where make it: null if either side is null."""
    if left is None or right is None:
        return None
    test = _ORDER[sign]
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return test(left, right)
    if isinstance(left, (list, bool)) or isinstance(right, (list, bool)):
        return (
            any(test(a, b) for a in texts(left) for b in texts(right))
            if bool in (type(left), type(right))
            else (any(compare(sign, a, b) for a in texts(left) for b in texts(right)))
        )
    if (
        type(left) is str
        and type(right) is str
        and not (left and right and left[0] in _NUMBER_BEGINS and right[0] in _NUMBER_BEGINS)
    ):
        return test(left, right)
    a = number(left)
    b = None if a is None else number(right)
    return test(text(left), text(right)) if b is None else test(a, b)


def truth(value: Value, where: str) -> Optional[bool]:
    """A Boolean result; null stays null, anything else is an error as Splunk's parser makes it."""
    if value is None or isinstance(value, bool):
        return value
    raise RunFault("%s needs a true-or-false expression, but it gave %s." % (where, shown_value(value)))


def shown_value(value: Value) -> str:
    """A value for an error message."""
    return '"%s"' % text(value) if isinstance(value, (str, list)) else str(text(value))


def sort_key(value: Value) -> tuple:
    """An order over single values: numbers by size, then texts by code point, then null."""
    if value is None:
        return (2, 0, "")
    figure = number(value)
    if figure is not None:
        return (0, figure, "")
    return (1, 0, text(value))


text_key = lru_cache(maxsize=16384)(sort_key)  # for texts only: of what is equal without being the same (1, 1.0) all is text
