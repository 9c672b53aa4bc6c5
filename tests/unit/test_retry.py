"""When a delivery is tried again, how long is waited, and when it is given up."""

import pytest

from teams_export_guard.retry import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Limits,
    Outcome,
    deliver,
    outcome_of,
    pause,
    seconds_asked,
)
from tests.support import Clock

BUSY, GONE, DONE = Outcome("it answered 503", True), Outcome("it answered 410"), Outcome()
NOW = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


def run(*outcomes, attempts=4, seconds=60, cost=0.0, chance=0.5):
    """(last outcome, seconds left at each attempt, seconds slept) of one delivery."""
    clock, left, slept, script = Clock(0.0), [], [], list(outcomes)

    def attempt(remaining):
        left.append(remaining)
        clock.sleep(cost)
        return script.pop(0) if len(script) > 1 else script[0]

    def sleep(seconds):
        slept.append(seconds)
        clock.sleep(seconds)

    last = deliver(attempt, Limits(attempts, seconds), clock=clock, now=lambda: NOW, sleep=sleep, chance=lambda: chance)
    return last, left, slept


def test_success_ends_it():
    """One attempt, no pause."""
    assert (DONE, [60.0], []) == run(DONE)


def test_faults_that_may_pass_are_tried_again():
    """Until it is delivered; the outcome says how many attempts it took."""
    last, left, slept = run(BUSY, BUSY, DONE)
    assert (("", 3), 3, 2) == ((last.fault, last.attempts), len(left), len(slept))


def test_faults_that_stay_are_not():
    """A 410 after a 503 ends it."""
    assert (GONE._replace(attempts=2), 1) == (run(BUSY, GONE)[0], len(run(BUSY, GONE)[2]))


def test_attempts_are_limited():
    """The last failure is what comes back, and nobody waits after it."""
    last, left, slept = run(BUSY, attempts=3)
    assert (3, 3, 2) == (last.attempts, len(left), len(slept))


def test_time_is_limited():
    """No pause is begun that would outlast the limit."""
    last, left, slept = run(BUSY, attempts=10, seconds=5, chance=0.999999)
    assert last.again
    assert sum(slept) < 5
    assert [True] * len(left) == [seconds > 0 for seconds in left]
    assert 3 == last.attempts


def test_slow_attempts_use_the_time_up():
    """Two attempts of 3 s fit into 5 s, with the second told what is left."""
    _, left, _ = run(BUSY, attempts=10, seconds=5, cost=3.0)
    assert [5.0, 5.0 - 3.0 - FIRST_PAUSE_SECONDS * 0.75] == left


def test_no_attempt_at_all_is_a_fault_of_the_caller():
    """It cannot say anything about a delivery."""
    with pytest.raises(ValueError, match="1 or more but is 0"):
        run(DONE, attempts=0)


@pytest.mark.parametrize("failures, least, most", [(1, 0.5, 1.0), (2, 1.0, 2.0), (3, 2.0, 4.0), (5, 8.0, 16.0),
                                                   (6, 15.0, 30.0), (60, 15.0, 30.0)])
def test_pauses_double_up_to_a_cap(failures, least, most):
    """Between half and the whole of it, by chance."""
    assert (least, most) == (pause(failures, BUSY, NOW, 0.0), pause(failures, BUSY, NOW, 1.0))


def test_retry_after_is_kept_to_and_capped():
    """What the receiver asks for, but never more than the longest pause."""
    asked = [pause(1, BUSY._replace(retry_after=text), NOW, 0.0) for text in ("0", "7", "900", "x")]
    assert [0.0, 7.0, LONGEST_PAUSE_SECONDS, 0.5] == asked


@pytest.mark.parametrize("text, seconds", [
    ("120", 120.0), (" 3 ", 3.0), ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0), ("Sun, 06 Nov 1994 08:49:00 GMT", 0.0),
    ("", None), ("-1", None), ("1.5", None), ("1e3", None), ("9999999999", None), ("soon", None),
    ("Sun, 06 Foo 1994 08:49:37 GMT", None), ("Sun, 31 Feb 1994 08:49:37 GMT", None),
    ("Sunday, 06-Nov-94 08:49:37 GMT", None), ("Sun Nov  6 08:49:37 1994", None),
])
def test_retry_after_as_seconds_and_as_a_date(text, seconds):
    """Both forms of RFC 9110; anything else says nothing."""
    assert seconds == seconds_asked(text, NOW)


@pytest.mark.parametrize("status, fault, again", [
    (200, "", False), (204, "", False), (302, "it answered 302, and redirects are not followed", False),
    (400, "it answered 400", False), (408, "it answered 408", False), (429, "it answered 429", True),
    (500, "it answered 500", True), (599, "it answered 599", True),
])
def test_answers(status, fault, again):
    """Only 2xx is delivered; only 429 and 5xx may pass."""
    assert Outcome(fault, again, "9" if again else "") == outcome_of(status, "9")


def test_a_fault_that_stays_asks_for_nothing():
    """Retry-After of a 404 is not kept to, because it is not tried again."""
    assert "" == outcome_of(404, "").retry_after
