"""One alert: the evidence of its triggers, joined.

Knows what joining an alert with more evidence means: sets by union, counts by the greatest that one
run saw, nothing ever taken back (contract, section 2). Does not know which trigger joins which
alert (``ledger`` does), how an alert is stored (``documents``) or shown (``rows``).
"""

import hashlib
from typing import Collection, Dict, FrozenSet, NamedTuple, Optional, Tuple

from . import privileged as roles
from .catalogue import variation_of
from .facts import Facts
from .records import Record
from .settings import LIST_LIMIT
from .variations import Judgement

NEW, ESCALATED, KNOWN = "new", "escalated", "known"
SUPPRESSED, LEARNING, NONE = "suppressed", "learning", "none"


def alert_id(tenant: str, entity: str, anchor_start: int) -> str:
    """First 32 hex digits of SHA-256 over tenant, entity and start of the anchor window (contract, section 3)."""
    return hashlib.sha256("\n".join((tenant, entity, str(anchor_start))).encode("utf-8")).hexdigest()[:32]


def _first(texts: Tuple[str, ...]) -> str:
    return texts[0] if texts else ""


class Evidence(NamedTuple):
    """Counts and sets over counted records. ``user`` and ``user_key`` are the smallest where there are several."""

    record_count: int = 0
    message_count: int = 0
    chat_count: int = 0
    user: str = ""
    user_key: str = ""
    chat_id: Tuple[str, ...] = ()
    operation: Tuple[str, ...] = ()
    src_ip: Tuple[str, ...] = ()
    asn: Tuple[int, ...] = ()
    as_org: Tuple[str, ...] = ()
    app_id: Tuple[str, ...] = ()
    record_id: Tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Collection[Record], facts: Facts) -> "Evidence":
        """The evidence that ``records``, each given once, make; ``facts`` are those of their sources."""
        _, _, messages, counts, chats_of, ids_of = zip(*records)
        chats = sorted(set().union(*chats_of))
        return cls(
            sum(counts), sum(messages), len(chats), _first(facts.users), _first(facts.user_keys),
            tuple(chats[:LIST_LIMIT]), facts.operations, facts.src_ip, facts.asns, facts.as_org, facts.app_ids,
            tuple(sorted(set().union(*ids_of))[:LIST_LIMIT]),
        )

    def join(self, other: "Evidence") -> "Evidence":
        """Counts by the greatest, sets by union (the smallest where they are cut); names stay as first raised."""
        joined = []
        for name, mine, theirs in zip(self._fields, self, other):
            if isinstance(mine, int):
                joined.append(max(mine, theirs))
            elif isinstance(mine, str):
                joined.append(mine or theirs)
            else:
                union = sorted({*mine, *theirs})
                joined.append(tuple(union[:LIST_LIMIT] if name in ("chat_id", "record_id") else union))
        return Evidence(*joined)


class Alert(NamedTuple):
    """An alert at one moment; times are epoch seconds, sets are frozen."""

    tenant: str
    entity: str
    alert_id: str
    anchor_start: int
    triggered_at: int
    window_start: int
    window_end: int
    matches: FrozenSet[str]
    first_seen_asn: FrozenSet[int]
    privileged: str
    roles: FrozenSet[str]
    evidence: Evidence
    thresholds: Tuple[int, int, int]  # messages, records, chats, as they were when it was raised
    baseline_days: int
    escalated_from: str = ""
    suppressed_hours: FrozenSet[int] = frozenset()
    reason: str = ""
    state: str = NEW
    delivered: bool = False
    exception: str = ""  # key of the exception that covers all of its triggers
    drift: FrozenSet[str] = frozenset()  # kinds, of the triggers that an exception concerned and did not cover
    asn_table: str = ""  # name and date of the table by which its networks were found
    created: Optional[float] = None
    updated: Optional[float] = None

    @classmethod
    def raised(cls, owner: Tuple[str, str], judgement: Judgement, settings, escalated_from="") -> "Alert":
        """The alert that a trigger of ``owner`` (tenant, entity) raises."""
        trigger, facts = judgement.trigger, judgement.facts
        return cls(
            owner[0], owner[1], alert_id(owner[0], owner[1], trigger.window_start),
            trigger.window_start, trigger.minute, trigger.window_start, trigger.window_end,
            judgement.matches, judgement.first_seen_asn, judgement.privileged, judgement.roles,
            Evidence.of(trigger.evidence, facts),
            (settings.message_threshold, settings.record_threshold, settings.chat_threshold),
            judgement.baseline_days, escalated_from, exception=judgement.cover.key, drift=judgement.cover.kinds,
            asn_table=facts.asn_table,
        )

    def saying(self, reason: str) -> "Alert":
        """This alert with another reason: what ``_replace`` gives, at a third of its cost, for every alert."""
        return self._make((*self[:_REASON], reason, *self[_REASON + 1 :]))

    @property
    def variation(self) -> str:
        """Its first match by precedence."""
        return variation_of(self.matches).name

    def owns(self, judgement: Judgement, window: int) -> bool:
        """Whether the trigger's window overlaps the anchor window (rule 1)."""
        return abs(judgement.trigger.window_start - self.anchor_start) < window

    def joined(self, judgement: Judgement) -> "Alert":
        """This alert with what a trigger of its own says; its evidence is joined once, at the end of the run."""
        trigger = judgement.trigger
        return self._replace(
            window_start=min(self.window_start, trigger.window_start),
            window_end=max(self.window_end, trigger.window_end),
            matches=self.matches | judgement.matches,
            first_seen_asn=self.first_seen_asn | judgement.first_seen_asn,
            privileged=max(self.privileged, judgement.privileged, key=roles.RANK.__getitem__),
            roles=self.roles | judgement.roles,
            exception=self.exception if judgement.cover.key else "",
            drift=self.drift | judgement.cover.kinds,
        )


_REASON = Alert._fields.index("reason")

#: Alerts of one entity, by id.
Alerts = Dict[str, Alert]
