"""The JSON Schemas of what comes from outside, and the words for what violates them.

Knows the schema of an audit record, of an aggregated row, and of the KV-store documents and lookup
rows that other programs or people write. Each part of a schema carries as its ``title`` the reason
that is counted and shown when it does not hold. ``jsonschema`` is imported only when a reason is
needed: the hot path uses cheap tests of its own, and property tests hold them to these schemas.
"""

import re
from datetime import datetime, timezone
from functools import lru_cache

from .network_classes import CLASSES

FUTURE = "the time is more than a day later than now"
NO_CONTENT = "the row has neither message_count nor _raw"
NO_JSON = "_raw is not JSON"

NAME_BYTES = 400  # of a tenant or an entity: indexed fields of the KV store take 1 KB together

_TEXT = {"type": "string", "minLength": 1}
_SHORT = {"format": "short-name"}
_NUMBER_TEXT = r"^-?[0-9]+(?![\s\S])"
_APPLICATION_TYPE = {"anyOf": [{"enum": [4, 5, 6, 7, 8]}, {"type": "string", "pattern": r"^0*[4-8](?![\s\S])"}]}
_ANY_TYPE = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": _NUMBER_TEXT}]}
_WITH_AT = {"type": "string", "pattern": "@"}


def _has(name, schema=None):
    return {"required": [name], "properties": {name: _TEXT if schema is None else schema}}


def _actor(app_id, short_app_id):
    """The parts about who did it, given the schemas of a client app id that is there, and that is short if it is there.

    UserType 4 to 8, or no UserType with a client app id and no @ in UserId, is an application (contract).
    """
    application = {
        "anyOf": [
            _has("UserType", _APPLICATION_TYPE),
            {"allOf": [{"not": _has("UserType", _ANY_TYPE)}, app_id, {"not": _has("UserId", _WITH_AT)}]},
        ]
    }
    missing = {
        "title": "the actor is missing",
        "if": application,
        "then": {"anyOf": [app_id, _has("UserKey"), _has("UserId")]},
        "else": _has("UserId"),
    }
    by_user_id = {"properties": {"UserId": _SHORT}}
    by_user_key = {"if": _has("UserKey"), "then": {"properties": {"UserKey": _SHORT}}, "else": by_user_id}
    too_long = {
        "title": "the actor's name is longer than %d bytes" % NAME_BYTES,
        "if": application,
        "then": {"if": app_id, "then": short_app_id, "else": by_user_key},
        "else": by_user_id,
    }
    return [missing, too_long]


def _present(name):
    return dict(_has(name), title="%s is missing" % name)


def _short_tenant():
    title = "OrganizationId is longer than %d bytes" % NAME_BYTES
    return {"title": title, "properties": {"OrganizationId": _SHORT}}


_OBJECT = {"title": "_raw is no JSON object", "type": "object"}
_WHEN_AND_WHERE = [
    _present("CreationTime"),
    {
        "title": "CreationTime is no UTC time",
        "properties": {
            "CreationTime": {
                "type": "string",
                "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?(?![\s\S])",
                "format": "audit-time",
            }
        },
    },
    _present("OrganizationId"),
    _short_tenant(),
]

RECORD = {
    "title": "an Office 365 audit record",
    "allOf": [
        _OBJECT,
        _present("Id"),
        *_WHEN_AND_WHERE,
        *_actor(
            _has("AppAccessContext", dict(_has("ClientAppId"), type="object")),
            {"properties": {"AppAccessContext": {"properties": {"ClientAppId": _SHORT}}}},
        ),
    ],
}

_TIME = {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]+)?(?![\s\S])"}
_COUNT = {"type": "string", "pattern": r"^0*[0-9]{1,15}(\.0+)?(?![\s\S])"}
_POSITIVE = {"type": "string", "pattern": r"^0*[1-9][0-9]{0,14}(\.0+)?(?![\s\S])"}

AGGREGATED = {
    "title": "an aggregated row",
    "allOf": [
        {"title": "message_count is no whole number", **_has("message_count", _COUNT)},
        {"title": "record_count is no whole number of 1 or more", **_has("record_count", _POSITIVE)},
        {
            "title": "message_count is 0 on a counted row",
            "if": _has("counted", {"const": True}),
            "then": _has("message_count", _POSITIVE),
        },
        {"title": "_time is no time", **_has("_time", _TIME)},
        _present("OrganizationId"),
        _short_tenant(),
        *_actor(_has("ClientAppId"), {"properties": {"ClientAppId": _SHORT}}),
    ],
}

_EPOCH_TEXT = {"type": "string", "pattern": r"^[0-9]*(\.[0-9]+)?(?![\s\S])"}
_EPOCH = {"anyOf": [{"type": "number"}, _EPOCH_TEXT, {"type": "null"}]}

PRIVILEGED = {
    "title": "a document of teams_export_privileged",
    "type": "object",
    "required": ["tenant"],
    "properties": {
        "tenant": _TEXT,
        "as_of": _EPOCH,
        "expires": _EPOCH,
        "changed": _EPOCH,
        **{
            name: {"type": ["string", "null"]}
            for name in "user object_id app_id principal_type role role_template_id assignment source via".split()
        },
    },
}


def _several(name, *columns):
    title = "%s is no list of objects with %s" % (name, " and ".join(columns))
    item = {"type": "object", "required": list(columns)}
    return {"title": title, "properties": {name: {"type": "array", "items": item}}}


