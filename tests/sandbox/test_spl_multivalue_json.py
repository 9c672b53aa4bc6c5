"""Facts about multivalue and JSON functions, and about JSON paths."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, RunFault, Unsupported
from sandbox.spl.expression import expression

RECORD = json.dumps(
    {
        "Id": "r1",
        "AppAccessContext": {"ClientAppId": "app"},
        "n": 5,
        "f": 2.5,
        "yes": True,
        "none": None,
        "@odata.type": "#x",
        "Messages": [{"Id": "m1", "ChatThreadId": "c1"}, {"Id": "m2"}, {"Id": "m1", "Ü": "ß"}],
        "deep": [[1, 2], [3]],
        "empty": [],
        "o": {},
    }
)
ROW = {
    "mv": ["b", "a", "b"],
    "one": "x",
    "nums": ["10", "9"],
    "_raw": RECORD,
    "m": ['{"a":"1"}', '{"b":"2"}', '{"a":"3"}'],
}


def value(source, **fields):
    return expression(source).run({**ROW, **fields}, Context())


@pytest.mark.parametrize(
    "source, expected",
    [
        ("mvcount(mv)", 3),
        ("mvcount(one)", 1),
        ("mvcount(missing)", None),
        ("mvdedup(mv)", ["b", "a"]),
        ("mvdedup(one)", "x"),
        ('mvappend(mv,"c",missing,one)', ["b", "a", "b", "c", "x"]),
        ("mvappend(missing)", None),
        ("mvappend(1,missing)", "1"),
        ("mvindex(mv,0)", "b"),
        ("mvindex(mv,-1)", "b"),
        ("mvindex(mv,1)", "a"),
        ("mvindex(mv,0,1)", ["b", "a"]),
        ("mvindex(mv,-2,-1)", ["a", "b"]),
        ("mvindex(mv,3)", None),
        ("mvindex(mv,-4)", None),
        ("mvindex(mv,2,1)", None),
        ("mvindex(missing,0)", None),
        ("mvindex(mv,1,9)", ["a", "b"]),
        ('mvjoin(mv,"; ")', "b; a; b"),
        ('mvjoin(one,",")', "x"),
        ("mvsort(mv)", ["a", "b", "b"]),
        ("mvsort(nums)", ["10", "9"]),
        ('mvfind(mv,"^a")', 1),
        ('mvfind(mv,"z")', None),
        ("mvzip(mv,nums)", ["b,10", "a,9"]),
        ('mvzip(one,"y","-")', "x-y"),
        ("mvrange(1,4)", ["1", "2", "3"]),
        ("mvrange(1,6,2)", ["1", "3", "5"]),
        ("mvrange(3,1)", None),
        ("mvrange(3,1,-1)", ["3", "2"]),
        ('mvfilter(mv!="a")', ["b", "b"]),
        ('mvfilter(match(mv,"^a"))', "a"),
        ('mvfilter(mv="z")', None),
        ("mvfilter(isnull(missing))", None),
        ('mvmap(mv,mv."!")', ["b!", "a!", "b!"]),
        ("mvmap(nums,nums*2)", ["20", "18"]),
        ("mvmap(missing,1)", None),
        ('mvmap(one,one."1")', "x1"),
        ('mvmap(m,json_extract(m,"a"))', ["1", "3"]),
        ('mvmap(mv,split(mv."1",""))', ["b", "1", "a", "1", "b", "1"]),
    ],
)
def test_multivalue_functions(source, expected):
    """Absent fields give null, not 0; one value stands for itself; nulls are left out."""
    assert value(source) == expected


def test_mvmap_sees_the_other_fields_of_the_row():
    """Only the mapped field changes from value to value."""
    assert value("mvmap(mv,mv.one)") == ["bx", "ax", "bx"]


@pytest.mark.parametrize("source", ['mvmap(split(one,","),one)', 'mvmap(spath(_raw,"a"),1)'])
def test_mvmap_takes_a_plain_field(source):
    """An expression has no name by which it could be seen; the sentence says what to do."""
    with pytest.raises(Unsupported, match="'mvmap' takes a plain field first"):
        value(source)


def test_mvfilter_looks_at_one_field():
    """Two fields are refused by name."""
    with pytest.raises(Unsupported, match="one field only, not at: mv, one"):
        value("mvfilter(mv=one)")


def test_mvrange_takes_numbers():
    """Steps of time are refused."""
    with pytest.raises(RunFault, match="takes numbers"):
        value('mvrange(1,9,"1d")')


@pytest.mark.parametrize(
    "path, expected",
    [
        ("Id", "r1"),
        ("AppAccessContext.ClientAppId", "app"),
        ("n", "5"),
        ("f", "2.5"),
        ("yes", "true"),
        ("none", None),
        ("missing", None),
        ("AppAccessContext.missing", None),
        ("AppAccessContext", '{"ClientAppId":"app"}'),
        ("Messages{0}.Id", "m1"),
        ("Messages{9}.Id", None),
        ("Messages{}.Id", '["m1","m2","m1"]'),
        ("Messages{}.ChatThreadId", '["c1"]'),
        ("Messages{}.nope", None),
        ("deep{1}{0}", "3"),
        ("@odata.type", "#x"),
        ("empty", "[]"),
        ("Id.x", None),
        ("Id{}", None),
    ],
)
def test_json_extract_follows_a_path(path, expected):
    """One node as text, objects and arrays as compact JSON, several nodes as a JSON array; nothing there is null."""
    assert value('json_extract(_raw,"%s")' % path) == expected


def test_json_extract_of_several_paths_is_an_array():
    """Each path has its place, null where it leads nowhere."""
    assert value('json_extract(_raw,"Id","missing","n")') == '["r1",null,5]'


@pytest.mark.parametrize("text", ["", "{", "plain", '{"Id":"x"'])
def test_json_extract_of_no_json_is_null(text):
    """Broken text is no error."""
    assert value('json_extract(t,"Id")', t=text) is None


@pytest.mark.parametrize(
    "path, expected",
    [
        ("Messages{}.Id", ["m1", "m2", "m1"]),
        ("Id", "r1"),
        ("Messages{}.ChatThreadId", "c1"),
        ("missing", None),
        ("none", "null"),
        ("Messages{}", ['{"Id":"m1","ChatThreadId":"c1"}', '{"Id":"m2"}', '{"Id":"m1","Ü":"ß"}']),
        ("deep{}{}", ["1", "2", "3"]),
        ("AppAccessContext.ClientAppId", "app"),
        ("empty{}", None),
    ],
)
def test_spath_gives_every_node(path, expected):
    """Each array element is a value; objects are JSON text."""
    assert value('spath(_raw,"%s")' % path) == expected


def test_explicit_paths_have_no_size_limit():
    """A field behind 100,000 characters is found by spath and by json_extract."""
    raw = json.dumps({"pad": "x" * 100000, "Messages": [{"Id": "a"}, {"Id": "b"}]})
    assert value('spath(_raw,"Messages{}.Id")', _raw=raw) == ["a", "b"]
    assert value('json_extract(_raw,"Messages{1}.Id")', _raw=raw) == "b"


@pytest.mark.parametrize(
    "source, expected",
    [
        ('json_object("a",1,"b","x","c",missing)', '{"a":1,"b":"x","c":null}'),
        ("json_object()", "{}"),
        ('json_object("m",mv)', '{"m":["b","a","b"]}'),
        ('json_object("o",json_object("i",true()))', '{"o":{"i":true}}'),
        ('json_array(1,"x",json_array(2))', '[1,"x",[2]]'),
        ('json_array_to_mv("[1,\\"x\\",{\\"a\\":2}]")', ["1", "x", '{"a":2}']),
        ('json_array_to_mv("{}")', None),
        ('json_array_to_mv("[]")', None),
        ('json_array_to_mv("[\\"x\\"]",true())', '"x"'),
        ("mv_to_json_array(mv)", '["b","a","b"]'),
        ("mv_to_json_array(one)", '["x"]'),
        ('json_valid("{}")', True),
        ('json_valid("{")', False),
    ],
)
def test_making_and_spreading_json(source, expected):
    """Numbers stay numbers, JSON text becomes JSON again."""
    assert value(source) == expected


def test_json_object_needs_pairs():
    """A key without a value is refused."""
    with pytest.raises(RunFault, match="pairs of a key and a value"):
        value('json_object("a")')


@given(st.lists(st.dictionaries(st.sampled_from(["Id", "x"]), st.text(max_size=6), max_size=2), max_size=6))
def test_spath_agrees_with_python(messages):
    """The values of an array's member, in order, those lacking it left out."""
    wanted = [one["Id"] for one in messages if "Id" in one]
    assert value('spath(_raw,"Messages{}.Id")', _raw=json.dumps({"Messages": messages})) == (
        None if not wanted else wanted[0] if len(wanted) == 1 else wanted
    )


@given(st.lists(st.text(max_size=5), min_size=2, max_size=8))
def test_an_array_made_of_a_multivalue_spreads_into_it_again(values):
    """mv_to_json_array and json_array_to_mv undo each other."""
    assert value("json_array_to_mv(mv_to_json_array(v))", v=values) == values
