"""Facts about how the built commands speak with splunkd: start-ups, chunks, columns, and what comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.hooks import cancel_at
from tests.protocol.records import ABROAD, HOUR, OFF, aggregated, burst, history, raw, record
from tests.protocol.site import NOW, QUICK, good, said, states

COMMANDS = ("teamsexport", "teamsexportcommit")
FIELDS = (  # contract, section 3, in its order; the last three came later
    "_time alert_id alert_state alert_name variation matched_variations severity risk_score tenant entity "
    "entity_type user user_key privileged roles window_start window_end triggered_at record_count message_count "
    "chat_count chat_id operation src_ip asn as_org first_seen_asn app_id record_id message_threshold "
    "record_threshold chat_threshold baseline_days suppressed_count escalated_from mitre_tactic_id "
    "mitre_technique_id description reason exception drift asn_table"
).split()
TAKEN = (
    "_time _raw OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation message_count "
    "record_count chat_id record_id asn"
).split()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_start_for_getinfo_only_touches_nothing(site, command):
    """A process that gets getinfo and then the end of its input ends well and asks the store for nothing."""
    outcome = good(site.search(command, [OFF], burst(), on_step=cancel_at("getinfo")))
    assert outcome.cancelled and 0 == outcome.requests
    assert [] == site.rest.traffic.records()


@pytest.mark.parametrize("command", COMMANDS)
def test_several_starts_for_one_search_commit_once(site, command):
    """Probes beside the real process change nothing: one alert comes back."""
    outcome = good(site.search(command, [OFF], burst(), delivery=replace(QUICK, probes=3)))
    assert [("new", "user:ann@contoso.example")] == states(outcome)


DELIVERIES = {
    "one by one": replace(QUICK, chunk_rows=1),
    "by 2500": replace(QUICK, chunk_rows=2500),
    "by 50000": replace(QUICK, chunk_rows=50000),
    "an empty chunk midway": replace(QUICK, chunk_rows=2500, empty_chunk=True),
    "an empty last chunk": replace(QUICK, chunk_rows=1000, empty_final=True),
    "an empty last chunk without a header": replace(QUICK, chunk_rows=1000, empty_final=True, empty_header=False),
    "carriage returns": replace(QUICK, chunk_rows=1000, line_ending="\r\n"),
    "quotes only where needed": replace(QUICK, quoting="minimal"),
}


@pytest.fixture(scope="module")
def many():
    """Rows of 60 people, three of whom export much; 2,790 of them."""
    rows = [raw(record(index, NOW - 7 * HOUR + index * 7, "user%d@x" % (index % 57), 1)) for index in range(2700)]
    for name, start in (("ann@x", 2), ("bob@x", 4), ("cem@x", 6)):
        rows[1000:1000] = burst(name, NOW - start * HOUR, 30)
    return rows


@pytest.fixture(scope="module")
def seen():
    """What the first way of delivery gave; the others must give the same."""
    return {}


@pytest.mark.parametrize("way", DELIVERIES)
def test_chunks_do_not_matter(site, many, seen, way):
    """However the rows are cut into chunks and lines, the same rows come back."""
    outcome = site.judge(many, OFF, "record_threshold=25", "message_threshold=140", delivery=DELIVERIES[way])
    assert {("new", "user:%s@x" % name) for name in ("ann", "bob", "cem")} <= set(states(outcome))
    assert seen.setdefault("rows", outcome.rows) == outcome.rows


def test_fields_in_the_order_of_the_contract(site):
    """Every field comes, in one order."""
    assert FIELDS == site.judge(burst(), OFF).fields


def test_the_same_fields_on_every_kind_of_row(site):
    """Alerts and explanations have the same columns."""
    outcome = site.judge(burst() + history("bob@x", 1), OFF, "explain=true")
    assert ["new", "none"] == sorted(row["alert_state"] for row in outcome.rows)
    assert FIELDS == outcome.fields
    assert all(FIELDS == list(row) for row in outcome.rows)


def test_multivalues_travel_whole(site):
    """Several values are a multivalue, sorted, also with a dollar sign in one of them; numbers by size."""
    rows = burst(chat="chat-1") + burst(chat="a$b;c", start=NOW - 2 * HOUR + 60, ClientIP=ABROAD)
    (row,) = site.judge(rows, OFF).rows
    assert ["a$b;c", "chat-1"] == row["chat_id"]
    assert ["1.1.1.1", "8.8.8.8"] == row["src_ip"]
    assert ["13335", "15169"] == row["asn"]


def test_the_columns_asked_for_are_those_of_the_contract(site):
    """The command asks for each column that its rows are made of, and for no other."""
    outcome = site.judge(burst(), OFF)
    assert "events" == outcome.info.type
    assert sorted(TAKEN) == sorted(outcome.info.required_fields)
    assert [] == said(outcome, "WARN")


def test_columns_beside_those_change_nothing(site):
    """The rows with their other columns and without them give the same answer."""
    rows = burst() + [aggregated(NOW - HOUR, "bob@x", junk="1", first_seen_asn="7", alert_state="none")]
    bare = [{name: row[name] for name in row if name in TAKEN} for row in rows]
    fields = list(dict.fromkeys(name for row in rows for name in row))
    assert site.judge(bare, OFF).rows == site.judge(rows, OFF, fields=fields).rows


def test_raw_and_aggregated_rows_mix(site):
    """One entity's raw and aggregated rows are added up."""
    rows = [aggregated(NOW - HOUR, messages=60, records=3), raw(record("a", NOW - HOUR, messages=50))]
    (row,) = site.judge(rows, OFF).rows
    assert ("110", "4") == (row["message_count"], row["record_count"])


def test_no_rows_at_all(site):
    """A search without a row is no error and gives none."""
    assert [] == site.judge([], OFF).rows
    assert [] == site.commit([], OFF).rows


def test_neither_command_runs_in_previews(site):
    """commands.conf keeps both out of previews, and calls the writing one risky."""
    assert [False, False] == [site.command(name).run_in_preview for name in COMMANDS]
    assert [False, True] == [site.command(name).is_risky for name in COMMANDS]


def test_the_summary_reaches_the_job_inspector(site):
    """One message says rows, duplicates, rejections, entities, documents and the seconds of each step."""
    (text,) = said(site.commit(burst() + burst()[:5] + [raw("{")], OFF), "INFO")
    for part in (
        "40 records",
        "5 duplicates",
        "1 rejected",
        "1 entities",
        "5 baseline documents and 1 alerts written",
    ):
        assert part in text, text
    for step in ("survey", "wait for the lease", "read", "judge", "write"):
        assert step + " " in text, text


def test_the_searchs_own_app_does_not_matter(site):
    """A search in another app reads and writes this app's collections."""
    site.commit(burst(), OFF, app="search")
    paths = {one.path for one in site.rest.traffic.records()}
    assert paths
    assert all(path.startswith("/servicesNS/nobody/teams_export_guard/storage/collections/data/") for path in paths)


@pytest.mark.parametrize("role, allowed", [("teams_export_admin", True), ("teams_export_analyst", False)])
def test_who_may_commit(site, role, allowed):
    """The app's own admin may commit; an analyst is told that he may not, and by what."""
    outcome = site.search("teamsexportcommit", [OFF], burst(), user=role)
    assert allowed == (outcome.error is None)
    if not allowed:
        assert "403" in outcome.error and "teams_export_admin" in outcome.error
        assert [] == outcome.rows
