"""The minutes at which an entity has exported enough, and their evidence."""

from hypothesis import given
from hypothesis import strategies as st

from teams_export_guard.settings import Settings
from teams_export_guard.triggers import Span, is_judged, reaches, reaching, spans, starts_of_crowds
from tests.support import MIDNIGHT, record, timeline_of, triggers_of

SETTINGS = Settings(message_threshold=5, record_threshold=3, window=300)


def rows(*seen):
    """Rows of one record, by minute and messages."""
    return timeline_of([record(minute, messages=messages) for minute, messages in seen])


def minutes(found):
    return [(one.minute - MIDNIGHT) // 60 for one in found]


def test_span_is_open_at_its_start():
    """A record exactly one window before the minute lies outside (t - window, t]."""
    found = list(spans(rows((0, 2), (4, 1), (5, 1)), 300))
    assert [(2, 1), (3, 2), (2, 2)] == [(one.messages, one.records) for one in found]


def test_span_begins_at_its_earliest_record():
    """``window_start`` is the earliest minute with a record in the span."""
    found = list(spans(rows((0, 1), (4, 1), (7, 1)), 300))
    assert [0, 0, 4] == [(one.window_start - MIDNIGHT) // 60 for one in found]


def test_records_of_one_minute_are_one_span():
    """Several records of a minute are counted together, once."""
    assert [Span(MIDNIGHT, MIDNIGHT, 3, 4)] == list(
        spans(timeline_of([record(messages=1, records=2), record(messages=2, records=2)]), 300)
    )


def test_no_records_no_span():
    """Nothing gives nothing."""
    assert [] == list(spans(rows(), 300)) == triggers_of([], SETTINGS)


def test_either_threshold_is_enough():
    """As many messages, or as many records, as the threshold; one less of both is not."""
    assert [0, 1, 1] == [
        len(list(reaching(timeline_of([record(messages=messages, records=records)]), SETTINGS)))
        for messages, records in ((4, 2), (5, 1), (1, 3))
    ]


def test_every_reaching_minute_is_a_trigger():
    """Each minute whose span reaches is one, until the records have left the span."""
    found = triggers_of([record(0, messages=5), record(2), record(4), record(6)], SETTINGS)
    assert [0, 2, 4, 6] == minutes(found)
    assert [0, 2, 4] == minutes(triggers_of([record(0, messages=5), record(2), record(4), record(7)], SETTINGS))


def test_evidence_is_the_whole_window():
    """It begins at window_start and goes beyond the trigger's minute, to the end of the window."""
    records = [record(0, messages=5), record(4), record(5)]
    first = triggers_of(records, SETTINGS)[0]
    assert (MIDNIGHT, MIDNIGHT + 300, tuple(records[:2]), 6) == (
        first.window_start, first.window_end, tuple(first.evidence), first.messages
    )


def test_evidence_is_shared_by_the_triggers_of_a_window():
    """Two triggers with the same start have the same evidence."""
    one, two = triggers_of([record(0, messages=5), record(4)], SETTINGS)
    assert one.evidence is two.evidence


def test_trigger_before_the_earliest_time_is_not_taken():
    """The span's minutes, t - window + 1 minute to t, must lie in what the search read."""
    span = Span(MIDNIGHT + 300, MIDNIGHT, 9, 9)
    assert [True, False, True, True] == [
        is_judged(span, SETTINGS, earliest, None) for earliest in (MIDNIGHT + 60, MIDNIGHT + 61, MIDNIGHT, None)
    ]


def test_trigger_older_than_the_baseline_is_not_taken():
    """One at the oldest minute is, one before it is not."""
    span = Span(MIDNIGHT, MIDNIGHT, 9, 9)
    assert [True, False] == [is_judged(span, SETTINGS, None, oldest) for oldest in (MIDNIGHT, MIDNIGHT + 1)]


def test_bounds_apply_to_all_triggers():
    """The same bounds leave out triggers, not evidence."""
    found = triggers_of([record(0, messages=5), record(4)], SETTINGS, earliest=MIDNIGHT)
    assert ([4], [0]) == (minutes(found), [(one.window_start - MIDNIGHT) // 60 for one in found])


def test_amounts_that_no_window_can_hold_are_no_crowd():
    """It takes threshold / greatest amount of them; those must lie within one window, whose last minute is not in it."""
    minutes = [MIDNIGHT, MIDNIGHT + 120, MIDNIGHT + 300]

    def starts(some, most, messages, records, window):
        return starts_of_crowds(some, most, Settings(message_threshold=messages, record_threshold=records, window=window))

    assert [[0, 1], [], [0], []] == [
        starts(minutes, (1, 1), threshold, 99, window) for threshold, window in ((2, 300), (3, 300), (3, 360), (4, 360))
    ]
    assert [[0], [], []] == [starts([MIDNIGHT], (most, 1), 5, 2, 60) for most in (5, 4, 0)]
    assert [[0], []] == [starts([MIDNIGHT], (4, most), 5, 2, 60) for most in (2, 1)]
    assert [] == starts([], (0, 0), 1, 1, 60)


def test_a_crowd_reaches_a_threshold_or_does_not():
    """The sums of the windows that begin at the places; either threshold is enough."""
    assert reaches(rows((0, 2), (4, 3)), [0], SETTINGS)
    assert not reaches(rows((0, 2), (4, 2)), [0, 1], SETTINGS)
    assert not reaches(rows((0, 2), (5, 3)), [0, 1], SETTINGS)
    assert reaches(rows((0, 1), (1, 1), (4, 1)), [0], SETTINGS)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), max_size=12))
def test_law_crowds_that_reach_are_those_with_a_span(seen):
    """Whether chats and ids are wanted is the same question as whether some span reaches a threshold."""
    of = rows(*sorted(seen))
    starts = starts_of_crowds(of.minutes, (max(of.messages, default=0), max(of.records, default=0)), SETTINGS)
    assert any(reaching(of, SETTINGS)) == reaches(of, starts, SETTINGS)
