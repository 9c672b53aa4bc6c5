"""The rows that the commands give: one constant list of fields, in one order.

Knows the output of contract section 3. A value is a text, a number, or a list of texts; '' is empty.
"""

from typing import Dict, Optional

from .alerts import NONE, Alert
from .catalogue import DESCRIPTION, MITRE_TACTIC_ID, MITRE_TECHNIQUE_ID, by_precedence, risk_score, variation_of

FIELDS = (
    "_time alert_id alert_state alert_name variation matched_variations severity risk_score tenant entity entity_type "
    "user user_key privileged roles window_start window_end triggered_at record_count message_count chat_count chat_id "
    "operation src_ip asn as_org first_seen_asn app_id record_id message_threshold record_threshold chat_threshold "
    "baseline_days suppressed_count escalated_from mitre_tactic_id mitre_technique_id description reason exception drift "
    "asn_table"
).split()
#: Fields with several values, in the order of the row.
MULTIVALUE = (
    "matched_variations roles chat_id operation src_ip asn as_org first_seen_asn app_id record_id drift".split()
)
LEARN_FIELDS = "mode committed records duplicates rejected entities days baseline_rows".split()


def alert_row(alert: Alert, state: str, suppressed_count: Optional[int] = None) -> Dict[str, object]:
    """The row of ``alert``, shown as ``state``."""
    seen = alert.evidence
    variation = variation_of(alert.matches)
    messages, records, chats = alert.thresholds
    values = {
        "_time": alert.triggered_at, "alert_id": alert.alert_id, "alert_state": state, "alert_name": variation.title,
        "variation": variation.name, "matched_variations": by_precedence(alert.matches),
        "severity": variation.severity, "risk_score": risk_score(alert.matches),
        **_identity(alert.tenant, alert.entity, seen),
        "privileged": alert.privileged, "roles": sorted(alert.roles),
        "window_start": alert.window_start, "window_end": alert.window_end, "triggered_at": alert.triggered_at,
        **_evidence(seen),
        "first_seen_asn": [str(asn) for asn in sorted(alert.first_seen_asn)],
        "message_threshold": messages, "record_threshold": records, "chat_threshold": chats,
        "baseline_days": alert.baseline_days,
        "suppressed_count": len(alert.suppressed_hours) if suppressed_count is None else suppressed_count,
        "escalated_from": alert.escalated_from, **_TEXTS, "reason": alert.reason,
        "exception": alert.exception, "drift": sorted(alert.drift), "asn_table": alert.asn_table,
    }
    return {name: values[name] for name in FIELDS}


_TEXTS = {"mitre_tactic_id": MITRE_TACTIC_ID, "mitre_technique_id": MITRE_TECHNIQUE_ID, "description": DESCRIPTION}


def _identity(tenant, entity, seen):
    return {
        "tenant": tenant, "entity": entity, "entity_type": entity.partition(":")[0], "user": seen.user,
        "user_key": seen.user_key,
    }


def _evidence(seen):
    return {
        "record_count": seen.record_count, "message_count": seen.message_count, "chat_count": seen.chat_count,
        "chat_id": list(seen.chat_id), "operation": list(seen.operation), "src_ip": list(seen.src_ip),
        "asn": [str(asn) for asn in seen.asn], "as_org": list(seen.as_org), "app_id": list(seen.app_id),
        "record_id": list(seen.record_id),
    }


def none_row(owner, minute: int, seen, settings, reason: str) -> Dict[str, object]:
    """The row that explains an entity without a trigger; ``seen`` is the evidence of its fullest span."""
    values = {
        **dict.fromkeys(FIELDS, ""), "_time": minute, "alert_state": NONE, "risk_score": 0, "suppressed_count": 0,
        **_identity(owner[0], owner[1], seen), **_evidence(seen),
        "message_threshold": settings.message_threshold, "record_threshold": settings.record_threshold,
        "chat_threshold": settings.chat_threshold, "reason": reason,
    }
    return {name: [] if name in MULTIVALUE and not values[name] else values[name] for name in FIELDS}
