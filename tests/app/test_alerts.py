"""The alerts as configured: what notifies, how often, in which words; Enterprise Security is in test_es.py."""

import re

import pytest
from croniter import croniter

from sandbox.alerting import Alerting, SavedSearch
from sandbox.jobs import Job
from sandbox.spl.timespec import seconds
from tests.app.confs import MACROS, SEARCHES
from tests.app.test_conf import ROW

DETECT, LATE, RISK = "Teams Export - Detect", "Teams Export - Detect late records", "Teams Export - Risk"
#: What `teams_export_alerts_only` adds to a row.
ADDED = ["goal", "investigative_actions", "network_class", "application", "trusted"]
LOW, INFORMATIONAL = "low", "informational"
SEVERITY_OF = {LOW: "2"}  # of an alert in Splunk Web; savedsearches.conf knows 1 to 6
MOST_AN_HOUR = 12  # AppInspect warns of more
DAY = 86400


def saved(name):
    return SavedSearch(name, "teams_export_guard", SEARCHES[name])


def row(**changes):
    return dict({"alert_id": "a", "alert_state": "new", "variation": "first_seen_asn"}, **changes)


def fired(alerting, name, rows, now):
    """The rows for which a run of a search performs its actions, one alert each."""
    alerts = alerting.after(saved(name), Job("1.1", "x", rows=rows), now)
    assert {1} >= {len(alert.rows) for alert in alerts}
    return [alert.rows[0] for alert in alerts]


# -- who notifies ---------------------------------------------------------------------------------


def test_both_detecting_searches_alert_alike():
    """All their settings of alerts and actions are the same, but for the name."""

    def settings(name):
        words = ("alert.", "action.", "counttype", "relation", "quantity")
        return {key: value.replace(name, "X") for key, value in SEARCHES[name].items() if key.startswith(words)}

    assert settings(DETECT) == settings(LATE)


def test_notifying_is_ready_and_off():
    """Triggered Alerts are on; mail, webhook and summary index only need to be switched on."""
    one = SEARCHES[DETECT]
    assert ["1", "0", "", "0", "0"] == [
        one[key] for key in
        ("alert.track", "action.email", "action.email.to", "action.teams_export_webhook", "action.summary_index")
    ]


def test_only_detecting_searches_notify():
    """No other search is listed under Triggered Alerts or sends mail."""
    assert {DETECT, LATE} == {name for name, one in SEARCHES.items() if one.get("alert.track") == "1"}
    assert {DETECT, LATE} == {name for name, one in SEARCHES.items() if "action.email" in one}


def test_base_alerts_are_kept_out_of_the_notifying_path(filled):
    """Of all alerts of the sample, the macro lets through just those that are not informational."""
    ledger = "| inputlookup teams_export_alerts | `teams_export_multivalues` | `teams_export_alerts_only`"
    every = {row["alert_id"]: row["variation"] for row in filled.search(ledger, app="teams_export_guard").rows}
    kept = {row["alert_id"]: row["variation"]
            for row in filled.search(ledger + " | `teams_export_notable`", app="teams_export_guard").rows}
    assert kept and kept == {key: variation for key, variation in every.items() if variation != "base"} != every


@pytest.mark.parametrize("exception, notifies", [('"e1"', 0), ('""', 1), ("null()", 1)])
def test_excepted_alerts_are_kept_out_of_the_notifying_path(filled, exception, notifies):
    """What an exception covers does not pass; an alert of before there were exceptions does."""
    rows = '| makeresults | eval severity="low", exception=%s | `teams_export_notable`' % exception
    assert notifies == len(filled.search(rows, app="teams_export_guard").rows)


def test_excepted_alerts_add_no_risk(excepted):
    """Of all alerts of the sample, just those that an exception covers give the search that adds risk no row."""
    ledger = excepted.search("| inputlookup teams_export_alerts", app="teams_export_guard").rows
    covered = {row["alert_id"] for row in ledger if row["exception"]}
    risky = excepted.search(SEARCHES[RISK]["search"], app="teams_export_guard").rows
    assert covered and {row["alert_id"] for row in ledger} - covered == {row["alert_id"] for row in risky}


def test_severity_is_that_of_what_notifies(filled):
    """All that passes the macro has one severity, and the alert has that one."""
    ledger = "| inputlookup teams_export_alerts | `teams_export_notable` | stats count BY severity"
    (severity,) = [row["severity"] for row in filled.search(ledger, app="teams_export_guard").rows]
    assert SEVERITY_OF[severity] == SEARCHES[DETECT]["alert.severity"] == SEARCHES[LATE]["alert.severity"]


# -- how often ------------------------------------------------------------------------------------


def test_each_row_is_an_alert_and_its_double_is_none():
    """What is delivered twice notifies once within a day; another alert, and an escalation, notify."""
    alerting = Alerting()
    assert [row(), row(alert_id="b")] == fired(alerting, DETECT, [row(), row(alert_id="b")], 0)
    assert [] == fired(alerting, DETECT, [row()], DAY - 1)
    escalated = row(alert_state="escalated", variation="privileged_first_time")
    assert [escalated] == fired(alerting, DETECT, [row(), escalated], DAY - 1)


