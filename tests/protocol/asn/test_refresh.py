"""Facts about refreshing the table of networks, as the built package does it: what the next detection uses, what is refused."""

from __future__ import annotations

import json
import time

import pytest

from teams_export_guard.asn_local import LocalTables
from tests import networks
from tests.protocol.asn.refreshing import ANN, ASN, OTHER, install, judged, manifest, refresh, summary, tables
from tests.protocol.records import ABROAD, DAY, HOUR, burst, history
from tests.protocol.site import ALERTS, LEASE, NOW, good, states, the_error


def test_the_next_detection_uses_the_new_table(head):
    """An address of no landmark has the number of the uploaded table, and the run names that table and its date."""
    before = judged(head)
    row = install(head, "first.csv", "force=true", "name=Ours", "attribution=Made here")
    assert ("installed", "Ours", "2026-07-01", str(networks.COUNT4)) == tuple(
        row[name] for name in ("action", "name", "date", "ipv4_ranges"))
    outcome = head.judge(burst(ClientIP=OTHER), "activation=0d")
    assert [str(networks.asn_at(OTHER))] == [one["asn"] for one in outcome.rows] != before
    assert "Ours of 2026-07-01" == summary(outcome)


def test_the_manifest_says_what_is_in_effect_and_who_installed_it(head):
    """Digest, chunks, credit and installer; every chunk that it counts is there."""
    row = install(head, "first.csv", "force=true", "attribution=Made here", user="teams_export_admin")
    one = manifest(head)
    assert ("Made here", "teams_export_admin", row["sha256"]) == (one["attribution"], one["installed_by"], one["sha256"])
    chunks = ["%s.%d" % (one["sha256"], number) for number in range(int(one["chunks"]))]
    assert sorted([*chunks, "current"]) == sorted(head.documents(ASN))
    assert {} == head.documents(LEASE)


def test_without_a_manifest_the_table_that_ships_is_used(head):
    """One request tells."""
    assert "RouteViews, NRO and DB-IP of 2026-06-17" == summary(head.judge(burst(), "activation=0d"))
    assert 1 == sum(one[1] == ASN for one in head.requests())


def test_one_request_a_run_once_the_table_is_compiled(refreshed):
    """The chunks are fetched by the first run alone; later ones read the manifest and map the copy."""
    for path in (refreshed.home / "var" / "run" / "teams_export_guard").iterdir():
        path.unlink()
    refreshed.rest.traffic.clear()
    assert judged(refreshed) == judged(refreshed)
    assert 3 == sum(one[1] == ASN for one in refreshed.requests())


def test_the_same_table_again_writes_nothing(refreshed):
    """As every day on which nothing changed."""
    before = refreshed.documents(ASN)
    row = install(refreshed)
    assert ("unchanged", before) == (row["action"], refreshed.documents(ASN))


def test_a_relabelled_network_is_known_by_its_former_number(refreshed):
    """The second table numbers one range otherwise: one change, its label is kept, and the old chunks stay for a day."""
    first = manifest(refreshed)
    (before,) = judged(refreshed)
    second = install(refreshed, "second.csv.gz")
    assert ("installed", "1", "0.00") == tuple(
        second[name] for name in ("action", "changed_ranges", "changed_ipv4_percent"))
    table = LocalTables(refreshed.home).open(second["sha256"])
    assert int(before) == table.former(OTHER)[0] and 64500 == table.lookup(OTHER)
    assert {first["sha256"], second["sha256"]} == tables(refreshed)
    assert first["sha256"] == manifest(refreshed)["previous_sha256"]
    assert ["64500"] == judged(refreshed)


def test_what_is_older_than_the_table_before_is_deleted(refreshed):
    """A third table: the first goes, the second stays for the searches that still read it."""
    first = manifest(refreshed)
    second = install(refreshed, "second.csv.gz")
    third = install(refreshed, "first.csv")
    assert {second["sha256"], third["sha256"]} == tables(refreshed) and first["sha256"] not in tables(refreshed)


