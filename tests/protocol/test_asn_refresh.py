"""Facts about refreshing the table of networks, as the built package does it: what the next detection uses, what a crash
or a second refresh leaves, who may."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.hooks import KillAtRequest
from sandbox.installed import unpack
from sandbox.invocation import Delivery
from sandbox.rest.faults import Answer, on
from teams_export_guard.asn_local import LocalTables
from tests import networks
from tests.protocol.records import ABROAD, DAY, HOUR, burst, history
from tests.protocol.site import ALERTS, LEASE, NOW, Site, good, said, states, the_error

ASN = "teams_export_asn"
ANN = "user:ann@contoso.example"
OTHER = "13.14.15.16"  # an address without a landmark
RELABELLED = {OTHER: 64500}


@pytest.fixture(scope="module")
def home(package, tmp_path_factory):
    """The app in a home of its own: these tests upload files to it."""
    return unpack(package, tmp_path_factory.mktemp("asn") / "etc" / "apps")


@pytest.fixture(scope="module")
def uploaded(home):
    """Lookup files of an admin: a table, the same with one range relabelled, and bad ones."""
    first, second = networks.rows(), networks.rows(moved=RELABELLED)
    files = {
        "first.csv": networks.ranges_csv(first), "second.csv.gz": networks.zipped(networks.ranges_csv(second)),
        "page.csv": b"<!DOCTYPE html>\n<p>Log in, please, to go on, now</p>\n",
        "short.csv": networks.ranges_csv(networks.rows(count4=60_000)),
    }
    for name, content in files.items():
        (home.path / "lookups" / name).write_bytes(content)


@pytest.fixture
def head(sites, home, uploaded):
    """A search head on which nothing was installed."""
    return sites(home)


@pytest.fixture(scope="module")
def documents(home, uploaded, tmp_path_factory):
    """What the store holds once the first table is installed."""
    site = Site(home, tmp_path_factory.mktemp("first"))
    install(site, "first.csv", "force=true")
    found = list(site.documents(ASN).values())
    site.close()
    return found


@pytest.fixture
def refreshed(head, documents):
    """A search head with the first table in effect."""
    head.put(ASN, *documents)
    return head


def refresh(site, *arguments, **more):
    return site.search("teamsexportasn", arguments, **more)


def install(site, lookup="first.csv", *arguments, **more):
    """Install an uploaded table; its row. The first one differs from the table that ships, so it needs force."""
    return good(refresh(site, "source=lookup", "lookup=" + lookup, "date=2026-07-01", *arguments, **more)).rows[0]


def manifest(site):
    return site.documents(ASN).get("current")


def tables(site):
    """The digests of the tables whose chunks are stored."""
    return {one["sha256"] for one in site.documents(ASN).values() if one["kind"] == "chunk"}


def judged(site, address=OTHER):
    """The network of an export from an address, as the next detection names it."""
    rows = site.judge(burst(ClientIP=address), "activation=0d").rows
    return [row["asn"] for row in rows]


def summary(outcome):
    """What the run says of the table it used."""
    (text,) = [text for text in said(outcome, "INFO") if "networks by" in text]
    return text.partition("networks by ")[2].partition(" (")[0]


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
