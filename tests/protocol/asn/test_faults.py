"""Facts about a table of networks that is damaged, a refresh that is killed, and two at once, as the built package has them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.hooks import KillAtRequest
from sandbox.invocation import Delivery
from sandbox.rest.faults import Answer, on
from tests import networks
from tests.protocol.asn.refreshing import ASN, install, judged, manifest, refresh, tables
from tests.protocol.records import burst
from tests.protocol.site import LEASE, good, said, the_error


def test_a_part_that_is_missing_is_an_error_and_no_other_table(refreshed):
    """The sentence says what is missing; a forced refresh repairs it."""
    one = manifest(refreshed)
    refreshed.kv.delete_query("teams_export_guard", "nobody", ASN, {"kind": "chunk"})
    assert 1 == len(judged(refreshed))  # the compiled copy is whole
    for path in (refreshed.home / "var" / "run" / "teams_export_guard").iterdir():
        path.unlink()
    error = the_error(refreshed.search("teamsexport", [], burst()))
    assert "parts are missing" in error and "first.csv of 2026-07-01" in error and "force=true" in error
    assert "parts are missing" in the_error(refresh(refreshed, "source=lookup", "lookup=first.csv", "date=2026-07-01"))
    row = install(refreshed, "first.csv", "force=true")
    assert ("installed", one["data_sha256"]) == (row["action"], manifest(refreshed)["data_sha256"])
    assert 1 == len(judged(refreshed))


def test_a_damaged_part_is_an_error(refreshed):
    """The digest tells."""
    key = manifest(refreshed)["sha256"] + ".0"
    refreshed.put(ASN, dict(refreshed.documents(ASN)[key], data="AAAA"))
    for path in (refreshed.home / "var" / "run" / "teams_export_guard").iterdir():
        path.unlink()
    assert "its digest is wrong" in the_error(refreshed.search("teamsexport", [], burst()))


def test_a_damaged_copy_is_made_anew(refreshed):
    """A full disk left half of it: the run compiles it again from the store."""
    expected = judged(refreshed)
    (copy,) = [path for path in (refreshed.home / "var" / "run" / "teams_export_guard").iterdir()
               if manifest(refreshed)["sha256"] in path.name]
    copy.write_bytes(copy.read_bytes()[:1000])
    assert expected == judged(refreshed)
    assert copy.stat().st_size > 1000


def test_killed_at_every_request_and_run_again(refreshed):
    """Wherever it was killed, a detection uses the old table or the new one, and the same call then leaves one table."""
    old = judged(refreshed)
    start = {key: dict(one) for key, one in refreshed.documents(ASN).items()}
    finished = 0
    for number in range(1, 16):
        refreshed.kv.delete_query("teams_export_guard", "nobody", ASN)
        refreshed.put(ASN, *start.values())
        outcome = refresh(refreshed, "source=lookup", "lookup=second.csv.gz", "date=2026-07-01",
                          on_step=KillAtRequest(refreshed.rest.faults, number))
        refreshed.rest.faults.clear()
        refreshed.rest.traffic.settle()
        refreshed.expire_lease()
        finished += outcome.error is None
        assert judged(refreshed) in (old, ["64500"]), number
        install(refreshed, "second.csv.gz")
        new = manifest(refreshed)["sha256"]
        assert ["64500"] == judged(refreshed)
        assert {start["current"]["sha256"], new} == tables(refreshed), number
        assert {} == refreshed.documents(LEASE)
        if outcome.error is None:
            break
    assert 1 == finished and number > 6


def test_two_refreshes_at_once_leave_one_whole_table(refreshed):
    """Both end well or one says that another is at work; what is in effect has all its parts."""
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda name: refresh(refreshed, "source=lookup", "lookup=" + name, "date=2026-07-01"),
                                 ("second.csv.gz", "second.csv.gz")))
    assert ["installed", "unchanged"] == sorted(good(one).rows[0]["action"] for one in outcomes)
    assert ["64500"] == judged(refreshed)
    one = manifest(refreshed)
    assert one["chunks"] == sum(key.startswith(one["sha256"]) for key in refreshed.documents(ASN))


def test_a_refresh_does_not_wait_for_a_committing_run(head):
    """Their leases are two."""
    head.put(LEASE, {"_key": "commit", "holder": "search 42", "expires": int(time.time()) + 3600})
    assert "installed" == install(head, "first.csv", "force=true")["action"]


@pytest.mark.parametrize("user, words", [("teams_export_analyst", "403"), ("power", "403"), ("user", "403")])
def test_who_may_not(head, user, words):
    """The collection is the admins'; nothing is written."""
    assert words in the_error(refresh(head, "source=shipped", user=user))
    assert {} == head.documents(ASN)


def test_a_store_that_refuses_the_manifest_leaves_the_old_table(refreshed):
    """The chunks are written before it, and the next refresh finds them again."""
    old = judged(refreshed)
    seen = []

    def second_save(request):
        fits = on("POST", ASN + "/batch_save")(request)
        seen.extend([request] if fits else [])
        return fits and len(seen) > 1

    refreshed.rest.faults.add(Answer(403, "no"), times=None, when=second_save)
    assert "403" in the_error(refresh(refreshed, "source=lookup", "lookup=second.csv.gz", "date=2026-07-01"))
    refreshed.rest.faults.clear()
    assert old == judged(refreshed)
    assert "installed" == install(refreshed, "second.csv.gz")["action"]


def test_lines_that_are_no_ranges_are_counted_with_an_example(head, home):
    """They stop nothing while they are few."""
    (home.path / "lookups" / "odd.csv").write_bytes(networks.ranges_csv(networks.rows()) + b"1.2.3,what\nx\n")
    outcome = refresh(head, "source=lookup", "lookup=odd.csv", "force=true")
    (row,) = good(outcome).rows
    assert ("2", "1.2.3,what") == (row["rejected"], row["rejected_example"])
    assert any("2 of" in text and "1.2.3,what" in text for text in said(outcome, "WARN"))


def test_several_starts_for_one_search_install_once(head):
    """Splunk starts a command more often than once, all but one time for getinfo only."""
    good(refresh(head, "source=lookup", "lookup=first.csv", "force=true", delivery=Delivery(probes=3)))
    assert 2 == sum(one[2] == "batch_save" for one in head.writes())


def test_all_faults_of_options_are_said_at_once(head):
    """With what is allowed, and nothing is asked of the store."""
    error = the_error(refresh(head, "source=lookup", "lookup=../x.csv", "url=http://a.example/", "dryrun=maybe", "fro=1"))
    for words in ("lookup=../x.csv: allowed: the plain name", "url: allowed only with source=url", "dryrun=maybe",
                  "fro: there is no such option"):
        assert words in error
    assert [] == head.requests()
