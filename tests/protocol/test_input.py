"""Facts about odd and broken input: rows that cannot be used, big fields, NUL, surrogates, options, cut requests."""

from __future__ import annotations

import json
import re

import pytest

from sandbox.chunked import encode_body, encode_frame
from tests.protocol.records import DAY, HOUR, MINUTE, OFF, aggregated, burst, raw, record
from tests.protocol.site import ALERTS, BASELINE, NOW, good, said, states, the_error

REJECTED = re.compile(r"(\d+) rows rejected: (.*?)(?:, for example Id (\S+))?$")


def rejections(outcome):
    """The rejected rows by reason: how many, and the example's Id."""
    found = [REJECTED.fullmatch(text) for text in said(outcome, "WARN")]
    return {match.group(2): (int(match.group(1)), match.group(3)) for match in found if match}


# --- malformed rows --------------------------------------------------------------------------------------------------


def raw_faults(number):
    """(reason, Id that can be told, row): one raw row of each kind of fault."""
    whole = record("bad%d" % number, NOW - HOUR)

    def without(name):
        return raw({key: value for key, value in whole.items() if key != name})

    return [
        ("the row has neither message_count nor _raw", None, raw("", message_count="")),
        ("_raw is not JSON", None, raw(json.dumps(whole)[:-1])),
        ("_raw is no JSON object", None, raw("[1]")),
        ("Id is missing", None, without("Id")),
        ("CreationTime is missing", whole["Id"], without("CreationTime")),
        ("CreationTime is no UTC time", whole["Id"], raw(dict(whole, CreationTime="2024-13-01T00:00:00"))),
        ("OrganizationId is missing", whole["Id"], raw(dict(whole, OrganizationId=None))),
        ("the actor is missing", whole["Id"], raw(dict(whole, UserId=""))),
        ("the time is more than a day later than now", whole["Id"], raw(record("bad%d" % number, NOW + DAY + MINUTE))),
    ]


def aggregated_faults(number):
    """The same of aggregated rows, which say the first of their record ids."""
    key = "agg%d" % number

    def bad(**columns):
        return aggregated(NOW - HOUR, **dict({"record_id": [key, "z" + key]}, **columns))

    return [
        ("message_count is no whole number", key, bad(message_count="many")),
        ("message_count is 0 on a counted row", key, bad(message_count="0")),
        ("record_count is no whole number of 1 or more", key, bad(record_count="0")),
        ("_time is no time", key, bad(_time="yesterday")),
        ("OrganizationId is missing", key, bad(OrganizationId="")),
        ("the actor is missing", key, bad(UserId="")),
    ]


