"""What is planted in the sample: every figure of the expected list, counted again from the raw JSON by code that
shares nothing with the generator but the table of networks."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from sandbox import sample
from tests.sandbox.recount import (
    COUNTED,
    asn_of,
    by_entity,
    chats_of,
    entity_of,
    messages_of,
    minute_of,
    triggers,
    usable_records,
)  # fmt: skip

REPLAY_START = sample.START + sample.HISTORY_DAYS * 86400
ALERTS = sample.expected()["alerts"]
NEGATIVES = sample.expected()["negatives"]


def of_pattern(value):
    return value["pattern"] if "pattern" in value else value["what"][:20]


@pytest.fixture(scope="module")
def events():
    return sample.events()


@pytest.fixture(scope="module")
def records(events):
    return usable_records(events)


@pytest.fixture(scope="module")
def counted(records):
    return by_entity(records)


@pytest.mark.parametrize("alert", ALERTS, ids=of_pattern)
def test_a_planted_alert_has_the_figures_that_its_records_have(alert, counted):
    """Trigger, windows and counts, recounted from the raw records of the entity."""
    mine = counted[alert["entity"]]
    start, end = alert["window_start"], alert["window_end"]
    evidence = [record for record in mine if start <= minute_of(record) < end]
    own = [(t, begun) for t, begun in triggers(mine) if start <= begun < start + 3600]
    assert (alert["triggered_at"], start) == own[0]
    assert end == max(begun for _, begun in own) + 3600
    assert alert["record_count"] == len(evidence)
    assert alert["message_count"] == sum(map(messages_of, evidence))
    assert alert["chat_count"] == len(set().union(*map(chats_of, evidence)))
    assert ("multiple_chats" in alert["matched_variations"]) == (alert["chat_count"] >= 5)


@pytest.mark.parametrize("alert", ALERTS, ids=of_pattern)
def test_a_planted_alert_comes_from_networks_as_stated(alert, records, counted):
    """The unseen AS numbers are those of the evidence without a record between 30 days and 24 hours before."""
    start = alert["window_start"]
    midnight = start - start % 86400
    mine = [record for record in records if entity_of(record) == alert["entity"]]
    before = [record for record in mine if midnight - 30 * 86400 <= minute_of(record) < start - 86400]
    evidence = [r for r in counted[alert["entity"]] if start <= minute_of(r) < alert["window_end"]]
    unseen = {asn_of(record) for record in evidence} - {asn_of(record) for record in before} - {None}
    days = {minute_of(record) // 86400 for record in before}
    assert alert["first_seen_asn"] == (["%d" % asn for asn in sorted(unseen)] if len(days) >= 3 else [])
    assert ("first_seen_asn" in alert["matched_variations"]) == bool(alert["first_seen_asn"])
    exported = any(r["Operation"] in COUNTED and r["Workload"] == "MicrosoftTeams" for r in before)
    first = alert["privileged"] == "true" and not exported
    assert ("privileged_first_time" in alert["matched_variations"]) == first
    assert alert["variation"] == alert["matched_variations"][0]


def test_nobody_else_reaches_a_threshold(counted):
    """In the replay, and the day before it, only the entities of the expected list have triggers."""
    reaching = {who for who, mine in counted.items() if any(t > REPLAY_START - 86400 for t, _ in triggers(mine))}
    assert {alert["entity"] for alert in ALERTS} == reaching


@pytest.mark.parametrize("negative", NEGATIVES, ids=of_pattern)
def test_a_negative_nearly_fires(negative, counted, events):
    """At least 60 messages are delivered of it within two hours, doubled or not counted, and it has no trigger."""
    assert not list(triggers(counted.get(negative["entity"], [])))
    first = sample.START + sample.PLANTED_DAY * 86400
    seen = Counter()
    for event in events:
        if first <= event.time < first + 86400 and '"MicrosoftTeams"' in event.raw and event.raw.endswith("}"):
            record = json.loads(event.raw)
            if isinstance(record.get("UserId"), str) and entity_of(record) == negative["entity"]:
                seen[event.time // 3600] += len(record.get("Messages", "1"))
    assert max(seen[hour] + seen[hour + 1] for hour in list(seen)) >= 60


def test_each_variation_is_planted():
    """Every variation leads an alert, one alert has all, one escalates, one is repeated, one follows another."""
    leading = Counter(alert["variation"] for alert in ALERTS)
    assert {"privileged_first_time", "first_seen_asn", "multiple_chats", "base"} == set(leading)
    assert 1 == sum(len(alert["matched_variations"]) == 4 for alert in ALERTS)
    assert 1 == sum(alert["alert_state"] == "escalated" for alert in ALERTS)
    assert 1 == sum(bool(alert["escalated_from"]) for alert in ALERTS)
    assert 2 == sum(alert["suppressed_count"] > 0 for alert in ALERTS)


def entity(pattern):
    return next(alert["entity"] for alert in ALERTS if alert["pattern"] == pattern)


def test_a_warm_up_read_precedes_the_night_export(counted):
    """The user of all three variations reads once from the new network in the 24 hours before, an hour apart."""
    start = next(alert["window_start"] for alert in ALERTS if alert["pattern"] == "all-three")
    warm = [r for r in counted[entity("all-three")] if start - 86400 < minute_of(r) < start - 3600]
    assert [14061] == [asn_of(record) for record in warm]


def test_message_ids_repeat_within_records(counted):
    """The records of 99 messages name 110."""
    mine = counted[NEGATIVES[0]["entity"]]
    assert (99, 110) == (sum(map(messages_of, mine)), sum(len(record["Messages"]) for record in mine))


def test_copies_are_delivered_three_times(events):
    """Each of the 6 records of the doubled negative reaches the index at least three times."""
    who = NEGATIVES[3]["entity"].partition(":")[2]
    times = Counter(e.raw for e in events if who in e.raw.lower() and '"MessagesListed"' in e.raw)
    assert 6 == len(times)
    assert 3 <= min(times.values())


def test_late_parts_arrive_late(events):
    """One export arrives whole after more than 26 hours; of another, 4 records arrive 5 hours after the other 12."""
    whole, part = (
        sorted(e.indextime - e.time for e in events if who in e.raw.lower() and '"MessagesListed"' in e.raw)
        for who in (entity("late-whole").partition(":")[2], entity("late-part").partition(":")[2])
    )
    assert 26 * 3600 < whole[0]
    assert part[11] < 3 * 3600
    assert 5 * 3600 < part[-4]
