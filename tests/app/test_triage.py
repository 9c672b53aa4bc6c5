"""Triage as analysts do it: a search that is typed or sent by a dashboard, its texts, its refusals, and what follows."""

import sys

import pytest

from sandbox.invocation import Delivery
from sandbox.splunkd import Splunkd
from teams_export_guard.documents import ALERTS, HISTORY, TRIAGE

APP, ANALYST = "teams_export_guard", "teams_export_analyst"
ALERT, UNKNOWN = "a" * 32, "b" * 32
NOW = 1_790_000_000
STATUSES = "new, in_progress, benign, malicious"


@pytest.fixture(scope="module")
def running(package, tmp_path_factory):
    """A search head with the app and one alert."""
    with Splunkd(tmp_path_factory.mktemp("triage"), sys.executable, lambda: NOW, delivery=Delivery(probes=1)) as splunkd:
        splunkd.install(package)
        splunkd.kv.batch_save(APP, "nobody", ALERTS, [{"_key": ALERT, "alert_id": ALERT, "triggered_at": NOW}])
        yield splunkd


@pytest.fixture
def head(running):
    """The same, and nothing was said of the alert yet."""
    for name in (TRIAGE, HISTORY):
        running.kv.delete_query(APP, "nobody", name)
    return running


def say(head, options, alert=ALERT, **more):
    more.setdefault("owner", ANALYST)
    return head.search("| teamsexporttriage alert_id=%s %s" % (alert, options), app=APP, **more)


def stored(head):
    return [list(head.kv.find_all(APP, "nobody", name)) for name in (TRIAGE, HISTORY)]


@pytest.mark.parametrize("typed, comment", [
    ('"a b"', "a b"),
    (r'"said \"no\" | delete"', 'said "no" | delete'),
    ('"`not_a_macro` $x$ [| makeresults]"', "`not_a_macro` $x$ [| makeresults]"),
    ('"status=malicious from=new"', "status=malicious from=new"),
    ('"line one\nline two"', "line one\nline two"),
    ('"Zażółć 漢字 😀"', "Zażółć 漢字 😀"),
    ('"100% {braces} %s"', "100% {braces} %s"),
    (r'"C:\\temp"', r"C:\temp"),
])  # fmt: skip
def test_a_comment_in_quotes_is_data(head, typed, comment):
    """Pipes, quotes, macros, brackets, other options and line feeds in it are text; it comes back as it was said."""
    job = say(head, "status=benign comment=%s" % typed)
    assert (None, comment) == (job.error, job.rows[0]["comment"])
    assert [[comment], [comment]] == [[one["comment"] for one in documents] for documents in stored(head)]
    assert [("benign", comment)] == [
        (row["status"], row["comment"])
        for row in head.search("| inputlookup teams_export_triage | table status comment", app=APP, owner=ANALYST).rows
    ]


def test_the_row_says_what_was_and_what_holds(head):
    """One row, in one order of fields."""
    (row,) = say(head, 'status=malicious owner=bob comment="stolen token" from=new').rows
    assert "_time alert_id from_status status owner comment changed updated updated_by".split() == list(row)
    expected = (ALERT, "new", "malicious", "bob", "stolen token", "true", ANALYST)
    assert expected == tuple(
        row[name] for name in "alert_id from_status status owner comment changed updated_by".split()
    )
    assert row["_time"] == row["updated"]


def test_the_history_reads_as_a_story(head):
    """Each entry has who, from what to what, and why; in order of time, the next begins where the last one ended."""
    for options, owner in (
        ("status=in_progress", ANALYST), ("status=malicious comment=token", "teams_export_admin"),
        ("status=benign comment=backup", ANALYST),
    ):
        assert say(head, options, owner=owner).error is None
    spl = "| inputlookup teams_export_triage_history where alert_id=%s | sort changed" % ALERT
    assert [
        ("new", "in_progress", ANALYST, None), ("in_progress", "malicious", "teams_export_admin", "token"),
        ("malicious", "benign", ANALYST, "backup"),
    ] == [
        (row["from_status"], row["to_status"], row["changed_by"], row.get("comment") or None)
        for row in head.search(spl, app=APP, owner=ANALYST).rows
    ]


@pytest.mark.parametrize("alert, options, words", [
    (UNKNOWN, "status=benign comment=x", ["There is no alert " + UNKNOWN, "nothing was written"]),
    ("nonsense", "status=new", ["alert_id=nonsense", "32 hex digits"]),
    (ALERT, "status=closed", ["status=closed", STATUSES]),
    (ALERT, "", ["status=", STATUSES]),
    (ALERT, "status=benign", ["comment", "benign"]),
    (ALERT, 'status=malicious comment=" "', ["comment", "malicious"]),
    (ALERT, "status=new comment=%s" % ("x" * 4001), ["4001 characters", "at most 4000"]),
    (ALERT, "status=benign comment=x from=malicious", ["is not malicious any more"]),
    (ALERT, "status=benign comment=x reason=y", ["reason=y", "there is no such option", "owner, from"]),
    ("nonsense", "status=closed from=open colour=red", ["alert_id=nonsense", "status=closed", "from=open", "colour=red"]),
])  # fmt: skip
def test_what_is_wrong_is_said_all_at_once(head, alert, options, words):
    """With what was given and what is allowed; nothing is written."""
    job = say(head, options, alert)
    assert job.error is not None
    assert [] == [word for word in words if word not in job.error], job.error
    assert [[], []] == stored(head)


def test_a_preview_writes_nothing(head):
    """Not even where somebody has turned previews on for the command."""
    before = say(head, "status=in_progress", preview=True, force_preview=True)
    assert before.error is None and [[]] == before.previews
    assert [1, 1] == [len(documents) for documents in stored(head)]


def test_a_call_that_changes_nothing_says_so_and_writes_nothing(head):
    """The same again, also with the status that was seen before it: a page that is loaded again."""
    say(head, "status=benign comment=backup from=new")
    before = stored(head)
    for options in ("status=benign comment=backup from=new", "status=benign comment=backup"):
        (row,) = say(head, options, owner="teams_export_admin").rows
        assert ("false", ANALYST) == (row["changed"], row["updated_by"])
    assert before == stored(head)


def test_it_begins_a_search_and_takes_no_rows(head):
    """Behind another command it is refused."""
    job = head.search("| makeresults | teamsexporttriage alert_id=%s status=benign comment=x" % ALERT, app=APP)
    assert "must be the first command" in job.error
    assert [[], []] == stored(head)
