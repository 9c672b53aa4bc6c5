"""Variations: what a trigger means against the baseline.

Knows the horizon, settling, the poison guard, activation and the four variations (contract,
section 2). One judgement carries all the figures that the verdict rests on. Knows no ledger rules:
the alerts whose ASNs are quarantined come in as plain guards.
"""

from collections import defaultdict
from typing import Dict, FrozenSet, Iterable, NamedTuple, Optional, Tuple, Union

from . import privileged as roles
from .baseline import ACTIVITY, ANY, ASN, EXPORT, Baseline, Joined, Key, days_between
from .catalogue import BASE, FIRST_SEEN_ASN, MULTIPLE_CHATS, PRIVILEGED_FIRST_TIME
from .exceptions import NO_EXCEPTIONS, Burst, Cover, Exceptions
from .networks import Formers, is_relabelled
from .records import Source
from .settings import DAY
from .triggers import Trigger


class Guard(NamedTuple):
    """An alert that lists ``asn`` as first seen: sightings of it from ``start`` on teach nothing for a while."""

    asn: int
    start: int


class Judgement(NamedTuple):
    """What holds for a trigger, and why."""

    trigger: Trigger
    matches: FrozenSet[str]
    first_seen_asn: FrozenSet[int]
    privileged: str
    roles: FrozenSet[str]
    baseline_days: int  # days with activity of the tenant, as activation counts them
    history_days: int  # days with activity of the entity in the horizon
    export_days: int  # days with an export of the entity in the horizon
    known_asns: FrozenSet[int]  # ASNs of the evidence that were seen in the horizon
    learning: bool
    cover: Cover = Cover()
    relabelled: FrozenSet[int] = frozenset()  # of ``known_asns`` those that were seen under another number only


def midnight(moment: int) -> int:
    """The midnight UTC at or before ``moment`` (epoch seconds)."""
    return moment - moment % DAY


class Facts(NamedTuple):
    """What the sources of a window's evidence say, whoever judges it. Names and ids in lower case."""

    asns: FrozenSet[int]
    formers: Formers
    unknown: bool  # whether some of the evidence has no known network
    app_ids: FrozenSet[str]
    operations: FrozenSet[str]
    names: Dict[str, FrozenSet[str]]

    @classmethod
    def of(cls, entity: str, sources: Iterable[Source], networks) -> "Facts":
        """The facts in ``sources``; only an application is looked up by its app id."""
        formers = defaultdict(set)
        for source in sources:
            formers[networks.asn(source)].add(networks.former(source))
        app_ids = frozenset(source.app_id for source in sources)
        return cls(
            frozenset(set(formers) - {None}),
            {asn: frozenset(labels) for asn, labels in formers.items()},
            None in formers,
            app_ids,
            frozenset(source.operation for source in sources),
            {
                "user": frozenset({source.user for source in sources} - {""}),
                "object_id": frozenset({source.user_key.lower() for source in sources} - {""}),
                "app_id": app_ids - {""} if entity.startswith("app:") else frozenset(),
            },
        )


class Judge:
    """Judges the triggers of one entity against a baseline."""

    def __init__(self, owner: Tuple[str, str], baseline: Union[Baseline, Joined], privileged: "roles.Privileged", networks,
                 settings, exceptions: Exceptions = NO_EXCEPTIONS):
        self._tenant, self._entity = owner
        self._baseline = baseline
        self._privileged = privileged
        self._networks = networks
        self._settings = settings
        self._exceptions = exceptions
        self._of: Tuple[Source, ...] = ()  # the sources of the last facts: neighbours mostly have the same
        self._facts: Optional[Facts] = None

    def judge(self, trigger: Trigger, guards: Iterable[Guard] = ()) -> Judgement:
        """The judgement on ``trigger`` while ``guards`` keep ASNs from being known."""
        settings, start = self._settings, trigger.window_start
        facts = self._facts_of(trigger.sources)
        end = start - settings.settle
        guarding = [guard for guard in guards if start - guard.start < settings.quarantine]

        def seen(asn):
            limit = min([end, *(guard.start for guard in guarding if guard.asn == asn)])
            return bool(self._days(self._entity, ASN, str(asn), start, limit))

        found = frozenset(asn for asn in facts.asns if seen(asn))
        relabelled = frozenset(asn for asn in facts.asns - found if is_relabelled(asn, facts.formers, seen))
        known = found | relabelled
        history = self._days(self._entity, ACTIVITY, ANY, start, end)
        exports = self._days(self._entity, EXPORT, ANY, start, end)
        answer, held = self._privileged.answer(self._tenant, facts.names, start)
        new = facts.asns - known if history >= settings.history_days else frozenset()
        matches = {
            PRIVILEGED_FIRST_TIME: answer == roles.TRUE and not exports,
            FIRST_SEEN_ASN: bool(new),
            MULTIPLE_CHATS: trigger.chats >= settings.chat_threshold,
            BASE: True,
        }
        matched = frozenset(name for name, holds in matches.items() if holds)
        tenant_days = self._days(ANY, ACTIVITY, ANY, start, midnight(start))
        return Judgement(
            trigger, matched, new, answer, held, tenant_days, history, exports, known,
            tenant_days < settings.activation, self._cover(trigger, facts, known, matched), relabelled,
        )

    def _facts_of(self, sources: Tuple[Source, ...]) -> Facts:
        if self._facts is None or self._of is not sources:
            self._of, self._facts = sources, Facts.of(self._entity, sources, self._networks)
        return self._facts

    def _cover(self, trigger, facts, known, matched):
        return self._exceptions.cover(
            Burst(
                self._tenant, self._entity, trigger.window_start, trigger.messages,
                facts.app_ids, facts.asns, facts.unknown, facts.asns - known, facts.operations, matched, facts.formers,
            )
        )

    def _days(self, entity, feature, value, window_start, end):
        """On how many days it was seen from the training period's first midnight to ``end``."""
        start = midnight(window_start) - self._settings.training * DAY
        return days_between(self._baseline.days(Key(self._tenant, entity, feature, value)), start, end)
