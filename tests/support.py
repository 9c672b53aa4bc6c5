"""Doubles that implement the app's ports, and short ways to run it in a test.

Nothing here is patched into the app: tables, stores and clocks are its arguments.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections import defaultdict, deque, namedtuple

from teams_export_guard.aggregated import batch_of
from teams_export_guard.alerts import Alert, Evidence
from teams_export_guard.exceptions import ExceptionRule
from teams_export_guard.facts import Facts
from teams_export_guard.intake import Activity, Intake
from teams_export_guard.networks import Networks
from teams_export_guard.privileged import Roles
from teams_export_guard.records import Record, Rejection, Source
from teams_export_guard.session import Session
from teams_export_guard.settings import Settings
from teams_export_guard.store import MemoryStore
from teams_export_guard.survey import Bounds
from teams_export_guard.triggers import Timeline, triggers
from teams_export_guard.variations import Judgement

DEFAULTS = Settings()


class ShortTable:
    """An ASN table over a dict of address to (ASN, organisation), and one of address to former ASNs."""

    name, date = "short", "2026-01-01"

    def __init__(self, addresses, former=None):
        self._addresses, self._former = addresses, former or {}
        self._names = dict(addresses.values())

    def lookup(self, address):
        return self._addresses.get(address, (None, ""))[0]

    def organisation(self, asn):
        return self._names.get(asn, "")

    def former(self, address):
        return self._former.get(address, ())


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


def run(rows, settings=DEFAULTS, *, now, earliest=None, store=None, tables=None, commits=False, marks=True):
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


MIDNIGHT = 1767571200  # 2026-01-05T00:00:00Z
OPERATIONS = frozenset({"MessagesExported", "MessagesListed"})
ABSENT = object()  # says of a part of a record that it is not there at all


def changed(whole, changes):
    """``whole`` with ``changes``, without what is ABSENT."""
    return {name: value for name, value in {**whole, **changes}.items() if value is not ABSENT}


def audit(**changes):
    """A counted audit record of one message, by Ann at MIDNIGHT, to be varied."""
    return changed(
        {
            "Id": "r1", "CreationTime": "2026-01-05T00:00:00", "OrganizationId": "t1", "UserId": "Ann@T",
            "UserKey": "K-Ann",
            "UserType": 0, "Workload": "MicrosoftTeams", "Operation": "MessagesExported", "ClientIP": "8.8.8.8",
            "ChatThreadId": "c1",
        },
        changes,
    )


def raw_row(asn=None, **changes):
    """The raw row of ``audit(**changes)``."""
    return {"_raw": json.dumps(audit(**changes)), **({} if asn is None else {"asn": asn})}


def minute_row(**changes):
    """An aggregated row: two counted records of three messages in all, by Ann in the minute of MIDNIGHT."""
    return changed(
        {
            "_time": str(MIDNIGHT), "OrganizationId": "t1", "UserId": "Ann@T", "UserKey": "K-Ann", "UserType": "0",
            "ClientIP": "8.8.8.8", "ClientAppId": "", "Workload": "MicrosoftTeams", "Operation": "MessagesExported",
            "message_count": "3", "record_count": "2", "chat_id": ["c1", "c2"], "record_id": ["r1", "r2"],
        },
        changes,
    )


def record(minute=0, **changes):
    """A counted record of one message, ``minute`` minutes after MIDNIGHT; ``changes`` of it or of its source."""
    source = Source("t1", "user:ann@t", "ann@t", "K-Ann", "8.8.8.8", "", "", "MessagesExported", True)
    source = source._replace(**{name: value for name, value in changes.items() if name in Source._fields})
    plain = Record(source, MIDNIGHT + 60 * minute, 1, 1, ("c1",), ("r%s" % minute,))
    return plain._replace(**{name: value for name, value in changes.items() if name not in Source._fields})


#: A record and its source side by side.
Flat = namedtuple("Flat", Source._fields + Record._fields[1:])


def records_of(activities):
    """The records in what an intake gives, or those of some owners, in order of minute."""
    batches = [batch for activity in activities for batch in activity.batches]
    found = [batch.record(index) for batch in batches for index in range(len(batch.minutes))]
    return sorted(found, key=lambda one: one.minute)


def detailed(intake):
    """What an intake gives, with chats and ids."""
    deque(intake.activities(), maxlen=0)
    return intake.detailed()


def taken_alone(row, operations, now):
    """What becomes of one row: the record, flat, or why it is rejected."""
    intake = Intake(operations, now)
    intake.add(row)
    records = records_of(detailed(intake))
    if records:
        (one,) = records
        return Flat(*one.source, *one[1:])
    ((reason, (_, example)),) = intake.rejected.items()
    return Rejection(reason, example)


def activities(*records):
    """Records as an intake gives them, those of an owner together."""
    owners, batches = defaultdict(list), defaultdict(list)
    for one in records:
        batches[one.source].append(one)
    for source, of_source in batches.items():
        owners[source.tenant, source.entity].append(batch_of([one._replace(source=source) for one in of_source]))
    return [Activity(owner, found) for owner, found in owners.items()]


def triggers_of(records, settings, earliest=None, oldest=None):
    """The triggers among records, which are in order of minute."""
    return triggers(timeline_of(records), settings, earliest, oldest)


def timeline_of(records):
    """Records, which are in order of minute, as the counted rows of one entity."""
    columns = ([getattr(one, name) for one in records] for name in ("minute", "messages", "records"))
    return Timeline(*columns, records.__getitem__)


OWNER = ("t1", "user:ann@t")


def trigger_of(records, minute, window):
    """The trigger whose window begins at ``minute`` (epoch seconds) and holds all ``records``, in order of minute."""
    everything = Settings(message_threshold=1, record_threshold=1, window=window)
    (first, *_) = [one for one in triggers_of(records, everything) if one.minute == minute]
    return first


def judgement(minute=0, messages=5, matches=("base",), **changes):
    """A judgement on the trigger of one record, ``minute`` minutes after MIDNIGHT, with a window of 5 minutes."""
    return judgement_on([record(minute, messages=messages)], matches)._replace(**changes)


HUNDRED = Networks(ShortTable({"8.8.8.8": (100, "Hundred")}))


def judgement_on(records, matches=("base",)):
    """A judgement on the trigger at the first of some records, with a window of 5 minutes."""
    return judgement_of(trigger_of(records, records[0].minute, 300), matches)


def judgement_of(trigger, matches=("base",)):
    """A judgement on a trigger."""
    return Judgement(
        trigger, Facts.of(trigger.sources, HUNDRED), frozenset(matches), frozenset(), "unknown", frozenset(), 30, 10, lambda: 0,
        frozenset({100}), False
    )


def evidence_of(records, networks=HUNDRED):
    """The evidence that records make."""
    return Evidence.of(records, Facts.of([one.source for one in records], networks))


def alert(minute=0, **changes):
    """The alert that ``judgement(minute)`` raised, with its evidence."""
    return Alert.raised(OWNER, judgement(minute), Settings(window=300))._replace(**changes)


def exception_rule(**changes):
    """An exception of Ann's on ASN 100, to be varied."""
    document = {
        "_key": "k1", "tenant": "t1", "entity": OWNER[1], "asn": "100", "usual_messages": 50, "owner": "jo",
        "operations": "MessagesExported", "reason": "archive", "start": MIDNIGHT, "expires": MIDNIGHT + 90 * 86400,
    }
    return ExceptionRule.from_document({**document, **changes})


def store_secret(rest, secret, realm="teams_export_guard", name="webhook_secret"):
    """Store a secret as an admin does, by splunkd's REST interface."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        rest.url + "/servicesNS/nobody/teams_export_guard/storage/passwords",
        urllib.parse.urlencode({"realm": realm, "name": name, "password": secret}).encode("utf-8"),
        {"Authorization": "Splunk " + rest.sessions.open("admin")},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - likewise
        assert answer.status == 201
