"""One row to one record: what is kept of it, and why it is refused."""

import json

import pytest

from teams_export_guard.records import Rejection, entity_of
from teams_export_guard.schema import FUTURE, NO_CONTENT, NO_JSON
from tests.support import ABSENT, MIDNIGHT, OPERATIONS, Flat, audit, minute_row, raw_row, taken_alone

NOW = MIDNIGHT + 3600


def parsed(row, now=NOW):
    found = taken_alone(row, OPERATIONS, now)
    assert isinstance(found, Flat)
    return found


def refused(row, now=NOW):
    rejection = taken_alone(row, OPERATIONS, now)
    assert isinstance(rejection, Rejection)
    return rejection


def test_raw_record_is_kept():
    """What is left of a raw record; user in lower case, key as written."""
    expected = Flat(
        "t1", "user:ann@t", "ann@t", "K-Ann", "8.8.8.8", "", "", "MessagesExported", True, MIDNIGHT, 1, 1, ("c1",),
        ("r1",)
    )
    assert expected == parsed(raw_row())


def test_aggregated_row_is_kept():
    """What is left of an aggregated row."""
    expected = Flat(
        "t1", "user:ann@t", "ann@t", "K-Ann", "8.8.8.8", "", "", "MessagesExported", True, MIDNIGHT, 3, 2, ("c1", "c2"),
        ("r1", "r2"),
    )
    assert expected == parsed(minute_row())


@pytest.mark.parametrize(
    "user_type, app_id, key, user, entity",
    [
        (0, "", "k", "Ann@T", "user:ann@t"), (4, "App", "k", "u", "app:app"), (8, "", "K", "u", "app:k"),
        ("5", "", "", "U", "app:u"), (6.0, "", "", "u", "app:u"), ("007", "", "", "u", "app:u"), (3, "a", "k", "u",
        "user:u"),
        (9, "a", "k", "u", "user:u"), ("-5", "a", "k", "u", "user:u"), (None, "a", "k", "u", "app:a"),
        (None, "a", "k", "u@t", "user:u@t"), (None, "", "k", "u", "user:u"), ("Application", "a", "k", "u", "app:a"),
        (True, "a", "k", "u", "app:a"), ([4], "", "k", "u", "user:u"), ("5\n", "", "k", "u", "user:u"), (4.5, "", "k",
        "u", "user:u"),
        ("", "a", "", "", "app:a"), ("5.0", "", "k", "u", "user:u"), (float("inf"), "a", "", "u", "app:a"),
    ],
)
def test_entities(user_type, app_id, key, user, entity):
    """UserType 4 to 8, or none with an app id and no @, is an application; everything else a user."""
    assert entity == entity_of(user_type, app_id, key, user)


@pytest.mark.parametrize("user_type, app_id, key, user", [(0, "a", "k", ""), (4, "", "", ""), (None, "", "k", "")])
def test_no_actor_no_entity(user_type, app_id, key, user):
    """A user without UserId, an application without any name: nobody."""
    assert "" == entity_of(user_type, app_id, key, user)


@pytest.mark.parametrize(
    "messages, expected",
    [
        (ABSENT, 1), (None, 1), ([], 1), ("x", 1), ([{"Id": "a"}, {"Id": "b"}], 2), ([{"Id": "a"}, {"Id": "a"}], 1),
        ([{}, {"Id": ""}, 7, None], 1), ([{"Id": 1}, {"Id": "1"}, {"Id": 2}], 2), ([{"Id": True}, {"Id": ["a"]}], 1),
        ([{"Id": "a"}, {}], 1),
    ],
)
def test_messages_are_distinct_ids(messages, expected):
    """The number of distinct ``Messages[].Id``, or 1 where there are none."""
    assert expected == parsed(raw_row(Messages=messages)).messages


@pytest.mark.parametrize(
    "parts, chats",
    [
        ({"ChatThreadId": ABSENT}, ()), ({"ChatThreadId": "a", "ChannelGuid": "b", "TeamGuid": "c"}, ("a",)),
        ({"ChatThreadId": "", "ChannelGuid": "b", "TeamGuid": "c"}, ("b",)), ({"ChatThreadId": None, "TeamGuid": "c"},
        ("c",)),
        ({"ChatThreadId": 5, "ChannelGuid": ["x"], "TeamGuid": "c"}, ("c",)),
        ({"Messages": [{"ChatThreadId": "z"}, {"ChannelGuid": "b"}, {}, {"TeamGuid": "c1"}]}, ("b", "c1", "z")),
    ],
)
def test_chats_are_the_distinct_conversations(parts, chats):
    """Of the record itself and of each message: thread, else channel, else team."""
    assert chats == parsed(raw_row(**parts)).chats


