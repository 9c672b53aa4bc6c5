"""The contract of the port to the KV store, held by the store in memory and by the adapter to splunkd alike."""

from __future__ import annotations

import pytest

from sandbox.kv import KVStore as Documents
from sandbox.rest import RestServer
from teams_export_guard.errors import LeaseLost
from teams_export_guard.kvstore import KVStore
from teams_export_guard.store import MemoryStore
from teams_export_guard.transport import Transport

APP, HERE = "teams_export_guard", "teams_export_alerts"


def nothing():
    """A check before a batch that finds nothing wrong."""


@pytest.fixture
def server(tmp_path):
    kv = Documents(tmp_path / "kv.sqlite")
    kv.define(APP, HERE, {"number": "number", "text": "string"}, {"owner": {"tenant": 1, "entity": 1}})
    kv.define(APP, "teams_export_lease", {"expires": "number"})
    with RestServer(kv) as running:
        yield running
    kv.close()


@pytest.fixture(params=("memory", "splunkd"))
def store(request):
    """The port, twice."""
    if request.param == "memory":
        yield MemoryStore()
        return
    server = request.getfixturevalue("server")
    transport = Transport(server.url, server.sessions.open("admin"))
    yield KVStore(transport)
    transport.close()


def plain(document):
    """A document without what splunkd adds to it."""
    return {name: value for name, value in document.items() if name != "_user"}


def document(number, **more):
    return dict({"_key": "k%06d" % number, "number": number, "text": "t%d" % (number % 3)}, **more)


def saved(store, count, **more):
    documents = [document(number, **more) for number in range(count)]
    store.save(HERE, documents, nothing)
    return documents


def test_a_document_comes_back_as_it_was_saved(store):
    """Numbers, fractions, texts of any alphabet, line feeds, NUL and empty texts survive."""
    whole = document(1, fraction=1.5, empty="", letters='Żółć 漢字 😀\n\t\0"\\', nothing=None, text='["a","b"]')
    store.save(HERE, [whole], nothing)
    assert {whole["_key"]: whole} == {key: plain(one) for key, one in store.get(HERE, [whole["_key"]]).items()}


def test_keys_of_any_text_are_found(store):
    """A key may hold slashes, quotes, percent signs and letters of any alphabet."""
    keys = ["a/b", 'a"b', "100%", "ä", "a b", "$gt", "*", "a\\b"]
    store.save(HERE, [{"_key": key, "number": index} for index, key in enumerate(keys)], nothing)
    assert {key: index for index, key in enumerate(keys)} == {
        k: one["number"] for k, one in store.get(HERE, keys).items()
    }


def test_a_key_without_a_document_is_left_out(store):
    """Only what is there is given, each once however often it is asked for."""
    saved(store, 3)
    assert ["k000001"] == list(store.get(HERE, ["k000001", "none", "k000001", "K000001"]))
    assert {} == store.get(HERE, ["none"])
    assert {} == store.get(HERE, [])


def test_documents_come_one_by_one(store):
    """Each that is there, once, however many batches they are and however often a key is asked for."""
    documents = saved(store, 2500)
    keys = [one["_key"] for one in documents]
    assert documents == sorted(map(plain, store.each(HERE, [*keys, "none", *keys])), key=lambda one: one["_key"])
    assert [] == list(store.each(HERE, []))


def test_saving_replaces_the_whole_document(store):
    """A field that the new document lacks is gone."""
    saved(store, 1, old="x")
    saved(store, 1, new="y")
    assert document(0, new="y") == plain(store.get(HERE, ["k000000"])["k000000"])


def test_the_caller_keeps_its_own_documents(store):
    """Changing what was saved, or what was read, changes nothing in the store."""
    (mine,) = saved(store, 1)
    mine["text"] = "changed"
    store.get(HERE, ["k000000"])["k000000"]["text"] = "changed"
    assert "t0" == store.get(HERE, ["k000000"])["k000000"]["text"]


def test_saving_nothing_is_nothing(store):
    """No documents, no fault."""
    store.save(HERE, [], nothing)
    assert [] == store.all(HERE, {})


@pytest.mark.parametrize("count", [999, 1000, 1001, 2500])
def test_any_number_of_documents(store, count):
    """More than a batch holds, and more than a page: all of them are saved, got by key, listed and found."""
    documents = saved(store, count)
    keys = [one["_key"] for one in documents]
    assert documents == [plain(one) for one in store.get(HERE, keys).values()]
    assert documents == [plain(one) for one in store.all(HERE, {})]
    assert sorted(keys) == sorted(store.keys_where(HERE, [{}]))
    assert count == len(store.all(HERE, {"text": "t0"})) + len(store.all(HERE, {"text": "t1"})) + len(
        store.all(HERE, {"text": "t2"})
    )


