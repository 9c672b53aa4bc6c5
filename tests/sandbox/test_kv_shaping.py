"""Sort, skip, limit and fields of an answer."""

import pytest

from sandbox.kv import BadRequest
from sandbox.kv.shaping import ordered, parse_count, parse_fields, parse_sort

DOCUMENT = {"_key": "k", "_user": "nobody", "a": 1, "b": 2, "o": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    "spec, kept",
    [
        ("a", {"_key": "k", "a": 1}),
        ("a,b:1", {"_key": "k", "a": 1, "b": 2}),
        ("a,_key:0", {"a": 1}),
        ("a,_id:0", {"a": 1}),
        ("_key", {"_key": "k"}),
        ("o.x", {"_key": "k", "o": {"x": 1}}),
        ("absent", {"_key": "k"}),
        ({"a": 1}, {"_key": "k", "a": 1}),
        ("a:0", {"_key": "k", "_user": "nobody", "b": 2, "o": {"x": 1, "y": 2}}),
        ("a:0,b:0,_key:0", {"_user": "nobody", "o": {"x": 1, "y": 2}}),
        ("_key:0", {"_user": "nobody", "a": 1, "b": 2, "o": {"x": 1, "y": 2}}),
        ("o.x:0,a:0,b:0", {"_key": "k", "_user": "nobody", "o": {"y": 2}}),
    ],
)
def test_fields_keeps_or_drops(spec, kept):
    """`fields` keeps the named fields and _key, or drops the named ones."""
    assert kept == parse_fields(spec).apply(DOCUMENT)


def test_dropping_does_not_touch_the_document():
    """A projection works on a copy."""
    parse_fields("o.x:0").apply(DOCUMENT)
    assert {"x": 1, "y": 2} == DOCUMENT["o"]


@pytest.mark.parametrize("spec", ["a,b:0", "a:0,b:1", "a:0,_key", "a:2", "a:", ":1", ",", ["a"], {"a": "yes"}])
def test_fields_refuses(spec):
    """Keeping and dropping do not mix, and a flag is 0 or 1."""
    with pytest.raises(BadRequest, match="fields"):
        parse_fields(spec)


@pytest.mark.parametrize("spec", [None, ""])
def test_no_fields_is_all_fields(spec):
    """Without `fields` there is no projection."""
    assert parse_fields(spec) is None


@pytest.mark.parametrize(
    "spec, order",
    [
        ("a", [("a", 1)]),
        ("a:-1,b", [("a", -1), ("b", 1)]),
        (" a : 1 , b:-1", [("a", 1), ("b", -1)]),
        ({"a": -1}, [("a", -1)]),
        (None, []),
        ("", []),
    ],
)
def test_sort_is_fields_with_directions(spec, order):
    """`sort` reads as pairs of a field and 1 or -1."""
    assert order == parse_sort(spec)


@pytest.mark.parametrize("spec", ["a:0", "a:desc", ":1", "a,,b", 5])
def test_sort_refuses(spec):
    """A direction is 1 or -1, and a field has a name."""
    with pytest.raises(BadRequest, match="sort"):
        parse_sort(spec)


def test_order_across_types():
    """Ascending: missing and null, numbers, strings, objects, arrays of them by their smallest, bools."""
    values = [None, -1, 2, "a", "b", {"x": 1}, False, True]
    documents = [{"a": each} for each in reversed(values)]
    assert values == [each["a"] for each in ordered(documents, [("a", 1)])]
    assert list(reversed(values)) == [each["a"] for each in ordered(documents, [("a", -1)])]


def test_array_sorts_by_smallest_or_largest():
    """An array stands for its smallest element in an ascending sort and for its largest in a descending one."""
    documents = [{"a": [1, 9]}, {"a": 5}, {"a": []}]
    assert [[], [1, 9], 5] == [each["a"] for each in ordered(documents, [("a", 1)])]
    assert [[1, 9], 5, []] == [each["a"] for each in ordered(documents, [("a", -1)])]


@pytest.mark.parametrize("direction", [1, -1])
def test_equal_documents_keep_their_order(direction):
    """Documents that compare equal stay as they came, in both directions."""
    documents = [{"a": 1, "n": number} for number in range(4)]
    assert [0, 1, 2, 3] == [each["n"] for each in ordered(documents, [("a", direction)])]


@pytest.mark.parametrize("value, count", [(None, 0), ("", 0), ("0", 0), ("7", 7), (7, 7)])
def test_count_is_a_whole_number(value, count):
    """`limit` and `skip` take whole numbers; none is 0."""
    assert count == parse_count("limit", value)


@pytest.mark.parametrize("value", ["-1", -1, "1.5", "x", True, "١"])
def test_count_refuses(value):
    """A negative or other value is a 400 that names the parameter."""
    with pytest.raises(BadRequest, match="'skip' must be a whole number"):
        parse_count("skip", value)
