"""The detection: a function of records, baseline, ledger, triage, roles, networks and settings.

``survey`` says what the rows hold and which state judging them needs; ``judge`` gives the
verdict. Reads no clock, does no I/O, knows no Splunk: time, tables and state are arguments, and the
order of the records changes nothing (contract, section 2).
"""

from typing import FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

from . import reasons, rows
from .alerts import ESCALATED, KNOWN, LEARNING, NEW, SUPPRESSED, Alert
from .baseline import Baseline, Joined, Recorded
from .exceptions import NO_COVER, NO_EXCEPTIONS, Exceptions
from .intake import Owner
from .ledger import Entry, Ledger, Placement, rose
from .privileged import Privileged
from .survey import Survey
from .triggers import Trigger
from .variations import Judge, Judgement


class State(NamedTuple):
    """What earlier runs and other people left behind."""

    baseline: Union[Baseline, Recorded] = Baseline()
    alerts: Mapping[Owner, List[Alert]] = {}
    benign: FrozenSet[str] = frozenset()  # ids of the alerts that an analyst closed as benign
    privileged: Privileged = Privileged()
    exceptions: Exceptions = NO_EXCEPTIONS


class Shown(NamedTuple):
    """An alert to show, as what, and the suppressed count where it is not the alert's own."""

    alert: Alert
    state: str
    suppressed_count: Optional[int] = None

    def row(self) -> dict:
        """Its output row."""
        return rows.alert_row(self.alert, self.state, self.suppressed_count)


class Verdict(NamedTuple):
    """What to show, and the alerts that are new or changed, in order of ``triggered_at``."""

    shown: List[Shown]
    changed: List[Alert]


def judge(survey: Survey, state: State, found: Optional[Iterable[Tuple[Owner, List[Trigger]]]] = None) -> Verdict:
    """The verdict on all triggers of the survey; ``found`` are these, if somebody looks on."""
    baseline = Joined(state.baseline, survey.observed)
    shown: List[Shown] = []
    changed: List[Alert] = []
    judged = Judge(baseline, state.privileged, survey.networks, survey.settings, state.exceptions).judge
    for owner, triggers_of in survey.triggers() if found is None else found:
        if len(triggers_of) == 1 and owner not in state.alerts:
            shown += _lone(owner, judged(owner, triggers_of[0]), survey, changed)
            continue
        ledger = Ledger(state.alerts.get(owner, ()), state.benign, survey.settings)
        placed = [ledger.take(owner, judged(owner, trigger, ledger.guards())) for trigger in triggers_of]
        shown += _alerts(ledger.entries.values(), survey, changed)
        for outcome in (SUPPRESSED, LEARNING):
            shown += _grouped(owner, [place for place in placed if place.outcome == outcome], ledger, survey)
    changed.sort(key=lambda alert: (alert.triggered_at, alert.alert_id))
    return Verdict(shown, changed)


def _lone(owner: Owner, judgement: Judgement, survey: Survey, changed: List[Alert]) -> List[Shown]:
    """The only trigger of an entity without alerts, as mostly: there is none to belong to, or to be suppressed by."""
    if judgement.learning:
        return [_learning(owner, [judgement], survey, "")]
    return _alerts([Entry.raised(owner, judgement, survey.settings)], survey, changed)


def _alerts(entries: Iterable[Entry], survey: Survey, changed: List[Alert]) -> List[Shown]:
    """The alerts of one entity that triggers belong to; those that differ from what is stored join ``changed``."""
    shown = []
    for entry in entries:
        alert = entry.finished(survey.networks)
        if entry.judgements and not _says_the_same(alert, entry.stored):
            alert = alert.saying(_reason(alert, entry, survey))
        if alert != entry.stored:
            changed.append(alert)
        if entry.judgements:
            shown.append(Shown(alert, _state(alert, entry)))
    return shown


def _says_the_same(alert: Alert, stored: Optional[Alert]) -> bool:
    return stored is not None and alert == stored._replace(suppressed_hours=alert.suppressed_hours)


def _reason(alert: Alert, entry: Entry, survey: Survey) -> str:
    """By the first trigger that matches the alert's variation, else the first of this run."""
    variation = alert.variation
    basis = next((one for one in entry.judgements if variation in one.matches), entry.judgements[0])
    covers = [one.cover for one in entry.judgements if one.cover.rule and bool(one.cover.key) == bool(alert.exception)]
    return reasons.alert_reason(alert, basis, survey.networks, survey.settings, covers[0] if covers else NO_COVER)


def _state(alert: Alert, entry: Entry) -> str:
    if entry.stored is None:
        return NEW
    return ESCALATED if rose(alert, entry.stored) else KNOWN


def _grouped(owner: Owner, placed: List[Placement], ledger: Ledger, survey: Survey) -> List[Shown]:
    """One row for all suppressed, or all learning, triggers of an entity."""
    if not placed:
        return []
    judgements = [place.judgement for place in placed]
    escalated_from = placed[0].near.alert_id if placed[0].near else ""
    if placed[0].outcome == LEARNING:
        return [_learning(owner, judgements, survey, escalated_from)]
    alert, keeper = _as_one(owner, judgements, survey, escalated_from), ledger.keeper_of(judgements[0])
    reason = reasons.suppressed_reason(alert, judgements[0], keeper, survey.networks, survey.settings)
    return [Shown(alert.saying(reason), SUPPRESSED, len(keeper.suppressed_hours))]


def _learning(owner: Owner, judgements: List[Judgement], survey: Survey, escalated_from: str) -> Shown:
    alert = _as_one(owner, judgements, survey, escalated_from)
    reason = reasons.learning_reason(alert, judgements[0], survey.networks, survey.settings)
    return Shown(alert.saying(reason), LEARNING, 0)


def _as_one(owner: Owner, judgements: List[Judgement], survey: Survey, escalated_from: str) -> Alert:
    """The alert that the earliest of these would have raised, with all of them."""
    entry = Entry.raised(owner, judgements[0], survey.settings, escalated_from)
    for judgement in judgements[1:]:
        entry.add(judgement)
    return entry.finished(survey.networks)


def explain(survey: Survey) -> List[dict]:
    """A row with ``alert_state=none`` for every entity without a trigger, if the settings ask for it; once all is judged."""
    explained = []
    for owner, (busiest, evidence, untaken, last_seen) in sorted(survey.quiet.items()):
        minute = busiest.minute if busiest else last_seen
        reason = reasons.no_trigger_reason(busiest, survey.settings, untaken)
        explained.append(rows.none_row(owner, minute, evidence, survey.settings, reason))
    return explained


def undelivered(alerts: Iterable[Alert], verdict: Verdict) -> List[Shown]:
    """What a committing run shows: the verdict, with every alert that an earlier run left undelivered.

    Such an alert is shown in the state it was committed with, once, or as escalated if it rose now.
    """
    waiting = {alert.alert_id: alert for alert in alerts}
    shown = []
    for one in verdict.shown:
        left = waiting.pop(one.alert.alert_id, None) if one.state in (KNOWN, ESCALATED) else None
        shown.append(one._replace(state=left.state) if left and one.state == KNOWN else one)
    changed = {alert.alert_id: alert for alert in verdict.changed}
    return shown + [Shown(changed.get(key, alert), alert.state) for key, alert in sorted(waiting.items())]
