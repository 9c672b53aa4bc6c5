"""Facts about `sandbox.scheduler`: what is due when, in which order, and what the clock says meanwhile."""
from __future__ import annotations

import pytest

from sandbox.alerting import SavedSearch, SavedSearchError
from sandbox.jobs import Job
from sandbox.scheduler import Clock, Scheduler

MIDNIGHT = 1790812800  # 2026-10-01T00:00:00Z, a Thursday
ALERT = {"counttype": "number of events", "relation": "greater than", "quantity": "0"}


def scheduled(name, cron, **settings):
    return SavedSearch(name, "app", dict({"enableSched": "1", "cron_schedule": cron, "search": "x"}, **settings))


def scheduler(*searches, start=MIDNIGHT, rows=0):
    """A scheduler whose searches give `rows` results, with the clock it runs on and what it dispatched."""
    clock, calls = Clock(start), []

    def dispatch(saved, due):
        calls.append((saved.name, due - MIDNIGHT, clock() - MIDNIGHT))
        return Job("1.1", "x", rows=[{"a": "1"}] * rows)

    return Scheduler(lambda: searches, dispatch, clock), clock, calls


@pytest.mark.parametrize(
    "cron, minutes",
    [
        ("*/10 * * * *", list(range(10, 121, 10))),
        ("5 * * * *", [5, 65]),
        ("0,30 1-2 * * *", [60, 90, 120]),
        ("0 2 * * 4", [120]),
        ("0 2 * * 5", []),
        ("0 2 1 * *", [120]),
        ("7-52/15 0 * * *", [7, 22, 37, 52]),
    ],
)
def test_cron_schedules(cron, minutes):
    """Steps, lists, ranges, days of week and month, all in UTC."""
    plan, _, calls = scheduler(scheduled("s", cron))
    plan.run_until(MIDNIGHT + 7200)
    assert minutes == [due / 60 for _, due, _ in calls]


def test_time_zone_of_the_machine_does_not_matter(monkeypatch):
    """Schedules are in UTC wherever the machine stands."""
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        plan, _, calls = scheduler(scheduled("s", "0 1 * * *"))
        plan.run_until(MIDNIGHT + 7200)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [("s", 3600, 3600)] == calls


def test_searches_due_together_run_by_name():
    """Of searches due in one minute the order is that of their names, whatever the order of their stanzas."""
    plan, _, calls = scheduler(scheduled("b", "0 * * * *"), scheduled("a", "0 * * * *"), scheduled("c", "30 * * * *"))
    plan.run_until(MIDNIGHT + 7200)
    assert ["c", "a", "b", "c", "a", "b"] == [name for name, _, _ in calls]


def test_each_run_sees_its_due_time_on_the_clock():
    """The clock stands at the due time during a run, and at the end of the span afterwards."""
    plan, clock, calls = scheduler(scheduled("s", "*/30 * * * *"))
    plan.run_until(MIDNIGHT + 4000)
    assert [("s", 1800, 1800), ("s", 3600, 3600)] == calls
    assert MIDNIGHT + 4000 == clock()


def test_the_start_is_not_due_and_the_end_is():
    """A span is open at its start and closed at its end, so that two spans in a row run nothing twice."""
    plan, _, calls = scheduler(scheduled("s", "0 * * * *"))
    plan.run_until(MIDNIGHT + 3600)
    assert [3600] == [due for _, due, _ in calls]
    plan.run_until(MIDNIGHT + 7200)
    assert [3600, 7200] == [due for _, due, _ in calls]


def test_what_is_off_does_not_run():
    """Neither a search without enableSched nor a disabled one nor one without a schedule runs."""
    searches = [
        scheduled("a", "0 * * * *", enableSched="0"),
        scheduled("b", "0 * * * *", disabled="1"),
        scheduled("c", ""),
    ]
    plan, _, calls = scheduler(*searches)
    assert [] == plan.run_until(MIDNIGHT + 7200)
    assert [] == calls


def test_step_thins_out_runs():
    """A step that refuses a run leaves it out for good."""
    plan, _, calls = scheduler(scheduled("s", "*/10 * * * *"))
    plan.run_until(MIDNIGHT + 3600, step=lambda saved, due: due % 1800 == 0)
    plan.run_until(MIDNIGHT + 4200)
    assert [1800, 3600, 4200] == [due for _, due, _ in calls]


def test_runs_tell_what_they_fired():
    """A run whose condition holds fires, and the run says so."""
    plan, _, _ = scheduler(scheduled("s", "0 * * * *", **ALERT), rows=2)
    (run,) = plan.run_until(MIDNIGHT + 3600)
    assert (1, 2, MIDNIGHT + 3600) == (len(run.fired), len(run.fired[0].rows), run.fired[0].time)
    assert list(run.fired) == plan.alerting.fired


def test_time_does_not_go_back():
    """Neither the scheduler nor the clock can be set back."""
    plan, clock, _ = scheduler()
    plan.run_until(MIDNIGHT + 60)
    with pytest.raises(ValueError, match="cannot go back"):
        plan.run_until(MIDNIGHT)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(MIDNIGHT)


def test_the_clock_may_be_one_that_nobody_sets():
    """With a clock that only tells the time the schedule still runs, from that time on and not backwards."""
    due = []
    search = scheduled("s", "*/10 * * * *")
    plan = Scheduler(lambda: [search], lambda saved, at: due.append(at) or Job("1.1", "x"), lambda: MIDNIGHT)
    plan.run_until(MIDNIGHT + 600)
    with pytest.raises(ValueError, match="the scheduler stands at"):
        plan.run_until(MIDNIGHT)
    assert [MIDNIGHT + 600] == due


@pytest.mark.parametrize("cron", ["61 * * * *", "* * * *", "hourly", "0 * * * * *"])
def test_broken_schedules_are_refused(cron):
    """A cron_schedule that is not five good fields is an error that names the search."""
    plan, _, _ = scheduler(scheduled("mine", cron))
    with pytest.raises(SavedSearchError, match=r"'mine'.*five fields"):
        plan.run_until(MIDNIGHT + 3600)
