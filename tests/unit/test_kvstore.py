"""The KV store over REST: batches, pages, and answers that cannot be trusted. The port's contract is test_store.py."""

import pytest

from sandbox.kv import KVStore as Stored
from sandbox.kv.limits import DEFAULTS, Limits
from sandbox.rest import RestServer
from sandbox.rest.auth import Account, default_accounts
from sandbox.rest.exchange import Response
from sandbox.rest.faults import Answer, Disconnect, Empty, HalfSave, on
from sandbox.rest.routes import Route
from teams_export_guard import kvstore
from teams_export_guard.errors import StoreError, StoreUnavailable
from teams_export_guard.kvstore import KVStore
from teams_export_guard.transport import Transport
from tests.support import Clock

APP, C = "teams_export_guard", "c"


def no_check():
    """Nothing to do before a batch."""


class Site:
    """A server with one collection, and our store on it."""

    def __init__(self, folder, limits=DEFAULTS, account="admin"):
        self.kv = Stored(folder / "kv.db", limits)
        self.kv.define(APP, C, {})
        self.server = RestServer(self.kv, [*default_accounts(), Account("guest", "x")])
        self.server.start()
        clock = Clock(0.0)
        self.transport = Transport(self.server.url, self.server.sessions.open(account), clock=clock, sleep=clock.sleep)
        self.store = KVStore(self.transport)

    def fill(self, count, **fields):
        for start in range(0, count, 1000):
            part = range(start, min(start + 1000, count))
            self.kv.batch_save(APP, "nobody", C, [{"_key": "k%05d" % number, **fields} for number in part])

    def answer(self, body):
        """Let every request for documents be answered by ``body``."""
        self.server.routes.add(
            Route(method, "storage/collections/data/.*", lambda request: Response.of_json(body)) for method in ("GET",
            "POST")
        )

    def count(self, method, part):
        return self.server.traffic.count(method, part)

    def close(self):
        self.transport.close()
        self.server.stop()
        self.kv.close()


