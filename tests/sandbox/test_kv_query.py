"""The query language of the KV store: what matches, and what is refused."""

import pytest

from sandbox.kv import BadRequest
from sandbox.kv.query import parse

DOCUMENT = {
    "_key": "k",
    "n": 5,
    "s": "m",
    "b": True,
    "none": None,
    "list": [1, "x"],
    "o": {"p": {"q": 7}},
    "objects": [{"v": 1}, {"v": 9}],
}


@pytest.mark.parametrize(
    "query",
    [
        {},
        None,
        {"n": 5},
        {"n": 5.0},
        {"s": "m"},
        {"b": True},
        {"none": None},
        {"absent": None},
        {"n": {"$gt": 4}},
        {"n": {"$gte": 5}},
        {"n": {"$lt": 6}},
        {"n": {"$lte": 5}},
        {"n": {"$ne": 6}},
        {"s": {"$gt": "a"}},
        {"n": {"$gt": 1, "$lt": 9}},
        {"n": 5, "s": "m"},
        {"$and": [{"n": 5}, {"s": "m"}]},
        {"$or": [{"n": 1}, {"s": "m"}]},
        {"n": {"$not": {"$gt": 5}}},
        {"n": {"$not": {"$ne": 5}}},
        {"absent": {"$ne": 1}},
        {"absent": {"$not": {"$gt": 1}}},
        {"o.p.q": 7},
        {"o.p.q": {"$gte": 7}},
        {"list": 1},
        {"list": "x"},
        {"list.1": "x"},
        {"objects.v": 9},
        {"objects.0.v": 1},
    ],
)
def test_matches(query):
    """A query holds for a document that satisfies every part of it."""
    assert parse(query).matches(DOCUMENT)


@pytest.mark.parametrize(
    "query",
    [
        {"n": 6},
        {"n": "5"},
        {"b": 1},
        {"n": None},
        {"absent": 1},
        {"n": {"$gt": 5}},
        {"n": {"$gte": 6}},
        {"n": {"$lt": 5}},
        {"n": {"$lte": 4}},
        {"n": {"$ne": 5}},
        {"none": {"$ne": None}},
        {"n": {"$gt": "a"}},
        {"s": {"$gt": 0}},
        {"b": {"$gte": 0}},
        {"absent": {"$gt": 0}},
        {"none": {"$gte": 0}},
        {"n": {"$gt": 1, "$lt": 5}},
        {"n": 5, "s": "x"},
        {"$and": [{"n": 5}, {"s": "x"}]},
        {"$or": [{"n": 1}, {"s": "x"}]},
        {"n": {"$not": {"$gt": 4}}},
        {"o.p.q": 8},
        {"o.x.q": 7},
        {"list": 2},
        {"list.0": "x"},
        {"objects.v": 5},
        {"list": {"$ne": 1}},
    ],
)
def test_does_not_match(query):
    """A query does not hold for a document that fails a part of it; values of two types never meet."""
    assert not parse(query).matches(DOCUMENT)


@pytest.mark.parametrize("operator", ["$in", "$nin", "$regex", "$exists", "$eq", "$where", "$elemMatch", "$type"])
def test_undocumented_operator_is_refused_by_name(operator):
    """An operator that the reference does not list is a 400 that names it and what is allowed."""
    with pytest.raises(BadRequest) as refusal:
        parse({"a": {operator: 1}})
    assert 400 == refusal.value.status
    assert f"Operator {operator} is not supported; allowed: $gt, $gte" in str(refusal.value)


@pytest.mark.parametrize(
    "query, named",
    [
        ({"$nor": [{"a": 1}]}, "$nor"),
        ({"$not": {"a": 1}}, "$not"),
        ({"$gt": 1}, "$gt"),
        ({"a": {"$and": [{"b": 1}]}}, "$and"),
        ({"a": {"$or": []}}, "$or"),
        ({"$and": {"a": 1}}, "$and"),
        ({"$or": []}, "$or"),
        ({"$and": [1]}, "$and"),
        ({"a": {"$not": 1}}, "$not"),
        ({"a": {"$not": {}}}, "$not"),
        ({"a": {"$not": {"b": 1}}}, "$not"),
        ({"a": {"b": 1}}, "'a'"),
        ({"a": {}}, "'a'"),
        ({"a": [1]}, "'a'"),
        ({"a": {"$gt": None}}, "$gt"),
        ({"a": {"$ne": [1]}}, "$ne"),
        ({"a": {"$lt": {"b": 1}}}, "$lt"),
        ({"$or": [{"a": {"$in": [1]}}]}, "$in"),
    ],
)
def test_misplaced_or_malformed_part_is_refused(query, named):
    """A known operator in a wrong place or with a wrong operand is a 400 that names it."""
    with pytest.raises(BadRequest, match=r".*") as refusal:
        parse(query)
    assert named in str(refusal.value)


@pytest.mark.parametrize("query", [[], "a", 1, True])
def test_query_is_an_object(query):
    """A query that is not a JSON object is refused."""
    with pytest.raises(BadRequest, match="must be a JSON object"):
        parse(query)
