"""Declared types of fields, and what they do to a value.

collections.conf may declare `field.<name> = number|bool|string|time`. A value of another type is converted where it
can be; where it cannot, the field alone is dropped, or with enforceTypes the whole write fails.
Fields without a declaration keep the type they have in JSON. An unknown type text is accepted and does nothing, as
Splunk accepts it.

Which texts convert is documented only by example ("39" in a number field comes back as 39); the rest is the narrow
reading, so that an app cannot lean on a conversion that Splunk may not make.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, Dict, Mapping

from .errors import BadRequest
from .query import kind

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_BOOLS = {"true": True, "1": True, "false": False, "0": False}
_INT64 = 2**63


class Unfit(Exception):
    """A value that has no meaning in the declared type."""


def to_number(value: Any) -> Any:
    if kind(value) == "string" and _NUMBER.match(value):
        value = int(value) if value.lstrip("+-").isdigit() else float(value)
    if kind(value) != "number" or (isinstance(value, float) and not math.isfinite(value)):
        raise Unfit
    return float(value) if isinstance(value, int) and not -_INT64 <= value < _INT64 else value


def to_bool(value: Any) -> bool:
    if kind(value) == "bool":
        return value
    text = str(value).lower()
    if kind(value) in ("number", "string") and text in _BOOLS:
        return _BOOLS[text]
    raise Unfit


def to_string(value: Any) -> str:
    if kind(value) == "bool":
        return "true" if value else "false"
    if kind(value) in ("number", "string"):
        return str(value)
    raise Unfit


CONVERSIONS: Dict[str, Callable[[Any], Any]] = {
    "number": to_number,
    "bool": to_bool,
    "string": to_string,
    "time": to_number,
}


def convert(document: Mapping[str, Any], field_types: Mapping[str, str], enforce: bool) -> Dict[str, Any]:
    """The document with every declared field in its type, without those that do not fit."""
    converted = dict(document)
    for name, declared in field_types.items():
        conversion = CONVERSIONS.get(declared)
        if conversion is None or converted.get(name) is None:
            continue
        try:
            converted[name] = conversion(converted[name])
        except Unfit:
            if enforce:
                raise BadRequest(f"Field '{name}' must be of type {declared}, not {kind(document[name])}.") from None
            del converted[name]
    return converted
