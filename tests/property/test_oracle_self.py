"""The model's triggers and variations, on examples counted by hand (see `oracle.scene` for the options in force)."""

from __future__ import annotations

import pytest

from oracle.scene import ADMIN, DAY2, ONE, PRIVATE, TWO, ev, minutes, quiet, run, shown
from oracle.synthetic import ACTORS, DAY, EPOCH


@pytest.mark.parametrize(
    "events, expected",
    [
        ([ev(0, 3)], [("new", 0)]),
        ([ev(0, 2)], []),
        ([ev(0, 2), ev(4, 1)], [("new", 4)]),  # (-1, 4] holds both
        ([ev(0, 2), ev(5, 1)], []),  # (0, 5] does not hold minute 0
        ([ev(0, 1), ev(1, 0), ev(4, 0, id="x")], [("new", 4)]),  # 3 messages and 3 records
        ([ev(0, 2), ev(1, 3, actor=ACTORS[1])], [("new", 1)]),  # another entity
        ([ev(0, 2), ev(1, 2, tenant="t2")], []),  # another tenant
        ([quiet(0), quiet(1), quiet(2)], []),
    ],
)
def test_thresholds(events, expected):
    """A minute is a trigger when (t - 5, t] holds 3 messages or 3 records, of one tenant and entity."""
    assert expected == minutes(run(*events))


def test_records_alone_are_enough():
    """3 records of 1 message each in 5 minutes, where 100 messages are asked; 2 are not enough."""
    assert [("new", 4)] == minutes(run(ev(0, 0), ev(2, 0), ev(4, 0), options={"message_threshold": 100}))
    assert [] == minutes(run(ev(0, 0), ev(4, 0), options={"message_threshold": 100}))


def test_evidence_is_the_window_not_the_span():
    """Trigger 4 begins at 1, its window is [1, 6): minute 5 is evidence after it (1 + 3 + 1 = 5), minute 6 is not.

    Minute 5 is a trigger too and begins at 1 as well; minute 6 ((1, 6] holds 3 + 1 + 0) begins at 4 and ends at 9.
    """
    options = {"message_threshold": 4, "record_threshold": 9}
    assert [("new", 5, 3, EPOCH + 360)] == shown(
        run(ev(1, 1), ev(4, 3), ev(5, 1), options=options), "message_count", "record_count", "window_end"
    )
    assert [("new", 4, 2, EPOCH + 360)] == shown(
        run(ev(1, 1), ev(4, 3), options=options), "message_count", "record_count", "window_end"
    )
    joined = run(ev(1, 1), ev(4, 3), ev(5, 1), ev(6, 0, chats=("c3",)), options=options)
    assert [("new", 6, 4, EPOCH + 540)] == shown(joined, "message_count", "record_count", "window_end")


def test_a_span_before_earliest_is_not_taken():
    """The span of t = 10 begins at minute 6: earliest 6:00 takes it, one second later does not; 0 is no bound."""
    for second, expected in ((6 * 60, 1), (6 * 60 + 1, 0)):
        assert expected == len(run(ev(10), earliest=EPOCH + second).rows)
    assert 1 == len(run(ev(0), earliest=0).rows)


def test_a_trigger_too_old_is_not_taken_except_in_backtest():
    """97 - 2 - 1 = 94 days before now is taken, a second more is not, and in backtest it is."""
    edge = EPOCH + 94 * DAY
    assert [1, 0] == [len(run(ev(0), now=now).rows) for now in (edge, edge + 1)]
    assert 1 == len(run(ev(0), now=edge + 1, mode="backtest").rows)


@pytest.mark.parametrize(
    "chats, variation, risk, severity",
    [
        (("c1", "c2"), "multiple_chats", 25, "low"),
        (("c1",), "base", 10, "informational"),
        (("",), "base", 10, "informational"),
    ],
)
def test_multiple_chats(chats, variation, risk, severity):
    """Two chats are enough, one is not, a nameless one is none. 10 + 15 = 25."""
    assert [("new", variation, risk, severity)] == shown(run(ev(0, chats=chats)), "variation", "risk_score", "severity")


