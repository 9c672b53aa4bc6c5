"""When a delivery is tried again, and when it is given up.

Knows which answers mean "later" (429, 5xx, no connection) and which mean "never like this" (every
other 4xx, a redirect), how long to wait between attempts (capped exponential back-off with jitter, or
what Retry-After asks for), and that all of it has a limit. Time, sleep and chance are arguments.
"""

import re
from datetime import datetime, timezone
from typing import Callable, NamedTuple, Optional

FIRST_PAUSE_SECONDS = 1.0  # ours; doubles with each failure
LONGEST_PAUSE_SECONDS = 30.0  # ours; no pause is longer, whatever Retry-After says
TOO_MANY_REQUESTS = 429

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
#: The one form that RFC 9110, section 5.6.7, lets a server send; the two obsolete ones count as no answer.
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT")


class Outcome(NamedTuple):
    """What became of one attempt; no ``fault`` means delivered."""

    fault: str = ""
    again: bool = False  # whether the same may succeed a little later
    retry_after: str = ""  # the header, as it came
    attempts: int = 1


class Limits(NamedTuple):
    """How much may be spent on one delivery."""

    attempts: int
    seconds: float


def outcome_of(status: int, retry_after: str = "") -> Outcome:
    """What an answer means."""
    if 200 <= status < 300:
        return Outcome()
    if 300 <= status < 400:
        return Outcome("it answered %d, and redirects are not followed" % status)
    again = status == TOO_MANY_REQUESTS or status >= 500
    return Outcome("it answered %d" % status, again, retry_after if again else "")


def seconds_asked(retry_after: str, now: float) -> Optional[float]:
    """What Retry-After asks for, in seconds from ``now`` (epoch seconds); None if it says nothing usable."""
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    match = _HTTP_DATE.fullmatch(text)
    if not match or match.group(2) not in _MONTHS:
        return None
    day, month, year, *clock = match.groups()
    try:
        moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), *map(int, clock), tzinfo=timezone.utc)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - now)


def pause(failures: int, outcome: Outcome, now: float, chance: float) -> float:
    """Seconds to wait after that many failures (1 or more); ``chance`` is in [0, 1)."""
    asked = seconds_asked(outcome.retry_after, now)
    if asked is None:
        ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10))
        return ceiling * (0.5 + chance / 2)  # never less than half: a pause that is none helps nobody
    return min(LONGEST_PAUSE_SECONDS, asked)


def deliver(attempt: Callable[[float], Outcome], limits: Limits, *, clock: Callable[[], float],
            now: Callable[[], float], sleep: Callable[[float], None], chance: Callable[[], float]) -> Outcome:
    """Attempt until it is delivered, or cannot be, or the limits are reached; the last outcome, with their number.

    ``attempt`` is told how many seconds are left. ``clock`` measures, ``now`` tells the time of day.
    """
    deadline = clock() + limits.seconds
    for count in range(1, limits.attempts + 1):
        outcome = attempt(max(0.0, deadline - clock()))._replace(attempts=count)
        if not outcome.again or count == limits.attempts:
            return outcome
        seconds = pause(count, outcome, now(), chance())
        if clock() + seconds >= deadline:
            return outcome
        sleep(seconds)
    raise ValueError("limits.attempts must be 1 or more but is %d" % limits.attempts)
