"""Facts about automatic field extraction: what it sees of an event, and for which fields it is done."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, KvLookup, MemoryEvents, jsontext, run
from sandbox.spl.jsontext import MAXCHARS, extracted, flattened
from sandbox.spl.pairs import pairs


def test_nested_names_and_arrays():
    """Members are a.b, array elements a{}, and objects themselves are no fields."""
    raw = json.dumps({"a": {"b": 1, "c": [True, None, "x"]}, "l": [{"i": "p"}, {"i": "q"}], "e": {}, "d.e": 7})
    assert flattened(raw) == {"a.b": "1", "a.c{}": ["true", "null", "x"], "l{}.i": ["p", "q"], "d.e": "7"}


@pytest.mark.parametrize("raw", ["plain text", "[1,2]", '"x"', "", '{"a":'])
def test_only_an_object_has_fields(raw):
    """Anything else gives none, without an error."""
    assert flattened(raw) == {}
    assert extracted(raw, "a") is None


def test_extraction_stops_at_10240_characters():
    """A field before the cut is there, one behind it is not, and nothing says so."""
    raw = json.dumps({"first": "1", "pad": "x" * (MAXCHARS - 30), "last": "2"})
    assert len(raw) > MAXCHARS
    assert extracted(raw, "first") == "1"
    assert extracted(raw, "last") is None
    whole = json.dumps({"first": "1", "pad": "x" * (MAXCHARS - 60), "last": "2"})
    assert len(whole) <= MAXCHARS
    assert extracted(whole, "last") == "2"


def test_an_array_that_the_cut_runs_through_is_cut_short():
    """The elements before the cut are there; the value that is cut is dropped."""
    raw = json.dumps({"m": [{"Id": "%05d" % place, "t": "x"} for place in range(1000)]})
    kept = flattened(raw)["m{}.Id"]
    assert kept == ["%05d" % place for place in range(len(kept))]
    assert 0 < len(kept) < 1000
    assert raw.index('"%05d"' % (len(kept) - 1)) < MAXCHARS <= raw.index('"%05d"' % len(kept)) + 7


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text('ab{}[]",:\\', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab{,", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=2), JSON, min_size=1, max_size=4), st.integers(1, 120))
def test_wherever_the_cut_falls_what_is_left_is_a_front_part(record, cut):
    """The mended front of any record is JSON, and its last values are those of the record or missing."""
    raw = json.dumps(record)
    if cut >= len(raw):
        return
    front = json.loads(jsontext._mended(raw[:cut]) or "{}")
    assert is_front(front, record)


def is_front(part, whole):
    if isinstance(part, dict) and isinstance(whole, dict):
        names = list(whole)[: len(part)]
        return list(part) == names and all(is_front(part[name], whole[name]) for name in names)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_front, part, whole))
    return part == whole


def rows(spl, raw):
    events = MemoryEvents()
    events.add(raw, 100)
    return run(spl, Context(events=events, now=200)).rows


def test_a_search_that_ends_in_events_extracts_everything():
    """Without a command that drops fields all of them are there, beside the event's own."""
    (row,) = rows("search *", '{"a":1,"b":{"c":2},"host":"h"}')
    assert (row["a"], row["b.c"], row["host"]) == ("1", "2", "localhost")


def test_a_search_extracts_what_its_commands_read_only():
    """Up to the first command that drops all other fields; what an earlier command made is not looked for."""
    seen = []

    def peek(name, text, table, context):
        seen.append(sorted(table.fields))
        return table

    events = MemoryEvents()
    events.add('{"a":1,"b":2,"c":3}', 100)
    context = Context(events=events, now=200, commands=["peek"], run_custom=peek)
    assert run("search a=1 | eval d=b+1, c=d | stats sum(c) AS s BY d", context).rows == [{"d": 3, "s": 3}]
    assert run("search * | table c", context).rows == [{"c": "3"}]
    run("search * | peek | stats count", context)
    assert seen == [["_indextime", "_raw", "_time", "a", "b", "c", "host", "index", "source", "sourcetype"]]


@pytest.mark.parametrize(
    "spl", ['rex field=b "(?<a>x)"', "eventstats sum(nope) AS a", "bin nope span=5 AS a", "lookup none b OUTPUTNEW a"]
)
def test_a_field_that_a_command_may_leave_alone_is_extracted(spl):
    """Where the command sets nothing the event's own value stays."""
    events = MemoryEvents()
    events.add('{"a":"own","b":"2"}', 100)
    lookups = {"none": KvLookup(SimpleNamespace(read=list), ["a", "b"])}
    assert run("search * | %s | table a" % spl, Context(events=events, now=200, lookups=lookups)).rows == [{"a": "own"}]


def test_a_wildcard_reads_every_field():
    """table a* needs to know them all."""
    assert rows("search * | table a*", '{"ab":1,"b":2,"ac":3}') == [{"ab": "1", "ac": "3"}]


SCHEDULED = (
    '10-30-2022 11:17:01.831 +0000 INFO  SavedSplunker - savedsearch_id="nobody;an_app;A search", user="nobody", '
    'savedsearch_name="A search", priority=default, status=success, run_time=1.237, alert_actions="", said="a \\"b\\""'
)


def test_lines_of_name_and_value():
    """Quoted values may hold blanks, bare ones end at a comma, empty ones are absent, the first of two counts."""
    assert pairs(SCHEDULED) == {
        "savedsearch_id": "nobody;an_app;A search",
        "user": "nobody",
        "savedsearch_name": "A search",
        "priority": "default",
        "status": "success",
        "run_time": "1.237",
        "said": 'a "b"',
    }
    assert pairs("a=1 a=2 b.c=x/y;z") == {"a": "1", "b.c": "x/y;z"}
    assert pairs("nothing here, 3=4") == {}


def test_internal_indexes_hold_names_and_values_the_others_json():
    """The same line has fields in _internal and none elsewhere."""
    events = MemoryEvents()
    events.add(SCHEDULED, 5, index="_internal")
    events.add(SCHEDULED, 6, index="main")
    events.add('{"status": "success"}', 7, index="main")
    found = run('search index=_internal savedsearch_name="A sea*" status=success', Context(events=events)).rows
    assert [(5, "1.237")] == [(row["_time"], row["run_time"]) for row in found]
    assert [7] == [row["_time"] for row in run("search index=main status=success", Context(events=events)).rows]
    (row,) = run("search index=_internal | table run_time", Context(events=events)).rows
    assert "1.237" == row["run_time"]
