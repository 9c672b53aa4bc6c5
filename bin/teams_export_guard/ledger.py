"""From triggers to alerts: what is new, what belongs, what is suppressed.

Knows the three rules of deduplication (contract, section 2, "From triggers to alerts") and nothing
else. Works on the alerts of one tenant and entity; an alert raised joins at once. Does not judge
variations, store, or show.
"""

from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence

from .alerts import ESCALATED, LEARNING, SUPPRESSED, Alert, Evidence
from .facts import Facts
from .records import Record
from .settings import ESCALATION_FACTOR, HOUR
from .variations import Guard, Judgement

RAISED, BELONGS = "raised", "belongs"


class Entry:
    """An alert in the ledger while a run works on it, with the triggers of this run that are its own."""

    def __init__(self, alert: Alert, stored: Optional[Alert]):
        self.alert = alert
        self.stored = stored  # as an earlier run committed it; None if this run raised it
        self.judgements: List[Judgement] = []
        self._messages = 0  # of the records of this run that are its evidence
        self._joined = False  # whether some of them may not be in the alert's evidence yet

    @property
    def messages(self) -> int:
        """The greatest message count that one run saw, this one included."""
        return max(self.alert.evidence.message_count, self._messages)

    @classmethod
    def raised(cls, owner, judgement: Judgement, settings, escalated_from: str = "") -> "Entry":
        """The entry of the alert that a trigger of ``owner`` raises."""
        entry = cls(Alert.raised(owner, judgement, settings, escalated_from), None)
        entry._keep(judgement)
        return entry

    def add(self, judgement: Judgement) -> None:
        """Join a trigger that belongs to this alert."""
        self.alert = self.alert.joined(judgement)
        self._joined = True
        self._keep(judgement)

    def _keep(self, judgement: Judgement) -> None:
        if self.judgements:
            self._messages += sum(record.messages for record in self._fresh(judgement, self.judgements[-1]))
        else:
            self._messages = judgement.trigger.messages
        self.judgements.append(judgement)

    @staticmethod
    def _fresh(judgement: Judgement, before: Judgement) -> Sequence[Record]:
        """Triggers come in time order, so what is new of one lies behind the window of the one before."""
        return judgement.trigger.evidence.since(before.trigger.window_end)

    def finished(self, networks) -> Alert:
        """The alert with all evidence of this run, marked for delivery if it rose, as a new one is."""
        alert = self.alert
        if self._joined:
            records = [*self.judgements[0].trigger.evidence]
            for before, judgement in zip(self.judgements, self.judgements[1:]):
                records += self._fresh(judgement, before)
            seen = Evidence.of(records, self._facts(networks))
            alert = alert._replace(evidence=alert.evidence.join(seen))
        if self.stored is not None and rose(alert, self.stored):
            return alert._replace(state=ESCALATED, delivered=False)
        return alert

    def _facts(self, networks) -> Facts:
        """Those of the records: all of them are evidence of the triggers."""
        if len({id(one.facts) for one in self.judgements}) == 1:
            return self.judgements[0].facts
        sources = {id(source): source for one in self.judgements for source in one.trigger.sources}
        return Facts.of(sources.values(), networks)


class Placement(NamedTuple):
    """Where a trigger went: ``raised`` | ``belongs`` | ``suppressed`` | ``learning``, and the latest alert near it."""

    outcome: str
    judgement: Judgement
    near: Optional[Alert]