@pytest.mark.parametrize(
    "changes, counted",
    [
        ({}, True), ({"Operation": "MessagesListed"}, True), ({"Operation": "messagesexported"}, False),
        ({"Operation": "MessageSent"}, False), ({"Workload": "AzureActiveDirectory"}, False), ({"Workload": ABSENT},
        False),
        ({"Workload": "microsoftteams"}, False),
    ],
)
def test_counted_records(changes, counted):
    """Workload MicrosoftTeams and a counted operation, both as they are written."""
    assert counted == parsed(raw_row(**changes)).counted == parsed(minute_row(**changes)).counted


@pytest.mark.parametrize("row", [raw_row(Operation="MessageSent"), minute_row(Operation="MessageSent")])
def test_chats_are_not_kept_where_nothing_is_counted(row):
    """A record that is only learned from has no chats."""
    assert () == parsed(row).chats


def test_raw_time_is_cut_to_the_minute():
    """59 seconds and a fraction are of the same minute."""
    assert MIDNIGHT == parsed(raw_row(CreationTime="2026-01-05T00:00:59.9Z")).minute


@pytest.mark.parametrize("time, minute", [("1767571259.999", 0), ("1767571260", 60), ("-1", -60 - MIDNIGHT), ("0",
-MIDNIGHT)])
def test_aggregated_time_is_cut_to_the_minute(time, minute):
    """Epoch seconds, with or without a fraction, down to the minute."""
    assert MIDNIGHT + minute == parsed(minute_row(_time=time)).minute


def test_record_of_the_future_is_rejected():
    """A day later than now is taken, a minute more is not; raw and aggregated agree."""
    now = MIDNIGHT - 86400
    for row in (raw_row(), minute_row()):
        assert MIDNIGHT == parsed(row, now).minute
        assert Rejection(FUTURE, "r1") == refused(row, now - 1)


@pytest.mark.parametrize(
    "row, reason",
    [
        ({}, NO_CONTENT), ({"_raw": ""}, NO_CONTENT), ({"_raw": None, "message_count": None}, NO_CONTENT),
        ({"message_count": ""}, NO_CONTENT), ({"message_count": ["", ""]}, NO_CONTENT), ({"_raw": "{"}, NO_JSON),
        ({"_raw": "[" * 100000}, NO_JSON), ({"_raw": '{"a": ' + "9" * 5000 + "x"}, NO_JSON), ({"_raw": "null"},
        "_raw is no JSON object"),
        ({"_raw": '"text"'}, "_raw is no JSON object"),
    ],
)
def test_rows_without_a_record(row, reason):
    """Neither form, no JSON, no object: each with its reason, however deep or long."""
    assert Rejection(reason, "") == refused(row)


@pytest.mark.parametrize("name, fits", [("x" * 400, True), ("x" * 401, False), ("é" * 201, False), ("İ" * 133, True), ("İ" * 134, False)])
def test_names_that_cannot_be_indexed_are_rejected(name, fits):
    """A tenant or an actor of more than 400 bytes, in lower case, has no place in the KV store."""
    for row in (raw_row, minute_row):
        assert ("Flat" if fits else "the actor's name is longer than 400 bytes") == shown(row(UserId=name))
        assert ("Flat" if fits else "OrganizationId is longer than 400 bytes") == shown(row(OrganizationId=name))


def shown(row):
    found = taken_alone(row, OPERATIONS, NOW)
    return found.reason if isinstance(found, Rejection) else type(found).__name__


def test_rejection_names_the_record():
    """The example is the record's Id, of aggregated rows the first of them."""
    assert Rejection("the actor is missing", "r1") == refused(raw_row(UserId=""))
    assert Rejection("the actor is missing", "r1") == refused(minute_row(UserId=""))


def test_row_with_both_forms_is_aggregated():
    """A ``message_count`` decides, whatever ``_raw`` says."""
    assert 3 == parsed(dict(minute_row(), _raw=json.dumps(audit()))).messages


