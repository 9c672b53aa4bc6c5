"""The lease: at most one committing run at a time."""

import pytest

from teams_export_guard.documents import LEASE
from teams_export_guard.errors import LeaseHeld, LeaseLost, StoreError
from teams_export_guard.lease import ASK_AGAIN_SECONDS, KEY, LEASE_SECONDS, RENEW_BELOW_SECONDS, WAIT_SECONDS, Lease
from teams_export_guard.store import MemoryStore
from tests.support import Clock


def held(store):
    return store.get(LEASE, [KEY]).get(KEY)


def lease(store, clock, holder="me"):
    return Lease(store, holder, clock, clock.sleep)


def hold(store, holder, expires):
    store.save(LEASE, [{"_key": KEY, "holder": holder, "expires": expires}], lambda: None)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def clock():
    return Clock(1000.0)


class Asked(MemoryStore):
    """A store that counts how often it is asked who holds the lease."""

    asked = 0

    def get(self, collection, keys):
        self.asked += 1
        return super().get(collection, keys)


class AnswerLost(MemoryStore):
    """An insert that arrives, but whose answer does not."""

    def insert(self, collection, document):
        super().insert(collection, document)
        return False


class Waiting(Clock):
    """A clock by which something happens at the first pause."""

    def __init__(self, happens):
        super().__init__(1000.0)
        self._happens = [happens]

    def sleep(self, seconds):
        super().sleep(seconds)
        while self._happens:
            self._happens.pop()()


def test_free_lease_is_taken(store, clock):
    """The document is ``commit``, with holder and an expiry ten minutes on."""
    lease(store, clock).take()
    assert {"_key": "commit", "holder": "me", "expires": 1600} == held(store)
    assert 600 == LEASE_SECONDS


def test_held_lease_is_waited_for(store):
    """Given up within the minute, it is taken."""
    clock = Waiting(lambda: store.delete(LEASE, {}))
    hold(store, "other", 5000)
    lease(store, clock).take()
    assert "me" == held(store)["holder"]


def test_waiting_ends_with_the_holders_name(store, clock):
    """After 60 seconds the run fails with a sentence that names who holds it; the holder keeps it."""
    hold(store, "search 7", 5000)
    with pytest.raises(LeaseHeld, match=r"\(search 7\) holds the lease"):
        lease(store, clock).take()
    assert 1000 + WAIT_SECONDS <= clock.now < 1000 + WAIT_SECONDS + 2
    assert "search 7" == held(store)["holder"]


def test_expired_lease_is_taken(store, clock):
    """One that has run out, at this very second, is deleted and inserted anew, without waiting."""
    hold(store, "dead", 1000)
    lease(store, clock).take()
    assert ("me", 1000.0) == (held(store)["holder"], clock.now)


def test_lease_that_expires_while_waited_for_is_taken(store, clock):
    """Thirty seconds later it is ours."""
    hold(store, "dead", 1030)
    lease(store, clock).take()
    assert clock.now >= 1030
    assert "me" == held(store)["holder"]


def test_expired_lease_is_deleted_by_holder_and_expiry(clock):
    """What somebody took anew in between, be it under the same name, is not deleted."""
    asked = []

    class Raced(MemoryStore):
        def delete(self, collection, query):
            asked.append(query)
            hold(self, "dead", 5000)
            super().delete(collection, query)

    store = Raced()
    hold(store, "dead", 900)
    with pytest.raises(LeaseHeld, match="dead"):
        lease(store, clock).take()
    assert [{"holder": "dead", "expires": 900}] == asked


def test_own_lease_whose_answer_was_lost(clock):
    """An insert that is answered "taken" by our own document has arrived."""
    store = AnswerLost()
    one = lease(store, clock)
    one.take()
    one.check()
    one.release()
    assert held(store) is None


def test_damaged_lease_is_said(store, clock):
    """A document without a number to expire at is named, not waited for."""
    hold(store, "other", "soon")
    with pytest.raises(StoreError, match="is damaged"):
        lease(store, clock).take()


def test_check_passes_while_held(store, clock):
    """Nothing happens to a young lease."""
    one = lease(store, clock)
    one.take()
    clock.now += 200
    one.check()
    assert 1600 == held(store)["expires"]


