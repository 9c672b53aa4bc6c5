"""The exceptions view: what is shown of exceptions and of what they did, as an analyst.

Proposals: test_proposals.py. Giving and ending: test_exception_clicks.py.
"""

import time
from collections import Counter

import pytest

from teams_export_guard.documents import ALERTS as LEDGER
from teams_export_guard.documents import EXCEPTIONS
from teams_export_guard.exceptions import faults_of
from tests.app.confs import MACROS
from tests.app.excepted import (
    ALERTS,
    ARCHIVE,
    BACKUP,
    COVERED,
    DRIFTED,
    EXPLORER,
    GIVEN,
    GIVING,
    INVALID,
    NOW,
    document,
)
from tests.app.exception_panels import VIEW, WRITING, listed, one, rows
from tests.app.views import APP

DAY = 86400
PANELS = sorted(set(VIEW.data_sources) - set(WRITING))


@pytest.fixture
def bare(own):
    """The same, empty."""
    for name in (EXCEPTIONS, LEDGER):
        own.kv.delete_query(APP, "nobody", name)
    return own


def clock(seconds, form="%Y-%m-%d %H:%M"):
    return time.strftime(form, time.gmtime(seconds))


@pytest.mark.parametrize("source", PANELS)
def test_every_panel_says_something_as_an_analyst(excepted, source):
    """No panel fails or is empty."""
    assert rows(excepted, source)


@pytest.mark.parametrize("source", PANELS)
def test_without_data_every_panel_says_why(bare, source):
    """One row with a sentence that says what to do, or zeros."""
    row = one(bare, source)
    assert set(row.values()) <= {"0"} or any(str(value).endswith(".") for value in row.values())


# -- exceptions -----------------------------------------------------------------------------------


def test_numbers_are_those_of_the_collections(excepted):
    """In force, of these ending soon; excepted and drifted alerts of 30 days."""
    assert {"in_force": "5", "ending": "1"} == one(excepted, "ds_counts")
    assert {"excepted": str(len(COVERED)), "drifted": str(len(DRIFTED))} == one(excepted, "ds_recent")


def test_numbers_of_alerts_are_of_30_days(bare):
    """What was triggered earlier is in the tables only."""
    bare.kv.batch_save(APP, "nobody", LEDGER, [
        {"_key": name, "alert_id": name, "entity": "user:a", "tenant": "t", "triggered_at": NOW - age * DAY,
         "variation": "base", "exception": "k", "drift": '["volume"]', "reason": "r."}
        for name, age in (("1" * 32, 29), ("2" * 32, 31))
    ])  # fmt: skip
    assert {"excepted": "1", "drifted": "1"} == one(bare, "ds_recent")
    assert (2, 2) == (len(rows(bare, "ds_excepted")), len(rows(bare, "ds_drifted")))


def test_states_are_told_apart(excepted):
    """What excepts nothing first, then what ends soon, what is in force, what has ended."""
    found = rows(excepted, "ds_exceptions")
    states = {document(name)["_key"]: "In force" for name in GIVING}
    states.update({document("archive")["_key"]: "Ends soon", INVALID["_key"]: "Not valid"})
    states.update({document(name)["_key"]: "Ended" for name in ("over", "stopped")})
    assert states == {row["_exception"]: row["State"] for row in found}
    order = ["Not valid", "Ends soon", "In force", "Ended"]
    assert sorted((row["State"] for row in found), key=order.index) == [row["State"] for row in found]


@pytest.mark.parametrize("start, expires, state", [
    (NOW - 1, NOW, "Ended"), (NOW, NOW + 1, "Ends soon"), (NOW + 1, NOW + 9, "Begins later"),
    (NOW - 1, NOW + 14 * DAY - 1, "Ends soon"), (NOW - 1, NOW + 14 * DAY, "In force"),
])  # fmt: skip
def test_a_state_has_sharp_ends(bare, start, expires, state):
    """From its start on, up to and without its end; it ends soon less than 14 days before."""
    bare.kv.batch_save(APP, "nobody", EXCEPTIONS, [dict(document("backup"), start=start, expires=expires)])
    assert [state] == [row["State"] for row in listed(bare).values()]


