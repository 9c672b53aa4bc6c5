"""Rows taken in: records once each, bad rows counted."""

from teams_export_guard.intake import Intake, Rejected
from teams_export_guard.schema import NO_CONTENT
from tests.support import MIDNIGHT, OPERATIONS, detailed, minute_row, raw_row, records_of

NOW = MIDNIGHT + 3600


def taken(*rows):
    intake = Intake(OPERATIONS, NOW)
    for row in rows:
        intake.add(row)
    return records_of(detailed(intake)), intake


def test_same_id_counts_once():
    """The second copy of a record is a duplicate."""
    records, intake = taken(raw_row(), raw_row())
    assert (1, 1) == (len(records), intake.duplicates)


def test_same_id_in_another_tenant_is_another_record():
    """An Id identifies within its tenant."""
    records, intake = taken(raw_row(), raw_row(OrganizationId="t2"))
    assert (2, 0) == (len(records), intake.duplicates)


def test_earliest_copy_counts_in_any_order():
    """Of copies that differ the earliest minute counts, whichever comes first."""
    rows = [raw_row(CreationTime="2026-01-05T00:02:00", UserId="late"), raw_row(UserId="early")]
    assert (
        ["early"] == [one.source.user for one in taken(*rows)[0]] == [one.source.user for one in taken(*rows[::-1])[0]]
    )


def test_smallest_text_counts_within_a_minute():
    """Of copies in one minute the smallest text counts, whichever comes first."""
    rows = [raw_row(UserId="b"), raw_row(UserId="a", CreationTime="2026-01-05T00:00:59")]
    chosen = {one.source.user for order in (rows, rows[::-1]) for one in taken(*order)[0]}
    assert {min(rows, key=lambda row: row["_raw"])["_raw"].split('"UserId": "')[1][0]} == chosen


def test_same_aggregated_row_counts_once():
    """The very same row again is the same row."""
    records, intake = taken(minute_row(), minute_row())
    assert (1, 1) == (len(records), intake.duplicates)


def test_aggregated_rows_that_differ_are_two():
    """Another record_id is another row, though all counts are alike."""
    assert 2 == len(taken(minute_row(), minute_row(record_id=["r3", "r4"]))[0])


def test_order_of_values_makes_no_other_row():
    """Multivalues in another order are the same row."""
    assert 1 == len(taken(minute_row(), minute_row(chat_id=["c2", "c1"], record_id=["r2", "r1"]))[0])


def test_bad_rows_are_counted_by_reason_with_an_example():
    """Two of a kind are one reason with the count; the example is the smallest Id that there is."""
    _, intake = taken(raw_row(Id="z", UserId=""), raw_row(Id="", UserId=""), raw_row(Id="y", UserId=""), {})
    assert {
        "the actor is missing": Rejected(2, "y"), "Id is missing": Rejected(1, ""), NO_CONTENT: Rejected(1, ""),
    } == intake.rejected


def test_bad_rows_hide_no_good_ones():
    """A good row among bad ones is taken."""
    records, intake = taken({"_raw": "{"}, raw_row(), {"_raw": "[]"})
    assert (1, 2) == (len(records), intake.rejections)


def test_every_row_is_a_record_a_duplicate_or_rejected():
    """The three counts add up to the rows taken."""
    rows = [raw_row(), raw_row(), minute_row(), {}, raw_row(Id="r2"), {"_raw": "x"}]
    records, intake = taken(*rows)
    assert len(rows) == len(records) + intake.duplicates + intake.rejections


def test_nothing_taken():
    """Without rows there is nothing, and no fault."""
    records, intake = taken()
    assert ([], 0, 0, {}) == (records, intake.duplicates, intake.rejections, intake.rejected)