@pytest.fixture
def sites(tmp_path):
    made = []

    def make(**more):
        made.append(Site(tmp_path, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def site(sites):
    return sites()


def test_limits_are_those_of_splunk():
    """A save and a find stay within what limits.conf allows."""
    assert kvstore.BATCH_DOCUMENTS == Limits().max_documents_per_batch_save == Limits().max_queries_per_batch
    assert Limits().max_size_per_batch_save_mb * 10**6 > kvstore.BATCH_BYTES


def test_thousand_documents_a_save(site):
    """2001 documents are three batches, each checked before."""
    asked = []
    site.store.save(C, [{"_key": str(number)} for number in range(2001)], lambda: asked.append(1))
    assert (3, 3, 2001, 2001) == (
        site.count("POST", "batch_save"),
        len(asked),
        site.store.written,
        len(site.store.all(C, {})),
    )


def test_large_documents_are_fewer_a_save(site):
    """Three documents of 15 MB are two batches, because a body has at most 50 MB."""
    site.store.save(C, [{"_key": key, "v": "x" * (15 * 10**6)} for key in "abc"], no_check)
    assert 2 == site.count("POST", "batch_save")


def test_thousand_keys_a_find(site):
    """2001 keys are asked for in three batches, and all that are there come."""
    site.fill(1500)
    assert 1500 == len(site.store.get(C, ["k%05d" % number for number in range(2001)]))
    assert site.store.read == 1500


def test_all_is_read_in_pages(site):
    """2500 documents come, each once, in order."""
    site.fill(2500)
    assert ["k%05d" % number for number in range(2500)] == [one["_key"] for one in site.store.all(C, {})]


def test_keys_beyond_a_page(site):
    """A query with more matches than a page gives all their keys, each once."""
    site.fill(2500, t="x")
    site.store.save(C, [{"_key": "other", "t": "y"}], no_check)
    assert ["k%05d" % number for number in range(2500)] + ["other"] == sorted(
        site.store.keys_where(C, [{"t": "x"}, {"t": "y"}])
    )


def test_answers_cut_by_rows(sites):
    """A store that cuts its answers silently at 7 rows loses nothing of what is asked."""
    site = sites(limits=Limits(max_rows_per_query=7))
    site.fill(30, t="x")
    keys = ["k%05d" % number for number in range(30)]
    assert keys == [one["_key"] for one in site.store.all(C, {})]
    assert keys == sorted(site.store.get(C, keys))
    assert keys == sorted(site.store.keys_where(C, [{"t": "x"}]))


def test_no_answer_for_each_question(site):
    """Fewer answers than questions cannot be trusted."""
    site.answer([[]])
    with pytest.raises(StoreError, match="cut its answer to 2 questions"):
        site.store.get(C, ["a", "b"])


def test_answer_for_another_question(site):
    """Another document than the one asked for cannot be trusted."""
    site.answer([[{"_key": "b"}]])
    with pytest.raises(StoreError, match="another document"):
        site.store.get(C, ["a"])


@pytest.mark.parametrize("call", [lambda store: store.all(C, {}), lambda store: store.get(C, ["a"])])
def test_answer_that_is_no_list(site, call):
    """An object where a list must be."""
    site.answer({"entry": []})
    with pytest.raises(StoreError):
        call(site.store)


def test_half_a_batch_is_saved_again(site):
    """200 with half of the keys: the whole batch is sent once more, after another check."""
    asked = []
    site.server.faults.add(HalfSave(200), times=1)
    site.store.save(C, [{"_key": key} for key in "abcd"], lambda: asked.append(1))
    assert (4, 2, 2) == (len(site.store.all(C, {})), site.count("POST", "batch_save"), len(asked))


def test_batch_that_is_never_saved_whole(site):
    """After three times the run fails, and says how many there were."""
    site.server.faults.add(HalfSave(200), times=None)
    with pytest.raises(StoreUnavailable, match="saved only 2 of 4 documents of c"):
        site.store.save(C, [{"_key": key} for key in "abcd"], no_check)
    assert 3 == site.count("POST", "batch_save")


@pytest.mark.parametrize("effect", [Answer(503), Answer(503, handled=True), Disconnect(), Empty(), HalfSave(500)])
def test_trouble_while_saving_passes(site, effect):
    """Saved once or twice, the documents are there."""
    site.server.faults.add(effect, times=2, when=on("POST", "batch_save"))
    site.store.save(C, [{"_key": key} for key in "abcd"], no_check)
    assert 4 == len(site.store.all(C, {}))


def test_collection_that_is_not_there(site):
    """The sentence asks whether the app is installed."""
    with pytest.raises(StoreError, match=r"\(404\): the collection is not there; is the app"):
        site.store.all("none", {})


def test_account_that_may_not_write(sites):
    """The sentence names the roles that may."""
    with pytest.raises(StoreError, match=r"\(403\): the search's owner may not do that \(roles teams_export_admin"):
        sites(account="guest").store.save(C, [{"_key": "a"}], no_check)


def test_session_that_ended(site):
    """401 says that the session is not valid any more."""
    store = KVStore(Transport(site.server.url, "old"))
    for call in (lambda: store.all(C, {}), lambda: store.insert(C, {"_key": "a"}), lambda: store.delete(C, {})):
        with pytest.raises(StoreError, match="session is not valid any more"):
            call()
    store._transport.close()


def test_refusal_is_quoted(site):
    """Any other refusal is given with splunkd's words."""
    with pytest.raises(StoreError, match=r"\(400\): .*_key"):
        site.store.insert(C, {"_key": ""})


def test_names_are_quoted_in_paths(site):
    """A collection's name is one step of a path, whatever it holds."""
    with pytest.raises(StoreError, match="404"):
        site.store.all("../c?x=1#y", {})
    assert site.server.traffic.records()[-1].path.endswith("/storage/collections/data/..%2Fc%3Fx%3D1%23y")


def test_store_of_our_app_from_any_app(site):
    """Whatever app a search runs in, paths name ours and the shared space."""
    site.store.all(C, {})
    assert "/servicesNS/nobody/teams_export_guard/storage/collections/data/c" == site.server.traffic.records()[-1].path
