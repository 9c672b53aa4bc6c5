"""Facts about `sandbox.splunkd` and what it composes: installing, searching, dispatching, scheduling."""
from __future__ import annotations

import io
import json
import sys
import tarfile

import pytest
import requests

from sandbox.alerting import SavedSearchError
from sandbox.hooks import KillAtRequest, kill_at
from sandbox.installed import PackageError, unpack
from sandbox.invocation import Delivery
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd
from tests.sandbox.apps.installing import package

NOON = 1790856000  # 2026-10-01T12:00:00Z


@pytest.fixture
def splunkd(tmp_path):
    """A stand-in at noon with the fixture app `stocked` and three events of the last hour, one of them late."""
    home = tmp_path / "splunk"
    with Splunkd(home, sys.executable, Clock(NOON), delivery=Delivery(probes=0, timeout=60)) as splunkd:
        splunkd.install(package(tmp_path, "stocked"))
        add(splunkd, NOON - 3000, "red", 3)
        add(splunkd, NOON - 2000, "blue", 5)
        add(splunkd, NOON - 1000, "green", 7, arrives=NOON + 60)
        yield splunkd


def add(splunkd, time, colour, pieces, arrives=None):
    splunkd.events.add(json.dumps({"colour": colour, "pieces": pieces}), time, arrives, index="shop", sourcetype="j")


