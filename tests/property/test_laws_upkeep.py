"""Laws of what is done beside the detection: retention changes no verdict, and triage leaves an unbroken history."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import HealthCheck, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.documents import ALERTS, BASELINE, HISTORY, TRIAGE
from teams_export_guard.errors import StoreUnavailable
from teams_export_guard.retention import Retention, least_days
from teams_export_guard.settings import DAY, RETENTION_DAYS
from teams_export_guard.store import MemoryStore
from teams_export_guard.triage import STATUSES, Request
from teams_export_guard.upkeep import change_triage, delete_old
from tests.oracle import strategies
from tests.oracle.synthetic import raw
from tests.property.test_laws import TABLES, play, settings_of, store_of
from tests.support import run

LAWS = hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
HOUR = 3600
ALERT = "0123456789abcdef" * 2


@st.composite
def aged(draw):
    """(history, rows judged later, when): the later ones repeat the history some days on, as old as can be judged."""
    history = draw(strategies.histories(copies=False, bad=False))
    gap = draw(st.integers(0, 18)) * DAY + draw(st.sampled_from((0, 0, HOUR, -HOUR)))
    later = [one._replace(id="later" + one.id, second=max(one.second + gap, 0)) for one in history.events]
    last = max(one.second for one in later) // 60 * 60
    oldest = RETENTION_DAYS * DAY - history.options.training - DAY  # of a trigger that is taken (contract)
    age = oldest - draw(st.sampled_from((0, 0, 0, HOUR, DAY, 6 * DAY, oldest)))
    return history, [raw(one) for one in later], last + age


def judged(history, store, rows, now):
    return run(rows, settings_of(history.options), now=now, store=store, tables=TABLES)[0]


@LAWS
@given(aged(), st.sampled_from(STATUSES))
def test_retention_changes_no_later_verdict(case, status):
    """With the least keep that is allowed, every trigger that a run still takes is judged as before, field by field."""
    history, rows, now = case
    kept = store_of(history)
    play(history, [raw(one) for one in history.events], kept, now=max(one.second for one in history.events) + 60)
    for number, document in enumerate(kept.all(ALERTS, {})):
        if number % 2:
            change_triage(kept, Request(document["_key"], status, "why"), "ann", document["triggered_at"] + HOUR)
    cleaned = deepcopy(kept)
    gone = delete_old(cleaned, Retention(least_days(history.options.dedup, history.options.quarantine)), now)
    event("alerts deleted: %s, sightings deleted: %s" % (gone["alerts"] > 0, gone["baseline"] > 0))
    both = [raw(one) for one in history.events] + rows
    assert judged(history, kept, both, now) == judged(history, cleaned, both, now)
    assert judged(history, kept, rows, now) == judged(history, cleaned, rows, now)


@LAWS
@given(aged(), st.integers(0, 400))
def test_an_alert_is_never_kept_without_its_history(case, later):
    """Whatever is deleted, a word on a kept alert, and every entry of its history, is kept as long as the alert."""
    history, _, _ = case
    store = store_of(history)
    play(history, [raw(one) for one in history.events], store)
    documents = store.all(ALERTS, {})
    for document in documents:
        for number, status in enumerate(("in_progress", "malicious")):
            said = max(document["triggered_at"], history.now) + number * DAY
            change_triage(store, Request(document["_key"], status, "why"), "ann", said)
    delete_old(store, Retention(112), history.now + later * DAY)
    for document in store.all(ALERTS, {}):
        assert document["_key"] in store.get(TRIAGE, [document["_key"]])
        assert 2 == len(store.all(HISTORY, {"alert_id": document["_key"]}))


class Breaking(MemoryStore):
    """A store whose writes fail one after the other, as `failures` says (None, before, after)."""

    def __init__(self, failures):
        super().__init__()
        self.failures = []
        self.save(ALERTS, [{"_key": ALERT}], lambda: None)
        self.failures = list(failures)

    def _write(self, write):
        failure = self.failures.pop(0) if self.failures else None
        if failure == "before":
            raise StoreUnavailable("no answer")
        written = write()
        if failure == "after":
            raise StoreUnavailable("no answer")
        return written

    def save(self, collection, documents, before_batch):
        return self._write(lambda: MemoryStore.save(self, collection, documents, before_batch))

    def insert(self, collection, document):
        return self._write(lambda: MemoryStore.insert(self, collection, document))


CALLS = st.lists(
    st.tuples(
        st.sampled_from(STATUSES), st.sampled_from(("", "a", "b\nc")), st.sampled_from(("", "ann", "bob")),
        st.sampled_from(("ann", "bob")),
    ),
    max_size=8,
)


@LAWS
@given(CALLS, st.lists(st.sampled_from((None, None, "before", "after")), max_size=24))
def test_triage_leaves_an_unbroken_history_however_often_it_breaks_off(calls, failures):
    """Each call is repeated until it is answered; each entry then begins with the status that the last one ended with."""
    store, now = Breaking(failures), 1790856000.0
    for status, comment, owner, user in calls:
        request = Request(ALERT, status, comment, owner)
        while True:
            now += 1
            try:
                change_triage(store, request, user, now)
                break
            except StoreUnavailable:
                continue
        before = deepcopy(store.collections)
        assert "false" == change_triage(store, request, user, now + 0.5)["changed"]
        assert before == store.collections
    entries = sorted(store.all(HISTORY, {}), key=lambda one: one["changed"])
    ends = ["new", *(one["to_status"] for one in entries)]
    assert ends[:-1] == [one["from_status"] for one in entries]
    word = store.get(TRIAGE, [ALERT]).get(ALERT, {"status": "new", "updated": 0})
    assert (ends[-1], max([0, *(one["changed"] for one in entries)])) == (word["status"], word["updated"])


def test_what_is_deleted_in_these_laws_is_not_nothing():
    """The least keep does delete: sightings, and alerts that are older."""
    store = MemoryStore()
    store.save(BASELINE, [{"_key": "b", "last_seen": 0}], lambda: None)
    store.save(ALERTS, [{"_key": "a", "triggered_at": 0}], lambda: None)
    gone = delete_old(store, Retention(least_days(DAY, 14 * DAY)), 113 * DAY)
    assert (1, 1) == (gone["alerts"], gone["baseline"])
