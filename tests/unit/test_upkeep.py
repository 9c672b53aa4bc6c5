"""Triage carried out over a store: two writes, of which the second may be missing, and two analysts at once."""

import pytest

from teams_export_guard.documents import ALERTS, HISTORY, TRIAGE
from teams_export_guard.errors import StoreUnavailable, TriageRefused
from teams_export_guard.store import MemoryStore
from teams_export_guard.triage import Request
from teams_export_guard.upkeep import change_triage

ALERT = "0123456789abcdef" * 2
NOW = 1790856000.5
BENIGN, MALICIOUS = Request(ALERT, "benign", "backup"), Request(ALERT, "malicious", "stolen token")


class Failing(MemoryStore):
    """A store that fails at the next write to one collection, if it is told to, before or after it is done."""

    def __init__(self):
        super().__init__()
        self.fails_at, self.done = "", False
        self.save(ALERTS, [{"_key": ALERT}], lambda: None)

    def _write(self, collection, write):
        fails = self.fails_at == collection
        if not fails or self.done:
            written = write()
        if fails:
            self.fails_at = ""
            raise StoreUnavailable("no answer")
        return written

    def save(self, collection, documents, before_batch):
        return self._write(collection, lambda: MemoryStore.save(self, collection, documents, before_batch))

    def insert(self, collection, document):
        return self._write(collection, lambda: MemoryStore.insert(self, collection, document))


class Interrupted(Failing):
    """A store in which somebody else's change is carried out between reading and writing of the next one."""

    other = None

    def insert(self, collection, document):
        other, self.other = self.other, None
        if other:
            other()
        return super().insert(collection, document)


def history(store):
    """(from, to, by, when) of every entry, in order of time."""
    names = ("changed", "from_status", "to_status", "changed_by")
    return sorted(tuple(one[name] for name in names) for one in store.all(HISTORY, {}))


def word(store):
    one = store.get(TRIAGE, [ALERT])[ALERT]
    return one["status"], one["updated_by"], one["updated"]


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("collection", [HISTORY, TRIAGE])
def test_a_call_that_broke_off_is_repaired_by_itself(collection, done):
    """Wherever it ended: one entry, and the word that it says. What was said before the break, was said then."""
    store = Failing()
    store.fails_at, store.done = collection, done
    with pytest.raises(StoreUnavailable):
        change_triage(store, BENIGN, "ann", NOW)
    assert store.get(TRIAGE, [ALERT]).keys() <= ({ALERT} if history(store) else set()), "a word without an entry"
    row = change_triage(store, BENIGN, "ann", NOW + 60)
    said = NOW + 60 if (collection, done) == (HISTORY, False) else NOW
    assert [(said, "new", "benign", "ann")] == history(store)
    assert ("benign", "ann", said) == word(store) == (row["status"], row["updated_by"], row["updated"])


def test_of_two_at_once_the_last_word_holds_and_both_are_in_the_history():
    """Each with the status that its author saw."""
    store = Interrupted()
    store.other = lambda: change_triage(store, MALICIOUS, "bob", NOW + 1)
    change_triage(store, BENIGN, "ann", NOW)
    assert [(NOW, "new", "benign", "ann"), (NOW + 1, "new", "malicious", "bob")] == history(store)
    assert ("benign", "ann", NOW) == word(store)


def test_an_unknown_alert_is_refused():
    """And nothing is written."""
    store = Failing()
    with pytest.raises(TriageRefused, match="There is no alert 000"):
        change_triage(store, BENIGN._replace(alert_id="0" * 32), "ann", NOW)
    assert [] == history(store) == store.all(TRIAGE, {})