def test_the_titles_have_the_numbers_of_the_macros():
    """What ends within, how old and how often: the sentences of the page say what the macros do."""
    text = " ".join([*(title for title, _ in VIEW.panels()),
                     VIEW.definition["visualizations"]["viz_propose"]["options"]["markdown"]])  # fmt: skip
    ending, days, share = (MACROS["teams_export_" + name]["definition"]
                           for name in ("exception_ending_days", "proposal_days", "proposal_share"))
    for said in ("ending within %s days" % ending, "on %s percent of the days or more" % share,
                 "for more than %s days" % days, "first seen more than %s days ago" % days):
        assert said in text


def test_a_row_says_what_an_exception_covers(excepted):
    """Whom, with which application, which kinds; networks by name; bounds; why, by whose word, and how it ended."""
    found = listed(excepted)
    explorer = "pplication " + EXPLORER
    for name, covers, networks, usual, until, reason in (
        ("backup", "Application " + BACKUP[4:], "AS16509 (Amazon.com, Inc.)", "3000 messages, MessagesExported",
         GIVEN + 90 * DAY, "nightly backup, change 4711 (ann)"),
        ("archive", "Application " + ARCHIVE[4:], "unknown", "150 messages, MessagesExported", GIVEN + 10 * DAY,
         "compliance archive (kim)"),
        ("privileged", "niels.adler@harbourline.example; a%s; only Many chats" % explorer, "those it was seen on before",
         "500 messages, MessagesExported, MessagesListed", GIVEN + 90 * DAY, "tests the tool (kim)"),
        ("class", "A" + explorer, "class office", "20 messages, MessagesListed", GIVEN + 90 * DAY, "from our offices (kim)"),
        ("stopped", "Application " + ARCHIVE[4:], "AS64501, AS64502", "100 messages, MessagesExported", GIVEN,
         "a trial (kim); ended by kim: the trial is over"),
    ):  # fmt: skip
        row = found[document(name)["_key"]]
        assert (covers, networks, usual, clock(until, "%Y-%m-%d"), reason) == tuple(
            row[column] for column in ("Covers", "Networks", "Usual", "Until", "Reason")
        )


def test_an_application_has_its_name(bare):
    """Where teams_export_trusted has one, as an entity and as an application; a tenant is named if there are several."""
    app_id = "1fec8e78-bce4-4aaf-ab1b-5451cc387264"
    first = dict(document("class"), app_id=app_id, tenant="t1")
    second = dict(document("backup"), entity="app:" + app_id, tenant="t2")
    bare.kv.batch_save(APP, "nobody", EXCEPTIONS, [first])
    assert ["Application Microsoft Teams"] == [row["Covers"] for row in listed(bare).values()]
    bare.kv.batch_save(APP, "nobody", EXCEPTIONS, [second])
    assert {"Application Microsoft Teams; tenant t1", "Application Microsoft Teams; tenant t2"} == {
        row["Covers"] for row in listed(bare).values()
    }


BASE = dict(document("backup"), _key="k")


