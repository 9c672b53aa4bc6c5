"""The rows of a CSV body, one by one and many at a time."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.csv_rows import ANY, CELL, FILLED, INSIDE, PAIRED, CsvRows, quoted, row_pattern, unquoted

TWO = row_pattern(b"(%s),(%s)" % (CELL, ANY))


class Body:
    """Bytes that come ``size`` at a time."""

    def __init__(self, data, size=65536):
        self._data, self._size = data, size

    def read1(self):
        """The next ones."""
        data, self._data = self._data[: self._size], self._data[self._size :]
        return data


def cells(found):
    return [[unquoted(cell) for cell in groups[:-1]] for groups in found]


def test_rows_that_match_come_at_once():
    """Bare and quoted cells, line feeds and commas in quotes, both line ends."""
    rows = CsvRows(Body(b'a,b\n"c,\nd",""\r\n,"e""f"\n'))
    assert [["a", "b"], ["c,\nd", ""], ["", 'e"f']] == cells(rows.many(TWO))
    assert rows.is_at_end()


def test_what_does_not_match_is_left():
    """A row of another shape, with all behind it, is there for whoever asks for one row; then many can be asked for."""
    rows = CsvRows(Body(b"a,b\nodd\nc,d\n"))
    assert [["a", "b"]] == cells(rows.many(TWO))
    assert [] == rows.many(TWO)
    assert ["odd"] == next(rows)
    assert [["c", "d"]] == cells(rows.many(TWO))


def test_a_row_that_has_not_all_come_is_waited_for():
    """A block may end anywhere; what is tried is at least so many bytes, where there are as many."""
    rows = CsvRows(Body(b'a,b\nc,"d\ne"\nf,g\n', size=3), at_hand=8)
    found = [rows.many(TWO), rows.many(TWO), rows.many(TWO)]
    assert [["a", "b"], ["c", "d\ne"], ["f", "g"]] == [one for some in found for one in cells(some)]


def test_is_at_end_takes_nothing():
    """It may be asked for at any time."""
    rows = CsvRows(Body(b"a,b\n"))
    assert [False, False] == [rows.is_at_end(), rows.is_at_end()]
    assert ["a", "b"] == next(rows)
    assert rows.is_at_end() and [] == rows.many(TWO) and [] == list(rows)


@pytest.mark.parametrize("text", ["", "a", 'a"b', '"', "a,b\nc", "\u00e4\u20ac"])
def test_a_cell_holds_any_text(text):
    """What is quoted is read again as what it was."""
    assert text == unquoted(quoted(text))


PIECES = st.sampled_from(["a", "b", ",", ",", '"', '"', '""', "\n", "\n", "\r", "\r\n", "\u00e4", " ", "1"])
CELLS = st.sampled_from(["", "", '""', '""a', 'a""', '"a"', '"a""b"', '"""a"', '"a"""', '"a\nb"', '"a,b"', 'a"b', '"a" ', "x"])
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(",".join), max_size=5).map("\n".join)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), LINES)
SHAPES = st.sampled_from([
    b"(%s),(%s)" % (CELL, CELL), b"(%s),(%s)" % (ANY, FILLED), b"(%s)" % FILLED, b"(%s),(),(%s)" % (CELL, ANY),
])  # fmt: skip


@hypothesis_settings(max_examples=500, deadline=None)
@given(TEXTS, SHAPES, st.integers(1, 9), st.integers(1, 20))
def test_many_rows_are_those_that_come_one_by_one(text, shape, size, at_hand):
    """Law: whatever the bytes, rows by a pattern, and by ``csv.reader`` where it finds none, are those of ``csv.reader``."""
    try:
        expected = list(csv.reader(io.StringIO(text, newline="\n")))
    except csv.Error:
        return
    rows, pattern, found = CsvRows(Body(text.encode(), size), at_hand=at_hand), row_pattern(shape), []
    while not rows.is_at_end():
        found += cells(rows.many(pattern)) or [next(rows)]
    assert expected == found


RAW = row_pattern(b"(%s),%s,(%s)" % (PAIRED, INSIDE, PAIRED))


def whole(groups):
    """The texts of a row that ``many_doubled`` found."""
    first, inside, last = groups[:-1]
    return [unquoted(cell.replace(b"\0", b'""')) for cell in (first, b'"%s"' % inside, last)]


def test_doubled_quotes_are_paired():
    """A record is full of them; the row behind it is found as well."""
    rows = CsvRows(Body(b'a,"{""b"":""c,"",""d"":""\n""}",""\r\n"""f","g",h\n'))
    assert [["a", '{"b":"c,","d":"\n"}', ""]] == list(map(whole, rows.many_doubled(RAW)))
    assert [] == rows.many_doubled(RAW)
    assert ['"f', "g", "h"] == next(rows)  # what begins with a doubled quote is read one by one


@hypothesis_settings(max_examples=500, deadline=None)
@given(TEXTS, st.integers(1, 9), st.integers(1, 20))
def test_doubled_rows_are_those_that_come_one_by_one(text, size, at_hand):
    """Law: the same where NUL stands for doubled quotes."""
    try:
        expected = list(csv.reader(io.StringIO(text, newline="\n")))
    except csv.Error:
        return
    rows, found = CsvRows(Body(text.encode(), size), at_hand=at_hand), []
    while not rows.is_at_end():
        found += list(map(whole, rows.many_doubled(RAW))) or [next(rows)]
    assert expected == found
