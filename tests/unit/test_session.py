"""One run: what is read, written and shown, in what order, over a store in memory that may fail."""

import pytest

from teams_export_guard.baseline import Key
from teams_export_guard.documents import ALERTS, BASELINE, LEASE, PRIVILEGED, TRIAGE, baseline_key
from teams_export_guard.errors import LeaseHeld, LeaseLost, StoreError, StoreUnavailable
from teams_export_guard.lease import LEASE_SECONDS
from teams_export_guard.rows import FIELDS, LEARN_FIELDS
from teams_export_guard.session import Session
from teams_export_guard.settings import Settings
from teams_export_guard.store import MemoryStore
from teams_export_guard.survey import Bounds
from tests.support import MIDNIGHT, Clock, ShortTables, raw_row, run

NOW = MIDNIGHT + 3600
SETTINGS = Settings(message_threshold=2, record_threshold=9, window=300, activation=0, history_days=1)
LEARN = SETTINGS._replace(mode="learn")
BURST = [raw_row(Id="r1", Messages=[{"Id": "a"}, {"Id": "b"}])]


class Traced(MemoryStore):
    """A store that notes what is written to which collection, and fails where it is told to."""

    def __init__(self, *failing):
        super().__init__()
        self.trace = []
        self.failing = set(failing)

    def _noted(self, verb, collection):
        if (verb, collection) in self.failing:
            raise StoreUnavailable("The store fails here.")
        self.trace.append((verb, collection))

    def get(self, collection, keys):
        self._noted("get", collection)
        return super().get(collection, keys)

    def each(self, collection, keys):
        self._noted("get", collection)
        return super().each(collection, keys)

    def save(self, collection, documents, before_batch):
        self._noted("save", collection)
        if documents:
            super().save(collection, documents, before_batch)

    def insert(self, collection, document):
        self._noted("insert", collection)
        return super().insert(collection, document)

    def delete(self, collection, query):
        self._noted("delete", collection)
        super().delete(collection, query)

    @property
    def writes(self):
        return [step for step in self.trace if step[0] != "get"]


def detect(store, rows=BURST, settings=SETTINGS, commits=True, **more):
    return run(rows, settings, now=NOW, store=store, commits=commits, **more)[0]


def states(rows):
    return [row["alert_state"] for row in rows]


def saved(store, collection):
    return store.all(collection, {})


def test_reading_run_writes_nothing():
    """Not even a lease; it shows what it finds."""
    store = Traced()
    assert ["new"] == states(detect(store, commits=False))
    assert [] == store.writes


def test_reading_learn_writes_nothing():
    """It counts what would be written."""
    store = Traced()
    (row,) = detect(store, settings=LEARN, commits=False)
    assert ("false", 3, []) == (row["committed"], row["baseline_rows"], store.writes)


def test_backtest_reads_roles_only():
    """From an empty baseline and ledger, whatever is stored."""
    store = Traced()
    detect(store)
    store.trace.clear()
    assert ["new"] == states(detect(store, settings=SETTINGS._replace(mode="backtest"), commits=False))
    assert [] == store.trace
    store.save(
        PRIVILEGED,
        [{"_key": "a", "tenant": "*", "user": "ann@t", "role": "Admin", "assignment": "active"}],
        lambda: None,
    )
    tables = ShortTables(roles=[{"role": "Admin", "privileged": "1"}])
    (row,) = detect(store, settings=SETTINGS._replace(mode="backtest"), commits=False, tables=tables)
    assert "true" == row["privileged"]


def test_committing_run_writes_in_order():
    """Lease, alerts, baseline, the marks after the reply, and only then the lease is given up."""
    store = Traced()
    detect(store)
    assert [
        ("insert", LEASE), ("save", ALERTS), ("save", BASELINE), ("save", ALERTS), ("delete", LEASE),
    ] == store.writes
    assert [1] == [one["delivered"] for one in saved(store, ALERTS)]
    assert [] == saved(store, LEASE)


def test_lease_is_asked_for_before_the_first_batch():
    """And not again for the others, which follow at once."""
    store = Traced()
    detect(store)
    assert 1 == store.trace.count(("get", LEASE))
    assert ("get", LEASE) == store.trace[store.trace.index(("save", ALERTS)) + 1]  # saving checks it, then writes


