"""Sort, skip, limit and fields: from matched documents to an answer.

Order across types is that of the database underneath: null and missing, numbers, strings, objects, arrays, bools;
an array stands in a sort for its smallest element, in a descending one for its largest. Documents that
compare equal keep the order in which they were first written.

It knows nothing of queries, of storage and of limits.conf.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .errors import BadRequest
from .query import kind, values_at

_RANK = {"null": 1, "number": 2, "string": 3, "object": 4, "array": 5, "bool": 8}
Spec = Union[str, Mapping[str, Any], None]


@dataclass(frozen=True)
class Projection:
    """Which fields an answer carries: `names` are those to keep (include) or to drop."""

    include: bool
    names: Tuple[str, ...]
    key: bool = True

    def apply(self, document: Dict[str, Any]) -> Dict[str, Any]:
        if self.include:
            kept: Dict[str, Any] = {}
            for name in self.names:
                _copy(document, kept, name.split("."))
            if self.key and "_key" in document:
                kept["_key"] = document["_key"]
            return kept
        kept = json.loads(json.dumps(document)) if any("." in name for name in self.names) else dict(document)
        for name in self.names:
            _drop(kept, name.split("."))
        return kept


def _copy(source: Any, target: Dict[str, Any], path: Sequence[str]) -> None:
    if not isinstance(source, dict) or path[0] not in source:
        return
    if len(path) == 1:
        target[path[0]] = source[path[0]]
    elif isinstance(source[path[0]], dict):
        _copy(source[path[0]], target.setdefault(path[0], {}), path[1:])


def _drop(target: Any, path: Sequence[str]) -> None:
    if isinstance(target, dict) and path[0] in target:
        if len(path) == 1:
            del target[path[0]]
        else:
            _drop(target[path[0]], path[1:])


def parse_fields(spec: Spec) -> Optional[Projection]:
    """`a,b` keeps, `a:0,b:0` drops; `_key:0` (or `_id:0`) may stand with either, nothing else mixes."""
    flags = {("_key" if name == "_id" else name): flag for name, flag in _pairs("fields", spec, 1, (0, 1))}
    if not flags:
        return None
    key = flags.pop("_key", None)
    if len(set(flags.values())) > 1:
        raise BadRequest(
            "Parameter 'fields' cannot both include and exclude; only _key:0 may stand with included fields."
        )
    if not flags:
        return Projection(True, ("_key",)) if key else Projection(False, ("_key",))
    if 1 in flags.values():
        return Projection(True, tuple(flags), key != 0)
    if key == 1:
        raise BadRequest("Parameter 'fields' cannot include _key while it excludes other fields.")
    return Projection(False, tuple(flags) + (("_key",) if key == 0 else ()))


def parse_sort(spec: Spec) -> List[Tuple[str, int]]:
    """`a:-1,b` as [(a, -1), (b, 1)]."""
    return _pairs("sort", spec, 1, (-1, 1))


def _pairs(parameter: str, spec: Spec, default: int, allowed: Tuple[int, int]) -> List[Tuple[str, int]]:
    if spec is None or spec == "":
        return []
    if isinstance(spec, str):
        written = [
            each.strip().rpartition(":") if ":" in each else (each.strip(), "", str(default))
            for each in spec.split(",")
        ]
        pairs = [(name.strip(), flag.strip()) for name, _, flag in written]
    elif isinstance(spec, dict):
        pairs = [(name, str(flag)) for name, flag in spec.items()]
    else:
        raise BadRequest(f"Parameter '{parameter}' must be text such as 'a:{allowed[0]},b', not {kind(spec)}.")
    texts = {str(each): each for each in allowed}
    for name, flag in pairs:
        if not name or flag not in texts:
            raise BadRequest(
                f"Parameter '{parameter}': '{name}:{flag}' must be a field with {allowed[0]} or {allowed[1]}."
            )
    return [(name, texts[flag]) for name, flag in pairs]


def parse_count(parameter: str, value: Union[str, int, None]) -> int:
    """`limit` and `skip`: a whole number of at least 0, where 0 (or nothing) means none."""
    if value is None or value == "":
        return 0
    text = str(value)
    if isinstance(value, bool) or not text.isdigit() or not text.isascii():
        raise BadRequest(f"Parameter '{parameter}' must be a whole number of at least 0, not '{text}'.")
    return int(text)


def ordered(documents: List[Dict[str, Any]], sort: Sequence[Tuple[str, int]]) -> List[Dict[str, Any]]:
    """The documents in the order that `sort` asks for, equal ones as they came."""
    for name, direction in reversed(sort):
        path = tuple(name.split("."))
        documents = sorted(documents, key=lambda each: _rank(each, path, direction), reverse=direction < 0)
    return documents


def _rank(document: Dict[str, Any], path: Tuple[str, ...], direction: int) -> Tuple[int, Any]:
    ranks = [rank for found in values_at(document, path) for rank in _ranks(found)] or [(_RANK["null"], 0)]
    return min(ranks) if direction > 0 else max(ranks)


def _ranks(value: Any) -> List[Tuple[int, Any]]:
    if isinstance(value, list):
        return [_scalar_rank(each) for each in value] or [(0, 0)]
    return [_scalar_rank(value)]


def _scalar_rank(value: Any) -> Tuple[int, Any]:
    found = kind(value)
    if found in ("array", "object"):
        return _RANK[found], json.dumps(value)
    return _RANK[found], 0 if found == "null" else value
