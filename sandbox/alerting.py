"""Saved searches and what happens after one has run: condition, throttling, the list of triggered alerts.

Knows the words of savedsearches.conf.  Does not run searches and performs no action (mail, webhook, risk); it only says
that and with which results the actions would be performed.

Documented (savedsearches.conf.spec): alert.digest_mode = 0 performs the actions for each result; alert.suppress.fields
must be given then, and throttles result by result; an alert of a suppression group silences the whole group for its own
period.
UNKNOWN: whether a group silences only results with equal fields; so a group with fields is refused. Whether fields
throttle result by result with alert.digest_mode = 1 too; here they do.
"""
from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Mapping, Optional, Tuple

from sandbox.chunked import Row
from sandbox.invocation import TRUE_WORDS
from sandbox.jobs import Job
from sandbox.spl.timespec import seconds

RELATIONS: Dict[str, Callable[[float, float], bool]] = {
    "greater than": operator.gt,
    "less than": operator.lt,
    "equal to": operator.eq,
    "not equal to": operator.ne,
}
COUNT_TYPES = ("always", "number of events", "number of hosts", "number of sources")
SEVERITIES = ("1", "2", "3", "4", "5", "6")  # savedsearches.conf.spec: 1 debug to 6 fatal
DEFAULT_SEVERITY = "3"


class SavedSearchError(ValueError):
    """A setting of savedsearches.conf that cannot be carried out here; the message names it."""


@dataclass(frozen=True)
class SavedSearch:
    """One stanza of savedsearches.conf."""

    name: str
    app: str
    settings: Mapping[str, str]
    owner: str = "nobody"

    def setting(self, key: str, default: str = "") -> str:
        """A setting; one that is left empty counts as not set."""
        return self.settings.get(key, "").strip() or default

    @property
    def search(self) -> str:
        return self.setting("search")

    @property
    def scheduled(self) -> bool:
        return self.flag("enableSched") and not self.flag("disabled") and bool(self.cron)

    @property
    def cron(self) -> str:
        return self.setting("cron_schedule")

    def flag(self, key: str, default: bool = False) -> bool:
        return self.setting(key, "1" if default else "0").lower() in TRUE_WORDS

    @property
    def suppress_fields(self) -> Tuple[str, ...]:
        names = self.setting("alert.suppress.fields").split(",")
        return tuple(name.strip() for name in names if name.strip())

    def checked(self) -> "SavedSearch":
        """Itself, or SavedSearchError with all that cannot be carried out."""
        faults = []
        kind, relation = self.setting("counttype", "always"), self.setting("relation", "greater than")
        if kind not in COUNT_TYPES:
            faults.append("counttype must be one of %s but is '%s'" % (", ".join(COUNT_TYPES), kind))
        if relation not in RELATIONS:
            faults.append("relation must be one of %s but is '%s'" % (", ".join(RELATIONS), relation))
        if not _is_number(self.setting("quantity", "0")):
            faults.append("quantity must be a number but is '%s'" % self.settings["quantity"])
        if self.flag("alert.suppress") and not self.setting("alert.suppress.period"):
            faults.append("alert.suppress needs alert.suppress.period")
        if self.flag("alert.suppress") and not self.flag("alert.digest_mode", True) and not self.suppress_fields:
            faults.append("alert.suppress with alert.digest_mode = 0 needs alert.suppress.fields")
        if self.setting("alert.suppress.group_name") and self.suppress_fields:
            faults.append("alert.suppress.group_name with alert.suppress.fields is not known to this stand-in")
        if self.setting("alert.severity", DEFAULT_SEVERITY) not in SEVERITIES:
            faults.append("alert.severity must be 1 to 6 but is '%s'" % self.settings["alert.severity"])
        if faults:
            raise SavedSearchError("saved search '%s': %s" % (self.name, "; ".join(faults)))
        return self


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class FiredAlert:
    """One line of the triggered alerts: the results for which the actions of a search are performed."""

    name: str
    app: str
    sid: str
    time: float
    severity: int
    tracked: bool
    rows: Tuple[Row, ...]


@dataclass
class Alerting:
    """Decides after each run; remembers until when what is suppressed, and lists what was fired."""

    fired: List[FiredAlert] = field(default_factory=list)
    _until: Dict[Tuple[str, ...], float] = field(default_factory=dict)

    def tracked(self) -> List[FiredAlert]:
        """What Splunk lists under triggered alerts: those of searches with alert.track = 1."""
        return [alert for alert in self.fired if alert.tracked]

    def after(self, saved: SavedSearch, job: Job, now: float) -> List[FiredAlert]:
        """What a run fires: nothing if it failed or its condition does not hold, less what is suppressed."""
        saved.checked()
        if job.error is not None or not condition_holds(saved, job):
            return []
        if saved.flag("alert.digest_mode", True):
            rows = self._unsuppressed(saved, job.rows, now) if job.rows else self._whole(saved, now)
            groups = [] if rows is None else [tuple(rows)]
        else:
            groups = [(row,) for row in self._unsuppressed(saved, job.rows, now) or ()]
        severity = int(saved.setting("alert.severity", DEFAULT_SEVERITY))
        track = saved.flag("alert.track")
        alerts = [FiredAlert(saved.name, saved.app, job.sid, now, severity, track, rows) for rows in groups]
        self.fired.extend(alerts)
        return alerts

    def _whole(self, saved: SavedSearch, now: float) -> Optional[List[Row]]:
        return [] if self._take(saved, (), now) else None

    def _unsuppressed(self, saved: SavedSearch, rows: List[Row], now: float) -> Optional[List[Row]]:
        """The rows whose suppression fields have other values than those of a recent alert; None if there are none."""
        if not saved.suppress_fields:
            return list(rows) if self._take(saved, (), now) else None
        kept = []
        for row in rows:
            if self._take(saved, tuple(repr(row.get(name)) for name in saved.suppress_fields), now):
                kept.append(row)
        return kept or None

    def _take(self, saved: SavedSearch, values: Tuple[str, ...], now: float) -> bool:
        """Whether this may fire now; if so, and if the search is throttled, the like of it may not for a while."""
        if not saved.flag("alert.suppress"):
            return True
        group = saved.setting("alert.suppress.group_name")
        key = ("group", group) if group else ("search", saved.app, saved.name, *values)
        if self._until.get(key, float("-inf")) > now:
            return False
        self._until[key] = now + seconds(saved.setting("alert.suppress.period"))
        return True


def condition_holds(saved: SavedSearch, job: Job) -> bool:
    """counttype, relation and quantity against the results."""
    kind = saved.setting("counttype", "always")
    if kind == "always":
        return True
    if kind == "number of events":
        count = len(job.rows)
    else:
        name = "host" if kind == "number of hosts" else "source"
        count = len({str(row.get(name)) for row in job.rows if row.get(name) is not None})
    return RELATIONS[saved.setting("relation", "greater than")](count, float(saved.setting("quantity", "0")))