def test_a_double_after_a_day_notifies_again():
    """Throttling is for the doubles of one delivery only."""
    alerting = Alerting()
    fired(alerting, DETECT, [row()], 0)
    assert [row()] == fired(alerting, DETECT, [row()], DAY)


def test_searches_do_not_silence_each_other():
    """A suppression group may silence a whole search (savedsearches.conf.spec), and with it other alerts."""
    assert not any("alert.suppress.group_name" in one for one in SEARCHES.values())
    alerting = Alerting()
    fired(alerting, DETECT, [row()], 0)
    assert [row(alert_id="late")] == fired(alerting, LATE, [row(alert_id="late")], 60)


@pytest.mark.parametrize("name", [DETECT, LATE, RISK])
def test_throttling_is_by_fields_of_the_rows(name, filled):
    """Each result by itself, by fields that every row has."""
    one = SEARCHES[name]
    fields = one["alert.suppress.fields"].split(",")
    rows = [dict.fromkeys(ROW + ADDED, "x")]
    if name == RISK:
        rows = filled.search(one["search"], app="teams_export_guard", earliest="0").rows
    assert rows and all(row.get(field) for row in rows for field in fields)
    assert ("0", "1") == (one["alert.digest_mode"], one["alert.suppress"]) and seconds(one["alert.suppress.period"])


def test_risk_is_throttled_for_as_long_as_an_alert_changes():
    """Late records of 8 days may join an alert; within dedup and a window more it may count repeats."""
    look_back = seconds(SEARCHES[LATE]["dispatch.earliest_time"].partition("@")[0].lstrip("-"))
    repeats = seconds(MACROS["teams_export_dedup"]["definition"]) + DAY
    assert look_back + repeats < seconds(SEARCHES[RISK]["alert.suppress.period"])


# -- when -----------------------------------------------------------------------------------------


def period(one):
    """The least seconds between two runs."""
    times = croniter(one["cron_schedule"], 0)
    due = [times.get_next() for _ in range(200)]
    return min(after - before for before, after in zip(due, due[1:]))


@pytest.mark.parametrize("name", [name for name, one in SEARCHES.items() if one["enableSched"] == "1"])
def test_schedules_are_moderate_and_their_windows_shorter(name):
    """At most 12 runs an hour; a schedule window must be shorter than the period (savedsearches.conf.spec)."""
    one = SEARCHES[name]
    assert 3600 / period(one) <= MOST_AN_HOUR
    assert int(one.get("schedule_window", 0)) * 60 < period(one)
    assert seconds(one.get("allow_skew", "0")) < period(one)


def test_a_run_that_starts_late_misses_nothing():
    """What a search looks back on is more than its period and its schedule window."""
    for name, setting in ((DETECT, "dispatch.earliest_time"), (RISK, "dispatch.earliest_time"),
                          ("Teams Export - Learn", "dispatch.index_earliest")):
        one = SEARCHES[name]
        reach = seconds(one[setting].partition("@")[0].lstrip("-"))
        assert period(one) + int(one["schedule_window"]) * 60 < reach
    (late,) = re.findall(r'relative_time\(now\(\),"-(\w+)"\)', MACROS["teams_export_content"]["definition"])
    assert period(SEARCHES[LATE]) + int(SEARCHES[LATE]["schedule_window"]) * 60 < seconds(late)


# -- in which words -------------------------------------------------------------------------------


def test_the_mail_says_what_why_and_what_to_do():
    """Only fields that a row has; title, reason, entity, goal and steps among them."""
    one = SEARCHES[DETECT]
    named = re.findall(r"\$result\.(\w+)\$", one["action.email.subject"] + one["action.email.message.alert"])
    assert set(named) <= set(ROW + ADDED)
    assert {"alert_name", "reason", "entity", "tenant", "severity", "goal", "investigative_actions"} <= set(named)
    assert set() == set(re.findall(r"\$(?!result\.)\w", one["action.email.message.alert"].replace("$\\", "")))


def test_the_mail_leads_to_the_alert():
    """By the address of the view that everybody uses, with the alert's id alone, which needs no escaping."""
    links = re.findall(r"/app/\S+", SEARCHES[DETECT]["action.email.message.alert"].replace("\\", " "))
    assert ["/app/teams_export_guard/investigate?form.alert_id=$result.alert_id$"] == links


def test_the_mail_keeps_its_lines():
    """Every line but the last goes on in the next one, and the text is sent as it is."""
    lines = SEARCHES[DETECT]["action.email.message.alert"].split("\n")
    assert all(line.endswith("\\") for line in lines[:-1]) and not lines[-1].endswith("\\")
    assert "plain" == SEARCHES[DETECT]["action.email.content_type"]
