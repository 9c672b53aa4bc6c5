"""What was seen of whom, and when."""

from teams_export_guard.baseline import Baseline, Joined, Key, Recorded, days_between, days_of_minutes, join_days, observe
from tests.support import MIDNIGHT, record

DAY = 86400
KEY = Key("t1", "user:ann@t", "activity", "*")
OTHER = Key("t1", "user:bob@t", "activity", "*")
FIRST = MIDNIGHT // DAY


def asn_of(one):
    return 100 if one.client_ip == "8.8.8.8" else None


def observed(*records):
    seen = Baseline()
    for one in records:
        observe(seen, one.source, asn_of(one.source), [one.minute])
    return seen


def features(*records):
    return {(key.entity, key.feature, key.value) for key in observed(*records).sightings}


def test_earliest_minute_of_each_day_is_kept():
    """Later sightings of a day change nothing, earlier ones move its minute."""
    seen = Baseline()
    for minute in (MIDNIGHT + 120, MIDNIGHT + 60, MIDNIGHT + 180, MIDNIGHT + DAY):
        seen.observe(KEY, minute)
    assert {FIRST: MIDNIGHT + 60, FIRST + 1: MIDNIGHT + DAY} == seen.days(KEY)


def test_days_begin_at_midnight_utc():
    """The last minute of a day and the first of the next are two days, before the epoch too."""
    seen = Baseline()
    for minute in (-60, 0, DAY - 60, DAY):
        seen.observe(KEY, minute)
    assert {-1: -60, 0: 0, 1: DAY} == seen.days(KEY)


def test_never_seen_is_no_day():
    """Asking for what was never seen gives nothing and teaches nothing."""
    seen = Baseline()
    assert {} == seen.days(KEY)
    assert {} == seen.sightings


def test_joining_days_is_union_and_minimum():
    """Days of either, the earlier minute of both; neither is changed."""
    one, two = {0: 60, 1: DAY}, {0: 0, 2: 2 * DAY}
    assert {0: 0, 1: DAY, 2: 2 * DAY} == join_days(one, two)
    assert ({0: 60, 1: DAY}, {0: 0, 2: 2 * DAY}) == (one, two)


def test_joining_baselines_holds_both():
    """Keys of either, joined by key; neither baseline is changed."""
    one, two = Baseline({KEY: {0: 60}}), Baseline({KEY: {0: 0}, OTHER: {3: 3 * DAY}})
    assert {KEY: {0: 0}, OTHER: {3: 3 * DAY}} == one.join(two).sightings
    assert ({KEY: {0: 60}}, {0: 0}) == (one.sightings, two.days(KEY))


def test_new_baselines_share_nothing():
    """What one baseline observes, another does not hold."""
    Baseline().observe(KEY, 0)
    assert {} == Baseline().sightings


def test_days_between_is_half_open():
    """The start belongs to the span, the end does not."""
    days = {0: 0, 1: DAY, 2: 2 * DAY + 60}
    assert [3, 2, 2, 3, 0] == [
        days_between(days, *span) for span in ((0, 3 * DAY), (DAY, 3 * DAY), (0, 2 * DAY + 60), (0, 2 * DAY + 61),
        (DAY, DAY))
    ]


def test_counted_record_teaches_every_feature():
    """Activity and network for entity and tenant, export and app for the entity alone."""
    ann = "user:ann@t"
    assert {
        (ann, "activity", "*"), ("*", "activity", "*"), (ann, "asn", "100"), ("*", "asn", "100"), (ann, "export", "*"),
        (ann, "app", "app-1"),
    } == features(record(app_id="app-1"))


def test_record_that_is_not_counted_teaches_activity_and_network():
    """No export and no app."""
    ann = "user:ann@t"
    assert {(ann, "activity", "*"), ("*", "activity", "*"), (ann, "asn", "100"), ("*", "asn", "100")} == features(
        record(counted=False, app_id="app-1")
    )


def test_unknown_network_teaches_none():
    """Without an ASN there is no ``asn`` sighting, without an app id no ``app``."""
    assert {"activity", "export"} == {feature for _, feature, _ in features(record(client_ip="10.0.0.1"))}


def test_tenants_are_apart():
    """The same entity in two tenants has two baselines."""
    seen = observed(record(), record(tenant="t2"))
    assert {"t1", "t2"} == {key.tenant for key in seen.sightings}


def test_nothing_teaches_nothing():
    """No records, no sightings."""
    assert set() == features()


def test_days_of_minutes_are_the_earliest_of_each():
    """In any order, over one day and over several, before the epoch too."""
    assert {FIRST: MIDNIGHT} == days_of_minutes([MIDNIGHT + 60, MIDNIGHT])
    assert {-1: -120, 0: 0, 1: DAY} == days_of_minutes([DAY, -60, 0, -120, DAY + 60])


def test_joined_counts_what_joining_gives():
    """For every key of either, and for none, over spans that begin at a midnight."""
    one, two = Baseline(), Baseline()
    for seen, key, minute in ((one, KEY, MIDNIGHT + 60), (two, KEY, MIDNIGHT), (two, KEY, MIDNIGHT + DAY), (two, OTHER, 0)):
        seen.observe(key, minute)
    whole, lazily = one.join(two), Joined(one, two)
    for key in (KEY, OTHER, KEY._replace(tenant="t2"), KEY):
        for end in (MIDNIGHT, MIDNIGHT + 60, MIDNIGHT + 120, MIDNIGHT + 2 * DAY):
            assert whole.days_between(key, MIDNIGHT, end) == lazily.days_between(key, MIDNIGHT, end)
    assert {FIRST: MIDNIGHT + 60} == one.days(KEY)


def test_recorded_is_read_once_where_it_is_asked_for():
    """And only there; a key that is not stored is not read."""
    asked = []

    def read(key, stored):
        asked.append((key, stored))
        return [1, 1440]

    recorded = Recorded({KEY: "some", OTHER: "more"}, read)
    assert [2, 1, 0] == [recorded.days_between(key, 0, end) for key, end in ((KEY, DAY + 1), (KEY, DAY), (KEY, -DAY))]
    assert {0: 60, 1: DAY} == recorded.days(KEY)
    assert 0 == recorded.days_between(KEY._replace(tenant="t2"), 0, DAY)
    assert [(KEY, "some")] == asked