def test_the_table_before_goes_after_a_day(refreshed):
    """Also where the next refresh finds nothing new."""
    second = install(refreshed, "second.csv.gz")
    refreshed.put(ASN, dict(manifest(refreshed), installed=time.time() - DAY - 60))
    assert "unchanged" == install(refreshed, "second.csv.gz")["action"]
    assert {second["sha256"]} == tables(refreshed)


def test_dryrun_writes_nothing(head):
    """It says what would change, and what would be refused, as a row."""
    (row,) = refresh(head, "source=lookup", "lookup=first.csv", "dryrun=true", "date=2026-07-01").rows
    assert "would refuse" == row["action"] and "get another AS number; allowed: at most 10 %" in row["reason"]
    assert ({}, []) == (head.documents(ASN), head.writes())
    (row,) = refresh(head, "source=lookup", "lookup=first.csv", "dryrun=true", "force=true", "date=2026-07-01").rows
    assert ("would install", []) == (row["action"], head.writes())


@pytest.mark.parametrize("lookup, words", [
    ("page.csv", ["begins with '<!DOCTYPE html>', which is none of the formats"]),
    ("short.csv", ["it has 60000 IPv4 ranges; allowed: at least 100000"]),
    ("none.csv", ["cannot be read", "shared in the app"]),
])
def test_a_bad_table_is_refused_and_the_old_one_stays(refreshed, lookup, words):
    """Whatever is wrong with it; the error has the figures."""
    before = refreshed.documents(ASN)
    error = the_error(refresh(refreshed, "source=lookup", "lookup=" + lookup, "date=2026-07-02"))
    assert [] == [word for word in words if word not in error]
    assert (before, {}) == (refreshed.documents(ASN), refreshed.documents(LEASE))


def test_the_schedule_never_replaces_a_newer_table_by_the_one_that_ships(refreshed):
    """It is kept, which is no error; force=true goes back."""
    (row,) = good(refresh(refreshed, "source=shipped")).rows
    assert ("kept", "first.csv") == (row["action"], manifest(refreshed)["name"])
    (row,) = good(refresh(refreshed, "source=shipped", "force=true")).rows
    assert ("installed", "2026-06-17") == (row["action"], manifest(refreshed)["date"])


def test_the_table_that_ships_passes_its_own_checks(head):
    """So that the schedule can install it, and nothing changes by that."""
    before = judged(head, ABROAD)
    (row,) = good(refresh(head, "source=shipped")).rows
    assert ("installed", "0", "0.00") == tuple(row[name] for name in "action changed_ranges changed_ipv4_percent".split())
    assert before == judged(head, ABROAD)
    assert "unchanged" == good(refresh(head, "source=shipped")).rows[0]["action"]


def test_what_was_learned_before_stays_known(refreshed):
    """A history learned with the first table, an export judged with the second, whose own network was not renumbered."""
    refreshed.commit(history(days=20), "mode=learn")
    install(refreshed, "second.csv.gz")
    assert [("new", ANN)] == states(refreshed.commit(burst(start=NOW - 2 * HOUR)))
    (alert,) = refreshed.documents(ALERTS).values()
    assert [] == json.loads(alert["first_seen_asn"])


@pytest.mark.parametrize("seen, first_seen", [(OTHER, []), ("8.8.8.8", ["64500"])])
def test_a_new_number_alone_is_never_first_seen(refreshed, seen, first_seen):
    """Learned under its old number, the network is known under the new one; never seen, it is new as any other."""
    refreshed.commit(history(days=20, address=seen), "mode=learn")
    install(refreshed, "second.csv.gz")
    refreshed.commit(burst(start=NOW - 2 * HOUR, ClientIP=OTHER))
    (alert,) = refreshed.documents(ALERTS).values()
    assert (["64500"], first_seen) == (json.loads(alert["asn"]), json.loads(alert["first_seen_asn"]))
    assert ("AS64500 is a new number for addresses that it used before" in alert["reason"]) == (not first_seen)
    assert alert["asn_table"].endswith("of 2026-07-01")
