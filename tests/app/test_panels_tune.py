"""The tune view: the back-test of five sets of thresholds, against the independent model over the sample's records."""

import csv
import ipaddress
import sys
from collections import Counter

import pytest

from sandbox import sample, serve
from sandbox.sample.networks import NETWORKS
from sandbox.splunkd import Splunkd
from tests.app.confs import MACROS
from tests.app.views import APP, View
from tests.conftest import ROOT
from tests.oracle.model import judge
from tests.oracle.triggers import Options

VIEW = View("tune")
NOW = serve.PLANTED + sample.DAY
DAY = 86400
OWN = {"own_messages": "150", "own_records": "30", "own_chats": "6"}
SETS = {"Half": (50, 10, 3), "Present": (100, 20, 5), "Double": (200, 40, 10), "Four times": (400, 80, 20),
        "Own": (150, 30, 6)}
COLUMNS = {"Privileged": "privileged_first_time", "New network": "first_seen_asn", "Many chats": "multiple_chats",
           "Base": "base"}
REPLAYS = [name for name in VIEW.data_sources if name not in ("ds_thresholds", "ds_sets")]


def tokens(splunkd, **more):
    """The tokens of the page after Submit: the thresholds that its first search found, and the inputs'."""
    (found,) = VIEW.run(splunkd, "ds_thresholds").rows
    return {**{"thresholds:result." + name: value for name, value in found.items()}, **OWN, **more}


@pytest.fixture(scope="module")
def results(filled):
    """The rows of every data source, as an analyst."""
    found = {}
    for source in VIEW.data_sources:
        job = VIEW.run(filled, source, "teams_export_analyst", **tokens(filled))
        assert job.error is None, source
        found[source] = job.rows
    return found


def asn_lookup(address):
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return None
    for network in NETWORKS.values():
        block = ipaddress.ip_network(network.prefix)
        if block.version == place.version and place in block:
            return (network.asn, "") if network.asn else None
    return None


@pytest.fixture(scope="module")
def expected():
    """set -> its alerts of the last 30 days, as the independent model raises them from the raw records."""
    with (ROOT / "lookups" / "privileged_roles.csv").open(encoding="utf-8") as file:
        roles = list(csv.DictReader(file))
    raw = [{"_raw": event.raw} for event in sample.events() if event.indextime <= NOW and event.time < NOW
           and ("MessagesListed" in event.raw or "MessagesExported" in event.raw)]
    found = {}
    for name, (messages, records, chats) in SETS.items():
        verdict = judge(
            raw, now=NOW, mode="backtest", privileged=sample.privileged_rows(serve.PLANTED), roles_table=roles,
            options=Options(message_threshold=messages, record_threshold=records, chat_threshold=chats, activation=0),
            asn_lookup=asn_lookup,
        )
        found[name] = [row for row in verdict.rows if row["alert_state"] == "new"
                       and row["triggered_at"] >= NOW - NOW % DAY - 30 * DAY]
    return found


def alerts(results, name):
    return [row for row in results["ds_backtest"] if row["threshold_set"] == name and row["alert_state"] == "new"]


# -- the sets -------------------------------------------------------------------------------------


def test_every_panel_has_rows(results):
    """As an analyst, with the sample's data."""
    assert [] == [source for source, rows in results.items() if not rows]


@pytest.mark.parametrize("owner", ["admin", "teams_export_admin"])
def test_admins_may_replay(filled, results, owner):
    """They get what an analyst gets."""
    job = VIEW.run(filled, "ds_backtest", owner, **tokens(filled))
    assert (None, results["ds_backtest"]) == (job.error, job.rows)


def test_sets_follow_the_macros(results):
    """Half, present, twice and four times the three macros, and not less than 1."""
    shown = {row["Set"]: tuple(int(row[name]) for name in ("Messages", "Records", "Chats")) for row in results["ds_sets"]}
    assert {name: numbers for name, numbers in SETS.items() if name != "Own"} == shown
    present = tuple(int(MACROS["teams_export_%s_threshold" % kind]["definition"]) for kind in ("message", "record", "chat"))
    assert SETS["Present"] == present


def test_every_set_raises_what_the_independent_model_raises(results, expected):
    """The same alerts: entity, minute, variation and messages, for each of the five sets."""
    for name, rows in expected.items():
        wanted = {(row["entity"], row["triggered_at"], row["variation"], row["message_count"]) for row in rows}
        assert wanted == {(row["entity"], int(row["triggered_at"]), row["variation"], int(row["message_count"]))
                          for row in alerts(results, name)}
    sizes = [len(expected[name]) for name in ("Half", "Present", "Double")]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[1] > sizes[2] > 0


# -- what the panels make of it -------------------------------------------------------------------


