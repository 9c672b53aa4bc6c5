"""The JSON Schema of what the webhook posts.

Knows each field of the body and its type; receivers find the same at
``appserver/static/teams_export_webhook.schema.json``, which a test holds to this module. It allows no
other field, so a field that is added makes version 1.1; one that is renamed, removed or given another
meaning makes version 2 and another id.
"""

from functools import lru_cache
from typing import List

from .catalogue import VARIATIONS
from .rows import FIELDS, MULTIVALUE
from .schema import validator_of, worded

SCHEMA_ID = "urn:teams-export-guard:webhook:1"
VERSION = "1.1"  # 1.1: exception, drift, asn_table

TIMES = ("_time", "window_start", "window_end", "triggered_at")  # each also as <name>_iso
NUMBERS = (
    "risk_score record_count message_count chat_count message_threshold record_threshold chat_threshold baseline_days "
    "suppressed_count"
).split()
ASNS = ("asn", "first_seen_asn")

_TEXT = {"type": "string"}
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z(?![\s\S])"
_VARIATION = {"enum": [variation.name for variation in VARIATIONS]}
_SPECIAL = {
    "alert_id": {"type": "string", "pattern": r"^[0-9a-f]{32}(?![\s\S])"},
    "alert_state": {"enum": ["new", "escalated", "known", "suppressed", "learning"]},
    "variation": _VARIATION,
    "matched_variations": {"type": "array", "items": _VARIATION, "minItems": 1},
    "severity": {"enum": sorted({variation.severity for variation in VARIATIONS})},
    "risk_score": {"type": "integer", "minimum": 0, "maximum": 100},
    "tenant": {"type": "string", "minLength": 1},
    "entity": {"type": "string", "pattern": "^(user|app):"},
    "entity_type": {"enum": ["user", "app"]},
    "privileged": {"enum": ["true", "false", "unknown"]},
    **{name: {"type": "array", "items": {"type": "integer", "minimum": 0}} for name in ASNS},
}


def _property(name):
    if name in _SPECIAL:
        return _SPECIAL[name]
    if name in TIMES:
        return {"type": "number", "description": "seconds since 1970-01-01T00:00:00Z"}
    if name in NUMBERS:
        return {"type": "integer", "minimum": 0}
    return {"type": "array", "items": _TEXT} if name in MULTIVALUE else _TEXT


def _object(properties, required=None):
    required = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def alert_names() -> List[str]:
    """The names in ``alert``, in order: the fields of a row, each time followed by its text."""
    return [name for field in FIELDS for name in ([field, field + "_iso"] if field in TIMES else [field])]


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_ID,
    "title": "An alert of Teams Export Guard, as the Teams Export webhook posts it",
    "$comment": "version " + VERSION,
    **_object({
        "schema": {"const": SCHEMA_ID},
        "version": {"const": VERSION},
        "id": {"type": "string", "minLength": 1, "description": "the same whenever this alert comes in this state"},
        "search": _object({"name": _TEXT, "sid": _TEXT, "app": _TEXT}),
        "links": _object({"results": _TEXT, "investigate": _TEXT}, []),
        "alert": _object({
            name: {"type": "string", "pattern": _ISO} if name.endswith("_iso") else _property(name)
            for name in alert_names()
        }),
    }),
}


@lru_cache(maxsize=None)
def _validator():
    return validator_of(SCHEMA)


def violations(body) -> List[str]:
    """What a body violates of the schema; empty if it is valid."""
    return worded(_validator(), SCHEMA, body)