def test_lease_is_checked_before_every_batch():
    """A run whose time is over while it saves alerts does not save the baseline."""
    clock = Clock(NOW)

    class Slow(Traced):
        def save(self, collection, documents, before_batch):
            super().save(collection, documents, before_batch)
            clock.now += LEASE_SECONDS

    store = Slow()
    session = Session(
        SETTINGS, store=store, tables=ShortTables(), bounds=Bounds(NOW), holder="test", clock=clock, sleep=clock.sleep
    )
    for row in BURST:
        session.add(row)
    with pytest.raises(LeaseLost, match="its time was over"):
        session.finish(True)
    assert (1, []) == (len(saved(store, ALERTS)), saved(store, BASELINE))


def test_lease_that_is_held_stops_the_run():
    """Nothing is read or written, and the other's lease stays."""
    store = Traced()
    MemoryStore.insert(store, LEASE, {"_key": "commit", "holder": "other", "expires": NOW + 500})
    with pytest.raises(LeaseHeld, match="other"):
        detect(store)
    assert ["other"] == [one["holder"] for one in saved(store, LEASE)]
    assert {("insert", LEASE), ("get", LEASE)} == set(store.trace)


def test_alert_is_committed_before_it_is_marked():
    """Without the marks it stays undelivered."""
    store = Traced()
    detect(store, marks=False)
    assert [(0, "new")] == [(one["delivered"], one["alert_state"]) for one in saved(store, ALERTS)]


def test_undelivered_alert_is_shown_again():
    """The next committing run shows it as new, without its records, and marks it; the one after is silent."""
    store = Traced()
    detect(store, marks=False)
    assert [["new"], []] == [states(detect(store, rows=[])) for _ in range(2)]


def test_reading_run_shows_no_undelivered_alert():
    """Delivery is the committing runs' part."""
    store = Traced()
    detect(store, marks=False)
    assert ([], ["known"]) == (detect(store, rows=[], commits=False), states(detect(store, commits=False)))


def test_known_alert():
    """The same rows again: known, and neither alert nor baseline is written."""
    store = Traced()
    detect(store)
    before = {name: saved(store, name) for name in (ALERTS, BASELINE)}
    assert ["known"] == states(detect(store))
    assert before == {name: saved(store, name) for name in (ALERTS, BASELINE)}


def test_failed_marks_are_no_error():
    """The rows are with Splunk; the next run shows the alert once more."""
    store = Traced()
    clock = Clock(NOW)
    session = Session(
        SETTINGS, store=store, tables=ShortTables(), bounds=Bounds(NOW), holder="h", clock=clock, sleep=clock.sleep
    )
    session.add(BURST[0])
    session.finish(True)
    store.failing.add(("save", ALERTS))
    session.after_reply()
    session.close()
    store.failing.clear()
    assert ([0], []) == ([one["delivered"] for one in saved(store, ALERTS)], saved(store, LEASE))


def test_failed_release_is_no_error():
    """The lease expires by itself."""
    store = Traced(("delete", LEASE))
    assert ["new"] == states(detect(store))
    assert 1 == len(saved(store, LEASE))


@pytest.mark.parametrize("step", [("save", ALERTS), ("save", BASELINE), ("insert", LEASE), ("get", BASELINE)])
def test_store_that_fails_stops_the_run(step):
    """Reading or writing: the fault reaches the user, who sees no half of the rows."""
    with pytest.raises(StoreError):
        detect(Traced(step))


def test_alerts_are_saved_before_the_baseline():
    """A run that dies in between learns nothing that would hide the alert."""
    store = Traced(("save", BASELINE))
    with pytest.raises(StoreError):
        detect(store)
    assert (1, []) == (len(saved(store, ALERTS)), saved(store, BASELINE))
    store.failing.clear()
    store.delete(LEASE, {})
    assert ["new"] == states(detect(store))


def test_lease_lost_before_writing():
    """Somebody else holds it by then: nothing is written."""

    class Robbed(Traced):
        def insert(self, collection, document):
            super().insert(collection, document)
            return MemoryStore.save(self, collection, [dict(document, holder="thief")], lambda: None) is None

    store = Robbed()
    with pytest.raises(StoreError, match="thief"):
        detect(store)
    assert ([], []) == (saved(store, ALERTS), saved(store, BASELINE))


