"""The schemas of what comes from outside, the reasons they give, and the time of a record."""

import pytest

from teams_export_guard.schema import parse_audit_time, violations
from tests.support import ABSENT, MIDNIGHT, audit, minute_row


def columns(counted=True, **changes):
    """An aggregated row as the schema takes it."""
    return dict(minute_row(**changes), counted=counted)


def test_audit_record_is_valid():
    """A whole record violates nothing."""
    assert [] == violations("RECORD", audit())


@pytest.mark.parametrize("name", ["Id", "CreationTime", "OrganizationId"])
@pytest.mark.parametrize("value", [ABSENT, None, "", 7, ["x"]])
def test_needed_part_is_missing(name, value):
    """Absent, null, empty or not text is missing, under the part's own name."""
    assert name + " is missing" == violations("RECORD", audit(**{name: value}))[0]


@pytest.mark.parametrize("value", [ABSENT, None, "", 7])
def test_user_without_a_name_has_no_actor(value):
    """A user is named by UserId alone; the key does not stand in."""
    assert ["the actor is missing"] == violations("RECORD", audit(UserId=value))


def test_application_is_named_by_any_of_three():
    """An application needs one of app id, key and id, and no more."""
    bare = audit(UserType=5, UserId=ABSENT, UserKey=ABSENT)
    assert ["the actor is missing"] == violations("RECORD", bare)
    for part in ({"UserId": "a"}, {"UserKey": "k"}, {"AppAccessContext": {"ClientAppId": "x"}}):
        assert [] == violations("RECORD", dict(bare, **part))


def test_value_that_is_no_object():
    """A list is no record; no other reason is needed."""
    assert ["_raw is no JSON object"] == violations("RECORD", [1])


def test_reasons_come_in_the_order_of_the_schema():
    """The reason that is counted is the first in the schema's order, not in the record's."""
    assert ["Id is missing", "OrganizationId is missing", "the actor is missing"] == violations(
        "RECORD", audit(UserId="", OrganizationId="", Id="")
    )


def test_aggregated_row_is_valid():
    """A whole row violates nothing."""
    assert [] == violations("AGGREGATED", columns())


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"message_count": "-1"}, "message_count is no whole number"),
        ({"message_count": "1.5"}, "message_count is no whole number"),
        ({"record_count": "0"}, "record_count is no whole number of 1 or more"),
        ({"record_count": ""}, "record_count is no whole number of 1 or more"),
        ({"message_count": "0"}, "message_count is 0 on a counted row"),
        ({"_time": "noon"}, "_time is no time"),
        ({"_time": ""}, "_time is no time"),
        ({"OrganizationId": ""}, "OrganizationId is missing"),
        ({"UserId": ""}, "the actor is missing"),
    ],
)
def test_faults_of_an_aggregated_row(changes, reason):
    """Each column that is needed has a reason of its own."""
    assert reason == violations("AGGREGATED", columns(**changes))[0]


def test_row_that_is_not_counted_may_have_no_messages():
    """``message_count`` may be 0 where the records are not counted."""
    assert [] == violations("AGGREGATED", columns(counted=False, message_count="0"))


@pytest.mark.parametrize(
    "name, good, bad",
    [
        ("PRIVILEGED", {"tenant": "*", "as_of": "1.5", "expires": None, "user": None}, {"tenant": "*",
        "as_of": "soon"}),
        ("PRIVILEGED", {"tenant": "t", "expires": ""}, {"tenant": ""}),
        ("TRIAGE", {"_key": "a", "status": "benign"}, {"_key": "a", "status": "Benign"}),
        ("BASELINE", {"tenant": "t", "entity": "e", "feature": "f", "value": "v", "days": "-3,1440"}, {"days": "1,"}),
        ("LEASE", {"holder": "h", "expires": 7}, {"holder": "h", "expires": "7"}),
        ("OPERATION_ROW", {"Operation": "o", "counted": "0"}, {"Operation": "o", "counted": "yes"}),
        ("ROLE_ROW", {"role": "r", "role_template_id": "", "privileged": "1"}, {"role": "r", "privileged": "1"}),
    ],
)
def test_documents_and_lookup_rows(name, good, bad):
    """Each schema takes a good value and says what is wrong with a bad one."""
    assert [] == violations(name, good)
    assert violations(name, bad)


def test_fault_names_its_place():
    """Where a property is at fault, its name stands before the message."""
    assert violations("LEASE", {"holder": "h", "expires": "x"})[0].startswith("expires: ")


@pytest.mark.parametrize(
    "text",
    ["2026-01-05T00:00:00", "2026-01-05T00:00:59Z", "2026-01-05T00:00:59.9999999Z", "2026-01-05T00:00:00.1"],
)
def test_times_are_cut_to_the_minute(text):
    """With or without Z or a fraction, the minute is the same."""
    assert MIDNIGHT == parse_audit_time(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "2026-01-05", "2026-01-05 00:00:00", "2026-02-30T00:00:00", "2026-13-01T00:00:00",
        "2026-01-05T24:00:00", "2026-01-05T00:60:00", "2026-01-05T00:00:60", "2026-01-05T00:00:00+01:00",
        "2026-01-05T00:00:00.", "2026-01-05T00:00:00z", "2026-01-05T00:00:00\n", " 2026-01-05T00:00:00",
        "0000-01-05T00:00:00", "26-01-05T00:00:00", "٢٠٢٦-01-05T00:00:00", "2026-01-05T00:00",
    ],
)
def test_what_is_no_time(text):
    """No such day, an offset, blanks, other digits: none is a UTC time, and the schema says the same."""
    assert parse_audit_time(text) is None
    if text:
        assert ["CreationTime is no UTC time"] == violations("RECORD", audit(CreationTime=text))


def test_times_order_as_time_does():
    """Of two times within a minute, the smaller triple is the earlier one, fractions included."""
    texts = [
        "2026-01-05T00:00:00",
        "2026-01-05T00:00:00.05",
        "2026-01-05T00:00:00.5",
        "2026-01-05T00:00:01",
        "2026-01-05T00:01:00",
    ]
    assert texts == sorted(set(texts), key=parse_audit_time)
    assert parse_audit_time("2026-01-05T00:00:00.50") == parse_audit_time("2026-01-05T00:00:00.5Z")
