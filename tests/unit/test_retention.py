"""What may be deleted, and what a command that deletes must be told."""

import pytest

from teams_export_guard import retention
from teams_export_guard.documents import ALERTS, BASELINE, HISTORY, TRIAGE
from teams_export_guard.errors import SettingsError
from teams_export_guard.retention import Retention, least_days
from teams_export_guard.settings import DAY
from teams_export_guard.store import MemoryStore
from teams_export_guard.upkeep import delete_old

NOW = 1790856000


def test_the_least_is_what_late_records_deduplication_and_quarantine_need():
    """97 days of records, a window of a day, and the longer of the two spans."""
    assert 97 + 1 + 14 == least_days(DAY, 14 * DAY)
    assert 97 + 1 + 30 == least_days(30 * DAY, 14 * DAY)
    assert 97 + 1 + 1 == least_days(0, 3600)


def test_keep_is_whole_days():
    """A span of any unit that makes whole days."""
    assert [Retention(400), Retention(112)] == [retention.parse(["keep=400d"]), retention.parse(["keep=16w"])]


@pytest.mark.parametrize("arguments, words", [
    ([], ["keep: a value is missing", "from 112d"]),
    (["keep=111d"], ["keep=111d", "from 112d"]),
    (["keep=2700h"], ["whole days"]),
    (["keep=soon"], ["keep=soon", "a span"]),
    (["keep=112d", "quarantine=15d"], ["from 113d"]),
    (["keep=400d", "quarantin=1d"], ["quarantin=1d", "did you mean quarantine?"]),
    (["keep=x", "dedup=y"], ["keep=x", "dedup=y"]),
])  # fmt: skip
def test_every_fault_is_said(arguments, words):
    """With what is allowed."""
    with pytest.raises(SettingsError) as fault:
        retention.parse(arguments)
    assert [] == [word for word in words if word not in str(fault.value)]


def test_what_is_older_goes_and_what_is_not_stays():
    """Each collection by its own time; sightings by their last day, however long alerts are kept."""
    store = MemoryStore()
    edge = NOW - 112 * DAY
    store.save(ALERTS, [{"_key": "old", "triggered_at": edge - 1}, {"_key": "edge", "triggered_at": edge}], lambda: None)
    store.save(TRIAGE, [{"_key": "old", "updated": edge - 0.5}, {"_key": "new", "updated": NOW}], lambda: None)
    store.save(HISTORY, [{"_key": "old", "changed": 1}], lambda: None)
    last = NOW - 99 * DAY
    store.save(BASELINE, [{"_key": "a", "last_seen": last - 1}, {"_key": "b", "last_seen": last}], lambda: None)
    row = delete_old(store, Retention(112), NOW)
    assert (1, 1, 1, 0, 1) == tuple(row[name] for name in "alerts triage triage_history dead_letters baseline".split())
    left = {name: sorted(documents) for name, documents in store.collections.items() if documents}
    assert {ALERTS: ["edge"], TRIAGE: ["new"], BASELINE: ["b"]} == left
    assert 1 == row["unclosed_alerts"]
    again = delete_old(store, Retention(112), NOW)
    assert 0 == again["alerts"] + again["baseline"]
    assert list(row) == retention.FIELDS


@pytest.mark.parametrize("status, unclosed", [("new", 1), ("in_progress", 1), ("benign", 0), ("malicious", 0)])
def test_alerts_go_by_their_age_whatever_was_said_of_them(status, unclosed):
    """Those without a verdict are counted; a word that was said later stays as long as it is young."""
    store = MemoryStore()
    store.save(ALERTS, [{"_key": "a", "triggered_at": NOW - 400 * DAY - 1}], lambda: None)
    store.save(TRIAGE, [{"_key": "a", "status": status, "updated": NOW - 399 * DAY}], lambda: None)
    row = delete_old(store, Retention(400), NOW)
    assert (1, unclosed, 0) == (row["alerts"], row["unclosed_alerts"], row["triage"])
    assert ["a"] == list(store.collections[TRIAGE])
