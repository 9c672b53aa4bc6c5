"""The investigate view: every panel of it, as an analyst, against the sample's own records and without any."""

import json
import statistics
from collections import Counter, defaultdict

import pytest

from sandbox import sample, serve
from sandbox.sample.networks import NETWORKS
from tests.app.confs import lookup
from tests.app.investigate_panels import (
    ALERTS,
    ANALYST,
    DAY,
    HOUR,
    NOBODY,
    NOW,
    PANELS,
    VIEW,
    clock,
    documents,
    of,
    one,
    rows,
)
from tests.app.views import APP
from tests.sandbox.recount import asn_of, by_entity, entity_of, messages_of, minute_of, usable_records


@pytest.fixture(scope="module")
def records():
    """Every usable record that the index holds at the end of the planted day, once."""
    return usable_records([event for event in sample.events() if event.indextime <= NOW])


@pytest.fixture(scope="module")
def counted(records):
    return by_entity(records)


@pytest.fixture(scope="module")
def learned():
    """Every record that the sample's search head learned from: by Backfill, and the counted ones by Detect."""
    return usable_records([
        event for event in sample.events()
        if (event.indextime <= serve.PLANTED and serve.PLANTED - 30 * DAY <= event.time < serve.PLANTED)
        or (event.indextime <= NOW and NOW - 26 * HOUR <= event.time and '"Messages' in event.raw)
    ])  # fmt: skip


@pytest.mark.parametrize("source", PANELS)
def test_every_panel_says_something_of_an_alert_as_an_analyst(filled, source):
    """No panel fails or is empty."""
    assert rows(filled, source, of("all-three"))


@pytest.mark.parametrize("source", [name for name in PANELS if name not in ("ds_alert", "ds_figures", "ds_days")])
def test_without_data_every_panel_says_why(bare, source):
    """One row or more, of which one is a sentence, a zero, or a verdict; the two that feed others are empty, and so are the figures."""
    found = rows(bare, source, NOBODY)
    assert found and all(any(str(value).strip() for value in row.values()) for row in found)


def test_an_alert_that_does_not_exist_is_said_to_be_none(filled):
    """In the sentence for the reason and in the evidence."""
    assert "No alert has this id" in one(filled, "ds_reason", NOBODY)["Reason"]
    assert ["No alert"] == [row["Fact"] for row in rows(filled, "ds_facts", NOBODY)]


def test_every_alert_can_be_chosen_newest_first(filled):
    """With its time, who did it and what it is."""
    found = rows(filled, "ds_choices", NOBODY)
    known = filled.search("| inputlookup teams_export_alerts", app=APP).rows
    assert sorted(row["alert_id"] for row in known) == sorted(row["alert_id"] for row in found)
    assert sorted((row["choice"][:16] for row in found), reverse=True) == [row["choice"][:16] for row in found]
    (mine,) = [row["choice"] for row in found if row["alert_id"] == of("all-three")]
    assert "2026-03-10 02:32 · nadia.zeller@harbourline.example · First export by a privileged user" == mine


@pytest.mark.parametrize("pattern", ["all-three", "backup", "late-part", "archive", "base"])
def test_the_figures_are_the_ledgers(filled, pattern):
    """Messages, records, chats, risk score and severity, as numbers and in the evidence."""
    document, figures = documents(filled, of(pattern)), one(filled, "ds_figures", of(pattern))
    for name in ("message_count", "record_count", "chat_count", "risk_score", "severity"):
        assert document[name] == figures[name]
    facts = {row["Fact"]: row["Value"] for row in rows(filled, "ds_facts", of(pattern))}
    assert document["alert_name"] == facts["Alert"]
    assert "%(message_count)s messages in %(record_count)s records (calls) from %(chat_count)s chats" % document == facts["Exported"]
    assert len(json.loads(document["matched_variations"])) == len(facts["Matches"].split(", "))
    assert document["reason"] == one(filled, "ds_reason", of(pattern))["Reason"]