ROLE_CHANGE = {
    "title": "an audit record about a change of a role",
    "allOf": [_OBJECT, *_WHEN_AND_WHERE, _several("ModifiedProperties", "Name"), _several("Target", "ID", "Type")],
}

ROLE_CSV = {
    "title": "a row that says who holds a role",
    "allOf": [
        _present("tenant"),
        {"title": "tenant is longer than %d bytes" % NAME_BYTES, "properties": {"tenant": _SHORT}},
        {"title": "user, object_id and app_id are all missing",
         "anyOf": [_has("user"), _has("object_id"), _has("app_id")]},
        {"title": "role and role_template_id are both missing", "anyOf": [_has("role"), _has("role_template_id")]},
        {"title": "assignment is not one of active, eligible, removed",
         "properties": {"assignment": {"enum": ["", "active", "eligible", "removed"]}}},
        *({"title": "%s is no time in epoch seconds" % name, "properties": {name: _EPOCH_TEXT}}
          for name in ("as_of", "expires")),
    ],
}  # fmt: skip

TRIAGE = {
    "title": "a document of teams_export_triage",
    "type": "object",
    "required": ["_key", "status"],
    "properties": {"_key": _TEXT, "status": {"enum": ["new", "in_progress", "benign", "malicious"]}},
}

_MINUTES = {"type": "string", "pattern": r"^-?[0-9]+(,[0-9]+)*(?![\s\S])"}

BASELINE = {
    "title": "a document of teams_export_baseline",
    "type": "object",
    "required": ["tenant", "entity", "feature", "value", "days"],
    "properties": dict(dict.fromkeys(("tenant", "entity", "feature", "value"), _TEXT), days=_MINUTES),
}

LEASE = {
    "title": "the document of teams_export_lease",
    "type": "object",
    "required": ["holder", "expires"],
    "properties": {"holder": _TEXT, "expires": {"type": "number"}},
}

ASN_MANIFEST = {
    "title": "the document of teams_export_asn that says which table is in effect",
    "type": "object",
    "required": ["sha256", "chunks"],
    "properties": {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}(?![\\s\\S])"},
        "chunks": {"type": "number", "minimum": 1, "maximum": 100},
        **{
            name: {"type": ["number", "null"]}
            for name in "ipv4_ranges ipv6_ranges changed_ranges former_ranges installed".split()
        },
    },
}

OPERATION_ROW = {
    "title": "a row of teams_export_operations.csv",
    "type": "object",
    "required": ["Operation", "counted"],
    "properties": {"Operation": _TEXT, "counted": {"enum": ["0", "1"]}},
}

ROLE_ROW = {
    "title": "a row of privileged_roles.csv",
    "type": "object",
    "required": ["role", "role_template_id", "privileged"],
    "properties": {"role": _TEXT, "role_template_id": {"type": "string"}, "privileged": {"enum": ["0", "1"]}},
}

NETWORK_ROW = {
    "title": "a row of teams_export_networks.csv",
    "type": "object",
    "required": ["asn", "network_class"],
    "properties": {
        "asn": {"type": "string", "pattern": r"^[1-9][0-9]{0,9}(?![\s\S])"},
        "network_class": {"enum": list(CLASSES)},
    },
}


_AUDIT_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?Z?")


@lru_cache(maxsize=65536)
def _minute(year, month, day, hour, minute):
    """Epoch seconds of a minute of UTC, from texts; None where the calendar has no such minute."""
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=timezone.utc)
    except ValueError:
        return None
    return int(moment.timestamp())


@lru_cache(maxsize=65536)
def parse_audit_time(text):
    """``CreationTime`` as (minute in epoch seconds, seconds within it, digits after the point); None if it is none.

    The triple orders as time does. A second of 60 is refused.
    """
    match = _AUDIT_TIME.fullmatch(text)
    if match is None:
        return None
    *date, second, fraction = match.groups()
    minute = _minute(*date)
    if minute is None or second > "59":
        return None
    return minute, second, (fraction or "").rstrip("0")


def is_short_name(text):
    """Whether ``text`` fits where tenants and entities are kept. Lower case counts: it can be longer."""
    return len(text) <= NAME_BYTES // 8 or len(text.lower().encode("utf-8", "surrogatepass")) <= NAME_BYTES


def validator_of(schema):
    """A validator of one schema, which knows the formats of this module."""
    import jsonschema  # only where a reason is needed: it costs a tenth of a second

    formats = jsonschema.FormatChecker(formats=())

    @formats.checks("audit-time")
    def _is_audit_time(value):
        return not isinstance(value, str) or parse_audit_time(value) is not None

    @formats.checks("short-name")
    def _is_short_name(value):
        return not isinstance(value, str) or is_short_name(value)

    return jsonschema.Draft202012Validator(schema, format_checker=formats)


@lru_cache(maxsize=None)
def _validator(name):
    return validator_of(globals()[name])


def violations(name, value):
    """What ``value`` violates of the schema ``name`` (``RECORD``, ``LEASE`` …); empty if it is valid."""
    return worded(_validator(name), globals()[name], value)


def worded(validator, schema, value):
    """What ``value`` violates, as titles or messages, in the schema's order."""
    found = []
    errors = validator.iter_errors(value)
    for error in sorted(errors, key=lambda error: [str(step) for step in error.schema_path]):
        path = list(error.schema_path)
        if path[0] == "allOf":
            found.append(schema["allOf"][path[1]]["title"])
        else:
            place = "/".join(str(step) for step in error.path)
            found.append("%s: %s" % (place, error.message) if place else error.message)
    return list(dict.fromkeys(found))
