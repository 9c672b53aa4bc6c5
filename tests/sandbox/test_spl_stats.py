"""Facts about stats and eventstats, against a naive model where there is one."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, SyntaxFault, Unsupported, run

ROWS = [
    {"_time": 30, "u": "a", "v": "1", "w": ["x", "y"], "n": 2},
    {"_time": 20, "u": "b", "v": "10", "w": "x"},
    {"_time": 20, "u": "a", "v": "9", "n": "4", "e": ""},
    {"_time": 10, "v": "z", "w": ["x", "x"], "n": 3.5},
]


def rows(spl, given=ROWS):
    return run("| given | " + spl, Context(commands=["given"], run_custom=lambda *_: [dict(row) for row in given])).rows


def one(aggregation, given=ROWS):
    return rows("stats %s AS r" % aggregation, given)[0].get("r")


@pytest.mark.parametrize(
    "aggregation, expected",
    [
        ("count", 4),
        ("c", 4),
        ("count()", 4),
        ("count(v)", 4),
        ("count(w)", 5),
        ("c(w)", 5),
        ("count(nope)", 0),
        ("count(eval(v>5))", 3),
        ("count(eval(n>2.5))", 2),
        ("dc(w)", 2),
        ("distinct_count(u)", 2),
        ("dc(nope)", 0),
        ("sum(n)", 9.5),
        ("sum(v)", 20),
        ("sum(nope)", None),
        ("sum(u)", None),
        ("sum(eval(n*2))", 19),
        ("avg(n)", 9.5 / 3),
        ("mean(v)", 20 / 3),
        ("min(n)", 2),
        ("max(n)", 4),
        ("max(v)", "z"),
        ("min(v)", "1"),
        ("max(w)", "y"),
        ("range(n)", 2),
        ("range(u)", None),
        ("stdev(n)", statistics.stdev([2, 4, 3.5])),
        ("median(n)", 3.5),
        ("mode(w)", "x"),
        ("perc50(n)", 3.5),
        ("p95(n)", 4),
        ("perc99.9(n)", 4),
        ("values(w)", ["x", "y"]),
        ("values(v)", ["1", "10", "9", "z"]),
        ("values(u)", ["a", "b"]),
        ("values(e)", ""),
        ("values(nope)", None),
        ("list(w)", ["x", "y", "x", "x", "x"]),
        ("first(v)", "1"),
        ("last(v)", "z"),
        ("first(n)", 2),
        ("first(w)", ["x", "y"]),
        ("earliest(v)", "z"),
        ("latest(v)", "1"),
        ("latest(u)", "a"),
        ("earliest(u)", "a"),
        ("earliest(_time)", 10),
        ("latest(_time)", 30),
        ("earliest_time(u)", 20),
        ("latest_time(u)", 30),
        ("earliest(nope)", None),
        ('dc(eval(if(u="a",v,null())))', 2),
    ],
)
def test_each_function(aggregation, expected):
    """Values of multivalues count one by one; text is passed over by sums; nothing at all is null, or 0 for counts."""
    assert one(aggregation) == expected


def test_list_keeps_a_hundred_values():
    """The rest is dropped; values() has no such limit."""
    many = [{"v": str(place)} for place in range(150)]
    assert len(one("list(v)", many)) == 100
    assert len(one("values(v)", many)) == 150


def test_stdev_needs_two_figures():
    """The spread of one figure is null."""
    assert one("stdev(n)", [{"n": 1}]) is None


def test_equal_times_are_told_apart_by_order():
    """Newest first: latest is the first of equals, earliest the last."""
    same = [{"_time": 5, "v": "new"}, {"_time": 5, "v": "old"}]
    assert (one("latest(v)", same), one("earliest(v)", same)) == ("new", "old")


def test_rows_without_time_have_no_earliest():
    """earliest and latest pass over them."""
    assert one("earliest(v)", [{"v": "a"}]) is None
    assert one("latest(v)", [{"v": "a"}, {"v": "b", "_time": "7"}]) == "b"


def test_groups():
    """A row for each combination, BY fields first; a row without one of them counts nowhere, an empty text does."""
    given = [{"a": "x", "b": "1"}, {"a": "x"}, {"b": "1"}, {"a": "", "b": "1"}, {"a": "x", "b": "1"}]
    table = run("| given | stats count BY a b", Context(commands=["given"], run_custom=lambda *_: given))
    assert table.fields == ["a", "b", "count"]
    assert table.rows == [{"a": "", "b": 1, "count": 1}, {"a": "x", "b": 1, "count": 2}]


def test_a_multivalue_by_field_gives_a_group_for_each_value():
    """The row counts in each of them once."""
    assert rows("stats count BY w") == [{"w": "x", "count": 3}, {"w": "y", "count": 1}]


def test_groups_come_in_order():
    """Numbers by size, then texts."""
    assert [row["v"] for row in rows("stats count BY v")] == [1, 9, 10, "z"]


def test_by_values_keep_their_spelling():
    """01 and 1 are two groups, and 01 stays 01."""
    assert sorted(str(row["k"]) for row in rows("stats count BY k", [{"k": "01"}, {"k": "1"}, {"k": 1}])) == ["01", "1"]


@pytest.mark.parametrize(
    "spl, names",
    [
        ("stats count", ["count"]),
        ("stats sum(n)", ["sum(n)"]),
        ('stats dc(w) AS "two words", count as c2', ["two words", "c2"]),
        ("stats p95(n) count BY u, e", ["u", "e", "p95(n)", "count"]),
        ("stats values(a{}.b) by 'x y'", ["x y", "values(a{}.b)"]),
    ],
)
def test_names_of_the_results(spl, names):
    """The function as written, unless AS says else."""
    assert run("| makeresults | " + spl, Context()).fields == names


def test_without_rows_there_is_one_row_unless_by():
    """Counts are 0 then; with BY there is no row."""
    assert rows("stats count sum(n) AS s", []) == [{"count": 0}]
    assert rows("stats count BY u", []) == []


def test_eventstats_adds_to_every_row_of_the_group():
    """Rows without a group stay as they are, and in their place."""
    result = rows("eventstats max(n) AS most count BY u")
    assert [(row.get("most"), row.get("count")) for row in result] == [(4, 2), (None, 1), (4, 2), (None, None)]
    assert [row["count"] for row in rows("eventstats count")] == [4, 4, 4, 4]


@pytest.mark.parametrize(
    "spl, sentence",
    [
        ("stats nosuch(x)", "'nosuch' is not known"),
        ("stats sum", "'sum' of 'stats' needs a field"),
        ("stats values(*)", "wildcard"),
        ("stats count(eval(a=1))", "needs an AS name"),
        ("stats allnum=t count", "no option 'allnum'"),
        ("stats count BY a delim=x", "no option 'delim'"),
        ("stats ", "cannot be read|ends too early"),
        ("stats count AS", "cannot be read|ends too early"),
        ("stats count BY", "cannot be read|ends too early"),
        ("stats sparkline(count)", "'sparkline' is not known"),
    ],
)
def test_what_stats_does_not_know_here_is_refused(spl, sentence):
    """Unknown functions and options by name."""
    with pytest.raises((Unsupported, SyntaxFault), match=sentence):
        run("| makeresults | " + spl, Context())


def test_a_test_can_only_be_counted():
    """sum(eval(a>1)) would sum a Boolean."""
    with pytest.raises(Unsupported, match="only count takes a test"):
        rows("stats sum(eval(n>1)) AS x")


FIGURES = st.integers(-50, 50) | st.sampled_from([0.5, 2.25])
VALUES = st.none() | FIGURES | st.sampled_from(["", "a", "B"]) | st.lists(FIGURES.map(str), min_size=2, max_size=3)
TABLES = st.lists(
    st.fixed_dictionaries({"k": st.none() | st.sampled_from(["p", "q", ""]), "v": VALUES, "_time": st.integers(0, 5)}),
    max_size=14,
)


def singles(rows):
    return [
        str(x) for row in rows if row["v"] is not None for x in (row["v"] if isinstance(row["v"], list) else [row["v"]])
    ]


def figures(rows):
    found = []
    for text in singles(rows):
        try:
            found.append(float(text))
        except ValueError:
            pass
    return found


@given(TABLES)
def test_stats_agrees_with_plain_python(table):
    """count, dc, sum, avg, values, list over groups, with nulls, texts and multivalues mixed."""
    groups = defaultdict(list)
    for row in table:
        if row["k"] is not None:
            groups[row["k"]].append(row)
    given = [{name: value for name, value in row.items() if value is not None} for row in table]
    result = {
        row["k"]: row
        for row in rows(
            "stats count count(v) AS n dc(v) AS d sum(v) AS s avg(v) AS a values(v) AS u"
            " list(v) AS l range(v) AS r BY k",
            given,
        )
    }
    assert set(result) == set(groups)
    for key, members in groups.items():
        row, numbers, texts = result[key], figures(members), singles(members)
        assert (row["count"], row["n"], row["d"]) == (len(members), len(texts), len(set(texts)))
        assert row.get("s") == (sum(numbers) if numbers else None)
        assert math.isclose(row.get("a", 0), sum(numbers) / len(numbers) if numbers else 0, abs_tol=1e-9)
        assert row.get("r") == (max(numbers) - min(numbers) if numbers else None)
        assert as_list(row.get("u")) == sorted(set(texts))
        assert as_list(row.get("l")) == texts


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


@given(TABLES)
def test_eventstats_says_what_stats_says(table):
    """For every row that has a group."""
    given = [{name: value for name, value in row.items() if value is not None} for row in table]
    wanted = {row["k"]: row.get("m") for row in rows("stats max(v) AS m BY k", given)}
    for row in rows("eventstats max(v) AS m BY k", given):
        assert row.get("m") == wanted.get(row.get("k"))


def test_streamstats_adds_the_results_so_far():
    """Each row gets those over the rows before it and itself; every row stays."""
    assert [2, 2, 6, 9.5] == [row["r"] for row in rows("streamstats sum(n) AS r")]
    assert [1, 2, 3, 4] == [row["count"] for row in rows("streamstats count")]


def test_streamstats_counts_groups_apart():
    """BY gives each group its own count; a row without the field is left as it is."""
    assert [1, 1, 2, None] == [row.get("r") for row in rows("streamstats count AS r BY u")]


def test_streamstats_without_the_row_itself():
    """current=false looks at the rows before it only."""
    assert [None, 2, 2, 6] == [row.get("r") for row in rows("streamstats current=false sum(n) AS r")]
    with pytest.raises(Unsupported, match="window"):
        rows("streamstats window=2 sum(n)")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-9, 9)), max_size=8))
def test_streamstats_ends_where_stats_does(pairs):
    """The last row of each group has the group's results."""
    given_rows = [{"k": k, "n": str(n)} for k, n in pairs]
    last = {row["k"]: row["r"] for row in rows("streamstats sum(n) AS r BY k", given_rows)}
    assert last == {row["k"]: row["r"] for row in rows("stats sum(n) AS r BY k", given_rows)}