def test_check_renews_in_good_time(store, clock):
    """Past half of its life it is renewed, again and again."""
    one = lease(store, clock)
    one.take()
    for _ in range(5):
        clock.now += 350
        one.check()
    assert 2750 + 600 == held(store)["expires"]


@pytest.mark.parametrize("holder", ["other", None])
def test_check_tells_a_lost_lease(store, clock, holder):
    """Somebody else's, or gone: the run must stop."""
    one = lease(store, clock)
    one.take()
    store.delete(LEASE, {})
    if holder:
        hold(store, holder, 5000)
    with pytest.raises(LeaseLost, match=holder or "nobody"):
        one.check()


def test_first_check_asks_the_store(clock):
    """Before the first batch it is sure, however short ago the lease was taken."""
    store = Asked()
    one = lease(store, clock)
    one.take()
    one.check()
    assert 1 == store.asked


def test_check_asks_again_only_after_the_interval(clock):
    """Within half a minute of the store's last word no check asks; then one does, and the interval begins anew."""
    store, asked = Asked(), []
    one = lease(store, clock)
    one.take()
    for seconds in (0, 0, 29, 0.9, 0.1, 29, 1, 0):
        clock.now += seconds
        one.check()
        asked.append(store.asked)
    assert [1, 1, 1, 1, 2, 2, 3, 3] == asked
    assert 30 == ASK_AGAIN_SECONDS


def test_check_asks_again_when_the_clock_was_set_back(clock):
    """What was asked in the future says nothing of now."""
    store = Asked()
    one = lease(store, clock)
    one.take()
    one.check()
    clock.now -= 1
    one.check()
    assert 2 == store.asked


def test_lost_lease_is_noticed_at_the_next_asking(store, clock):
    """Replaced by hand just after the store was asked, it stops the run half a minute later."""
    one = lease(store, clock)
    one.take()
    one.check()
    hold(store, "other", 5000)
    clock.now += ASK_AGAIN_SECONDS - 1
    one.check()
    clock.now += 1
    with pytest.raises(LeaseLost, match="other"):
        one.check()


def test_ask_notices_at_once(store, clock):
    """Before what no later run puts right the store is asked in any case."""
    one = lease(store, clock)
    one.take()
    one.check()
    hold(store, "other", 5000)
    with pytest.raises(LeaseLost, match="other"):
        one.ask()


def test_expired_lease_is_told_by_the_clock(clock):
    """Over is over, at this very second: it may be taken at any moment, and nobody need be asked."""
    store = Asked()
    one = lease(store, clock)
    one.take()
    one.check()
    clock.now += LEASE_SECONDS
    with pytest.raises(LeaseLost, match="its time was over"):
        one.check()
    assert 1 == store.asked


def test_lease_of_a_run_that_saves_without_pause_never_comes_near_its_end(store, clock):
    """With a batch every ten seconds for an hour, what is left of it is always minutes, as the store has it."""
    one, left = lease(store, clock), []
    one.take()
    for _ in range(360):
        clock.now += 10
        one.check()
        left.append(held(store)["expires"] - clock.now)
    assert RENEW_BELOW_SECONDS - ASK_AGAIN_SECONDS <= min(left)


def test_check_without_taking(store, clock):
    """A lease that was never taken is not held."""
    with pytest.raises(LeaseLost):
        lease(store, clock).check()


def test_release_gives_it_up(store, clock):
    """Taken or renewed, it is gone; releasing again is no fault."""
    one = lease(store, clock)
    one.take()
    clock.now += 400
    one.check()
    one.release()
    one.release()
    assert held(store) is None


def test_release_leaves_that_of_others(store, clock):
    """What was taken over meanwhile stays, as does what was never ours."""
    one = lease(store, clock)
    one.take()
    hold(store, "other", 5000)
    one.release()
    lease(store, clock, "third").release()
    assert "other" == held(store)["holder"]


def test_two_runs_exclude_each_other(store, clock):
    """While one holds it the other cannot; afterwards it can."""
    one, two = lease(store, clock, "one"), lease(store, clock, "two")
    one.take()
    with pytest.raises(LeaseHeld, match="one"):
        two.take()
    one.release()
    two.take()
    assert "two" == held(store)["holder"]
