"""The entity view: every panel of it, as an analyst, against the sample's own records and without any."""

import time
from collections import Counter, defaultdict

import pytest

from sandbox import sample, serve
from sandbox.sample.tenant import APPS
from tests.app.views import APP, View
from tests.sandbox.recount import asn_of, by_entity, chats_of, entity_of, messages_of, minute_of, usable_records

VIEW = View("entity")
NOW = serve.PLANTED + sample.DAY
DAY, HOUR = 86400, 3600
ANALYST = "teams_export_analyst"
ENTITIES = {alert["pattern"]: alert["entity"] for alert in sample.expected()["alerts"]}
NOBODY = "user:nobody@harbourline.example"
#: Of these the fullest: two alerts, an application with exports every night, one that exported three weeks before.
SEVERAL = ["stronger-2", "backup", "exported-before"]


@pytest.fixture(scope="module")
def records():
    """Every usable record of the 30 days that the view reads, once, as the index holds it at the end of the planted day."""
    first = NOW // DAY * DAY - 30 * DAY
    found = usable_records([event for event in sample.events() if event.indextime <= NOW])
    return [record for record in found if first <= minute_of(record) < NOW]


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


def rows(splunkd, source, entity, tenant=sample.TENANT):
    """The rows of a panel for an entity, as an analyst sees them."""
    job = VIEW.run(splunkd, source, owner=ANALYST, tenant=tenant, entity=entity)
    assert job.error is None, job.error
    return [{name: value for name, value in row.items() if value is not None} for row in job.rows]


def one(splunkd, source, entity):
    (row,) = rows(splunkd, source, entity)
    return row


def day(seconds):
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


@pytest.mark.parametrize("pattern", SEVERAL)
@pytest.mark.parametrize("source", sorted(VIEW.data_sources))
def test_every_panel_says_something_as_an_analyst(filled, source, pattern):
    """No panel fails or is empty."""
    assert rows(filled, source, ENTITIES[pattern])


@pytest.mark.parametrize("source", sorted(VIEW.data_sources))
def test_without_data_every_panel_says_why(bare, source):
    """One row or more with a sentence or a zero, the two lists to choose from as well."""
    found = rows(bare, source, NOBODY)
    assert found and all(any(str(value).strip() for value in row.values()) for row in found)


def test_what_can_be_chosen_is_whoever_exported(filled, learned):
    """The tenant, and each entity of which an export was learned; of malformed records some are learned too."""
    assert [{"tenant": sample.TENANT}] == rows(filled, "ds_tenants", NOBODY)
    found = {row["entity"] for row in rows(filled, "ds_entities", NOBODY)}
    stored = filled.search('| inputlookup teams_export_baseline where feature="export"', app=APP).rows
    assert {row["entity"] for row in stored} == found
    assert set(by_entity(learned)) <= found
    assert ["none"] == [row["entity"] for row in rows(filled, "ds_entities", NOBODY, tenant="another")]


def test_alerts_are_those_of_the_ledger(filled):
    """Newest first, each with its id in a hidden column; all are open until somebody says otherwise."""
    found = rows(filled, "ds_alert_list", ENTITIES["stronger-2"])
    mine = [one for one in sample.expected()["alerts"] if one["entity"] == ENTITIES["stronger-2"]]
    assert [alert["alert_id"] for alert in reversed(mine)] == [row["_alert_id"] for row in found]
    assert ["First seen network", "Many messages"] == [row["Alert"] for row in found]
    assert {"New"} == {row["Status"] for row in found}
    assert ("2", "2") == tuple(map(str, one(filled, "ds_alert_counts", ENTITIES["stronger-2"]).values()))
    assert "was never seen for it" in found[0]["Why"] and "thresholds" not in found[0]["Why"]


def test_an_entity_without_alerts_says_so(filled, counted):
    """With 0 alerts, and what the detection says of it instead."""
    quiet = next(entity for entity in counted if entity.startswith("user:") and entity not in ENTITIES.values())
    assert "No alert of this entity is kept" in one(filled, "ds_alert_list", quiet)["Why"]
    assert ("0", "0") == tuple(map(str, one(filled, "ds_alert_counts", quiet).values()))


