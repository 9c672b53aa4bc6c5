"""Tokens in the texts of alert actions: $name$, $result.user$, $job.sid$ and their like.

Sources: Alerting Manual, "Use tokens in email notifications", and Developing Views and Apps, "Advanced options for
working with custom alert actions": search metadata, the first row of the results, the job, the server, and any setting
of the search by its name (SPEC).
INFERRED: a token that leads nowhere is empty (a user's report of an alert that came with empty quotes); times are UTC.
UNKNOWN: how several values of a field are joined; here by line feeds.
Knows no action.
"""
from __future__ import annotations

import re
import time
from typing import Callable, Dict, Mapping, NamedTuple, Sequence, Union

from sandbox.alerting import FiredAlert, SavedSearch
from sandbox.jobs import Job
from sandbox.rest.exchange import VERSION

SERVER = "splunk.example.com"  # the name that this search head gives itself
_TOKEN = re.compile(r"\$([A-Za-z_][\w.:]*)\$")


class Occasion(NamedTuple):
    """What the texts of one action may speak of."""

    saved: SavedSearch
    job: Job
    fired: FiredAlert
    results_link: str


def plain(value: Union[str, Sequence[str], None]) -> str:
    """A cell as text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else "\n".join(value)


def replaced(text: str, occasion: Occasion) -> str:
    """The text with all its tokens replaced."""
    return _TOKEN.sub(lambda match: _value(match.group(1), occasion), text)


def _value(name: str, occasion: Occasion) -> str:
    if name in _METADATA:
        return _METADATA[name](occasion)
    kind, _, rest = name.partition(".")
    if kind == "result":
        rows = occasion.fired.rows
        return plain(rows[0].get(rest)) if rows else ""
    tables: Dict[str, Mapping[str, str]] = {"job": _job(occasion.job), "server": _SERVER}
    return tables[kind].get(rest, "") if kind in tables else occasion.saved.settings.get(name, "")


_METADATA: Dict[str, Callable[[Occasion], str]] = {
    "name": lambda it: it.saved.name,
    "app": lambda it: it.saved.app,
    "owner": lambda it: it.saved.owner,
    "search": lambda it: it.saved.search,
    "description": lambda it: it.saved.setting("description"),
    "results_link": lambda it: it.results_link,
    "trigger_date": lambda it: _time("%B %d, %Y", it),
    "trigger_time": lambda it: str(int(it.fired.time)),
    "trigger_timeHMS": lambda it: _time("%I:%M:%S %p", it),
    "alert.severity": lambda it: str(it.fired.severity),
}
_SERVER = {"serverName": SERVER, "version": VERSION}


def _time(form: str, occasion: Occasion) -> str:
    return time.strftime(form, time.gmtime(occasion.fired.time))


def _job(job: Job) -> Dict[str, str]:
    return {"sid": job.sid, "resultCount": str(len(job.rows))}
