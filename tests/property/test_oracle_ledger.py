"""The model's ledger, on examples counted by hand: belonging, suppression, escalation, learning, the guard, delivery.

See `oracle.scene` for the options in force.
"""

from __future__ import annotations

import hashlib

from oracle.model import Readings, judge
from oracle.scene import DAY2, ONE, TWO, ev, minutes, quiet, result_ledger, run, shown
from oracle.synthetic import ACTORS, DAY, EPOCH, raw


def test_belonging_and_suppression_meet_at_the_end_of_the_window():
    """Anchor window [0, 5).

    4 belongs (4 + 3 messages); 5 only touches and is suppressed, in an hour that the alert keeps.
    """
    assert [("new", 6, 0)] == shown(run(ev(0), ev(4)), "message_count", "suppressed_count")
    assert [("new", 3, 1), ("suppressed", 3, 1)] == shown(run(ev(0), ev(5)), "message_count", "suppressed_count")


def test_dedup_ends():
    """After 119 minutes suppressed; after 120 a new alert, escalated from none; dedup 0 suppresses nothing."""
    assert [("new", 0), ("suppressed", 119)] == minutes(run(ev(0), ev(119)))
    assert [("new", 0, ""), ("new", 120, "")] == [
        (state, (moment - EPOCH) // 60, origin)
        for state, moment, origin in shown(run(ev(0), ev(120)), "triggered_at", "escalated_from")
    ]
    assert [("new", 0), ("new", 5)] == minutes(run(ev(0), ev(5), options={"dedup": 0}))


def test_hours_are_kept_once():
    """Suppressed at 00:05, 00:15 and 01:10: two UTC hours, one row of 9 messages raised as if at 00:05."""
    result = run(ev(0), ev(5), ev(15), ev(70))
    assert [("new", 3, 2), ("suppressed", 9, 2)] == shown(result, "message_count", "suppressed_count")
    assert {EPOCH // 3600, EPOCH // 3600 + 1} == result_ledger(ev(0), ev(5), ev(15), ev(70))[0].hours


def test_escalation_by_a_new_match():
    """Two chats after one are a second alert, escalated from the first; one chat after two is suppressed."""
    first, second = result_ledger(ev(0), ev(10, chats=("c1", "c2")))
    assert (first.alert_id, "multiple_chats", "base") == (second.escalated_from, second.variation, first.variation)
    assert [("new", 0), ("suppressed", 10)] == minutes(run(ev(0, chats=("c1", "c2")), ev(10)))


def test_escalation_by_ten_times_the_messages():
    """29 messages after 3 are suppressed, 30 are not."""
    assert [("new", 0), ("suppressed", 10)] == minutes(run(ev(0), ev(10, 29)))
    assert [("new", 0), ("new", 10)] == minutes(run(ev(0), ev(10, 30)))


def test_the_matches_of_all_alerts_together_suppress():
    """{base, chats} at 0, {base} by 10 times at 10, then {base, chats} with 60 messages.

    60 < 10 * 300, both together.
    """
    result = run(ev(0, chats=("c1", "c2")), ev(10, 300), ev(20, 60, chats=("c1", "c2")), commit=True)
    assert [("new", 0), ("new", 10), ("suppressed", 20)] == minutes(result)
    assert [0, 1] == [len(alert.hours) for alert in result.ledger]  # the latest keeps the hour


def test_poison_guard():
    """First seen 200 at 10:00.

    Again 30 h later 200 still counts as unseen within a quarantine of 2 days, not after benign.
    """
    events = [quiet(DAY2 - 1440, ONE), quiet(DAY2 + 600, ONE), ev(DAY2 + 600, ip=TWO)]
    again = ev(DAY2 + 600 + 1800, ip=TWO)
    ledger = result_ledger(*events)
    assert ["first_seen_asn"] == [alert.variation for alert in ledger]

    def verdict(quarantine, **triage):
        result = run(*events, again, ledger=ledger, triage=triage, options={"quarantine": quarantine})
        return [row[1] for row in shown(result, "variation") if row[0] == "new"]

    assert ["first_seen_asn"] == verdict(2 * DAY)
    assert ["first_seen_asn"] == verdict(30 * 3600 + 1)
    assert ["base"] == verdict(30 * 3600)
    assert ["base"] == verdict(0)
    assert ["base"] == verdict(2 * DAY, **{ledger[0].alert_id: "benign"})
    assert ["first_seen_asn"] == verdict(2 * DAY, **{ledger[0].alert_id: "malicious"})


def test_learning():
    """Activation of 1 day.

    Activity yesterday of anybody in the tenant ends it; today's, or another tenant's, does not.
    """
    one_day = {"activation": DAY}
    for before in ([], [quiet(DAY2)], [quiet(DAY2 - 1440, tenant="t2")], [quiet(DAY2 - 2881)]):
        result = run(*before, ev(DAY2 + 600), options=one_day, commit=True)
        assert ([("learning", 0)], []) == (shown(result, "baseline_days"), result.ledger)
    assert [("new", 1)] == shown(
        run(quiet(DAY2 - 1, actor=ACTORS[1]), ev(DAY2 + 600), options=one_day), "baseline_days"
    )


def test_learning_triggers_share_a_row_and_ask_earlier_alerts_first():
    """Two learning triggers, one row of 6 messages.

    With a committed alert an hour before, they are suppressed by it.
    """
    one_day = {"activation": DAY}
    assert [("learning", 6, 0)] == shown(run(ev(60), ev(70), options=one_day), "message_count", "suppressed_count")
    assert [("suppressed", 6, 1)] == shown(
        run(ev(60), ev(70), options=one_day, ledger=result_ledger(ev(0))), "message_count", "suppressed_count"
    )


def test_later_alerts_are_asked_last():
    """A late trigger 30 minutes before an alert is suppressed by it; one that is learning is not asked of it."""
    ledger = result_ledger(ev(30))
    assert [("suppressed", 0)] == minutes(run(ev(0), ledger=ledger))
    assert [("learning", 0)] == minutes(run(ev(0), ledger=ledger, options={"activation": DAY}))
    assert [("known", 30)] == minutes(run(ev(28), ledger=ledger))  # [28, 33) overlaps [30, 35)


def test_delivery():
    """Undelivered.

    Again as new, at hand or not; delivered: known if at hand, otherwise not shown. A dry run never shows it.
    """
    left = result_ledger(ev(0), marking=False)
    assert [False] == [alert.delivered for alert in left]
    assert [("new", 0)] == minutes(run(commit=True, ledger=left)) == minutes(run(ev(0), commit=True, ledger=left))
    assert [[], [("known", 0)]] == [minutes(run(ledger=left)), minutes(run(ev(0), ledger=left))]
    done = run(commit=True, ledger=left).ledger
    assert [[], [("known", 0)]] == [
        minutes(run(commit=True, ledger=done)),
        minutes(run(ev(0), commit=True, ledger=done)),
    ]


def test_late_records_escalate_a_committed_alert_once():
    """Base at 0; a late record brings a second chat to its window: escalated, undelivered until marked, then known."""
    late = ev(2, 1, chats=("c2",))
    ledger = result_ledger(ev(0))
    result = run(ev(0), late, ledger=ledger, commit=True, marking=False)
    assert [("escalated", "multiple_chats", 4)] == shown(result, "variation", "message_count")
    again = run(ledger=result.ledger, commit=True)
    assert [("escalated", "multiple_chats", 4)] == shown(again, "variation", "message_count")
    assert [("known", "multiple_chats", 4)] == shown(
        run(ev(0), ledger=again.ledger, commit=True), "variation", "message_count"
    )


def test_alert_id_and_none_rows():
    """The id hashes tenant, entity and window_start; explain adds a row for an entity without a trigger only."""
    rows = run(ev(0, 2), ev(1, 1), quiet(0, actor=ACTORS[1]), options={"explain": True}).rows
    expected = hashlib.sha256(("t1\nuser:ann@t\n%d" % EPOCH).encode()).hexdigest()[:32]
    assert [("user:ann@t", "new", expected), ("user:bob@t", "none", None)] == [
        (row["entity"], row["alert_state"], row["alert_id"]) for row in rows
    ]


def test_learn_row():
    """3 rows taken: 1 record, 1 duplicate, 1 rejected; activity and export of ann, activity of `*`: 3 documents."""
    rows = [raw(ev(0)), raw(ev(0)), {}]
    row = judge(rows, now=EPOCH + DAY, mode="learn", commit=True).rows[0]
    assert (1, 1, 1, 1, 1, 3, "true") == tuple(
        row[name] for name in ("records", "duplicates", "rejected", "entities", "days", "baseline_rows", "committed")
    )


def test_evidence_after_the_trigger_counts_in_suppression():
    """Trigger 10 has 3 + 27 = 30 messages, the 27 at minute 12.

    Not suppressed by 3, so the alert is raised at 10, not at 12.
    """
    assert [("new", 0), ("new", 10)] == minutes(run(ev(0), ev(10), ev(12, 27)))
    assert [("new", 0), ("suppressed", 10)] == minutes(run(ev(0), ev(10), ev(12, 26)))


def test_an_hour_kept_already_is_kept_by_nobody_else():
    """00:05 is kept by the first alert; 00:20 would be the second's, but is the same hour; 01:01 is the second's."""
    events = [ev(0), ev(5), ev(10, chats=("c1", "c2")), ev(20), ev(61)]
    assert [{EPOCH // 3600}, {EPOCH // 3600 + 1}] == [alert.hours for alert in result_ledger(*events)]


def test_unseen_asns_of_a_suppressed_trigger_join_the_alerts_asked():
    """First seen 200 at 10:00 and again with 10 times the messages.

    300 at 10:20 is suppressed and joins both, or the latest.
    """
    events = [
        quiet(DAY2 - 1440, ONE),
        ev(DAY2 + 600, ip=TWO),
        ev(DAY2 + 610, 30, ip=TWO),
        ev(DAY2 + 620, ip="2600::1"),
    ]
    assert [{200, 300}, {200, 300}] == [alert.first_seen_asn for alert in result_ledger(*events)]
    keeper_only = Readings(join_unseen="keeper")
    assert [{200}, {200, 300}] == [alert.first_seen_asn for alert in result_ledger(*events, readings=keeper_only)]
    assert [200, 300] == run(*events).rows[0]["first_seen_asn"]


def test_the_guard_holds_only_the_asns_listed():
    """200 was first seen at 10:00 of the third day; 300, seen there an hour later uncounted, is known 30 h later."""
    events = [
        quiet(DAY2 - 1440, ONE),
        ev(DAY2 + 600, ip=TWO),
        quiet(DAY2 + 660, "2600::1"),
        ev(DAY2 + 2400, ip="2600::1"),
    ]
    result = run(*events, options={"quarantine": 2 * DAY})
    assert [("new", "first_seen_asn"), ("new", "base")] == shown(result, "variation")


def test_a_late_trigger_before_an_alert():
    """[25, 30) only touches the alert's [30, 35).

    Suppressed. [28, 33) belongs and the alert's span becomes [28, 35).
    """
    ledger = result_ledger(ev(30))
    assert [("suppressed", 25)] == minutes(run(ev(25), ledger=ledger))
    result = run(ev(28), ledger=ledger)
    assert [("known", EPOCH + 28 * 60, EPOCH + 35 * 60)] == shown(result, "window_start", "window_end")


def test_counts_are_the_greatest_of_one_run():
    """3 messages in one run and 2 + 2 others, late, in the next.

    4, not 7; the chats are united, their count is the greatest.
    """
    ledger = result_ledger(ev(0))
    (row,) = run(ev(1, 2, chats=("c2",)), ev(2, 2, chats=("c2",)), ledger=ledger).rows
    assert (4, 2, 1, ["c1", "c2"]) == (row["message_count"], row["record_count"], row["chat_count"], row["chat_id"])


def test_days_of_a_joined_alert_are_the_greatest_or_the_first():
    """Raised at 23:58 with no day known, joined by [00:01, 00:06) with one: 1 by the chosen reading, 0 by the other."""
    events = [ev(1438), ev(1441), ev(1443)]
    assert [("new", 1)] == shown(run(*events), "baseline_days")
    assert [("new", 0)] == shown(run(*events, readings=Readings(greatest_days=False)), "baseline_days")