def test_asn_column_stands_beside_both_forms():
    """The column is kept as text; several values stay several."""
    assert ["7", "7", "7\n8", ""] == [
        parsed(row).asn_text for row in (raw_row(asn="7"), minute_row(asn=["7"]), minute_row(asn=["7", "8"]),
        raw_row(asn=""))
    ]


def test_multivalue_columns_may_be_one_text():
    """Values joined by line feeds, as without the ``__mv_`` column, are several; empty ones are none."""
    found = parsed(minute_row(chat_id="b\na\n\na", record_id=["x", "", "x"]))
    assert (("a", "b"), ("x",)) == (found.chats, found.ids)


def test_single_column_with_several_values_counts_as_missing():
    """Two values of UserId are no actor; one value in a list is that value."""
    assert "the actor is missing" == refused(minute_row(UserId=["a", "b"])).reason
    assert "user:a" == parsed(minute_row(UserId=["a"])).entity


@pytest.mark.parametrize("count, messages", [("7", 7), ("007", 7), ("7.0", 7), ("7.000", 7)])
def test_counts_are_whole_numbers(count, messages):
    """Leading zeros, and a fraction of zeros as Splunk may write it, change nothing."""
    assert messages == parsed(minute_row(message_count=count)).messages


@pytest.mark.parametrize("name", ["message_count", "record_count"])
@pytest.mark.parametrize("count", ["x", "-1", "1.5", "1e3", " 1", "1\n", "٣", "9" * 16])
def test_other_counts_are_rejected(name, count):
    """Text, signs, fractions, blanks, other digits and absurd sizes."""
    assert refused(minute_row(**{name: count})).reason.startswith(name + " is no whole number")


def test_counted_row_has_messages():
    """0 messages are refused where they are counted, and taken where not; 0 records never."""
    assert "message_count is 0 on a counted row" == refused(minute_row(message_count="0")).reason
    assert 0 == parsed(minute_row(message_count="0", Operation="x")).messages
    assert "record_count is no whole number of 1 or more" == refused(minute_row(record_count="0")).reason


def test_lone_surrogates_become_replacement_characters():
    """An escaped and a literal lone surrogate are the same text; NUL stays."""
    assert {"a\ufffd\0"} == {parsed(raw_row(UserId=text)).user for text in ("a\ud800\0", "a\udfff\0", "A\ufffd\0")}
    assert "\ufffd" == parsed({"_raw": json.dumps(audit(UserKey="\ud800"), ensure_ascii=False)}).user_key


def test_control_characters_in_raw_fail_nothing():
    """A literal NUL or line feed inside a JSON text is taken."""
    assert (
        "a\0\nb"
        == parsed({"_raw": json.dumps(audit(UserKey="a\0\nb")).replace("\\u0000", "\0").replace("\\n", "\n")}).user_key
    )


def test_app_id_is_in_lower_case():
    """Of raw and aggregated rows alike; an access context that is no object has none."""
    assert ["app", "app", ""] == [
        parsed(row).app_id
        for row in (
            raw_row(AppAccessContext={"ClientAppId": "APP"}),
            minute_row(ClientAppId="APP"),
            raw_row(AppAccessContext="APP"),
        )
    ]


@pytest.mark.parametrize("name", ["n" * 401, "\u0130" * 134, "\U0001f600" * 101])
def test_names_that_no_index_takes_are_rejected(name):
    """A tenant or an entity of more than 400 bytes in lower case would stop the run at the KV store."""
    assert "the actor's name is longer than 400 bytes" == refused(raw_row(UserId=name)).reason
    assert "the actor's name is longer than 400 bytes" == refused(minute_row(UserType="5", UserKey=name)).reason
    assert "OrganizationId is longer than 400 bytes" == refused(raw_row(OrganizationId=name)).reason


def test_long_texts_that_name_nobody_are_kept():
    """Only what an entity is made of is bounded."""
    assert "n" * 500 == parsed(raw_row(UserKey="n" * 500)).user_key
    assert "user:" + "n" * 400 == parsed(raw_row(UserId="n" * 400)).entity


def test_absurd_numbers_are_no_fault():
    """A number of 5,000 digits, which some Pythons refuse, fails nothing."""
    raw = json.dumps(audit(RecordType="@")).replace('"@"', "1" * 5000)
    assert parsed(raw_row()).entity == parsed({"_raw": raw}).entity