def test_evidence_leads_to_the_entity(filled):
    """Each row knows tenant and entity, in columns that the table hides."""
    found = rows(filled, "ds_facts", of("base"))
    assert {(sample.TENANT, ALERTS["base"]["entity"])} == {(row["_tenant"], row["_entity"]) for row in found}


def test_chats_are_those_of_the_evidence_with_their_kind(filled):
    """A chat of two is `one to one`, others by the end of their name."""
    found = rows(filled, "ds_chats", of("all-three"))
    assert sorted(json.loads(documents(filled, of("all-three"))["chat_id"])) == sorted(row["Chat"] for row in found)
    assert {"one to one": 1, "group": 11} == Counter(row["Kind"] for row in found)


@pytest.mark.parametrize("pattern", ["all-three", "backup", "exported-before"])
def test_messages_a_day_are_those_of_the_records(filled, counted, pattern):
    """31 days, each day's messages of the entity up to the end of the alert's window, the alert's own apart."""
    alert = ALERTS[pattern]
    wanted = defaultdict(int)
    for record in counted[alert["entity"]]:
        at = minute_of(record)
        if alert["window_start"] - 30 * DAY <= at < alert["window_end"]:
            wanted["This alert" if at >= alert["window_start"] else "Before", at // DAY * DAY] += messages_of(record)
    found = rows(filled, "ds_per_day", alert["alert_id"])
    shown = {
        (part, int(float(row["_time"]))): int(row[part])
        for row in found for part in ("This alert", "Before") if int(row.get(part, 0))
    }
    assert wanted == shown
    assert 31 == len(found)


@pytest.mark.parametrize("pattern", ["backup", "exported-before"])
def test_the_usual_volume_is_that_of_the_hours_before(filled, counted, pattern):
    """Active hours of the 30 days before, their median and their greatest."""
    alert = ALERTS[pattern]
    messages, calls = Counter(), Counter()
    for record in counted[alert["entity"]]:
        if alert["window_start"] - 30 * DAY <= minute_of(record) < alert["window_start"]:
            messages[minute_of(record) // HOUR] += messages_of(record)
            calls[minute_of(record) // HOUR] += 1
    usual = one(filled, "ds_usual", alert["alert_id"])
    assert len(messages) == int(usual["hours"])
    assert statistics.median(messages.values()) == float(usual["median_messages"])
    assert (max(messages.values()), max(calls.values())) == (int(usual["busiest_messages"]), int(usual["busiest_records"]))


def test_networks_have_their_first_and_last_day_and_a_name(filled, learned):
    """All networks of the entity that were learned, the alert's marked; names come from the ASN table."""
    alert = ALERTS["all-three"]
    days = defaultdict(set)
    for record in learned:
        if entity_of(record) == alert["entity"] and asn_of(record):
            days["AS%d" % asn_of(record)].add(clock(minute_of(record), "%Y-%m-%d"))
    found = {row["Network"]: row for row in rows(filled, "ds_networks", alert["alert_id"])}
    assert {name: (min(seen), max(seen), str(len(seen))) for name, seen in days.items()} == {
        name: (row["First day"], row["Last day"], row["Days"]) for name, row in found.items()
    }
    assert {"AS14061": "yes, first seen"} == {n: r["In this alert"] for n, r in found.items() if r["In this alert"] != "no"}
    assert NETWORKS["hosting-digitalocean6"].operator in found["AS14061"]["Name"]
    assert "(acts for users)" in found["AS8075"]["Name"]


def test_a_network_of_the_alert_that_is_not_new_is_only_marked(filled):
    """`yes`, without `first seen`."""
    marks = {row["In this alert"] for row in rows(filled, "ds_networks", of("base"))}
    assert {"yes", "no"} == marks


def test_the_receiving_application_is_compared_with_all_that_export(filled, learned):
    """Who else exported with it, and since when; one that teams_export_trusted does not list is said to be so."""
    row = one(filled, "ds_applications", of("all-three"))
    client = json.loads(documents(filled, of("all-three"))["app_id"])[0]
    first = {}
    for entity, mine in by_entity(learned).items():
        times = [minute_of(each) for each in mine if each.get("AppAccessContext", {}).get("ClientAppId", "").lower() == client]
        if times:
            first[entity] = min(times)
    assert (client, "not listed", "delegated") == (row["Application"], row["Trusted"], row["Access"])
    assert len(first) - 1 == int(row["Also used by"].split(":")[0])
    assert clock(first[ALERTS["all-three"]["entity"]], "%Y-%m-%d") == row["First used"]
    assert clock(min(first.values()), "%Y-%m-%d") == row["First in tenant"]


OWN_APP = {"_key": "a", "tenant": "t1", "app_id": "own-1", "application": "Archive", "publisher": "Ours", "source": "graph",
           "certified": "unknown"}  # fmt: skip


@pytest.mark.parametrize("app_id, changes, expected", [
    ("d3590ed6-52b3-4102-aeff-aad2292ab01c", {}, ("Microsoft Office", "Microsoft", "open to anybody")),
    ("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", {}, ("Microsoft Teams Services", "Microsoft", "not listed")),
    ("own-1", {}, ("Archive", "Ours (not verified)", "not listed")),
    ("own-1", {"verified_publisher": "Ours Ltd"}, ("Archive", "Ours Ltd (verified)", "not listed")),
    ("own-1", {"verified_publisher": "Ours Ltd", "certified": "true"},
     ("Archive", "Ours Ltd (verified, certified)", "not listed")),
    ("own-1", {"tenant": "t2"}, (None, "unknown", "not listed")), ("other", {}, (None, "unknown", "not listed")),
])  # fmt: skip
def test_an_application_has_name_publisher_and_standing(own, app_id, changes, expected):
    """From Microsoft's list or, in its own tenant, from Graph; what anybody may sign in with is said to be so."""
    own.kv.delete_query(APP, "nobody", "teams_export_applications")
    own.kv.batch_save(APP, "nobody", "teams_export_applications", [{**OWN_APP, **changes}])
    search = '| makeresults | eval t="t1", a="%s" | `teams_export_application(t,a)`' % app_id
    job = own.search(search + " | table app_name app_publisher app_standing", app=APP, owner=ANALYST)
    assert job.error is None, job.error
    assert expected == tuple(job.rows[0][name] for name in ("app_name", "app_publisher", "app_standing"))
    own.kv.delete_query(APP, "nobody", "teams_export_applications")


def test_an_alert_without_an_application_says_so(filled):
    """In the panel, not as an empty one; here of an alert that does not exist."""
    assert "The records name no application" == one(filled, "ds_applications", NOBODY)["Application"]


@pytest.mark.parametrize("pattern, answer, role", [
    ("all-three", "Privileged", ("Privileged Role Administrator", "yes", "active")),  # by object id
    ("privileged", "Privileged", ("Global Administrator", "yes", "eligible")),  # by name
    ("first-seen", "Not privileged", ("Global Administrator", "yes", "active (expired)")),
    ("chats", "Not privileged", ("Reports Reader", "no", "active")),
    ("backup", "Privileged", ("Global Reader", "yes", "active")),  # an application
])  # fmt: skip
def test_roles_are_those_of_the_account(filled, pattern, answer, role):
    """Whether it was privileged, and each role with its source and its age."""
    assert answer == one(filled, "ds_privileged", of(pattern))["answer"]
    row = one(filled, "ds_roles", of(pattern))
    assert role == (row["Role"], row["Privileged"], row["Assignment"])
    assert ("sample", 1) == (row["Source"], int(row["Read, days ago"]))


def test_an_account_without_a_role_says_what_to_fill(filled):
    """With the name of the lookup."""
    assert "teams_export_privileged" in one(filled, "ds_roles", of("base"))["Role"]


def test_days_with_exports_are_the_baselines(filled):
    """Of the one that exported before: three weeks ago and today."""
    row = one(filled, "ds_usual_exports", of("exported-before"))
    assert (2, "2026-02-20", "2026-03-10") == (int(row["Days with exports"]), row["First day"], row["Last day"])


def kinds():
    found = {}
    for row in lookup("teams_export_followups.csv"):
        found.setdefault(row["kind"], []).append(row["Operation"])
    return found


@pytest.mark.parametrize("pattern", ["all-three", "first-seen", "base", "backup"])
def test_what_the_account_did_afterwards_is_counted_by_kind(filled, records, pattern):
    """From the start of the export to 24 hours after its end, each record once, every kind with its zero."""
    alert = ALERTS[pattern]
    wanted = {}
    for kind, operations in kinds().items():
        times = [
            minute_of(record) for record in records
            if record["Operation"] in operations and entity_of(record) == alert["entity"]
            and alert["window_start"] <= minute_of(record) < alert["window_end"] + DAY
        ]  # fmt: skip
        wanted[kind] = (len(times), clock(min(times)) if times else "none")
    found = rows(filled, "ds_followups", alert["alert_id"])
    assert wanted == {row["Act"]: (int(row["Records"]), row["First"]) for row in found}
    assert list(kinds()) == [row["Act"] for row in found]


def test_the_planted_follow_ups_are_seen(filled):
    """Downloads, links, mail, a forwarding rule and a consent of the one that did everything."""
    found = {row["Act"]: int(row["Records"]) for row in rows(filled, "ds_followups", of("all-three"))}
    assert 14 <= found["Files downloaded"] and 3 <= found["Mail sent"]
    assert (2, 1, 1) == tuple(
        found[kind] for kind in ("Sharing links made", "Mail rules and forwarding", "Consents and app permissions")
    )


def test_the_search_of_a_row_finds_its_records(filled):
    """The link's terms and times, as the search page would run them, give at least the records that were counted."""
    for row in rows(filled, "ds_followups", of("all-three")):
        job = filled.search(
            "search `teams_export_index` " + row["_terms"], app=APP, owner=ANALYST,
            earliest=float(row["_from"]), latest=float(row["_to"]),
        )  # fmt: skip
        assert job.error is None
        assert int(row["Records"]) <= len({json.loads(found["_raw"])["Id"] for found in job.rows})


def test_every_kind_of_act_names_operations_once():
    """One place and one kind for each operation, the places in order."""
    given = lookup("teams_export_followups.csv")
    assert len(given) == len({row["Operation"] for row in given})
    assert [1, 2, 3, 4, 5, 6] == sorted({int(row["place"]) for row in given})
    assert 6 == len({(row["place"], row["kind"]) for row in given})


@pytest.mark.parametrize("evil", ['" | outputlookup x', '" OR alert_id="*', '\\" | delete', "*", "`secret`"])
def test_a_token_is_a_value_and_no_search(filled, evil):
    """Whatever the address says as alert_id, the panels look for an alert of that name, and find none."""
    for source in ("ds_alert", "ds_days", "ds_followups"):
        found = rows(filled, source, evil)
        assert [] == [row for row in found if row.get("Records", "0") != "0" and source != "ds_alert"]
    if evil != "*":
        assert [] == rows(filled, "ds_alert", evil)


def test_searches_of_records_are_bounded():
    """Every data source that reads the index takes its time and a name from the alert, and reads a minute without one."""
    reading = [one["options"] for one in VIEW.data_sources.values() if "`teams_export_index`" in one["options"]["query"]]
    assert 2 == len(reading)
    for options in reading:
        assert "`teams_export_around(" in options["query"]
        assert {"earliest": "-1m", "latest": "now"} == options["queryParameters"]


def test_the_steps_are_the_seeds_sentences():
    """Word for word, numbered, each above its panels."""
    (actions,) = {row["investigative_actions"] for row in lookup("teams_export_texts.csv")}
    panels = VIEW.definition["visualizations"].values()
    steps = [one["options"]["markdown"] for one in panels if one["type"] == "splunk.markdown"][:3]
    assert actions == " ".join(step.split("\n")[0].lstrip("# ") for step in steps)
