"""Facts about exceptions, as the built package runs them: who gives one, what becomes of alerts, crashes."""

from __future__ import annotations

import json

import pytest

from sandbox.hooks import KillAtRequest
from tests.protocol.records import ABROAD, DAY, HOUR, burst, history
from tests.protocol.site import ALERTS, APP, NOW, good, said, the_error

EXCEPTIONS = "teams_export_exceptions"
START = NOW - 30 * HOUR


@pytest.fixture
def learned(site):
    site.commit(history(days=20), "mode=learn")
    return site


@pytest.fixture
def alerted(learned):
    """A site with one alert of ann, from a network that was new for her; its id is `alert_id`."""
    learned.commit(burst(start=START, ClientIP=ABROAD))
    (learned.alert_id,) = learned.documents(ALERTS)
    return learned


def give(site, *arguments, user="teams_export_admin", **more):
    return site.search("teamsexportexception", arguments, user=user, **more)


def exception(site, alert_id, **changes):
    """The exception that an admin gives for an alert, as a document, with changes; it began long before."""
    good(give(site, "alert_id=" + alert_id, "reason=archive"))
    (document,) = site.documents(EXCEPTIONS).values()
    site.kv.delete_query(APP, "nobody", EXCEPTIONS)
    return {**document, "start": NOW - 60 * DAY, **changes}


def keep(site, *documents):
    site.kv.batch_save(APP, "nobody", EXCEPTIONS, list(documents))


def forget(site):
    site.kv.delete_query(APP, "nobody", ALERTS)


def test_an_admin_gives_one_for_an_alert(alerted):
    """All of its scope comes from the alert; the row says what holds."""
    (row,) = good(give(alerted, "alert_id=" + alerted.alert_id, "reason=archive, change 4711")).rows
    (document,) = alerted.documents(EXCEPTIONS).values()
    (alert,) = alerted.documents(ALERTS).values()
    assert (row["exception"], "true") == (document["_key"], row["changed"])
    assert (alert["entity"], ",".join(json.loads(alert["asn"])), alert["message_count"], "archive, change 4711") == tuple(
        document[name] for name in ("entity", "asn", "usual_messages", "reason")
    )
    assert (NOW, NOW + 90 * DAY, "teams_export_admin") == tuple(document[name] for name in ("start", "expires", "created_by"))


def test_the_same_call_again_writes_nothing(alerted):
    """As a page does that is loaded again."""
    give(alerted, "alert_id=" + alerted.alert_id, "reason=archive")
    alerted.rest.traffic.clear()
    (row,) = good(give(alerted, "alert_id=" + alerted.alert_id, "reason=archive")).rows
    assert ("false", []) == (row["changed"], alerted.writes())


def test_a_preview_writes_nothing(alerted):
    """Nor says that it did."""
    assert [] == good(give(alerted, "alert_id=" + alerted.alert_id, "reason=archive", preview=True)).rows
    assert {} == alerted.documents(EXCEPTIONS)


@pytest.mark.parametrize("reason", ['said "no" | delete', "back\\slash", "Grüße 😀", "{braces} %s", "a=b days=300"])
def test_a_reason_is_data(alerted, reason):
    """Whatever it looks like."""
    good(give(alerted, "alert_id=" + alerted.alert_id, "reason=" + reason))
    (document,) = alerted.documents(EXCEPTIONS).values()
    assert (reason, 90 * DAY) == (document["reason"], document["expires"] - document["start"])


@pytest.mark.parametrize("arguments, sentence", [
    (("reason=x",), "scoped by nothing alone"), (("alert_id=" + "0" * 32, "reason=x"), "There is no alert 0000"),
    (("end=" + "0" * 32, "reason=x"), "There is no exception 0000"), (("entity=user:a", "asn=x"), "reason=: allowed"),
])  # fmt: skip
def test_what_cannot_be_given_is_refused(alerted, arguments, sentence):
    """In one sentence, and nothing is written."""
    assert sentence in the_error(give(alerted, *arguments))
    assert {} == alerted.documents(EXCEPTIONS)


def test_an_excepted_alert_is_kept_and_marked(alerted):
    """It is raised as before, with the exception's key and a sentence that says so; drift takes that away again."""
    document = exception(alerted, alerted.alert_id)
    forget(alerted)
    keep(alerted, document)
    (row,) = good(alerted.commit(burst(start=START, ClientIP=ABROAD))).rows
    assert ("new", document["_key"], []) == (row["alert_state"], row["exception"], row["drift"] or [])
    assert "exception %s of teams_export_admin (archive) covers it until" % document["_key"] in row["reason"]
    (again,) = good(alerted.commit(burst(start=START, ClientIP=ABROAD) + burst(start=START + 60, ClientIP="8.8.4.4"))).rows
    assert ("escalated", "", "network") == (again["alert_state"], again["exception"] or "", again["drift"])


def test_an_exception_that_is_not_valid_covers_nothing(alerted):
    """It is reported with what is wrong, and the alert notifies."""
    document = exception(alerted, alerted.alert_id, entity="", _key="bad")
    forget(alerted)
    keep(alerted, document)
    outcome = good(alerted.commit(burst(start=START, ClientIP=ABROAD)))
    assert [True] == [not row["exception"] for row in outcome.rows]
    assert any("teams_export_exceptions" in text and "at least two" in text for text in said(outcome, "WARN"))


def test_ending_one_needs_its_key_and_a_reason(alerted):
    """Who ended it stays on it; it does not come back by being ended again."""
    (row,) = good(give(alerted, "alert_id=" + alerted.alert_id, "reason=archive")).rows
    (ended,) = good(give(alerted, "end=" + row["exception"], "reason=moved")).rows
    assert ("true", "moved", "teams_export_admin") == (ended["changed"], ended["end_reason"], ended["ended_by"])
    assert ["false"] == [one["changed"] for one in good(give(alerted, "end=" + row["exception"], "reason=again")).rows]


def test_killed_at_every_request_and_given_again(alerted):
    """Wherever it stopped, the same call afterwards leaves exactly one exception."""
    finished = 0
    for number in range(1, 7):
        alerted.kv.delete_query(APP, "nobody", EXCEPTIONS)
        killed = give(alerted, "alert_id=" + alerted.alert_id, "reason=archive",
                      on_step=KillAtRequest(alerted.rest.faults, number))  # fmt: skip
        alerted.rest.faults.clear()
        alerted.rest.traffic.settle()
        finished += killed.error is None
        good(give(alerted, "alert_id=" + alerted.alert_id, "reason=archive"))
        assert 1 == len(alerted.documents(EXCEPTIONS))
    assert 0 < finished < 6
