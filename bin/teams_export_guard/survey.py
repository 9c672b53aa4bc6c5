"""What the rows of one run hold, and which state judging them needs.

Knows baseline, windows and triggers of all entities at hand; evidence is made entity by entity, when it is asked for. Time,
tables and settings are arguments, and the order of the rows changes nothing. Judges nothing.
"""

from bisect import bisect_right
from itertools import accumulate, chain
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .aggregated import Batch
from .alerts import Evidence
from .baseline import ACTIVITY, ANY, ASN, EXPORT, Baseline, Key, observe
from .facts import Facts
from .intake import Activity, Owner
from .networks import Networks
from .records import Record, Source
from .settings import DAY, RETENTION_DAYS, Settings
from .triggers import Span, Timeline, Trigger, is_judged, reaches, reaching, spans, starts_of_crowds, triggers


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
