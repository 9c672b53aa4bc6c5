"""Why: one sentence for each verdict, with the figures and the baseline facts behind it.

Knows how to say what ``alerts`` and ``variations`` found. Decides nothing.
"""

from datetime import datetime, timezone
from functools import lru_cache
from typing import FrozenSet, Optional, Tuple

from . import privileged as roles
from .alerts import Alert
from .catalogue import BASE, FIRST_SEEN_ASN, MULTIPLE_CHATS, PRIVILEGED_FIRST_TIME, VARIATIONS
from .exceptions import Cover
from .settings import DAY, HOUR, MINUTE
from .variations import Judgement

_SHOWN = 5  # names listed before the rest is only counted; the fields beside hold all of them

_ABOVE_BASE = [one.name for one in VARIATIONS if one.name != BASE]
_phrase = lru_cache(maxsize=4096)  # of few figures: the alerts of a run have many of them in common


@_phrase
def moment(time: float) -> str:
    """Epoch seconds as ``2026-08-14 03:10 UTC``."""
    return datetime.fromtimestamp(int(time), timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


@_phrase
def count(number: int, noun: str) -> str:
    """``1 record``, ``2 records``."""
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


def span(seconds: int) -> str:
    """A span in its largest whole unit: ``1h``, ``90m``."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if seconds and seconds % size == 0:
            return "%d%s" % (seconds // size, unit)
    return "%ds" % seconds


def _list(names) -> str:
    if len(names) <= _SHOWN:
        return ", ".join(names)
    return "%s and %d more" % (", ".join(names[:_SHOWN]), len(names) - _SHOWN)


@_phrase
def _network_name(asn: int, organisation: str) -> str:
    return "AS%d (%s)" % (asn, organisation) if organisation else "AS%d" % asn


def network(asn: int, networks) -> str:
    """``AS64500 (Example Net)``."""
    return _network_name(asn, networks.organisation(asn))


@_phrase
def _thresholds(messages: int, records: int, window: int) -> str:
    return "thresholds: %s or %s within %s" % (count(messages, "message"), count(records, "record"), span(window))


def _figures(alert: Alert, window: int) -> str:
    seen = alert.evidence
    who = alert.entity.partition(":")[2]
    kind = "Application " if alert.entity.startswith("app:") else ""
    messages, records, _ = alert.thresholds
    return "%s%s exported %s in %s from %s between %s and %s (%s)" % (
        kind, who, count(seen.message_count, "message"), count(seen.record_count, "record"),
        count(seen.chat_count, "chat"), moment(alert.window_start), moment(alert.window_end),
        _thresholds(messages, records, window),
    )


def _before(training: int) -> str:
    return "the %d days of training before" % training


def _privilege(alert: Alert, judgement: Judgement, settings) -> str:
    if PRIVILEGED_FIRST_TIME in alert.matches:
        return "it is privileged (%s) and had no export in %s" % (_list(sorted(alert.roles)), _before(settings.training))
    if alert.privileged == roles.TRUE:
        return "it is privileged (%s) but exported on %s of %s" % (
            _list(sorted(alert.roles)), count(judgement.export_days(), "day"), _before(settings.training))
    if alert.privileged == roles.FALSE:
        return "it is not privileged"
    return "whether it is privileged is unknown, for want of role data of the last 7 days"


@_phrase
def _activity(days: int) -> str:
    return "%s of its activity" % count(days, "day")


def _network(alert: Alert, judgement: Judgement, networks, settings) -> str:
    active = _activity(judgement.history_days)
    if FIRST_SEEN_ASN in alert.matches:
        new = _list([network(asn, networks) for asn in sorted(alert.first_seen_asn)])
        return "%s was never seen for it in %s" % (new, active)
    if not alert.evidence.asn:
        return "its network is unknown"
    used = _list([network(asn, networks) for asn in alert.evidence.asn])
    if judgement.relabelled:
        renumbered = _list(["AS%d" % asn for asn in sorted(judgement.relabelled)])
        used += " (%s is a new number for addresses that it used before)" % renumbered
    if judgement.history_days < settings.history_days:
        return "%s cannot be called new after only %s (%d needed)" % (used, active, settings.history_days)
    return "%s was seen before in %s" % (used, active)


@_phrase
def _chats(seen: int, reached: bool, threshold: int) -> str:
    verb = "reach" if reached else "stay below"
    if seen == 1:
        verb = verb.replace("reach", "reaches").replace("stay", "stays")
    return "%s %s the threshold of %d" % (count(seen, "chat"), verb, threshold)


@lru_cache(maxsize=None)
def _order(matches: FrozenSet[str]) -> Tuple[str, ...]:
    """The variations above base: those that match, then the others."""
    return tuple(sorted(_ABOVE_BASE, key=lambda name: name not in matches))


def _exception(cover: Cover):
    """What an exception means for the alert; nothing where none concerns it."""
    for rule in cover.rule:
        name = "exception %s of %s (%s)" % (rule.key, rule.owner, rule.reason)
        if cover.key:
            yield "%s covers it until %s" % (name, moment(rule.expires))
        else:
            yield "%s does not cover it: %s" % (name, ", ".join(one.said for one in cover.drift))


def alert_reason(alert: Alert, judgement: Judgement, networks, settings, cover: Optional[Cover] = None) -> str:
    """The sentence of an alert, by the figures of all its evidence and the baseline facts of ``judgement``.

    ``cover`` is what exceptions say of the alert, where that is not what they say of ``judgement``.
    """
    facts = {
        PRIVILEGED_FIRST_TIME: _privilege(alert, judgement, settings),
        FIRST_SEEN_ASN: _network(alert, judgement, networks, settings),
        MULTIPLE_CHATS: _chats(alert.evidence.chat_count, MULTIPLE_CHATS in alert.matches, alert.thresholds[2]),
    }
    said = [facts[name] for name in _order(alert.matches)]
    said += _exception(judgement.cover if cover is None else cover)
    return "%s: %s." % (_figures(alert, settings.window), "; ".join(said))


def suppressed_reason(alert: Alert, judgement: Judgement, keeper, networks, settings) -> str:
    """The sentence of a suppressed burst; ``keeper`` is the alert that already says it."""
    return "%s; no second alert, because alert %s of %s says the same within %s." % (
        alert_reason(alert, judgement, networks, settings)[:-1], keeper.alert_id, moment(keeper.triggered_at),
        span(settings.dedup),
    )


def learning_reason(alert: Alert, judgement: Judgement, networks, settings) -> str:
    """The sentence of what would be an alert, were the tenant's history long enough."""
    return "%s; still learning: the tenant was active on %d of the %s that activation needs." % (
        alert_reason(alert, judgement, networks, settings)[:-1], judgement.baseline_days,
        count(settings.activation, "day"),
    )


def no_trigger_reason(busiest, settings, untaken: int) -> str:
    """Why an entity at hand has no trigger; ``busiest`` is its fullest span, or None without counted records."""
    if busiest is None:
        return "No counted export record is at hand, so there is nothing to judge."
    said = "At most %s in %s within %s up to %s (thresholds: %s or %s)" % (
        count(busiest.messages, "message"), count(busiest.records, "record"), span(settings.window),
        moment(busiest.minute), count(settings.message_threshold, "message"),
        count(settings.record_threshold, "record"),
    )
    if untaken:
        return "%s; %s not judged, because the hour before or the history lies outside what this search reads." % (
            said, count(untaken, "burst minute"))
    return said + "."
