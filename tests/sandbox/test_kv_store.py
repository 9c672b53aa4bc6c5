"""The operations of the KV store, by name."""

import contextlib
import re
import sqlite3

import pytest

from sandbox.kv import BadRequest, KeyExists, KVStore, Limits, NotFound

HERE = ("app", "nobody", "c")


@pytest.fixture
def make(tmp_path):
    """Makes stores over one file, with the collection c of the app."""
    made = []

    def build(limits=None, **definition):
        store = KVStore(tmp_path / "kv.db", limits or Limits())
        made.append(store)
        store.define("app", "c", **definition)
        return store

    yield build
    for store in made:
        store.close()


@pytest.fixture
def kv(make):
    return make()


def numbered(count, **more):
    return [{"_key": f"k{number:06d}", "n": number, **more} for number in range(count)]


def test_inserted_document_is_read_back_with_key_and_user(kv):
    """What was inserted comes back under its key, with _key and _user."""
    key = kv.insert(*HERE, {"_key": "k1", "a": 1})
    assert {"_key": "k1", "_user": "nobody", "a": 1} == kv.get(*HERE, key)


def test_key_is_made_up_when_not_given(kv):
    """Without _key a document gets 24 hex digits, different ones each time."""
    keys = {kv.insert(*HERE, {"a": 1}) for _ in range(20)}
    assert 20 == len(keys)
    assert all(re.fullmatch("[0-9a-f]{24}", key) for key in keys)


def test_user_field_cannot_be_forged(kv):
    """_user is the owner of the namespace, whatever the document says."""
    kv.insert("app", "bob", "c", {"_key": "k", "_user": "alice"})
    assert "bob" == kv.get("app", "bob", "c", "k")["_user"]


def test_taken_key_is_refused_and_nothing_changes(kv):
    """A second insert of a key is a 409 with Splunk's words; the first document stays."""
    kv.insert(*HERE, {"_key": "k", "a": 1})
    with pytest.raises(KeyExists, match=r"^A document with the same key and user already exists\.$") as refusal:
        kv.insert(*HERE, {"_key": "k", "a": 2})
    assert 409 == refusal.value.status
    assert 1 == kv.get(*HERE, "k")["a"]


def test_owners_and_collections_do_not_meet(kv):
    """One key may stand under two owners and in two collections; each sees its own."""
    kv.define("app", "d")
    for place, value in ((HERE, 1), (("app", "bob", "c"), 2), (("app", "nobody", "d"), 3)):
        kv.insert(*place, {"_key": "k", "a": value})
    assert [1, 2, 3] == [kv.find(*place)[0]["a"] for place in (HERE, ("app", "bob", "c"), ("app", "nobody", "d"))]
    assert [1, 2] == sorted(each["a"] for each in kv.find("app", "bob", "c", shared=True))


def test_replace_exchanges_the_whole_document(kv):
    """replace() leaves nothing of the old fields; a missing key is a 404."""
    kv.insert(*HERE, {"_key": "k", "a": 1, "b": 2})
    kv.replace(*HERE, "k", {"a": 3})
    assert {"_key": "k", "_user": "nobody", "a": 3} == kv.get(*HERE, "k")
    with pytest.raises(NotFound, match="Could not find object"):
        kv.replace(*HERE, "absent", {"a": 1})
    assert 1 == len(kv.find(*HERE))


def test_deleted_document_is_gone(kv):
    """delete() removes one document; again it is a 404."""
    kv.batch_save(*HERE, numbered(2))
    kv.delete(*HERE, "k000000")
    assert ["k000001"] == [each["_key"] for each in kv.find(*HERE)]
    for call in (kv.delete, kv.get):
        with pytest.raises(NotFound):
            call(*HERE, "k000000")


def test_delete_query_takes_what_matches_or_all(kv):
    """delete_query() removes the matching documents of that owner; without a query all of them."""
    kv.batch_save(*HERE, numbered(5))
    kv.insert("app", "bob", "c", {"n": 1})
    assert 2 == kv.delete_query(*HERE, {"n": {"$gt": 2}})
    assert [0, 1, 2] == [each["n"] for each in kv.find(*HERE)]
    assert 3 == kv.delete_query(*HERE)
    assert 1 == len(kv.find("app", "bob", "c"))


