"""The model's reading of rows, on examples counted by hand."""

from __future__ import annotations

import json

import pytest

from oracle import baseline as bl
from oracle.addresses import asn_of_row, plain
from oracle.records import Record, entity_of, parse, read
from oracle.synthetic import COUNTED, DAY, EPOCH, aggregated, asn_lookup, event_of_ann, malformed, raw

TABLES = {"now": EPOCH + DAY, "operations": COUNTED, "asn_lookup": asn_lookup}


def row_of(**audit):
    base = {
        "Id": "x",
        "CreationTime": "2026-01-05T00:00:00",
        "OrganizationId": "t1",
        "UserId": "Ann@T",
        "Workload": "MicrosoftTeams",
        "Operation": "MessagesExported",
    }
    return {"_raw": json.dumps({**base, **audit})}


@pytest.mark.parametrize("row", malformed())
def test_each_malformed_row_is_rejected(row):
    """A malformed row has a reason and is no record."""
    assert not isinstance(parse(row, **TABLES), Record)
    assert 1 == sum(read([row], **TABLES).rejected.values())


@pytest.mark.parametrize(
    "kind, app_id, key, user, expected",
    [
        (0, "", "", "Ann@T", "user:ann@t"),
        (0, "App", "k", "ann", "user:ann"),  # a UserType that is present and not 4 to 8 is a user
        (4, "App", "k", "ann@t", "app:app"),
        ("8", "", "K", "ann@t", "app:k"),
        (5, "", "", "Svc", "app:svc"),
        (9, "", "", "svc", "user:svc"),
        (3, "", "", "svc", "user:svc"),
        (None, "App", "k", "svc", "app:app"),
        (None, "App", "k", "ann@t", "user:ann@t"),  # an @ makes a person
        (None, "", "k", "svc", "user:svc"),  # no client app id
        (True, "App", "", "svc", "app:app"),  # no number, so missing
        ("Regular", "App", "", "svc", "app:app"),
        (5, "", "", "", ""),
        (0, "App", "k", "", ""),
    ],
)
def test_entity(kind, app_id, key, user, expected):
    """UserType 4 to 8, or a missing one with a client app id and no @, is an application."""
    assert expected == entity_of(kind, app_id, key, user)[0]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:443", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("", ""),
        ("<null>", ""),
        ("host", ""),
        ("1.2.3", ""),
        ("1.2.3.256", ""),
        ("0.0.0.0", "0.0.0.0"),
    ],
)
def test_plain_address(text, expected):
    """Each written form has one plain address; what is no address has none."""
    assert expected == plain(text)


@pytest.mark.parametrize(
    "column, address, expected",
    [
        ("", "8.8.8.8", (100, "Hundred")),
        ("", "10.0.0.1", (None, "")),
        ("", "1.0.0.1", (None, "")),
        ("", "", (None, "")),
        ("200", "8.8.8.8", (200, "")),
        ("AS100", "8.8.8.8", (100, "Hundred")),
        ("AS7", "10.0.0.1", (7, "")),
        ("AS", "8.8.8.8", (None, "")),
        ("unknown", "8.8.8.8", (None, "")),
        ("0", "8.8.8.8", (None, "")),
    ],
)
def test_asn(column, address, expected):
    """A non-empty column wins over the table; a private address has none of its own."""
    assert expected == asn_of_row(column, address, asn_lookup)


def test_private_addresses_ask_no_table():
    """No address of the listed ranges has an ASN, whatever the table says; their neighbours have."""
    everything = lambda address: (1, "All")  # noqa: E731
    assert (None, "") == asn_of_row("", "100.127.255.255", everything)
    assert (1, "All") == asn_of_row("", "100.128.0.0", everything)
    assert (None, "") == asn_of_row("", "febf::1", everything)
    assert (1, "All") == asn_of_row("", "2001:db9::1", everything)


def test_the_earliest_copy_counts_then_the_smallest_text():
    """00:01 beats 00:02.

    Within one minute `aaa` beats `bbb` although its second is later. 4 rows = 1 record + 3 duplicates.
    """
    rows = [
        row_of(CreationTime="2026-01-05T00:02:00", UserKey="000"),
        row_of(CreationTime="2026-01-05T00:01:00", AAA="bbb"),
        {
            "_raw": '{"AAA": "aaa", "CreationTime": "2026-01-05T00:01:59Z", "Id": "x", "OrganizationId": "t1",'
            ' "UserId": "first"}'
        },
        row_of(CreationTime="2026-01-05T00:01:30", AAA="ccc"),
    ]
    for order in (rows, rows[::-1]):
        taken = read(order, **TABLES)
        assert ["first"] == [record.user for record in taken.records]
        assert (3, 0, 4) == (taken.duplicates, sum(taken.rejected.values()), taken.taken)


