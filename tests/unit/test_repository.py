"""What the app keeps, in its own words, over the store in memory."""

import pytest

from teams_export_guard.baseline import Baseline, Key
from teams_export_guard.documents import ALERTS, BASELINE, PRIVILEGED, TRIAGE, alert_document, baseline_document, baseline_key
from teams_export_guard.errors import StoreError
from teams_export_guard.repository import AT_ONCE, Repository
from teams_export_guard.store import MemoryStore
from tests.support import OWNER, alert

DAY = 86400
KEY = Key("t1", "user:ann@t", "activity", "*")
OTHER = Key("t1", "user:bob@t", "activity", "*")


class Forgetful(MemoryStore):
    """A store that lists a document and then does not give it."""

    def get(self, collection, keys):
        return {}


@pytest.fixture
def store():
    return MemoryStore()


def put(store, collection, *documents):
    store.save(collection, documents, lambda: None)


def test_baseline_of_keys(store):
    """What is stored of the keys asked for, and of no others."""
    put(store, BASELINE, baseline_document(KEY, {0: 60}), baseline_document(OTHER, {0: 0}))
    found = Repository(store).baseline([KEY, Key("t2", "*", "activity", "*")])
    assert [{0: 60}, {}, {}] == [found.days(key) for key in (KEY, OTHER, Key("t2", "*", "activity", "*"))]


@pytest.mark.parametrize("days", ["", None, 7, "a,b", ["1"]])
def test_damaged_baseline_is_left_out_and_reported(store, days):
    """A document whose days cannot be read is no sighting, and is named."""
    repository = Repository(store)
    bad = dict(baseline_document(KEY, {0: 0}), days=days)
    put(store, BASELINE, bad, baseline_document(OTHER, {0: 0}))
    found = repository.baseline([KEY, OTHER])
    assert [{}, {0: 0}] == [found.days(key) for key in (KEY, OTHER)]
    assert repository.damaged[BASELINE].startswith(bad["_key"] + ": ")


def learning(stored, observed):
    """The documents that learning ``observed`` changes where ``stored`` is stored, both by key."""
    store = MemoryStore()
    put(store, BASELINE, *(baseline_document(key, days) for key, days in stored.items()))
    return list(Repository(store).changed(Baseline(observed)))


def test_changes_come_in_order_of_key_and_few_at_a_time():
    """More than are read together; the first come before the last are read."""
    store, seen = MemoryStore(), {KEY._replace(entity="user:%d" % number): {1: DAY} for number in range(AT_ONCE + 2)}
    changes = Repository(store).changed(Baseline(seen))
    first = next(changes)
    store.save(BASELINE, [baseline_document(key, days) for key, days in seen.items()], lambda: None)
    rest = [document["_key"] for document in changes]
    assert [first["_key"], *rest] == sorted(baseline_key(key) for key in seen)[:AT_ONCE]


def test_only_changes_are_written():
    """What adds nothing makes no document; a new day, an earlier minute and a new key do."""
    found = [
        [document["entity"] for document in learning({KEY: {0: 60}}, observed)]
        for observed in ({KEY: {0: 60}}, {KEY: {0: 120}}, {KEY: {0: 0}}, {KEY: {1: DAY}}, {OTHER: {0: 0}})
    ]
    assert [[], [], ["user:ann@t"], ["user:ann@t"], ["user:bob@t"]] == found


def test_changed_documents_hold_both():
    """What is written is the join."""
    assert [baseline_document(KEY, {0: 60, 1: DAY})] == learning({KEY: {0: 60}}, {KEY: {1: DAY}})


def test_day_beyond_retention_changes_nothing():
    """A sighting more than 97 days before the newest is not written."""
    assert [] == learning({KEY: {98: 98 * DAY}}, {KEY: {0: 0}})


def test_changed_documents_are_in_order_of_key():
    """So that two runs write alike."""
    keys = [Key("t1", str(number), "activity", "*") for number in range(20)]
    written = [one["_key"] for one in learning({key: {1: DAY} for key in keys[:10]}, {key: {0: 0} for key in keys})]
    assert 20 == len(written) and sorted(written) == written


@pytest.mark.parametrize("days", ["", None, "a,b"])
def test_damaged_baseline_is_learned_anew_and_reported(store, days):
    """What is at hand takes the place of what cannot be read."""
    repository = Repository(store)
    put(store, BASELINE, dict(baseline_document(KEY, {0: 0}), days=days))
    assert [baseline_document(KEY, {1: DAY})] == list(repository.changed(Baseline({KEY: {1: DAY}})))
    assert BASELINE in repository.damaged


def test_baseline_is_saved_and_read_back(store):
    """What is saved is what is read."""
    repository = Repository(store)
    repository.save_baseline(repository.changed(Baseline({KEY: {0: 60}})))
    assert {0: 60} == repository.baseline([KEY]).days(KEY)


def test_every_write_is_checked_before(store):
    """Baseline, alerts and marks all ask the lease."""
    asked = []
    repository = Repository(store, lambda: asked.append(1))
    repository.save_baseline([baseline_document(KEY, {0: 0})])
    repository.save_alerts([alert()], 5.0)
    repository.mark_delivered([alert().alert_id], 6.0)
    assert 3 == len(asked)


