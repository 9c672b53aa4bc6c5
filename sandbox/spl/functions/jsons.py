"""JSON: Search Reference, "JSON functions" and "spath" (as an eval function).

Documented: json_extract gives null where the path leads nowhere, and a JSON array for several paths;
json_array_to_mv spreads an array's elements; numbers and texts become JSON numbers and strings in json_object and
json_array.
Inferred: a path with {} that finds nodes gives a JSON array of them; a JSON null found gives null; true and false
give the texts "true" and "false"; an object or array found gives its compact JSON text, and such a text becomes
that object or array again in json_object and json_array. Neither spath() nor json_extract() is cut at any length.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Tuple

from ..errors import RunFault
from ..jsontext import ABSENT, Step, at_path, compact, found, leaf, parsed, steps
from ..values import Value, multi, text, texts
from .base import ALL, MANY, Function, strict


def _extracting(*paths: str) -> Callable[[Value], Value]:
    ways = [steps(path) for path in paths]

    def extract(source: Value) -> Value:
        node = parsed(text(source))
        if node is ABSENT:
            return None
        if len(ways) == 1:
            return _native(_at(node, ways[0]))
        return _native([_at(node, way) for way in ways] if ways else node)

    def member(source: Value) -> Value:
        node = parsed(source) if type(source) is str else None
        if type(node) is not dict:
            return extract(source)
        node = node.get(key)
        return node if type(node) is str else _native(node)

    if len(ways) != 1 or len(ways[0]) != 1:
        return extract
    key = ways[0][0]
    return member


@strict(1, MANY, prepared=_extracting)
def json_extract(source: Value, *paths: Value) -> Value:
    """The node at a path, or an array of those at several."""
    return _extracting(*[str(text(path)) for path in paths])(source)


def _at(node: Any, way: Tuple[Step, ...]) -> Any:
    if len(way) == 1 and type(node) is dict:
        return node.get(way[0])
    nodes = list(found(node, way))
    if None in way:
        return nodes or None
    return nodes[0] if nodes else None


def _native(node: Any) -> Value:
    return None if node is None else leaf(node)


def _member(value: Value) -> Any:
    if isinstance(value, list):
        return [_member(one) for one in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        node = parsed(value)
        return value if node is ABSENT else node
    return value


@strict(0, MANY, multi=ALL, nulls=True)
def json_object(*members: Value) -> Value:
    """An object of keys and values in turn."""
    if len(members) % 2:
        raise RunFault(
            "The eval function 'json_object' takes pairs of a key and a value, not %d arguments." % len(members)
        )
    return compact({str(text(key)): _member(value) for key, value in zip(members[::2], members[1::2])})


@strict(0, MANY, multi=ALL, nulls=True)
def json_array(*members: Value) -> Value:
    """An array of the values."""
    return compact([_member(value) for value in members])


@strict(1, 2)
def json_array_to_mv(source: Value, quoted: Value = False) -> Value:
    """The elements of an array; with true() as second argument texts keep their quotes."""
    node = parsed(str(text(source)))
    if not isinstance(node, list):
        return None
    return multi(
        [json.dumps(one, ensure_ascii=False) if quoted and isinstance(one, str) else leaf(one) for one in node]
    )


@strict(1, 1, multi=ALL)
def mv_to_json_array(value: Value) -> Value:
    """An array of the values, as strings."""
    return compact(texts(value))


@strict(2, 2)
def spath(source: Value, path: Value) -> Value:
    """Every node that the path finds."""
    return at_path(str(text(source)), str(text(path)))


FUNCTIONS: Dict[str, Function] = {
    "json_extract": json_extract,
    "json_object": json_object,
    "json_array": json_array,
    "json_array_to_mv": json_array_to_mv,
    "mv_to_json_array": mv_to_json_array,
    "spath": spath,
    "json_valid": strict(1, 1)(lambda value: parsed(str(text(value))) is not ABSENT),
}
