"""What a run says beside its rows: warnings and the line for the job inspector."""

from teams_export_guard.documents import PRIVILEGED
from teams_export_guard.settings import Settings
from teams_export_guard.store import MemoryStore
from tests.support import MIDNIGHT, raw_row, run

NOW = MIDNIGHT + 3600
SETTINGS = Settings(message_threshold=2, record_threshold=9, window=300, activation=0, history_days=1)
BURST = [raw_row(Id="r1", Messages=[{"Id": "a"}, {"Id": "b"}])]


def test_warnings_name_what_was_rejected():
    """By reason, with an example where there is one."""
    _, session = run([raw_row(Id="bad", UserId=""), {}], SETTINGS, now=NOW)
    assert [
        "1 rows rejected: the actor is missing, for example Id bad",
        "1 rows rejected: the row has neither message_count nor _raw",
    ] == session.warnings()


def test_warnings_name_damaged_documents():
    """A role row that cannot be used is said, and stops nothing."""
    store = MemoryStore()
    store.save(PRIVILEGED, [{"_key": "a", "tenant": "*", "expires": "never"}], lambda: None)
    rows, session = run(BURST, SETTINGS, now=NOW, store=store)
    assert ["new"] == [row["alert_state"] for row in rows]
    assert session.warnings()[0].startswith("A document of teams_export_privileged cannot be used (a: ")


def test_summary_says_what_was_done():
    """One line of counts."""
    _, session = run([*BURST, *BURST, {}], SETTINGS, now=NOW, commits=True)
    assert ", 1 duplicates, 1 rejected, 1 entities, " in session.summary()
    assert "3 baseline documents and 1 alerts written" in session.summary()


def test_summary_says_how_long_each_step_took():
    """Finding the triggers is a step of its own, though it is done while judging; no step takes less than no time."""
    _, session = run(BURST, SETTINGS, now=NOW, commits=True)
    assert "survey wait read triggers judge write".split() == sorted(
        (step.split()[0] for step in session.seconds), key="survey wait read triggers judge write".split().index
    )
    assert all(seconds > -0.001 for seconds in session.seconds.values())
