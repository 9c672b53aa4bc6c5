"""Enterprise Security: findings, risk, annotations and the analytic story. Without it these settings say nothing.

The keys are those that Splunk's own content is built with (contentctl, savedsearches_detections.j2 and
analyticstories_*.j2); types of objects are those of contentctl/objects/rba.py.
"""

import json
import re
from collections import defaultdict

import pytest

from teams_export_guard.catalogue import MITRE_TECHNIQUE_ID, VARIATIONS
from tests.app.confs import MACROS, SEARCHES, conf
from tests.app.test_alerts import ADDED, DETECT, LATE, RISK
from tests.app.test_conf import ROW
from tests.conftest import ROOT

CORRELATING = [DETECT, LATE, RISK]
RISK_OBJECTS = ("system", "user", "other")
THREAT_OBJECTS = ("ip_address", "service")  # of a longer list; the model has no type "application"
SCORES = range(1, 101)  # contentctl: RiskScoreValue_Type
STORIES = conf("analyticstories.conf")
STORY = STORIES["analytic_story://Teams Export Guard"]
JSON_KEYS = (
    "action.correlationsearch.annotations", "action.notable.param._entities", "action.notable.param.drilldown_searches",
    "action.risk.param._risk",
)  # fmt: skip
STORY_JSON = "references maintainers searches annotations providing_technologies".split()


def parsed(name, key):
    return json.loads(SEARCHES[name][key])


@pytest.fixture(scope="module")
def risk(filled):
    """The rows of Risk over everything in the ledger."""
    job = filled.search(SEARCHES[RISK]["search"], app="teams_export_guard", earliest="0")
    assert job.error is None and job.rows
    return job.rows


def objects(kind):
    """(field, type, score) of the risk objects, or (field, type) of the threat objects."""
    found = parsed(RISK, "action.risk.param._risk")
    names = (kind + "_object_field", kind + "_object_type") + (("risk_score",) if kind == "risk" else ())
    return [tuple(one[name] for name in names) for one in found if names[0] in one]


# -- who does what --------------------------------------------------------------------------------


def test_one_search_adds_risk_and_the_others_make_findings():
    """So that no alert is counted twice."""
    assert [RISK] == [name for name, one in SEARCHES.items() if one.get("action.risk") == "1"]
    assert [DETECT, LATE] == [name for name, one in SEARCHES.items() if one.get("action.notable") == "1"]
    assert CORRELATING == [name for name, one in SEARCHES.items() if "action.correlationsearch.enabled" in one]


@pytest.mark.parametrize("name", CORRELATING)
def test_json_settings_are_json(name):
    """Every one of them, as lists or objects."""
    keys = [key for key in JSON_KEYS if key in SEARCHES[name]]
    assert keys and all(isinstance(parsed(name, key), (list, dict)) for key in keys)


@pytest.mark.parametrize("name", CORRELATING)
def test_annotations_are_the_alerts_own(name):
    """The technique of the rows, and a story that there is."""
    annotations = parsed(name, "action.correlationsearch.annotations")
    assert [MITRE_TECHNIQUE_ID] == annotations["mitre_attack"]
    assert {"analytic_story://" + story for story in annotations["analytic_story"]} <= set(STORIES)
    assert name == SEARCHES[name]["action.correlationsearch.label"]


# -- findings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [DETECT, LATE])
def test_a_finding_names_fields_of_the_rows(name):
    """In its title, its description, its fields and its drill-downs."""
    one = SEARCHES[name]
    texts = [one["action.notable.param.rule_" + part] for part in ("title", "description")]
    texts += [drill["search"] for drill in parsed(name, "action.notable.param.drilldown_searches")]
    named = re.findall(r"\$(\w+)\$", " ".join(texts)) + one["action.notable.param.nes_fields"].split(",")
    assert {"alert_name", "entity", "reason", "alert_id", "user", "src_ip"} <= set(named) <= set(ROW + ADDED)


def test_severity_of_a_finding_is_that_of_the_variations_that_notify():
    """Low, of all of them."""
    severities = {one.severity for one in VARIATIONS} - {"informational"}
    assert severities == {SEARCHES[name]["action.notable.param.severity"] for name in (DETECT, LATE)}


def test_only_the_alert_id_reaches_a_drill_down():
    """Names of users and applications are others' text; the id is hex digits."""
    for drill in parsed(DETECT, "action.notable.param.drilldown_searches"):
        assert {"alert_id"} == set(re.findall(r"\$(\w+)\$", drill["search"]))


def test_drill_downs_find_the_alert_and_its_records(filled):
    """From the app of Enterprise Security as from any other, lookups and macros being exported."""
    ledger = "| inputlookup teams_export_alerts | search variation=first_seen_asn"
    for alert in filled.search(ledger, app="teams_export_guard").rows:
        shown, records = (
            filled.search(drill["search"].replace("$alert_id$", alert["alert_id"]), app="teams_export_guard", earliest="0")
            for drill in parsed(DETECT, "action.notable.param.drilldown_searches")
        )
        assert [alert["alert_id"]] == [row["alert_id"] for row in shown.rows]
        ids = {json.loads(row["_raw"])["Id"] for row in records.rows}
        assert set(json.loads(alert["record_id"])) == ids and ids


