"""The port to the KV store: one suite for the store in memory and the one over REST."""

import pytest

from sandbox.kv import KVStore as Stored
from sandbox.rest import RestServer
from teams_export_guard.kvstore import KVStore
from teams_export_guard.store import MemoryStore
from teams_export_guard.transport import Transport

APP, C = "teams_export_guard", "c"


def no_check():
    """Nothing to do before a batch."""


@pytest.fixture(params=["memory", "rest"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryStore()
        return
    kv = Stored(tmp_path / "kv.db")
    kv.define(APP, C, {})
    with RestServer(kv) as server:
        transport = Transport(server.url, server.sessions.open("admin"))
        yield KVStore(transport)
        transport.close()
    kv.close()


def plain(documents):
    """Documents without what splunkd adds."""
    return [{name: value for name, value in one.items() if name != "_user"} for one in documents]


def filled(store, *documents):
    store.save(C, documents, no_check)
    return store


def test_empty_collection(store):
    """Nothing is found, and nothing is a fault."""
    assert ({}, [], []) == (store.get(C, ["a"]), store.keys_where(C, [{"a": 1}]), store.all(C, {}))


def test_asking_for_nothing(store):
    """No keys and no queries give nothing; saving nothing saves nothing."""
    assert ({}, []) == (store.get(C, []), store.keys_where(C, []))
    store.save(C, [], no_check)
    assert [] == store.all(C, {})


def test_get_by_key(store):
    """Those that there are, by key; the others are left out; a key asked twice is one."""
    filled(store, {"_key": "a", "v": 1}, {"_key": "b/é ?", "v": 2})
    found = store.get(C, ["a", "b/é ?", "c", "a"])
    assert {"a": 1, "b/é ?": 2} == {key: one["v"] for key, one in found.items()}


def test_save_replaces_whole_documents(store):
    """Fields that the new document lacks are gone."""
    filled(store, {"_key": "a", "v": 1, "w": 2})
    filled(store, {"_key": "a", "v": 3})
    assert [{"_key": "a", "v": 3}] == plain(store.all(C, {}))


def test_all_is_sorted_by_key(store):
    """Whatever order they came in."""
    filled(store, *({"_key": key} for key in "cab"))
    assert ["a", "b", "c"] == [one["_key"] for one in store.all(C, {})]


def test_queries_hold_in_all_their_fields(store):
    """A document matches if every field does; several queries are joined."""
    filled(store, {"_key": "a", "t": "x", "n": 1}, {"_key": "b", "t": "x", "n": 2}, {"_key": "c", "t": "y", "n": 1})
    assert ["a"] == [one["_key"] for one in store.all(C, {"t": "x", "n": 1})]
    assert ["a", "b", "c"] == sorted(store.keys_where(C, [{"t": "x"}, {"t": "y", "n": 1}]))
    assert [] == store.keys_where(C, [{"t": "z"}])


def test_insert_tells_what_is_there(store):
    """The second insert of a key fails and changes nothing."""
    assert (True, False) == (store.insert(C, {"_key": "a", "v": 1}), store.insert(C, {"_key": "a", "v": 2}))
    assert [{"_key": "a", "v": 1}] == plain(store.all(C, {}))


def test_delete_by_query(store):
    """What matches is gone, the rest stays, deleting again is no fault."""
    filled(store, {"_key": "a", "v": 1}, {"_key": "b", "v": 2})
    for _ in range(2):
        store.delete(C, {"v": 1})
    assert ["b"] == [one["_key"] for one in store.all(C, {})]


def test_documents_are_not_shared(store):
    """Changing what was saved or found changes nothing in the store."""
    mine = {"_key": "a", "v": 1}
    filled(store, mine)
    mine["v"] = 2
    store.get(C, ["a"])["a"]["v"] = 3
    store.all(C, {})[0]["v"] = 4
    assert 1 == store.get(C, ["a"])["a"]["v"]


def test_check_before_a_batch_stops_it(store):
    """What ``before_batch`` raises passes through, and nothing is saved."""

    def refuse():
        raise InterruptedError("no")

    with pytest.raises(InterruptedError):
        store.save(C, [{"_key": "a"}], refuse)
    assert [] == store.all(C, {})


def test_any_text_is_kept(store):
    """Quotes, line feeds, NUL, characters beyond the basic plane, empty texts."""
    text = '"\\\n\r\t\0\u2028é\U0001f600\ufffd'
    filled(store, {"_key": "a", "v": text, "w": ""})
    assert [{"_key": "a", "v": text, "w": ""}] == plain(store.all(C, {}))


def test_numbers_and_texts_are_told_apart(store):
    """0 and "0" are different values for a query."""
    filled(store, {"_key": "a", "v": 0}, {"_key": "b", "v": "0"})
    assert ["a"] == store.keys_where(C, [{"v": 0}])
