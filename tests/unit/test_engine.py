"""The detection as a whole, from records and state to a verdict. All its rules are held by the oracle's tests."""

from teams_export_guard.alerts import Alert
from teams_export_guard.baseline import Baseline, Key
from teams_export_guard.engine import Shown, State, Verdict, explain, judge, undelivered
from teams_export_guard.exceptions import Exceptions
from teams_export_guard.networks import Networks
from teams_export_guard.settings import Settings
from teams_export_guard.survey import Bounds, Survey
from tests.support import MIDNIGHT, OWNER, ShortTable, activities, alert, exception_rule, record

DAY = 86400
SETTINGS = Settings(message_threshold=5, record_threshold=9, window=300, activation=0, training=10)
NOW = MIDNIGHT + DAY


def survey(*records, settings=SETTINGS, earliest=None, now=NOW):
    return Survey(activities(*records), Networks(ShortTable({"8.8.8.8": (100, "Hundred")})), settings, Bounds(now, earliest))


def states(verdict):
    return [(shown.state, (shown.alert.triggered_at - MIDNIGHT) // 60) for shown in verdict.shown]


def stored(**changes):
    """The alert of minute 0 as an earlier run committed it."""
    (first,) = judge(survey(record(0, messages=5)), State()).changed
    return first._replace(delivered=True, created=1.0, updated=1.0, **changes)


def test_survey_keeps_apart_what_is_counted():
    """Everything is learned from, only counted records are judged, in order of minute."""
    seen = survey(record(3, messages=5), record(1), record(2, counted=False), record(0, tenant="t2", entity="user:bob@t"))
    assert [("t1", "user:ann@t"), ("t2", "user:bob@t")] == seen.owners
    assert [[1, 3]] == [[(one.minute - MIDNIGHT) // 60 for one in found.evidence] for found in dict(seen.triggers())[OWNER]]


def test_survey_asks_for_the_baseline_of_triggers_only():
    """Activity of tenant and entity, exports, and the networks of the evidence; nothing without a trigger."""
    assert [] == survey(record(0)).baseline_keys()
    ann = OWNER[1]
    assert sorted(
        [Key("t1", "*", "activity", "*"), Key("t1", ann, "activity", "*"), Key("t1", ann, "export", "*"), Key("t1",
        ann, "asn", "100")]
    ) == survey(record(0, messages=5), record(0, entity="user:bob@t")).baseline_keys()


def test_old_triggers_are_not_judged_but_in_a_backtest():
    """Older than 97 days - training - 1 day before now."""
    bound = 86 * DAY
    old, just = record(0, messages=5), survey(record(0, messages=5), now=MIDNIGHT + bound)
    assert [OWNER] == list(just.starts) == list(dict(just.triggers()))
    older = survey(old, now=MIDNIGHT + bound + 1)
    assert [] == list(older.starts) == list(older.triggers())
    backtest = survey(old, now=MIDNIGHT + bound + 1, settings=SETTINGS._replace(mode="backtest"))
    assert [OWNER] == list(backtest.starts) == list(dict(backtest.triggers()))


def test_new_alert():
    """A burst into an empty state is one new alert, with reason and evidence, to be written."""
    verdict = judge(survey(record(0, messages=5)), State())
    assert [("new", 0)] == states(verdict)
    (one,) = verdict.changed
    assert (5, "Hundred", False) == (one.evidence.message_count, one.evidence.as_org[0], one.delivered)
    assert one.reason.startswith("ann@t exported 5 messages")


def test_known_alert_that_says_the_same_is_not_written():
    """Read again, it is shown as known, and nothing changes."""
    verdict = judge(survey(record(0, messages=5)), State(alerts={OWNER: [stored()]}))
    assert ([("known", 0)], []) == (states(verdict), verdict.changed)


def test_alert_without_a_trigger_is_not_shown():
    """A stored alert of the entity stays as it is."""
    verdict = judge(survey(record(0)), State(alerts={OWNER: [stored()]}))
    assert ([], []) == (verdict.shown, verdict.changed)


def test_known_alert_that_grew_is_written():
    """More records of the same window: greater counts, another reason, still known and delivered."""
    verdict = judge(survey(record(0, messages=5), record(1, messages=2)), State(alerts={OWNER: [stored()]}))
    assert {"known"} == {state for state, _ in states(verdict)}
    (one,) = verdict.changed
    assert (7, True, 1.0) == (one.evidence.message_count, one.delivered, one.created)
    assert "7 messages" in one.reason


def test_escalated_alert():
    """A higher variation is shown as escalated, with the reason of what raised it."""
    settings = SETTINGS._replace(chat_threshold=2)
    verdict = judge(
        survey(record(0, messages=5, chats=("a", "b")), settings=settings),
        State(alerts={OWNER: [stored(thresholds=(5, 9, 2))]}),
    )
    assert [("escalated", 0)] == states(verdict)
    assert "2 chats reach the threshold of 2" in verdict.changed[0].reason


def test_suppressed_triggers_are_one_row():
    """Two repeats, shown as of the first; the alert keeps the hour and is written for it."""
    verdict = judge(
        survey(record(0, messages=5), record(10, messages=5), record(20, messages=6)), State(alerts={OWNER: [stored()]})
    )
    assert [("known", 0), ("suppressed", 10)] == states(verdict)
    assert (1, 11) == (verdict.shown[1].suppressed_count, verdict.shown[1].alert.evidence.message_count)
    assert [frozenset({MIDNIGHT})] == [one.suppressed_hours for one in verdict.changed]
    assert stored().alert_id in verdict.shown[1].alert.reason


def test_keeping_an_hour_does_not_reword_the_alert():
    """The reason that was committed stands."""
    verdict = judge(
        survey(record(0, messages=5), record(10, messages=5)), State(alerts={OWNER: [stored(reason="As it was.")]})
    )
    assert ["As it was."] == [one.reason for one in verdict.changed]


def test_learning_is_one_row_and_no_alert():
    """Too few days of the tenant: shown, never written."""
    verdict = judge(
        survey(record(0, messages=5), record(10, messages=5), settings=SETTINGS._replace(activation=1)), State()
    )
    assert ([("learning", 0)], []) == (states(verdict), verdict.changed)
    assert (0, 10) == (verdict.shown[0].suppressed_count, verdict.shown[0].alert.evidence.message_count)


def test_judging_joins_the_baseline_with_the_rows():
    """A sighting among the rows counts as much as a stored one."""
    early = [record(0, counted=False)._replace(minute=MIDNIGHT - day * DAY) for day in (2, 3, 4)]
    burst = record(0, messages=5)
    elsewhere = [one._replace(source=record(counted=False, client_ip="10.0.0.1").source) for one in early]
    assert {"base"} == set(judge(survey(burst, *early), State()).changed[0].matches)
    assert {"base", "first_seen_asn"} == set(judge(survey(burst, *elsewhere), State()).changed[0].matches)
    days = {(MIDNIGHT - day * DAY) // DAY: MIDNIGHT - day * DAY for day in (2, 3, 4)}
    state = State(baseline=Baseline({Key("t1", OWNER[1], "activity", "*"): days}))
    assert {"base", "first_seen_asn"} == set(judge(survey(burst), state).changed[0].matches)


def test_judging_changes_no_state():
    """Baseline and alerts that are given stay as they are."""
    kept, seen = stored(), Baseline({Key("t1", "*", "activity", "*"): {0: 0}})
    judge(survey(record(0, messages=50), record(1, messages=50)), State(seen, {OWNER: [kept]}))
    assert {Key("t1", "*", "activity", "*"): {0: 0}} == seen.sightings
    assert stored() == kept


def test_benign_alert_guards_nothing():
    """Closed as benign, its network counts as seen."""
    listing = alert(0, first_seen_asn=frozenset({100}), delivered=True)
    seen = {(MIDNIGHT + day * DAY) // DAY: MIDNIGHT + day * DAY for day in range(4)}
    state = State(
        Baseline({Key("t1", OWNER[1], feature, value): seen for feature, value in (("activity", "*"), ("asn",
        "100"))}), {OWNER: [listing]}
    )
    burst = survey(record(6 * 1440, messages=5), now=NOW + 7 * DAY)
    matches = [
        judge(burst, state._replace(benign=benign)).changed[0].matches for benign in (frozenset(), {listing.alert_id})
    ]
    assert [True, False] == ["first_seen_asn" in one for one in matches]


def test_changed_alerts_are_in_order_of_time():
    """Whoever's they are."""
    verdict = judge(
        survey(record(9, messages=5), record(4, messages=5, tenant="t2"), record(6, messages=5, entity="user:a")),
        State(),
    )
    assert [4, 6, 9] == [(one.triggered_at - MIDNIGHT) // 60 for one in verdict.changed]


def explained(seen):
    """What is explained once all is judged."""
    judge(seen, State())
    return explain(seen)


def test_explained_entities():
    """Those without a trigger, each once, with the figures of the fullest span."""
    rows = explained(
        survey(
            record(0, messages=5), record(0, entity="app:x", messages=2), record(9, entity="app:y", counted=False),
            settings=SETTINGS._replace(explain=True),
        )
    )
    assert [("app:x", 2, MIDNIGHT), ("app:y", 0, MIDNIGHT + 540)] == [
        (row["entity"], row["message_count"], row["_time"]) for row in rows
    ]
    assert "nothing to judge" in rows[1]["reason"]


def test_nothing_is_explained_unasked():
    """It costs what nobody wants to know."""
    assert [] == explained(survey(record(0)))


def test_burst_that_is_not_judged_is_explained():
    """One whose span reaches before the search's earliest time."""
    (row,) = explained(survey(record(0, messages=5), earliest=MIDNIGHT, settings=SETTINGS._replace(explain=True)))
    assert "1 burst minute not judged" in row["reason"]


def shown_again(left, state="known", changed=(), shown=None):
    return undelivered([left], Verdict([Shown(left, state)] if shown is None else shown, list(changed)))


def test_undelivered_alert_is_shown_as_it_was_committed():
    """As new or escalated, once, whether it is at hand or not."""
    for was in ("new", "escalated"):
        left: Alert = alert(state=was)
        assert [was] == [one.state for one in shown_again(left)]
        assert [was] == [one.state for one in shown_again(left, shown=[])]


def test_undelivered_alert_that_rose_is_escalated():
    """What it rose to now is said, once."""
    assert ["escalated"] == [one.state for one in shown_again(alert(state="new"), "escalated")]


def test_undelivered_alert_is_shown_as_it_is_now():
    """Where this run changed it, the changed one."""
    (one,) = shown_again(alert(), shown=[], changed=[alert(suppressed_hours=frozenset({0}))])
    assert frozenset({0}) == one.alert.suppressed_hours


def test_other_rows_stay():
    """A suppressed row of the same entity is no delivery of the alert."""
    assert ["suppressed", "new"] == [one.state for one in shown_again(alert(), "suppressed")]


def test_an_excepted_alert_says_until_when_and_why():
    """Owner, reason and end of the exception stand in the sentence, and its key on the alert."""
    (one,) = judge(survey(record(0, messages=5)), State(exceptions=Exceptions([exception_rule()]))).changed
    assert ("k1", True) == (one.exception, one.reason.endswith("exception k1 of jo (archive) covers it until 2026-04-05 00:00 UTC."))


def test_drift_is_said_with_figures():
    """The alert is not excepted, and its sentence says what the exception was not given for."""
    rule = exception_rule(asn="200", usual_messages=1)
    (one,) = judge(survey(record(0, messages=10)), State(exceptions=Exceptions([rule]))).changed
    assert ("", frozenset({"network", "volume"})) == (one.exception, one.drift)
    assert one.reason.endswith(
        "exception k1 of jo (archive) does not cover it: AS100 is no network of it, 10 messages are 10 times the usual 1 or more."
    )


def test_an_alert_names_the_table_of_its_networks():
    """Name and date, of the run that raised it."""
    (one,) = judge(survey(record(0, messages=5)), State()).changed
    assert "short of 2026-01-01" == one.asn_table