def test_batch_save_inserts_and_replaces_in_order(kv):
    """batch_save() answers the keys in order; a known key is replaced whole, of two the later stays."""
    kv.insert(*HERE, {"_key": "b", "old": 1})
    keys = kv.batch_save(*HERE, [{"_key": "a", "n": 1}, {"_key": "b", "n": 2}, {"n": 3}, {"_key": "a", "n": 4}])
    assert ["a", "b", "a"] == [keys[0], keys[1], keys[3]]
    assert {"a": 4, "b": 2, keys[2]: 3} == {each["_key"]: each["n"] for each in kv.find(*HERE)}
    assert "old" not in kv.get(*HERE, "b")


def test_batch_find_answers_each_query_in_order(kv):
    """batch_find() gives one list for each query, each with its own sort, limit and fields."""
    kv.batch_save(*HERE, numbered(4))
    queries = [
        {"query": {"n": 2}},
        {"sort": "n:-1", "limit": 2, "fields": "n,_key:0"},
        {"query": {"n": 9}},
        {"skip": 3, "sort": "n"},
    ]
    found = kv.batch_find(*HERE, queries)
    assert [[2], [3, 2], [], [3]] == [[each["n"] for each in answer] for answer in found]
    assert [{"n": 3}, {"n": 2}] == found[1]


@pytest.mark.parametrize("queries", [{}, [1], "x", [{"queri": {}}], [{"query": {"a": {"$in": [1]}}}]])
def test_batch_find_refuses(kv, queries):
    """A batch find is an array of objects with known parts, each a documented query."""
    with pytest.raises(BadRequest):
        kv.batch_find(*HERE, queries)


@pytest.mark.parametrize(
    "document",
    [
        [],
        "x",
        1,
        None,
        {"_key": ""},
        {"_key": 5},
        {"_key": None},
        {"$a": 1},
        {"a.b": 1},
        {"": 1},
        {"a\0": 1},
        {"a": "\ud800"},
        {"\udfff": 1},
        {"_key": "\ud800"},
        {"a": float("nan")},
    ],
)
def test_document_that_is_none_is_refused(kv, document):
    """What is not a storable JSON object is a 400, and a batch with one such document saves none."""
    with pytest.raises(BadRequest):
        kv.insert(*HERE, document)
    with pytest.raises(BadRequest):
        kv.batch_save(*HERE, [{"a": 1}, document])
    assert [] == kv.find(*HERE)


@pytest.mark.parametrize(
    "value", ["\0", "\u2028", "é😀", "'\"\\;--", "x" * 100000, -0.0, 10**30, [[1], {"a": []}], {"b": {"c.d": 1}}]
)
def test_unusual_values_survive(kv, value):
    """Any JSON value comes back as it went in."""
    kv.insert(*HERE, {"_key": "k", "a": value})
    assert value == kv.get(*HERE, "k")["a"]


def test_declared_types_convert_on_every_way_in(make):
    """insert, replace and batch_save convert declared fields and drop what does not fit."""
    kv = make(field_types={"n": "number", "m": "number"})
    kv.insert(*HERE, {"_key": "a", "n": "1", "m": "x"})
    kv.batch_save(*HERE, [{"_key": "b", "n": "2", "m": "x"}])
    kv.insert(*HERE, {"_key": "c"})
    kv.replace(*HERE, "c", {"n": "3", "m": "x"})
    assert [{"n": 1}, {"n": 2}, {"n": 3}] == kv.find(*HERE, sort="n", fields="n,m,_key:0")


def test_enforced_types_refuse_the_write(make):
    """With enforceTypes an unfit value fails the insert and nothing is kept."""
    kv = make(field_types={"n": "number"}, enforce_types=True)
    with pytest.raises(BadRequest, match="must be of type number"):
        kv.insert(*HERE, {"n": "x"})
    assert [] == kv.find(*HERE)


