"""Triage and exceptions from the investigate view: what a click chooses, what is then run, and who may."""

import sys

import pytest

from sandbox import serve
from sandbox.splunkd import Splunkd
from teams_export_guard.triage import STATUSES
from tests.app.confs import lookup
from tests.app.investigate_panels import ANALYST, CHOSEN, EXCEPTED, NOW, TYPED, VIEW, WRITING, of, one, rows
from tests.app.views import APP


def test_the_statuses_are_those_of_the_command():
    """In their order; what is open is what nobody has closed."""
    given = lookup("teams_export_statuses.csv")
    assert list(STATUSES) == [row["status"] for row in given]
    assert {"new", "in_progress"} == {row["status"] for row in given if row["open"] == "1"}


def test_verdicts_carry_what_would_be_saved(filled):
    """A row for each status, with the alert, the status that the analyst sees now, owner and comment as typed."""
    typed = {"triage_owner": "ann", "triage_comment": 'said "so" \\ twice'}
    found = rows(filled, "ds_verdicts", of("base"), **typed)
    assert list(STATUSES) == [row["_status"] for row in found]
    for row in found:
        assert (of("base"), "new", "ann", typed["triage_comment"]) == tuple(
            row[name] for name in ("_alert_id", "_from", "_owner", "_comment")
        )


def test_a_verdict_without_a_comment_says_when_it_needs_one(filled):
    """Only closing an alert does."""
    said = {row["Set to"]: row["Comment"] for row in rows(filled, "ds_verdicts", of("base"))}
    assert {"Benign", "Malicious"} == {status for status, comment in said.items() if comment.startswith("needed")}


@pytest.mark.parametrize("source", WRITING)
def test_no_link_can_set_what_saving_reads(source):
    """A search that writes reads tokens of a namespace of its own only: addresses set the default one."""
    command, chosen = WRITING[source]
    query = VIEW.data_sources[source]["options"]["query"]
    assert command in query and {name + "|s" for name in chosen} == set(query.split("$")[1::2])
    others = [one["options"]["query"] for name, one in VIEW.data_sources.items() if name not in WRITING]
    assert not any(command in query or "outputlookup" in query for query in others)


def test_only_clicks_set_the_tokens_of_saving():
    """One handler for each namespace, and no input."""
    setters = [
        handler["options"] for one in VIEW.definition["visualizations"].values() for handler in one.get("eventHandlers", ())
        if handler["type"] == "drilldown.setToken"
    ]  # fmt: skip
    assert ["except", "triage"] == sorted(options["tokenNamespace"] for options in setters)
    assert not {one["options"]["token"] for one in VIEW.definition["inputs"].values()} & {*CHOSEN, *EXCEPTED}


@pytest.mark.parametrize("reason", ["archive", 'x" days="365', "| delete"])
def test_an_exception_from_the_panel(package, tmp_path, reason):
    """For what the alert is about, with what was typed as its reason; an analyst may not."""
    with Splunkd(tmp_path / "own", sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        serve.load_sample(splunkd)
        serve.fill(splunkd)
        chosen = {"except:alert_id": of("chats"), "except:reason": reason}
        refused = VIEW.run(splunkd, "ds_except_save", owner=ANALYST, alert_id=of("chats"), **TYPED, **chosen)
        assert refused.error and "teamsexportexception" in refused.error
        (row,) = VIEW.run(splunkd, "ds_except_save", owner="teams_export_admin", alert_id=of("chats"), **TYPED, **chosen).rows
        assert row["Result"].startswith("Saved") and reason == row["Reason"]


def test_triage_from_the_panel(package, tmp_path):
    """As an analyst: the row of a verdict saves it, then status and history say it; the same again changes nothing,
    and from a status that is no more it is refused."""
    with Splunkd(tmp_path / "own", sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        job = splunkd.search(
            '| makeresults | eval alert_id="%s", tenant="t", entity="user:a@b", triggered_at=1 | outputlookup append=true '
            "key_field=alert_id teams_export_alerts" % of("base"), app=APP
        )  # fmt: skip
        assert job.error is None
        typed = {"triage_owner": "", "triage_comment": 'a "backup" | delete \\'}
        (benign,) = [r for r in rows(splunkd, "ds_verdicts", of("base"), **typed) if r["_status"] == "benign"]
        chosen = {"triage:" + name: benign.get("_" + name) or "" for name in ("alert_id", "status", "from", "owner", "comment")}
        assert "Saved: new to benign" == rows(splunkd, "ds_save", of("base"), **chosen)[0]["Result"]
        now = one(splunkd, "ds_triage", of("base"))
        assert ("Benign", ANALYST, typed["triage_comment"]) == (now["Status"], now["Owner"], now["Comment"])
        (said,) = rows(splunkd, "ds_triage_history", of("base"))
        assert ("New", "Benign", ANALYST, typed["triage_comment"]) == (said["From"], said["To"], said["Who"], said["Comment"])
        again = {**chosen, "triage:from": "benign"}
        assert "Nothing to change" in rows(splunkd, "ds_save", of("base"), **again)[0]["Result"]
        late = VIEW.run(splunkd, "ds_save", owner=ANALYST, alert_id=of("base"), **TYPED, **{**chosen, "triage:status": "malicious"})
        assert "is not new any more" in late.error
