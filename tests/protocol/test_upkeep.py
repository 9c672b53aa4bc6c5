"""Facts about the commands of triage and retention, as the built package runs them: rights, crashes, consequences."""

from __future__ import annotations

import pytest

from sandbox.hooks import KillAtRequest
from sandbox.invocation import Delivery
from sandbox.rest.faults import Answer
from tests.protocol.records import ABROAD, DAY, HOUR, burst, history
from tests.protocol.site import ALERTS, NOW, good, states, the_error

TRIAGE, HISTORY = "teams_export_triage", "teams_export_triage_history"
ANALYST = "teams_export_analyst"


@pytest.fixture
def alerted(site):
    """A site with one alert of ann, from a network that was new for her; its id is `alert_id`."""
    site.commit(history(days=20), "mode=learn")
    site.commit(burst(start=NOW - 30 * HOUR, ClientIP=ABROAD))
    (site.alert_id,) = site.documents(ALERTS)
    return site


def triage(site, *arguments, user=ANALYST, **more):
    return site.search("teamsexporttriage", arguments, user=user, **more)


def close(site, status="benign", comment="backup", **more):
    return triage(site, "alert_id=" + site.alert_id, "status=" + status, "comment=" + comment, **more)


def written(site):
    return {name: list(site.documents(name).values()) for name in (TRIAGE, HISTORY)}


def test_an_analyst_closes_an_alert(alerted):
    """One row says what holds; the word and the entry of the history are stored with who and when."""
    (row,) = good(close(alerted)).rows
    assert ("new", "benign", "backup", ANALYST, "true") == tuple(
        row[name] for name in ("from_status", "status", "comment", "updated_by", "changed")
    )
    (word,), (entry,) = written(alerted).values()
    assert (alerted.alert_id, "benign", ANALYST) == (word["_key"], word["status"], word["updated_by"])
    assert ("new", "benign", ANALYST) == tuple(entry[name] for name in ("from_status", "to_status", "changed_by"))


def test_the_same_call_again_writes_nothing(alerted):
    """As a page does that is loaded again."""
    close(alerted)
    before = written(alerted)
    alerted.rest.traffic.clear()
    (row,) = good(close(alerted)).rows
    assert ("false", before, []) == (row["changed"], written(alerted), alerted.writes())


@pytest.mark.parametrize("comment", ['said "no" | delete', "back\\slash", "Grüße 😀", "{braces} %s", "a=b from=new"])
def test_a_comment_is_data(alerted, comment):
    """Whatever it looks like."""
    good(close(alerted, comment=comment))
    assert comment == written(alerted)[TRIAGE][0]["comment"]


@pytest.mark.parametrize("user", ["user", "power"])
def test_others_may_not(alerted, user):
    """The sentence names the roles that may; nothing is written."""
    error = the_error(close(alerted, user=user))
    assert "403" in error and "teams_export_analyst" in error
    assert {TRIAGE: [], HISTORY: []} == written(alerted)


@pytest.mark.parametrize("user", ["admin", "teams_export_admin"])
def test_admins_may(alerted, user):
    """An admin, and the app's own."""
    good(close(alerted, user=user))
    assert user == written(alerted)[HISTORY][0]["changed_by"]


@pytest.mark.parametrize("arguments, words", [
    (["alert_id=" + "0" * 32, "status=benign", "comment=x"], ["There is no alert 000"]),
    (["alert_id=%s", "status=closed"], ["status=closed", "new, in_progress, benign, malicious"]),
    (["alert_id=%s", "status=benign", "comment=x", "from=malicious"], ["is not malicious any more"]),
])  # fmt: skip
def test_refusals(alerted, arguments, words):
    """An unknown alert, an unknown status, a status that is another meanwhile: said, and nothing is written."""
    error = the_error(triage(alerted, *[text.replace("%s", alerted.alert_id) for text in arguments]))
    assert [] == [word for word in words if word not in error]
    assert {TRIAGE: [], HISTORY: []} == written(alerted)


def test_several_starts_for_one_search_write_once(alerted):
    """Splunk starts a command more often than once, all but one time for getinfo only."""
    close(alerted, delivery=Delivery(probes=3))
    assert 1 == len(written(alerted)[HISTORY])


