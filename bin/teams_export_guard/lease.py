"""The lease: at most one run at a time that writes the same thing.

Knows the documents of ``teams_export_lease``, one for each kind of work (contract, section 2): taken by insert,
renewed while working, checked before every batch; an expired one is deleted by its holder and expiry, so that
nobody deletes a lease that was just taken anew. Knows nothing of what is done under it.

Checking is by the clock, and costs no request: nobody may take a lease that has not expired. The store is asked
before the first batch, and again when its last answer is ``ASK_AGAIN_SECONDS`` old. What that gives up: a lease that
somebody deletes or replaces by hand, or that a search head takes because its clock is ahead by more than what is left
of it (``RENEW_BELOW_SECONDS`` at a batch, so minutes), is noticed that much later, and so long two runs may write. What
they can lose by that is what a stale read can, and the next run learns it again. Where that is too much, ``ask``.
"""

import os
import random
import uuid
from contextlib import contextmanager
from typing import Callable, Iterator

from .documents import LEASE
from .errors import LeaseHeld, LeaseLost, StoreError
from .schema import violations

KEY = "commit"
LEASE_SECONDS = 600  # how long a lease lives (ours)
WAIT_SECONDS = 60  # how long a run waits for another's (ours)
RENEW_BELOW_SECONDS = LEASE_SECONDS / 2
ASK_AGAIN_SECONDS = 30  # how long the store's word that the lease is ours is good for (ours)
POLL_SECONDS = (0.05, 1.0)  # the first pause and the longest


class Lease:
    """``take`` it, ``check`` it before every batch, ``ask`` before what no later run puts right, ``release`` it."""

    key = KEY
    held_by_another = (
        "Another committing run (%s) holds the lease; nothing is lost, the next scheduled run covers the same span again."
    )
    lost_to = (
        "This run lost the lease to %s while it worked; what it had not yet written is not lost, the next scheduled run "
        "covers the same span again."
    )

    def __init__(self, store, holder: str, clock: Callable[[], float], sleep: Callable[[float], None]):
        self._store, self.holder, self._clock, self._sleep = store, holder, clock, sleep
        self._expires = 0
        self._asked = float("-inf")  # when the store last said that the lease is ours

    def take(self) -> None:
        """Wait for the lease and take it. Raises LeaseHeld, naming the holder, after ``WAIT_SECONDS``."""
        deadline = self._clock() + WAIT_SECONDS
        pause, most = POLL_SECONDS
        while True:
            expires = int(self._clock()) + LEASE_SECONDS
            if self._store.insert(LEASE, {"_key": self.key, "holder": self.holder, "expires": expires}):
                self._expires = expires
                return
            held = self._store.get(LEASE, [self.key]).get(self.key)
            if held is not None and held.get("holder") == self.holder:
                self._expires = held["expires"]  # our insert arrived, only its answer did not
                return
            if self._clock() >= deadline:
                raise LeaseHeld(self.held_by_another % (held or {}).get("holder", "its name is gone"))
            if held is None:
                continue  # released between the two calls
            faults = violations("LEASE", held)
            if faults:
                raise StoreError("The lease document of %s is damaged (%s); delete it." % (LEASE, "; ".join(faults)))
            if held["expires"] <= self._clock():
                self._store.delete(LEASE, {"holder": held["holder"], "expires": held["expires"]})
                continue
            self._sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, most)

    def check(self) -> None:
        """Make sure that the lease is still ours, by the clock and now and then by the store. Raises LeaseLost."""
        if not self._remaining():
            raise LeaseLost(self.lost_to % "nobody (its time was over)")
        since = self._clock() - self._asked
        if not 0 <= since < ASK_AGAIN_SECONDS:  # below 0: the clock was set back
            self.ask()

    def ask(self) -> None:
        """Make sure of it by the store, and renew it in good time. Raises LeaseLost."""
        asked = self._clock()
        held = self._store.get(LEASE, [self.key]).get(self.key) or {}
        remaining = self._remaining()
        if held.get("holder") != self.holder or not remaining:
            raise LeaseLost(self.lost_to % (held.get("holder") or "nobody"))
        if remaining < RENEW_BELOW_SECONDS:
            expires = int(self._clock()) + LEASE_SECONDS
            document = {"_key": self.key, "holder": self.holder, "expires": expires}
            self._store.save(LEASE, [document], lambda: None)
            self._expires = expires
        self._asked = asked

    def _remaining(self) -> float:
        """Seconds until it may be taken by others; 0 if they may now."""
        return max(self._expires - self._clock(), 0)

    def release(self) -> None:
        """Give the lease up, if it is still ours."""
        if self._expires:
            self._store.delete(LEASE, {"holder": self.holder, "expires": self._expires})
            self._expires = 0


def holder(sid: str) -> str:
    """The name of a process as a holder of leases: its search, its number, and what no other process has."""
    return "search %s, process %d, %s" % (sid, os.getpid(), uuid.uuid4().hex[:8])


class RefreshLease(Lease):
    """The lease of those that put a new ASN table in the place of the old one; committing runs need not wait for them."""

    key = "asn"
    held_by_another = "Another refresh of the network table (%s) is at work; the table in effect stays. Run it again."
    lost_to = "This refresh lost its lease to %s while it worked; the table in effect stays. Run it again."


class RolesLease(Lease):
    """The lease of those that write who holds roles in one tenant."""

    held_by_another = "Another run (%s) writes the role holders of this tenant; nothing was written. Run it again."
    lost_to = "This run lost its lease to %s while it wrote role holders; run it again, it then takes in the rest."

    def __init__(self, store, tenant: str, holder: str, clock: Callable[[], float], sleep: Callable[[float], None]):
        super().__init__(store, holder, clock, sleep)
        self.key = "roles." + tenant


@contextmanager
def holding(lease: Lease) -> Iterator[Callable[[], None]]:
    """Work under a lease; gives its check. Failing to give it up is no fault: it expires."""
    lease.take()
    try:
        yield lease.check
    finally:
        try:
            lease.release()
        except StoreError:
            pass  # it expires
