"""What splunkd writes into index=_internal about a scheduled run: lines of scheduler.log and search_messages.log.

The lines about alert actions, in splunkd.log, are worded in `sandbox/alert_actions.py`; here they get their form.

Knows the form of those lines; knows nothing of the event store. Sources: lines of both files of Splunk 9.0, published by
others (CAPTURE): a run that ended well is an INFO line with savedsearch_name and status=success; one that failed is an
ERROR line with savedsearch_id and the message, without savedsearch_name and status; a message of the search itself is a
line of search_messages.log, whose last part is message= up to the end of the line. limits.conf.spec: log_search_messages
and search_messages_severity = WARN (SPEC).
INFERRED: the time of a line is the end of the run; orig_component of what a command says is its chunked processor.
Not here: status=skipped and the like, since simulated time waits, and lines of runs that nobody scheduled.
"""

from __future__ import annotations

import time
from typing import Iterator, NamedTuple, Sequence

from sandbox.alerting import SavedSearch
from sandbox.invocation import TRUE_WORDS
from sandbox.jobs import Job

INDEX = "_internal"
SCHEDULER, MESSAGES, SPLUNKD = "scheduler", "splunk_search_messages", "splunkd"  # sourcetypes
SOURCES = {SCHEDULER: "/opt/splunk/var/log/splunk/scheduler.log",
           MESSAGES: "/opt/splunk/var/log/splunk/search_messages.log",
           SPLUNKD: "/opt/splunk/var/log/splunk/splunkd.log"}  # fmt: skip
PROMOTED = ("WARN", "ERROR")  # limits.conf search_messages_severity


class Line(NamedTuple):
    """One event of index=_internal."""

    sourcetype: str
    time: float
    text: str


def lines_of(saved: SavedSearch, job: Job, due: float, fired: Sequence[object]) -> Iterator[Line]:
    """The lines about one scheduled run, which was due then; `fired` are the alerts it raised."""
    ended = due + job.seconds
    identity = "%s;%s;%s" % (saved.owner, saved.app, saved.name)
    if job.error is None:
        facts = (
            ("savedsearch_id", _quoted(identity)), ("search_type", '"scheduled"'), ("search_streaming", "0"),
            ("user", _quoted(saved.owner)), ("app", _quoted(saved.app)), ("savedsearch_name", _quoted(saved.name)),
            ("priority", "default"), ("status", "success"),
            ("digest_mode", str(int(saved.flag("alert.digest_mode", True)))), ("durable_cursor", "0"),
            ("scheduled_time", "%d" % due), ("window_time", "0"), ("dispatch_time", "%d" % due),
            ("run_time", "%.3f" % job.seconds), ("result_count", str(len(job.rows))),
            ("alert_actions", _quoted(",".join(_actions(saved)) if fired else "")), ("sid", _quoted(job.sid)),
            ("suppressed", "0"), ("thread_id", '"AlertNotifierWorker-0"'), ("workload_pool", '""'),
        )  # fmt: skip
        yield _line(SCHEDULER, ended, "INFO ", "SavedSplunker", ", ".join("%s=%s" % fact for fact in facts))
    else:
        text = 'savedsearch_id=%s, message=%s. No actions executed' % (_quoted(identity), _quoted(job.error))
        yield _line(SCHEDULER, ended, "ERROR", "SavedSplunker", text)
    for level, text in job.messages:
        if level in PROMOTED:
            said = 'orig_component="ChunkedExternProcessor" app=%s sid=%s message_key="" message=%s' % (
                _quoted(saved.app), _quoted(job.sid), " ".join(text.split()))  # fmt: skip
            yield _line(MESSAGES, ended, "%-5s" % level, "SearchMessages", said)


def action_line(level: str, moment: float, text: str) -> Line:
    """A line about an alert action."""
    return _line(SPLUNKD, moment, "%-5s" % level, "sendmodalert", " ".join(text.split()))


def _line(sourcetype: str, moment: float, level: str, component: str, text: str) -> Line:
    stamp = time.strftime("%m-%d-%Y %H:%M:%S", time.gmtime(moment))
    return Line(sourcetype, moment, "%s.%03d +0000 %s %s - %s" % (stamp, moment % 1 * 1000, level, component, text))


def _actions(saved: SavedSearch) -> Iterator[str]:
    for key, value in sorted(saved.settings.items()):
        if key.startswith("action.") and key.count(".") == 1 and value.strip().lower() in TRUE_WORDS:
            yield key[len("action.") :]


def _quoted(text: str) -> str:
    return '"%s"' % " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
