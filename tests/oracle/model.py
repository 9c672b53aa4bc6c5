"""The verdict: `judge`, a naive reading of the contract's section 2.

Knows how triggers become alerts, what a run commits and what it shows. State comes in and goes out as arguments,
so that several runs can be played one after the other.
Does not know the KV store, the lease, how options are written, or the text of `reason`.
"""

from __future__ import annotations

import copy
from collections import namedtuple

from . import alerts as al
from . import baseline as bl
from .records import read
from .triggers import Options, Readings, Tables, is_taken, judged, trigger_minutes

DAY = 86400
TEN_TIMES = 10  # "its messages are less than 10 times their greatest `message_count`"

Result = namedtuple("Result", "rows ledger baseline read")
DEFAULTS, CHOSEN = Options(), Readings()


def judge(
    rows,
    *,
    now,
    earliest=0,
    mode="detect",
    options=DEFAULTS,
    baseline=None,
    ledger=(),
    triage=None,
    privileged=(),
    roles_table=(),
    operations=frozenset(("MessagesExported", "MessagesListed")),
    asn_lookup=lambda address: None,
    organisation_of=None,
    commit=False,
    marking=True,
    readings=CHOSEN,
):
    """One run: the rows it gives, and the ledger and baseline after it.

    `commit` is teamsexportcommit; `marking=False` is a run that died after its reply, before marking.
    `triage` is alert_id -> status. `as_org` names the table's entry of the address, where that is the ASN in force;
    with `organisation_of`, (asn or None) -> name or "", it names the ASN by its number.
    """
    assert mode in ("detect", "learn", "backtest") and not (commit and mode == "backtest")
    taken = read(rows, now=now, operations=operations, asn_lookup=asn_lookup)
    if organisation_of:
        taken = taken._replace(records=[one._replace(organisation=organisation_of(one.asn)) for one in taken.records])
    baseline, ledger, triage = dict(baseline or {}), copy.deepcopy(list(ledger)), dict(triage or {})
    taught = bl.of_records(taken.records)
    after, changed = bl.written(baseline, taught)
    if mode == "learn":
        return Result([learn_row(taken, commit, changed)], ledger, after if commit else baseline, taken)
    # "`backtest` replays the rows alone, from an empty baseline and ledger (it reads the privileged collection ...)"
    working = [] if mode == "backtest" else copy.deepcopy(ledger)
    stored, triage = ({}, {}) if mode == "backtest" else (baseline, triage)
    # "Judging joins the stored baseline with the rows at hand."
    tables = Tables(bl.join(stored, taught), triage, privileged, roles_table, options, readings)
    # "Counting, baseline and alerts are per tenant and entity."
    shown = []
    for tenant, entity in sorted({(record.tenant, record.entity) for record in taken.records}):
        mine = [record for record in taken.records if (record.tenant, record.entity) == (tenant, entity)]
        minutes = [
            minute for minute in trigger_minutes(mine, options) if is_taken(minute, options, now, earliest, mode)
        ]
        of_entity = [alert for alert in working if (alert.tenant, alert.entity) == (tenant, entity)]
        earlier_run = {alert.alert_id: alert.variation for alert in of_entity}
        belonged = set()
        aside = {"suppressed": None, "learning": None}
        for minute in minutes:  # "Triggers are taken in time order"
            trigger = judged(minute, mine, of_entity, tables)
            take(trigger, of_entity, aside, belonged, options, readings)
        working = [alert for alert in working if (alert.tenant, alert.entity) != (tenant, entity)] + of_entity
        shown += of_alerts(of_entity, earlier_run, belonged, commit)
        shown += of_asides(aside, of_entity)
        # "adds a row with `alert_state=none` for every entity at hand without a trigger"
        if options.explain and not minutes:
            shown.append(al.none_row(tenant, entity, mine[0].entity_type, options))
    if commit:
        # "A committing run shows every undelivered alert that an earlier run left, again in the state it was
        #  committed with,
        #  whether or not its records are at hand"
        already = {row["alert_id"] for row in shown if row["alert_state"] in ("new", "escalated")}
        for alert in working:
            if not alert.delivered and alert.alert_id not in already:
                shown.append(al.row(alert, alert.state, len(alert.hours)))
        # "then it is marked `delivered=1`"
        for alert in working:
            alert.run_evidence = set()
            alert.delivered = alert.delivered or marking
        return Result(shown, sorted(working, key=age), after, taken)
    return Result(shown, ledger, baseline, taken)


