"""Facts about who may use which object of an app: commands, macros, lookups and saved searches, by their metadata."""
from __future__ import annotations

import sys

import pytest
import requests

from sandbox.conf import Permissions, parse
from sandbox.invocation import Delivery
from sandbox.rest.auth import Account
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd
from tests.sandbox.apps.installing import package
from tests.sandbox.test_job_routes import ended

NOON = 1790856000  # 2026-10-01T12:00:00Z
CLERKS = "access = read : [ admin, clerk ], write : [ admin ]\n"


@pytest.fixture
def stocked(tmp_path):
    """stocked(local permissions) makes a stand-in with the fixture app `stocked`."""
    with Splunkd(tmp_path / "splunk", sys.executable, Clock(NOON), delivery=Delivery(probes=0)) as splunkd:

        def make(meta=""):
            folder = splunkd.home / "etc/apps/stocked/metadata"
            folder.mkdir(parents=True)
            (folder / "local.meta").write_text(meta)
            splunkd.install(package(tmp_path, "stocked"))
            splunkd.events.add('{"colour": "red", "pieces": 3}', NOON - 60, index="shop", sourcetype="j")
            return splunkd

        yield make


@pytest.mark.parametrize("kind, spl", [
    ("commands", "index=shop | writes"),
    ("commands/writes", "index=shop | writes"),
    ("macros/all_stock", "`all_stock`"),
    ("transforms/stock", "| inputlookup stock"),
    ("collections", "| inputlookup stock"),
    ("collections/stock", "| inputlookup stock"),
    ("transforms", "| inputlookup warmth"),
    ("lookups/warmth.csv", "| inputlookup warmth"),
    ("lookups", "| inputlookup warmth.csv"),
    ("", "`all_stock`"),
])  # fmt: skip
@pytest.mark.parametrize("app", ["stocked", "search"])
def test_what_a_role_may_not_read_is_not_there_for_it(stocked, kind, spl, app):
    """Neither the object itself, nor one of a kind or of an app that it may not read; admins see all."""
    splunkd = stocked("[%s]\n%s" % (kind, CLERKS))
    assert (None, None) == tuple(splunkd.search(spl, app=app, owner=owner).error for owner in ("clerk", "admin"))
    error = splunkd.search(spl, app=app, owner="user").error
    assert error is not None and spl.split()[-1].strip("`") in error


def test_without_a_restriction_everybody_may(stocked):
    """As the app's own metadata says: everybody reads."""
    splunkd = stocked()
    for spl in ("`all_stock`", "| inputlookup warmth", "index=shop | lookup warmth colour"):
        assert splunkd.search(spl, owner="user").error is None


def test_custom_commands_need_their_capability(stocked):
    """Who has not run_custom_command has no custom command, whatever the metadata."""
    splunkd = stocked()
    splunkd.rest.sessions.accounts["guest"] = Account("guest", "x", frozenset({"clerk"}), frozenset({"search"}))
    assert "writes" in splunkd.search("index=shop | writes", owner="guest").error
    assert splunkd.search("index=shop | writes", owner="clerk").error is None


@pytest.mark.parametrize("owner, allowed", [("clerk", True), ("reader", False)])
def test_writing_a_lookup_needs_the_right_to_write_what_is_behind_it(stocked, owner, allowed):
    """outputlookup into a collection that the user may only read is an error and writes nothing."""
    splunkd = stocked()
    spl = "| makeresults | eval colour=\"red\", pieces=1 | outputlookup append=true stock"
    assert allowed == (splunkd.search(spl, owner=owner).error is None)
    assert (1 if allowed else 0) == len(splunkd.kv.find_all("stocked", "nobody", "stock"))


def test_writing_a_file_needs_the_right_too(stocked):
    """The same for a lookup that is a file."""
    splunkd = stocked()
    spl = "| makeresults | eval colour=\"red\" | outputlookup append=true warmth"
    assert "warmth" in splunkd.search(spl, owner="clerk").error
    assert splunkd.search(spl, owner="admin").error is None


def called(splunkd, user, method, path, **form):
    """The status of a request about a saved search of the app."""
    headers = {"Authorization": "Splunk " + splunkd.rest.sessions.open(user), "Connection": "close"}
    url = splunkd.rest.url + "/servicesNS/nobody/stocked/saved/searches" + path
    return requests.request(method, url, data=form, headers=headers, timeout=30)


def test_a_saved_search_is_for_those_who_may_read_it(stocked):
    """Others do not find it, neither in the list nor by name, and cannot run it."""
    splunkd = stocked("[savedsearches/Stock%20taking]\n" + CLERKS)
    for user, status in (("clerk", 200), ("user", 404)):
        assert status == called(splunkd, user, "GET", "/Stock%20taking").status_code
        listed = called(splunkd, user, "GET", "", output_mode="json").text
        assert ("Stock taking" in listed) == (status == 200) and "Stock of a colour" in listed
    assert 404 == called(splunkd, "user", "POST", "/Stock%20taking/dispatch").status_code


def test_changing_a_saved_search_needs_the_right_to_write_it(stocked):
    """403 for those who only read it."""
    splunkd = stocked()
    status = [
        called(splunkd, user, "POST", "/Stock%20taking", cron_schedule="5 * * * *").status_code
        for user in ("clerk", "admin")
    ]
    assert [403, 200] == status


@pytest.mark.parametrize("setting, owner", [("", "nobody"), ("dispatchAs = user\n", "clerk")])
def test_whose_rights_a_dispatched_search_has(stocked, setting, owner):
    """Those of its owner; with dispatchAs = user, those of who dispatched it."""
    splunkd = stocked()
    folder = splunkd.home / "etc/apps/stocked/local"
    folder.mkdir()
    (folder / "savedsearches.conf").write_text("[Stock taking]\n" + setting)
    assert 200 <= called(splunkd, "clerk", "POST", "/Stock%20taking/dispatch").status_code < 300
    (job,) = splunkd.jobs.all()
    assert owner == job.owner
    ended(splunkd, job.sid)


def test_writing_needs_reading_at_every_level():
    """Whoever may write an object but not read its app or its kind may not change it."""
    granted = "access = read : [ %s ], write : [ %s ]\n"
    text = "[]\n%s[macros]\n%s[macros/m]\n%s"
    for app, kind, allowed in (("*", "*", True), ("power", "*", False), ("*", "power", False)):
        meta = text % (granted % (app, "admin"), granted % (kind, "admin"), granted % ("user", "user"))
        assert allowed == Permissions(parse(meta)).allows("macros", "m", "write", ["user"])
        assert allowed == Permissions(parse(meta)).allows("macros", "m", "read", ["user"])
    assert not Permissions(parse(text % ((granted % ("*", "user"),) * 2 + (granted % ("*", "admin"),)))).allows(
        "macros", "m", "write", ["user"]
    )
