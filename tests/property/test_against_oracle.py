"""The app against an independent, naive model of the contract: one run, and schedules of runs.

`tests/oracle` was written from the contract alone. Where both agree on every field of every row, on the
ledger and on the baseline, two readings of the contract agree.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.baseline import Key
from teams_export_guard.documents import ALERTS, BASELINE, PRIVILEGED, TRIAGE, alert_of, days_of
from teams_export_guard.rows import FIELDS, MULTIVALUE
from teams_export_guard.settings import DAY, Settings
from teams_export_guard.store import MemoryStore
from tests.oracle import model, strategies
from tests.oracle.synthetic import ADDRESSES, ROLES_TABLE, asn_lookup
from tests.support import ShortTables, run

TABLES = ShortTables(addresses=ADDRESSES, roles=ROLES_TABLE)
LEFT_OPEN = {"reason", "user_key", "exception", "drift", "asn_table"}  # the oracle words no sentences; the contract leaves the case of a user key open
# Where the contract admits two readings, the app's: an organisation is named by its ASN, and `baseline_days` is not
# evidence, so it stays as it was when the alert was raised.
READINGS = {
    "readings": model.Readings(greatest_days=False),
    "organisation_of": lambda asn: dict(ADDRESSES.values()).get(asn, ""),
}
RUNS = hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def settings_of(options, mode="detect") -> Settings:
    return Settings(
        mode, options.message_threshold, options.record_threshold, options.chat_threshold, options.window,
        options.training // DAY, options.activation // DAY, options.dedup, options.settle, options.quarantine,
        options.history_days, options.explain,
    )


def comparable(rows):
    """Rows as sets of facts, in an order of their own; what the oracle leaves open is left out."""
    kept = []
    for row in rows:
        facts = {}
        for name in FIELDS:
            value = row.get(name)
            if name in LEFT_OPEN or (row["alert_state"] == "none" and name not in ("tenant", "entity", "alert_state")):
                continue
            facts[name] = sorted(map(str, value)) if name in MULTIVALUE else str(value)
        kept.append(sorted(facts.items(), key=str))
    return sorted(kept, key=str)


def baseline_in(store):
    """The stored baseline as the oracle keeps it."""
    return {
        Key(one["tenant"], one["entity"], one["feature"], one["value"]): days_of(one)
        for one in store.all(BASELINE, {})
    }


def ledger_facts(alerts, hours_of):
    """What both keep of each committed alert beside its row."""
    return sorted(
        (one.alert_id, sorted(hours_of(one)), one.delivered, one.state, sorted(one.first_seen_asn)) for one in alerts
    )


def store_with(privileged):
    store = MemoryStore()
    store.save(PRIVILEGED, [dict(row, _key=str(number)) for number, row in enumerate(privileged)], lambda: None)
    return store


@RUNS
@given(strategies.histories(), st.sampled_from(("detect", "detect", "backtest", "learn")), st.booleans())
def test_one_run_gives_what_the_contract_says(history, mode, commits):
    """Every row, the ledger and the baseline of one run over any rows are those of the oracle."""
    commits = commits and mode != "backtest"
    store = store_with(history.privileged)
    rows, session = run(history.rows, settings_of(history.options, mode), now=history.now, earliest=history.earliest,
                        store=store, tables=TABLES, commits=commits)
    expected = model.judge(
        history.rows, now=history.now, earliest=history.earliest, mode=mode, options=history.options,
        privileged=history.privileged, roles_table=ROLES_TABLE, asn_lookup=asn_lookup, commit=commits, **READINGS,
    )
    if mode == "learn":
        assert expected.rows == rows
    else:
        assert comparable(expected.rows) == comparable(rows)
    assert (sum(expected.read.rejected.values()), expected.read.duplicates) == (
        session._intake.rejections, session._intake.duplicates)
    if commits:
        assert {Key(*key): days for key, days in expected.baseline.items()} == baseline_in(store)
        assert {one.alert_id for one in expected.ledger} == {one["_key"] for one in store.all(ALERTS, {})}


@RUNS
@given(strategies.schedules(), st.lists(st.tuples(st.booleans(), st.booleans()), min_size=4, max_size=4), st.data())
def test_runs_one_after_the_other_give_what_the_contract_says(schedule, marks, data):
    """Committing runs in time order, with late records, triage in between and deaths before marking, as the oracle."""
    history, runs = schedule
    store = store_with(history.privileged)
    ledger, baseline, triage = [], {}, {}
    for one, (dies, closes) in zip(runs, marks):
        expected = model.judge(
            one.rows, now=one.now, earliest=one.earliest, options=history.options, baseline=baseline, ledger=ledger,
            triage=triage, privileged=history.privileged, roles_table=ROLES_TABLE, asn_lookup=asn_lookup, commit=True,
            marking=not dies, **READINGS,
        )
        rows, _ = run(one.rows, settings_of(history.options), now=one.now, earliest=one.earliest, store=store,
                      tables=TABLES, commits=True, marks=not dies)
        assert comparable(expected.rows) == comparable(rows)
        ledger, baseline = expected.ledger, expected.baseline
        assert {Key(*key): days for key, days in baseline.items()} == baseline_in(store)
        assert ledger_facts(ledger, lambda one: {hour * 3600 for hour in one.hours}) == ledger_facts(
            map(alert_of, store.all(ALERTS, {})), lambda one: set(one.suppressed_hours))
        if closes and ledger:
            chosen = data.draw(st.sampled_from(sorted(one.alert_id for one in ledger)))
            triage[chosen] = data.draw(st.sampled_from(("benign", "malicious", "new")))
            store.save(TRIAGE, [{"_key": chosen, "status": triage[chosen]}], lambda: None)