# -- risk -----------------------------------------------------------------------------------------


def test_risk_and_threat_objects_are_of_known_types():
    """With scores that Enterprise Security takes."""
    assert all(kind in RISK_OBJECTS and score in SCORES for _, kind, score in objects("risk"))
    assert {kind for _, kind in objects("threat")} <= set(THREAT_OBJECTS)


ANY_ALERT = (
    '| makeresults | eval entity_type="%s", entity="%s:x", user="u", src_ip="192.0.2.1", matched_variations=split("%s",",")'
    " | `teams_export_risk_objects`"
)


def test_the_fields_of_risk_are_fields_of_its_rows(risk, filled):
    """Each risk object occurs, of a user or an application; so do the threat objects and what the message names."""
    matched = ",".join(one.name for one in VARIATIONS)
    made = [filled.search(ANY_ALERT % (kind, kind, matched), app="teams_export_guard").rows for kind in ("user", "app")]
    assert {one[0] for one in objects("risk")} <= {field for rows in made for row in rows for field in row if row[field]}
    there = {field for row in risk for field, value in row.items() if value}
    named = {one[0] for one in objects("threat")}
    named |= set(re.findall(r"\$(\w+)\$", SEARCHES[RISK]["action.risk.param._risk_message"]))
    assert set() == named - there


def test_a_row_has_the_risk_objects_of_its_variation_alone(risk):
    """Its user or application, and its addresses where there are any, with the score of that variation."""
    scores = {one.name: one.score for one in VARIATIONS}
    for row in risk:
        given = {(kind, score): row[field] for field, kind, score in objects("risk") if row.get(field)}
        score = scores[row["matched_variation"]]
        wanted = {("system", score): row.get("src_ip")}
        if row["entity_type"] == "user":
            wanted["user", score] = row["user"]
        else:
            wanted["other", score] = row["entity"][len("app:"):]
        assert {key: value for key, value in wanted.items() if value} == given


def test_no_field_of_a_row_overrules_its_scores(risk):
    """Enterprise Security also takes a score or an object from result fields of these names (manual, Risk Analysis)."""
    assert set() == {"risk_score", "risk_object", "risk_object_type"} & {name for row in risk for name in row}


def test_the_rows_of_an_alert_add_up_to_its_risk_score(risk, filled):
    """Of every alert of the ledger, base ones too."""
    sums = defaultdict(int)
    for row in risk:
        sums[row["alert_id"]] += sum(
            score for field, kind, score in objects("risk") if kind in ("user", "other") and row.get(field)
        )
    ledger = filled.search("| inputlookup teams_export_alerts", app="teams_export_guard").rows
    assert {row["alert_id"]: int(float(row["risk_score"])) for row in ledger} == sums
    assert {"base", "first_seen_asn"} <= {row["variation"] for row in ledger}


def test_risk_is_of_what_changed_lately(filled):
    """Alerts that were last changed before the search's earliest time are left out."""
    ledger = filled.search("| inputlookup teams_export_alerts", app="teams_export_guard").rows
    last = max(float(row["updated"]) for row in ledger)
    job = filled.search(SEARCHES[RISK]["search"], app="teams_export_guard", earliest=str(int(last) + 1), latest=str(int(last) + 9))
    assert (None, []) == (job.error, job.rows)


def test_every_variation_has_its_risk_objects():
    """The macro's names of variations are those of the catalogue, each with its three objects."""
    spl = MACROS["teams_export_risk_objects"]["definition"]
    names = re.findall(r"`teams_export_if_matched\((\w+),\w+\)`", spl)
    assert {one.name: 3 for one in VARIATIONS} == {name: names.count(name) for name in names}


# -- the analytic story ---------------------------------------------------------------------------


def test_the_story_has_the_correlation_searches():
    """All of them, and each is explained."""
    assert CORRELATING == json.loads(STORY["searches"])
    assert {"savedsearch://" + name for name in CORRELATING} == {name for name in STORIES if "://Teams Export - " in name}


def test_json_of_the_story_is_json():
    """Lists and objects on one line."""
    values = [one[key] for one in STORIES.values() for key in STORY_JSON if key in one]
    assert values and all(isinstance(json.loads(value), (list, dict)) for value in values)


def test_every_key_of_the_story_is_specified():
    """README/analyticstories.conf.spec has the keys that are used, and no other."""
    spec = (ROOT / "README" / "analyticstories.conf.spec").read_text(encoding="utf-8")
    assert {key for one in STORIES.values() for key in one} == set(re.findall(r"^(\w+) = <", spec, re.M))


def test_the_story_is_reloaded_and_replicated():
    """Splunk does not know the file by itself."""
    assert "simple" == conf("app.conf", ".")["triggers"]["reload.analyticstories"]
    assert "true" == conf("server.conf")["shclustering"]["conf_replication_include.analyticstories"]
    assert "system" == conf("default.meta", "metadata")["analyticstories"]["export"]
