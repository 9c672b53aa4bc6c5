"""Variations: what a trigger means against the baseline.

Knows the horizon, settling, the poison guard, activation and the four variations (contract,
section 2). One judgement carries all the figures that the verdict rests on. Knows no ledger rules:
the alerts whose ASNs are quarantined come in as plain guards.
"""

from functools import partial
from itertools import compress, product
from typing import Callable, Dict, FrozenSet, Iterable, NamedTuple, Optional, Tuple, Union

from . import privileged as roles
from .baseline import ACTIVITY, ANY, ASN, EXPORT, Baseline, Joined, Key
from .catalogue import BASE, FIRST_SEEN_ASN, MULTIPLE_CHATS, PRIVILEGED_FIRST_TIME
from .exceptions import NO_COVER, NO_EXCEPTIONS, Burst, Cover, Exceptions
from .facts import Facts
from .networks import is_relabelled
from .records import Source
from .settings import DAY
from .triggers import Trigger

NOTHING: FrozenSet = frozenset()
#: Which of the three variations above ``base`` hold -> the matches, shared by all judgements that say the same.
MATCHES = {
    holds: frozenset(compress((PRIVILEGED_FIRST_TIME, FIRST_SEEN_ASN, MULTIPLE_CHATS), holds)) | {BASE}
    for holds in product((False, True), repeat=3)
}


class Guard(NamedTuple):
    """An alert that lists ``asn`` as first seen: sightings of it from ``start`` on teach nothing for a while."""

    asn: int
    start: int


class Judgement(NamedTuple):
    """What holds for a trigger, and why."""

    trigger: Trigger
    facts: Facts  # of its sources
    matches: FrozenSet[str]
    first_seen_asn: FrozenSet[int]
    privileged: str
    roles: FrozenSet[str]
    baseline_days: int  # days with activity of the tenant, as activation counts them
    history_days: int  # days with activity of the entity in the horizon
    export_days: Callable[[], int]  # days with an export of the entity in the horizon; few ask for them
    known_asns: FrozenSet[int]  # ASNs of the evidence that were seen in the horizon
    learning: bool
    cover: Cover = NO_COVER
    relabelled: FrozenSet[int] = frozenset()  # of ``known_asns`` those that were seen under another number only


def midnight(moment: int) -> int:
    """The midnight UTC at or before ``moment`` (epoch seconds)."""
    return moment - moment % DAY


class Judge:
    """Judges triggers against a baseline."""

    def __init__(self, baseline: Union[Baseline, Joined], privileged: "roles.Privileged", networks, settings,
                 exceptions: Exceptions = NO_EXCEPTIONS):
        self._days = baseline.days_between
        self._privileged = privileged
        self._networks = networks
        self._settings = settings
        self._exceptions = exceptions
        self._of: Tuple[Source, ...] = ()  # the sources of the last facts: neighbours mostly have the same
        self._facts: Optional[Facts] = None
        self._active: Dict[Tuple[str, int], int] = {}  # days of activity of a tenant before a midnight

    def judge(self, owner: Tuple[str, str], trigger: Trigger, guards: Iterable[Guard] = ()) -> Judgement:
        """The judgement on a ``trigger`` of ``owner`` (tenant, entity) while ``guards`` keep ASNs from being known."""
        tenant, entity = owner
        settings, start, days = self._settings, trigger.window_start, self._days
        facts = self._facts_of(trigger.sources)
        horizon, end = midnight(start) - settings.training * DAY, start - settings.settle
        guarding = [guard for guard in guards if start - guard.start < settings.quarantine]

        def seen(asn):
            limit = min([end, *(guard.start for guard in guarding if guard.asn == asn)])
            return days(Key(tenant, entity, ASN, str(asn)), horizon, limit) > 0

        known, relabelled, new = _sorted_out(facts, seen)
        history = days(Key(tenant, entity, ACTIVITY, ANY), horizon, end)
        answer, held = self._privileged.answer(tenant, facts.names(entity), start)
        exports = partial(days, Key(tenant, entity, EXPORT, ANY), horizon, end)
        first_seen = new if history >= settings.history_days else NOTHING
        matches = MATCHES[
            answer == roles.TRUE and not exports(), bool(first_seen), trigger.chats >= settings.chat_threshold
        ]
        cover = self._exceptions.cover(_burst(owner, trigger, facts, new, matches)) if self._exceptions else NO_COVER
        tenant_days = self._tenant_days(tenant, midnight(start))
        return Judgement(
            trigger, facts, matches, first_seen, answer, held, tenant_days, history, exports, known,
            tenant_days < settings.activation, cover, relabelled,
        )

    def _facts_of(self, sources: Tuple[Source, ...]) -> Facts:
        if self._facts is None or self._of is not sources:
            self._of, self._facts = sources, Facts.of(sources, self._networks)
        return self._facts

    def _tenant_days(self, tenant: str, end: int) -> int:
        """The days with activity of a tenant in the training period before a midnight; the same for most triggers of a run."""
        found = self._active.get((tenant, end))
        if found is None:
            start = end - self._settings.training * DAY
            found = self._active[tenant, end] = self._days(Key(tenant, ANY, ACTIVITY, ANY), start, end)
        return found


def _sorted_out(facts: Facts, seen: Callable[[int], bool]) -> Tuple[FrozenSet[int], FrozenSet[int], FrozenSet[int]]:
    """Of the ASNs those that are known, those of them that were seen under another number only, and the new ones."""
    unseen = [asn for asn in facts.asns if not seen(asn)]
    if not unseen:
        return frozenset(facts.asns), NOTHING, NOTHING
    relabelled = frozenset(asn for asn in unseen if is_relabelled(asn, facts.formers, seen))
    new = frozenset(unseen) - relabelled
    return frozenset(facts.asns) - new, relabelled, new


def _burst(owner, trigger: Trigger, facts: Facts, new: FrozenSet[int], matches: FrozenSet[str]) -> Burst:
    """The trigger as exceptions look at it."""
    app_ids = frozenset(facts.app_ids + ("",) if facts.nameless else facts.app_ids)
    return Burst(
        *owner, trigger.window_start, trigger.messages, app_ids, frozenset(facts.asns), facts.unknown, new,
        frozenset(facts.operations), matches, facts.formers,
    )
