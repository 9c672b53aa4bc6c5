"""JSON in events and fields: parsing once per text, paths, and what automatic extraction sees.

Sources: Search Reference, "spath" (paths a.b, a{}.b, a{0}.b; one value for each array element) and "JSON
functions"; props.conf.spec KV_MODE=json; limits.conf.spec [kv] maxchars = 10240: automatic extraction looks at the
first 10,240 characters of _raw only, so fields further on are missing without a word. Explicit paths (spath(),
json_extract()) are not cut.
Inferred: the value that the cut runs through is dropped whole; JSON true and false read "true" and "false"; the
JSON text of an object or array is its compact form. Automatic extraction and spath give the text "null" for a JSON
null, json_extract gives null. An array's index in a path counts from 0, as the pages' examples do.
Not modelled: [kv] limit and maxcols (number of fields), and whatever else than one whole JSON object an event may
be.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .values import Value, multi, shown

MAXCHARS = 10240  # limits.conf [kv] maxchars
CACHED = 4096  # parsed texts kept; a search reads a few hundred events, overlapping ones read them again
_CLOSE = {"{": "}", "[": "]"}
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)
_STEP = re.compile(r"([^.{}]+)|\{(\d*)\}")
ABSENT = object()
Step = Optional[object]  # a key (str), an index (int), or None for every element


@lru_cache(maxsize=CACHED)
def parsed(text: str) -> Any:
    """The JSON value of a text, or ABSENT if it is none. Shared: never to be changed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return ABSENT


@lru_cache(maxsize=CACHED)
def seen(raw: str) -> Any:
    """What automatic extraction sees of an event: the parsed object, up to the cut."""
    if len(raw) <= MAXCHARS:
        return parsed(raw)
    try:
        return json.loads(_mended(raw[:MAXCHARS]))
    except (ValueError, RecursionError):
        return ABSENT


def _mended(cut: str) -> str:
    """The front of a JSON text as a whole text: back to the last finished member, then closed."""
    stack: List[str] = []
    keep, closers = 0, ""
    for mark in _MARKS.finditer(cut):
        sign = mark.group()
        if sign in _CLOSE:
            stack.append(_CLOSE[sign])
        elif sign in ("}", "]") and stack:
            stack.pop()
        elif sign != ",":
            continue
        keep = mark.start() if sign == "," else mark.end()
        closers = "".join(reversed(stack))
    return cut[:keep] + closers


@lru_cache(maxsize=1024)
def steps(path: str) -> Tuple[Step, ...]:
    """A path such as Messages{}.Id or a{0}.b, step by step."""
    taken: List[Step] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            at += 1
            continue
        key, index = step.groups()
        taken.append(key if key is not None else int(index) if index else None)
        at = step.end()
    return tuple(taken)


def found(node: Any, path: Tuple[Step, ...]) -> Iterator[Any]:
    """Every node that the path leads to, in document order. A key may itself hold dots."""
    if not path:
        yield node
        return
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if isinstance(node, dict):
            if step in node:
                yield from found(node[step], rest)
            for end in range(2, len(path) + 1):
                if not isinstance(path[end - 1], str):
                    break
                dotted = ".".join(path[:end])
                if dotted in node:
                    yield from found(node[dotted], path[end:])
    elif isinstance(node, list):
        if step is None:
            for element in node:
                yield from found(element, rest)
        elif step < len(node):
            yield from found(node[step], rest)


def leaf(node: Any) -> str:
    """A node as a field shows it: its text, or its JSON text if it is an object or array."""
    if isinstance(node, str):
        return node
    if node is None:
        return "null"
    if node is True or node is False:
        return "true" if node else "false"
    if isinstance(node, (int, float)):
        return shown(node)
    return compact(node)


def compact(node: Any) -> str:
    """A node as JSON text without spaces."""
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"))


def at_path(text: str, path: str) -> Value:
    """What spath(text, path) gives: each node found, as text; null where there is none."""
    node = parsed(text)
    return None if node is ABSENT else multi([leaf(one) for one in found(node, steps(path))])


def extracted(raw: str, name: str) -> Value:
    """A field that automatic extraction gives an event, by its name; objects and arrays are no fields themselves."""
    node = seen(raw)
    if not isinstance(node, dict):
        return None
    return multi([leaf(one) for one in found(node, steps(name)) if not isinstance(one, (dict, list))])


def flattened(raw: str) -> Dict[str, Value]:
    """Every field that automatic extraction gives an event."""
    node = seen(raw)
    fields: Dict[str, List[str]] = {}
    if isinstance(node, dict):
        for name, value in _leaves(node, ""):
            fields.setdefault(name, []).append(value)
    return {name: multi(values) for name, values in fields.items()}


def _leaves(node: Any, name: str) -> Iterator[Tuple[str, str]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _leaves(child, "%s.%s" % (name, key) if name else key)
    elif isinstance(node, list):
        for child in node:
            yield from _leaves(child, name + "{}")
    else:
        yield name, leaf(node)
