"""Baseline and alerts as KV-store documents, and back.

Knows the fields of the collections (contract, section 4) and how days are encoded. One truth for
``collections.conf`` and ``transforms.conf``, which tests hold to it. Does no I/O.

``days`` is the earliest minute of every day seen, in minutes since the epoch, ascending, the first in
full and each other as its distance from the one before: ``29399040,1440,1443``. ``alerts`` keep
multivalues, and the suppressed hours, as JSON text.
"""

import hashlib
import json
from itertools import accumulate
from operator import sub
from typing import List, Mapping, Optional

from .alerts import Alert, Evidence
from .baseline import Days, Key
from .catalogue import BASE, variation_of
from .privileged import RANK
from .rows import FIELDS, MULTIVALUE, alert_row
from .settings import DAY, MINUTE, RETENTION_DAYS

_MINUTES_OF_DAY = DAY // MINUTE

BASELINE = "teams_export_baseline"
ALERTS = "teams_export_alerts"
TRIAGE = "teams_export_triage"
HISTORY = "teams_export_triage_history"
PRIVILEGED = "teams_export_privileged"
EXCEPTIONS = "teams_export_exceptions"
APPLICATIONS = "teams_export_applications"
LEASE = "teams_export_lease"
DEAD_LETTERS = "teams_export_dead_letters"

BASELINE_FIELDS = "tenant entity feature value first_seen last_seen days_seen days".split()
ALERT_FIELDS = FIELDS + ["anchor_start", "suppressed_hours", "delivered", "created", "updated"]
TRIAGE_FIELDS = "status owner comment updated updated_by".split()
HISTORY_FIELDS = "alert_id changed changed_by from_status to_status owner comment".split()
PRIVILEGED_FIELDS = (
    "tenant user object_id app_id principal_type role role_template_id assignment source as_of expires via changed".split()
)
EXCEPTION_FIELDS = (
    "tenant entity app_id asn network_class variation usual_messages operations owner reason start expires created "
    "created_by ended_by end_reason"
).split()
APPLICATION_FIELDS = (
    "tenant app_id object_id application publisher verified_publisher certified principal_type owner_tenant source as_of"
).split()
LEASE_FIELDS = "holder expires".split()
DEAD_LETTER_FIELDS = (
    "alert_id alert_state variation payload attempts first_tried last_tried last_error retry".split()
)
COLLECTIONS = {
    BASELINE: BASELINE_FIELDS,
    ALERTS: ALERT_FIELDS,
    TRIAGE: TRIAGE_FIELDS,
    HISTORY: HISTORY_FIELDS,
    PRIVILEGED: PRIVILEGED_FIELDS,
    EXCEPTIONS: EXCEPTION_FIELDS,
    APPLICATIONS: APPLICATION_FIELDS,
    LEASE: LEASE_FIELDS,
    DEAD_LETTERS: DEAD_LETTER_FIELDS,
}


def baseline_key(key: Key) -> str:
    """The ``_key`` of what was seen: 32 hex digits of SHA-256 over its parts, joined by line feeds."""
    return hashlib.sha256("\n".join(key).encode("utf-8")).hexdigest()[:32]


def retained(days: Days) -> Days:
    """``days`` without those more than the retention before the newest."""
    if not days:
        return days
    oldest = max(days) - RETENTION_DAYS
    if min(days) >= oldest:
        return days
    return {day: minute for day, minute in days.items() if day >= oldest}


def baseline_document(key: Key, days: Days) -> dict:
    """The document of a sighting; ``days`` is not empty."""
    minutes = [minute // MINUTE for minute in sorted(retained(days).values())]
    steps = [minutes[0], *map(sub, minutes[1:], minutes)]
    return {
        "_key": baseline_key(key), "tenant": key.tenant, "entity": key.entity, "feature": key.feature,
        "value": key.value, "first_seen": minutes[0] * MINUTE, "last_seen": minutes[-1] * MINUTE,
        "days_seen": len(minutes), "days": ",".join(map(str, steps)),
    }


def minutes_of(days: str) -> List[int]:
    """The earliest minute of every day in ``days`` of a baseline document, in minutes since the epoch, ascending."""
    return list(accumulate(map(int, days.split(","))))


def days_of(document: Mapping) -> Days:
    """The days of a baseline document."""
    return {minute // _MINUTES_OF_DAY: minute * MINUTE for minute in minutes_of(document["days"])}


def _texts(values) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def alert_document(alert: Alert) -> dict:
    """The document of a committed alert."""
    row = alert_row(alert, alert.state)
    document = {name: _texts(value) if name in MULTIVALUE else value for name, value in row.items()}
    document.update(
        _key=alert.alert_id, anchor_start=alert.anchor_start, suppressed_hours=_texts(sorted(alert.suppressed_hours)),
        delivered=int(alert.delivered), created=alert.created, updated=alert.updated,
    )
    return document


def _number(value) -> int:
    return int(float(value or 0))


def _time(value) -> Optional[float]:
    return None if value in (None, "") else float(value)


def alert_of(document: Mapping) -> Alert:
    """The alert in a document that ``alert_document`` made. Raises KeyError, ValueError or TypeError if damaged."""
    several = {name: json.loads(document.get(name) or "[]") for name in MULTIVALUE}
    if BASE not in several["matched_variations"] or document["privileged"] not in RANK:
        raise ValueError("matched_variations without base, or an unknown answer in privileged")
    variation_of(frozenset(several["matched_variations"]))  # a KeyError if one of them is unknown

    def numbers(name):
        return tuple(sorted(int(value) for value in several[name]))

    def texts(name):
        return tuple(several[name])

    evidence = Evidence(
        _number(document["record_count"]), _number(document["message_count"]), _number(document["chat_count"]),
        document.get("user") or "", document.get("user_key") or "",
        texts("chat_id"), texts("operation"), texts("src_ip"), numbers("asn"),
        texts("as_org"), texts("app_id"), texts("record_id"),
    )
    return Alert(
        document["tenant"], document["entity"], document["alert_id"], _number(document["anchor_start"]),
        _number(document["triggered_at"]), _number(document["window_start"]), _number(document["window_end"]),
        frozenset(several["matched_variations"]), frozenset(numbers("first_seen_asn")), document["privileged"],
        frozenset(several["roles"]), evidence,
        tuple(_number(document[name]) for name in ("message_threshold", "record_threshold", "chat_threshold")),
        _number(document["baseline_days"]), document.get("escalated_from") or "",
        frozenset(json.loads(document.get("suppressed_hours") or "[]")), document.get("reason") or "",
        document["alert_state"], bool(_number(document["delivered"])), document.get("exception") or "",
        frozenset(texts("drift")), document.get("asn_table") or "", _time(document.get("created")),
        _time(document.get("updated")),
    )
