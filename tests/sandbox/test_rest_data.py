"""storage/collections/data over HTTP: documents, refusals and who may reach them."""

import json

import pytest

from sandbox.kv import KVStore, Limits
from sandbox.rest import Account, Acl, Acls, Caller, RestServer

HERE = "/servicesNS/nobody/app/storage/collections/data/c"
ACCOUNTS = [
    Account("admin", "a", frozenset({"admin"}), frozenset({"admin_all_objects"})),
    Account("bob", "b", frozenset({"user"})),
    Account("eve", "e", frozenset({"guest"})),
]
ACLS = Acls(
    collections={
        ("app", "c"): Acl(read=("user",), write=("writer",)),
        ("app", "open"): Acl(write=("*",)),
        ("other", "shown"): Acl(exported=True, write=("user",)),
        ("other", "hidden"): Acl(write=("user",)),
    }
)


@pytest.fixture
def server(tmp_path):
    kv = KVStore(tmp_path / "kv.db", Limits(max_rows_per_query=50))
    for app, name in (("app", "c"), ("app", "open"), ("other", "shown"), ("other", "hidden"), ("system", "all")):
        kv.define(app, name, {"n": "number"})
    with RestServer(kv, ACCOUNTS, acls=ACLS) as running:
        yield running
    kv.close()


@pytest.fixture
def as_(server):
    """Callers by account name."""
    return lambda name: Caller(server.url, server.sessions.open(name))


@pytest.fixture
def admin(as_):
    return as_("admin")


def test_document_goes_in_and_out(admin):
    """POST answers 201 with the key; GET gives the document with _key and _user."""
    made = admin.post(HERE, {"_key": "k 1/é", "a": 1, "n": "5"})
    assert (201, {"_key": "k 1/é"}) == (made.status, made.json)
    found = admin.get(HERE + "/k%201%2F%C3%A9")
    assert (200, {"_key": "k 1/é", "_user": "nobody", "a": 1, "n": 5}) == (found.status, found.json)
    assert found.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("slash", ["", "/"])
def test_trailing_slash_is_the_same_resource(admin, slash):
    """The path of a collection may end with a slash."""
    assert 201 == admin.post(HERE + slash, {"a": 1}).status
    assert 1 == len(admin.get(HERE + slash).json)


def test_taken_key_is_409(admin):
    """A second insert of a key is 409 with Splunk's words as JSON."""
    admin.post(HERE, {"_key": "k"})
    refused = admin.post(HERE, {"_key": "k"})
    expected = {"messages": [{"type": "ERROR", "text": "A document with the same key and user already exists."}]}
    assert (409, expected) == (refused.status, refused.json)


def test_replace_and_delete_by_key(admin):
    """POST to a key replaces and answers the key, DELETE removes with an empty body, and both are 404 without it."""
    admin.post(HERE, {"_key": "k", "a": 1})
    replaced = admin.post(HERE + "/k", {"b": 2})
    assert (200, {"_key": "k"}) == (replaced.status, replaced.json)
    assert {"_key": "k", "_user": "nobody", "b": 2} == admin.get(HERE + "/k").json
    assert (200, b"") == admin.delete(HERE + "/k")[::2]
    for reply in (admin.get(HERE + "/k"), admin.post(HERE + "/k", {}), admin.delete(HERE + "/k")):
        assert (404, "Could not find object.") == (reply.status, reply.text)


def test_find_takes_query_sort_limit_skip_fields(admin):
    """The arguments of a GET shape the answer."""
    admin.post(HERE + "/batch_save", [{"_key": f"k{number}", "n": number} for number in range(6)])
    found = admin.get(HERE, query={"n": {"$gt": 1}}, sort="n:-1", skip=1, limit=2, fields="n,_key:0")
    assert [{"n": 4}, {"n": 3}] == found.json