def test_the_same_id_in_another_tenant_is_another_record():
    """Id identifies a record within its tenant only."""
    assert 2 == len(read([row_of(), row_of(OrganizationId="t2")], **TABLES).records)


def test_a_rejected_copy_does_not_hide_a_good_one():
    """The earlier copy has no actor: one record, one rejected, no duplicate."""
    taken = read([row_of(UserId=""), row_of(CreationTime="2026-01-05T00:09:00Z")], **TABLES)
    assert (1, 0, 1) == (len(taken.records), taken.duplicates, sum(taken.rejected.values()))


def test_a_day_later_than_now_is_the_limit():
    """now + 86400 is accepted, the minute after it is not."""
    limit = dict(TABLES, now=EPOCH - DAY)
    assert 1 == len(read([row_of(CreationTime="2026-01-05T00:00:59.9Z")], **limit).records)
    assert 0 == len(read([row_of(CreationTime="2026-01-05T00:01:00Z")], **limit).records)


def test_messages_and_chats():
    """Ids a, a, b are two messages.

    Chats are the record's own c1 and the messages' g and t; a nameless message adds none.
    """
    messages = [
        {"Id": "a", "ChannelGuid": "g"},
        {"Id": "a", "TeamGuid": "t"},
        {"Id": "b", "ChatThreadId": "c1", "TeamGuid": "z"},
        {},
    ]
    record = parse(row_of(ChatThreadId="c1", Messages=messages), **TABLES)
    assert (2, {"c1", "g", "t"}) == (record.messages, record.chats)
    assert (1, set()) == (parse(row_of(), **TABLES).messages, parse(row_of(), **TABLES).chats)


@pytest.mark.parametrize(
    "workload, operation, counted",
    [
        ("MicrosoftTeams", "MessagesListed", True),
        ("MicrosoftTeams", "MessageSent", False),
        ("Exchange", "MessagesListed", False),
    ],
)
def test_counted(workload, operation, counted):
    """Only the Teams workload with a counted operation is counted."""
    assert counted == parse(row_of(Workload=workload, Operation=operation), **TABLES).counted


def test_lone_surrogates_are_replaced_before_comparing():
    """Ids of two different lone surrogates are the same Id."""
    taken = read([row_of(Id="\ud800"), row_of(Id="\udfff")], **TABLES)
    assert (1, 1) == (len(taken.records), taken.duplicates)
    assert {"\ufffd"} == taken.records[0].record_ids


def test_an_aggregated_row_says_what_its_records_say():
    """Two records of one minute become one row of 2 records and 1 + 2 messages."""
    events = [event_of_ann(), event_of_ann(id="r2", names=("a", "b"), chats=("c1", "c2"))]
    (record,) = read(aggregated(events), **TABLES).records
    assert (2, 3, {"c1", "c2"}, {"r1", "r2"}) == (record.records, record.messages, record.chats, record.record_ids)
    assert read([raw(events[0])], **TABLES).records[0].minute == record.minute


def test_the_same_aggregated_row_counts_once():
    """An exact duplicate of an aggregated row is a duplicate, a row that differs in one column is not."""
    (row,) = aggregated([event_of_ann()])
    taken = read([row, dict(row), dict(row, ClientIP="9.9.9.9")], **TABLES)
    assert (2, 1) == (len(taken.records), taken.duplicates)


def test_baseline_features():
    """A counted record teaches activity, asn, export.

    An uncounted one neither export nor app; `*` gets activity and asn.
    """

    def taught(**changes):
        return {key[1:] for key in bl.of_records(read([raw(event_of_ann(**changes))], **TABLES).records)}

    tenant_wide = {("*", "activity", "*"), ("*", "asn", "100")}
    own = {("user:ann@t", "activity", "*"), ("user:ann@t", "asn", "100")}
    assert tenant_wide | own | {("user:ann@t", "export", "*")} == taught()
    assert tenant_wide | own == taught(operation="MessageSent")
    assert ("user:ann@t", "app", "app-2") in taught(actor=("ann@t", "k", 0, "App-2"))
    assert {("*", "activity", "*"), ("user:ann@t", "activity", "*")} == taught(
        operation="MessageSent", client_ip="10.0.0.1"
    )


def test_days_are_dropped_on_writing():
    """Newest day 100.

    Day 3 is 97 days before and stays, day 2 is 98 days before and goes; an untouched document stays whole.
    """
    stored = {"a": {2: 2 * DAY, 3: 3 * DAY}, "b": {0: 0, 500: 500 * DAY}}
    after, changed = bl.written(stored, {"a": {100: 100 * DAY}})
    assert ({3, 100}, {0, 500}, 1) == (set(after["a"]), set(after["b"]), changed)
    assert (stored, 0) == bl.written(stored, {"a": {3: 3 * DAY + 60}})
