"""The readiness view: whether the searches run, what waits, and the verdicts as a whole."""

import csv
import json
import time

import pytest
from croniter import croniter

from tests.app.confs import MACROS, SEARCHES
from tests.app.readiness_panels import DAY, GUARD, NOW, VIEW, ran, rows, save, verdicts
from tests.conftest import ROOT


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