@pytest.mark.parametrize(
    "before, ip, expected",
    [
        ([quiet(DAY2 - 1440, ONE)], TWO, [200]),  # known from 100, now from 200
        ([quiet(DAY2 - 1440, TWO)], TWO, []),  # seen the day before
        ([], TWO, []),  # no history: not "first seen"
        ([quiet(DAY2 - 1440, ONE)], PRIVATE, []),  # unknown is never first seen
        ([quiet(DAY2 - 1440, ONE), quiet(DAY2 + 540, TWO)], TWO, [200]),  # 09:00 is not before 10:00 - 1 h
        ([quiet(DAY2 - 1440, ONE), quiet(DAY2 + 539, TWO)], TWO, []),  # 08:59 is
        (
            [quiet(DAY2 - 1440, ONE), quiet(DAY2 - 2880, TWO)],
            TWO,
            [],
        ),  # the first minute of the horizon, 00:00 two days before
        ([quiet(DAY2 - 1440, ONE), quiet(DAY2 - 2881, TWO)], TWO, [200]),  # a minute before the horizon
        ([quiet(DAY2 - 1440, ONE, actor=ACTORS[1])], TWO, []),  # history of somebody else
    ],
)
def test_first_seen_asn(before, ip, expected):
    """At 10:00 of the third day the horizon is [first day 00:00, 09:00 today)."""
    result = run(*before, ev(DAY2 + 600, ip=ip))
    variation = "first_seen_asn" if expected else "base"
    assert [("new", variation, expected, 35 if expected else 10)] == shown(
        result, "variation", "first_seen_asn", "risk_score"
    )


def test_history_days_are_counted_in_the_horizon():
    """Activity on two days where two are asked; today's at 08:00 counts as one of them, at 09:00 not."""
    for minute, expected in ((480, "first_seen_asn"), (540, "base")):
        result = run(quiet(DAY2 - 1440, ONE), quiet(DAY2 + minute), ev(DAY2 + 600, ip=TWO), options={"history_days": 2})
        assert [("new", expected)] == shown(result, "variation")


@pytest.mark.parametrize(
    "change, before, status, variation",
    [
        ({}, [], "true", "privileged_first_time"),
        ({}, [ev(DAY2 - 1440, 1)], "true", "base"),  # exported the day before
        ({}, [ev(DAY2 + 540, 1)], "true", "privileged_first_time"),  # within settling
        ({}, [quiet(DAY2 - 1440)], "true", "privileged_first_time"),
        ({"assignment": "eligible", "tenant": "*"}, [], "true", "privileged_first_time"),
        ({"assignment": "removed"}, [], "false", "base"),
        ({"tenant": "t2"}, [], "unknown", "base"),
        ({"expires": EPOCH + DAY2 * 60 + 36000}, [], "false", "base"),  # expires at window_start
        ({"expires": EPOCH + DAY2 * 60 + 36001}, [], "true", "privileged_first_time"),
        ({"role": "reports reader"}, [], "false", "base"),
        ({"role": "Unheard Of", "role_template_id": "R-TEAMS"}, [], "true", "privileged_first_time"),
        ({"role_template_id": "r-read"}, [], "false", "base"),  # the id decides before the name
        ({"user": "", "object_id": "K-Ann"}, [], "true", "privileged_first_time"),
        ({"user": "bob@t"}, [], "false", "base"),
        ({"user": "bob@t", "as_of": EPOCH + DAY2 * 60 + 36000 - 7 * DAY}, [], "false", "base"),
        ({"user": "bob@t", "as_of": EPOCH + DAY2 * 60 + 36000 - 7 * DAY - 1}, [], "unknown", "base"),
    ],
)
def test_privileged_first_time(change, before, status, variation):
    """At 10:00 of the third day: a valid privileged role and no export in [first day 00:00, 09:00 today)."""
    result = run(*before, ev(DAY2 + 600), privileged=[dict(ADMIN, **change)])
    assert [("new", status, variation)] == shown(result, "privileged", "variation")


def test_an_application_is_privileged_by_its_app_id():
    """A role of App-1 makes the application privileged, but not a user who works through it."""
    role = [dict(ADMIN, user="", app_id="app-1")]
    assert [("new", "true")] == shown(run(ev(0, actor=ACTORS[2]), privileged=role), "privileged")
    assert [("new", "false")] == shown(run(ev(0, actor=("ann@t", "", 0, "App-1")), privileged=role), "privileged")


def test_all_variations_at_once():
    """10 + 30 + 25 + 15 = 80; the first by precedence names the alert."""
    result = run(quiet(DAY2 - 1440, ONE), ev(DAY2 + 600, ip=TWO, chats=("c1", "c2")), privileged=[ADMIN])
    expected = ["privileged_first_time", "first_seen_asn", "multiple_chats", "base"]
    assert [("new", "privileged_first_time", expected, 80)] == shown(
        result, "variation", "matched_variations", "risk_score"
    )
    assert result.rows[0]["alert_name"].endswith("by a privileged user for the first time")
