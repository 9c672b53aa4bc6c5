"""What a collection declares: its name, field types and accelerations.

An acceleration is an ordered list of fields, written as JSON such as {"tenant": 1, "entity": 1}; `_key` needs none.
It knows neither documents nor the database.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from .errors import BadRequest, LimitExceeded
from .limits import Limits

_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,100}\Z")


@dataclass(frozen=True)
class Definition:
    """One collection of one app."""

    app: str
    name: str
    field_types: Dict[str, str] = field(default_factory=dict)
    accelerations: Dict[str, Dict[str, int]] = field(default_factory=dict)
    enforce_types: bool = False

    def accelerated(self) -> Dict[str, Tuple[str, ...]]:
        """The fields of each acceleration, in order."""
        return {name: tuple(fields) for name, fields in self.accelerations.items()}

    def to_json(self) -> str:
        return json.dumps(
            {"field_types": self.field_types, "accelerations": self.accelerations, "enforce_types": self.enforce_types}
        )

    @classmethod
    def from_json(cls, app: str, name: str, text: str) -> "Definition":
        return cls(app, name, **json.loads(text))


def checked(
    app: str,
    name: str,
    field_types: Optional[Mapping[str, str]],
    accelerations: Optional[Mapping[str, Union[str, Mapping[str, Any]]]],
    enforce_types: bool,
    limits: Limits,
) -> Definition:
    """A definition whose names, accelerations and numbers are allowed."""
    if not _NAME.match(name):
        raise BadRequest(f"A collection name has letters, digits, '_', '-' and '.', at most 100 of them; not '{name}'.")
    parsed = {}
    for label, written in (accelerations or {}).items():
        fields = acceleration(label, written)
        if fields:
            parsed[label] = fields
    if len(parsed) > limits.max_accelerations_per_collection:
        raise LimitExceeded(
            "Too many accelerations for a collection",
            "max_accelerations_per_collection",
            limits.max_accelerations_per_collection,
        )
    if any(len(fields) > limits.max_fields_per_acceleration for fields in parsed.values()):
        raise LimitExceeded(
            "Too many fields for an acceleration", "max_fields_per_acceleration", limits.max_fields_per_acceleration
        )
    return Definition(app, name, dict(field_types or {}), parsed, bool(enforce_types))


def acceleration(label: str, written: Union[str, Mapping[str, Any]]) -> Dict[str, int]:
    """One acceleration from its JSON text or mapping; an empty text takes the acceleration away."""
    if isinstance(written, str):
        if not written.strip():
            return {}
        try:
            written = json.loads(written)
        except ValueError:
            written = None
    if not isinstance(written, dict) or not written or any(each not in (1, -1) for each in written.values()):
        raise BadRequest(
            f'accelerated_fields.{label} must be a JSON object of fields with 1 or -1, such as {{"a": 1}}.'
        )
    return {str(name): int(direction) for name, direction in written.items()}
