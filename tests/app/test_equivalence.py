"""The app's own SPL against the records themselves: adding up to the minute changes no verdict.

The planted day of the sample is judged twice by the built package in the sandbox: from raw records, and from
what the macros of the saved searches make of them.
"""

from __future__ import annotations

import sys

import pytest

from sandbox import sample
from sandbox.demo_replay import load_roles, load_sample
from sandbox.invocation import Delivery
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd

BASE = "`teams_export_index` `teams_export_counted_terms`"
MINUTES = " | `teams_export_extract` | where counted=1 | `teams_export_content` | `teams_export_minutes`"
JUDGED = " | teamsexport activation=0d explain=true"
DAY_AFTER = sample.START + (sample.PLANTED_DAY + 2) * sample.DAY


@pytest.fixture(scope="module")
def splunkd(package, tmp_path_factory):
    """The sample, as of the day after the planted one."""
    home = tmp_path_factory.mktemp("equivalence")
    with Splunkd(home, sys.executable, Clock(DAY_AFTER), delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        load_sample(splunkd)
        load_roles(splunkd, DAY_AFTER)
        yield splunkd


def judged(splunkd, spl):
    """(rows by entity, state and alert, warnings) of a search over the planted day and the one before."""
    start = DAY_AFTER - 3 * sample.DAY
    job = splunkd.search(BASE + spl, earliest=start, latest=DAY_AFTER, app="teams_export_guard", owner="admin")
    assert job.error is None, job.error
    rows = {(row["entity"], row["alert_state"], row.get("alert_id")): row for row in job.rows}
    return rows, [text for level, text in job.messages if level == "WARN"]


def test_minute_counts_give_the_verdicts_of_the_records(splunkd):
    """Every alert, suppressed burst and quiet entity is the same in every field, whichever form its records come in."""
    raw, _ = judged(splunkd, JUDGED)
    minutes, _ = judged(splunkd, MINUTES + JUDGED)
    assert {"new", "suppressed", "none"} <= {state for _, state, _ in raw}
    assert set(raw) == set(minutes)
    for key, row in raw.items():
        different = {name: (value, minutes[key].get(name)) for name, value in row.items()
                     if value != minutes[key].get(name)}
        assert {} == different, key


def test_what_the_searches_cannot_use_is_reported(splunkd):
    """Records without an Id, a tenant or a time reach the command as rows to reject, not as nothing."""
    _, raw = judged(splunkd, JUDGED)
    _, minutes = judged(splunkd, MINUTES + JUDGED)
    assert raw and minutes


def test_a_record_of_200_kilobytes_counts_whole(splunkd):
    """2,000 messages behind the first 10,240 characters are counted by the macros as by the command."""
    raw, _ = judged(splunkd, JUDGED)
    assert "2000" in {row["message_count"] for row in raw.values()}
