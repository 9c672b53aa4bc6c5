"""Whether a replay gave the alerts that it had to give.

Knows: the expected list (sandbox/sample/expected.json), which figures of an alert are compared, in which states an
alert notifies (once in each, a base alert never), and that Risk counts each variation of each alert once.
Does not know: how the alerts came about.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Dict, Iterable, List, Sequence

from sandbox.demo_replay import RISK, Firing

EXPECTED = Path(__file__).resolve().parent / "sample" / "expected.json"
TEXTS = ("entity", "variation", "alert_state", "privileged", "escalated_from")
NUMBERS = tuple("triggered_at window_start window_end record_count message_count chat_count suppressed_count".split())
LISTS = ("matched_variations", "first_seen_asn")


def expected() -> Dict[str, object]:
    return json.loads(EXPECTED.read_text(encoding="utf-8"))


def several(value: object) -> List[str]:
    """The values of a multivalue: JSON text in a KV document, a list or one text in a row."""
    if value is None or value == "":
        return []
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def figures(document: Dict[str, object]) -> Dict[str, object]:
    """The figures of an alert that are compared, in the form that expected.json has."""
    found: Dict[str, object] = {name: str(document.get(name) or "") for name in TEXTS}
    found.update((name, int(float(str(document.get(name) or 0)))) for name in NUMBERS)
    found.update((name, several(document.get(name))) for name in LISTS)
    return found


def differences(ledger: Iterable[Dict[str, object]], firings: Sequence[Firing]) -> List[str]:
    """One sentence for each way in which the replay is not as expected; empty where it is."""
    plan = expected()
    wanted = {str(alert["alert_id"]): alert for alert in plan["alerts"]}
    got = {str(document["alert_id"]): document for document in ledger}
    found = [_missing(wanted[key]) for key in wanted if key not in got]
    found += [_unexpected(got[key], plan["negatives"]) for key in got if key not in wanted]
    for key in wanted:
        if key in got:
            found += _compared(wanted[key], figures(got[key]))
    notices = [firing for firing in firings if firing.search != RISK]
    risks = [firing for firing in firings if firing.search == RISK]
    found += _times("Notified", "alert_state", notices, {key: one["notifies_as"] for key, one in wanted.items()})
    return found + _times(
        "Risk", "matched_variation", risks, {key: one["matched_variations"] for key, one in wanted.items()}
    )


def _missing(alert: Dict[str, object]) -> str:
    return "Missing: %s (%s), expected as %s." % (alert["pattern"], alert["entity"], alert["variation"])


def _unexpected(document: Dict[str, object], negatives: Iterable[Dict[str, str]]) -> str:
    why = next(("; it must have none: " + n["what"] for n in negatives if n["entity"] == document["entity"]), "")
    return "Unexpected: an alert of %s at %s%s." % (document["entity"], document["triggered_at"], why)


def _compared(alert: Dict[str, object], got: Dict[str, object]) -> List[str]:
    return [
        "Different: %s has %s %r, expected %r." % (alert["pattern"], name, got[name], alert[name])
        for name in TEXTS + NUMBERS + LISTS
        if got[name] != alert[name]
    ]


def _times(what: str, name: str, firings: Iterable[Firing], wanted: Dict[str, Sequence[str]]) -> List[str]:
    """What did not come exactly once: each wanted (alert, value of the field `name`), and nothing else."""
    got = Counter((str(firing.row.get("alert_id")), str(firing.row.get(name))) for firing in firings)
    should = Counter((key, value) for key, values in wanted.items() for value in values)
    return [
        "%s: alert %s came %d times as %s, expected %d." % (what, key, got[key, value], value, should[key, value])
        for key, value in sorted(got | should)
        if got[key, value] != should[key, value]
    ]
