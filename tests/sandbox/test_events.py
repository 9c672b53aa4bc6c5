"""Facts about `sandbox.events`: what a scan gives, in which order, and where time stamps come from."""
from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.events import BUCKET, EventStore, stamp
from sandbox.spl.source import MemoryEvents

WORDS = ["alpha", "Beta", "gamma", "alphabet", "\u00c4rger"]
TIMES = st.integers(0, 4 * BUCKET) | st.sampled_from([0, BUCKET - 1, BUCKET, 2 * BUCKET, 2 * BUCKET + 0.5])
BOUNDS = st.none() | TIMES
EVENTS = st.tuples(
    st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
    TIMES,
    TIMES,
    st.sampled_from(["o365", "main", "_internal"]),
    st.sampled_from(["o365:management:activity", "other"]),
)
TERMS = st.lists(st.frozensets(st.sampled_from([word.lower() for word in WORDS]), min_size=1, max_size=2), max_size=2)
PATTERNS = st.none() | st.sampled_from([frozenset(["o365"]), frozenset(["*"]), frozenset(["main", "o*"])])
SCANS = st.tuples(BOUNDS, BOUNDS, BOUNDS, BOUNDS, PATTERNS, st.none() | st.just(frozenset(["o365:*"])), TERMS)


def filled(store, events):
    for raw, time, indextime, index, sourcetype in events:
        store.add(raw, time, indextime, index, sourcetype, "s", "h")
    return store


@settings(max_examples=200)
@given(st.lists(EVENTS, max_size=25), st.lists(EVENTS, max_size=5), st.lists(SCANS, min_size=1, max_size=3))
def test_scan_gives_what_the_list_gives(events, later, scans):
    """Bounds, origins, order: as the list that looks at every event; words may match inside words, never fewer."""
    store, plain = filled(EventStore(), events), filled(MemoryEvents(), events)
    for scan in scans + [None] + scans:
        if scan is None:
            filled(store, later), filled(plain, later)
            continue
        found, expected = list(store.scan(*scan)), list(plain.scan(*scan))
        surely = [e for e in found if all(set(e["_raw"].lower().split()) & words for words in scan[6])]
        assert expected == surely
        everything = list(plain.scan(*scan[:6], []))
        assert found == [e for e in everything if all(any(w in e["_raw"].lower() for w in t) for t in scan[6])]


def test_newest_first_and_later_arrivals_first():
    """Events come newest first; of equal times the one that arrived later comes first."""
    store = EventStore()
    for number, time in enumerate([5, 9, 5, 7 + BUCKET]):
        store.add(str(number), time)
    assert ["3", "1", "2", "0"] == [event["_raw"] for event in store.scan(*[None] * 6, [])]


def test_bounds_are_half_open():
    """earliest belongs to the span, latest does not, for both clocks."""
    store = EventStore()
    for time in (10, 20, 30):
        store.add("x", time, time + 100)
    assert [20, 10] == [event["_time"] for event in store.scan(10, 30, None, None, None, None, [])]
    assert [20, 10] == [event["_time"] for event in store.scan(None, None, 110, 130, None, None, [])]
    assert [10] == [event["_time"] for event in store.scan(None, None, None, 111, None, None, [])]
    assert [30] == [event["_time"] for event in store.scan(None, None, 130, None, None, None, [])]
    assert [] == list(store.scan(None, None, 131, None, None, None, []))
    assert [] == list(store.scan(None, None, None, 110, None, None, []))


def test_new_events_are_found_by_words_asked_before():
    """An event that arrives after a search for a word is found by the next search for it."""
    store = EventStore()
    store.add("needle one", 1)
    scan = (None, None, None, None, None, None, [frozenset(["needle"])])
    assert 1 == len(list(store.scan(*scan)))
    store.add("hay", 2)
    store.add("needle two", 3)
    assert ["needle two", "needle one"] == [event["_raw"] for event in store.scan(*scan)]


def test_what_arrives_later_is_not_there_yet():
    """A search at a certain time does not see an event with a later index time."""
    store = EventStore()
    store.add("early", 10, 50)
    store.add("late", 10, 51)
    assert ["early"] == [event["_raw"] for event in store.as_of(50).scan(*[None] * 6, [])]
    assert 2 == len(list(store.as_of(51).scan(*[None] * 6, [])))


def test_index_time_defaults_to_the_earlier_of_event_time_and_now():
    """An event from the future arrives now; one from the past is taken to have arrived at once."""
    store = EventStore(clock=lambda: 100)
    store.add("future", 500)
    store.add("past", 50)
    assert [100, 50] == [event["_indextime"] for event in store.scan(*[None] * 6, [])]


def test_an_event_has_seven_fields():
    """Every event carries the seven fields of the port, whole times as whole numbers."""
    store = EventStore()
    store.add("x", 7.0, 8.5, index="i", sourcetype="t", source="s", host="h")
    expected = {"_time": 7, "_raw": "x", "_indextime": 8.5, "index": "i", "sourcetype": "t", "source": "s", "host": "h"}
    (event,) = store.scan(*[None] * 6, [])
    assert expected == event
    assert int is type(event["_time"])


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("2026-10-01T00:00:59", 1790812859),
        ("2026-10-01T00:00:59Z", 1790812859),
        ("2026-10-01 00:00:59", 1790812859),
        ("2026-10-01T00:00:59.5Z", 1790812859.5),
        ("2026-10-01T00:00:59+00:00", 1790812859),
        ("2024-02-29T12:00:00", 1709208000),
        ("2026-02-29T12:00:00", -1),
        ("2026-13-01T12:00:00", -1),
        ("yesterday", -1),
    ],
)
def test_time_stamps(text, seconds):
    """CreationTime is UTC with or without Z or a fraction; what cannot be read gives the fallback."""
    assert seconds == stamp(json.dumps({"Id": "1", "CreationTime": text}), -1)


def test_loading_json_lines(tmp_path):
    """Each line of a file is one event with its CreationTime; blank lines are none; the delay is added."""
    path = tmp_path / "export.json"
    records = [{"CreationTime": "2026-10-01T00:00:00", "Id": "a"}, {"Id": "\u00e4"}]
    path.write_text("\n\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")
    store = EventStore()
    assert 2 == store.load(path, delay=60, fallback_time=5)
    seen = [(event["_time"], event["_indextime"], json.loads(event["_raw"])) for event in store.scan(*[None] * 6, [])]
    assert [(1790812800, 1790812860, records[0]), (5, 65, records[1])] == seen


def test_adding_and_scanning_at_once():
    """One thread may add while another scans; nothing is lost."""
    store = EventStore()
    adding = threading.Thread(target=lambda: [store.add("needle %d" % n, n) for n in range(3000)])
    adding.start()
    counts = []
    while adding.is_alive():
        counts.append(len(list(store.scan(None, None, None, None, None, None, [frozenset(["needle"])]))))
    adding.join()
    assert counts == sorted(counts)
    assert 3000 == len(list(store.scan(None, None, None, None, None, None, [frozenset(["needle"])]))) == len(store)
