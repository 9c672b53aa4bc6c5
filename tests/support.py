"""Doubles that implement the app's ports, and short ways to run it in a test.

Nothing here is patched into the app: tables, stores and clocks are its arguments.
"""

from __future__ import annotations

from teams_export_guard.engine import Bounds
from teams_export_guard.networks import Networks
from teams_export_guard.privileged import Roles
from teams_export_guard.session import Session
from teams_export_guard.settings import Settings
from teams_export_guard.store import MemoryStore


class ShortTable:
    """An ASN table over a dict of address to (ASN, organisation)."""

    name, date = "short", "2026-01-01"

    def __init__(self, addresses):
        self._addresses = addresses
        self._names = dict(addresses.values())

    def lookup(self, address):
        return self._addresses.get(address, (None, ""))[0]

    def organisation(self, asn):
        return self._names.get(asn, "")


class ShortTables:
    """The tables of an app folder, given as values."""

    def __init__(self, operations=("MessagesExported", "MessagesListed"), addresses=None, roles=()):
        self._operations, self._addresses, self._roles = frozenset(operations), addresses or {}, roles

    def operations(self):
        return self._operations

    def roles(self):
        return Roles(self._roles)

    def networks(self):
        return Networks(ShortTable(self._addresses))


class Clock:
    """A clock that moves only when it is told to, or when somebody sleeps by it."""

    def __init__(self, now: float = 1_790_000_000.0):
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run(rows, settings=Settings(), *, now, earliest=None, store=None, tables=None, commits=False, marks=True):
    """(output rows, session) of one run over a store, in memory unless given."""
    clock = Clock(now)
    session = Session(
        settings, store=MemoryStore() if store is None else store, tables=tables or ShortTables(),
        bounds=Bounds(now, earliest or None), holder="test", clock=clock, sleep=clock.sleep,
    )
    for row in rows:
        session.add(row)
    given = session.finish(commits)
    if marks:
        session.after_reply()
    session.close()
    return given, session