def learn_row(taken, commit, changed):
    # "`mode=learn` gives one row: `mode`, `committed`, `records`, `duplicates`, `rejected`, `entities`, `days`
    #  (distinct tenant and UTC day), `baseline_rows` (documents written or to be written)"
    return {
        "mode": "learn",
        "committed": "true" if commit else "false",
        "records": len(taken.records),
        "duplicates": taken.duplicates,
        "rejected": sum(taken.rejected.values()),
        "entities": len({(record.tenant, record.entity) for record in taken.records}),
        "days": len({(record.tenant, record.minute // DAY) for record in taken.records}),
        "baseline_rows": changed,
    }


def age(alert):
    """The order in which the last is the "latest": by triggered_at, then smallest alert_id."""
    return (alert.triggered_at, [-ord(letter) for letter in alert.alert_id])


def youth(alert):
    """The order in which the first is the "earliest"."""
    return (alert.triggered_at, alert.alert_id)


def take(trigger, of_entity, aside, belonged, options, readings):
    """What becomes of one trigger; `of_entity`, `aside` and `belonged` change."""
    near = [alert for alert in of_entity if abs(trigger.minute - alert.triggered_at) < options.dedup]
    # "with `escalated_from` the latest A with |t - A.triggered_at| < dedup, if there is one"
    escalated_from = max(near, key=age, default=None)
    # "The A with triggered_at <= t are asked first, by rules 1 and 2; the latest of those that apply owns the trigger
    #  or
    #  keeps its hour."
    earlier = sorted((alert for alert in of_entity if alert.triggered_at <= trigger.minute), key=age, reverse=True)
    # "Only a trigger that they do not take, and that is not learning, is asked of the later A, all together; the
    #  earliest
    #  that applies takes it."
    later = sorted((alert for alert in of_entity if alert.triggered_at > trigger.minute), key=youth)
    for asked in (earlier, later):
        if asked is later and trigger.learning:
            set_aside("learning", trigger, aside, options, escalated_from, readings)
            return
        # 1. "*Belongs*: its window overlaps A's *anchor window* (that of the trigger that raised A)."
        for alert in asked:
            if trigger.window_start < alert.anchor_start + options.window and alert.anchor_start < trigger.window_end:
                al.join(alert, trigger, readings.greatest_days)
                belonged.add(alert.alert_id)
                return
        # 2. "*Suppressed*: |t - A.triggered_at| < dedup for some A"
        such = [alert for alert in asked if alert in near]
        together = near if asked is later and readings.pool_later else such
        # "the matches of all such A together include all of its own; and its messages are less than 10 times their
        #  greatest
        #  `message_count`"
        if (
            such
            and trigger.matches <= {name for alert in together for name in alert.matches}
            and trigger.messages < TEN_TIMES * max(alert.message_count for alert in together)
        ):
            # "One A keeps the UTC hour of t, unless an alert of the entity keeps that hour already"
            if al.keeper(of_entity, trigger.minute) is None:
                such[0].hours.add(trigger.minute // al.HOUR)
            # "and the trigger's unseen ASNs join the `first_seen_asn` of the A asked"
            for alert in such if readings.join_unseen == "such" else such[:1]:
                alert.first_seen_asn |= trigger.first_seen_asn
            set_aside("suppressed", trigger, aside, options, escalated_from, readings)
            return
    # 3. "Otherwise it raises a `new` alert"; "an alert raised in this run joins the ledger at once"
    of_entity.append(al.raised(trigger, options, escalated_from))


def set_aside(kind, trigger, aside, options, escalated_from, readings):
    # "Suppressed triggers, and learning ones, give one row for each entity: as if joined to an alert raised by the
    #  earliest
    #  of them"
    if aside[kind] is None:
        aside[kind] = al.raised(trigger, options, escalated_from if readings.as_if_escalated else None)
    else:
        al.join(aside[kind], trigger, readings.greatest_days)


def of_alerts(of_entity, earlier_run, belonged, commit):
    """The rows of the entity's alerts; what commits, is committed."""
    rows = []
    for alert in of_entity:
        if alert.alert_id not in earlier_run:
            # "one raised in this run is shown as `new`"; "Raising or escalating an alert commits it with `delivered=0`"
            alert.state, alert.delivered, shown = "new", False, "new"
        elif alert.alert_id not in belonged:
            continue
        elif al.PRECEDENCE.index(alert.variation) < al.PRECEDENCE.index(earlier_run[alert.alert_id]):
            # "or as `escalated` where its variation rose in this run"
            alert.state, alert.delivered, shown = "escalated", False, "escalated"
        else:
            # "An alert of an earlier run is shown once, if a trigger belongs to it, as `known`"; but an undelivered one
            # "again in the state it was committed with"
            shown = alert.state if commit and not alert.delivered else "known"
        rows.append(al.row(alert, shown, len(alert.hours)))
    return rows


def of_asides(aside, of_entity):
    """The entity's rows of suppressed and of learning triggers."""
    rows = []
    if aside["learning"]:
        rows.append(al.row(aside["learning"], "learning", 0))
    if aside["suppressed"]:
        # "(`suppressed_count` is then that of the alert which keeps its hour)"
        kept_by = al.keeper(of_entity, aside["suppressed"].triggered_at)
        rows.append(al.row(aside["suppressed"], "suppressed", len(kept_by.hours)))
    return rows