def test_a_crash_between_the_two_writes_is_repaired_by_the_same_call(alerted):
    """The entry is there before the word; the second call finds it and writes the word."""
    alerted.rest.faults.add(
        Answer(403, "no"), times=None, when=lambda request: TRIAGE + "/batch_save" in request.path
    )
    assert "403" in the_error(close(alerted))
    assert (0, 1) == tuple(map(len, written(alerted).values()))
    alerted.rest.faults.clear()
    good(close(alerted))
    assert (1, 1) == tuple(map(len, written(alerted).values()))


def test_killed_at_every_request_and_run_again(alerted):
    """Wherever the process was killed, the same call then leaves one entry and the word that it says."""
    finished = 0
    for number in range(1, 9):
        for name in (TRIAGE, HISTORY):
            alerted.kv.delete_query("teams_export_guard", "nobody", name)
        killed = close(alerted, on_step=KillAtRequest(alerted.rest.faults, number))
        alerted.rest.faults.clear()
        alerted.rest.traffic.settle()
        finished += killed.error is None
        assert len(written(alerted)[TRIAGE]) <= len(written(alerted)[HISTORY]), number
        good(close(alerted))
        assert [("new", "benign")] == [(one["from_status"], one["to_status"]) for one in written(alerted)[HISTORY]]
        assert ["benign"] == [one["status"] for one in written(alerted)[TRIAGE]]
    assert 0 < finished < 8


def test_a_lone_surrogate_is_kept_as_the_sign_for_it(alerted):
    """JSON can spell half a character; what is stored and shown is U+FFFD, and nothing fails."""
    (row,) = good(close(alerted, comment="a\ud83db")).rows
    assert ["a\ufffdb"] * 2 == [row["comment"], written(alerted)[HISTORY][0]["comment"]]


def test_a_second_export_while_the_alert_is_open_is_suppressed(alerted):
    """Within deduplication the same finding is not raised again: it is counted on the alert that said it."""
    judged = good(alerted.search("teamsexport", [], burst(start=NOW - 8 * HOUR, ClientIP=ABROAD))).rows
    assert [("suppressed", "first_seen_asn", "1")] == [
        (row["alert_state"], row["variation"], row["suppressed_count"]) for row in judged
    ]


def test_benign_lets_the_network_be_learned(alerted):
    """While the alert is open its network stays new; once it is benign, the sighting of then counts."""
    later = burst(start=NOW - 2 * HOUR, ClientIP=ABROAD)
    judged = good(alerted.search("teamsexport", ["dedup=0"], later)).rows
    assert ["first_seen_asn"] == [row["variation"] for row in judged]
    good(close(alerted, status="malicious", comment="stolen token"))
    assert ["first_seen_asn"] == [row["variation"] for row in good(alerted.search("teamsexport", ["dedup=0"], later)).rows]
    good(close(alerted))
    assert ["base"] == [row["variation"] for row in good(alerted.search("teamsexport", ["dedup=0"], later)).rows]


def test_retention_deletes_what_is_old_and_nothing_else(alerted):
    """What it deletes it counts; the alert of yesterday stays, and so does its triage."""
    close(alerted)
    old = dict(alerted.documents(ALERTS)[alerted.alert_id], _key="1" * 32, alert_id="1" * 32, triggered_at=NOW - 500 * DAY)
    alerted.put(ALERTS, old)
    (row,) = good(alerted.search("teamsexportretention", ["keep=400d"])).rows
    assert ("400", "1", "1", "0") == tuple(row[name] for name in "keep_days alerts unclosed_alerts triage".split())
    assert [alerted.alert_id] == list(alerted.documents(ALERTS))
    assert [1, 1] == [len(documents) for documents in written(alerted).values()]


@pytest.mark.parametrize("user, allowed", [("teams_export_admin", True), (ANALYST, False), ("user", False)])
def test_who_may_delete(alerted, user, allowed):
    """The app's own admin; an analyst and others are refused, and nothing goes."""
    alerted.put(ALERTS, dict(alerted.documents(ALERTS)[alerted.alert_id], _key="1" * 32, triggered_at=1))
    outcome = alerted.search("teamsexportretention", ["keep=400d"], user=user)
    assert allowed == (outcome.error is None)
    assert (1 if allowed else 2) == len(alerted.documents(ALERTS))


def test_deleting_changes_no_verdict(alerted):
    """After the least keep that is allowed, the same rows are judged as before."""
    rows = burst(start=NOW - 30 * HOUR, ClientIP=ABROAD) + burst("bob@contoso.example")
    before = states(alerted.judge(rows))
    good(alerted.search("teamsexportretention", ["keep=112d"]))
    assert before == states(alerted.judge(rows))
