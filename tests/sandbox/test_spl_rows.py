"""Facts about the commands that choose columns and rows: fields, table, rename, fillnull, sort, head and more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, SyntaxFault, Unsupported, run


def ran(spl, *rows):
    table = [dict(row) for row in rows]
    return run("| given | " + spl, Context(commands=["given"], run_custom=lambda *_: table))


def column(spl, name, *rows):
    return [row.get(name) for row in ran(spl, *rows)]


FULL = {"_time": 1, "_raw": "r", "a": "1", "ab": "2", "b": "3"}


@pytest.mark.parametrize(
    "spl, names",
    [
        ("fields a", ["a", "_time", "_raw"]),
        ("fields + a b", ["a", "b", "_time", "_raw"]),
        ("fields a*, b", ["a", "ab", "b", "_time", "_raw"]),
        ("fields - a", ["_time", "_raw", "ab", "b"]),
        ("fields - a* _raw", ["_time", "b"]),
        ("fields -a", ["_time", "_raw", "ab", "b"]),
        ("fields - _*", ["a", "ab", "b"]),
        ("fields nope", ["nope", "_time", "_raw"]),
        ("table b, a", ["b", "a"]),
        ("table a* _time", ["a", "ab", "_time"]),
        ("table nope a", ["nope", "a"]),
        ('table "a"', ["a"]),
    ],
)
def test_choosing_columns(spl, names):
    """fields keeps the internal fields unless they are taken out; table keeps what it names, in that order."""
    table = ran(spl, FULL)
    assert table.fields == names
    assert table.rows == [{name: FULL[name] for name in FULL if name in names}]


@pytest.mark.parametrize(
    "spl, row, names",
    [
        ("rename a AS x", {"x": "1", "ab": "2", "b": "3"}, ["x", "ab", "b"]),
        ("rename a as b", {"b": "1", "ab": "2"}, ["b", "ab"]),
        ('rename a AS "x y", b AS c', {"x y": "1", "ab": "2", "c": "3"}, ["x y", "ab", "c"]),
        ("rename a* AS new_*", {"new_": "1", "new_b": "2", "b": "3"}, ["new_", "new_b", "b"]),
        ("rename nope AS b", {"a": "1", "ab": "2"}, ["a", "ab", "b"]),
        ("rename nope AS x", {"a": "1", "ab": "2", "b": "3"}, ["a", "ab", "b"]),
        ("rename a AS x x AS y", {"y": "1", "ab": "2", "b": "3"}, ["y", "ab", "b"]),
    ],
)
def test_renaming(spl, row, names):
    """The new name replaces a field of that name, also with nothing if the old field is not there."""
    table = ran(spl, {"a": "1", "ab": "2", "b": "3"})
    assert table.rows == [row]
    assert table.fields == names


@pytest.mark.parametrize(
    "spl, rows",
    [
        ("fillnull", [{"a": "1", "b": "0"}, {"a": "0", "b": "2"}]),
        ('fillnull value=""', [{"a": "1", "b": ""}, {"a": "", "b": "2"}]),
        ("fillnull value=none b c", [{"a": "1", "b": "none", "c": "none"}, {"b": "2", "c": "none"}]),
        ("fillnull a value=x", [{"a": "1"}, {"a": "x", "b": "2"}]),
    ],
)
def test_filling_absent_fields(spl, rows):
    """All columns, or those named; an empty text is not absent."""
    assert ran(spl, {"a": "1"}, {"b": "2"}).rows == rows
    assert ran("fillnull value=x", {"a": ""}).rows == [{"a": ""}]


@pytest.mark.parametrize(
    "spl, expected",
    [
        ("sort v", ["1", "9", "10", "a", "b", None]),
        ("sort 0 -v", ["b", "a", "10", "9", "1", None]),
        ("sort - v", ["b", "a", "10", "9", "1", None]),
        ("sort str(v)", ["1", "10", "9", "a", "b", None]),
        ("sort num(v)", ["1", "9", "10", "b", "a", None]),
        ("sort 2 v", ["1", "9"]),
        ("sort limit=1 +v", ["1"]),
        ("sort v desc", ["b", "a", "10", "9", "1", None]),
        ("sort -v d", ["1", "9", "10", "a", "b", None]),
    ],
)
def test_sorting(spl, expected):
    """Numbers by size before texts, absent fields last; a sign for a field, desc for all."""
    assert column(spl, "v", *({"v": v} for v in ["b", "10", "9"]), {}, *({"v": v} for v in ["1", "a"])) == expected


def test_sorting_addresses():
    """ip() compares by number."""
    assert column("sort ip(v)", "v", {"v": "10.0.0.10"}, {"v": "10.0.0.9"}, {"v": "::1"}, {"v": "x"}) == [
        "10.0.0.9",
        "10.0.0.10",
        "::1",
        "x",
    ]


def test_sort_keeps_ten_thousand_rows_unless_told():
    """0 keeps all."""
    many = [{"v": place} for place in range(10001)]
    assert len(ran("sort v", *many)) == 10000
    assert len(ran("sort 0 v", *many)) == 10001


CELLS = st.none() | st.integers(-20, 20) | st.sampled_from(["a", "B", ""])


@given(st.lists(st.tuples(CELLS, CELLS), max_size=12), st.booleans(), st.booleans())
def test_sorting_agrees_with_a_stable_sort(pairs, down, down_too):
    """Two keys, each way, equal rows in their old order."""
    given_rows = [
        {name: value for name, value in (("a", a), ("b", b), ("i", i)) if value is not None}
        for i, (a, b) in enumerate(pairs)
    ]
    result = column("sort 0 %sa %sb" % ("-" if down else "", "-" if down_too else "+"), "i", *given_rows)

    def key(value):
        return (0, value, "") if isinstance(value, int) else (1, 0, value)

    order = list(range(len(pairs)))
    for place, turned in ((1, down_too), (0, down)):
        there = sorted(
            (i for i in order if pairs[i][place] is not None), key=lambda i: key(pairs[i][place]), reverse=turned
        )
        order = there + [i for i in order if pairs[i][place] is None]
    assert result == order


def test_head_and_tail():
    """The first ten unless told; tail turns the order round."""
    many = [{"v": place} for place in range(12)]
    assert column("head", "v", *many) == list(range(10))
    assert column("head 2", "v", *many) == [0, 1]
    assert column("head limit=3", "v", *many) == [0, 1, 2]
    assert column("tail 2", "v", *many) == [11, 10]
    assert column("head 0", "v", *many) == []


DOUBLES = [
    {"i": 1, "a": "x"},
    {"i": 2, "a": "x", "b": "1"},
    {"i": 3, "a": "y"},
    {"i": 4},
    {"i": 5, "a": "x", "b": "1"},
    {"i": 6, "a": ["x", "y"]},
]


@pytest.mark.parametrize(
    "spl, expected",
    [
        ("dedup a", [1, 3, 6]),
        ("dedup a b", [2]),
        ("dedup 2 a", [1, 2, 3, 6]),
        ("dedup a keepempty=true", [1, 3, 4, 6]),
        ("dedup a consecutive=t", [1, 3, 5, 6]),
        ("dedup a, b keepempty=t", [1, 2, 3, 4, 6]),
    ],
)
def test_removing_doubles(spl, expected):
    """The first row of each combination; rows without a field are dropped unless kept."""
    assert column(spl, "i", *DOUBLES) == expected


def test_expanding_a_multivalue():
    """A row for each value, in order; other rows stay."""
    assert ran("mvexpand m", {"m": ["p", "q"], "i": 1}, {"m": "r", "i": 2}, {"i": 3}).rows == [
        {"m": "p", "i": 1},
        {"m": "q", "i": 1},
        {"m": "r", "i": 2},
        {"i": 3},
    ]


@pytest.mark.parametrize(
    "spl, name, value, expected",
    [
        ("bin _time span=1m", "_time", 125.5, 120),
        ("bin span=1h _time", "_time", "7300", 7200),
        ("bucket _time span=1d AS day", "day", 90000, 86400),
        ("bin _time span=5m as t", "t", 301, 300),
        ("bin _time span=1m", "_time", "soon", "soon"),
        ("bin _time span=1m", "_time", None, None),
    ],
)
def test_binning_time(spl, name, value, expected):
    """Down to the start of the span, in UTC; what is no number stays."""
    assert column(spl, name, {"_time": value} if value is not None else {"x": 1}) == [expected]


def test_binning_numbers_names_the_range():
    """Of any other field the bin is a range."""
    assert column("bin v span=10", "v", {"v": "17"}, {"v": 20}, {"v": -3}, {"v": 0.5}, {"v": "x"}) == [
        "10-20",
        "20-30",
        "-10-0",
        "0-10",
        "x",
    ]


@given(st.lists(st.integers(0, 10**6), max_size=20), st.sampled_from([("1m", 60), ("1h", 3600), ("7", 7)]))
def test_binned_times_are_multiples_of_the_span(times, span):
    """Each less than one span below its time."""
    result = column("bin _time span=%s" % span[0], "_time", *({"_time": time} for time in times))
    assert result == [time - time % span[1] for time in times]


@pytest.mark.parametrize(
    "spl, sentence",
    [
        ("fields", "'fields' needs"),
        ("table", "'table' needs"),
        ("rename a b", "'rename' needs AS"),
        ("rename a* AS b", "as many \\*"),
        ("rename", "'rename' needs old AS new"),
        ("fillnull val=0", "'fillnull' knows no option 'val'"),
        ("sort", "'sort' needs"),
        ("sort bytes(v)", "'sort' compares by"),
        ("sort num(v", "lacks '\\)'"),
        ("head v>5", "'head' cannot use"),
        ("head limit=x", "whole number"),
        ("dedup", "'dedup' needs"),
        ("dedup 0 a", "at least 1"),
        ("dedup a sortby b", "'dedup' cannot use 'sortby b'"),
        ("dedup a keepevents=t", "'keepevents'"),
        ("dedup a keepempty=maybe", "takes true or false"),
        ("mvexpand", "lacks a field"),
        ("mvexpand m limit=5", "limit=0 only"),
        ("bin _time", "needs span="),
        ("bin _time span=1mon", "1mon"),
        ("bin v span=x", "above 0"),
        ("bin _time bins=5", "no option 'bins'"),
        ("bin _time span=1m aligntime=now", "'aligntime'"),
    ],
)
def test_what_these_commands_do_not_know_here_is_refused(spl, sentence):
    """By command and option."""
    with pytest.raises((Unsupported, SyntaxFault), match=sentence):
        ran(spl, {"a": 1})
