"""The detection: a function of records, baseline, ledger, triage, roles, networks and settings.

``Survey`` says what the records hold and which state judging them needs; ``judge`` gives the
verdict. Reads no clock, does no I/O, knows no Splunk: time, tables and state are arguments, and the
order of the records changes nothing (contract, section 2).
"""

from bisect import bisect_right
from itertools import accumulate, chain
from typing import Dict, FrozenSet, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

from . import reasons, rows
from .aggregated import Batch
from .alerts import ESCALATED, KNOWN, LEARNING, NEW, SUPPRESSED, Alert, Evidence
from .baseline import ACTIVITY, ANY, ASN, EXPORT, Baseline, Joined, Key, Recorded, observe
from .exceptions import NO_COVER, NO_EXCEPTIONS, Exceptions
from .facts import Facts
from .intake import Activity, Owner
from .ledger import Entry, Ledger, Placement, rose
from .networks import Networks
from .privileged import Privileged
from .records import Record, Source
from .settings import DAY, RETENTION_DAYS, Settings
from .triggers import Span, Timeline, Trigger, is_judged, reaches, reaching, spans, starts_of_crowds, triggers
from .variations import Judge, Judgement


class Bounds(NamedTuple):
    """What a run may judge. Epoch seconds; ``earliest`` is the search's, None for no bound."""

    now: float
    earliest: Optional[float] = None

    def oldest(self, settings: Settings) -> Optional[float]:
        """The earliest trigger whose training period the baseline still holds; None in a backtest."""
        if settings.mode == "backtest":
            return None
        return self.now - (RETENTION_DAYS - settings.training - 1) * DAY


class Quiet(NamedTuple):
    """What ``explain`` says of an owner without a trigger: the fullest span, its evidence, and the last minute seen."""

    busiest: Optional[Span]
    evidence: Evidence
    untaken: int  # spans that reach a threshold and are not judged
    last_seen: int


class Survey:
    """What the rows of one run hold. Keeps of them what judging needs to know beforehand.

    ``activities`` are all rows, each owner's once. ``detailed`` has those of them again that are wanted, with chats and ids;
    it is read by ``triggers`` alone, owner by owner, because evidence is most of what is in memory. Without it the activities
    are taken to have them.
    """

    def __init__(self, activities: Iterable[Activity], networks: Networks, settings: Settings, bounds: Bounds,
                 detailed: Optional[Iterable[Activity]] = None):
        self.networks, self.settings, self.bounds = networks, settings, bounds
        self._oldest = bounds.oldest(settings)
        if detailed is None:
            activities = detailed = list(activities)
        self._detailed = detailed
        self.observed = Baseline()
        self.owners: List[Owner] = []
        self.quiet: Dict[Owner, Quiet] = {}
        #: Of those who may have a trigger: where their first window begins, and the sources of their counted records.
        self.starts: Dict[Owner, int] = {}
        self.sources: Dict[Owner, List[Source]] = {}
        for activity in activities:
            self.owners.append(activity.owner)
            for batch in activity.batches:
                observe(self.observed, batch.source, networks.asn(batch.source), batch.minutes)
            if activity.is_wanted:
                self._expect(activity)
        self.owners.sort()

    @property
    def days(self) -> int:
        """The number of distinct (tenant, UTC day)."""
        return sum(len(days) for key, days in self.observed.sightings.items() if key[1:] == (ANY, ACTIVITY, ANY))

    def _expect(self, activity: Activity) -> None:
        counted = _counted(activity)
        spans_taken = (one for one in reaching(timeline(counted), self.settings) if self._is_judged(one))
        first = next(spans_taken, None)
        if first:
            self.starts[activity.owner] = first.window_start
            self.sources[activity.owner] = [batch.source for batch in counted]

    def _is_judged(self, span: Span) -> bool:
        return is_judged(span, self.settings, self.bounds.earliest, self._oldest)

    def triggers(self) -> Iterator[Tuple[Owner, List[Trigger]]]:
        """Each owner's triggers, in no particular order of owners. To be asked for once; then ``quiet`` is known as well."""
        for activity in self._detailed:
            rows = timeline(_counted(activity))
            found = triggers(rows, self.settings, self.bounds.earliest, self._oldest)
            if found:
                yield activity.owner, found
            elif self.settings.explain:
                last_seen = max(max(batch.minutes) for batch in activity.batches)
                self.quiet[activity.owner] = self._quiet(rows, last_seen)

    def _quiet(self, rows: Timeline, last_seen: int) -> Quiet:
        settings = self.settings
        busiest = max(
            spans(rows, settings.window), key=lambda span: (span.messages, span.records, -span.minute), default=None
        )
        seen = [
            rows.record_of(index) for index, minute in enumerate(rows.minutes)
            if busiest.window_start <= minute <= busiest.minute
        ] if busiest else []
        untaken = sum(not self._is_judged(span) for span in reaching(rows, settings))
        return Quiet(busiest, self._evidence(seen), untaken, last_seen)

    def _evidence(self, records: List[Record]) -> Evidence:
        sources = {id(one.source): one.source for one in records}  # rows of one source share it
        return Evidence.of(records, Facts.of(sources.values(), self.networks)) if records else Evidence()

    def baseline_keys(self) -> List[Key]:
        """What of the stored baseline judging needs."""
        networks = self.networks
        keys = [Key(tenant, ANY, ACTIVITY, ANY) for tenant in sorted({tenant for tenant, _ in self.starts})]
        for tenant, entity in sorted(self.starts):
            asns = set()
            for source in self.sources[tenant, entity]:
                asns.add(networks.asn(source))
                asns.update(networks.former(source))
            asns.discard(None)
            keys.append(Key(tenant, entity, ACTIVITY, ANY))
            keys += [Key(tenant, entity, ASN, str(asn)) for asn in sorted(asns)]
            keys.append(Key(tenant, entity, EXPORT, ANY))
        return keys


def are_details_wanted(settings: Settings, batches: List[Batch]) -> bool:
    """Whether a survey will ask for chats and ids of one entity's rows: a threshold is reached, or all is explained."""
    if settings.mode == "learn" or settings.explain:
        return settings.mode != "learn"
    counted = [batch for batch in batches if batch.source.counted]
    most = [max(map(max, filter(None, amounts)), default=0) for amounts in (
        [batch.messages for batch in counted], [batch.records for batch in counted]
    )]
    starts = starts_of_crowds(sorted(chain.from_iterable(batch.minutes for batch in counted)), most, settings)
    return bool(starts) and reaches(timeline(counted), starts, settings)


def _counted(activity: Activity) -> List[Batch]:
    return [batch for batch in activity.batches if batch.source.counted]


def timeline(batches: List[Batch]) -> Timeline:
    """One entity's rows, of several sources, in order of minute."""
    minutes, messages, records = (
        list(chain.from_iterable(getattr(batch, name) for batch in batches)) for name in ("minutes", "messages", "records")
    )
    starts = list(accumulate(len(batch.minutes) for batch in batches))
    order = sorted(range(len(minutes)), key=minutes.__getitem__)

    def record_of(index):
        number = bisect_right(starts, order[index])
        return batches[number].record(order[index] - (starts[number - 1] if number else 0))

    return Timeline(*(list(map(column.__getitem__, order)) for column in (minutes, messages, records)), record_of)


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
