"""Triage as a pure function: what a call asks for, what it changes, and what it keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams_export_guard import triage
from teams_export_guard.errors import SettingsError, TriageRefused
from teams_export_guard.triage import COMMENT_LIMIT, STATUSES, Request, Word, decide, history_document, triage_document

ALERT = "0123456789abcdef" * 2
NOW = 1790856000.5


def asked(**options):
    return triage.parse(["%s=%s" % (name.rstrip("_"), value) for name, value in options.items()])


def said(status, comment="", owner="", seen=""):
    return Request(ALERT, status, comment, owner, seen)


def test_a_request():
    """Every option by name, whatever characters its value has."""
    assert Request(ALERT, "benign", 'it\'s "ours" | a=b\nü', "ann", "new") == asked(
        alert_id=ALERT, status="benign", comment='it\'s "ours" | a=b\nü', owner="ann", from_="new"
    )


def test_only_alert_and_status_are_needed():
    """A status that is no verdict needs no comment."""
    assert Request(ALERT, "in_progress") == asked(alert_id=ALERT, status="in_progress")


@pytest.mark.parametrize("options, words", [
    ({"status": "benign", "comment": "x"}, ["alert_id="]),
    ({"alert_id": "x", "status": "new"}, ["alert_id=x", "32 hex digits"]),
    ({"alert_id": ALERT.upper(), "status": "new"}, ["32 hex digits"]),
    ({"alert_id": ALERT}, ["status=", *STATUSES]),
    ({"alert_id": ALERT, "status": "closed"}, ["status=closed", *STATUSES]),
    ({"alert_id": ALERT, "status": "new", "from_": "open"}, ["from=open", *STATUSES]),
    ({"alert_id": ALERT, "status": "benign"}, ["comment=", "benign needs"]),
    ({"alert_id": ALERT, "status": "malicious", "comment": "  "}, ["comment=", "malicious needs"]),
    ({"alert_id": ALERT, "status": "new", "comment": "x" * (COMMENT_LIMIT + 1)}, ["4001 characters", "at most 4000"]),
    ({"alert_id": ALERT, "status": "new", "owner": "x" * 201}, ["owner", "at most 200"]),
    ({"alert_id": ALERT, "status": "new", "coment": "x"}, ["coment=x", "did you mean comment?"]),
    ({"alert_id": "x", "status": "y", "owner": "z" * 201}, ["alert_id=x", "status=y", "owner"]),
])  # fmt: skip
def test_every_fault_is_said_with_what_is_allowed(options, words):
    """All of them in one sentence."""
    with pytest.raises(SettingsError) as fault:
        asked(**options)
    assert [] == [word for word in words if word not in str(fault.value)]


def test_the_limits_themselves_are_allowed():
    """4000 characters of comment, 200 of an owner."""
    assert len(asked(alert_id=ALERT, status="new", comment="x" * COMMENT_LIMIT, owner="y" * 200).comment) == COMMENT_LIMIT


def test_an_alert_without_a_document_is_new():
    """As the contract says; a damaged status counts as new too."""
    assert "new" == Word.of(None).status == Word.of({"_key": ALERT, "status": "?"}).status


def test_a_change_has_its_author_and_its_time():
    """And makes the analyst the owner where there is none."""
    change = decide(said("benign", "backup"), Word(), "ann", NOW)
    assert Word("benign", "ann", "backup", NOW, "ann") == change.after
    assert {"_key": ALERT, **change.after._asdict()} == triage_document(change)
    entry = history_document(change)
    assert ("new", "benign", "ann", "backup", NOW) == tuple(
        entry[name] for name in ("from_status", "to_status", "changed_by", "comment", "changed")
    )


def test_what_is_not_said_stays():
    """Owner and comment of before hold on; the history has only what this change said."""
    before = Word("in_progress", "bob", "looking", NOW - 9, "bob")
    change = decide(said("malicious", "stolen token"), before, "ann", NOW)
    assert ("bob", "stolen token") == (change.after.owner, change.after.comment)
    change = decide(said("new"), before, "ann", NOW)
    assert ("looking", "") == (change.after.comment, history_document(change)["comment"])


@pytest.mark.parametrize("request_", [said("benign", "backup"), said("benign"), said("benign", owner="ann")])
def test_the_same_word_again_changes_nothing(request_):
    """So a page that is loaded again writes nothing."""
    before = Word("benign", "ann", "backup", NOW - 9, "bob")
    change = decide(request_, before, "ann", NOW)
    assert (False, "false", NOW - 9) == (change.changes, triage.row(change, NOW)["changed"], change.after.updated)


def test_a_repeated_call_is_no_conflict_with_itself():
    """A page that is loaded again says what was seen before its own change: what it asks for holds already."""
    before = Word("benign", "ann", "backup", NOW - 9, "ann")
    assert not decide(said("benign", "backup", seen="new"), before, "ann", NOW).changes
    with pytest.raises(TriageRefused):
        decide(said("benign", "another reason", seen="new"), before, "ann", NOW)


@pytest.mark.parametrize("request_", [said("malicious", "backup"), said("benign", "other"), said("benign", owner="eve")])
def test_another_word_changes_something(request_):
    """Another status, comment or owner."""
    assert decide(request_, Word("benign", "ann", "backup", NOW - 9, "bob"), "ann", NOW).changes


def test_a_status_that_changed_meanwhile_is_refused():
    """With from= the analyst says what was seen; the sentence names who was faster."""
    before = Word("malicious", "bob", "x", NOW - 9, "bob")
    with pytest.raises(TriageRefused, match="bob made it malicious"):
        decide(said("benign", "y", seen="new"), before, "ann", NOW)
    assert decide(said("benign", "y", seen="malicious"), before, "ann", NOW).changes


def test_a_change_that_is_written_again_is_one_entry():
    """The key of an entry is that of what it says and of the word that it replaced, not of the clock."""
    before = Word("new", updated=NOW - 9)
    keys = [history_document(decide(said("benign", "x"), before, "ann", now))["_key"] for now in (NOW, NOW + 60)]
    assert keys[0] == keys[1]
    later = history_document(decide(said("benign", "x"), before._replace(updated=NOW), "ann", NOW))["_key"]
    other = history_document(decide(said("benign", "y"), before, "ann", NOW))["_key"]
    assert 3 == len({keys[0], later, other})


def test_line_feeds_do_not_make_two_changes_alike():
    """What is said in one field is never taken for a part of another."""
    one, other = said("benign", "c", "a\nb"), said("benign", "b\nc", "a")
    assert 2 == len({history_document(decide(each, Word(), "ann", NOW))["_key"] for each in (one, other)})


REQUESTS = st.builds(
    said, st.sampled_from(STATUSES), st.sampled_from(["", "a", "b"]), st.sampled_from(["", "ann", "bob"])
)


@given(st.lists(st.tuples(REQUESTS, st.sampled_from(["ann", "bob"])), max_size=12))
def test_the_history_is_an_unbroken_chain(calls):
    """Each entry begins with the status that the one before it ended with, and the last one holds."""
    word, history = Word(), []
    for number, (request_, user) in enumerate(calls):
        change = decide(request_, word, user, NOW + number)
        if change.changes:
            history.append(history_document(change))
        word = Word.of(triage_document(change)) if change.changes else word
        assert not decide(request_, word, user, NOW + number + 0.5).changes
    ends = ["new", *(entry["to_status"] for entry in history)]
    assert ends[:-1] == [entry["from_status"] for entry in history]
    assert ends[-1] == word.status
    assert len({entry["_key"] for entry in history}) == len(history)