def test_rates_are_alerts_a_week(results, expected):
    """Alerts in 30 days, times 7, through 30, by variation; the chart has the same figures."""
    assert list(SETS) == [row["Set"] for row in results["ds_rates"]]
    for row, drawn in zip(results["ds_rates"], results["ds_chart"]):
        kinds = Counter(one["variation"] for one in expected[row["Set"]])
        assert len(expected[row["Set"]]) == int(row["Alerts"])
        for column, kind in COLUMNS.items():
            assert abs(kinds[kind] * 7 / 30 - float(row[column])) <= 0.051
            assert row[column] == drawn[column]
        assert abs(int(row["Alerts"]) * 7 / 30 - float(row["A week"])) <= 0.051


def test_entities_with_most_alerts(results, expected):
    """The 20 with most over all sets, each set's alerts in its column."""
    by_set = {name: Counter(row["entity"] for row in rows) for name, rows in expected.items()}
    total = sum(by_set.values(), Counter())
    listed = [row["User or application"] for row in results["ds_entities"]]
    assert [count for _, count in total.most_common(20)] == [total[name] for name in listed]
    for row in results["ds_entities"]:
        assert {name: by_set[name][row["User or application"]] for name in SETS} == {name: int(row[name]) for name in SETS}


def misses(expected, name):
    """The alerts of the most sensitive set without one of this set for the same entity within a day."""
    most = max(expected, key=lambda one: len(expected[one]))
    return [one for one in expected[most]
            if not any(other["entity"] == one["entity"] and abs(other["triggered_at"] - one["triggered_at"]) < DAY
                       for other in expected[name])]


def test_missed_alerts_are_counted(results, expected):
    """For each set; the most sensitive one misses nothing."""
    assert {name: len(misses(expected, name)) for name in SETS} == {
        row["Set"]: int(row["Missed"]) for row in results["ds_missed_counts"]}
    assert {"Half"} == {row["Set"] for row in results["ds_missed_counts"] if row["Missed"] == "0"}


@pytest.mark.parametrize("name", ["Double", "Four times", "Own"])
def test_missed_alerts_are_listed_for_the_chosen_set(filled, expected, name):
    """Newest first, each with time, messages and the sentence that says why it was raised."""
    listed = VIEW.run(filled, "ds_missed", **tokens(filled, missed_by=name)).rows
    wanted = misses(expected, name)
    assert Counter((one["entity"], str(one["message_count"])) for one in wanted) == Counter(
        (row["User or application"], row["Messages"]) for row in listed)
    assert sorted((row["When"] for row in listed), reverse=True) == [row["When"] for row in listed]
    assert all(name in row["Missed by"].split(", ") and "exported" in row["Reason"] for row in listed)


def test_a_set_that_misses_nothing_says_so(filled):
    """One row that explains the empty list."""
    (row,) = VIEW.run(filled, "ds_missed", **tokens(filled, missed_by="Half")).rows
    assert "None is missed" == row["User or application"] and row["Reason"]


# -- without data, and with what a user may type --------------------------------------------------


def test_without_records_every_panel_explains_itself(package, tmp_path):
    """On a fresh installation nothing can be replayed, and the table says where to look."""
    with Splunkd(tmp_path / "bare", sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        known = tokens(splunkd)
        found = {source: VIEW.run(splunkd, source, **known) for source in VIEW.data_sources}
    assert {None} == {job.error for job in found.values()}
    assert ["empty"] == [row["alert_state"] for row in found["ds_backtest"].rows]
    assert "See Readiness" in found["ds_rates"].rows[0]["Set"]
    assert "No set raised an alert." == found["ds_entities"].rows[0]["User or application"]
    assert "nothing to compare" in found["ds_missed"].rows[0]["Reason"]
    assert {"0"} == {row["Missed"] for row in found["ds_missed_counts"].rows}


@pytest.mark.parametrize("typed", ["0", "many", '1" mode="learn', "1 | outputlookup teams_export_triage"])
def test_what_is_typed_stays_one_value(filled, typed):
    """It reaches the command as the one option's value, which says what is allowed; nothing of it is run."""
    job = VIEW.run(filled, "ds_backtest", **tokens(filled, own_messages=typed))
    assert "message_threshold" in job.error and "allowed: a whole number of 1 or more" in job.error


def test_nothing_heavy_runs_before_submit():
    """Every search over the records waits for tokens that only Submit gives."""
    assert VIEW.definition["layout"]["options"]["submitButton"] is True
    assert "submitOnDashboardLoad" not in VIEW.definition["layout"]["options"]
    for source in REPLAYS:
        assert "own_messages" in VIEW.data_sources[VIEW.data_sources[source]["options"].get("extend", source)]["options"]["query"]


def test_the_page_says_what_a_replay_costs_and_cannot_know():
    """In words, before anything is started."""
    said = VIEW.definition["visualizations"]["viz_about"]["options"]["markdown"]
    assert "**Cost:**" in said and "**What a replay cannot know:**" in said


def test_a_replay_writes_nothing(filled, results):
    """The collections are as before."""
    before = {name: filled.kv.find_all(APP, "nobody", name) for name in ("teams_export_alerts", "teams_export_baseline")}
    assert None is VIEW.run(filled, "ds_backtest", **tokens(filled)).error
    assert before == {name: filled.kv.find_all(APP, "nobody", name) for name in before}