@pytest.mark.parametrize("changes", [
    {}, {"owner": ""}, {"reason": " "}, {"operations": ""}, {"tenant": ""}, {"entity": "ann@t"}, {"entity": "user:"},
    {"entity": "", "app_id": "x"}, {"entity": ""}, {"asn": ""}, {"asn": "", "network_class": "vpn"},
    {"asn": "", "app_id": BACKUP[4:]}, {"asn": "", "app_id": BACKUP[4:].upper()}, {"asn": "", "app_id": "another"},
    {"asn": "AS64500, 7 Unknown"}, {"asn": "here"}, {"asn": "64500,here"}, {"asn": "0"}, {"asn": "AS0,1"}, {"asn": "AS10"},
    {"asn": "as10"}, {"asn": "1" * 19}, {"variation": "multiple_chats first_seen_asn"}, {"variation": "base"},
    {"variation": "multiple_chats,all"}, {"usual_messages": 0}, {"usual_messages": 1.5}, {"usual_messages": 1},
    {"start": GIVEN + 999 * DAY}, {"start": -1}, {"expires": 4e12}, {"expires": None}, {"start": None}, {"usual_messages": None},
    {"entity": "USER:Ann@T", "app_id": "X", "asn": ""},
])  # fmt: skip
def test_what_is_not_valid_is_what_the_command_leaves_out(bare, changes):
    """The page and the command agree of every row that somebody could have written by hand."""
    bare.kv.batch_save(APP, "nobody", EXCEPTIONS, [{**BASE, **changes}])
    ((row,), faults) = listed(bare).values(), faults_of({**BASE, **changes})
    assert bool(faults) == (row["State"] == "Not valid"), faults
    assert bool(faults) == row["Reason"].startswith("Excepts nothing: ")


def test_hits_are_counted_in_the_ledger(excepted):
    """How many committed alerts have its key, and when the last of them was triggered."""
    ledger = excepted.search("| inputlookup teams_export_alerts", app=APP).rows
    hits = Counter(row["exception"] for row in ledger if row["exception"])
    found = listed(excepted)
    assert {key: str(hits[key]) for key in found} == {key: row["Hits"] for key, row in found.items()}
    for pattern, name in COVERED.items():
        assert clock(ALERTS[pattern]["triggered_at"]) == found[document(name)["_key"]]["Last hit"]
    assert "never" == found[document("archive")["_key"]]["Last hit"]


# -- alerts ---------------------------------------------------------------------------------------


def test_excepted_alerts_stand_there_with_the_reason(excepted):
    """Newest first, each with its id in a hidden column, whoever said so and until when."""
    found = rows(excepted, "ds_excepted")
    wanted = sorted(COVERED, key=lambda pattern: ALERTS[pattern]["triggered_at"], reverse=True)
    assert [ALERTS[pattern]["alert_id"] for pattern in wanted] == [row["_alert_id"] for row in found]
    for pattern, row in zip(wanted, found):
        given = document(COVERED[pattern])
        said = "%s (%s), until %s" % (given["reason"], given["owner"], clock(given["expires"], "%Y-%m-%d"))
        assert said == row["Because"]


def test_an_exception_that_is_gone_is_said_to_be(bare):
    """Its alerts stay excepted."""
    bare.kv.batch_save(APP, "nobody", LEDGER, [
        {"_key": "1" * 32, "alert_id": "1" * 32, "entity": "user:a", "triggered_at": 1, "variation": "base", "exception": "k"}
    ])  # fmt: skip
    assert "the exception is no longer kept (nobody known), until -" == one(bare, "ds_excepted")["Because"]


def test_drifted_alerts_say_what_drifted(excepted):
    """The kind, and the figures of the sentence."""
    found = {row["_alert_id"]: row for row in rows(excepted, "ds_drifted")}
    assert {ALERTS[pattern]["alert_id"] for pattern in DRIFTED} == set(found)
    said = {pattern: found[ALERTS[pattern]["alert_id"]]["What drifted"] for pattern in DRIFTED}
    assert {"archive": "volume: 2000 messages are 10 times the usual 150 or more",
            "privileged": "variation: privileged_first_time is no variation of it"} == said  # fmt: skip


def test_clicks_lead_to_the_alert():
    """From both tables, and from nowhere else."""
    handlers = {name: one.get("eventHandlers", []) for name, one in VIEW.definition["visualizations"].items()}
    leading = {name for name, found in handlers.items() if any("investigate?form.alert_id=$row._alert_id.value|u$"
               in handler["options"].get("url", "") for handler in found)}  # fmt: skip
    assert {"viz_excepted", "viz_drifted"} == leading
