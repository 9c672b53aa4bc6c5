"""Baseline and alerts as KV-store documents, and back."""

import hashlib
import json

import pytest

from teams_export_guard.baseline import Key
from teams_export_guard.documents import (
    ALERT_FIELDS,
    BASELINE_FIELDS,
    COLLECTIONS,
    alert_document,
    alert_of,
    baseline_document,
    baseline_key,
    days_of,
    retained,
)
from tests.support import MIDNIGHT, alert

DAY = 86400
KEY = Key("t1", "user:é", "asn", "100")
FULL = alert(
    matches=frozenset({"base", "first_seen_asn"}), first_seen_asn=frozenset({200, 30}), roles=frozenset({"B", "A"}),
    privileged="true",
    suppressed_hours=frozenset({7200, 3600}), escalated_from="x", reason="Because é.", state="escalated",
    delivered=True,
    created=1.5, updated=2.5,
)


def test_contract_names_the_fields():
    """Collections and their fields are those of contract section 4, and what came after it."""
    assert {
        "teams_export_baseline": "tenant entity feature value first_seen last_seen days_seen days".split(),
        "teams_export_triage": "status owner comment updated updated_by".split(),
        "teams_export_privileged": (
            "tenant user object_id app_id principal_type role role_template_id assignment source as_of expires via changed".split()
        ),
        "teams_export_applications": (
            "tenant app_id object_id application publisher verified_publisher certified principal_type owner_tenant source "
            "as_of".split()
        ),
        "teams_export_triage_history": "alert_id changed changed_by from_status to_status owner comment".split(),
        "teams_export_exceptions": (
            "tenant entity app_id asn network_class variation usual_messages operations owner reason start expires created "
            "created_by ended_by end_reason"
        ).split(),
        "teams_export_lease": "holder expires".split(),
        "teams_export_dead_letters": (
            "alert_id alert_state variation payload attempts first_tried last_tried last_error retry".split()
        ),
        "teams_export_alerts": ALERT_FIELDS,
    } == COLLECTIONS


def test_baseline_key_is_a_hash_of_its_parts():
    """32 hex digits of SHA-256 over tenant, entity, feature and value."""
    assert hashlib.sha256("t1\nuser:é\nasn\n100".encode()).hexdigest()[:32] == baseline_key(KEY)


def test_baseline_document():
    """First minute, earliest minute of the last day, number of days, and the steps between the minutes."""
    days = {MIDNIGHT // DAY: MIDNIGHT + 60, MIDNIGHT // DAY + 1: MIDNIGHT + DAY + 180}
    expected = {
        "_key": baseline_key(KEY), "tenant": "t1", "entity": "user:é", "feature": "asn", "value": "100",
        "first_seen": MIDNIGHT + 60,
        "last_seen": MIDNIGHT + DAY + 180, "days_seen": 2, "days": "%d,1442" % (MIDNIGHT // 60 + 1),
    }
    assert expected == baseline_document(KEY, days)
    assert days == days_of(expected)


def test_baseline_document_has_the_fields_of_its_collection():
    """And ``_key``, and nothing else."""
    assert ["_key", *BASELINE_FIELDS] == list(baseline_document(KEY, {0: 0}))


def test_old_days_are_dropped_on_writing():
    """97 days before the newest is kept, 98 is not."""
    days = {0: 0, 1: DAY, 98: 98 * DAY}
    assert {1: DAY, 98: 98 * DAY} == retained(days) == days_of(baseline_document(KEY, days))
    assert {0: 0, 97: 97 * DAY} == retained({0: 0, 97: 97 * DAY})
    assert {} == retained({})


def test_days_before_the_epoch():
    """Negative minutes are read back."""
    days = {-1: -60, 0: 0}
    assert days == days_of(baseline_document(KEY, days))


@pytest.mark.parametrize("text", ["", "x", "1,,2", "1.5"])
def test_damaged_days_raise(text):
    """Text that is no list of numbers is a ValueError, which the repository reports."""
    with pytest.raises(ValueError):
        days_of({"days": text})


def test_alert_document_has_the_fields_of_its_collection():
    """And ``_key``, and nothing else."""
    assert sorted(["_key", *ALERT_FIELDS]) == sorted(alert_document(FULL))


def test_alert_comes_back_whole():
    """Every part of an alert survives the document."""
    assert FULL == alert_of(alert_document(FULL))


def test_alert_comes_back_through_json():
    """As the KV store keeps it."""
    assert FULL == alert_of(json.loads(json.dumps(alert_document(FULL))))


def test_alert_comes_back_from_texts():
    """A lookup may have turned numbers into texts, and dropped what is empty."""
    texts = {name: value if isinstance(value, str) else str(value) for name, value in alert_document(FULL).items()}
    texts["record_count"] = "1.0"
    assert FULL == alert_of(texts)
    bare = alert()
    document = {name: value for name, value in alert_document(bare).items() if value not in ("", None)}
    assert bare == alert_of(document)


def test_alert_document_is_keyed_by_its_id():
    """Multivalues are JSON texts, delivered is a number."""
    document = alert_document(FULL)
    assert (FULL.alert_id, FULL.alert_id, 1, "escalated", FULL.anchor_start) == tuple(
        document[name] for name in ("_key", "alert_id", "delivered", "alert_state", "anchor_start")
    )
    assert ('["30","200"]', "[3600,7200]", '["first_seen_asn","base"]', "[]") == tuple(
        document[name] for name in ("first_seen_asn", "suppressed_hours", "matched_variations", "app_id")
    )


@pytest.mark.parametrize("name", ["tenant", "entity", "alert_id", "record_count", "delivered", "privileged"])
def test_alert_document_without_a_needed_field(name):
    """Is a KeyError, which the repository reports."""
    document = alert_document(FULL)
    del document[name]
    with pytest.raises(KeyError):
        alert_of(document)


@pytest.mark.parametrize(
    "damage",
    [{"matched_variations": '["base","weird"]'}, {"matched_variations": "[]"}, {"matched_variations": "7"}, {"privileged": "perhaps"}],
)
def test_alert_document_that_nobody_could_judge_with(damage):
    """Unknown variations or answers are refused here, not met in the middle of judging."""
    with pytest.raises((KeyError, ValueError, TypeError)):
        alert_of({**alert_document(FULL), **damage})
