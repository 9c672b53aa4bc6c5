"""From triggers to alerts: the three rules of deduplication."""

import pytest

from teams_export_guard.exceptions import Cover, Drift
from teams_export_guard.ledger import Entry, Ledger, earliest_of, latest_of, reach
from teams_export_guard.networks import Networks
from teams_export_guard.settings import Settings
from teams_export_guard.variations import Guard
from tests.support import (
    MIDNIGHT,
    OWNER,
    alert,
    exception_rule,
    judgement,
    judgement_of,
    judgement_on,
    record,
    triggers_of,
)

HOUR = 3600
SETTINGS = Settings(window=300, dedup=2 * HOUR)


def ledger(*alerts, benign=frozenset(), settings=SETTINGS):
    return Ledger(alerts, benign, settings)


EVERY = Settings(message_threshold=1, window=300)  # every minute with a record is a trigger


def outcome(of, *judgements):
    return [of.take(OWNER, one).outcome for one in judgements]


def hours(of):
    """(minute of the alert, kept hours) of every alert that keeps any."""
    return [
        ((entry.alert.triggered_at - MIDNIGHT) // 60,
        sorted((hour - MIDNIGHT) // HOUR for hour in entry.alert.suppressed_hours))
        for entry in of.entries.values()
        if entry.alert.suppressed_hours
    ]


def test_first_trigger_raises():
    """Into an empty ledger, with nothing it escalates from."""
    of = ledger()
    placed = of.take(OWNER, judgement())
    assert ("raised", None) == (placed.outcome, placed.near)
    assert [""] == [entry.alert.escalated_from for entry in of.entries.values()]


def test_overlapping_window_belongs():
    """An alert raised in this run owns what overlaps its anchor window."""
    of = ledger()
    assert ["raised", "belongs", "belongs"] == outcome(of, judgement(0), judgement(2), judgement(4))
    assert 1 == len(of.entries)


def test_beside_the_anchor_window_it_is_a_repeat():
    """Joined windows do not widen the anchor: the sixth minute is suppressed, not owned."""
    assert ["raised", "belongs", "suppressed"] == outcome(ledger(), judgement(0), judgement(4), judgement(5))


def test_repeat_within_dedup_is_suppressed():
    """The last minute within dedup is, the next raises."""
    assert ["raised", "suppressed", "raised"] == outcome(ledger(), judgement(0), judgement(119), judgement(120))


def test_dedup_can_be_switched_off():
    """dedup=0 suppresses nothing, and belonging goes on."""
    of = ledger(settings=SETTINGS._replace(dedup=0))
    assert ["raised", "belongs", "raised"] == outcome(of, judgement(0), judgement(4), judgement(5))


def test_new_match_raises_within_dedup():
    """A match that no near alert has is no repeat; the new alert says what it escalated from."""
    of = ledger()
    assert ["raised", "raised"] == outcome(of, judgement(0), judgement(30, matches=("base", "multiple_chats")))
    first, second = of.entries.values()
    assert first.alert.alert_id == second.alert.escalated_from


def test_matches_of_near_alerts_count_together():
    """What two alerts say between them is a repeat of both."""
    of = ledger()
    assert ["raised", "raised", "suppressed"] == outcome(
        of, judgement(0, matches=("base", "multiple_chats")), judgement(10, matches=("base", "first_seen_asn")),
        judgement(20, matches=("base", "multiple_chats", "first_seen_asn")),
    )


def test_ten_times_the_messages_is_no_repeat():
    """Nine times and a bit is; ten times raises."""
    assert ["raised", "suppressed", "raised"] == outcome(ledger(), judgement(0), judgement(20, 49), judgement(40, 50))


def test_messages_joined_in_this_run_count():
    """The greatest count includes what belonged to the alert before."""
    of, (first, second) = ledger(), triggers_of([record(0, messages=5), record(4, messages=5)], EVERY)
    one, other = map(judgement_of, (first, second))
    assert ["raised", "belongs", "suppressed"] == outcome(of, one, other, judgement(40, 99))


def test_same_evidence_counts_once():
    """The same records in two triggers of one alert are not added twice."""
    of, found = ledger(), triggers_of([record(minute, messages=2) for minute in (0, 2, 4, 6)], EVERY)
    outcome(of, *map(judgement_of, found))
    assert [8] == [entry.messages for entry in of.entries.values()]


def test_suppressed_hour_is_kept_once():
    """Two repeats of an hour keep one hour, one of the next another."""
    of = ledger()
    outcome(of, judgement(0), judgement(10), judgement(50), judgement(70))
    assert [(0, [0, 1])] == hours(of)


def test_latest_alert_keeps_the_hour():
    """Of several near alerts the latest before the trigger."""
    of = ledger(alert(0), alert(30))
    outcome(of, judgement(70))
    assert [(30, [1])] == hours(of)


def test_hour_that_an_alert_keeps_stays_with_it():
    """Another alert of the entity does not keep the same hour again."""
    of = ledger(alert(0, suppressed_hours=frozenset({MIDNIGHT + HOUR})), alert(30))
    assert ["suppressed"] == outcome(of, judgement(70))
    assert [(0, [1])] == hours(of)


def test_unseen_networks_of_a_repeat_join_the_alerts_asked():
    """So that they stay quarantined, although no alert is raised for them."""
    both = ("base", "first_seen_asn")
    of = ledger(alert(0, matches=frozenset(both), first_seen_asn=frozenset({1})))
    assert ["suppressed"] == outcome(of, judgement(20, matches=both, first_seen_asn=frozenset({2})))
    assert [frozenset({1, 2})] == [entry.alert.first_seen_asn for entry in of.entries.values()]


def test_learning_raises_nothing():
    """What would be an alert is set aside; the ledger stays as it is."""
    of = ledger()
    assert ["learning"] == outcome(of, judgement(learning=True))
    assert {} == of.entries


def test_learning_still_belongs_and_repeats():
    """Alerts before the trigger are asked first, learning or not."""
    assert ["belongs", "suppressed"] == outcome(
        ledger(alert(0)), judgement(2, learning=True), judgement(20, learning=True)
    )


def test_later_alerts_are_asked_after_earlier_ones():
    """A late trigger joins the later alert, if no earlier one takes it."""
    of = ledger(alert(0), alert(30))
    assert ["suppressed", "belongs"] == outcome(of, judgement(20), judgement(27, matches=("base", "multiple_chats")))
    assert ["base", "multiple_chats"] == [entry.alert.variation for entry in of.entries.values()]


def test_later_alerts_are_not_asked_while_learning():
    """A learning trigger before its tenant's first alert stays learning."""
    assert ["learning"] == outcome(ledger(alert(4)), judgement(2, learning=True))


def test_latest_owner_takes_the_trigger():
    """Of two alerts whose anchor windows overlap it, the later one."""
    of = ledger(alert(0), alert(6))
    outcome(of, judgement(4, matches=("base",)), judgement(8))
    assert [1, 1] == [len(entry.judgements) for entry in of.entries.values()]


def test_latest_and_earliest_fall_back_on_the_id():
    """Of equal times the smallest id, for both."""
    same = [Entry(alert(0, alert_id=name), None) for name in "bac"]
    other = Entry(alert(1, alert_id="z"), None)
    assert ["a", "z", "a"] == [
        one.alert.alert_id for one in (latest_of(same), latest_of([*same, other]), earliest_of([*same, other]))
    ]


def test_guards_are_the_listed_networks():
    """One guard for each ASN that an alert lists, from its own window_start on; benign ones guard nothing."""
    listing = alert(0, first_seen_asn=frozenset({1, 2}), window_start=MIDNIGHT - 60)
    assert {Guard(1, MIDNIGHT - 60), Guard(2, MIDNIGHT - 60)} == set(ledger(listing).guards())
    assert [] == ledger(listing, benign={listing.alert_id}).guards()


def test_alert_raised_in_this_run_guards_too():
    """It joins the ledger at once."""
    of = ledger()
    outcome(of, judgement(0, first_seen_asn=frozenset({7})))
    assert [Guard(7, MIDNIGHT)] == of.guards()


def test_finished_alert_has_the_evidence_of_the_run():
    """Joined once, from all its triggers; new and to be delivered."""
    of, found = ledger(), triggers_of([record(0, messages=5), record(4, messages=7)], EVERY)
    outcome(of, *map(judgement_of, found))
    (finished,) = [entry.finished(Networks()) for entry in of.entries.values()]
    assert (2, 12, "new", False) == (
        finished.evidence.record_count,
        finished.evidence.message_count,
        finished.state,
        finished.delivered,
    )


def test_stored_alert_that_rose_is_escalated():
    """A higher variation is delivered once more."""
    stored = alert(0, state="new", delivered=True)
    entry = Entry(stored, stored)
    entry.add(judgement(1, matches=("base", "multiple_chats")))
    finished = entry.finished(Networks())
    assert ("escalated", False, "multiple_chats") == (finished.state, finished.delivered, finished.variation)


def test_stored_alert_that_did_not_rise_keeps_its_state():
    """Lower matches join, and nothing is delivered again."""
    stored = alert(0, state="new", delivered=True, matches=frozenset({"base", "first_seen_asn"}))
    entry = Entry(stored, stored)
    entry.add(judgement(1, matches=("base", "multiple_chats")))
    finished = entry.finished(Networks())
    assert ("new", True, {"base", "first_seen_asn", "multiple_chats"}) == (
        finished.state,
        finished.delivered,
        finished.matches,
    )


def test_equal_aggregated_rows_are_two():
    """Rows of other sources may be alike in all that counts here: both count."""
    twins = (record(messages=4), record(messages=4))
    entry = Entry(alert(0), None)
    entry.add(judgement_on(twins))
    assert (8, 2) == entry.finished(Networks()).evidence[1::-1]


# -- exceptions ---------------------------------------------------------------------------------

COVERED = Cover((exception_rule(),))
DRIFTED = Cover((exception_rule(),), (Drift("volume", "much"),))


def excepted(of):
    return [(entry.alert.exception, sorted(entry.alert.drift)) for entry in of.entries.values()]


def test_a_covered_trigger_raises_an_excepted_alert():
    """It is there, and says which exception covers it."""
    of = ledger()
    assert ["raised"] == outcome(of, judgement(cover=COVERED))
    assert [("k1", [])] == excepted(of)


def test_an_excepted_alert_suppresses_nothing_that_is_not_excepted():
    """It notified nobody, so it said nothing; what is covered too is still a repeat."""
    of = ledger()
    assert ["raised", "raised", "suppressed", "suppressed"] == outcome(
        of, judgement(0, cover=COVERED), judgement(30, cover=DRIFTED), judgement(60, cover=COVERED), judgement(90)
    )
    assert [("k1", []), ("", ["volume"])] == excepted(of)


def test_one_uncovered_trigger_ends_an_alert_s_exception():
    """In whichever order they come, and it does not come back; what drifted stays on the alert."""
    for order in ((COVERED, DRIFTED), (DRIFTED, COVERED)):
        of = ledger()
        assert ["raised", "belongs"] == outcome(of, judgement(0, cover=order[0]), judgement(2, cover=order[1]))
        assert [("", ["volume"])] == excepted(of)


def test_losing_its_exception_is_an_escalation():
    """The alert is handed over again; one that keeps it, or never had one, is not."""
    for stored, cover, state in (("k1", DRIFTED, "escalated"), ("k1", COVERED, "new"), ("", DRIFTED, "new")):
        of = ledger(alert(exception=stored, delivered=True))
        outcome(of, judgement(2, cover=cover))
        (entry,) = of.entries.values()
        after = entry.finished(Networks())
        assert (state, state != "escalated") == (after.state, after.delivered)


def test_an_hour_is_kept_by_an_alert_that_notified():
    """Where an excepted alert keeps the hour already, one that notified keeps it for what is not covered."""
    of = ledger(alert(0, exception="k1", suppressed_hours=frozenset({MIDNIGHT + HOUR})), alert(10))
    outcome(of, judgement(61))
    assert [(0, [1]), (10, [1])] == hours(of)


@pytest.mark.parametrize(
    "spans, seconds",
    [
        ({"window": 300, "dedup": 0, "quarantine": 0}, HOUR),  # the hour that an alert may keep
        ({"window": 3 * HOUR, "dedup": HOUR, "quarantine": 0}, 3 * HOUR),
        ({"window": 300, "dedup": 2 * HOUR, "quarantine": 0}, 3 * HOUR),
        ({"window": 300, "dedup": 2 * HOUR, "quarantine": 5 * HOUR}, 5 * HOUR),
    ],
)
def test_reach_is_that_of_the_longest_rule(spans, seconds):
    """Back from the first window: the window, deduplication with its hour, or the quarantine."""
    assert MIDNIGHT - seconds == reach([MIDNIGHT + 60, MIDNIGHT], Settings(**spans))
