"""The scheduler: which saved searches are due when, on a clock that the caller moves.

Knows cron_schedule (UTC) and the order of runs: by due time, then by name, one after another, so that a replay is the
same every time.  Nothing is ever skipped or late by itself, whatever realtime_schedule says: simulated time waits.
schedule_window and allow_skew are taken as 0.  Does not know how a search is run; it calls `dispatch`,
and tells `log` of every run.
"""
from __future__ import annotations

import heapq
from datetime import datetime, timezone
from typing import Callable, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from croniter import croniter

from sandbox.alerting import Alerting, FiredAlert, SavedSearch, SavedSearchError
from sandbox.jobs import Job

Step = Callable[[SavedSearch, float], bool]


class Clock:
    """A clock that stands still until it is set; call it for the time."""

    def __init__(self, time: float) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time

    def set(self, time: float) -> None:
        if time < self.time:
            raise ValueError("the clock stands at %g and cannot go back to %g" % (self.time, time))
        self.time = time


class Run(NamedTuple):
    """One scheduled run that has happened."""

    due: float
    saved: SavedSearch
    job: Job
    fired: Tuple[FiredAlert, ...]


class Scheduler:
    """Runs what is due.  `saved_searches` is asked at each `run_until`, so a search installed meanwhile takes part."""

    def __init__(
        self,
        saved_searches: Callable[[], Iterable[SavedSearch]],
        dispatch: Callable[[SavedSearch, float], Job],
        clock: Callable[[], float],
        alerting: Optional[Alerting] = None,
        log: Optional[Callable[["Run"], None]] = None,
    ) -> None:
        self._saved_searches = saved_searches
        self._dispatch = dispatch
        self._clock = clock
        self._log = log
        self.alerting = alerting if alerting is not None else Alerting()
        self.time: Optional[float] = None  # up to here, inclusive, everything due has been run; None: the clock's time

    def run_until(self, until: float, step: Optional[Step] = None) -> List[Run]:
        """Run all that is due after the last time and up to `until`; what `step` refuses is left out for good.

        A clock that can be set is set to each due time, and to `until` at the end.
        """
        begin = self._clock() if self.time is None else self.time
        if until < begin:
            raise ValueError("the scheduler stands at %g and cannot go back to %g" % (begin, until))
        runs = []
        self.time = begin
        for due, saved in self.due(begin, until):
            self._set_clock(due)
            if step is None or step(saved, due):
                runs.append(self.run(saved, due))
        self.time = until
        self._set_clock(until)
        return runs

    def run(self, saved: SavedSearch, due: float) -> Run:
        """Run one search as if it were due, with its alert condition and throttling."""
        job = self._dispatch(saved, due)
        run = Run(due, saved, job, tuple(self.alerting.after(saved, job, due)))
        if self._log:
            self._log(run)
        return run

    def due(self, begin: float, until: float) -> Iterable[Tuple[float, SavedSearch]]:
        """The due times with begin < due <= until, in order, of equal ones by name and app."""
        heap = []
        for saved in self._saved_searches():
            if saved.scheduled:
                times = _times(saved, begin)
                heap.append((next(times), saved.name, saved.app, saved, times))
        heapq.heapify(heap)
        while heap and heap[0][0] <= until:
            due, name, app, saved, times = heap[0]
            yield due, saved
            heapq.heapreplace(heap, (next(times), name, app, saved, times))

    def _set_clock(self, time: float) -> None:
        if isinstance(self._clock, Clock):
            self._clock.set(time)


def _times(saved: SavedSearch, begin: float) -> Iterator[float]:
    """The due times of one search after `begin`, without end."""
    if len(saved.cron.split()) != 5 or not croniter.is_valid(saved.cron):
        raise SavedSearchError(
            "saved search '%s': cron_schedule must have five fields such as */10 * * * * but is '%s'"
            % (saved.name, saved.cron)
        )
    moments = croniter(saved.cron, datetime.fromtimestamp(begin, timezone.utc))
    while True:
        yield int(moments.get_next(datetime).timestamp())
