"""Aggregated rows as they are held: figures in memory, details in a spool."""

from teams_export_guard.held_rows import TOGETHER, HeldRows, MemorySpool
from teams_export_guard.layout import Layout

FIRST, SECOND = Layout(["message_count", "chat_id"]), Layout(["chat_id", "message_count"])


def held(*batches):
    """Rows of three sources: a batch is a layout with (source, figures, detail) for each row."""
    rows = HeldRows(MemorySpool())
    assert [0, 1, 2] == [rows.new_source() for _ in range(3)]
    for layout, batch in batches:
        rows.add(layout, *zip(*batch))
    return rows


def test_rows_of_a_source_keep_their_order():
    """Figures and details are those of the same rows, across batches and layouts."""
    rows = held((FIRST, [(0, 5, b"a"), (1, 6, b"b"), (0, 7, b"c")]), (SECOND, [(0, 8, b"d"), (2, 9, b"")]))
    assert [[5, 7, 8], [6], [9]] == [list(rows.figures(source)) for source in range(3)]
    (found,) = rows.details([[0, 2]])
    assert {0: [(FIRST, b"a"), (FIRST, b"c"), (SECOND, b"d")], 2: [(SECOND, b"")]} == found


def test_parts_come_one_after_the_other():
    """Each has the sources that are wanted in it, in the same order as all at once, also where many rows go aside again."""
    batch = [(number % 3, number, b"%d" % number) for number in range(TOGETHER + 10)]
    rows = held((FIRST, batch), (SECOND, [(0, 0, b"x")]))
    (whole,) = rows.details([[0, 1, 2]])
    first, second = rows.details([[2], [0, 1]])
    assert whole == {**first, **second}
    assert ([2], [0, 1]) == (list(first), list(second))
    assert [(FIRST, b"%d" % number) for number in range(0, TOGETHER + 10, 3)] + [(SECOND, b"x")] == second[0]


def test_nothing_is_wanted():
    """Nothing is read."""
    assert [] == list(held((FIRST, [(0, 1, b"a")])).details([]))
