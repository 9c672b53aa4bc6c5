"""The query language of the KV store: parse a query once, then ask it of documents.

Documented are equality and `$gt $gte $lt $lte $ne $and $or $not`. Every other operator is refused by name,
as is a form whose meaning no public source gives (an array or object as operand, `$not` at the top).
Meaning, where the documents are silent, is that of the database underneath:
  * types do not mix: a number never equals nor orders against a string, true is not 1;
  * a missing field equals null; `$ne` and `$not` hold for a missing field;
  * an array field matches if one of its elements does;
  * a dotted path goes into objects, into the objects of an array, and by number into an array.

It does not know how documents are stored, nor which part of a query an index can answer (access.py).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Tuple, Union

from .errors import BadRequest

ORDERINGS: Dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
OPERATORS = ("$gt", "$gte", "$lt", "$lte", "$ne", "$and", "$or", "$not")
_MISSING = object()


def kind(value: Any) -> str:
    """The type class of a JSON value; values of different classes are never equal and never ordered."""
    if isinstance(value, str):
        return "string"
    if value is None or value is _MISSING:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "array" if isinstance(value, list) else "object"


def values_at(value: Any, path: Tuple[str, ...]) -> Iterator[Any]:
    """Every value that a dotted path reaches; a dead end is the missing value."""
    if not path:
        yield value
    elif isinstance(value, dict):
        if path[0] in value:
            yield from values_at(value[path[0]], path[1:])
        else:
            yield _MISSING
    elif isinstance(value, list):
        if path[0].isdigit() and int(path[0]) < len(value):
            yield from values_at(value[int(path[0])], path[1:])
        for element in value:
            if isinstance(element, dict):
                yield from values_at(element, path)
    else:
        yield _MISSING


@dataclass(frozen=True)
class Compare:
    """A field against one scalar: `op` is "$eq", which has no written form, or an ordering."""

    field: str
    op: str
    operand: Any

    def matches(self, document: Mapping[str, Any]) -> bool:
        return any(self._holds(found) for found in values_at(document, tuple(self.field.split("."))))

    def _holds(self, found: Any) -> bool:
        candidates = found if isinstance(found, list) else [found]
        return any(self._one(each) for each in candidates)

    def _one(self, found: Any) -> bool:
        if kind(found) != kind(self.operand):
            return False
        if self.op == "$eq":
            return self.operand is None or found == self.operand
        return ORDERINGS[self.op](found, self.operand)


@dataclass(frozen=True)
class Not:
    """Holds where its part does not."""

    part: "Predicate"

    def matches(self, document: Mapping[str, Any]) -> bool:
        return not self.part.matches(document)


@dataclass(frozen=True)
class And:
    """Holds where all parts do; without parts, everywhere."""

    parts: Tuple["Predicate", ...]

    def matches(self, document: Mapping[str, Any]) -> bool:
        return all(part.matches(document) for part in self.parts)


@dataclass(frozen=True)
class Or:
    """Holds where one part does."""

    parts: Tuple["Predicate", ...]

    def matches(self, document: Mapping[str, Any]) -> bool:
        return any(part.matches(document) for part in self.parts)


Predicate = Union[Compare, Not, And, Or]


def parse(query: Optional[Mapping[str, Any]]) -> And:
    """The predicate of a query; None and {} hold for every document."""
    if query is None:
        return And(())
    if not isinstance(query, dict):
        raise BadRequest(f"A query must be a JSON object, not {kind(query)}.")
    return And(tuple(_top(name, operand) for name, operand in query.items()))


def _top(name: str, operand: Any) -> Predicate:
    if name in ("$and", "$or"):
        if not isinstance(operand, list) or not operand or not all(isinstance(each, dict) for each in operand):
            raise BadRequest(f"Operator {name} takes a non-empty array of queries.")
        parts = tuple(parse(each) for each in operand)
        return And(parts) if name == "$and" else Or(parts)
    if name.startswith("$"):
        raise _misplaced(name, "at the top of a query", "$and, $or")
    return _field(name, operand)


def _field(name: str, operand: Any) -> Predicate:
    if not isinstance(operand, dict):
        return Compare(name, "$eq", _scalar(name, "equality", operand, null=True))
    if not operand:
        raise BadRequest(f"Field '{name}' is compared with an empty object, which this store does not take.")
    parts = tuple(_operator(name, op, value) for op, value in operand.items())
    return parts[0] if len(parts) == 1 else And(parts)


def _operator(name: str, op: str, value: Any) -> Predicate:
    if op in ORDERINGS:
        return Compare(name, op, _scalar(name, op, value, null=False))
    if op == "$ne":
        return Not(Compare(name, "$eq", _scalar(name, op, value, null=True)))
    if op == "$not":
        if not isinstance(value, dict) or not value or not all(each.startswith("$") for each in value):
            raise BadRequest(f"Operator $not on field '{name}' takes an object of operators, such as {{\"$gt\": 1}}.")
        return Not(_field(name, value))
    if op.startswith("$"):
        raise _misplaced(op, f"on field '{name}'", "$gt, $gte, $lt, $lte, $ne, $not")
    raise BadRequest(f"Field '{name}' is compared with an object, which this store does not take; use a dotted path.")


def _scalar(name: str, op: str, value: Any, *, null: bool) -> Any:
    found = kind(value)
    if found in ("number", "string", "bool") or (null and found == "null"):
        return value
    raise BadRequest(f"Field '{name}', {op}: the operand must be a number, string or bool, not {found}.")


def _misplaced(op: str, where: str, allowed: str) -> BadRequest:
    if op in OPERATORS:
        return BadRequest(f"Operator {op} cannot stand {where}; allowed there: {allowed}.")
    return BadRequest(f"Operator {op} is not supported; allowed: {', '.join(OPERATORS)}.")
