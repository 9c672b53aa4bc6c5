"""One run of a command: rows in, rows out, and what is written in between.

Knows the order of things (contract, section 2, "Delivery", "Failure"): a committing run takes the
lease, reads, judges, saves alerts and then the baseline, hands its rows over, marks them delivered,
and only then gives the lease up. A run that only reads does the same without lease and writing.
Does not know the protocol: ``command`` feeds it and passes its rows on.
"""

import time
from functools import partial
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from . import rows
from .csv_rows import CsvRows
from .engine import State, explain, judge, undelivered
from .errors import StoreError
from .exceptions import Exceptions
from .held_rows import Spool
from .intake import Intake, Owner
from .lease import Lease
from .ledger import reach
from .privileged import Privileged
from .repository import Repository
from .settings import Settings
from .survey import Bounds, Survey, are_details_wanted
from .triggers import Trigger


class Session:
    """``add`` every row, ``finish`` once, ``after_reply`` when Splunk has the rows, ``close`` always."""

    def __init__(self, settings: Settings, *, store, tables, bounds: Bounds, holder: str = "",
                 spool: Optional[Spool] = None, clock: Callable[[], float] = time.time,
                 sleep: Callable[[float], None] = time.sleep):
        self._settings, self._store, self._tables, self._bounds = settings, store, tables, bounds
        self._clock = clock
        self._sleep, self._holder = sleep, holder
        self._lease: Optional[Lease] = None  # of a committing run
        self._repository = Repository(store)
        self._intake = Intake(tables.operations(), bounds.now, spool)
        self._to_mark: List[str] = []
        self._networks = "no networks read"
        self.seconds: Dict[str, float] = {}
        self.entities = 0
        self.alerts_saved = self.baseline_saved = 0

    def add(self, row: Mapping) -> None:
        """Take one row of the search."""
        self._intake.add(row)

    def take(self, header: Sequence[str], rows: CsvRows) -> None:
        """Take rows of the search, see ``Intake.take``."""
        self._intake.take(header, rows)

    def finish(self, commits: bool = False) -> List[dict]:
        """Judge or learn, write if this run ``commits``, and give the output rows."""
        survey = self._timed("survey", self._survey)
        self.entities = len(survey.owners)
        if commits:
            self._lease = Lease(self._store, self._holder, self._clock, self._sleep)
            self._repository = Repository(self._store, self._lease.check)
            self._timed("wait for the lease", self._lease.take)
        if self._settings.mode == "learn":
            return self._learn(survey)
        state = self._timed("read", lambda: self._state(survey))
        verdict = self._timed("judge", lambda: judge(survey, state, self._found(survey)))
        shown = verdict.shown
        if self._lease:
            shown = undelivered(self._timed("read", self._repository.undelivered), verdict)
            self._timed("write", lambda: self._commit(survey, verdict))
            self._to_mark = [one.alert.alert_id for one in shown if one.state in ("new", "escalated")]
        found = [one.row() for one in shown]
        found += explain(survey)
        order = "_time tenant entity alert_state alert_id".split()
        return sorted(found, key=lambda row: [row[name] for name in order])

    def after_reply(self) -> None:
        """Mark as delivered what Splunk has taken. Failing to is no fault: the next run shows it once more."""
        if self._to_mark:
            try:
                self._repository.mark_delivered(self._to_mark, self._clock())
            except StoreError:
                self._to_mark = []

    def close(self) -> None:
        """Give the lease up, if this run has it. Failing to is no fault: it expires."""
        if self._lease:
            try:
                self._lease.release()
            except StoreError:
                self._lease = None

    def _survey(self) -> Survey:
        networks = self._tables.networks()
        self._networks = "networks by %s" % networks.table_label
        activities = self._intake.activities(partial(are_details_wanted, self._settings))
        return Survey(activities, networks, self._settings, self._bounds, self._intake.detailed())

    def _state(self, survey: Survey) -> State:
        if not survey.starts:
            return State()
        privileged = Privileged(self._repository.assignments(), self._tables.roles())
        if self._settings.mode == "backtest":
            return State(privileged=privileged)
        alerts = self._repository.alerts(sorted(survey.starts), reach(survey.starts.values(), self._settings))
        ids = [alert.alert_id for found in alerts.values() for alert in found]  # any may come to list a network in this run
        baseline = self._repository.baseline(survey.baseline_keys())
        exceptions = Exceptions(self._repository.exceptions(), survey.networks.class_of)
        return State(baseline, alerts, self._repository.benign(ids), privileged, exceptions)

    def _commit(self, survey: Survey, verdict) -> None:
        self._repository.save_alerts(verdict.changed, self._clock())
        self.alerts_saved = len(verdict.changed)
        self._learned(survey)

    def _learned(self, survey: Survey) -> int:
        """How many documents of the baseline change; a committing run writes them."""
        found = 0

        def counted():
            nonlocal found
            for document in self._repository.changed(survey.observed):
                found += 1
                yield document

        if self._lease:
            self._repository.save_baseline(counted())
            self.baseline_saved = found
        else:
            for _ in counted():
                pass
        return found

    def _learn(self, survey: Survey) -> List[dict]:
        for _ in self._intake.detailed():
            pass  # for the count of duplicates
        changed = self._timed("learn", lambda: self._learned(survey))
        summary = {
            "mode": "learn", "committed": "true" if self._lease else "false", "records": self._intake.records,
            "duplicates": self._intake.duplicates, "rejected": self._intake.rejections, "entities": len(survey.owners),
            "days": survey.days,
            "baseline_rows": changed,
        }
        return [{name: summary[name] for name in rows.LEARN_FIELDS}]

    def _timed(self, step: str, work: Callable):
        started = time.monotonic()
        try:
            return work()
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.monotonic() - started

    def _found(self, survey: Survey) -> Iterator[Tuple[Owner, List[Trigger]]]:
        """The survey's triggers; the time that it takes to find them is not that of judging."""
        triggers = survey.triggers()
        while True:
            before = self.seconds.get("triggers", 0.0)
            one = self._timed("triggers", lambda: next(triggers, None))
            self.seconds["judge"] = self.seconds.get("judge", 0.0) + before - self.seconds["triggers"]
            if one is None:
                return
            yield one

    def summary(self) -> str:
        """One line for the job inspector: what was read, rejected, kept and how long each step took."""
        parts = ["%d records" % self._intake.records, "%d duplicates" % self._intake.duplicates,
                 "%d rejected" % self._intake.rejections, "%d entities" % self.entities,
                 "%d documents read" % getattr(self._store, "read", 0),
                 "%d baseline documents and %d alerts written" % (self.baseline_saved, self.alerts_saved),
                 self._networks]
        times = ", ".join("%s %.2f s" % item for item in self.seconds.items())
        return "%s (%s)" % (", ".join(parts), times)

    def warnings(self) -> List[str]:
        """What the user should look at: rows rejected by reason, documents that cannot be used."""
        said = []
        for reason, rejected in sorted(self._intake.rejected.items()):
            example = ", for example Id %s" % rejected.example if rejected.example else ""
            said.append("%d rows rejected: %s%s" % (rejected.count, reason, example))
        for collection, fault in sorted(self._repository.damaged.items()):
            said.append("A document of %s cannot be used (%s)" % (collection, fault))
        return said