def test_unknown_collection_is_not_found(kv):
    """Every operation on a collection that was not declared is a 404."""
    for call in (
        lambda: kv.find("app", "nobody", "no"),
        lambda: kv.find("other", "nobody", "c"),
        lambda: kv.insert("app", "nobody", "no", {}),
        lambda: kv.batch_save("app", "nobody", "no", []),
        lambda: kv.drop("app", "no"),
        lambda: kv.definition("app", "no"),
    ):
        with pytest.raises(NotFound, match="does not exist in app"):
            call()


def test_defining_again_keeps_documents_and_dropping_removes_them(kv):
    """A changed definition leaves the documents; drop() takes them, and a new collection of that name is empty."""
    kv.insert(*HERE, {"_key": "k", "a": "1"})
    kv.define("app", "c", {"a": "number"}, {"fast": {"a": 1}})
    assert ["k"] == [each["_key"] for each in kv.find(*HERE, {"a": "1"})]
    kv.drop("app", "c")
    kv.define("app", "c", {}, {"fast": {"a": 1}})
    assert [] == kv.find(*HERE) == kv.find(*HERE, {"a": "1"})


def test_definitions_are_listed_by_app(kv):
    """definitions() gives all collections or those of one app."""
    kv.define("other", "d", {"x": "bool"}, {"i": '{"x": -1}'})
    assert [("app", "c"), ("other", "d")] == [(each.app, each.name) for each in kv.definitions()]
    (found,) = kv.definitions("other")
    assert ({"x": "bool"}, {"i": {"x": -1}}) == (found.field_types, found.accelerations)


@pytest.mark.parametrize(
    "name, accelerations",
    [
        ("a/b", {}),
        ("", {}),
        ("x" * 101, {}),
        ("c", {"i": "no json"}),
        ("c", {"i": "[]"}),
        ("c", {"i": {"a": 2}}),
        ("c", {"i": {}}),
        ("c", {f"i{number}": {"a": 1} for number in range(11)}),
        ("c", {"i": {f"f{number}": 1 for number in range(11)}}),
    ],
)
def test_definition_refuses(kv, name, accelerations):
    """A bad name, a malformed acceleration or too many of them is a 400."""
    with pytest.raises(BadRequest):
        kv.define("app", name, {}, accelerations)


def test_paging_by_key_reads_everything_once(kv):
    """Asking for keys greater than the last one, sorted by key, walks all documents without a repeat."""
    expected = [each["_key"] for each in numbered(57)]
    kv.batch_save(*HERE, list(reversed(numbered(57))))
    seen, last = [], ""
    while True:
        page = kv.find(*HERE, {"_key": {"$gt": last}}, sort="_key", limit=10)
        seen += [each["_key"] for each in page]
        if len(page) < 10:
            break
        last = page[-1]["_key"]
    assert expected == seen


def test_snapshot_keeps_the_past_and_refuses_writes(kv):
    """snapshot() reads the state of its moment while the store goes on, and takes no write."""
    kv.insert(*HERE, {"_key": "k", "a": 1})
    past = kv.snapshot()
    kv.replace(*HERE, "k", {"a": 2})
    assert (1, 2) == (past.get(*HERE, "k")["a"], kv.get(*HERE, "k")["a"])
    with pytest.raises(BadRequest, match="reading only"):
        past.insert(*HERE, {"a": 1})
    past.close()


def test_accelerations_do_not_pile_up(make, tmp_path):
    """Writing a document again and deleting it leave no old entries of an acceleration behind."""
    kv = make(accelerations={"i": {"n": 1}})

    def entries():
        database = sqlite3.connect(str(tmp_path / "kv.db"))
        with contextlib.closing(database):
            return database.execute("SELECT COUNT(*) FROM accelerated").fetchone()[0]

    for number in range(3):
        kv.batch_save(*HERE, [{"_key": "k", "n": [number, number + 10]}, {"_key": "l"}])
        kv.replace(*HERE, "l", {"n": number})
    assert 3 == entries()
    kv.delete(*HERE, "k")
    assert 1 == entries()
    kv.drop("app", "c")
    assert 0 == entries()


def test_documents_outlive_the_store(kv, tmp_path):
    """A store opened later over the same file has definitions and documents."""
    kv.insert(*HERE, {"_key": "k", "a": 1})
    kv.close()
    again = KVStore(tmp_path / "kv.db")
    assert 1 == again.get(*HERE, "k")["a"]
    again.close()
