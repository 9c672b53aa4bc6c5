"""Requests for exceptions: what is taken from an alert, what is refused, what the same call again does."""

import pytest

from teams_export_guard.documents import ALERTS, EXCEPTIONS, alert_document
from teams_export_guard.errors import ExceptionRefused, SettingsError
from teams_export_guard.exception_requests import FIELDS, parse
from teams_export_guard.exceptions import ExceptionRule
from teams_export_guard.store import MemoryStore
from teams_export_guard.upkeep import change_exception
from tests.support import alert

NOW, DAY = 1790856000.5, 86400
ALERT = alert()
BY_HAND = "entity=app:0f1e asn=AS64501,64500 usual_messages=20 operations=MessagesExported reason=archive".split()


@pytest.fixture
def store():
    memory = MemoryStore()
    memory.save(ALERTS, [alert_document(ALERT)], lambda: None)
    return memory


def change(store, *arguments, user="jo", now=NOW):
    return change_exception(store, parse(arguments), user, now)


def kept(store):
    return store.all(EXCEPTIONS, {})


def test_everything_is_taken_from_the_alert(store):
    """Tenant, entity, networks, operations and volume; it holds for 90 days, owned by whoever gave it."""
    shown = change(store, "alert_id=" + ALERT.alert_id, "reason=archive")
    (one,) = kept(store)
    assert ("t1", "user:ann@t", "100", "MessagesExported", 5, "jo", "jo") == tuple(
        one[name] for name in ("tenant", "entity", "asn", "operations", "usual_messages", "owner", "created_by")
    )
    assert (int(NOW), int(NOW) + 90 * DAY) == (one["start"], one["expires"])
    assert (FIELDS, one["_key"], "true") == (list(shown), shown["exception"], shown["changed"])
    assert ExceptionRule.from_document(one).asns == {100}


def test_what_is_given_goes_before_the_alert(store):
    """A class of networks replaces the alert's own networks."""
    change(store, "alert_id=" + ALERT.alert_id, "reason=archive", "network_class=Office", "usual_messages=70", "days=7")
    (one,) = kept(store)
    assert ("", "office", 70, 7 * DAY) == (one["asn"], one["network_class"], one["usual_messages"], one["expires"] - one["start"])


def test_an_exception_by_hand(store):
    """Networks in order, all tenants where none is named."""
    change(store, *BY_HAND)
    assert [("*", "64500,64501")] == [(one["tenant"], one["asn"]) for one in kept(store)]


def test_the_same_call_again_prolongs(store):
    """The same scope adds no second one; within an hour nothing is written; its reason stays the first."""
    first = change(store, *BY_HAND)
    assert "false" == change(store, *BY_HAND, now=NOW + 60)["changed"]
    later = change(store, *BY_HAND[:-1], "reason=other", now=NOW + 5 * DAY)
    assert (first["exception"], "true", "archive") == (later["exception"], later["changed"], later["reason"])
    assert [int(NOW + 95 * DAY)] == [one["expires"] for one in kept(store)]
    assert "false" == change(store, *BY_HAND, "days=1", now=NOW + 6 * DAY)["changed"]  # never shortened


def test_other_bounds_are_another_exception(store):
    """What somebody gave reasons for is not widened by a later call."""
    change(store, *BY_HAND)
    change(store, *[text.replace("=20", "=2000") for text in BY_HAND])
    assert 2 == len(kept(store))


def test_one_that_has_ended_is_given_anew(store):
    """Under another key."""
    first = change(store, *BY_HAND)
    change(store, "end=" + first["exception"], "reason=moved", now=NOW + DAY, user="kim")
    again = change(store, *BY_HAND, now=NOW + 2 * DAY)
    assert first["exception"] != again["exception"]
    ended = store.get(EXCEPTIONS, [first["exception"]])[first["exception"]]
    assert (int(NOW + DAY), "kim", "moved") == (ended["expires"], ended["ended_by"], ended["end_reason"])


def test_ending_twice_changes_nothing(store):
    """Who ended it first, and why, stays."""
    key = change(store, *BY_HAND)["exception"]
    change(store, "end=" + key, "reason=moved", now=NOW + DAY)
    before = kept(store)
    assert "false" == change(store, "end=" + key, "reason=again", now=NOW + 2 * DAY)["changed"]
    assert before == kept(store)


@pytest.mark.parametrize("arguments, said", [
    (["alert_id=" + "0" * 32, "reason=x"], "no alert 0000"), (["end=" + "0" * 32, "reason=x"], "no exception 0000"),
])  # fmt: skip
def test_what_is_not_there_is_refused(store, arguments, said):
    """And nothing is written."""
    with pytest.raises(ExceptionRefused, match=said):
        change(store, *arguments)
    assert [] == kept(store)


@pytest.mark.parametrize("arguments, said", [
    ([], "reason="), (["alert_id=x", "reason=y"], "32 hex digits"), ([*BY_HAND, "days=0"], "from 1 to 365"),
    ([*BY_HAND, "dais=5"], "did you mean days"), ([*BY_HAND, "reason=again"], "given twice"), (["reason"], "a value is missing"),
    (["entity=user:a", "reason=x"], "scoped by entity alone"), (["reason=x"], "scoped by nothing alone"),
    ([*BY_HAND, "end=" + "0" * 32], "nothing beside it but reason"), (["reason=" + "x" * 1001, *BY_HAND[:-1]], "1001 characters"),
    (["entity=app:0f1e", "app_id=0f1e", "reason=x"], "scoped by entity alone"),
])  # fmt: skip
def test_faults_of_the_options_are_said(arguments, said):
    """Before anything is asked of the store."""
    with pytest.raises(SettingsError, match=said):
        parse(arguments)


def test_bounds_that_are_missing_are_asked_for(store):
    """Without an alert nobody knows what is usual."""
    with pytest.raises(SettingsError, match=r"operations is missing; usual_messages=: allowed"):
        change(store, *BY_HAND[:2], "reason=x")
    assert [] == kept(store)
