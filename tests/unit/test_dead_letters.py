"""Dead letters over the store in memory: kept, found again in order, removed only as they were read."""

import json

import pytest

from teams_export_guard.dead_letters import DeadLetters, Letter, letter_of
from teams_export_guard.documents import DEAD_LETTER_FIELDS, DEAD_LETTERS
from teams_export_guard.notification import Origin, encoded, notification
from teams_export_guard.rows import alert_row
from teams_export_guard.store import MemoryStore
from tests.support import alert

PAYLOAD = encoded(notification(alert_row(alert(), "new"), Origin())).decode("utf-8")
LETTER = Letter("k", "a1", "new", "base", PAYLOAD, 2, 100.123, 200.456, "it answered 503", 1)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def letters(store):
    return DeadLetters(store)


def test_letter_comes_back(letters, store):
    """With every field of the collection, and nothing else."""
    letters.keep([LETTER])
    assert {"k": LETTER} == letters.known(["k", "other"])
    assert {"_key", *DEAD_LETTER_FIELDS} == set(store.all(DEAD_LETTERS, {})[0])


def test_waiting_letters_come_with_the_longest_untried_first(letters):
    """Those that wait for a person are not among them."""
    letters.keep([LETTER._replace(key=key, last_tried=tried, retry=retry)
                  for key, tried, retry in (("new", 9.0, 1), ("old", 1.0, 1), ("person", 0.0, 0), ("mid", 5.0, 1))])
    assert ["old", "mid", "new"] == [letter.key for letter in letters.waiting()]


def test_delivered_letter_is_removed(letters):
    """As the version that was delivered."""
    letters.keep([LETTER])
    letters.remove(LETTER)
    assert [] == letters.waiting()


def test_letter_that_was_written_anew_stays(letters):
    """Another run wrote it meanwhile: nobody knows whether its content was delivered."""
    letters.keep([LETTER.tried(300.0)])
    letters.remove(LETTER)
    assert [300.0] == [letter.last_tried for letter in letters.waiting()]


def test_nothing_to_keep_asks_the_store_for_nothing():
    """No request without letters."""
    DeadLetters(None).keep([])


def test_tried():
    """Attempts add up, the time is that of the last, a fault replaces the one before."""
    claimed = LETTER.tried(300.0)
    assert (2, 300.0, "it answered 503") == (claimed.attempts, claimed.last_tried, claimed.last_error)
    after = LETTER.tried(300.12349, 3, "x")
    assert (5, 100.123, 300.123, "x") == (after.attempts, after.first_tried, after.last_tried, after.last_error)


def test_time_comes_back_as_it_was_written():
    """Removing asks for the exact number, so JSON must keep it."""
    time = LETTER.tried(1790000000.1234567).last_tried
    assert time == json.loads(json.dumps(time)) == 1790000000.123


@pytest.mark.parametrize("payload, words", [("{}", "'schema' is a required property"), ("x", "it is no JSON"), ("", "it is no JSON")])
def test_damaged_letter_leaves_the_queue(payload, words):
    """With the reasons; a good one is unchanged."""
    checked = LETTER._replace(payload=payload).checked()
    assert (0, True) == (checked.retry, words in checked.last_error)
    assert LETTER == LETTER.checked()


def test_document_that_somebody_else_wrote():
    """What is missing or of another type is empty; it raises nothing."""
    letter = letter_of({"_key": "x", "attempts": "many", "last_tried": None, "retry": "1", "payload": None})
    assert ("x", 0, 0.0, 1, "") == (letter.key, letter.attempts, letter.last_tried, letter.retry, letter.payload)
