"""An alert as JSON: types, lists, times, what is left out, and its key."""

import json

import pytest

from teams_export_guard.notification import Origin, alert_of_row, encoded, key_of, notification
from teams_export_guard.rows import FIELDS, MULTIVALUE, alert_row
from teams_export_guard.webhook_schema import TIMES, alert_names, violations
from tests.support import MIDNIGHT, alert

LINK = "https://splunk.example.com:8000/en-US/app/search/search?q=%7Cloadjob%20x"


def row(**changes):
    """A row of the search's results as splunkd hands it over: text, and lists where there are several values."""
    given = alert_row(alert(), "new")
    texts = {name: value if isinstance(value, list) else str(value) for name, value in given.items()}
    return {**texts, **changes}


def test_every_field_of_the_contract_is_there():
    """In the row's order, each time followed by its text; the row of an alert satisfies the schema."""
    body = notification(row(), Origin("Teams Export - Detect", "sid", "teams_export_guard", LINK))
    assert alert_names() == list(body["alert"])
    assert [] == violations(body)
    assert set(FIELDS) == {name for name in body["alert"] if not name.endswith("_iso")}


def test_numbers_are_numbers_and_times_are_told_twice():
    """Epoch seconds as number, and the same as text in UTC."""
    said = notification(row(), Origin())["alert"]
    assert (MIDNIGHT, "2026-01-05T00:00:00Z") == (said["triggered_at"], said["triggered_at_iso"])
    assert (10, 5, 100) == (said["risk_score"], said["message_count"], said["message_threshold"])
    assert {int} == {type(said[name]) for name in TIMES}


def test_lists_are_lists():
    """Also with one value, with none, and where the values come one a line; networks are numbers."""
    said = alert_of_row(row(chat_id="c1\nc2", record_id="r1", roles="", asn=["100", "20"], first_seen_asn=None))
    assert (["c1", "c2"], ["r1"], [], [100, 20], []) == tuple(
        said[name] for name in ("chat_id", "record_id", "roles", "asn", "first_seen_asn")
    )


def test_a_text_that_comes_as_a_list_is_one_text():
    """A single-value field with several values keeps them, one a line."""
    assert "a\nb" == alert_of_row(row(reason=["a", "b"]))["reason"]


def test_fields_that_are_not_ours_are_left_out():
    """Internal ones and those that a macro of the user adds."""
    assert alert_of_row(row()) == alert_of_row(row(_raw="x", splunk_server="s", goal="g", rid="0"))


@pytest.mark.parametrize("changes, said", [
    ({"alert_id": "x"}, "alert/alert_id"), ({"alert_state": "none"}, "alert/alert_state"),
    ({"severity": "high"}, "alert/severity"), ({"message_count": "many"}, "alert/message_count"),
    ({"message_count": "1.5"}, "alert/message_count"), ({"message_count": "-1"}, "alert/message_count"),
    ({"asn": ["AS1"]}, "alert/asn"), ({"matched_variations": []}, "alert/matched_variations"),
    ({"triggered_at": "today"}, "'triggered_at_iso' is a required property"),
    ({"reason": None}, "'reason' is a required property"), ({"entity": "x"}, "alert/entity"),
])
def test_what_violates_the_schema_is_said(changes, said):
    """Each fault by the place where it is."""
    faults = violations(notification(row(**changes), Origin()))
    assert any(said in fault for fault in faults), faults


def test_all_violations_are_said_at_once():
    """Two wrong fields are two reasons."""
    assert 2 == len(violations(notification(row(severity="high", privileged="maybe"), Origin())))


def test_links():
    """To the results, and to the page of the alert beside them, whatever root and language the link has."""
    links = notification(row(), Origin(results_link=LINK))["links"]
    alert_id = alert().alert_id
    page = "https://splunk.example.com:8000/en-US/app/teams_export_guard/investigate?form.alert_id=" + alert_id
    assert {"results": LINK, "investigate": page} == links
    assert {} == notification(row(), Origin())["links"]
    assert {"results"} == set(notification(row(), Origin(results_link="https://splunk/x?a=/app/y"))["links"])


def test_key_is_alert_state_and_variation():
    """The same for the same alert whatever else changes, another for another state."""
    key = notification(row(), Origin())["id"]
    assert "%s-new-base" % alert().alert_id == key
    assert key == notification(row(message_count="999"), Origin("other"))["id"]
    assert key != notification(row(alert_state="escalated"), Origin())["id"]


def test_what_has_no_key_gets_one_from_its_content():
    """Nothing of a damaged row reaches the key, and equal rows have one key."""
    first, second = (key_of(alert_of_row({"reason": text})) for text in ("a'\"/", "b"))
    assert first.startswith("damaged-") and first != second
    assert first == key_of(alert_of_row({"reason": "a'\"/"}))


def test_body_is_the_same_bytes_for_the_same_alert():
    """UTF-8, sorted, no blanks; lone surrogates are replaced, because UTF-8 cannot carry them."""
    body = notification(row(reason="\ud800 \u00e4"), Origin("n"))
    shuffled = dict(reversed(list(body.items())))
    assert encoded(body) == encoded(shuffled)
    assert "\ufffd \u00e4" == json.loads(encoded(body))["alert"]["reason"]


def test_multivalue_fields_are_those_of_the_rows():
    """Nothing else becomes a list."""
    said = notification(row(), Origin())["alert"]
    assert set(MULTIVALUE) == {name for name, value in said.items() if isinstance(value, list)}
