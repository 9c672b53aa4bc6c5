"""The contract's laws, held against the app: what may change nothing changes nothing, and what may only add only adds.

The histories are those of `tests/oracle`, full of edges; the model itself is not asked.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.baseline import Baseline, Joined, Key, Recorded, days_between, join_days
from teams_export_guard.documents import ALERTS, BASELINE, PRIVILEGED, alert_of, baseline_document, minutes_of, retained
from teams_export_guard.settings import DAY, Settings
from teams_export_guard.store import MemoryStore
from tests.oracle import strategies
from tests.oracle.synthetic import ADDRESSES, ROLES_TABLE, aggregated, raw
from tests.support import MIDNIGHT, ShortTables, record, run, triggers_of

TABLES = ShortTables(addresses=ADDRESSES, roles=ROLES_TABLE)
LAWS = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

HISTORIES = strategies.histories()


def settings_of(options, mode="detect") -> Settings:
    return Settings(
        mode, options.message_threshold, options.record_threshold, options.chat_threshold, options.window,
        options.training // DAY, options.activation // DAY, options.dedup, options.settle, options.quarantine,
        options.history_days, options.explain,
    )


def store_of(history):
    store = MemoryStore()
    store.save(PRIVILEGED, [dict(row, _key=str(number)) for number, row in enumerate(history.privileged)], lambda: None)
    return store


def play(history, rows, store, mode="detect", now=None, earliest=None, **more):
    """The rows that a committing run gives."""
    return run(
        rows, settings_of(history.options, mode), now=history.now if now is None else now,
        earliest=history.earliest if earliest is None else earliest, store=store, tables=TABLES, commits=True, **more,
    )[0]


def kept(store):
    """All that is stored of baseline and alerts."""
    return {name: store.all(name, {}) for name in (BASELINE, ALERTS)}


def alerts(store):
    return {document["_key"]: alert_of(document) for document in store.all(ALERTS, {})}


def still(alert):
    """What of a committed alert may not change when the same is read again."""
    return alert._replace(suppressed_hours=frozenset(), updated=None)


# -- one run ------------------------------------------------------------------------------------


@LAWS
@given(HISTORIES, st.randoms(use_true_random=False))
def test_order_and_duplication_of_rows_change_nothing(history, random):
    """Shuffled and doubled rows give the same rows, ledger and baseline."""
    again = history.rows + random.sample(history.rows, len(history.rows) // 2)
    random.shuffle(again)
    one, other = store_of(history), store_of(history)
    assert play(history, history.rows, one) == play(history, again, other)
    assert kept(one) == kept(other)


@LAWS
@given(strategies.histories(copies=False, bad=False))
def test_raw_and_aggregated_rows_agree(history):
    """The same events as raw rows and added up by the minute give the same alerts, ledger and baseline."""

    def seen(rows):
        return [row if row["alert_state"] != "none" else (row["tenant"], row["entity"]) for row in
                sorted(rows, key=lambda row: (row["alert_state"], row["tenant"], row["entity"], row["_time"]))]

    one, other = store_of(history), store_of(history)
    given_rows = play(history, [raw(event) for event in history.events], one)
    assert seen(given_rows) == seen(play(history, aggregated(history.events), other))
    assert kept(one) == kept(other)


@LAWS
@given(HISTORIES)
def test_every_row_taken_is_counted_once(history):
    """Records, duplicates and rejected rows add up, whatever the rows."""
    (row,) = play(history, history.rows, store_of(history), "learn")
    assert len(history.rows) == row["records"] + row["duplicates"] + row["rejected"]


@LAWS
@given(HISTORIES)
def test_reading_run_shows_what_a_committing_one_does(history):
    """Into the same empty state, both give the same rows."""
    reading = run(history.rows, settings_of(history.options), now=history.now, earliest=history.earliest,
                  store=store_of(history), tables=TABLES)[0]
    assert reading == play(history, history.rows, store_of(history))


# -- several runs -------------------------------------------------------------------------------


@LAWS
@given(HISTORIES)
def test_rereading_changes_no_committed_alert(history):
    """The same rows again raise nothing, and change neither alert nor baseline, suppressed hours apart."""
    store = store_of(history)
    play(history, history.rows, store)
    before, baseline = alerts(store), store.all(BASELINE, {})
    rows = play(history, history.rows, store)
    after = alerts(store)
    assert {key: still(alert) for key, alert in before.items()} == {key: still(alert) for key, alert in after.items()}
    assert all(alert.suppressed_hours <= after[key].suppressed_hours for key, alert in before.items())
    assert not {row["alert_state"] for row in rows} & {"new", "escalated"}
    assert baseline == store.all(BASELINE, {})


@LAWS
@given(strategies.schedules(late=False))
def test_overlapping_runs_in_time_order_raise_none_twice(schedule):
    """Each alert is new in one run only, and no two alerts of an entity overlap in their anchor windows."""
    history, runs = schedule
    store, raised = store_of(history), []
    for one in runs:
        rows = play(history, one.rows, store, now=one.now, earliest=one.earliest)
        raised += [row["alert_id"] for row in rows if row["alert_state"] == "new"]
    found = alerts(store).values()
    assert sorted(alert.alert_id for alert in found) == sorted(raised)
    for one in found:
        for other in found:
            if one is not other and (one.tenant, one.entity) == (other.tenant, other.entity):
                assert abs(one.anchor_start - other.anchor_start) >= history.options.window


@LAWS
@given(strategies.schedules(late=False))
def test_overlapping_runs_change_no_alert_that_is_past(schedule):
    """When no record of two windows from its anchor on can still come, only later repeats add hours and networks."""
    history, runs = schedule
    store = store_of(history)
    before, past = {}, 0
    for one in runs:
        play(history, one.rows, store, now=one.now, earliest=one.earliest)
        after = alerts(store)
        for key, alert in before.items():
            if alert.anchor_start + 2 * history.options.window <= past:
                assert still(alert) == still(after[key])._replace(first_seen_asn=alert.first_seen_asn)
                assert alert.first_seen_asn <= after[key].first_seen_asn
        before, past = after, one.now


@LAWS
@given(strategies.schedules())
def test_late_records_only_add(schedule):
    """From run to run no alert disappears or loses anything that it held."""
    history, runs = schedule
    store, before = store_of(history), {}
    for one in runs:
        play(history, one.rows, store, now=one.now, earliest=one.earliest)
        after = alerts(store)
        for key, old in before.items():
            new = after[key]
            assert old.matches <= new.matches and old.first_seen_asn <= new.first_seen_asn and old.roles <= new.roles
            assert old.suppressed_hours <= new.suppressed_hours
            assert new.evidence == old.evidence.join(new.evidence)
            assert new.window_start <= old.window_start and old.window_end <= new.window_end
            assert (old.triggered_at, old.anchor_start, old.created) == (
                new.triggered_at,
                new.anchor_start,
                new.created,
            )
        before = after


@LAWS
@given(strategies.schedules())
def test_every_alert_is_delivered_though_marking_fails(schedule):
    """When no run gets to marking, the last one shows every alert as new or escalated."""
    history, runs = schedule
    store, rows = store_of(history), []
    for one in runs:
        rows = play(history, one.rows, store, now=one.now, earliest=one.earliest, marks=False)
    shown = [row["alert_id"] for row in rows if row["alert_state"] in ("new", "escalated")]
    assert sorted(alerts(store)) == sorted(shown)


# -- learning -----------------------------------------------------------------------------------


@LAWS
@given(strategies.histories(copies=False), st.data())
def test_any_split_of_the_rows_learns_the_same(history, data):
    """In any number of runs, in any order, with overlaps, the documents are those of one run."""
    whole, parts = store_of(history), store_of(history)
    play(history, history.rows, whole, "learn")
    shares = data.draw(
        st.lists(st.sets(st.integers(0, 2), min_size=1), min_size=len(history.rows), max_size=len(history.rows))
    )
    for part in data.draw(st.permutations(range(3))):
        play(history, [row for row, share in zip(history.rows, shares) if part in share], parts, "learn")
    assert whole.all(BASELINE, {}) == parts.all(BASELINE, {})


DAYS = st.dictionaries(st.integers(-150, 150), st.integers(0, 1439)).map(
    lambda found: {day: day * DAY + 60 * minute for day, minute in found.items()}
)
BASELINES = st.dictionaries(st.sampled_from([Key("t", entity, "asn", "1") for entity in "ab*"]), DAYS).map(Baseline)


@LAWS
@given(BASELINES, BASELINES, BASELINES)
def test_joining_is_idempotent_commutative_and_associative(one, two, three):
    """The baseline is a join-semilattice."""
    assert one.sightings == one.join(one).sightings == one.join(Baseline()).sightings
    assert one.join(two).sightings == two.join(one).sightings
    assert one.join(two).join(three).sightings == one.join(two.join(three)).sightings


@LAWS
@given(DAYS, DAYS, DAYS)
def test_forgetting_old_days_does_not_depend_on_the_order(one, two, three):
    """Days dropped on the way would have been dropped at the end."""
    at_once = retained(join_days(one, join_days(two, three)))
    for first, second, third in ((one, two, three), (three, one, two), (two, three, one)):
        assert at_once == retained(join_days(retained(join_days(retained(first), second)), third))


@LAWS
@given(st.lists(st.integers(-2 * 1440, 2 * 1440), max_size=12), st.integers(-1, 1), st.integers(-1440, 2 * 1440))
def test_days_are_counted_as_a_naive_count_would(minutes, day, end):
    """From a midnight on, on how many days there was any sighting, although one minute of each day is kept."""
    seen = Baseline()
    for minute in minutes:
        seen.observe(Key("t", "e", "asn", "1"), minute * 60)
    naive = {minute // 1440 for minute in minutes if day * 1440 <= minute < end}
    assert len(naive) == days_between(seen.days(Key("t", "e", "asn", "1")), day * DAY, end * 60)


@LAWS
@given(DAYS, DAYS, st.integers(-3, 3), st.integers(-4 * 1440, 4 * 1440))
def test_stored_and_seen_days_count_as_if_joined(stored, seen, day, end):
    """Counting what is stored, as text, and what is at hand is counting what joining them gives."""
    key, stored = Key("t", "e", "asn", "1"), retained(stored)
    recorded = Recorded({key: baseline_document(key, stored)["days"]} if stored else {}, lambda _, days: minutes_of(days))
    joined = Joined(recorded, Baseline({key: seen}))
    span = day * DAY, end * 60
    assert days_between(join_days(stored, seen), *span) == joined.days_between(key, *span)
    assert days_between(stored, *span) == recorded.days_between(key, *span)


# -- triggers -----------------------------------------------------------------------------------


@LAWS
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3), st.integers(1, 2)), max_size=20), st.integers(1, 12),
    st.integers(1, 9), st.integers(1, 6), st.one_of(st.none(), st.integers(-5, 30)), st.one_of(st.none(),
    st.integers(-5, 30)),
)
def test_triggers_equal_a_naive_recount(seen, window, messages, records, earliest, oldest):
    """Every minute is counted anew from all records, and its evidence picked anew."""
    taken = [
        record(minute, messages=count, records=size, chats=("c%d" % (count * minute % 4),), operation="o%d" % size)
        for minute, count, size in sorted(seen)
    ]
    bounds = [None if bound is None else MIDNIGHT + 60 * bound for bound in (earliest, oldest)]
    expected = []
    for minute in sorted({one.minute for one in taken}):
        span = [one for one in taken if minute - 60 * window < one.minute <= minute]
        if sum(one.messages for one in span) < messages and sum(one.records for one in span) < records:
            continue
        if bounds[0] is not None and minute - 60 * window + 60 < bounds[0]:
            continue
        if bounds[1] is not None and minute < bounds[1]:
            continue
        start = min(one.minute for one in span)
        evidence = tuple(one for one in taken if start <= one.minute < start + 60 * window)
        chats = {chat for one in evidence for chat in one.chats}
        held = evidence, sum(one.messages for one in evidence), len(chats), {one.source for one in evidence}
        expected.append((minute, start, start + 60 * window, *held))
    settings = Settings(message_threshold=messages, record_threshold=records, window=60 * window)
    found = triggers_of(taken, settings, *bounds)
    assert expected == [(*one[:3], tuple(one.evidence), *one[4:6], set(one.sources)) for one in found]
