"""The contract's laws, held against the naive model: a failure here is a fault of the model or of the contract itself.

Knows only `tests/oracle`; the app's own code is compared with the model elsewhere.
"""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oracle import baseline as bl
from oracle.model import judge
from oracle.records import read
from oracle.strategies import histories, schedules
from oracle.synthetic import COUNTED, ROLES_TABLE, aggregated, asn_lookup, raw

LAWS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def run(history, rows=None, **state):
    state.setdefault("now", history.now)
    state.setdefault("earliest", history.earliest)
    state.setdefault("commit", True)
    return judge(
        history.rows if rows is None else rows,
        options=history.options,
        privileged=history.privileged,
        roles_table=ROLES_TABLE,
        asn_lookup=asn_lookup,
        **state,
    )


def play(history, runs):
    """The runs one after the other; the ledger, the baseline and the rows of each."""
    ledger, baseline, shown = [], {}, []
    for one in runs:
        result = run(history, one.rows, now=one.now, earliest=one.earliest, ledger=ledger, baseline=baseline)
        ledger, baseline = result.ledger, result.baseline
        shown.append(result.rows)
    return ledger, baseline, shown


def frozen(alert, without=("hours",)):
    """What a committed alert holds, suppressed hours apart, as a comparable value."""
    return {name: value for name, value in vars(alert).items() if name not in without + ("run_evidence",)}


def in_order(rows):
    return sorted(rows, key=lambda row: (row["tenant"], row["entity"], row["alert_state"], row["alert_id"] or ""))


@LAWS
@given(histories(), st.randoms(use_true_random=False))
def test_order_and_duplication_of_rows_change_nothing(history, random):
    """Within one run, shuffled and doubled rows give the same rows, ledger and baseline."""
    again = history.rows + random.sample(history.rows, len(history.rows) // 2)
    random.shuffle(again)
    one, other = run(history), run(history, again)
    assert in_order(one.rows) == in_order(other.rows)
    assert one.ledger == other.ledger
    assert one.baseline == other.baseline


@LAWS
@given(histories(copies=False, bad=False))
def test_raw_and_aggregated_rows_agree(history):
    """The same events as raw rows and as minutes give the same rows, ledger and baseline."""
    one = run(history, [raw(event) for event in history.events])
    other = run(history, aggregated(history.events))
    assert in_order(one.rows) == in_order(other.rows)
    assert one.ledger == other.ledger
    assert one.baseline == other.baseline


@LAWS
@given(histories())
def test_rereading_changes_no_committed_alert(history):
    """A second committing run over the same rows raises nothing and changes no alert, hours apart."""
    once = run(history)
    twice = run(history, ledger=once.ledger, baseline=once.baseline)
    assert [frozen(alert) for alert in once.ledger] == [frozen(alert) for alert in twice.ledger]
    assert all(old.hours <= new.hours for old, new in zip(once.ledger, twice.ledger))
    assert not {row["alert_state"] for row in twice.rows} & {"new", "escalated"}
    assert once.baseline == twice.baseline


@LAWS
@given(schedules(late=False))
def test_overlapping_runs_in_time_order_raise_none_twice(schedule):
    """Each alert is shown as new by one run only, and no two alerts of an entity have overlapping anchor windows."""
    history, runs = schedule
    ledger, _, shown = play(history, runs)
    raised = [row["alert_id"] for rows in shown for row in rows if row["alert_state"] == "new"]
    assert sorted(raised) == sorted(alert.alert_id for alert in ledger)
    for one in ledger:
        for other in ledger:
            if one is not other and (one.tenant, one.entity) == (other.tenant, other.entity):
                assert abs(one.anchor_start - other.anchor_start) >= history.options.window


@LAWS
@given(schedules())
def test_late_records_only_add(schedule):
    """From run to run no alert disappears, and none loses anything that it held."""
    history, runs = schedule
    ledger, baseline = [], {}
    for one in runs:
        result = run(history, one.rows, now=one.now, earliest=one.earliest, ledger=ledger, baseline=baseline)
        after = {alert.alert_id: alert for alert in result.ledger}
        for alert in ledger:
            grown = after[alert.alert_id]
            assert alert.matches <= grown.matches and alert.first_seen_asn <= grown.first_seen_asn
            assert alert.chats <= grown.chats and alert.hours <= grown.hours and alert.ips <= grown.ips
            assert alert.message_count <= grown.message_count and alert.record_count <= grown.record_count
            assert grown.window_start <= alert.window_start and alert.window_end <= grown.window_end
            assert (alert.triggered_at, alert.anchor_start) == (grown.triggered_at, grown.anchor_start)
        ledger, baseline = result.ledger, result.baseline


@LAWS
@given(schedules())
def test_every_alert_is_delivered_though_marking_fails(schedule):
    """When no run gets to marking, the last run shows every alert as new or escalated."""
    history, runs = schedule
    assume(runs)
    ledger, baseline = [], {}
    for one in runs:
        result = run(
            history, one.rows, now=one.now, earliest=one.earliest, ledger=ledger, baseline=baseline, marking=False
        )
        ledger, baseline = result.ledger, result.baseline
    delivering = [row["alert_id"] for row in result.rows if row["alert_state"] in ("new", "escalated")]
    assert sorted(delivering) == sorted(alert.alert_id for alert in ledger)


@LAWS
@given(histories(), st.integers(0, 30), st.integers(0, 30))
def test_learning_is_a_join(history, first, second):
    """Any chunks of the records, in any order, even overlapping, teach what all of them teach."""
    taken = read(history.rows, now=history.now, operations=COUNTED, asn_lookup=asn_lookup).records
    low, high = sorted((first % (len(taken) + 1), second % (len(taken) + 1)))
    parts = [bl.of_records(part) for part in (taken[low:], taken[:high], taken[low:high])]
    whole = bl.of_records(taken)
    assert whole == bl.join(bl.join(parts[0], parts[1]), parts[2]) == bl.join(parts[2], bl.join(parts[1], parts[0]))
    assert whole == bl.join(whole, whole)
