"""The readiness view: every figure against the sample's own records, and every verdict in the state that it is for."""

import csv
import json
import statistics
import sys
import time
from collections import Counter, defaultdict

import pytest
from croniter import croniter

from sandbox import sample, serve
from sandbox.alerting import SavedSearch
from sandbox.jobs import Job
from sandbox.scheduler_log import INDEX, lines_of
from sandbox.splunkd import Splunkd
from teams_export_guard.baseline import Key
from teams_export_guard.documents import baseline_document
from teams_export_guard.schema import parse_audit_time
from teams_export_guard.settings import PRIVILEGED_FRESH_SECONDS
from tests.app.confs import MACROS, SEARCHES
from tests.app.views import APP, View
from tests.conftest import ROOT
from tests.sandbox.recount import faults

VIEW = View("readiness")
NOW = serve.PLANTED + sample.DAY
DAY = 86400
ROLES = ("admin", "teams_export_admin", "teams_export_analyst")
GUARD = "Teams Export - "
COUNTED = ("MessagesListed", "MessagesExported")


@pytest.fixture(scope="module")
def bare(package, tmp_path_factory):
    """A search head on which the app was only just installed."""
    with Splunkd(tmp_path_factory.mktemp("bare"), sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        yield splunkd


@pytest.fixture
def head(package, tmp_path):
    """A search head of the test's own, just installed."""
    with Splunkd(tmp_path / "own", sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        yield splunkd


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


def rows(splunkd, source, owner="admin"):
    job = VIEW.run(splunkd, source, owner)
    assert job.error is None
    return job.rows


def verdicts(splunkd, owner="admin"):
    return {row["check"]: row["verdict"] for row in rows(splunkd, "ds_checks", owner)}


def save(splunkd, collection, *documents):
    splunkd.kv.batch_save(APP, "nobody", collection, list(documents))


def ran(splunkd, name, ago, seconds=1.5, found=0, error=None, said=()):
    """Leaves what the scheduler writes about a run of one of the app's searches, which ended some seconds ago."""
    saved = SavedSearch(GUARD + name, APP, {})
    job = Job("sid-%d" % ago, "search", seconds=0.0, rows=[{}] * found, error=error, messages=list(said))
    for line in lines_of(saved, job, NOW - ago, ()):
        text = line.text.replace("run_time=0.000", "run_time=%.3f" % seconds)
        splunkd.events.add(text, line.time, index=INDEX, sourcetype=line.sourcetype)


# -- every panel, as everybody who may see it -----------------------------------------------------


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


# -- what arrives ---------------------------------------------------------------------------------


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


# -- what is learned and loaded -------------------------------------------------------------------


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


# -- whether the searches run ---------------------------------------------------------------------


def test_every_saved_search_is_in_the_table():
    """teams_export_searches.csv names all of them, with the interval of their schedule; one that is off is optional."""
    with (ROOT / "lookups" / "teams_export_searches.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    listed = {row["savedsearch_name"]: int(row["every_minutes"]) for row in table}
    off = {name for name, minutes in listed.items() if minutes and SEARCHES[name]["enableSched"] != "1"}
    assert off <= {row["savedsearch_name"] for row in table if row["optional"] == "1"}
    expected = {}
    for name, one in SEARCHES.items():
        times = croniter(one["cron_schedule"], NOW) if "cron_schedule" in one else None
        expected[name] = round((-times.get_next() + times.get_next()) / 60) if times else 0
    assert expected == listed


def test_reach_of_the_searches_is_that_of_their_schedule():
    """The hours that lateness is compared with are the time ranges of the two Detect searches."""
    reach = {"detect": "-%sh@m" % MACROS["teams_export_detect_hours"]["definition"],
             "late": "-%dd@h" % (int(MACROS["teams_export_late_hours"]["definition"]) / 24)}
    assert reach == {"detect": SEARCHES[GUARD + "Detect"]["dispatch.earliest_time"],
                     "late": SEARCHES[GUARD + "Detect late records"]["dispatch.earliest_time"]}
    assert "earliest=" + reach["detect"][:4] in VIEW.spl("ds_rejected")


def all_ran(splunkd):
    for name in SEARCHES:
        ran(splunkd, name[len(GUARD):], 300)


def test_runs_are_added_up(head):
    """Last result, rows, and seconds of each search; one that never ran is listed all the same."""
    ran(head, "Detect", 1200, seconds=2.0, found=3)
    ran(head, "Detect", 600, seconds=4.0)
    ran(head, "Learn", 600, error="no lease")
    found = {row["Search"][len(GUARD):]: row for row in rows(head, "ds_runs")}
    assert {name[len(GUARD):] for name in SEARCHES} == set(found)
    columns = ("Result", "Rows", "Runs", "Failed", "Median s", "Max s")
    assert ("success", "0", "2", "0", "3", "4") == tuple(found["Detect"][name] for name in columns)
    assert ("failed", "-", "1", "1", "-", "-") == tuple(found["Learn"][name] for name in columns)
    assert ("not seen", "-", "0") == tuple(found["Backfill"][name] for name in columns[:3])


def test_runs_are_for_those_who_may_read_the_internal_index(head):
    """An analyst sees the searches without their runs, and the check says whom to ask."""
    all_ran(head)
    assert "Good" == verdicts(head)["Searches"]
    assert "Unknown" == verdicts(head, "teams_export_analyst")["Searches"]
    assert {"not seen"} == {row["Result"] for row in rows(head, "ds_runs", "teams_export_analyst")}
    (message,) = rows(head, "ds_messages", "teams_export_analyst")
    assert "_internal" in message["What it means"]


def test_a_search_that_fails_or_stays_away_is_said(head):
    """Failing at the last run, or not having run for twice the interval; a daily search is given its day."""
    ran(head, "Detect", 86000)
    ran(head, "Learn", 300)
    for name in ("Retry webhook", "Risk", "Roles from audit"):
        ran(head, name, 300)
    checks = {row["check"]: row for row in rows(head, "ds_checks")}
    assert ("Act", "1 overdue") == (checks["Searches"]["verdict"], checks["Searches"]["figure"])
    ran(head, "Learn", 200, error="KV store is away")
    checks = {row["check"]: row for row in rows(head, "ds_checks")}
    assert ("Act", "1 failed") == (checks["Searches"]["verdict"], checks["Searches"]["figure"])
    ran(head, "Learn", 100)
    ran(head, "Detect", 100)
    assert "Good" == verdicts(head)["Searches"]


def test_an_optional_search_may_be_switched_off(head):
    """Risk does nothing without Enterprise Security: that it stays away is no fault, that it fails is one."""
    ran(head, "Risk", 86400)
    for name in ("Detect", "Learn", "Retry webhook", "Roles from audit"):
        ran(head, name, 300)
    assert "Good" == verdicts(head)["Searches"]
    ran(head, "Risk", 200, error="no such index")
    assert "Act" == verdicts(head)["Searches"]


def test_messages_name_the_holder_of_the_lease(head):
    """What a failed run said stands there whole and once, with what it means."""
    text = "Another committing run (search 1, process 2, abc) holds the lease; nothing is lost, the next one covers it."
    ran(head, "Learn", 300, error=text, said=[("ERROR", text)])
    ran(head, "Detect", 200, said=[("WARN", "3 rows rejected: Id is missing")])
    ran(head, "Detect", 100, said=[("WARN", "3 rows rejected: Id is missing")])
    found = rows(head, "ds_messages")
    assert [("WARN", "2", "3 rows rejected: Id is missing"), ("ERROR", "1", text)] == [
        (row["Level"], row["Times"], row["Message"]) for row in found]
    assert "Two committing runs met" in found[1]["What it means"]


# -- delivery, and the verdicts as a whole --------------------------------------------------------


@pytest.mark.parametrize("minutes, verdict", [(59, "Look"), (61, "Act")])
def test_what_waits_is_counted(head, minutes, verdict):
    """Undelivered alerts and dead letters by kind, with the oldest; more than an hour is too long."""
    save(head, "teams_export_alerts", {"_key": "a", "delivered": 0, "created": NOW - 60 * minutes},
         {"_key": "b", "delivered": 0, "created": NOW - 60}, {"_key": "c", "delivered": 1, "created": NOW - DAY})
    save(head, "teams_export_dead_letters", {"_key": "d", "retry": 1, "first_tried": NOW - 60},
         {"_key": "e", "retry": 0, "first_tried": NOW - 60})
    assert {"Alerts not yet handed to Splunk": "2", "Webhook calls tried again": "1", "Webhook calls given up": "1"} == {
        row["What"]: row["Number"] for row in rows(head, "ds_waiting")}
    assert verdict == verdicts(head)["Delivery"]


def test_verdicts_over_the_sample(filled):
    """All is well but for the records that the sample delivers late."""
    expected = dict.fromkeys("Records Operations Activation Roles Networks Delivery".split(), "Good")
    assert {**expected, "Arrival": "Look", "Searches": "Unknown"} == verdicts(filled)


def test_verdicts_on_a_fresh_installation(bare):
    """Each thing that is missing is said, with what to do about it."""
    found = {row["check"]: row for row in rows(bare, "ds_checks")}
    assert {"Records": "Act", "Operations": "Look", "Arrival": "Unknown", "Activation": "Act", "Roles": "Act",
            "Networks": "Good", "Searches": "Unknown", "Delivery": "Good"} == {
        name: row["verdict"] for name, row in found.items()}
    for row in found.values():
        assert row["finding"].endswith(".") and (row["action"] == "Nothing.") == (row["verdict"] == "Good")


def test_single_values_repeat_the_checks(filled):
    """One for each check, in their order."""
    checks = rows(filled, "ds_checks")
    singles = [rows(filled, "ds_check_%d" % number)[0] for number in range(1, len(checks) + 1)]
    assert [(row["verdict"], row["figure"]) for row in checks] == [(row["verdict"], row["figure"]) for row in singles]
    titles = [one["title"] for one in VIEW.definition["visualizations"].values() if one["type"] == "splunk.singlevalue"]
    assert [row["check"] for row in checks] == titles


def record(at, **more):
    created = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
    return json.dumps({"Id": "r%d" % at, "CreationTime": created, "OrganizationId": "t", "UserId": "a@b.example",
                       "UserType": 0, "Workload": "MicrosoftTeams", "Operation": "MessagesListed", **more})


@pytest.mark.parametrize("lag_hours, verdict", [(1, "Good"), (27, "Look"), (193, "Act")])
def test_records_that_come_too_late_are_said(head, lag_hours, verdict):
    """Too late for Detect is to be looked at, too late for every search asks for a run by hand."""
    at = NOW - 3600 - lag_hours * 3600
    head.events.add(record(at), at, at + lag_hours * 3600)
    assert verdict == verdicts(head)["Arrival"]


@pytest.mark.parametrize("hours, verdict", [(5.9, "Good"), (6.1, "Look")])
def test_a_feed_that_falls_silent_is_said(head, hours, verdict):
    """Six hours without any audit record."""
    at = int(NOW - hours * 3600)
    head.events.add(record(at, Workload="Exchange", Operation="Send"), at)
    assert verdict == verdicts(head)["Records"]