def test_all_is_in_order_of_key(store):
    """Pages follow one another by key, in whatever order documents were saved."""
    store.save(HERE, [document(number) for number in (5, 3, 9, 1)], nothing)
    assert [1, 3, 5, 9] == [one["number"] for one in store.all(HERE, {})]


def test_all_conditions_of_a_query_must_hold(store):
    """A query names several fields; a document must have each value, and in its type."""
    store.save(HERE, [{"_key": "%s%s" % (t, e), "tenant": t, "entity": e} for t in "ab" for e in "xyz"], nothing)
    assert ["ay"] == [one["_key"] for one in store.all(HERE, {"tenant": "a", "entity": "y"})]
    assert [] == store.all(HERE, {"tenant": "a", "entity": 1})


def test_any_of_the_queries_may_hold(store):
    """Keys of each query's documents, also where one of them finds none."""
    store.save(HERE, [{"_key": "%s%s" % (t, e), "tenant": t, "entity": e} for t in "ab" for e in "xyz"], nothing)
    found = store.keys_where(HERE, [{"tenant": "a", "entity": "x"}, {"tenant": "c"}, {"tenant": "b"}])
    assert ["ax", "bx", "by", "bz"] == sorted(found)
    assert [] == store.keys_where(HERE, [])


def test_more_queries_than_a_batch_holds(store):
    """1,001 queries, one with 1,001 documents, are all answered, each key once."""
    store.save(HERE, [{"_key": "m%05d" % number, "tenant": "many"} for number in range(1001)], nothing)
    store.save(HERE, [{"_key": "o%05d" % number, "tenant": "t%d" % number} for number in range(0, 1000, 100)], nothing)
    found = store.keys_where(HERE, [{"tenant": "t%d" % number} for number in range(1000)] + [{"tenant": "many"}])
    assert 10 + 1001 == len(found) == len(set(found))


def test_an_insert_tells_what_is_taken(store):
    """The first insert of a key is taken, the second is not and changes nothing."""
    assert True is store.insert(HERE, document(1, holder="first"))
    assert False is store.insert(HERE, document(1, holder="second"))
    assert "first" == store.get(HERE, ["k000001"])["k000001"]["holder"]


def test_an_insert_after_a_delete_is_taken(store):
    """A key is free again when its document is gone."""
    store.insert(HERE, document(1))
    store.delete(HERE, {"_key": "k000001"})
    assert store.insert(HERE, document(1))


def test_delete_takes_what_matches_and_nothing_else(store):
    """All conditions must hold; a query that finds nothing is no fault."""
    saved(store, 6)
    store.delete(HERE, {"text": "t0", "number": 3})
    store.delete(HERE, {"text": "t0", "number": 1})
    assert [0, 1, 2, 4, 5] == [one["number"] for one in store.all(HERE, {})]


def test_collections_do_not_see_each_other(store):
    """The same key in another collection is another document."""
    saved(store, 1)
    assert {} == store.get("teams_export_lease", ["k000000"])
    assert store.insert("teams_export_lease", {"_key": "k000000", "expires": 1})


def test_the_check_before_a_batch_can_stop_it(store):
    """What the check raises comes out, and nothing of the batch is written."""

    def lost():
        raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        store.save(HERE, [document(1)], lost)
    assert [] == store.all(HERE, {})


def test_an_empty_collection_is_no_fault(store):
    """Nothing is found in it, by key, by query or as a whole."""
    assert ({}, [], []) == (store.get(HERE, ["a"]), store.keys_where(HERE, [{"a": 1}]), store.all(HERE, {}))


def test_a_number_is_not_its_text(store):
    """0 and "0" are different values for a query."""
    store.save(HERE, [{"_key": "a", "free": 0}, {"_key": "b", "free": "0"}], nothing)
    assert ["a"] == store.keys_where(HERE, [{"free": 0}])


def test_a_query_of_what_is_below(store):
    """{"$lt": n} finds, and deletes, the documents with a smaller number; none that lacks it."""
    saved(store, 5)
    store.save(HERE, [{"_key": "without"}], nothing)
    assert ["k000000", "k000001"] == sorted(store.keys_where(HERE, [{"number": {"$lt": 2}}]))
    store.delete(HERE, {"number": {"$lt": 2}})
    assert ["k000002", "k000003", "k000004", "without"] == [one["_key"] for one in store.all(HERE, {})]
