"""What the app keeps, in its own words: baseline, alerts, triage, roles.

Knows which documents a run needs and how they become values; talks to any ``DocumentStore``. Only
changed documents are written. Documents that violate their schema are left out, counted and
reported: somebody else wrote them.
"""

from collections import defaultdict
from itertools import islice
from typing import Dict, FrozenSet, Iterable, Iterator, List, Sequence, Tuple

from . import documents
from .alerts import Alert
from .baseline import Baseline, Days, Key, Recorded, join_days
from .documents import (
    ALERTS,
    BASELINE,
    EXCEPTIONS,
    PRIVILEGED,
    TRIAGE,
    alert_document,
    alert_of,
    baseline_document,
    baseline_key,
)
from .errors import StoreError
from .exceptions import ExceptionRule
from .privileged import Assignment
from .schema import violations

AT_ONCE = 9990  # baseline documents read together: ten requests of the store (ours)


class Repository:
    """Reads and writes values; ``before_batch`` (the lease's check) is called before every write."""

    def __init__(self, store, before_batch=lambda: None):
        self._store = store
        self._before_batch = before_batch
        self.damaged: Dict[str, str] = {}  # collection -> what is wrong with one of its documents

    def baseline(self, keys: Iterable[Key]) -> Recorded:
        """The stored sightings of ``keys``."""
        by_id = {baseline_key(key): key for key in keys}
        found = self._store.each(BASELINE, list(by_id))
        return Recorded({by_id[document["_key"]]: document.get("days") for document in found}, self._minutes)

    def changed(self, observed: Baseline) -> Iterator[dict]:
        """The documents that learning ``observed`` changes, in order of ``_key``; few of them are in memory at a time."""
        by_id = {baseline_key(key): key for key in observed.sightings}
        ids = iter(sorted(by_id))
        for some in iter(lambda: list(islice(ids, AT_ONCE)), []):
            stored = {document["_key"]: document for document in self._store.each(BASELINE, some)}
            for key_id in some:
                key = by_id[key_id]
                before = self._days(stored[key_id]) if key_id in stored else {}
                days = observed.sightings[key]
                if all(before.get(day, minute + 1) <= minute for day, minute in days.items()):
                    continue  # most of them, for an hour that brings nothing new
                after = documents.retained(join_days(before, days))
                if after != before:
                    yield baseline_document(key, after)

    def _days(self, document) -> Days:
        """What a baseline document says; nothing, if it cannot be read."""
        try:
            return documents.days_of(document)
        except (KeyError, ValueError, AttributeError):
            self._report(BASELINE, "BASELINE", document)
            return {}

    def _minutes(self, key: Key, days: str) -> List[int]:
        """What ``days`` of the document of ``key`` says; nothing, if it cannot be read."""
        try:
            return documents.minutes_of(days)
        except (ValueError, AttributeError):
            self._report(BASELINE, "BASELINE", {"_key": baseline_key(key), **key._asdict(), "days": days})
            return []

    def save_baseline(self, changed: Iterable[dict]) -> None:
        """Write baseline documents, as they come."""
        self._store.save(BASELINE, changed, self._before_batch)

    def alerts(self, owners: Iterable[Tuple[str, str]], since: float) -> Dict[Tuple[str, str], List[Alert]]:
        """The committed alerts of each owner (tenant, entity) that were triggered after ``since`` (epoch seconds)."""
        found = defaultdict(list)
        later = {"$gt": since}
        for alert in self._alerts([{"tenant": one, "entity": other, "triggered_at": later} for one, other in owners]):
            found[alert.tenant, alert.entity].append(alert)
        return found

    def undelivered(self) -> List[Alert]:
        """The alerts that were committed but perhaps never reached Splunk."""
        return self._alerts([{"delivered": 0}])

    def _alerts(self, queries) -> List[Alert]:
        keys = self._store.keys_where(ALERTS, queries)
        found = self._store.get(ALERTS, keys)
        missing = [key for key in keys if key not in found]
        if missing:  # deleted between the two calls (retention does), or withheld
            withheld = set(missing).intersection(self._store.keys_where(ALERTS, queries))
            if withheld:
                raise StoreError("The KV store listed alert %s and then did not give it." % min(withheld))
        alerts = []
        for document in found.values():
            try:
                alerts.append(alert_of(document))
            except (KeyError, ValueError, TypeError) as error:
                self.damaged.setdefault(ALERTS, "%s: %s %s" % (document.get("_key"), type(error).__name__, error))
        return alerts

    def save_alerts(self, alerts: Sequence[Alert], now: float) -> None:
        """Commit alerts, in the order given. ``now`` (epoch seconds) is when."""
        stamped = [alert._replace(created=alert.created or now, updated=now) for alert in alerts]
        self._store.save(ALERTS, [alert_document(alert) for alert in stamped], self._before_batch)

    def mark_delivered(self, ids: Sequence[str], now: float) -> None:
        """Say of alerts, which must be stored, that Splunk has them."""
        marked = [dict(document, delivered=1, updated=now) for document in self._store.get(ALERTS, ids).values()]
        self._store.save(ALERTS, sorted(marked, key=lambda one: one["triggered_at"]), self._before_batch)

    def benign(self, ids: Sequence[str]) -> FrozenSet[str]:
        """Those of the alerts that an analyst closed as benign."""
        found = self._store.get(TRIAGE, ids)
        return frozenset(key for key, document in found.items() if document.get("status") == "benign")

    def assignments(self) -> List[Assignment]:
        """All roles held by anybody."""
        held = []
        for document in self._store.all(PRIVILEGED, {}):
            try:
                held.append(Assignment.from_document(document))
            except (ValueError, OverflowError):
                self._report(PRIVILEGED, "PRIVILEGED", document)
        return held

    def exceptions(self) -> List[ExceptionRule]:
        """All exceptions that are valid; what is wrong with the others is reported, and they except nothing."""
        rules = []
        for document in self._store.all(EXCEPTIONS, {}):
            try:
                rules.append(ExceptionRule.from_document(document))
            except ValueError as error:
                self.damaged.setdefault(EXCEPTIONS, "%s: %s" % (document.get("_key"), error))
        return rules

    def _report(self, collection, schema, document):
        faults = violations(schema, document) or ["cannot be decoded"]
        self.damaged.setdefault(collection, "%s: %s" % (document.get("_key"), "; ".join(faults)))
