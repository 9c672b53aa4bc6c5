"""Facts about transpose, from its page in the Search Reference."""

import pytest

from sandbox.spl import Context, run

ROWS = [{"a": 1, "b": ["x", "y"], "_t": 5}, {"a": 2}, {"a": "z", "b": ""}]


def ran(spl, rows=ROWS):
    return run("| given | " + spl, Context(commands=["given"], run_custom=lambda *_: [dict(row) for row in rows]))


def test_every_column_becomes_a_row():
    """Named in `column`, the rows in `row 1` and so on; a multivalue stays one, internal fields are left out."""
    table = ran("transpose")
    assert ["column", "row 1", "row 2", "row 3"] == table.fields
    assert [
        {"column": "a", "row 1": 1, "row 2": 2, "row 3": "z"},
        {"column": "b", "row 1": ["x", "y"], "row 3": ""},
    ] == table.rows


def test_five_rows_unless_told_how_many():
    """0 is all."""
    rows = [{"a": number} for number in range(8)]
    assert [6, 3, 9] == [len(ran("transpose" + more, rows).fields) for more in ("", " 2", " 0")]


def test_a_field_may_name_the_columns():
    """header_field= gives the names and is no row; column_name= names the first column."""
    table = ran("transpose 0 header_field=a column_name=what")
    assert ["what", "1", "2", "z"] == table.fields
    assert [{"what": "b", "1": ["x", "y"], "z": ""}] == table.rows


@pytest.mark.parametrize("option, names", [("", ["a", "b"]), (" include_empty=false", ["a"])])
def test_columns_without_a_value_can_be_left_out(option, names):
    """By include_empty=false."""
    assert names == [row["column"] for row in ran("table a b | transpose 0" + option, [{"a": 1}])]
