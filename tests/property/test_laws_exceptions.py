"""Laws of exceptions: they hide nothing, they take nothing away, and what they do not cover is told.

The histories are those of `tests/oracle`; the exceptions are drawn so that they cover some of what happens there.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from teams_export_guard.documents import ALERTS, EXCEPTIONS
from teams_export_guard.exceptions import ExceptionRule, Exceptions
from teams_export_guard.intake import Intake
from teams_export_guard.privileged import Assignment, Privileged, Roles
from teams_export_guard.survey import Bounds, Survey
from teams_export_guard.variations import Judge
from tests.oracle import strategies
from tests.oracle.synthetic import ADDRESSES, COUNTED, EPOCH, ROLES_TABLE, TENANTS
from tests.property.test_laws import HISTORIES, LAWS, TABLES, alerts, kept, play, settings_of, still, store_of
from tests.support import OPERATIONS

FAR = EPOCH + 10 * 86400
ASNS = sorted({400, *(asn for asn, _ in ADDRESSES.values())})  # 400 stands in asn columns alone
EVERYTHING = {"usual_messages": 10**9, "operations": ",".join(sorted(COUNTED)), "start": 0, "expires": FAR, "variation": ""}
SAID = ("exception", "drift", "reason", "alert_state", "delivered", "updated")


def document(number, **fields):
    empty = dict.fromkeys("entity app_id asn network_class variation".split(), "")
    return {**empty, **EVERYTHING, "_key": "e%d" % number, "tenant": "*", "owner": "jo", "reason": "law", **fields}


NETWORKS = st.lists(st.sampled_from([*map(str, ASNS), "unknown"]), min_size=1, max_size=3, unique=True).map(",".join)
SCOPES = st.one_of(
    st.fixed_dictionaries({"entity": st.sampled_from(("user:ann@t", "user:bob@t", "app:app-1", "app:k-2")), "asn": NETWORKS}),
    st.fixed_dictionaries({"entity": st.just("user:ann@t"), "app_id": st.just("app-2")}),
    st.fixed_dictionaries({"app_id": st.sampled_from(("app-1", "app-2")), "asn": NETWORKS}),
)
BOUNDS = st.fixed_dictionaries({
    "tenant": st.sampled_from(("*", *TENANTS)), "usual_messages": st.sampled_from((1, 2, 10**9)),
    "operations": st.sampled_from((*sorted(COUNTED), ",".join(sorted(COUNTED)))),
    "start": st.sampled_from((0, EPOCH + 86400, EPOCH + 3 * 86400)), "variation": st.sampled_from(("", "", "multiple_chats")),
})  # fmt: skip
DRAWN = st.lists(st.builds(lambda scope, bounds: {**scope, **bounds}, SCOPES, BOUNDS), max_size=3)


def excepting(history, drawn):
    store = store_of(history)
    store.save(EXCEPTIONS, [document(number, **fields) for number, fields in enumerate(drawn)], lambda: None)
    return store


def judgements(history, drawn):
    """What holds for every trigger of the history against an empty state, with its exceptions, by owner."""
    intake = Intake(OPERATIONS, history.now)
    for row in history.rows:
        intake.add(row)
    settings = settings_of(history.options)
    bounds = Bounds(history.now, history.earliest or None)
    survey = Survey(intake.activities(), TABLES.networks(), settings, bounds, intake.detailed())
    rules = Exceptions(ExceptionRule.from_document(document(number, **fields)) for number, fields in enumerate(drawn))
    privileged = Privileged(map(Assignment.from_document, history.privileged), Roles(ROLES_TABLE))
    for owner, found in survey.triggers():
        judge = Judge(survey.observed, privileged, survey.networks, settings, rules)
        yield from ((owner, judge.judge(owner, trigger)) for trigger in found)


@LAWS
@given(HISTORIES, DRAWN)
def test_what_no_exception_covers_is_told(history, drawn):
    """Such a trigger is part of an alert that notifies, or one that notifies already says the same within dedup."""
    store = excepting(history, drawn)
    play(history, history.rows, store)
    told = [alert for alert in alerts(store).values() if not alert.exception]
    for owner, judgement in judgements(history, drawn):
        if judgement.cover.key or judgement.learning:
            continue
        mine = [alert for alert in told if (alert.tenant, alert.entity) == owner]
        window, dedup = history.options.window, history.options.dedup
        minute = judgement.trigger.minute
        assert any(alert.owns(judgement, window) for alert in mine) or any(
            abs(minute - alert.triggered_at) < dedup for alert in mine
        )


@LAWS
@given(HISTORIES)
def test_an_exception_of_everything_takes_no_alert_away(history):
    """Every alert is there as without it, and says that it is excepted; what is excepted says no drift."""
    one, other = store_of(history), store_of(history)
    networks = ",".join([*map(str, ASNS), "unknown"])
    owners = {(row["tenant"], row["entity"]) for row in play(history, history.rows, one)}
    store = [document(number, tenant=tenant, entity=entity, asn=networks) for number, (tenant, entity) in enumerate(owners)]
    other.save(EXCEPTIONS, store, lambda: None)
    play(history, history.rows, other)
    plain, excepted = ({row["_key"]: row for row in store.all(ALERTS, {})} for store in (one, other))
    assert plain.keys() == excepted.keys()
    for key, row in plain.items():
        again = excepted[key]
        assert {name: value for name, value in row.items() if name not in SAID} == {
            name: value for name, value in again.items() if name not in SAID
        }
        assert (True, "[]") == (bool(again["exception"]), again["drift"])


@LAWS
@given(HISTORIES, DRAWN)
def test_exceptions_of_others_change_nothing(history, drawn):
    """Those of another tenant."""
    one, other = store_of(history), excepting(history, [dict(fields, tenant="elsewhere") for fields in drawn])
    assert play(history, history.rows, one) == play(history, history.rows, other)
    assert kept(one) == kept(other)


@LAWS
@given(HISTORIES, DRAWN, st.randoms(use_true_random=False))
def test_order_and_rereading_change_nothing(history, drawn, random):
    """With exceptions as without: shuffled rows give the same, and the same rows again raise and change nothing."""
    shuffled = random.sample(history.rows, len(history.rows))
    one, other = excepting(history, drawn), excepting(history, drawn)
    assert play(history, history.rows, one) == play(history, shuffled, other)
    assert kept(one) == kept(other)
    before = alerts(one)
    rows = play(history, history.rows, one)
    assert {key: still(alert) for key, alert in before.items()} == {key: still(alert) for key, alert in alerts(one).items()}
    assert not {row["alert_state"] for row in rows} & {"new", "escalated"}


@LAWS
@given(strategies.schedules(), DRAWN)
def test_late_records_never_hide(schedule, drawn):
    """From run to run an alert may lose its exception, never get one; losing it is delivered as an escalation."""
    history, runs = schedule
    store, before = excepting(history, drawn), {}
    for one in runs:
        rows = play(history, one.rows, store, now=one.now, earliest=one.earliest)
        escalated = {row["alert_id"] for row in rows if row["alert_state"] == "escalated"}
        after = alerts(store)
        for key, old in before.items():
            assert not after[key].exception or after[key].exception == old.exception
            assert old.drift <= after[key].drift
            assert not old.exception or after[key].exception or key in escalated
        before = after