class Ledger:
    """The alerts of one entity, stored ones and those that this run raises."""

    def __init__(self, alerts: Iterable[Alert], benign, settings):
        self.entries: Dict[str, Entry] = {alert.alert_id: Entry(alert, alert) for alert in alerts}
        self._benign = benign  # ids of alerts that an analyst closed as benign
        self._settings = settings

    def guards(self) -> List[Guard]:
        """The ASNs that alerts keep from being learned, unless closed ``benign``."""
        return [
            Guard(asn, entry.alert.window_start)
            for alert_id, entry in self.entries.items()
            if alert_id not in self._benign
            for asn in entry.alert.first_seen_asn
        ]

    def keeper_of(self, judgement: Judgement) -> Optional[Alert]:
        """The alert that keeps the UTC hour of a trigger as suppressed, if one does that may speak for it."""
        hour = judgement.trigger.minute - judgement.trigger.minute % HOUR
        speaking = self._speaking(judgement, self.entries.values())
        return next((entry.alert for entry in speaking if hour in entry.alert.suppressed_hours), None)

    def _speaking(self, judgement: Judgement, entries) -> List[Entry]:
        """An alert that an exception covers notified nobody: it says nothing for a trigger that none covers."""
        return [entry for entry in entries if judgement.cover.key or not entry.alert.exception]

    def take(self, owner, judgement: Judgement) -> Placement:
        """Place one trigger of ``owner``; triggers come in time order."""
        near = self._near(judgement, self.entries.values())
        latest = latest_of(near).alert if near else None
        outcome = self._outcome(judgement)
        if outcome is None:
            outcome = RAISED
            entry = Entry.raised(owner, judgement, self._settings, latest.alert_id if latest else "")
            self.entries[entry.alert.alert_id] = entry
        return Placement(outcome, judgement, latest)

    def _outcome(self, judgement: Judgement) -> Optional[str]:
        """None if the trigger raises an alert."""
        if not self.entries:
            return LEARNING if judgement.learning else None
        minute, entries = judgement.trigger.minute, self.entries.values()
        outcome = self._ask(judgement, [entry for entry in entries if entry.alert.triggered_at <= minute], latest_of)
        if outcome is None and judgement.learning:
            return LEARNING
        return outcome or self._ask(
            judgement, [entry for entry in entries if entry.alert.triggered_at > minute], earliest_of
        )

    def _near(self, judgement, entries) -> List[Entry]:
        minute, dedup = judgement.trigger.minute, self._settings.dedup
        return [entry for entry in entries if abs(minute - entry.alert.triggered_at) < dedup]

    def _ask(self, judgement: Judgement, asked: Sequence[Entry], pick: Callable) -> Optional[str]:
        """Rules 1 and 2 on some alerts; ``pick`` says which of several that apply takes the trigger."""
        owners = [entry for entry in asked if entry.alert.owns(judgement, self._settings.window)]
        if owners:
            pick(owners).add(judgement)
            return BELONGS
        near = self._speaking(judgement, self._near(judgement, asked))
        if not near:
            return None
        said = frozenset().union(*(entry.alert.matches for entry in near))
        greatest = max(entry.messages for entry in near)
        if not judgement.matches <= said or judgement.trigger.messages >= ESCALATION_FACTOR * greatest:
            return None
        self._suppress(judgement, near, pick(near))
        return SUPPRESSED

    def _suppress(self, judgement, near, keeper):
        minute = judgement.trigger.minute
        if self.keeper_of(judgement) is None:
            kept = keeper.alert.suppressed_hours | {minute - minute % HOUR}
            keeper.alert = keeper.alert._replace(suppressed_hours=kept)
        for entry in near:
            listed = entry.alert.first_seen_asn | judgement.first_seen_asn
            entry.alert = entry.alert._replace(first_seen_asn=listed)


def reach(starts: Iterable[int], settings) -> int:
    """An alert with ``triggered_at`` (epoch seconds) up to this moment decides nothing about triggers whose windows begin so.

    ``starts`` is not empty. Belonging reaches back a window, deduplication its span and the hour that an alert may keep,
    the quarantine its span; an alert is never triggered before its windows begin.
    """
    return min(starts) - max(settings.window, settings.dedup + HOUR, settings.quarantine)


def rose(alert: Alert, stored: Alert) -> bool:
    """Whether an alert says more than when it was ``stored``: another variation, or an exception covers it no more."""
    return alert.variation != stored.variation or bool(stored.exception and not alert.exception)


def latest_of(entries: Sequence[Entry]) -> Entry:
    """The latest by ``triggered_at``, of several the one with the smallest id."""
    return min(entries, key=lambda entry: (-entry.alert.triggered_at, entry.alert.alert_id))


def earliest_of(entries: Sequence[Entry]) -> Entry:
    """The earliest by ``triggered_at``, of several the one with the smallest id."""
    return min(entries, key=lambda entry: (entry.alert.triggered_at, entry.alert.alert_id))