@pytest.mark.parametrize("pattern", SEVERAL)
def test_exports_are_those_of_the_records(filled, counted, pattern):
    """Messages and records of 30 days in all, and messages by day and operation; days without any are there as 0."""
    mine = counted[ENTITIES[pattern]]
    volume = one(filled, "ds_volume", ENTITIES[pattern])
    assert (sum(map(messages_of, mine)), len(mine)) == (int(volume["messages"]), int(volume["records"]))
    wanted = Counter()
    for record in mine:
        wanted[minute_of(record) // DAY * DAY, record["Operation"]] += messages_of(record)
    found = rows(filled, "ds_per_day", ENTITIES[pattern])
    shown = {
        (int(float(row["_time"])), name): int(count)
        for row in found for name, count in row.items() if name != "_time" and int(count)
    }  # fmt: skip
    assert wanted == shown
    assert 30 <= len(found)


@pytest.mark.parametrize("pattern", SEVERAL)
def test_operations_are_those_of_the_records(filled, records, pattern):
    """Every Teams read through Graph, counted or not, each record once."""
    known = {"MessagesListed", "MessagesExported", "MessageRead", "ChatRetrieved", "SubscribedToMessages"}
    wanted = Counter(r["Operation"] for r in records if entity_of(r) == ENTITIES[pattern] and r["Operation"] in known)
    assert wanted == {row["Operation"]: int(row["Records"]) for row in rows(filled, "ds_operations", ENTITIES[pattern])}


def test_operations_that_do_not_count_are_there_too(filled, records):
    """Of the bot, which reads single messages as well."""
    bot = "app:" + APPS["bot"].client_id
    found = {row["Operation"]: row["Counts"] for row in rows(filled, "ds_operations", bot)}
    assert {"MessagesListed": "yes", "MessageRead": "no", "ChatRetrieved": "no", "SubscribedToMessages": "no"} == found


@pytest.mark.parametrize("pattern", SEVERAL)
def test_chats_are_counted_by_the_records_that_name_them(filled, counted, pattern):
    """The most exported first; every chat of the time range."""
    wanted = Counter(chat for record in counted[ENTITIES[pattern]] for chat in chats_of(record))
    found = rows(filled, "ds_chats", ENTITIES[pattern])
    assert wanted == {row["Chat"]: int(row["Records"]) for row in found}
    assert sorted(wanted.values(), reverse=True) == [int(row["Records"]) for row in found]


@pytest.mark.parametrize("pattern", ["all-three", "stronger-2", "archive"])
def test_networks_and_days_are_those_of_the_baseline(filled, learned, pattern):
    """First and last day of each network, and on how many days anything was seen of the entity."""
    mine = [record for record in learned if entity_of(record) == ENTITIES[pattern]]
    days = defaultdict(set)
    for record in mine:
        if asn_of(record):
            days["AS%d" % asn_of(record)].add(day(minute_of(record)))
    found = rows(filled, "ds_networks", ENTITIES[pattern])
    if not days:
        assert "No network is known" in found[0]["Name"]
    else:
        assert {name: (min(seen), max(seen)) for name, seen in days.items()} == {
            row["Network"]: (row["First day"], row["Last day"]) for row in found
        }
    seen = one(filled, "ds_days_seen", ENTITIES[pattern])
    exports = {day(minute_of(record)) for record in by_entity(learned)[ENTITIES[pattern]]}
    assert (len({day(minute_of(record)) for record in mine}), len(exports)) == (int(seen["active"]), int(seen["exporting"]))


def test_applications_are_those_that_it_exported_with(filled):
    """An application exports with itself; what teams_export_trusted does not list is said to be so."""
    row = one(filled, "ds_applications", ENTITIES["backup"])
    assert (APPS["backup"].client_id, "not listed") == (row["Application"], row["Trusted"])


@pytest.mark.parametrize("pattern, role", [
    ("privileged", "Global Administrator"), ("all-three", "Privileged Role Administrator"), ("backup", "Global Reader"),
])  # fmt: skip
def test_roles_are_found_by_name_by_object_id_and_by_application(filled, pattern, role):
    """The object id is that of the entity's alerts."""
    row = one(filled, "ds_roles", ENTITIES[pattern])
    assert (role, "yes") == (row["Role"], row["Privileged"])


def test_the_detection_says_what_it_makes_of_the_last_day(filled):
    """An alert is known; who stayed below the thresholds is told how far."""
    assert "an alert that is known" in {row["State"] for row in rows(filled, "ds_verdict", ENTITIES["base"])}
    (near,) = [entry["entity"] for entry in sample.expected()["negatives"] if entry["what"].startswith("99 messages")]
    row = one(filled, "ds_verdict", near)
    assert "below the thresholds" == row["State"] and "99 messages" in row["Why"]


@pytest.mark.parametrize("evil", ['" | outputlookup x', '" OR entity="*', '\\" | delete', "user:*", "`secret`"])
def test_a_token_is_a_value_and_no_search(filled, evil):
    """Whatever the address says as entity, searches of records look for that name and find nothing."""
    for source in ("ds_volume", "ds_operations", "ds_chats"):
        assert not [row for row in rows(filled, source, evil) if str(row.get("Records", row.get("records", "0"))) != "0"]


def test_searches_of_records_are_narrowed():
    """Each that reads the index names the entity in it as a term, and has a time range."""
    reading = {name for name, one in VIEW.data_sources.items() if "`teams_export_index`" in one["options"]["query"]}
    assert {"ds_exports", "ds_operations", "ds_chats", "ds_verdict"} == reading
    for name in reading:
        options = VIEW.data_sources[name]["options"]
        assert "eval entity=$entity|s$ | `teams_export_term`]" in options["query"]
        assert options["queryParameters"]["earliest"] in ("$days$", "-26h@m")


def test_the_baseline_of_another_tenant_is_not_shown(filled):
    """The tenant is part of every question."""
    mine, others = (
        [len(rows(filled, source, ENTITIES["all-three"], tenant=tenant)) for source in ("ds_networks", "ds_days_seen")]
        for tenant in (sample.TENANT, "another")
    )
    assert ([5, 1], [1, 1]) == (mine, others)
    assert "No alert" in rows(filled, "ds_alert_list", ENTITIES["all-three"], tenant="another")[0]["Why"]
