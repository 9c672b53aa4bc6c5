"""Facts about time modifiers, spans and time formats, all in UTC."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import SyntaxFault, Unsupported
from sandbox.spl.timeformat import formatted, read
from sandbox.spl.timespec import binned, moment, seconds

NOW = 1790850645.5  # Thu 2026-10-01 10:30:45.5


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    "spec, expected",
    [
        ("now", NOW),
        ("", None),
        ("all", None),
        ("0", 0),
        ("1790000000", 1790000000),
        ("1790000000.25", 1790000000.25),
        ("-26h@h", utc(2026, 9, 30, 8)),
        ("@d", utc(2026, 10, 1)),
        ("-0d@d", utc(2026, 10, 1)),
        ("+1d@d", utc(2026, 10, 2)),
        ("-1h", NOW - 3600),
        ("-h", NOW - 3600),
        ("now-5m", NOW - 300),
        ("-135m@m", utc(2026, 10, 1, 8, 15)),
        ("@w0", utc(2026, 9, 27)),
        ("@w", utc(2026, 9, 27)),
        ("@w1", utc(2026, 9, 28)),
        ("@w4", utc(2026, 10, 1)),
        ("@w7", utc(2026, 9, 27)),
        ("-1mon@mon", utc(2026, 9, 1)),
        ("@q", utc(2026, 10, 1)),
        ("@y", utc(2026, 1, 1)),
        ("-1d@d+2h", utc(2026, 9, 30, 2)),
        ("-2weeks", NOW - 14 * 86400),
        ("-30minutes", NOW - 1800),
    ],
)
def test_a_time_modifier_means_a_point_in_time(spec, expected):
    """Offsets, snaps and further offsets apply from left to right."""
    assert moment(spec, NOW) == expected


def test_a_month_back_stays_within_the_shorter_month():
    """A month before 31 March is the last day of February."""
    assert moment("-1mon", utc(2026, 3, 31)) == utc(2026, 2, 28)


@pytest.mark.parametrize("spec", ["yesterday", "-5x", "@d1", "10/19/2026:00:00:00", "-1h@", "now now"])
def test_what_is_no_time_modifier_is_refused(spec):
    """The sentence quotes what was given."""
    with pytest.raises(SyntaxFault):
        moment(spec, NOW)


@pytest.mark.parametrize(
    "span, expected", [("1m", 60), ("1h", 3600), ("2d", 172800), ("1w", 604800), ("90", 90), ("h", 3600)]
)
def test_a_span_is_a_number_of_seconds(span, expected):
    """s, m, h, d and w, or plain seconds."""
    assert seconds(span) == expected


@pytest.mark.parametrize("span", ["1mon", "0m", "-1h", "1.5h", "m5"])
def test_other_spans_are_refused(span):
    """Months have no fixed length, and a span is above 0."""
    with pytest.raises(SyntaxFault):
        seconds(span)


@given(st.floats(0, 4e9), st.integers(1, 10**6))
def test_a_bin_holds_its_time(time, span):
    """The start of a bin is a multiple of the span, at or before the time, by less than one span."""
    start = binned(time, span)
    assert start % span == 0
    assert start <= time < start + span


@pytest.mark.parametrize(
    "form, expected",
    [
        ("%Y-%m-%dT%H:%M:%S", "2026-10-01T10:30:45"),
        ("%F %T%z", "2026-10-01 10:30:45+0000"),
        ("%s", "1790850645"),
        ("%H:%M:%S.%3N", "10:30:45.500"),
        ("%Q", "500"),
        ("%6Q", "500000"),
        ("%N", "500000000"),
        ("%:z %Z", "+00:00 UTC"),
        ("%b %e %A %j", "Oct  1 Thursday 274"),
        ("100%%", "100%"),
        ("%k|%l|%p", "10|10|AM"),
        ("plain", "plain"),
    ],
)
def test_strftime_writes(form, expected):
    """Every directive of the table, in UTC."""
    assert formatted(NOW, form) == expected


@pytest.mark.parametrize(
    "text, form, expected",
    [
        ("2026-10-01T10:30:45+0000", "%Y-%m-%dT%H:%M:%S%z", 1790850645),
        ("2026-10-01T12:30:45+0200", "%Y-%m-%dT%H:%M:%S%z", 1790850645),
        ("2026-10-01T10:30:45Z", "%Y-%m-%dT%H:%M:%S%z", 1790850645),
        ("2026-10-01T05:00:45-05:30", "%FT%T%:z", 1790850645),
        ("2026-10-01T10:30:45.25", "%Y-%m-%dT%H:%M:%S.%Q", 1790850645.25),
        ("2026-10-01 rest", "%Y-%m-%d", 1790812800),
        ("Oct 1 2026", "%b %d %Y", 1790812800),
        ("10/01/26 10:30 PM", "%D %I:%M %p", 1790893800),
        ("1790850645", "%s", 1790850645),
    ],
)
def test_strptime_reads(text, form, expected):
    """A zone counts, no zone is UTC, and what follows the format does not matter."""
    assert read(text, form) == expected


@pytest.mark.parametrize(
    "text, form",
    [
        ("", "%Y"),
        ("2026-13-01", "%Y-%m-%d"),
        ("2026-02-30", "%Y-%m-%d"),
        ("soon", "%Y-%m-%d"),
        ("25:00 2026-01-01", "%H:%M %F"),
        ("10:30", "%H:%M"),
        ("2026-10-01T10:30:45", "%Y-%m-%dT%H:%M:%S%z"),
    ],
)
def test_what_does_not_fit_reads_as_null(text, form):
    """Neither an impossible date nor a missing part is guessed."""
    assert read(text, form) is None


def test_an_unknown_directive_is_refused_by_name():
    """The sentence names the directive."""
    with pytest.raises(Unsupported, match="%E"):
        formatted(NOW, "%E")
    with pytest.raises(Unsupported, match="%j"):
        read("274", "%j")


@given(st.integers(0, 4102444800))
def test_writing_and_reading_agree(time):
    """A time written with its zone reads back as itself."""
    assert read(formatted(time, "%Y-%m-%dT%H:%M:%S%z"), "%Y-%m-%dT%H:%M:%S%z") == time
