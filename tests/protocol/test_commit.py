"""Facts about a committing run: the order of its writes, delivery, the lease, and being killed at any request."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.hooks import KillAtRequest
from sandbox.rest.faults import Answer, on
from tests.protocol.records import HOUR, OFF, burst
from tests.protocol.scenes import OPTIONS, RAISED, past, run_rows
from tests.protocol.site import ALERTS, BASELINE, LEASE, NETWORKS, NOW, good, states, the_error

SAVE_ALERTS = on("POST", ALERTS + "/batch_save")
SAVE_BASELINE = on("POST", BASELINE + "/batch_save")
STRANGER = {"_key": "commit", "holder": "search 42, process 7, abc"}


def marking(request):
    """Fits the request that marks alerts as delivered."""
    return SAVE_ALERTS(request) and b'"delivered":1' in request.body


# --- order -----------------------------------------------------------------------------------------------------------


def test_order_of_writes(site):
    """The lease, then alerts, then the baseline, then the marks, and the lease is given back last."""
    site.commit(burst(), OFF)
    assert [
        ("POST", LEASE, "", 201),
        ("POST", ALERTS, "batch_save", 200),
        ("POST", BASELINE, "batch_save", 200),
        ("POST", ALERTS, "batch_save", 200),
        ("DELETE", LEASE, "", 200),
    ] == site.writes()


def test_the_lease_comes_before_every_read(site):
    """What a committing run judges by, it reads under the lease; which network table is in effect, before it."""
    site.commit(burst(), OFF)
    assert [NETWORKS, ("POST", LEASE, "", 201)] == site.requests()[:2]


def test_the_lease_is_asked_for_before_the_first_batch(site):
    """Right before the first save stands a look at the lease; the other saves follow within its half minute."""
    site.commit(run_rows(), *OPTIONS)
    asked = site.requests()
    saves = [place for place, one in enumerate(asked) if one[2] == "batch_save"]
    assert 4 == len(saves)  # alerts, two batches of the baseline, marks
    looks = [place for place, one in enumerate(asked) if one[1:3] == (LEASE, "batch_find")]
    assert saves[0] - 1 == looks[0]
    assert len(looks) < len(saves)


def test_alerts_are_saved_in_order_of_time(site):
    """Alerts go to the store undelivered, by triggered_at, whatever their ids and owners."""
    saved = []
    site.watch(lambda request: saved.append(json.loads(request.body)), SAVE_ALERTS)
    rows = [
        row for index, user in enumerate(("d@x", "b@x", "c@x", "a@x")) for row in burst(user, NOW - (6 - index) * HOUR)
    ]
    site.commit(rows, OFF)
    first, marked = saved
    assert ["user:d@x", "user:b@x", "user:c@x", "user:a@x"] == [one["entity"] for one in first]
    assert [one["triggered_at"] for one in first] == sorted(one["triggered_at"] for one in first)
    assert {0} == {one["delivered"] for one in first} and {1} == {one["delivered"] for one in marked}


def test_the_same_rows_again_write_nothing(site):
    """In the steady state only the lease is taken and given back."""
    site.commit(burst(), OFF)
    before = site.kept()
    site.rest.traffic.clear()
    assert [("known", "user:ann@contoso.example")] == states(site.commit(burst(), OFF))
    assert [("POST", LEASE, "", 201), ("DELETE", LEASE, "", 200)] == site.writes()
    assert before == site.kept()


# --- delivery --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [burst(), []], ids=("with its rows", "without any row"))
def test_what_was_not_delivered_is_shown_again(site, again):
    """Killed after saving an alert and before its delivery: the next run shows it as new, the one after does not."""
    killed = site.search("teamsexportcommit", [OFF], burst(), on_step=KillAtRequest(site.rest.faults, 1, SAVE_BASELINE))
    assert killed.error and [] == killed.rows
    site.rest.faults.clear()
    site.expire_lease()
    assert [("new", "user:ann@contoso.example")] == states(site.commit(again, OFF))
    assert [] == [one for one in states(site.commit(again, OFF)) if one[0] == "new"]


def test_an_escalation_not_delivered_is_shown_again(site):
    """An alert that rose is shown as escalated until it is marked, also without its rows at hand."""
    past(site)
    site.search("teamsexportcommit", OPTIONS, run_rows(0), on_step=KillAtRequest(site.rest.faults, 1, SAVE_BASELINE))
    site.rest.faults.clear()
    site.expire_lease()
    assert RAISED[:2] == states(site.commit([], *OPTIONS))
    assert [] == site.commit([], *OPTIONS).rows


def test_a_reading_run_shows_nothing_again(site):
    """teamsexport shows what its rows say, not what others left undelivered."""
    site.search("teamsexportcommit", [OFF], burst(), on_step=KillAtRequest(site.rest.faults, 1, SAVE_BASELINE))
    site.rest.faults.clear()
    site.rest.traffic.settle()
    assert [] == site.judge([], OFF).rows
    assert [("known", "user:ann@contoso.example")] == states(site.judge(burst(), OFF))


def test_marking_that_fails_is_no_error(site):
    """Rows that Splunk has stay delivered as far as this search goes; the next run shows them once more."""
    site.rest.faults.add(Answer(403), when=marking)
    assert [("new", "user:ann@contoso.example")] == states(site.commit(burst(), OFF))
    assert [("new", "user:ann@contoso.example")] == states(site.commit([], OFF))
    assert [] == site.commit([], OFF).rows


# --- the lease -------------------------------------------------------------------------------------------------------


def test_an_expired_lease_is_taken_over(site):
    """A lease whose time is over stops nobody, and is gone afterwards."""
    site.put(LEASE, dict(STRANGER, expires=int(time.time()) - 1))
    assert [("new", "user:ann@contoso.example")] == states(site.commit(burst(), OFF))
    assert {} == site.documents(LEASE)


def test_a_damaged_lease_is_said(site):
    """A lease document without an expiry is an error that names the collection, not an endless wait."""
    site.put(LEASE, STRANGER)
    assert "The lease document of teams_export_lease is damaged" in the_error(
        site.search("teamsexportcommit", [OFF], burst())
    )


def test_a_stolen_lease_stops_the_writing(site):
    """Whoever lost the lease before saving anything saves nothing, and says who has it now."""
    stranger = dict(STRANGER, expires=int(time.time()) + 600)
    site.watch(lambda request: site.put(LEASE, stranger), on("POST", ALERTS + "/batch_find"))
    error = the_error(site.search("teamsexportcommit", [OFF], burst()))
    assert "lost the lease to search 42, process 7, abc" in error
    assert ({}, {}) == (site.documents(ALERTS), site.documents(BASELINE))
    assert stranger["holder"] == site.documents(LEASE)["commit"]["holder"]


# --- killed anywhere -------------------------------------------------------------------------------------------------


def copied(sites, behind, tmp_path):
    """A search head whose store is a copy of ``behind``."""
    return sites(before=lambda folder: shutil.copy(str(behind), str(folder / "kv.sqlite")))


def test_killed_at_every_request_and_run_again(sites, tmp_path):
    """Killed at any request and started again, ledger and baseline are those of an undisturbed run, and nothing raised
    goes unshown."""
    first = sites()
    past(first)
    first.close()
    behind = tmp_path / "site0" / "kv.sqlite"
    rows = run_rows()
    undisturbed = copied(sites, behind, tmp_path)
    assert RAISED == states(undisturbed.commit(rows, *OPTIONS))
    expected, count = undisturbed.kept(), len(undisturbed.requests())
    assert count >= 16
    heads = [copied(sites, behind, tmp_path) for _ in range(count)]

    def killed(number):
        head = heads[number - 1]
        hook = KillAtRequest(head.rest.faults, number)
        outcome = head.search("teamsexportcommit", OPTIONS, rows, on_step=hook)
        assert -9 == outcome.returncode, number
        head.rest.faults.clear()
        head.expire_lease()
        again = good(head.search("teamsexportcommit", OPTIONS, rows))
        return number, head.kept() == expected, set(RAISED[:2]) - set(states(outcome)) - set(states(again))

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(killed, range(1, count + 1)))
    assert [(number, True, set()) for number in range(1, count + 1)] == found
