"""Facts about what each mode reads, writes and gives, by the log of requests and by the documents."""

from __future__ import annotations

import time

import pytest

from sandbox.chunked import decode_body, encode_body, encode_frame
from sandbox.hooks import cancel_at
from tests.protocol.records import DAY, HOUR, OFF, TENANT, aggregated, burst, history, raw, record
from tests.protocol.site import ALERTS, BASELINE, LEASE, NETWORKS, NOW, PRIVILEGED, QUICK, good, states

ADMINISTRATOR = {
    "_key": "1",
    "tenant": TENANT,
    "user": "ann@contoso.example",
    "role": "Global Administrator",
    "assignment": "active",
    "as_of": NOW - DAY,
    "expires": 0,
}


@pytest.mark.parametrize("args", [[OFF], ["mode=learn"], ["mode=backtest", OFF]], ids=("detect", "learn", "backtest"))
def test_teamsexport_writes_nothing(site, args):
    """The reading command changes no document and takes no lease, in any mode."""
    good(site.search("teamsexport", args, burst()))
    assert [] == site.writes()
    assert {"ledger": {}, "baseline": {}} == site.kept()


def test_a_preview_writes_nothing(site):
    """A committing command in a preview shows what it finds and writes nothing."""
    outcome = good(site.search("teamsexportcommit", [OFF], burst(), preview=True))
    assert [("new", "user:ann@contoso.example")] == states(outcome)
    assert [] == site.writes()


@pytest.mark.parametrize("step", ("chunk", "reply"))
def test_a_cancelled_search_writes_nothing(site, step):
    """The end of input without a final chunk is no error, and nothing was written by then."""
    delivery = QUICK.__class__(probes=0, chunk_rows=10)
    outcome = site.search("teamsexportcommit", [OFF], burst(), delivery=delivery, on_step=cancel_at(step, 2))
    assert outcome.cancelled and outcome.error is None
    assert 0 == outcome.returncode
    assert [] == site.requests()


def test_learn_gives_one_row(site):
    """mode=learn says what it took and what it wrote; records, duplicates and rejected are the rows taken."""
    rows = history(days=3) + history(days=1) + [raw("no json")]
    outcome = site.commit(rows, "mode=learn")
    assert "mode committed records duplicates rejected entities days baseline_rows".split() == outcome.fields
    expected = {
        "mode": "learn",
        "committed": "true",
        "records": "3",
        "duplicates": "1",
        "rejected": "1",
        "entities": "1",
        "days": "3",
        "baseline_rows": "4",
    }
    assert [expected] == outcome.rows
    assert 4 == len(site.documents(BASELINE))
    assert {} == site.documents(ALERTS)


def test_learn_without_commit_says_so(site):
    """The reading command says how many documents it would write."""
    (row,) = site.judge(history(days=3), "mode=learn").rows
    assert ("false", "4") == (row["committed"], row["baseline_rows"])


def test_backtest_reads_only_who_is_privileged(site):
    """A backtest asks for nothing else but which network table is in effect, and forgets what was learned."""
    site.put(PRIVILEGED, ADMINISTRATOR)
    site.commit(burst(start=NOW - 5 * DAY), OFF)
    site.rest.traffic.clear()
    (row,) = site.judge(burst(), OFF, "mode=backtest").rows
    assert {NETWORKS[:2], ("GET", PRIVILEGED)} == {one[:2] for one in site.requests()}
    assert "privileged_first_time" == row["variation"]
    (row,) = site.judge(burst(), OFF).rows
    assert "privileged_first_time" != row["variation"]


def test_backtest_without_triggers_reads_nothing(site):
    """What no trigger needs is not read; networks are learned from every record."""
    site.judge(history(), OFF, "mode=backtest")
    assert [NETWORKS] == site.requests()


def test_explain_says_why_not(site):
    """explain=true adds a row with a reason for each entity without a trigger, and commits none of them."""
    outcome = site.commit(burst() + [raw(record("b", NOW - HOUR, "bob@x"))], OFF, "explain=true")
    assert [("new", "user:ann@contoso.example"), ("none", "user:bob@x")] == states(outcome)
    (row,) = [row for row in outcome.rows if row["alert_state"] == "none"]
    assert "At most 5 messages in 1 record" in row["reason"]
    assert 1 == len(site.documents(ALERTS))


def test_without_two_weeks_of_history_nothing_is_committed_as_an_alert(site):
    """While the tenant is learning, a burst is shown as such, and only the baseline is written."""
    assert [("learning", "user:ann@contoso.example")] == states(site.commit(burst()))
    assert {} == site.documents(ALERTS)
    assert site.documents(BASELINE)


def test_two_weeks_of_history_switch_alerts_on(site):
    """What was learned by one run activates the next."""
    site.commit(history(days=20), "mode=learn")
    assert [("new", "user:ann@contoso.example")] == states(site.commit(burst()))


# --- the search's time range -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("earliest", ["", "0", "0.000", "%d.000" % (NOW - 4 * HOUR), str(NOW - 4 * HOUR)])
def test_earliest_times_that_bound_nothing_here(site, earliest):
    """An empty, zero, whole or fractional earliest time before the burst lets it be judged."""
    assert [("new", "user:ann@contoso.example")] == states(site.judge(burst(), OFF, earliest_time=earliest))


def test_an_earliest_time_inside_the_first_window_takes_nothing(site):
    """A trigger whose hour reaches before the search's earliest time is not taken."""
    assert [] == site.judge(burst(), OFF, earliest_time="%d.500" % (NOW - 2 * HOUR)).rows


@pytest.mark.parametrize("latest", ["", "0", "0.000"])
def test_without_a_latest_time_the_clock_is_now(site, latest):
    """Records of an hour ago are judged, those of two days ahead rejected."""
    started = int(time.time())
    rows = burst(start=started - HOUR) + burst("bob@x", started + 2 * DAY)
    outcome = site.judge(rows, OFF, latest_time=latest)
    assert [("new", "user:ann@contoso.example")] == states(outcome)
    assert any(
        "40 rows rejected: the time is more than a day later than now" in text for _, text in outcome.notes.messages
    )


def test_a_fractional_latest_time_is_now(site):
    """More than a day after the search's latest time is rejected, whatever the clock says."""
    rows = [aggregated(NOW + DAY - 60), aggregated(NOW + DAY + 120, "bob@x")]
    assert [("new", "user:ann@contoso.example")] == states(site.judge(rows, OFF, latest_time="%d.999" % NOW))


def test_times_may_be_missing_altogether(site):
    """searchinfo without earliest and latest time is a search without bounds."""
    started = int(time.time())
    getinfo = site.info("teamsexport").getinfo("teamsexport", [OFF], False, "")
    for name in ("earliest_time", "latest_time"):
        del getinfo["searchinfo"][name]
    rows = burst(start=started - HOUR)
    body = encode_body(list(rows[0]), rows)
    replies, code = site.converse(
        "teamsexport", encode_frame(getinfo) + encode_frame({"action": "execute", "finished": True}, body)
    )
    assert 0 == code
    assert ["new"] == [row["alert_state"] for row in decode_body(replies[-1].body).rows]


def test_the_lease_is_given_back(site):
    """After a committing run, no lease is left."""
    site.commit(burst(), OFF)
    assert {} == site.documents(LEASE)