def test_alerts_by_owner(store):
    """Those of the owners asked for, by owner."""
    other = alert(10, entity="user:bob@t", alert_id="b")
    put(
        store,
        ALERTS,
        alert_document(alert()),
        alert_document(other),
        alert_document(alert(20, tenant="t2", alert_id="c")),
    )
    assert {OWNER: [alert()], ("t1", "user:bob@t"): [other]} == Repository(store).alerts(
        [OWNER, ("t1", "user:bob@t"), ("x", "y")], 0
    )


def test_alerts_up_to_a_moment_are_not_read(store):
    """What was triggered at ``since`` or before stays in the store, a minute later does not."""
    old, at, later = (alert(minute, alert_id=str(minute)) for minute in (0, 9, 10))
    put(store, ALERTS, *map(alert_document, (old, at, later)))
    assert {OWNER: [later]} == Repository(store).alerts([OWNER], at.triggered_at)


def test_saved_alerts_are_stamped(store):
    """``created`` once, ``updated`` each time."""
    repository = Repository(store)
    repository.save_alerts([alert()], 5.0)
    (saved,) = repository.alerts([OWNER], 0)[OWNER]
    repository.save_alerts([saved], 9.0)
    (again,) = repository.alerts([OWNER], 0)[OWNER]
    assert [(5.0, 5.0), (5.0, 9.0)] == [(one.created, one.updated) for one in (saved, again)]


def test_undelivered_alerts(store):
    """Those with ``delivered=0``, until they are marked."""
    repository = Repository(store)
    repository.save_alerts([alert(), alert(10, alert_id="b", delivered=True)], 5.0)
    assert [alert().alert_id] == [one.alert_id for one in repository.undelivered()]
    repository.mark_delivered([alert().alert_id, "gone"], 6.0)
    assert [] == repository.undelivered()
    assert {"b": 5.0, alert().alert_id: 6.0} == {one.alert_id: one.updated for one in repository.alerts([OWNER], 0)[OWNER]}


def test_alert_that_is_listed_must_come():
    """A listed alert that is not given means that the answer cannot be trusted."""
    store = Forgetful()
    put(store, ALERTS, alert_document(alert()))
    with pytest.raises(StoreError, match="did not give it"):
        Repository(store).alerts([OWNER], 0)


def test_an_alert_that_is_deleted_while_it_is_read_is_gone(store):
    """Retention may come between listing and reading; the others are given, and nothing is an error."""

    class Deleting(MemoryStore):
        """A store in which an alert goes right after it was listed."""

        def keys_where(self, collection, queries):
            keys = super().keys_where(collection, queries)
            self.delete(ALERTS, {"_key": "old"})
            return keys

    store = Deleting()
    put(store, ALERTS, dict(alert_document(alert()), _key="old", alert_id="old"), alert_document(alert()))
    assert {OWNER: [alert().alert_id]} == {
        owner: [one.alert_id for one in found] for owner, found in Repository(store).alerts([OWNER], 0).items()
    }


def test_damaged_alert_is_left_out_and_reported(store):
    """The others are read."""
    repository = Repository(store)
    bad = dict(alert_document(alert(10)), _key="bad", matched_variations="no JSON")
    put(store, ALERTS, alert_document(alert()), bad, dict(alert_document(alert(20)), _key="bad2", record_count="many"))
    assert [alert()] == repository.alerts([OWNER], 0)[OWNER]
    assert "bad" in repository.damaged[ALERTS]


def test_benign_alerts(store):
    """Only status ``benign``; no document means new."""
    put(
        store,
        TRIAGE,
        *({"_key": status, "status": status} for status in ("new", "in_progress", "benign", "malicious")),
        {"_key": "x"},
    )
    assert frozenset({"benign"}) == Repository(store).benign(["new", "in_progress", "benign", "malicious", "x", "none"])
    assert frozenset() == Repository(store).benign(["new"])


@pytest.mark.parametrize(
    "fault", [{"expires": "tomorrow"}, {"as_of": "x"}, {"as_of": [1]}, {"expires": {"a": 1}}, {"expires": True},
    {"as_of": "nan"},
              {"as_of": 10**400}, {"tenant": None}]
)
def test_damaged_role_row_is_left_out_and_reported(store, fault):
    """Somebody else writes them: a bad one hides no good one, and fails nothing."""
    repository = Repository(store)
    put(store, PRIVILEGED, {"_key": "a", "tenant": "*", "user": "bad", **fault},
        {"_key": "b", "tenant": "*", "user": "ann"})
    assert ["ann"] == [one.user for one in repository.assignments()]
    assert repository.damaged[PRIVILEGED].startswith("a: ")


def test_role_rows(store):
    """All of them, as assignments; nothing is reported."""
    repository = Repository(store)
    put(store, PRIVILEGED, *({"_key": name, "tenant": "*", "user": name, "as_of": 1, "expires": ""} for name in "ab"))
    assert ["a", "b"] == [one.user for one in repository.assignments()]
    assert {} == repository.damaged
