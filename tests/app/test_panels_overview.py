"""The overview: every panel of it, as an analyst, against the ledger and without any alert."""

import time
from collections import Counter

import pytest

from sandbox import sample, serve
from tests.app.confs import lookup
from tests.app.views import APP, View

VIEW = View("overview")
NOW = serve.PLANTED + sample.DAY
ANALYST = "teams_export_analyst"
DAYS_30 = {"global_time.earliest": "-30d@d", "global_time.latest": "now"}
ALL_TIME = {"global_time.earliest": "0", "global_time.latest": ""}
BEFORE = {"global_time.earliest": "-30d@d", "global_time.latest": "-10d@d"}  # nothing was exported then
LABELS = {row["variation"]: row["label"] for row in lookup("teams_export_texts.csv")}


@pytest.fixture(scope="module")
def ledger(filled):
    """The alerts as they are kept."""
    return filled.search("| inputlookup teams_export_alerts", app=APP).rows


def rows(splunkd, source, span=DAYS_30, **tokens):
    """The rows of a panel, as an analyst sees them."""
    job = VIEW.run(splunkd, source, owner=ANALYST, **{**span, **tokens})
    assert job.error is None, job.error
    return [{name: value for name, value in row.items() if value is not None} for row in job.rows]


@pytest.mark.parametrize("source", sorted(VIEW.data_sources))
def test_every_panel_says_something_as_an_analyst(filled, source):
    """No panel fails or is empty."""
    assert rows(filled, source)


@pytest.mark.parametrize("source", sorted(set(VIEW.data_sources) - {"ds_range"}))
def test_without_alerts_every_panel_says_why(bare, filled, source):
    """On a fresh install, and where the time range holds none: a sentence or zeros."""
    for found in (rows(bare, source), rows(filled, source, BEFORE)):
        assert found and all(any(str(value).strip() for value in row.values()) for row in found)


def test_numbers_are_those_of_the_ledger(filled, ledger):
    """By severity; all are open, because nobody has said anything yet."""
    (found,) = rows(filled, "ds_numbers")
    severities = Counter(row["severity"] for row in ledger)
    assert (severities["low"], severities["low"], severities["informational"]) == tuple(
        int(found[name]) for name in ("open_low", "untouched", "open_informational")
    )
    assert ["0"] * 3 == [str(found[name]) for name in ("in_progress", "malicious", "benign")]


def test_kinds_stand_in_order_of_precedence(filled, ledger):
    """Each with its number, under its severity; one without alerts would be there as 0."""
    wanted = Counter(LABELS[row["variation"]] for row in ledger)
    found = rows(filled, "ds_variations")
    assert list(LABELS.values()) == [row["label"] for row in found]
    assert wanted == {row["label"]: int(row["low"]) + int(row["informational"]) for row in found}
    assert [0, 0, 0] == [int(row["informational"]) for row in found[:3]] and 0 == int(found[3]["low"])


def test_alerts_a_day_are_those_of_the_ledger(filled, ledger):
    """By the day on which they were triggered and by kind; every day of the time range is there."""
    wanted = Counter((int(float(row["triggered_at"])) // 86400 * 86400, LABELS[row["variation"]]) for row in ledger)
    found = rows(filled, "ds_over_time")
    shown = {(int(float(row["_time"])), name): int(row[name]) for row in found for name in LABELS.values() if int(row.get(name, 0))}
    assert wanted == shown and 30 <= len(found)


def test_the_list_has_informational_alerts_last(filled, ledger):
    """Severity low first, then the newest; each row knows its alert, tenant and entity."""
    found = rows(filled, "ds_newest")
    assert {row["alert_id"] for row in ledger} == {row["_alert_id"] for row in found}
    order = [(row["Severity"] == "informational", row["Time"]) for row in found]
    assert sorted([one for one in order if not one[0]], reverse=True) + sorted([one for one in order if one[0]], reverse=True) == order
    known = {row["alert_id"]: row for row in ledger}
    for row in found:
        mine = known[row["_alert_id"]]
        assert (mine["tenant"], mine["entity"], mine["risk_score"]) == (row["_tenant"], row["_entity"], row["Risk"])
        assert mine["reason"].endswith(row["Why"]) and "thresholds" not in row["Why"]
        assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(float(mine["triggered_at"]))) == row["Time"]


@pytest.mark.parametrize("tokens, count", [
    ({"status": "any"}, 17), ({"status": "new"}, 17), ({"status": "benign"}, 0), ({"variation": "first_seen_asn"}, 3),
    ({"variation": "base", "status": "any"}, 10), ({"variation": 'base" OR 1=1 OR "'}, 0),
])  # fmt: skip
def test_filters_choose(filled, tokens, count):
    """The triage status and the kind; what is no kind chooses nothing."""
    assert count == len([row for row in rows(filled, "ds_newest", **tokens) if "_alert_id" in row])


def test_the_time_range_chooses(filled, ledger):
    """Also one without an end."""
    assert len(ledger) == len(rows(filled, "ds_newest", ALL_TIME))
    assert "No alert in this time range" in rows(filled, "ds_newest", BEFORE)[0]["Why"]


def test_entities_are_added_up(filled, ledger):
    """Alerts, messages and the highest risk of each, the riskiest first."""
    found = rows(filled, "ds_entities")
    wanted = {}
    for row in ledger:
        alerts, messages, risk = wanted.get(row["entity"], (0, 0, 0))
        wanted[row["entity"]] = (alerts + 1, messages + int(row["message_count"]), max(risk, int(row["risk_score"])))
    assert wanted == {row["_entity"]: tuple(int(row[name]) for name in ("Alerts", "Messages", "Risk")) for row in found}
    assert sorted((int(row["Risk"]) for row in found), reverse=True) == [int(row["Risk"]) for row in found]


def test_networks_have_names_and_the_first_seen_ones_come_first(filled):
    """How many of the alerts call the network first seen."""
    found = rows(filled, "ds_networks")
    wanted = {"AS%s" % asn for alert in sample.expected()["alerts"] for asn in alert["first_seen_asn"]}
    assert wanted == {row["Network"] for row in found if int(row["First seen"])}
    assert all(int(row["First seen"]) for row in found[: len(wanted)])
    assert all(row["Name"] and row["Name"] != "no name" for row in found)


def test_applications_say_whether_they_are_trusted(filled, ledger):
    """By messages; one that the lookup does not list is said to be so."""
    found = rows(filled, "ds_applications")
    assert 3 == len(found) and {"not listed"} == {row["Trusted"] for row in found}
    assert sum(int(row["message_count"]) for row in ledger) == sum(int(row["Messages"]) for row in found)