def test_shared_adds_the_documents_of_nobody(admin):
    """With shared=true an owner sees nobody's documents beside his own."""
    admin.post(HERE, {"_key": "theirs"})
    mine = HERE.replace("nobody", "admin")
    admin.post(mine, {"_key": "mine"})
    assert ["mine"] == [each["_key"] for each in admin.get(mine).json]
    assert {"mine", "theirs"} == {each["_key"] for each in admin.get(mine, shared="true").json}


def test_delete_with_and_without_query(admin):
    """DELETE removes what matches, or all, and answers an empty body."""
    admin.post(HERE + "/batch_save", [{"n": number} for number in range(6)])
    assert (200, b"") == admin.delete(HERE, query={"n": {"$lt": 4}})[::2]
    assert 2 == len(admin.get(HERE).json)
    assert (200, b"") == admin.delete(HERE)[::2]
    assert [] == admin.get(HERE).json


def test_batches(admin):
    """batch_save answers keys, batch_find an array of arrays."""
    saved = admin.post(HERE + "/batch_save", [{"_key": "a", "n": 1}, {"_key": "b", "n": 2}])
    assert (200, ["a", "b"]) == (saved.status, saved.json)
    found = admin.post(HERE + "/batch_find", [{"query": {"n": 2}}, {"query": {"n": 3}}])
    assert (200, [["b"], []]) == (found.status, [[each["_key"] for each in answer] for answer in found.json])


def test_too_long_an_answer_is_cut_with_status_200(admin):
    """Over max_rows_per_query the answer is 200 and short: nothing in it tells."""
    for start in (0, 40):
        admin.post(HERE + "/batch_save", [{"n": number} for number in range(start, start + 40)])
    found = admin.get(HERE, limit=80)
    assert (200, 50) == (found.status, len(found.json))


def test_too_many_documents_is_400_in_the_words_of_splunk(admin):
    """A batch save of 1001 documents is refused."""
    refused = admin.post(HERE + "/batch_save", [{}] * 1001)
    assert 400 == refused.status
    assert refused.text.endswith("(Too many documents for a single batch save, max_documents_per_batch_save=1000)")


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"query": '{"a": {"$in": [1]}}'}, "$in"),
        ({"query": "{"}, "query"),
        ({"query": "[]"}, "object"),
        ({"query": '{"a": NaN}'}, "NaN"),
        ({"limit": "-1"}, "limit"),
        ({"skip": "x"}, "skip"),
        ({"sort": "a:2"}, "sort"),
        ({"fields": "a,b:0"}, "fields"),
        ({"filter": "a"}, "filter"),
    ],
)
def test_bad_argument_is_400_and_named(admin, arguments, named):
    """A wrong argument of a GET is refused by name."""
    refused = admin.get(HERE, **arguments)
    assert 400 == refused.status
    assert named in refused.text


@pytest.mark.parametrize("place", [HERE, HERE + "/k", HERE + "/batch_save", HERE + "/batch_find"])
@pytest.mark.parametrize("body", [b"", b"NOT VALID", b"{", b'{"a": NaN}', b"\xff{}", b'"text"', b"[" * 100000])
def test_bad_body_is_400(admin, place, body):
    """A body that is not JSON, or not of the wanted shape, is 400 everywhere."""
    admin.post(HERE, {"_key": "k"})
    assert 400 == admin.call("POST", place, body=body, content_type="application/json").status
    assert [{"_key": "k", "_user": "nobody"}] == admin.get(HERE).json


def test_content_type_must_be_json(admin):
    """A JSON body that is sent as a form is 400."""
    refused = admin.call("POST", HERE, body=b"{}", content_type="application/x-www-form-urlencoded")
    assert (400, True) == (refused.status, "Content-Type" in refused.text)


