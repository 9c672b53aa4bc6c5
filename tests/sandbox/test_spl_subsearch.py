"""Facts about subsearches, format, return and append."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, MemoryEvents, SyntaxFault, Table, Unsupported, run
from sandbox.spl.commands.subsearch import formatted
from sandbox.spl.search_expression import row_test


def store(*records):
    events = MemoryEvents()
    for place, record in enumerate(records):
        events.add(json.dumps(record), place)
    return events


EVENTS = store(
    {"Id": 1, "Op": "A", "U": "x"},
    {"Id": 2, "Op": "B", "U": "x"},
    {"Id": 3, "Op": "C", "U": "y"},
    {"Id": 4, "Op": "A", "U": "y"},
)
TABLES = {
    "ops": [{"Op": "A", "on": 1}, {"Op": "B", "on": 1}, {"Op": "C", "on": 0}],
    "mv": [{"Op": ["A", "C"], "_x": "hidden"}],
    "many": [{"Id": str(place)} for place in range(12000)],
}


def custom(name, text, table, context):
    return [dict(row) for row in TABLES[text]]


def ids(spl, **context):
    return [
        int(row["Id"])
        for row in run(
            spl + " | table Id", Context(events=EVENTS, commands=["give"], run_custom=custom, now=100, **context)
        )
    ]


@pytest.mark.parametrize(
    "spl, expected",
    [
        ("[| give ops | where on=1 | fields Op]", [4, 2, 1]),
        ("[| give ops | where on=1 | fields Op | format]", [4, 2, 1]),
        ("NOT [| give ops | where on=1 | fields Op]", [3]),
        ("U=y [| give ops | where on=1 | fields Op]", [4]),
        ("[| give mv]", [4, 3, 1]),
        ("[| give ops | where on=1 | rename Op AS search | fields search | format]", [4, 2, 1]),
        ("[| give ops | where on=1 | rename Op AS query | fields query]", [4, 2, 1]),
        ("[| give ops | where on=5]", []),
        ("NOT [| give ops | where on=5]", [4, 3, 2, 1]),
        ("[search Op=B | fields U] Op=A", [1]),
        ('[| makeresults | eval search="Op=C OR U=x" | fields search]', [3, 2, 1]),
        ("[search Op=C | return U]", [4, 3]),
        ("[search Op=A | return 5 Id]", [4, 1]),
        ("[search Op=A | return 5 $Id]", [4, 1]),
        ("[search Op=C | return U=U Op]", [3]),
        ("* | search [| give ops | where on=0 | fields Op]", [3]),
        ("(Op=A [| give ops | fields Op])", [4, 1]),
        ("[search [| give ops | where on=0 | fields Op] | fields U]", [4, 3]),
    ],
)
def test_a_subsearch_becomes_a_part_of_the_search(spl, expected):
    """Rows are alternatives, columns hold together, values of one field are alternatives; no rows match nothing."""
    assert ids("search " + spl) == expected


def test_a_subsearch_searches_the_same_time():
    """The range beside the search holds for both."""
    assert ids("search [search Op=A | fields U]", earliest=1) == [4, 3]


def test_a_subsearch_is_cut_at_ten_thousand_rows():
    """With a warning; the rest is dropped."""
    context = Context(events=EVENTS, commands=["give"], run_custom=custom, now=100)
    assert len(run("| makeresults count=0 | append [| give many]", context)) == 10000
    assert context.messages == [("WARN", "A subsearch gave 12000 rows; only the first 10000 are used.")]


@pytest.mark.parametrize(
    "rows, expected",
    [
        ([], "NOT ( )"),
        ([{"_x": 1}], "NOT ( )"),
        ([{"a": "1"}], '( ( a="1" ) )'),
        ([{"a": 1, "b": "x y"}, {"a": 2}], '( ( a="1" AND b="x y" ) OR ( a="2" ) )'),
        ([{"a": ["1", "2"]}], '( ( ( a="1" OR a="2" ) ) )'),
        ([{"search": "x OR y", "a": 1}], '( ( x OR y AND a="1" ) )'),
        ([{"query": ["p", "q"]}], "( ( p ) )"),
        ([{"a b": 'q"\\'}], '( ( "a b"="q\\"\\\\" ) )'),
        ([{"a{}.b": "1"}], '( ( "a{}.b"="1" ) )'),
    ],
)
def test_format_writes_search_text(rows, expected):
    """Internal fields are left out; search and query give their first value bare; quotes are escaped."""
    assert formatted(Table.of(rows)) == expected


@pytest.mark.parametrize("spl, expected", [('format emptystr="none"', "none"), ("format", "NOT ( )")])
def test_format_of_nothing(spl, expected):
    """emptystr says what stands for no rows."""
    assert run("| makeresults count=0 | " + spl, Context()).rows == [{"search": expected}]


def test_format_takes_its_own_signs():
    """All six of them, a separator of multivalues and a number of rows."""
    table = run(
        '| give ops | fields Op on | format maxresults=2 "[" "<" "&" ">" "|" "]"',
        Context(commands=["give"], run_custom=custom),
    )
    assert table.rows == [{"search": '[ < Op="A" & on="1" > | < Op="B" & on="1" > ]'}]
    table = run('| give mv | format mvsep="or"', Context(commands=["give"], run_custom=custom))
    assert table.rows == [{"search": '( ( ( Op="A" or Op="C" ) ) )'}]


@pytest.mark.parametrize(
    "spl, expected",
    [
        ("return Op", 'Op="A"'),
        ("return 2 Op", '(Op="A") OR (Op="B")'),
        ("return 2 $Op", "(A) OR (B)"),
        ("return x=Op", 'x="A"'),
        ("return Op on", 'Op="A" on="1"'),
        ("return $Op", "A"),
    ],
)
def test_return_writes_search_text(spl, expected):
    """One row unless told; $ gives the value alone."""
    assert run("| give ops | " + spl, Context(commands=["give"], run_custom=custom)).rows == [{"search": expected}]


def test_append_adds_rows_and_columns():
    """After those at hand."""
    table = run(
        "| makeresults | fields - _time | eval a=1 | append [| makeresults | eval b=2 | fields b]", Context(now=5)
    )
    assert table.fields == ["a", "b", "_time"]
    assert table.rows == [{"a": 1}, {"b": 2, "_time": 5}]


@pytest.mark.parametrize(
    "spl, sentence",
    [
        ("append maxout=5 [search x]", "knows no options here"),
        ("append x", "takes one subsearch"),
        ("return", "at least one field"),
        ('format "(" ")"', "all six"),
        ("format maxresults=x", "whole number"),
        ("eval x=[search y]", "'eval' takes no subsearch"),
        ("append [search x | nosuch]", "'nosuch' is not known"),
    ],
)
def test_what_these_commands_do_not_know_here_is_refused(spl, sentence):
    """By name, and before anything runs."""
    with pytest.raises((Unsupported, SyntaxFault), match=sentence):
        run("| makeresults | " + spl, Context())


CELLS = st.text('ab"\\ *()', min_size=1, max_size=4).filter(lambda text: "*" not in text and text.strip() == text)


@given(
    st.lists(st.dictionaries(st.sampled_from(["p", "q"]), CELLS, min_size=1), min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(["p", "q"]), CELLS),
)
def test_formatted_rows_match_themselves(rows, other):
    """The text that format gives, read again, matches each of its rows and whatever holds one of them."""
    test = row_test(formatted(Table.of(rows)))
    assert all(test.holds(row) for row in rows)
    folded = [{name: value.lower() for name, value in row.items()} for row in rows]
    assert test.holds(other) == any(
        row.items() <= {name: value.lower() for name, value in other.items()}.items() for row in folded
    )


def rows_of(spl, rows):
    def give(name, text, table, context):
        if name == "given":
            return [dict(row) for row in rows]
        return [{"seen": str(len(table)), "span": str(context.span["earliest"])}]

    return run("| given | " + spl, Context(commands=["given", "count_rows"], run_custom=give, now=100, earliest=7)).rows


AB = [{"k": "a", "n": "1"}, {"k": "b", "n": "2"}, {"k": "a", "n": "4"}]


@pytest.mark.parametrize(
    "inside, added",
    [
        ("stats sum(n) AS n | eval k=\"all\"", [{"n": 7, "k": "all"}]),
        ("stats sum(n) AS n BY k", [{"k": "a", "n": 5}, {"k": "b", "n": 2}]),
        ("where k=\"b\" | eval n=9", [{"k": "b", "n": 9}]),
        ("search k=b", [{"k": "b", "n": "2"}]),
        ("| search k=b", [{"k": "b", "n": "2"}]),
        ("where k=\"none\"", []),
        ("where k=\"none\" | stats count", [{"count": 0}]),
    ],
)
def test_appendpipe_adds_what_its_commands_make_of_the_rows(inside, added):
    """The rows at hand stay as they are, and the result of the commands in the brackets comes after them."""
    assert [*AB, *added] == rows_of("appendpipe [%s]" % inside, AB)


def test_appendpipe_sees_what_an_earlier_one_added():
    """Each gets the rows at hand when the search comes to it."""
    rows = rows_of("appendpipe [stats count] | appendpipe run_in_preview=false [stats count AS all]", AB)
    assert [{"count": 3}, {"all": 4}] == rows[3:]


def test_appendpipe_is_not_cut_like_a_subsearch():
    """The limit of 10,000 rows is for subsearches."""
    many = [{"n": str(place)} for place in range(10001)]
    assert 20002 == len(rows_of("appendpipe [eval m=1]", many))


def test_appendpipe_runs_custom_commands_over_the_rows_and_the_span():
    """They get the rows at hand, and the time range of the search."""
    assert [*AB, {"seen": "2", "span": "7"}] == rows_of("appendpipe [where k=\"a\" | count_rows]", AB)


@pytest.mark.parametrize("spl", ["appendpipe stats count", "appendpipe [stats count] [stats count]"])
def test_appendpipe_takes_one_list_of_commands(spl):
    """Without brackets, or with two, it says what is wrong."""
    with pytest.raises(SyntaxFault, match="one list of commands"):
        rows_of(spl, AB)


def test_appendpipe_refuses_other_options_and_unknown_commands():
    """What this stand-in does not know is refused by name, inside the brackets too."""
    with pytest.raises(Unsupported, match="maxtime=5"):
        rows_of("appendpipe maxtime=5 [stats count]", AB)
    with pytest.raises(Unsupported, match="frobnicate"):
        rows_of("appendpipe [frobnicate]", AB)
