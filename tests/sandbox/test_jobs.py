"""Facts about `sandbox.jobs` and `sandbox.alerting`: sids, messages, and when a run fires an alert."""
from __future__ import annotations

import pytest

from sandbox.alerting import Alerting, SavedSearch, SavedSearchError, condition_holds
from sandbox.jobs import Job, JobStore, UnknownJob

ALERT = {"counttype": "number of events", "relation": "greater than", "quantity": "0", "alert.track": "1"}


def job(*rows, error=None):
    return Job("1.1", "search x", rows=[dict(row) for row in rows], error=error)


def saved(**settings):
    named = {key.replace("__", "."): value for key, value in settings.items()}
    return SavedSearch("s", "app", dict(ALERT, **named))


def test_sids_are_seconds_and_a_running_number():
    """Ad-hoc sids of one second differ in their number."""
    store = JobStore()
    assert ["1600000000.1", "1600000000.2"] == [store.new_sid(1600000000.9), store.new_sid(1600000000)]


def test_scheduled_sids_name_owner_app_and_time():
    """A scheduler's sid says for whom, where and for when."""
    sid = JobStore().scheduled_sid("nobody", "app", "a search", 1600000000)
    assert sid.startswith("scheduler__nobody__app__RMD5")
    assert sid.endswith("_at_1600000000_1")


def test_jobs_are_kept_by_sid_until_removed():
    """A job is found by its sid, the latest come first, and a removed one is unknown."""
    store = JobStore()
    first, second = store.add(Job("1.1", "a")), store.add(Job("1.2", "b"))
    assert [second, first] == store.all()
    assert first is store.get("1.1")
    store.remove("1.1")
    with pytest.raises(UnknownJob, match=r"Unknown sid '1\.1'"):
        store.get("1.1")


def test_the_first_error_is_the_jobs():
    """Every error is a message, the first one is the job's error."""
    failing = job()
    failing.fail("one")
    failing.fail("two")
    failing.fail("one")
    assert "one" == failing.error
    assert [("ERROR", "one"), ("ERROR", "two")] == failing.messages


@pytest.mark.parametrize(
    "relation, quantity, holds",
    [
        ("greater than", "1", [False, False, True]),
        ("less than", "1", [True, False, False]),
        ("equal to", "1", [False, True, False]),
        ("not equal to", "1", [True, False, True]),
    ],
)
def test_conditions_count_results(relation, quantity, holds):
    """The number of results is compared with the quantity."""
    search = saved(relation=relation, quantity=quantity)
    assert holds == [condition_holds(search, job(*[{"a": "1"}] * count)) for count in range(3)]


def test_other_counts():
    """counttype always needs no result; hosts and sources are counted distinct."""
    rows = [{"host": "a", "source": "s"}, {"host": "b", "source": "s"}, {"host": "b", "source": None}]
    assert condition_holds(saved(counttype="always"), job())
    assert condition_holds(saved(counttype="number of hosts", relation="equal to", quantity="2"), job(*rows))
    assert condition_holds(saved(counttype="number of sources", relation="equal to", quantity="1"), job(*rows))


def test_one_alert_for_all_results_or_one_for_each():
    """digest_mode 1 (the default) fires once with all results, 0 once for each result."""
    rows = [{"a": "1"}, {"a": "2"}]
    assert [2] == [len(alert.rows) for alert in Alerting().after(saved(), job(*rows), 100)]
    assert [1, 1] == [len(alert.rows) for alert in Alerting().after(saved(alert__digest_mode="0"), job(*rows), 100)]


def test_a_failed_run_and_an_unmet_condition_fire_nothing():
    """No alert without results, and none if the search failed."""
    alerting = Alerting()
    assert [] == alerting.after(saved(), job(), 100)
    assert [] == alerting.after(saved(), job({"a": "1"}, error="no"), 100)
    assert [] == alerting.fired


def test_only_tracked_alerts_are_listed():
    """alert.track decides whether a fired alert is listed among the triggered alerts."""
    alerting = Alerting()
    (loud,) = alerting.after(saved(alert__severity="5"), job({"a": "1"}), 100)
    alerting.after(saved(alert__track="0"), job({"a": "1"}), 100)
    assert (5, 2, [loud]) == (loud.severity, len(alerting.fired), alerting.tracked())


def test_throttling_of_a_whole_search():
    """alert.suppress keeps a search quiet for its period from the alert on, not longer."""
    alerting, search = Alerting(), saved(alert__suppress="1", alert__suppress__period="10m")
    fired = [len(alerting.after(search, job({"a": "1"}), now)) for now in (0, 599, 600, 601)]
    assert [1, 0, 1, 0] == fired


def test_throttling_by_fields():
    """Results with the field values of a recent alert are left out; others still fire."""
    alerting = Alerting()
    search = saved(alert__suppress="1", alert__suppress__period="1h", alert__suppress__fields="a, b")
    assert 1 == len(alerting.after(search, job({"a": "1", "b": "x"}), 0))
    (second,) = alerting.after(search, job({"a": "1", "b": "x"}, {"a": "1", "b": "y"}), 60)
    assert [] == alerting.after(search, job({"a": "1", "b": "y"}), 120)
    assert ({"a": "1", "b": "y"},) == second.rows
    assert 1 == len(alerting.after(search, job({"a": "1", "b": "x"}), 3600))


def test_throttling_in_a_group():
    """Searches with one alert.suppress.group_name throttle each other; others do not."""
    alerting = Alerting()
    settings = dict(ALERT, **{"alert.suppress": "1", "alert.suppress.period": "1h"})
    names = [SavedSearch(name, "app", settings) for name in ("a", "b")]
    grouped = [SavedSearch(name, "app", dict(settings, **{"alert.suppress.group_name": "g"})) for name in ("c", "d")]
    assert [1, 1, 1, 0] == [len(alerting.after(search, job({"x": "1"}), 0)) for search in names + grouped]


def test_all_faults_of_a_saved_search_are_said_at_once():
    """What cannot be carried out is refused in one sentence, with what is allowed."""
    settings = {"counttype": "custom", "relation": "drops by", "quantity": "x", "alert.suppress": "1"}
    with pytest.raises(SavedSearchError, match=r"counttype must.*relation must.*quantity must.*suppress\.period"):
        SavedSearch("s", "app", settings).checked()
    with pytest.raises(SavedSearchError, match=r"alert\.suppress\.fields"):
        saved(alert__suppress="1", alert__suppress__period="1h", alert__digest_mode="0").checked()
    with pytest.raises(SavedSearchError, match=r"group_name with alert\.suppress\.fields.*alert\.severity must be 1 to 6"):
        saved(alert__suppress__group_name="g", alert__suppress__fields="a", alert__severity="low").checked()