def test_detecting_run_learns():
    """Committing detection keeps what the rows teach."""
    store = Traced()
    detect(store)
    assert {baseline_key(Key("t1", "user:ann@t", "export", "*"))} <= {one["_key"] for one in saved(store, BASELINE)}


def test_learning_run_gives_one_row():
    """With the contract's fields, and records, duplicates and rejected add up to the rows taken."""
    rows = [*BURST, *BURST, raw_row(Id="r2", CreationTime="2026-01-04T12:00:00", OrganizationId="t2"), {}]
    store = Traced()
    (row,) = detect(store, rows=rows, settings=LEARN)
    assert LEARN_FIELDS == list(row)
    assert ("learn", "true", 2, 1, 1, 2, 2) == tuple(row.values())[:7]
    assert ("save", ALERTS) not in store.trace


def test_learning_again_writes_nothing():
    """The second time there is nothing to write."""
    store = Traced()
    first, second = (detect(store, settings=LEARN)[0]["baseline_rows"] for _ in range(2))
    assert (3, 0) == (first, second)


def test_explained_entities_are_rows_too():
    """explain=true adds a row for every entity without a trigger, with every field."""
    rows = detect(Traced(), rows=[*BURST, raw_row(Id="r2", UserId="bob")], settings=SETTINGS._replace(explain=True))
    assert [("new", "user:ann@t"), ("none", "user:bob")] == sorted((row["alert_state"], row["entity"]) for row in rows)
    assert all(FIELDS == list(row) for row in rows)


def test_rows_are_sorted():
    """By time first, so that the same input gives the same order."""
    rows = [raw_row(Id="r%d" % number, CreationTime="2026-01-05T00:%02d:00" % (50 - number), UserId="u%d" % number,
                    Messages=[{"Id": "a"}, {"Id": "b"}]) for number in range(5)]
    assert ["u4", "u3", "u2", "u1", "u0"] == [row["user"] for row in detect(Traced(), rows=rows)]


def test_triage_is_read_for_listing_alerts():
    """An alert closed as benign no longer keeps its network from being known."""
    store = Traced()
    history = [raw_row(Id="h", CreationTime="2026-01-02T00:00:00", ClientIP="", Operation="x")]
    tables = ShortTables(addresses={"8.8.8.8": (100, "Hundred")})
    (first,) = detect(store, rows=[*BURST, *history], tables=tables)
    assert ["100"] == first["first_seen_asn"]
    later = [raw_row(Id="r9", CreationTime="2026-01-08T00:00:00", Messages=[{"Id": "a"}, {"Id": "b"}])]
    seen = []
    for status in ("new", "benign"):
        store.save(TRIAGE, [{"_key": first["alert_id"], "status": status}], lambda: None)
        seen += [run(later, SETTINGS, now=NOW + 4 * 86400, store=store, tables=tables)[0][0]["variation"]]
    assert ["first_seen_asn", "base"] == seen


def test_triage_is_read_for_alerts_that_come_to_list_a_network():
    """What came late makes the network of a closed alert a first seen one: closed as benign, it still keeps nothing back."""
    store = Traced()
    tables = ShortTables(addresses={"8.8.8.8": (100, "Hundred")})
    (first,) = detect(store, rows=BURST, tables=tables)
    assert [] == first["first_seen_asn"]
    late = raw_row(Id="h", CreationTime="2026-01-02T00:00:00", ClientIP="", Operation="x")
    later = raw_row(Id="r9", CreationTime="2026-01-08T00:00:00", Messages=[{"Id": "a"}, {"Id": "b"}])
    seen = []
    for status in ("new", "benign"):
        store.save(TRIAGE, [{"_key": first["alert_id"], "status": status}], lambda: None)
        rows, _ = run([*BURST, late, later], SETTINGS, now=NOW + 4 * 86400, store=store, tables=tables)
        seen += [(row["first_seen_asn"], row["variation"]) for row in rows]
    assert [(["100"], "first_seen_asn"), (["100"], "first_seen_asn"), (["100"], "first_seen_asn"), ([], "base")] == seen


def test_empty_search():
    """No rows: nothing to show; a committing run still takes and gives up the lease."""
    store = Traced()
    assert [] == detect(store, rows=[])
    assert [] == saved(store, LEASE)
