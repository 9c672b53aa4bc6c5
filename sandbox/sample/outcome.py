"""The alerts that a replay of the sample must produce.

Knows: the table ALERTS of plan.py, and how the contract names entities and alerts.
Does not know: the app. `expected.json` beside this file is its output, for whoever does not read Python.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Dict, List

from .plan import ACTORS, ALERTS, BASE, NEGATIVES, Alert, Clock
from .tenant import APPS, DAYS, HISTORY_DAYS, PEOPLE, START, TENANT, moment

FILE = Path(__file__).with_name("expected.json")


def entity(actor: str) -> str:
    """`user:` and the name, or `app:` and the client id, in lower case."""
    if actor in ACTORS:
        return "user:" + PEOPLE[ACTORS[actor]].user.lower()
    return "app:" + APPS[actor].client_id.lower()


def _seconds(clock: Clock) -> int:
    return moment(*clock)


def alert_id(alert: Alert) -> str:
    parts = (TENANT, entity(alert.actor), str(_seconds(alert.window_start)))
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:32]


def _notifies(alert: Alert) -> List[str]:
    """The states in which somebody is notified of it: those in which it was more than base."""
    then = {"new": (alert.raised or alert.matches)[0], alert.state: alert.matches[0]}
    return [state for state, variation in then.items() if variation != BASE]


def _row(alert: Alert) -> Dict[str, object]:
    ids = {other.key: alert_id(other) for other in ALERTS}
    return {
        "pattern": alert.key,
        "what": alert.what,
        "alert_id": alert_id(alert),
        "entity": entity(alert.actor),
        "variation": alert.matches[0],
        "matched_variations": list(alert.matches),
        "alert_state": alert.state,
        "notifies_as": _notifies(alert),
        "triggered_at": _seconds(alert.triggered),
        "window_start": _seconds(alert.window_start),
        "window_end": _seconds(alert.window_end),
        "record_count": alert.records,
        "message_count": alert.messages,
        "chat_count": alert.chats,
        "first_seen_asn": ["%d" % asn for asn in alert.first_seen_asn],
        "privileged": alert.privileged,
        "suppressed_count": alert.suppressed,
        "escalated_from": ids.get(alert.escalated_from, ""),
    }


def expected() -> Dict[str, object]:
    """The expected ledger, by time, and the negatives, which have no alert at all."""
    alerts: List[Dict[str, object]] = sorted(map(_row, ALERTS), key=lambda row: (row["triggered_at"], row["entity"]))
    return {
        "tenant": TENANT,
        "start": START,
        "history_days": HISTORY_DAYS,
        "days": DAYS,
        "alerts": alerts,
        "negatives": [{"entity": entity(n.actor), "what": n.what} for n in NEGATIVES],
    }


def as_json() -> str:
    return json.dumps(expected(), indent=1) + "\n"
