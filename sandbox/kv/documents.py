"""From what a caller sends to what is stored: one document, checked, converted and ready to be written.

It knows the rules for a single document; keys that are taken, transactions and limits of batches are the store's.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from . import access, fieldtypes
from .definitions import Definition
from .errors import BadRequest
from .limits import MEBIBYTE, Limits
from .query import kind

_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Entry(NamedTuple):
    """One document ready to be written; `accelerated` are its (acceleration, value) pairs."""

    key: str
    text: str
    size: int
    accelerated: List[Tuple[str, str]]


def prepared(
    definition: Definition, limits: Limits, owner: str, document: Mapping[str, Any], key: Optional[str] = None
) -> Entry:
    """The entry of a document under its own `_key`, under `key`, or under one made up: 24 hex digits."""
    if not isinstance(document, dict):
        raise BadRequest(f"A document must be a JSON object, not {kind(document)}.")
    for name in document:
        if not name or name.startswith("$") or "." in name or "\0" in name:
            raise BadRequest(f"Field name {json.dumps(name)} is empty, begins with '$' or contains '.' or NUL.")
    whole = fieldtypes.convert(document, definition.field_types, definition.enforce_types)
    whole["_key"] = key or (document["_key"] if "_key" in document else secrets.token_hex(12))
    whole["_user"] = owner
    if not isinstance(whole["_key"], str) or not whole["_key"]:
        raise BadRequest(f"Field '_key' must be a non-empty string, not {json.dumps(whole['_key'])}.")
    _check_indexed("_key", whole["_key"], limits)
    try:
        text = _TO_JSON.encode(whole)
        size = len(text.encode())
    except (ValueError, TypeError) as error:
        raise BadRequest(f"The document is not JSON in UTF-8: {error}.") from None
    if size > limits.max_document_mb * MEBIBYTE:
        raise BadRequest(f"A document has at most {limits.max_document_mb} MB, this one {size} bytes.")
    for name in {each for fields in definition.accelerations.values() for each in fields}:
        _check_indexed(name, whole.get(name), limits)
    return Entry(whole["_key"], text, size, accelerated(definition, whole))


def accelerated(definition: Definition, document: Mapping[str, Any]) -> List[Tuple[str, str]]:
    """The (acceleration, value) pairs of a document."""
    return [
        (name, value) for name, fields in definition.accelerated().items() for value in access.entries(document, fields)
    ]


def _check_indexed(name: str, value: Any, limits: Limits) -> None:
    size = len(value.encode("utf-8", "replace")) if isinstance(value, str) else 0
    if size > limits.max_indexed_field_bytes:
        raise BadRequest(f"Indexed field '{name}' has at most {limits.max_indexed_field_bytes} bytes, this one {size}.")
