"""A range of numbers behind equal values: what the acceleration finds is what a look at every document finds."""

from __future__ import annotations

import pytest

from sandbox.kv import KVStore

NUMBERS = [-(10**30), -5, -1.5, 0, 1, 1.5, 5, 2**53, 2**53 + 1, 10**30, "7", None, True, [1, 10], [], [-2, "x"]]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """The same documents without and with an acceleration."""
    made = []
    for name, fast in (("plain", {}), ("fast", {"on": {"t": 1, "n": 1}})):
        store = KVStore(tmp_path_factory.mktemp(name) / "kv.sqlite")
        store.define("app", "c", {}, fast)
        store.batch_save("app", "nobody", "c", [
            {"_key": "%s%d" % (t, at), "t": t, "n": number} for t in "ab" for at, number in enumerate(NUMBERS)
        ] + [{"_key": "none", "t": "a"}])
        made.append(store)
    yield made
    for store in made:
        store.close()


@pytest.mark.parametrize("op", ["$gt", "$gte", "$lt", "$lte"])
@pytest.mark.parametrize("operand", [-(10**30), -1.5, 0, -0.0, 1, 1.25, 2**53, 2**53 + 1, 10**30])
def test_a_range_finds_what_a_scan_finds(stores, op, operand):
    """Whole numbers, fractions, what is beyond a float, arrays, and other types, which are in no range."""
    plain, fast = ([one["_key"] for one in store.find("app", "nobody", "c", {"t": "a", "n": {op: operand}})]
                   for store in stores)  # fmt: skip
    assert plain == fast


def test_two_elements_of_an_array_may_satisfy_two_orderings(stores):
    """Above 5 and below 3: one array has both, no number is both."""
    for store in stores:
        found = store.find("app", "nobody", "c", {"t": "a", "n": {"$gt": 5, "$lt": 3}})
        assert [[1, 10]] == [one["n"] for one in found]
