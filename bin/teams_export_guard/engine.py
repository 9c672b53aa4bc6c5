"""The detection: a function of records, baseline, ledger, triage, roles, networks and settings.

``Survey`` says what the records hold and which state judging them needs; ``judge`` gives the
verdict. Reads no clock, does no I/O, knows no Splunk: time, tables and state are arguments, and the
order of the records changes nothing (contract, section 2).
"""

from collections import defaultdict
from typing import Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from . import reasons, rows
from .alerts import ESCALATED, KNOWN, LEARNING, NEW, SUPPRESSED, Alert, Evidence
from .baseline import ACTIVITY, ANY, ASN, EXPORT, Baseline, Key, observe_records
from .exceptions import NO_EXCEPTIONS, Cover, Exceptions
from .ledger import Entry, Ledger, Placement, rose
from .networks import Networks
from .privileged import Privileged
from .records import Record
from .settings import DAY, RETENTION_DAYS, Settings
from .triggers import Trigger, is_judged, reaches, spans, triggers
from .variations import Judge

#: (tenant, entity): whose records, baseline and alerts are taken together.
Owner = Tuple[str, str]


class Bounds(NamedTuple):
    """What a run may judge. Epoch seconds; ``earliest`` is the search's, None for no bound."""

    now: float
    earliest: Optional[float] = None

    def oldest(self, settings: Settings) -> Optional[float]:
        """The earliest trigger whose training period the baseline still holds; None in a backtest."""
        if settings.mode == "backtest":
            return None
        return self.now - (RETENTION_DAYS - settings.training - 1) * DAY


class Survey:
    """What the records of one run hold."""

    def __init__(self, records: Iterable[Record], networks: Networks, settings: Settings, bounds: Bounds):
        self.networks, self.settings, self.bounds = networks, settings, bounds
        self.records = list(records)
        self.observed: Baseline = observe_records(self.records, networks.asn)
        self.counted: Dict[Owner, List[Record]] = defaultdict(list)
        for record in self.records:
            if record.counted:
                self.counted[record.tenant, record.entity].append(record)
        self.triggers: Dict[Owner, List[Trigger]] = {}
        for owner, counted in sorted(self.counted.items()):
            counted.sort(key=lambda record: record.minute)
            found = triggers(counted, settings, bounds.earliest, bounds.oldest(settings))
            if found:
                self.triggers[owner] = found

    @property
    def owners(self) -> List[Owner]:
        """Everyone at hand, sorted."""
        return sorted({(record.tenant, record.entity) for record in self.records})

    def baseline_keys(self) -> List[Key]:
        """What of the stored baseline judging the triggers needs."""
        keys = set()
        for tenant, entity in self.triggers:
            keys.add(Key(tenant, ANY, ACTIVITY, ANY))
            keys.update(Key(tenant, entity, feature, ANY) for feature in (ACTIVITY, EXPORT))
            counted = self.counted[tenant, entity]
            asns = {self.networks.asn(record) for record in counted} - {None}
            asns.update(asn for record in counted for asn in self.networks.former(record))
            keys.update(Key(tenant, entity, ASN, str(asn)) for asn in asns)
        return sorted(keys)


class State(NamedTuple):
    """What earlier runs and other people left behind."""

    baseline: Baseline = Baseline()
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


def judge(survey: Survey, state: State) -> Verdict:
    """The verdict on all triggers of the survey."""
    baseline = state.baseline.join(survey.observed)
    shown: List[Shown] = []
    changed: List[Alert] = []
    for owner, found in survey.triggers.items():
        ledger = Ledger(state.alerts.get(owner, ()), state.benign, survey.settings)
        of_owner = Judge(owner, baseline, state.privileged, survey.networks, survey.settings, state.exceptions)
        placed = [ledger.take(owner, of_owner.judge(trigger, ledger.guards())) for trigger in found]
        shown += _alerts(ledger, survey, changed)
        for outcome in (SUPPRESSED, LEARNING):
            shown += _grouped(owner, [place for place in placed if place.outcome == outcome], ledger, survey)
    changed.sort(key=lambda alert: (alert.triggered_at, alert.alert_id))
    return Verdict(shown, changed)


def _alerts(ledger: Ledger, survey: Survey, changed: List[Alert]) -> List[Shown]:
    """The alerts of one entity that triggers belong to; those that differ from what is stored join ``changed``."""
    shown = []
    for entry in ledger.entries.values():
        alert = entry.finished(survey.networks)
        if entry.judgements and not _says_the_same(alert, entry.stored):
            alert = alert._replace(reason=_reason(alert, entry, survey))
        if alert != entry.stored:
            changed.append(alert)
        if entry.judgements:
            shown.append(Shown(alert, _state(alert, entry)))
    return shown


def _says_the_same(alert: Alert, stored: Optional[Alert]) -> bool:
    return stored is not None and alert == stored._replace(suppressed_hours=alert.suppressed_hours)


def _reason(alert: Alert, entry: Entry, survey: Survey) -> str:
    """By the first trigger that matches the alert's variation, else the first of this run."""
    basis = next((one for one in entry.judgements if alert.variation in one.matches), entry.judgements[0])
    covers = (one.cover for one in entry.judgements if one.cover.rule and bool(one.cover.key) == bool(alert.exception))
    return reasons.alert_reason(alert, basis, survey.networks, survey.settings, next(covers, Cover()))


def _state(alert: Alert, entry: Entry) -> str:
    if entry.stored is None:
        return NEW
    return ESCALATED if rose(alert, entry.stored) else KNOWN


def _grouped(owner: Owner, placed: List[Placement], ledger: Ledger, survey: Survey) -> List[Shown]:
    """One row for all suppressed, or all learning, triggers of an entity."""
    if not placed:
        return []
    first, outcome = placed[0].judgement, placed[0].outcome
    settings, networks = survey.settings, survey.networks
    escalated_from = placed[0].near.alert_id if placed[0].near else ""
    entry = Entry(Alert.raised(owner, first, settings, escalated_from), None)
    for place in placed:
        entry.add(place.judgement)
    alert = entry.finished(networks)
    if outcome == LEARNING:
        return [Shown(alert._replace(reason=reasons.learning_reason(alert, first, networks, settings)), LEARNING, 0)]
    keeper = ledger.keeper_of(first)
    reason = reasons.suppressed_reason(alert, first, keeper, networks, settings)
    return [Shown(alert._replace(reason=reason), SUPPRESSED, len(keeper.suppressed_hours))]


def explain(survey: Survey) -> List[dict]:
    """A row with ``alert_state=none`` for every entity at hand without a trigger."""
    explained = []
    last_seen: Dict[Owner, int] = {}
    for record in survey.records:
        owner = record.tenant, record.entity
        last_seen[owner] = max(record.minute, last_seen.get(owner, record.minute))
    for owner in survey.owners:
        if owner in survey.triggers:
            continue
        counted = survey.counted.get(owner, [])
        found = list(spans(counted, survey.settings.window))
        busiest = max(found, key=lambda span: (span.messages, span.records, -span.minute), default=None)
        seen = [] if busiest is None else [r for r in counted if busiest.window_start <= r.minute <= busiest.minute]
        oldest = survey.bounds.oldest(survey.settings)
        untaken = sum(
            reaches(span, survey.settings) and not is_judged(span, survey.settings, survey.bounds.earliest, oldest)
            for span in found
        )
        minute = busiest.minute if busiest else last_seen[owner]
        reason = reasons.no_trigger_reason(busiest, survey.settings, untaken)
        explained.append(rows.none_row(owner, minute, Evidence.of(seen, survey.networks), survey.settings, reason))
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