def notes(splunkd):
    """What the command `writes` noted, one line for each process."""
    lines = (splunkd.home / "notes.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith(("session", "preview"))]


def stock(splunkd):
    return sorted((each["colour"], each["pieces"]) for each in splunkd.kv.find("stocked", "nobody", "stock"))


# --- installing ------------------------------------------------------------------------------------------------------


def archive(path, names, kind=tarfile.REGTYPE):
    with tarfile.open(str(path), "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, 2 if kind == tarfile.REGTYPE else 0, "/etc/passwd"
            tar.addfile(member, io.BytesIO(b"x\n"))
    return path


@pytest.mark.parametrize(
    "names, kind, word",
    [
        (["a/x", "b/y"], tarfile.REGTYPE, "one top folder but has: a, b"),
        (["a/../../x"], tarfile.REGTYPE, "no plain file"),
        (["/a/x"], tarfile.REGTYPE, "no plain file"),
        (["a/x"], tarfile.SYMTYPE, "no plain file"),
        ([], tarfile.REGTYPE, "has: none"),
    ],
)
def test_odd_packages_are_refused(tmp_path, names, kind, word):
    """A package has one top folder, no links and no way out of it; nothing is unpacked otherwise."""
    with pytest.raises(PackageError, match=word):
        unpack(archive(tmp_path / "p.tgz", names, kind), tmp_path / "apps")
    assert not (tmp_path / "apps").exists()


def test_an_upgrade_leaves_local_settings_and_no_old_files(splunkd, tmp_path):
    """Installing again replaces the app's own files and keeps local/, which wins over default/."""
    app = splunkd.home / "etc/apps/stocked"
    (app / "bin/old.py").write_text("")
    (app / "local").mkdir()
    (app / "local/macros.conf").write_text("[all_stock]\ndefinition = index=shop colour=red\n")
    assert "stocked" == splunkd.install(package(tmp_path, "stocked"))
    assert not (app / "bin/old.py").exists()
    assert ["red"] == [row["colour"] for row in splunkd.search("`all_stock` | table colour").rows]


def test_collections_are_defined_with_types_and_accelerations(splunkd):
    """collections.conf becomes collections of the KV store."""
    definition = splunkd.kv.definition("stocked", "stock")
    assert {"colour": "string", "pieces": "number"} == definition.field_types
    assert {"by_colour": {"colour": 1}} == definition.accelerations


def test_each_role_of_the_app_has_a_user(splunkd):
    """Besides admin, power and user there is a user for each role of authorize.conf, with what it imports."""
    account = splunkd.rest.sessions.accounts["clerk"]
    assert {"clerk", "user"} == account.roles
    assert account.can("count_stock") and account.can("run_custom_command") and not account.can("edit_kvstore")
    assert {"admin", "power", "user", "reader", "splunk-system-user"} < set(splunkd.rest.sessions.accounts)


# --- searching -------------------------------------------------------------------------------------------------------


def test_a_search_gives_rows_with_all_fields_as_text(splunkd):
    """Rows have every field of the result; numbers are text, multivalues lists, absent values None."""
    spl = '| makeresults | eval a=1+1, b=split("x;y",";"), c=null() | table a b c'
    job = splunkd.search(spl)
    assert (["a", "b", "c"], [{"a": "2", "b": ["x", "y"], "c": None}]) == (job.fields, job.rows)
    assert ("DONE", None) == (job.state, job.error)
    assert job is splunkd.jobs.get(job.sid)


def test_what_arrives_later_is_not_found_yet(splunkd):
    """A search sees the events that had arrived by now, whatever their own time."""
    assert "2" == splunkd.search("index=shop | stats count").rows[0]["count"]
    assert "3" == splunkd.search("index=shop | stats count", now=NOON + 60).rows[0]["count"]


@pytest.mark.parametrize(
    "bounds, colours",
    [
        ({"earliest": "-40m", "latest": "now"}, ["blue"]),
        ({"earliest": NOON - 3000, "latest": NOON - 2000}, ["red"]),
        ({"index_earliest": "-1h", "index_latest": "-35m"}, ["red"]),
        ({"earliest": ""}, ["blue", "red"]),
    ],
)
def test_bounds_are_seconds_or_time_modifiers(splunkd, bounds, colours):
    """Each bound may be an epoch or a modifier against the clock; an empty one is none."""
    assert colours == [row["colour"] for row in splunkd.search("index=shop | table colour", **bounds).rows]


def test_objects_of_another_app_must_be_exported(splunkd):
    """A search in another app sees exported macros and commands; in the own app all of them."""
    assert "2" == splunkd.search("`all_stock` | stats count", app="search").rows[0]["count"]
    assert "`secret`" in splunkd.search("`secret` | stats count", app="search").error
    assert "2" == splunkd.search("`secret` | stats count", app="stocked").rows[0]["count"]
    assert ["no"] == [
        row["warm"] for row in splunkd.search("`all_stock` colour=blue | lookup warmth colour | table warm").rows
    ]


def test_a_search_that_cannot_run_is_a_failed_job(splunkd):
    """An unknown command is the job's error, in one sentence, and a message."""
    job = splunkd.search("index=shop | nonsense")
    assert "FAILED" == job.state
    assert "nonsense" in job.error
    assert [("ERROR", job.error)] == job.messages


def test_a_command_is_told_its_search(splunkd):
    """searchinfo has sid, app, owner and the bounds as text; without a latest time it is "0"."""
    job = splunkd.search("index=shop | writes", earliest="-1h", app="stocked", owner="clerk")
    assert ["%s stocked clerk clerk %d 0" % (job.sid, NOON - 3600)] == notes(splunkd)
    splunkd.search("index=shop | writes", earliest=0, latest="now")
    assert notes(splunkd)[1].endswith(" search admin admin 0 %d" % NOON)


def test_the_bounds_in_the_text_are_what_a_command_is_told(splunkd):
    """earliest= in the search's own text, up to now, wins over the time range beside it, for the command too."""
    splunkd.search("index=shop earliest=-2h | writes", earliest="-1h")
    assert notes(splunkd)[0].endswith(" %d %d" % (NOON - 7200, NOON))


def test_a_command_writes_with_its_session_key(splunkd):
    """Documents that a command saves are in the KV store, typed, and in the lookup of the collection."""
    assert splunkd.search("index=shop | writes").error is None
    assert [("blue", 5), ("red", 3)] == stock(splunkd)
    rows = splunkd.search("| inputlookup stock | sort colour | table colour pieces").rows
    assert [{"colour": "blue", "pieces": "5"}, {"colour": "red", "pieces": "3"}] == rows


def test_a_command_has_the_rights_of_its_user(splunkd):
    """A user who may read but not write the collection cannot write it by way of a command."""
    job = splunkd.search("index=shop | writes", owner="reader")
    assert "User 'reader' with roles { reader, user } cannot write" in job.error
    assert "FAILED" == job.state
    assert [] == stock(splunkd)


def test_a_session_key_ends_with_its_search(splunkd):
    """After the search its key opens nothing."""
    splunkd.search("index=shop | writes")
    (key,) = [line[8:] for line in (splunkd.home / "notes.txt").read_text().splitlines() if line.startswith("session")]
    headers = {"Authorization": "Splunk " + key}
    assert 401 == requests.get(splunkd.rest.url + "/services/search/jobs", headers=headers, timeout=30).status_code


def test_a_failed_command_fails_the_job_and_keeps_its_rows(splunkd):
    """If a command is killed after its last reply, the rows are there and the job has an error."""
    job = splunkd.search("index=shop | writes | table colour", on_step=kill_at("final"))
    assert ["blue", "red"] == [row["colour"] for row in job.rows]
    assert ("FAILED", True) == (job.state, "signal 9" in job.error)


@pytest.mark.parametrize("number", [1, 2])
def test_kill_at_a_request(splunkd, number):
    """A command can be killed when its n-th request for documents comes in; that request is still carried out."""
    splunkd.on_step = KillAtRequest(splunkd.rest.faults, number)
    job = splunkd.search("index=shop | writes")
    assert "signal 9" in job.error
    splunkd.rest.traffic.settle()
    assert number == len(stock(splunkd))


def test_previews(splunkd):
    """A preview is a process of its own over a part of the rows, only where commands.conf has it or by force."""

    def processes(**how):
        before = len((splunkd.home / "notes.txt").read_text().splitlines()) if notes_exist() else 0
        job = splunkd.search("index=shop | %s" % how.pop("command"), **how)
        lines = (splunkd.home / "notes.txt").read_text().splitlines()[before:]
        return [line for line in lines if line.startswith("preview")], [len(rows) for rows in job.previews]

    def notes_exist():
        return (splunkd.home / "notes.txt").exists()

    both = (["preview True", "preview False"], [1])
    assert (["preview False"], []) == processes(command="writes", preview=True)
    assert both == processes(command="writes", force_preview=True)
    assert both == processes(command="previews", preview=True)
    assert (["preview False"], []) == processes(command="previews")


# --- saved searches --------------------------------------------------------------------------------------------------


def test_dispatch_uses_the_stanza_and_its_overrides(splunkd):
    """A saved search runs in its app with its dispatch.* settings, which overrides replace; nobody's as the system."""
    job = splunkd.dispatch("Stock taking")
    assert ["blue", "red"] == [row["colour"] for row in job.rows]
    assert ["%s stocked nobody splunk-system-user %d %d" % (job.sid, NOON - 3600, NOON)] == notes(splunkd)
    job = splunkd.dispatch("Stock taking", **{"dispatch.earliest_time": "-40m"}, latest_time="now")
    assert ["blue"] == [row["colour"] for row in job.rows]


def test_dispatch_at_another_time(splunkd):
    """`now` moves the whole run: relative bounds and what has arrived."""
    job = splunkd.dispatch("Stock taking", now=NOON + 600, latest_time="now", earliest_time="-30m")
    assert ["green"] == [row["colour"] for row in job.rows]
    assert NOON + 600 == splunkd.dispatch("Stock taking", **{"dispatch.now": str(NOON + 600)}).now


def test_dispatch_fills_in_arguments(splunkd):
    """args.<name> replaces $args.<name>$ in the search."""
    job = splunkd.dispatch("Stock of a colour", **{"args.colour": "red"})
    assert [{"colour": "red", "pieces": "3"}] == job.rows


def test_unknown_overrides_and_names_are_refused(splunkd):
    """A typing error in an override or a name is said, with what there is."""
    with pytest.raises(SavedSearchError, match="cannot override earlist"):
        splunkd.dispatch("Stock taking", earlist="-1h")
    with pytest.raises(KeyError, match="Stock of a colour, Stock taking"):
        splunkd.dispatch("Stocktaking")


def test_the_schedule_runs_on_the_clock(splunkd):
    """Scheduled runs have a scheduler's sid, the due time as now, and fire their alert."""
    runs = splunkd.scheduler.run_until(NOON + 3600)
    (run,) = runs
    assert run.job.sid.startswith("scheduler__splunk-system-user__stocked__RMD5")
    assert ["%s stocked nobody splunk-system-user %d %d" % (run.job.sid, NOON, NOON + 3600)] == notes(splunkd)
    assert () == run.fired  # no event between noon and one o'clock
    add(splunkd, NOON + 4000, "red", 1)
    splunkd.scheduler.run_until(NOON + 7200)
    (alert,) = splunkd.scheduler.alerting.tracked()
    assert ("Stock taking", NOON + 7200, ({"colour": "red", "pieces": "1"},)) == (alert.name, alert.time, alert.rows)


def test_a_scheduled_run_is_written_to_the_internal_index(splunkd):
    """One line for a run; only roles that may read internal indexes find it, and the others get no error."""
    splunkd.scheduler.run_until(NOON + 3600)
    spl = 'index=_internal sourcetype=scheduler savedsearch_name="Stock*" | table status result_count scheduled_time'
    (row,) = splunkd.search(spl, owner="admin", latest=NOON + 7200, now=NOON + 7200).rows
    assert {"status": "success", "result_count": "0", "scheduled_time": str(NOON + 3600)} == row
    as_clerk = splunkd.search(spl, owner="clerk", latest=NOON + 7200, now=NOON + 7200)
    assert ([], None) == (as_clerk.rows, as_clerk.error)
    assert splunkd.search("index=shop", owner="clerk").rows


def test_alerts_of_dispatched_searches(splunkd):
    """A dispatch fires an alert only with trigger_actions."""
    splunkd.dispatch("Stock taking")
    assert [] == splunkd.scheduler.alerting.fired
    splunkd.dispatch("Stock taking", trigger_actions="1")
    assert ["Stock taking"] == [alert.name for alert in splunkd.scheduler.alerting.fired]
