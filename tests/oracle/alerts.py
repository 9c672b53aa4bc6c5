"""One alert: what it holds, how a trigger joins it, and the row that shows it.

Knows the fields of the contract's section 3. Does not know which trigger joins which alert.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Optional, Set

HOUR = 3600
AT_MOST = 100  # "`chat_id` (mv, at most 100)", "`record_id` (mv, at most 100)"

# "Variations of a trigger, in order of precedence"
PRECEDENCE = ("privileged_first_time", "first_seen_asn", "multiple_chats", "base")
SEVERITY = {"privileged_first_time": "low", "first_seen_asn": "low", "multiple_chats": "low", "base": "informational"}
# "`risk_score` = 10 + 30 if `privileged_first_time` matches + 25 if `first_seen_asn` + 15 if `multiple_chats`"
RISK = {"privileged_first_time": 30, "first_seen_asn": 25, "multiple_chats": 15, "base": 10}
# "Titles are the seed's own"
TITLE = {
    "base": "User exported multiple messages in Microsoft Teams via Graph API",
    "privileged_first_time": "User exported multiple messages in Microsoft Teams via Graph API"
    " by a privileged user for the first time",
    "first_seen_asn": "User exported multiple messages in Microsoft Teams via Graph API from a first seen ASN",
    "multiple_chats": "User exported multiple chats in Microsoft Teams via Graph API",
}
DESCRIPTION = "A user exported multiple messages in Microsoft Teams via Graph API."
SURE = ("unknown", "false", "true")


@dataclass
class Alert:
    """A committed alert, or one that would be."""

    tenant: str
    entity: str
    entity_type: str
    alert_id: str
    triggered_at: int
    anchor_start: int
    window_start: int
    window_end: int
    message_threshold: int
    record_threshold: int
    chat_threshold: int
    state: str = "new"
    delivered: bool = False
    escalated_from: str = ""
    user: str = ""
    user_key: str = ""
    privileged: str = "unknown"
    baseline_days: int = 0
    record_count: int = 0
    message_count: int = 0
    chat_count: int = 0
    matches: Set[str] = field(default_factory=set)
    roles: Set[str] = field(default_factory=set)
    chats: Set[str] = field(default_factory=set)
    operations: Set[str] = field(default_factory=set)
    ips: Set[str] = field(default_factory=set)
    asns: Set[int] = field(default_factory=set)
    organisations: Set[str] = field(default_factory=set)
    first_seen_asn: Set[int] = field(default_factory=set)
    app_ids: Set[str] = field(default_factory=set)
    record_ids: Set[str] = field(default_factory=set)
    hours: Set[int] = field(default_factory=set)
    # the evidence joined in the run under way; not part of what is committed
    run_evidence: set = field(default_factory=set, compare=False, repr=False)

    @property
    def variation(self):
        # "An alert's `variation` is its first match by precedence"
        return next(name for name in PRECEDENCE if name in self.matches)


def alert_id(tenant, entity, window_start):
    # "first 32 hex digits of SHA-256 over tenant, entity and window_start of the anchor window (epoch seconds),
    #  joined by bare line feeds, UTF-8"
    return hashlib.sha256("\n".join([tenant, entity, str(window_start)]).encode("utf-8")).hexdigest()[:32]


def raised(trigger, options, escalated_from):
    """The alert that `trigger` raises."""
    first = trigger.evidence[0]
    alert = Alert(
        tenant=first.tenant,
        entity=first.entity,
        entity_type=first.entity_type,
        alert_id=alert_id(first.tenant, first.entity, trigger.window_start),
        triggered_at=trigger.minute,  # "`triggered_at` the minute of the trigger that raised it"
        anchor_start=trigger.window_start,
        window_start=trigger.window_start,
        window_end=trigger.window_end,
        message_threshold=options.message_threshold,
        record_threshold=options.record_threshold,
        chat_threshold=options.chat_threshold,
        baseline_days=trigger.baseline_days,
        escalated_from=escalated_from.alert_id if escalated_from else "",
    )
    join(alert, trigger)
    return alert


def join(alert, trigger, greatest_days=True):
    """`trigger` belongs to `alert`."""
    # "Its evidence and matches are joined to A's: sets by union"; "Matches are those of triggers; joined evidence
    #  adds none."
    alert.matches |= trigger.matches
    alert.roles |= trigger.roles
    alert.first_seen_asn |= trigger.first_seen_asn
    alert.run_evidence |= set(trigger.evidence)
    for record in trigger.evidence:
        alert.chats |= record.chats
        alert.record_ids |= record.record_ids
        alert.operations |= {record.operation} - {""}
        alert.ips |= {record.ip} - {""}
        alert.asns |= {record.asn} - {None}
        alert.organisations |= {record.organisation} - {""}
        alert.app_ids |= {record.app_id} - {""}
    # "counts by the greatest that one run saw; nothing is ever taken back"
    seen = alert.run_evidence
    alert.record_count = max(alert.record_count, sum(record.records for record in seen))
    alert.message_count = max(alert.message_count, sum(record.messages for record in seen))
    alert.chat_count = max(alert.chat_count, len({chat for record in seen for chat in record.chats}))
    if greatest_days:
        alert.baseline_days = max(alert.baseline_days, trigger.baseline_days)
    alert.privileged = max(alert.privileged, trigger.privileged, key=SURE.index)
    alert.user = alert.user or min({record.user for record in trigger.evidence} - {""}, default="")
    alert.user_key = alert.user_key or min({record.user_key for record in trigger.evidence} - {""}, default="")
    # "`window_start`/`window_end` the span of the joined windows"
    alert.window_start = min(alert.window_start, trigger.window_start)
    alert.window_end = max(alert.window_end, trigger.window_end)


def keeper(alerts, minute) -> Optional[Alert]:
    """The alert that keeps the UTC hour of `minute`, if one does."""
    return next((alert for alert in alerts if minute // HOUR in alert.hours), None)


def row(alert, state, suppressed_count):
    """The output row that shows `alert`."""
    return {
        "_time": alert.triggered_at,
        "alert_id": alert.alert_id,
        "alert_state": state,
        "alert_name": TITLE[alert.variation],
        "variation": alert.variation,
        "matched_variations": [name for name in PRECEDENCE if name in alert.matches],
        "severity": SEVERITY[alert.variation],
        "risk_score": sum(RISK[name] for name in alert.matches),
        "tenant": alert.tenant,
        "entity": alert.entity,
        "entity_type": alert.entity_type,
        "user": alert.user,
        "user_key": alert.user_key,
        "privileged": alert.privileged,
        "roles": sorted(alert.roles),
        "window_start": alert.window_start,
        "window_end": alert.window_end,
        "triggered_at": alert.triggered_at,
        "record_count": alert.record_count,
        "message_count": alert.message_count,
        "chat_count": alert.chat_count,
        "chat_id": sorted(alert.chats)[:AT_MOST],
        "operation": sorted(alert.operations),
        "src_ip": sorted(alert.ips),
        "asn": sorted(alert.asns),
        "as_org": sorted(alert.organisations),
        "first_seen_asn": sorted(alert.first_seen_asn),
        "app_id": sorted(alert.app_ids),
        "record_id": sorted(alert.record_ids)[:AT_MOST],
        "message_threshold": alert.message_threshold,
        "record_threshold": alert.record_threshold,
        "chat_threshold": alert.chat_threshold,
        "baseline_days": alert.baseline_days,
        "suppressed_count": suppressed_count,
        "escalated_from": alert.escalated_from,
        "mitre_tactic_id": "TA0009",
        "mitre_technique_id": "T1213.005",
        "description": DESCRIPTION,
    }


def none_row(tenant, entity, entity_type, options):
    """The row that `explain` adds; what the contract leaves open is None."""
    fields = dict.fromkeys(
        row(Alert(tenant, entity, entity_type, "", 0, 0, 0, 0, 0, 0, 0, matches={"base"}), "none", 0)
    )
    fields.update(
        alert_state="none",
        tenant=tenant,
        entity=entity,
        entity_type=entity_type,
        message_threshold=options.message_threshold,
        record_threshold=options.record_threshold,
        chat_threshold=options.chat_threshold,
    )
    return fields
