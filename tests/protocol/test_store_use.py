"""Facts about how the built package uses the KV store: what an hour without news writes, and what its queries look at."""

from __future__ import annotations

import json

import pytest

from sandbox.kv import access
from sandbox.kv.query import parse
from tests.protocol.records import DAY, HOUR, OFF, burst, raw, record
from tests.protocol.site import ALERTS, APP, BASELINE, LEASE, NOW, TRIAGE

MORNING = NOW // DAY * DAY + HOUR  # early on the day of the search's latest time
PEOPLE = ["p%d@contoso.example" % number for number in range(5)]


def hour(start):
    """What five people do in an hour: each a few reads, of which nobody would raise an alert."""
    return [
        raw(record("%s-%d-%d" % (person, start, index), start + 600 * index, person)) for person in PEOPLE for index in range(3)
    ]


def saved(site, rows, *args):
    """How many documents of each collection a committing run over these rows saves."""
    counts = {}

    def see(request):
        collection, _, last = request.path.partition("/data/")[2].partition("/")
        if last == "batch_save":
            counts[collection] = counts.get(collection, 0) + len(json.loads(request.body))

    site.watch(see)
    site.commit(rows, *args)
    site.rest.faults.clear()
    return counts


@pytest.mark.parametrize("args", [(OFF,), ("mode=learn",)], ids=("detect", "learn"))
def test_the_same_rows_again_save_no_document(site, args):
    """Neither of the baseline nor of the alerts, though the first run saved both where it detects."""
    rows = hour(MORNING) + burst(start=MORNING)
    first = saved(site, rows, *args)
    assert first.pop(BASELINE) > 0
    assert {} == first if args == ("mode=learn",) else first.pop(ALERTS) > 0
    site.rest.traffic.clear()
    assert {} == saved(site, rows, *args)
    assert [("POST", LEASE, "", 201), ("DELETE", LEASE, "", 200)] == site.writes()


def test_the_next_hour_of_people_seen_that_day_saves_no_document(site):
    """It reads the last hour again and has records of its own; all of it was seen that day, and earlier."""
    saved(site, hour(MORNING) + burst(start=MORNING), OFF)
    later = hour(MORNING) + burst(start=MORNING) + hour(MORNING + 2 * HOUR)
    assert {} == saved(site, later, OFF)


def test_another_day_is_news(site):
    """The same people on the day before: all their documents change, as do those of the tenant."""
    first = saved(site, hour(MORNING), OFF)
    assert first == saved(site, hour(MORNING - DAY), OFF)


def test_no_query_looks_at_all_of_what_grows(site):
    """Baseline, alerts and triage are asked by key or by what collections.conf accelerates, also page by page."""
    site.commit(burst(), OFF)
    asked = []

    def see(request):
        collection, _, last = request.path.partition("/data/")[2].partition("/")
        if last == "batch_find" and collection in (BASELINE, ALERTS, TRIAGE):
            accelerated = site.kv.definition(APP, collection).accelerated()
            asked.extend((collection, access.plan(parse(one["query"]), accelerated).path) for one in json.loads(request.body))
        elif collection in (BASELINE, ALERTS, TRIAGE):
            assert last == "batch_save"

    site.watch(see)
    site.commit(burst() + burst("bob@contoso.example"), OFF)
    assert {BASELINE, ALERTS} <= {collection for collection, _ in asked}
    assert [] == [one for one in asked if isinstance(one[1], access.KeyRange)]


def test_alerts_of_an_entity_are_asked_for_as_far_back_as_they_matter(site):
    """By tenant, entity and a range of their time: the range ends where the acceleration does."""
    site.commit(burst(), OFF)
    queries = []
    site.watch(lambda request: queries.extend(one["query"] for one in json.loads(request.body)),
               lambda request: request.path.endswith(ALERTS + "/batch_find"))  # fmt: skip
    site.commit(burst(), OFF)
    (owned,) = (one for one in queries if "entity" in one)
    fields = tuple(site.kv.definition(APP, ALERTS).accelerated()["owner"])
    assert fields == tuple(owned) and {"$gt"} == set(owned["triggered_at"])