def test_malformed_rows_neither_stop_nor_change_the_good_ones(site):
    """1,000 malformed rows among 10,000 good ones: the same rows come back, and each reason is counted."""
    good_rows = [
        raw(record(index, NOW - 20 * HOUR + 6 * index, "user%d@x" % (index % 211), 1)) for index in range(9880)
    ]
    for name in ("ann@x", "bob@x", "cem@x"):
        good_rows += burst(name)
    kinds = len(raw_faults(0)) + len(aggregated_faults(0))
    faults = [fault for number in range(1000 // kinds + 1) for fault in raw_faults(number) + aggregated_faults(number)][
        :1000
    ]
    mixed = list(good_rows)
    for index, (_, _, row) in enumerate(faults):
        mixed.insert(index * 11, row)
    assert (10000, 11000) == (len(good_rows), len(mixed))
    outcome = site.judge(mixed, OFF)
    assert 3 == len(outcome.rows)
    assert site.judge(good_rows, OFF).rows == outcome.rows
    expected = {}
    for reason, key, _ in faults:
        count, example = expected.get(reason, (0, None))
        expected[reason] = count + 1, min(filter(None, (example, key)), default=None)
    assert expected == rejections(outcome)


def test_a_rejected_row_does_not_stop_a_commit(site):
    """A committing run with malformed rows saves what the good ones say, and warns."""
    outcome = site.commit(burst() + [row for _, _, row in raw_faults(1)], OFF)
    assert [("new", "user:ann@contoso.example")] == states(outcome)
    assert 1 == len(site.documents(ALERTS))
    assert 9 == sum(count for count, _ in rejections(outcome).values())


# --- big fields ------------------------------------------------------------------------------------------------------


def test_a_record_of_200_kilobytes_counts_right(site):
    """2,000 messages in one record, far behind the place where automatic extraction stops, are 2,000."""
    messages = [
        {"Id": "message-%04d-%s" % (index, "x" * 60), "ChatThreadId": "chat-%d" % (index % 7)} for index in range(2000)
    ]
    row = raw(record("big", NOW - HOUR, Messages=messages))
    assert 200_000 < len(row["_raw"])
    (found,) = site.judge([row], OFF).rows
    assert ("2000", "7", "1") == (found["message_count"], found["chat_count"], found["record_count"])


def test_a_field_above_ten_mebibytes_fails_nothing(site):
    """The SDK's limit of one field does not hold: the record is read like any other."""
    big = raw(record("big", NOW - HOUR, messages=150, Blob="x" * (11 * 1024 * 1024)))
    (found,) = site.judge([big] + burst("bob@x", records=3), OFF).rows
    assert "150" == found["message_count"]


# --- NUL and lone surrogates -----------------------------------------------------------------------------------------


def test_nul_bytes_in_rows_fail_nothing(site):
    """A NUL byte in a row, in a record's text, and as JSON escape: the other rows are judged and saved."""
    odd = [
        raw(record("n1", NOW - HOUR, "eve@x")["Id"] + "\0"),
        raw(json.dumps(record("n2", NOW - HOUR, "eve@x")).replace("chat-1", "chat\0one")),
        raw(record("n3", NOW - HOUR, "e\0ve@x", messages=100, chat="chat\0")),
        aggregated(NOW - HOUR, "fay\0@x"),
    ]
    outcome = site.commit(burst() + odd, OFF)
    assert {"user:ann@contoso.example"} < {row["entity"] for row in outcome.rows}
    assert 3 == len(outcome.rows) == len(site.documents(ALERTS))
    again = site.commit(burst() + odd, OFF)
    assert {"known"} == {row["alert_state"] for row in again.rows}


def test_lone_surrogates_become_replacement_characters(site):
    """A lone surrogate, which JSON can spell and UTF-8 cannot, is U+FFFD in rows, documents and messages."""
    escaped = [
        raw(record("s%d" % index, NOW - HOUR + index, "e\ud800ve@x", messages=60, chat="c\udfff")) for index in range(2)
    ] + [raw(record("bad\ud800", NOW - HOUR, CreationTime="never"))]
    assert all(row["_raw"].isascii() for row in escaped)
    outcome = site.commit(escaped, OFF)
    (row,) = outcome.rows
    assert ("user:e\ufffdve@x", "c\ufffd") == (row["entity"], row["chat_id"])
    assert [row["alert_id"]] == list(site.documents(ALERTS))
    assert {"CreationTime is no UTC time": (1, "id-bad\ufffd")} == rejections(outcome)
    assert any("e\ufffdve@x" in one["entity"] for one in site.documents(BASELINE).values())


# --- options ---------------------------------------------------------------------------------------------------------


def test_all_faults_of_the_options_at_once(site):
    """Unknown, misspelt, doubled, empty and impossible options are one error that names each of them."""
    args = [
        "mesage_threshold=5",
        "window=90s",
        "training=1h",
        "activation=99d",
        "mode=guess",
        "chat_threshold=0",
        "dedup",
        "settle=1d",
        "settle=2d",
    ]
    error = the_error(site.search("teamsexportcommit", args, burst()))
    for part in (
        "mesage_threshold=5",
        "did you mean message_threshold?",
        "window=90s",
        "whole minutes from 1m to 24h",
        "training=1h",
        "activation=99d",
        "mode=guess",
        "chat_threshold=0",
        "dedup: a value is missing",
        "settle=2d",
    ):
        assert part in error, error
    assert [] == site.requests()


@pytest.mark.parametrize("command, allowed", [("teamsexport", True), ("teamsexportcommit", False)])
def test_backtest_is_not_for_the_committing_command(site, command, allowed):
    """mode=backtest never writes, so only the reading command offers it."""
    outcome = site.search(command, ["mode=backtest"], [])
    assert allowed == (outcome.error is None)
    if not allowed:
        assert "mode=backtest: allowed: detect or learn" == the_error(outcome)


@pytest.mark.parametrize("value", ["{x}", "{0}", "}{", "{", "%s", "100%", '{"a": 1}'])
def test_braces_in_an_option_are_said_as_they_are(site, value):
    """The error about an option shows what was given, braces and all."""
    assert "window=" + value in the_error(site.search("teamsexport", ["window=" + value], burst()))


def test_nul_and_surrogates_in_an_option_are_said(site):
    """An option with a NUL or a lone surrogate is a fault of the option, said like any other."""
    metadata = site.info("teamsexport").getinfo("teamsexport", [], False, "")
    metadata["searchinfo"]["args"] = ["window=1\0h\ud800", "mode=\udc00{"]
    text = json.dumps(metadata).encode("ascii")  # lone surrogates as JSON escapes
    replies, code = site.converse("teamsexport", b"chunked 1.0,%d,0\n%s" % (len(text), text))
    assert 1 == code
    ((level, message),) = replies[-1].metadata["inspector"]["messages"]
    assert "ERROR" == level
    assert "window=1\ufffdh\ufffd" in message and "mode=\ufffd{" in message


def test_blanks_round_the_equals_sign(site):
    """The SPL parser splits an option at blanks; it is still one option."""
    args = [OFF, "message_threshold", "=", "10", "record_threshold=", "900"]
    (row,) = site.judge(burst(records=2), *args).rows
    assert ("10", "900") == (row["message_threshold"], row["record_threshold"])


# --- cut requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [1, 500])
def test_a_cut_body_is_an_error_and_writes_nothing(site, missing):
    """A request shorter than announced is no smaller result: the search says that it was cut off."""
    rows = burst()
    getinfo = encode_frame(site.info("teamsexportcommit").getinfo("teamsexportcommit", [OFF], False, ""))
    body = encode_body(list(rows[0]), rows)
    whole = encode_frame({"action": "execute", "finished": True}, body)
    replies, code = site.converse("teamsexportcommit", getinfo + whole[:-missing])
    assert 1 == code
    ((level, message),) = replies[-1].metadata["inspector"]["messages"]
    assert "ERROR" == level
    assert "splunkd announced %d bytes and sent %d" % (len(body), len(body) - missing) in message
    assert b"" == replies[-1].body
    assert [] == site.requests()


def test_the_end_of_input_before_the_final_chunk_is_quiet(site):
    """After a chunk that is not the last, the end of input is a cancelled search: exit code 0, nothing written."""
    rows = burst()
    getinfo = encode_frame(site.info("teamsexportcommit").getinfo("teamsexportcommit", [OFF], False, ""))
    chunk = encode_frame({"action": "execute", "finished": False}, encode_body(list(rows[0]), rows))
    replies, code = site.converse("teamsexportcommit", getinfo + chunk)
    assert 0 == code
    assert "inspector" not in replies[-1].metadata
    assert [] == site.requests()


def test_messages_name_the_row_with_braces(site):
    """An example Id with braces is shown as it is."""
    outcome = good(site.search("teamsexport", [OFF], [raw(dict(record("{x}", NOW - HOUR), CreationTime="{}"))]))
    assert {"CreationTime is no UTC time": (1, "id-{x}")} == rejections(outcome)
