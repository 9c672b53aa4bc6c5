"""Facts about the lines that a scheduled run leaves in index=_internal."""

from __future__ import annotations

import re

from sandbox.alerting import SavedSearch
from sandbox.jobs import Job
from sandbox.scheduler_log import MESSAGES, SCHEDULER, lines_of
from sandbox.spl.pairs import pairs

DUE = 1667128620
SEARCH = SavedSearch("Bucket Copy Trigger", "splunk_archiver", {"action.email": "1", "action.risk": "0"})
# a line of Splunk 9.0, published by others; names and values that differ between installations are shortened
CAPTURED = (
    '10-30-2022 11:17:01.831 +0000 INFO  SavedSplunker - savedsearch_id="nobody;splunk_archiver;Bucket Copy Trigger", '
    'search_type="scheduled", search_streaming=0, user="nobody", app="splunk_archiver", '
    'savedsearch_name="Bucket Copy Trigger", priority=default, status=success, digest_mode=1, durable_cursor=0, '
    "scheduled_time=1667128620, window_time=0, dispatch_time=1667128620, run_time=1.237, result_count=0, "
    'alert_actions="", sid="scheduler__nobody__1", suppressed=0, thread_id="AlertNotifierWorker-0", workload_pool=""'
)


def job(**more):
    return Job("scheduler__nobody__1", "search x", seconds=1.237, **more)


def test_a_run_that_ended_well_is_written_as_captured():
    """Name by name and value by value, but for the time, which is the end of the run."""
    (line,) = lines_of(SEARCH, job(), DUE, ())
    assert (SCHEDULER, DUE + 1.237) == (line.sourcetype, line.time)
    stamp = re.compile(r"^\S+ \S+ ")
    assert stamp.sub("", CAPTURED) == stamp.sub("", line.text)
    assert "10-30-2022 11:17:01.2" == line.text[:21]


def test_rows_and_actions_are_counted():
    """The actions that are switched on stand there if the run raised an alert."""
    (line,) = lines_of(SEARCH, job(rows=[{}, {}]), DUE, ["an alert"])
    assert {"result_count": "2", "alert_actions": "email"}.items() <= pairs(line.text).items()


def test_a_failed_run_has_the_message_and_neither_name_nor_status():
    """It is found by its savedsearch_id."""
    failed = job(error='Error in "x": a\nb', messages=[("ERROR", 'Error in "x": a\nb'), ("INFO", "not this")])
    line, said = lines_of(SEARCH, failed, DUE, ())
    assert " ERROR SavedSplunker - " in line.text and line.text.endswith(". No actions executed")
    assert {
        "savedsearch_id": "nobody;splunk_archiver;Bucket Copy Trigger", "message": 'Error in "x": a b'
    } == pairs(line.text)
    assert MESSAGES == said.sourcetype


def test_warnings_and_errors_of_the_search_are_promoted():
    """Each on a line of its own that ends with its text; information is not."""
    found = list(lines_of(SEARCH, job(messages=[("WARN", "2 rows rejected: x"), ("INFO", "no")]), DUE, ()))
    assert [SCHEDULER, MESSAGES] == [line.sourcetype for line in found]
    assert " WARN  SearchMessages - " in found[1].text and found[1].text.endswith(" message=2 rows rejected: x")
    assert {"app": "splunk_archiver", "sid": "scheduler__nobody__1"}.items() <= pairs(found[1].text).items()
