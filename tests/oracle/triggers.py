"""Triggers: which minutes are one, their evidence, the variations that hold, and whether the tenant is still learning.

Knows options, and the ledger as it stands when a trigger is judged. Does not know which alert a trigger ends up in.
"""

from __future__ import annotations

from collections import namedtuple

from . import baseline as bl
from .privileged import privilege

MINUTE, DAY = 60, 86400

Options = namedtuple(
    "Options",
    "message_threshold record_threshold chat_threshold history_days window training activation dedup settle quarantine "
    "explain",
    defaults=(100, 20, 5, 3, 3600, 30 * DAY, 14 * DAY, DAY, DAY, 14 * DAY, False),
)
# Where the text admits two readings, the other one can be asked for.
Readings = namedtuple(
    "Readings",
    "unseen_without_history join_unseen pool_later as_if_escalated greatest_days",
    defaults=(False, "such", False, True, True),
)
Trigger = namedtuple(
    "Trigger",
    "minute window_start window_end evidence messages matches first_seen_asn privileged roles baseline_days learning",
)
Tables = namedtuple("Tables", "seen triage privileged roles_table options readings")


def trigger_minutes(mine, options):
    """Every minute of the entity that is a trigger, whether it is taken or not."""
    counted = [record for record in mine if record.counted]
    minutes = []
    for t in sorted({record.minute for record in counted}):
        # "the counted records in the minutes (t - window, t] hold at least `message_threshold` messages or are at least
        #  `record_threshold` records"
        span = [record for record in counted if t - options.window < record.minute <= t]
        if (
            sum(record.messages for record in span) >= options.message_threshold
            or sum(record.records for record in span) >= options.record_threshold
        ):
            minutes.append(t)
    return minutes


def is_taken(minute, options, now, earliest, mode):
    # "A trigger whose span reaches before the search's earliest time is not taken (0 or none: no bound)"
    if earliest and minute - options.window + MINUTE < earliest:
        return False
    # "nor, except in backtest, one older than 97 days - training - 1 day before now"
    return mode == "backtest" or minute >= now - (97 * DAY - options.training - DAY)


def judged(minute, mine, of_entity, tables):
    """The trigger at `minute`, with its evidence and matches as the ledger stands now."""
    options, seen = tables.options, tables.seen
    counted = [record for record in mine if record.counted]
    # "Its `window_start` is the earliest minute with a counted record in that span, its window [window_start,
    #  window_start + window), and its *evidence* the entity's counted records in that window."
    start = min(record.minute for record in counted if minute - options.window < record.minute <= minute)
    evidence = [record for record in counted if start <= record.minute < start + options.window]
    tenant, entity = evidence[0].tenant, evidence[0].entity
    # "The *horizon* is [midnight UTC of the day of window_start - training, window_start - settle)."
    horizon = ((start - options.training) // DAY * DAY, start - options.settle)
    status, roles = privilege(tenant, evidence[0].entity_type, evidence, start, tables.privileged, tables.roles_table)
    # "always"
    matches = {"base"}
    # "the entity is privileged, and has no `export` observation in the horizon"
    if status == "true" and not bl.days_seen(seen, (tenant, entity, "export", "*"), *horizon):
        matches.add("privileged_first_time")
    # "some evidence has a known ASN without an `asn` observation in the horizon" ("Unknown is never 'first seen'.")
    unseen = {
        asn
        for asn in {record.asn for record in evidence} - {None}
        if not bl.days_seen(
            seen, (tenant, entity, "asn", str(asn)), *horizon, hidden_from=guards(asn, start, of_entity, tables)
        )
    }
    # "and the entity has `activity` in the horizon on at least `history_days` distinct UTC days"
    history = len(bl.days_seen(seen, (tenant, entity, "activity", "*"), *horizon)) >= options.history_days
    if unseen and history:
        matches.add("first_seen_asn")
    # "the evidence holds at least `chat_threshold` chats"
    if len({chat for record in evidence for chat in record.chats}) >= options.chat_threshold:
        matches.add("multiple_chats")
    # "distinct UTC days with tenant `activity` in [midnight UTC of the day of window_start - training, midnight of
    #  that day)"
    days = len(bl.days_seen(seen, (tenant, "*", "activity", "*"), horizon[0], start // DAY * DAY))
    return Trigger(
        minute=minute,
        window_start=start,
        window_end=start + options.window,
        evidence=evidence,
        messages=sum(record.messages for record in evidence),  # "a trigger's messages are those of its evidence"
        matches=matches,
        first_seen_asn=unseen if history or tables.readings.unseen_without_history else set(),
        privileged=status,
        roles=roles,
        baseline_days=days,
        # "Without at least `activation` distinct UTC days ..., what would be an alert is shown as
        #  `alert_state=learning`";
        # "`activation=0d` switches this off"
        learning=days < options.activation // DAY,
    )


def guards(asn, start, of_entity, tables):
    """The moments from which on observations of `asn` do not count as seen."""
    # "*Poison guard*: while a committed alert of the entity lists an ASN in `first_seen_asn`, is not closed `benign`,
    #  and
    #  began (its own window_start) less than `quarantine` before window_start (alerts raised in this run included; no
    #  triage
    #  document means `new`), observations of that ASN from that alert's window_start on do not count as seen."
    return [
        alert.window_start
        for alert in of_entity
        if asn in alert.first_seen_asn
        and tables.triage.get(alert.alert_id, "new") != "benign"
        and start - alert.window_start < tables.options.quarantine
    ]
