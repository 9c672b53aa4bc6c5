"""Which part of a query the database can answer by itself, and how accelerated values are written there.

A plan names a way to the candidates: a few keys, a range of keys, values or a range of numbers of an acceleration, or
all documents.
The candidates always include every match, never promise to be only matches: the matcher (query.py) looks
at each, unless `exact` says that it need not.

It knows no SQL; database.py turns a plan into it.
"""

from __future__ import annotations

import itertools
import json
import math
import struct
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .query import ORDERINGS, And, Compare, Or, Predicate, kind, values_at

_TO_JSON = json.JSONEncoder(ensure_ascii=False)
END = "\x1f"  # ends each value of an acceleration; JSON text never contains it
_AFTER_END = chr(ord(END) + 1)
_AFTER_DIGITS = "/"  # behind END and "."; no digit
_SIGN, _ALL_BITS = 1 << 63, (1 << 64) - 1
_NUMBERS = ("n", "o")  # every written number lies between these texts


@dataclass(frozen=True)
class Keys:
    """The documents of these keys."""

    keys: Tuple[str, ...]


@dataclass(frozen=True)
class KeyRange:
    """The documents whose key satisfies every (operator, key); with no bounds, all documents."""

    bounds: Tuple[Tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Probe:
    """The documents whose entry in acceleration `name` is from `first` on and before `behind`."""

    name: str
    first: str
    behind: str

    @classmethod
    def of(cls, name: str, prefix: str) -> "Probe":
        """The entries that begin with a prefix: it ends with END, so they lie before the next character."""
        return cls(name, prefix, prefix[:-1] + _AFTER_END)


@dataclass(frozen=True)
class Union_:
    """The documents that one of the parts reaches."""

    parts: Tuple[Union[Keys, Probe], ...]


Path = Union[Keys, KeyRange, Probe, Union_]


@dataclass(frozen=True)
class Plan:
    """A way to the candidates; `exact` if every one of them matches."""

    path: Path
    exact: bool


def plan(query: And, accelerated: Mapping[str, Sequence[str]]) -> Plan:
    """The cheapest way known to the candidates of a query."""
    parts = list(_conjuncts(query))
    alone = len(parts) == 1
    equal = {
        part.field: part.operand
        for part in parts
        if isinstance(part, Compare) and part.op == "$eq" and part.operand is not None
    }
    if "_key" in equal:
        key = equal["_key"]
        return Plan(Keys((key,) if isinstance(key, str) else ()), alone)
    branches = [_branches(part, accelerated) for part in parts if isinstance(part, Or)]
    reached = [each for each in branches if each is not None]
    for path, exact in reached:
        if isinstance(path, Keys):
            return Plan(path, exact and alone)
    probe = _probe(equal, _bounds(parts), accelerated)
    if probe is not None:
        return Plan(probe, False)
    if reached:
        return Plan(reached[0][0], False)
    bounds = tuple(
        (part.op, part.operand)
        for part in parts
        if isinstance(part, Compare) and part.field == "_key" and part.op in ORDERINGS and isinstance(part.operand, str)
    )
    return Plan(KeyRange(bounds), len(bounds) == len(parts))


def _conjuncts(part: Predicate) -> List[Predicate]:
    if isinstance(part, And):
        return [each for inner in part.parts for each in _conjuncts(inner)]
    return [part]


def _branches(part: Or, accelerated: Mapping[str, Sequence[str]]) -> Optional[Tuple[Union[Keys, Union_], bool]]:
    """The union of the ways of all branches, or None if one of them needs more than keys and probes."""
    plans = [plan(each if isinstance(each, And) else And((each,)), accelerated) for each in part.parts]
    if all(isinstance(each.path, Keys) for each in plans):
        keys = dict.fromkeys(key for each in plans for key in each.path.keys)
        return Keys(tuple(keys)), all(each.exact for each in plans)
    leaves: List[Union[Keys, Probe]] = []
    for each in plans:
        if isinstance(each.path, KeyRange):
            return None
        leaves.extend(each.path.parts if isinstance(each.path, Union_) else [each.path])
    return Union_(tuple(dict.fromkeys(leaves))), False


def _bounds(parts: Sequence[Predicate]) -> Dict[str, Tuple[str, str]]:
    """Field to the written numbers, from the first on and before the second, that one ordering of a number allows.

    One and not several: two elements of an array may satisfy two orderings that no single number does.
    """
    bounds = {}
    for part in parts:
        if isinstance(part, Compare) and part.op in ORDERINGS and kind(part.operand) == "number":
            first, behind = _NUMBERS
            if part.op in ("$gt", "$gte"):
                first += _sortable(part.operand)
            else:
                behind = first + _sortable(part.operand) + _AFTER_DIGITS
            bounds.setdefault(part.field, (first, behind))
    return bounds


def _probe(
    equal: Mapping[str, Any], bounds: Mapping[str, Tuple[str, str]], accelerated: Mapping[str, Sequence[str]]
) -> Optional[Probe]:
    """The acceleration that most fields narrow: some by equality, and the one behind them by a range of numbers."""
    best: Optional[Probe] = None
    most = 0
    for name, fields in accelerated.items():
        covered = list(itertools.takewhile(equal.__contains__, fields))
        prefix = "".join(written(equal[each]) for each in covered)
        ranged = bounds.get(fields[len(covered)]) if len(covered) < len(fields) else None
        if 2 * len(covered) + bool(ranged) > most:  # an equality narrows more than a range
            most = 2 * len(covered) + bool(ranged)
            best = Probe(name, prefix + ranged[0], prefix + ranged[1]) if ranged else Probe.of(name, prefix)
    return best


def entries(document: Mapping[str, Any], fields: Sequence[str]) -> List[str]:
    """What the acceleration over `fields` keeps of a document: one entry for each combination of array elements."""
    columns = [_column(document, name) for name in fields]
    return ["".join(combination) for combination in itertools.product(*columns)]


def _column(document: Mapping[str, Any], name: str) -> List[str]:
    """What one field of an acceleration keeps of a document."""
    plain = document.get(name)
    if isinstance(plain, (str, int, float)):  # nearly all; a name with a dot is no name of a field
        return [written(plain)]
    found: Dict[str, None] = {}
    for value in values_at(document, tuple(name.split("."))):
        for each in value if isinstance(value, list) else [value]:
            found[written(each)] = None
    return list(found) or [written(None)]


def written(value: Any) -> str:
    """A value as an acceleration writes it: equal values, and only those, have equal texts."""
    found = kind(value)
    if found == "string":
        return "s" + _TO_JSON.encode(value) + END
    if found == "bool":
        return f"b{int(value)}{END}"
    if found == "number":
        return "n" + _number(value) + END
    return found + END


def _number(value: Union[int, float]) -> str:
    """1 and 1.0 are one number; a whole number that no float is keeps its digits. In the order of the floats."""
    sortable = _sortable(value)
    return sortable if _float(value) == value else "%s.%d" % (sortable, value)


def _sortable(value: Union[int, float]) -> str:
    """The nearest float as 16 hex digits, which are ordered as floats are."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", _float(value) + 0.0))  # + 0.0 makes -0.0 one with 0.0
    return "%016x" % (bits ^ _SIGN if bits < _SIGN else bits ^ _ALL_BITS)


def _float(value: Union[int, float]) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
