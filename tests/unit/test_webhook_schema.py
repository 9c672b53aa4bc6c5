"""The schema of the body: published as it is in the code, and valid itself."""

import json

import jsonschema

from teams_export_guard.rows import FIELDS
from teams_export_guard.webhook_schema import SCHEMA, SCHEMA_ID, TIMES, VERSION, violations
from tests.conftest import ROOT


def published():
    path = ROOT / "appserver" / "static" / "teams_export_webhook.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_published_schema_is_that_of_the_code():
    """What receivers fetch is what is checked before sending."""
    assert SCHEMA == published()


def test_schema_is_a_schema():
    """By draft 2020-12; it has an id and a version, which a body repeats."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert (SCHEMA_ID, "version " + VERSION) == (SCHEMA["$id"], SCHEMA["$comment"])
    assert SCHEMA_ID.endswith(":" + VERSION.partition(".")[0])


def test_every_field_of_a_row_is_required():
    """And each time as text; nothing else is allowed."""
    part = SCHEMA["properties"]["alert"]
    assert {*FIELDS, *(name + "_iso" for name in TIMES)} == set(part["required"]) == set(part["properties"])
    assert part["additionalProperties"] is False


def test_no_body_is_valid_by_accident():
    """Nothing, an empty object and a list violate it."""
    assert [] not in [violations(body) for body in (None, {}, [])]
