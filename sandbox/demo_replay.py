"""The replay of the sample: 45 days through the shipped saved searches, on a simulated clock.

Knows: the names of the app's saved searches and which of them runs when in the replay. On the day with
planted patterns every search runs on its own schedule, Detect every 10 minutes. On the other days
Detect runs twice, Risk and Learn once, over the whole day; `Detect late records` is daily anyway.
What is indexed later than the simulated now does not exist for a search.
Does not know: what the alerts should be (demo_verdict.py), nor how a search is run (splunkd.py).
"""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional

from sandbox import sample

APP = "teams_export_guard"
BACKFILL, DETECT, LEARN, LATE, RISK = (
    "Teams Export - Backfill", "Teams Export - Detect", "Teams Export - Learn", "Teams Export - Detect late records",
    "Teams Export - Risk",
)  # fmt: skip
REPLAY_START = sample.START + sample.HISTORY_DAYS * sample.DAY
QUIET_DETECT_EVERY = 12 * 3600  # seconds; Detect looks back 26 hours, so the runs overlap
QUIET_LEARN_OVERLAP = 2 * 3600  # seconds that a daily Learn takes from the day before
QUIET_RISK_BEFORE_MIDNIGHT = 600  # seconds: the last run of a day, which looks back 26 hours
PROGRESS_EVERY = 6 * 3600  # simulated seconds on a planted day
SOURCE = "https://manage.office.com/api/v1.0/%s/activity/feed/audit/sample" % sample.TENANT

Say = Callable[[str], None]


class SearchFailed(Exception):
    """A saved search of the app ended with an error: one sentence that names it."""


class Firing(NamedTuple):
    """One row for which the actions of a search would be performed: a notification, or one of Risk."""

    time: float  # simulated
    search: str
    row: Dict[str, object]


class Replay(NamedTuple):
    """What a replay left behind."""

    ledger: List[Dict[str, object]]  # the documents of the alerts collection
    firings: List[Firing]
    runs: Dict[str, int]  # saved search -> how often it ran
    events: int
    seconds: Dict[str, float]  # step -> wall-clock seconds
    learned: Dict[str, object]  # the row that Backfill gave


def date(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def checked(job, name: str, now: float):
    """The job, or SearchFailed with its error."""
    if job.error is not None:
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(now))
        raise SearchFailed("'%s' failed at %s (simulated): %s" % (name, when, job.error))
    return job


def load_sample(splunkd) -> int:
    """All events of the sample into the index; how many."""
    events = sample.events()
    for event in events:
        splunkd.events.add(event.raw, event.time, event.indextime, source=SOURCE, host="heavy-forwarder-1")
    return len(events)


def load_roles(splunkd, as_of: float) -> None:
    """The role data as a nightly import leaves them."""
    splunkd.kv.batch_save(APP, "nobody", "teams_export_privileged", sample.privileged_rows(int(as_of)))


class SampleReplay:
    """One replay. `clock` is the simulated clock that `splunkd` was started with."""

    def __init__(self, splunkd, clock, say: Say) -> None:
        self._splunkd, self._clock, self._say = splunkd, clock, say
        self._firings: List[Firing] = []
        self._runs: Dict[str, int] = {}
        self._seconds: Dict[str, float] = {}

    def run(self) -> Replay:
        events = self._timed("load", lambda: load_sample(self._splunkd))
        self._say("sample: %d events of %d days, %s to %s" % (
            events, sample.DAYS, date(sample.START), date(sample.START + (sample.DAYS - 1) * sample.DAY)))  # fmt: skip
        learned = self._timed("backfill", self._backfill)
        for day in range(sample.HISTORY_DAYS, sample.DAYS):
            if day == sample.PLANTED_DAY:
                self._timed("10-minute steps", partial(self._planted_day, day))
            else:
                self._timed("quiet days", partial(self._quiet_day, day))
        ledger = self._splunkd.kv.find_all(APP, "nobody", "teams_export_alerts")
        return Replay(ledger, self._firings, self._runs, events, self._seconds, learned)

    def _timed(self, step: str, action: Callable):
        begun = time.monotonic()
        try:
            return action()
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.monotonic() - begun

    def _backfill(self) -> Dict[str, object]:
        self._clock.set(REPLAY_START)
        job = self._dispatch(BACKFILL)
        self._say("%s: %d days learned, %s" % (BACKFILL, sample.HISTORY_DAYS, _told(job.rows)))
        return dict(job.rows[0]) if job.rows else {}

    def _planted_day(self, day: int) -> None:
        begin = sample.START + day * sample.DAY
        load_roles(self._splunkd, begin)
        for until in range(begin + PROGRESS_EVERY, begin + sample.DAY + 1, PROGRESS_EVERY):
            self._scheduled(until, None, "every 10 minutes, up to %02d:00" % ((until - begin) // 3600))

    def _quiet_day(self, day: int) -> None:
        end = sample.START + (day + 1) * sample.DAY
        load_roles(self._splunkd, end - sample.DAY)
        self._scheduled(end, _on_a_quiet_day, "quiet day")
        self._dispatch(LEARN, **{"dispatch.index_earliest": str(end - sample.DAY - QUIET_LEARN_OVERLAP)})

    def _dispatch(self, name: str, **overrides: str):
        now = self._clock()
        self._runs[name] = self._runs.get(name, 0) + 1
        return checked(self._splunkd.dispatch(name, now=now, **overrides), name, now)

    def _scheduled(self, until: float, step: Optional[Callable], what: str) -> None:
        """Everything that is due up to `until` and that `step`, if given, lets through."""
        begin = self._clock()
        runs = self._splunkd.scheduler.run_until(until, step)
        fired: List[Firing] = []
        for run in runs:
            name = run.saved.name
            self._runs[name] = self._runs.get(name, 0) + 1
            checked(run.job, name, run.due)
            rows = [row for alert in run.fired for row in alert.rows if row.get("alert_state")]
            fired += [Firing(run.due, name, row) for row in rows]
        self._firings += fired
        self._say("%s %s: %d searches%s" % (date(begin), what, len(runs), _counted(fired)))


def _on_a_quiet_day(saved, due: float) -> bool:
    """Detect twice, Risk once; Learn not at all, because the whole day is learned at its end."""
    if saved.name == DETECT:
        return due % QUIET_DETECT_EVERY == 0
    if saved.name == RISK:
        return due % sample.DAY >= sample.DAY - QUIET_RISK_BEFORE_MIDNIGHT
    return saved.name == LATE


def _counted(fired: Iterable[Firing]) -> str:
    notified = Counter(str(firing.row.get("alert_state")) for firing in fired if firing.search != RISK)
    return "".join(", notified of %d %s" % (count, state) for state, count in sorted(notified.items()))


def _told(rows: List[Dict[str, object]]) -> str:
    """The one row of a Learn, in words. Its records are the rows that `stats` left of the events."""
    words = {"records": "rows", "rejected": "rejected", "entities": "entities", "baseline_rows": "baseline documents"}
    return ", ".join("%s %s" % (row.get(name), word) for row in rows[:1] for name, word in words.items())
