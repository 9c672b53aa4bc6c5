"""The rows that the commands give."""

import pytest

from teams_export_guard.alerts import Evidence
from teams_export_guard.rows import FIELDS, LEARN_FIELDS, MULTIVALUE, alert_row, none_row
from teams_export_guard.settings import Settings
from tests.support import MIDNIGHT, OWNER, alert

TITLE = "User exported multiple messages in Microsoft Teams via Graph API by a privileged user for the first time"
ALERT = alert(
    matches=frozenset({"base", "first_seen_asn", "privileged_first_time"}), first_seen_asn=frozenset({200, 30}),
    privileged="true",
    roles=frozenset({"B", "A"}), suppressed_hours=frozenset({1, 2}), escalated_from="before", reason="Because.",
)


def test_learn_fields_are_those_of_the_contract():
    """In the contract's order."""
    assert "mode committed records duplicates rejected entities days baseline_rows".split() == LEARN_FIELDS


def test_every_row_has_every_field_in_order():
    """An alert's row and an explaining row have the same fields."""
    none = none_row(OWNER, MIDNIGHT, Evidence(), Settings(), "")
    assert FIELDS == list(alert_row(ALERT, "new")) == list(none)


def test_multivalues_are_lists_and_nothing_else_is():
    """On every row, empty ones too."""
    for row in (alert_row(ALERT, "new"), none_row(OWNER, MIDNIGHT, Evidence(), Settings(), "")):
        assert sorted(MULTIVALUE) == sorted(name for name in row if isinstance(row[name], list))


@pytest.mark.parametrize(
    "name, value",
    [
        ("_time", MIDNIGHT), ("alert_state", "known"), ("variation", "privileged_first_time"), ("severity", "low"),
        ("risk_score", 65),
        ("matched_variations", ["privileged_first_time", "first_seen_asn", "base"]), ("tenant", "t1"), ("entity",
        "user:ann@t"),
        ("entity_type", "user"), ("user", "ann@t"), ("user_key", "K-Ann"), ("privileged", "true"), ("roles", ["A",
        "B"]),
        ("window_start", MIDNIGHT), ("window_end", MIDNIGHT + 300), ("triggered_at", MIDNIGHT), ("record_count", 1),
        ("message_count", 5), ("chat_count", 1), ("chat_id", ["c1"]), ("operation", ["MessagesExported"]), ("src_ip",
        ["8.8.8.8"]),
        ("asn", ["100"]), ("as_org", ["Hundred"]), ("first_seen_asn", ["30", "200"]), ("app_id", []), ("record_id",
        ["r0"]),
        ("message_threshold", 100), ("record_threshold", 20), ("chat_threshold", 5), ("baseline_days", 30),
        ("suppressed_count", 2),
        ("escalated_from", "before"), ("mitre_tactic_id", "TA0009"), ("mitre_technique_id", "T1213.005"), ("reason",
        "Because."),
        ("alert_name", TITLE),
        ("description", "A user exported multiple messages in Microsoft Teams via Graph API."),
    ],
)
def test_fields_of_an_alert(name, value):
    """Each field says what the alert holds; numbers in multivalues are sorted by size."""
    assert value == alert_row(ALERT, "known")[name]


def test_suppressed_count_may_be_that_of_another_alert():
    """Given, it stands in place of the alert's own, also where it is 0."""
    assert [7, 0] == [alert_row(ALERT, "suppressed", count)["suppressed_count"] for count in (7, 0)]


def test_application_row():
    """``entity_type`` is what stands before the first colon only."""
    assert "app" == alert_row(alert(entity="app:a:b"), "new")["entity_type"]


def test_none_row_explains():
    """State, entity, thresholds and reason are there; there is no alert."""
    row = none_row(("t1", "app:x"), MIDNIGHT, Evidence(record_count=3, user="u"), Settings(), "Too few.")
    assert ("none", "t1", "app:x", "app", "u", 3, 100, "Too few.") == tuple(
        row[name] for name in "alert_state tenant entity entity_type user record_count message_threshold reason".split()
    )
    assert ("", "", 0) == (row["alert_id"], row["variation"], row["risk_score"])
