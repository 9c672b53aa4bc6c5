"""Which part of a query the database answers by itself."""

import pytest

from sandbox.kv.access import KeyRange, Keys, Plan, Probe, Union_, entries, plan, written
from sandbox.kv.query import parse

FAST = {"te": ("tenant", "entity"), "v": ("value",)}


def probe(name, *values):
    return Probe.of(name, "".join(written(each) for each in values))


def ranged(name, before, first, behind):
    """The probe of a range of numbers behind some equal values; a bound that is None is open."""
    prefix = "".join(written(each) for each in before)
    low = "n" if first is None else written(first)[:-1]
    high = "o" if behind is None else written(behind)[:-1] + "/"
    return Probe(name, prefix + low, prefix + high)


@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, Plan(KeyRange(), True)),
        ({"_key": "a"}, Plan(Keys(("a",)), True)),
        ({"_key": 5}, Plan(Keys(()), True)),
        ({"_key": "a", "n": 1}, Plan(Keys(("a",)), False)),
        ({"$or": [{"_key": "a"}, {"_key": "b"}, {"_key": "a"}]}, Plan(Keys(("a", "b")), True)),
        ({"$or": [{"_key": "a"}, {"_key": "b", "n": 1}]}, Plan(Keys(("a", "b")), False)),
        ({"$or": [{"_key": "a"}], "n": 1}, Plan(Keys(("a",)), False)),
        ({"$and": [{"_key": "a"}]}, Plan(Keys(("a",)), True)),
        ({"_key": {"$gt": "a"}}, Plan(KeyRange((("$gt", "a"),)), True)),
        ({"_key": {"$gte": "a", "$lt": "b"}}, Plan(KeyRange((("$gte", "a"), ("$lt", "b"))), True)),
        ({"_key": {"$gt": "a"}, "n": 1}, Plan(KeyRange((("$gt", "a"),)), False)),
        ({"_key": {"$gt": 1}}, Plan(KeyRange(), False)),
        ({"_key": {"$ne": "a"}}, Plan(KeyRange(), False)),
        ({"$or": [{"_key": "a"}, {"n": 1}]}, Plan(KeyRange(), False)),
        ({"tenant": "t"}, Plan(probe("te", "t"), False)),
        ({"entity": "e", "tenant": "t", "n": 1}, Plan(probe("te", "t", "e"), False)),
        ({"entity": "e"}, Plan(KeyRange(), False)),
        ({"value": 1, "tenant": "t", "entity": "e"}, Plan(probe("te", "t", "e"), False)),
        ({"value": None}, Plan(KeyRange(), False)),
        ({"tenant": {"$gt": "t"}}, Plan(KeyRange(), False)),
        ({"value": {"$gt": 1}}, Plan(ranged("v", (), 1, None), False)),
        ({"value": {"$lte": 1.5}}, Plan(ranged("v", (), None, 1.5), False)),
        ({"value": {"$gt": 1, "$lt": 0}}, Plan(ranged("v", (), 1, None), False)),
        ({"value": {"$gt": "a"}}, Plan(KeyRange(), False)),
        ({"tenant": "t", "entity": {"$lt": 7}}, Plan(ranged("te", ("t",), None, 7), False)),
        ({"value": {"$lt": 7}, "tenant": "t"}, Plan(probe("te", "t"), False)),
        ({"$or": [{"value": 1}, {"_key": "a"}, {"value": 1}]}, Plan(Union_((probe("v", 1), Keys(("a",)))), False)),
        ({"$or": [{"value": 1}, {"n": 1}]}, Plan(KeyRange(), False)),
        ({"value": {"$not": {"$ne": 1}}}, Plan(KeyRange(), False)),
    ],
)
def test_plan(query, expected):
    """A query is answered by the narrowest way among keys, accelerations and a range of keys."""
    assert expected == plan(parse(query), FAST)


@pytest.mark.parametrize("one, two", [(1, 1.0), (0.0, -0.0), (2**53, float(2**53))])
def test_equal_values_are_written_alike(one, two):
    """Values that the matcher takes for equal have one written form."""
    assert written(one) == written(two)


@pytest.mark.parametrize(
    "one, two",
    [
        (1, "1"),
        (1, True),
        (0, False),
        (None, "null"),
        ("a", "A"),
        (2**53 + 1, 2**53),
        (10**400, 10**400 + 1),
        ("\x1f", ""),
        ([], None),
        ("a", "a\0"),
    ],
)
def test_different_values_are_written_differently(one, two):
    """Values that are not equal have different written forms, and none contains the end mark within."""
    assert written(one) != written(two)
    assert "\x1f" not in written(one)[:-1] + written(two)[:-1]


def test_array_has_an_entry_for_each_element():
    """An acceleration keeps one entry for each combination of array elements, each once."""
    document = {"a": [1, 2, 1], "b": "x"}
    assert [written(1) + written("x"), written(2) + written("x")] == entries(document, ("a", "b"))


@pytest.mark.parametrize("document", [{}, {"a": None}, {"a": []}])
def test_missing_value_has_an_entry_too(document):
    """A document without the field keeps its place in an acceleration over further fields."""
    assert [written(None) + written(None)] == entries(document, ("a", "b"))


def test_written_numbers_are_in_order():
    """So that a range of numbers is a range of texts: below and above zero, fractions, and beyond what a float holds."""
    numbers = [-(10**400), -1e300, -2.5, -2, -1e-300, 0, 1e-300, 1, 1.5, 10, 2**53, 2**53 + 1, 1e300, 10**400]
    assert [written(one) for one in numbers] == sorted(map(written, numbers))