@pytest.mark.parametrize(
    "path, status",
    [
        ("/servicesNS/nobody/app/storage/collections/data/none", 404),
        ("/servicesNS/nobody/none/storage/collections/data/c", 404),
        ("/servicesNS/nobody/app/storage/collections/data", 404),
        ("/servicesNS/nobody/app/storage/collections/none", 404),
        ("/services/storage/collections/data/c", 400),
        ("/servicesNS/-/app/storage/collections/data/c", 400),
        ("/servicesNS/nobody/-/storage/collections/data/c", 400),
        ("/storage/collections/data/c", 404),
    ],
)
def test_wrong_place(admin, path, status):
    """Documents are found only under a named owner and an app that sees the collection."""
    assert status == admin.get(path).status


def test_unknown_method_is_405(admin):
    """A resource refuses a method that it does not have."""
    assert 405 == admin.call("PUT", HERE).status


def test_exported_and_system_collections_are_seen_elsewhere(admin):
    """A collection of another app is 404 unless it is exported or of the app system."""
    base = "/servicesNS/nobody/app/storage/collections/data/"
    assert [200, 404, 200] == [admin.get(base + name).status for name in ("shown", "hidden", "all")]
    admin.post(base + "shown", {"_key": "k"})
    assert 200 == admin.get("/servicesNS/nobody/other/storage/collections/data/shown/k").status


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Splunk nonsense"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic YTpi"}],
)
def test_without_a_session_it_is_401(server, headers):
    """A request without a valid key is 401, whatever it asks, and does nothing."""
    caller = Caller(server.url)
    for method in ("GET", "POST", "DELETE"):
        refused = caller.call(method, HERE, body=b"{}", content_type="application/json", headers=headers)
        assert (401, "call not properly authenticated") == (refused.status, refused.text)


def test_ended_session_is_401(server, admin):
    """A key stops working when its session ends."""
    assert 200 == admin.get(HERE).status
    server.sessions.close(admin.key)
    assert 401 == admin.get(HERE).status


def test_roles_decide_reading_and_writing(as_, admin):
    """A role in the read list reads, one outside is 403; the same for writing; admin_all_objects does both."""
    bob, eve = as_("bob"), as_("eve")
    assert [200, 403] == [each.get(HERE).status for each in (bob, eve)]
    writes = [
        ("POST", HERE),
        ("POST", HERE + "/k"),
        ("POST", HERE + "/batch_save"),
        ("DELETE", HERE),
        ("DELETE", HERE + "/k"),
    ]
    for method, path in writes:
        refused = bob.call(method, path, body=b"[]", content_type="application/json")
        assert 403 == refused.status
        assert "User 'bob' with roles { user } cannot write: /nobody/app/collections/c" in refused.text
    assert 403 == eve.post(HERE + "/batch_find", [{}]).status
    assert 201 == admin.post(HERE, {}).status
    assert 201 == eve.post(HERE[:-1] + "open", {}).status


def test_documents_of_another_user_are_403(as_, admin):
    """Without admin_all_objects an account reaches only its own documents and nobody's."""
    place = "/servicesNS/{}/app/storage/collections/data/open"
    bob = as_("bob")
    assert [200, 200, 403] == [bob.get(place.format(owner)).status for owner in ("nobody", "bob", "admin")]
    assert 200 == admin.get(place.format("bob")).status


def test_access_lists_may_change_while_it_runs(server, as_):
    """The server asks the access lists anew for each request."""
    bob = as_("bob")
    server.acls = Acls(default=Acl(read=("none",)))
    assert 403 == bob.get(HERE).status
    server.acls = Acls(default=Acl())
    assert 200 == bob.get(HERE).status


def test_unicode_and_nul_travel(admin):
    """Text with NUL and astral characters comes back as it went; a lone surrogate is 400."""
    admin.post(HERE, {"_key": "k", "a": "\0é😀"})
    assert "\0é😀" == admin.get(HERE + "/k").json["a"]
    assert (
        400
        == admin.call("POST", HERE, body=json.dumps({"a": "\ud800"}).encode(), content_type="application/json").status
    )
