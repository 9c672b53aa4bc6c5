"""The readiness view: every figure against the sample's own records, and every verdict in the state that it is for."""

import csv
import json
import statistics
import time
from collections import Counter, defaultdict

import pytest

from sandbox import sample
from teams_export_guard.baseline import Key
from teams_export_guard.documents import baseline_document
from teams_export_guard.schema import parse_audit_time
from teams_export_guard.settings import PRIVILEGED_FRESH_SECONDS
from tests.app.confs import MACROS
from tests.app.readiness_panels import COUNTED, DAY, NOW, ROLES, VIEW, rows, save, verdicts
from tests.app.views import APP
from tests.conftest import ROOT
from tests.sandbox.recount import faults


@pytest.fixture(scope="module")
def arrived():
    """(event, record) of what the index holds at the end of the planted day, in the last 30 days, if it is JSON."""
    found = []
    for event in sample.events():
        if event.indextime <= NOW and NOW - 30 * DAY <= event.time < NOW:
            try:
                found.append((event, json.loads(event.raw)))
            except ValueError:
                continue
    return [(event, record) for event, record in found if isinstance(record, dict)]


@pytest.mark.parametrize("owner", ROLES)
@pytest.mark.parametrize("source", VIEW.data_sources)
def test_every_panel_has_rows(filled, source, owner):
    """With data: no error, and something to show, as analyst and as admin."""
    assert rows(filled, source, owner)


@pytest.mark.parametrize("source", VIEW.data_sources)
def test_every_panel_explains_that_it_is_empty(bare, source):
    """On a fresh installation: no error, and a row that says so."""
    assert rows(bare, source)


def test_every_data_source_is_shown():
    """None is searched for nothing; each panel has a title, and a time range in it or in its single checks."""
    shown = {source for _, source in VIEW.panels()}
    bases = {one["options"]["extend"] for one in VIEW.data_sources.values() if one["type"] == "ds.chain"}
    assert set(VIEW.data_sources) == shown | bases
    assert all(title for title, _ in VIEW.panels())


def teams(arrived):
    return [(event, record) for event, record in arrived if record.get("Workload") == "MicrosoftTeams"]


def operations():
    with (ROOT / "lookups" / "teams_export_operations.csv").open(encoding="utf-8") as file:
        return {row["Operation"]: row for row in csv.DictReader(file)}


def test_operations_are_counted(filled, arrived):
    """Records, share with address, application and message ids of each operation are those of the sample's records."""
    known, expected = operations(), {}
    groups = defaultdict(list)
    for _, record in teams(arrived):
        groups[record.get("Operation")].append(record)
    for name in known:
        records = groups.get(name, [])

        def share(test):
            return str(int(100 * sum(map(bool, map(test, records))) / len(records) + 0.5)) if records else "-"

        expected[name] = (
            str(len(records)), "arrives" if records else "not seen", share(lambda one: one.get("ClientIP")),
            share(lambda one: (one.get("AppAccessContext") or {}).get("ClientAppId")),
            share(lambda one: one.get("Messages") or one.get("MessageId")),
        )
    columns = ("Records", "State", "Address %", "App %", "Messages %")
    assert expected == {row["Operation"]: tuple(row[name] for name in columns) for row in rows(filled, "ds_operations")}


def test_operations_that_never_came_are_listed_with_their_licence(bare):
    """All of the lookup, the counted first; a counted one that never came is to be looked at."""
    found = rows(bare, "ds_operations")
    known = operations()
    assert set(known) == {row["Operation"] for row in found}
    assert [("never", "yes")] * 2 + [("not seen", "no")] * 10 == [(row["State"], row["Counted"]) for row in found]
    assert all(row["Audit licence"] == known[row["Operation"]]["licence"] and row["Meaning"] for row in found)


@pytest.fixture(scope="module")
def lags(arrived):
    """Hours from creation to index of every counted record with a readable time, copies too."""
    return [(event.indextime - event.time) / 3600 for event, record in counted(arrived)]


def counted(arrived):
    return [(event, record) for event, record in teams(arrived) if record["Operation"] in COUNTED
            and isinstance(record.get("CreationTime"), str) and parse_audit_time(record["CreationTime"])]


