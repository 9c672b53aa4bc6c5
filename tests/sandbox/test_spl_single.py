"""Facts about makeresults, addinfo, rex, noop, timechart and chart."""

from __future__ import annotations

import pytest

from sandbox.spl import Context, MemoryEvents, SyntaxFault, Unsupported, run


def ran(spl, *rows, **given):
    return run(
        "| given | " + spl, Context(commands=["given"], run_custom=lambda *_: [dict(row) for row in rows], **given)
    )


def test_makeresults_makes_rows_of_now():
    """One unless told, with _time alone; annotate adds empty columns."""
    assert run("| makeresults", Context(now=7.5)).rows == [{"_time": 7}]
    assert len(run("| makeresults count=3", Context())) == 3
    table = run("| makeresults annotate=true", Context(now=7))
    assert table.fields == ["_time", "_raw", "host", "source", "sourcetype", "splunk_server", "splunk_server_group"]
    assert table.rows == [{"_time": 7}]


def test_addinfo_gives_the_range_of_the_search():
    """What the text of the first search says wins; an open end is +Infinity."""
    events = MemoryEvents()
    events.add("x", 50)
    (row,) = run("search x earliest=10 latest=90 | addinfo", Context(events=events, now=100, earliest=1, sid="s1"))
    assert [row[name] for name in ("info_min_time", "info_max_time", "info_search_time", "info_sid")] == [
        "10.000",
        "90.000",
        "100.000",
        "s1",
    ]
    (row,) = run("| makeresults | addinfo", Context(now=100))
    assert (row["info_min_time"], row["info_max_time"]) == ("0.000", "+Infinity")


@pytest.mark.parametrize(
    "spl, row, expected",
    [
        ('rex "id=(?<id>\\d+)"', {"_raw": "a id=5 id=6"}, {"id": "5"}),
        ('rex max_match=0 "id=(?<id>\\d+)"', {"_raw": "id=5 id=6 id=7"}, {"id": ["5", "6", "7"]}),
        ('rex max_match=2 "id=(?<id>\\d+)"', {"_raw": "id=5 id=6 id=7"}, {"id": ["5", "6"]}),
        ('rex field=f "(?<a>.)(?<b>x)?"', {"f": "q"}, {"a": "q"}),
        ('rex field=f "(?<f>.$)"', {"f": "abc"}, {"f": "c"}),
        ('rex field=f "(?<a>z)"', {"f": "q", "a": "old"}, {"a": "old"}),
        ('rex field=none "(?<a>z)"', {"f": "q"}, {}),
        ('rex field=f "say \\"(?<w>\\w+)\\""', {"f": 'say "hi"'}, {"w": "hi"}),
    ],
)
def test_rex_takes_named_groups(spl, row, expected):
    """Of the first match unless told; what does not match stays as it is."""
    assert ran(spl, row).rows == [{**row, **expected}]


def test_noop_changes_nothing():
    """Whatever its options."""
    assert ran("noop search_optimization=false", {"a": 1}).rows == [{"a": 1}]


TIMED = [
    {"_time": 60 * minute, "k": key, "v": value}
    for minute, key, value in [(0, "a", 1), (0, "b", 2), (2, "a", 3), (2, "c", 4), (2, "a", 5)]
] + [{"_time": 120, "v": 6}]


def test_timechart_gives_a_row_for_each_span():
    """Gaps too: 0 for counts, nothing for others."""
    table = ran("timechart span=1m count sum(v) AS s", *TIMED)
    assert table.fields == ["_time", "count", "s"]
    assert table.rows == [
        {"_time": 0, "count": 2, "s": 3},
        {"_time": 60, "count": 0},
        {"_time": 120, "count": 4, "s": 18},
    ]


def test_timechart_runs_over_the_time_range():
    """Where the search has both ends, the rows cover it."""
    assert [row["_time"] for row in ran("timechart span=1m count", *TIMED, earliest=30, latest=240)] == [
        0,
        60,
        120,
        180,
    ]
    assert [row["count"] for row in ran("timechart span=1m count", earliest=60, latest=180)] == [0, 0]
    assert ran("timechart span=1m count BY k", earliest=60, latest=180).rows == []
    assert ran("timechart span=1m count").rows == []


@pytest.mark.parametrize(
    "options, fields",
    [
        ("", ["_time", "a", "b", "c", "NULL"]),
        ("limit=1", ["_time", "a", "OTHER", "NULL"]),
        ("limit=1 useother=f usenull=f", ["_time", "a"]),
        ("limit=0 usenull=false", ["_time", "a", "b", "c"]),
        ("limit=2", ["_time", "a", "c", "OTHER", "NULL"]),
    ],
)
def test_a_by_field_makes_columns(options, fields):
    """The largest sums have columns of their own; OTHER holds the rest, NULL the rows without the field."""
    assert ran("timechart span=1m %s sum(v) BY k" % options, *TIMED).fields == fields


def test_the_cells_of_a_split():
    """Each is the aggregation over its rows."""
    assert ran("timechart span=1m limit=1 count BY k", *TIMED).rows == [
        {"_time": 0, "a": 1, "OTHER": 1, "NULL": 0},
        {"_time": 60, "a": 0, "OTHER": 0, "NULL": 0},
        {"_time": 120, "a": 2, "OTHER": 1, "NULL": 1},
    ]
    assert ran("timechart span=1m count dc(v) AS d BY k limit=1 useother=f usenull=f", *TIMED).fields == [
        "_time",
        "count: a",
        "d: a",
    ]


@pytest.mark.parametrize(
    "spl, rows",
    [
        ("chart count BY k", [{"k": "a", "count": 3}, {"k": "b", "count": 1}, {"k": "c", "count": 1}]),
        ("chart sum(v) AS s OVER k", [{"k": "a", "s": 9}, {"k": "b", "s": 2}, {"k": "c", "s": 4}]),
        (
            "chart sum(v) OVER k BY _time usenull=f",
            [{"k": "a", "0": 1, "120": 8}, {"k": "b", "0": 2}, {"k": "c", "120": 4}],
        ),
        (
            "chart count BY k _time",
            [{"k": "a", "0": 1, "120": 2}, {"k": "b", "0": 1, "120": 0}, {"k": "c", "0": 0, "120": 1}],
        ),
    ],
)
def test_chart(spl, rows):
    """A row for each value of the first field, a column for each of the second."""
    assert ran(spl, *TIMED).rows == rows


@pytest.mark.parametrize(
    "spl, sentence",
    [
        ("makeresults", "'makeresults' must come first"),
        ("rex field=a x", "needs a pattern in double quotes"),
        ('rex "(\\d+)"', "needs a named group"),
        ('rex mode=sed "s/a/b/"', "no option 'mode'"),
        ("addinfo x", "'addinfo' cannot use 'x'"),
        ("timechart count", "needs span="),
        ("timechart span=1h cont=f count", "no option 'cont'"),
        ("timechart span=1h count BY a b", "one BY field"),
        ("chart count", "one or two fields"),
        ("chart span=1h count BY a", "no option 'span'"),
        ("chart count BY a b c", "one or two fields"),
    ],
)
def test_what_these_commands_do_not_know_here_is_refused(spl, sentence):
    """By command and option."""
    with pytest.raises((Unsupported, SyntaxFault), match=sentence):
        ran(spl, {"a": 1})


def test_a_chart_of_too_many_spans_is_refused():
    """One typing error in a span must not fill the memory."""
    with pytest.raises(Unsupported, match="more than 100000 rows"):
        ran("timechart span=1s count", {"_time": 0}, {"_time": 10**6})