def test_lateness_is_measured(filled, lags, arrived):
    """Median, 95th percentile and longest, and how many Detect and late records do not reach."""
    (row,) = rows(filled, "ds_lateness")
    late, lost = sum(26 < lag <= 192 for lag in lags), sum(lag > 192 for lag in lags)
    assert late > 0
    assert (len(lags), late, lost) == (int(row["records"]), int(row["late"]), int(row["lost"]))
    assert abs(statistics.median(lags) - float(row["median_hours"])) < 1e-6
    assert abs(sorted(lags)[-(-95 * len(lags) // 100) - 1] - float(row["p95_hours"])) < 1e-6
    assert abs(max(lags) - float(row["longest_hours"])) < 1e-6
    ids = [record["Id"] for _, record in counted(arrived) if record.get("Id")]
    assert abs(100 * (1 - len(set(ids)) / len(ids)) - float(row["duplicates"])) < 0.051


def test_lateness_by_band_adds_up(filled, lags):
    """Every counted record is in one band, under the search that still reads it."""
    bands = {row["band"]: (int(row["Detect"]), int(row["late records"]), int(row["no search"]))
             for row in rows(filled, "ds_bands")}
    edges = {"up to 2 h": (float("-inf"), 2), "2 to 6 h": (2, 6), "6 to 26 h": (6, 26), "26 h to 8 d": (26, 192)}
    for name, (low, high) in edges.items():
        number = sum(low < lag <= high for lag in lags)
        assert (number if high <= 26 else 0, number if high > 26 else 0, 0) == bands[name]
    assert (0, 0, sum(lag > 192 for lag in lags)) == bands["over 8 d"]


def test_figures_say_their_unit(filled, lags):
    """Hours, percent, or records."""
    found = {row["Figure"]: row["Value"] for row in rows(filled, "ds_figures")}
    assert "%.1f h" % statistics.median(lags) == found["Median"]
    assert "{:,}".format(len(lags)) == found["Counted records"]
    assert found["Copies"].endswith(" %")


def test_rejected_records_are_counted_by_the_commands_own_rules(filled):
    """Taken, copies and rejected are those of the sample's last 26 hours."""
    seen, expected = set(), Counter()
    for event in sample.events():
        if not (NOW - 26 * 3600 <= event.time < NOW and event.indextime <= NOW):
            continue
        if "MicrosoftTeams" not in event.raw or not any(word in event.raw for word in COUNTED):
            continue
        record = json.loads(event.raw)
        kind = "rejected" if any(faults(record)) else "copies" if record["Id"] in seen else "taken"
        seen.add(record.get("Id"))
        expected[kind] += 1
    assert expected["rejected"] and expected["copies"]
    assert dict(expected) == {row["Rows"]: int(row["Number"]) for row in rows(filled, "ds_rejected")}


def test_activation_counts_days_as_the_alerts_do(filled):
    """The days known are those that stand on the alerts raised at the same time."""
    (row,) = rows(filled, "ds_activation")
    shown = filled.search("| inputlookup teams_export_alerts | stats max(baseline_days) AS days", app=APP).rows
    assert (sample.TENANT, "active", "14") == (row["Tenant"], row["State"], row["Needed"])
    assert shown[0]["days"] == row["Days"] == "30"


def test_activation_leaves_out_today_and_what_is_older_than_training(head):
    """13 days of the 30 before today are too few, whatever lies beside them; the other tenant has enough."""
    today = NOW // DAY

    def learn(tenant, days):
        minutes = {day: day * DAY + 600 for day in days}
        save(head, "teams_export_baseline", baseline_document(Key(tenant, "*", "activity", "*"), minutes),
             baseline_document(Key(tenant, "user:a", "activity", "*"), minutes))

    learn("short", [today - 40, today - 31, *range(today - 13, today + 1)])
    learn("enough", [today - 30, *range(today - 13, today)])
    found = {row["Tenant"]: (row["State"], row["Days"]) for row in rows(head, "ds_activation")}
    assert {"short": ("learning", "13"), "enough": ("active", "14")} == found
    (check,) = [row for row in rows(head, "ds_checks") if row["check"] == "Activation"]
    assert ("Look", "13 of 14 days") == (check["verdict"], check["figure"])
    assert "Tenant short has 13 of 14 days" in check["finding"]


def test_role_data_by_source(filled):
    """Rows of each tenant, source and assignment, with their age."""
    expected = Counter((row["tenant"], row["source"], row["assignment"]) for row in sample.privileged_rows(0))
    found = {(row["Tenant"], row["Source"], row["Assignment"]): int(row["Rows"]) for row in rows(filled, "ds_roles")}
    assert dict(expected) == found
    assert {"1.0"} == {row["Age (days)"] for row in rows(filled, "ds_roles")}


@pytest.mark.parametrize("days, verdict", [(6.9, "Good"), (7.1, "Look")])
def test_role_data_grow_old_after_seven_days(head, days, verdict):
    """The tenant whose newest data are oldest decides; older rows of a fresh tenant do not."""
    assert PRIVILEGED_FRESH_SECONDS == int(MACROS["teams_export_roles_days"]["definition"]) * DAY
    save(head, "teams_export_privileged", {"_key": "1", "tenant": "a", "as_of": NOW - days * DAY},
         {"_key": "2", "tenant": "b", "as_of": NOW - 60}, {"_key": "3", "tenant": "b", "as_of": NOW - 90 * DAY})
    assert verdict == verdicts(head)["Roles"]


def test_changes_alone_have_no_age(head):
    """Rows from the audit log say who is privileged, and of nobody that he is not; a tenant with nothing else is looked at."""
    change = {"tenant": "b", "source": "audit", "assignment": "active", "as_of": 0, "changed": NOW - 60}
    save(head, "teams_export_privileged", dict(change, _key="1"), {"_key": "2", "tenant": "a", "as_of": NOW - 60})
    (check,) = [row for row in rows(head, "ds_checks") if row["check"] == "Roles"]
    assert ("Look", "changes only") == (check["verdict"], check["figure"]) and "tenant b" in check["finding"]
    assert {"a": "0.0", "b": "-"} == {row["Tenant"]: row["Age (days)"] for row in rows(head, "ds_roles")}


def test_network_table_says_date_and_source(filled):
    """As the build wrote it, and the view carries the link that the licence asks for."""
    found = {row["Figure"]: row["Value"] for row in rows(filled, "ds_networks")}
    (made,) = filled.search("| inputlookup teams_export_asn_info", app=APP).rows
    assert (made["date"], made["name"]) == (found["Date"], found["Data"])
    credit = VIEW.definition["visualizations"]["viz_credit"]["options"]["markdown"]
    assert "https://db-ip.com" in credit and "DB-IP" in made["attribution"]


@pytest.mark.parametrize("owner", ROLES)
@pytest.mark.parametrize("date, verdict", [("2020-01-01", "Look"), ("", "Unknown"), (None, "Good")])
def test_network_table_in_effect_shows_its_own_credit(head, date, verdict, owner):
    """Once another table was installed, name, credit, installer and age are those of that table, not of the one that ships."""
    day = time.strftime("%Y-%m-%d", time.gmtime(NOW - DAY)) if date is None else date
    said = {"name": "Theirs", "date": day, "source": "s", "attribution": "Credit of theirs", "ipv4_ranges": 123_456,
            "ipv6_ranges": 7, "installed": NOW - 60, "installed_by": "ann"}
    save(head, "teams_export_asn", dict(said, _key="current", kind="manifest"),
         {"_key": "a" * 64 + ".0", "kind": "chunk", "sha256": "a" * 64, "data": "AAAA"})
    found = {row["Figure"]: row["Value"] for row in rows(head, "ds_networks", owner)}
    assert ("Theirs", "Credit of theirs", "123,456 IPv4, 7 IPv6") == tuple(found[name] for name in ("Data", "Credit", "Ranges"))
    assert found["In effect since"].endswith("(ann)")
    assert verdict == verdicts(head, owner)["Networks"]
