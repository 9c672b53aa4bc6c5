"""Splunk's own Python client against the stand-in."""

import json

import pytest

client = pytest.importorskip("splunklib.client")
binding = pytest.importorskip("splunklib.binding")

from sandbox.kv import KVStore  # noqa: E402
from sandbox.rest import RestServer  # noqa: E402


@pytest.fixture
def server(tmp_path):
    kv = KVStore(tmp_path / "kv.db")
    with RestServer(kv) as running:
        yield running
    kv.close()


@pytest.fixture
def service(server):
    port = int(server.url.rpartition(":")[2])
    return client.connect(
        scheme="http", host="127.0.0.1", port=port, username="admin", password="changeme", app="app", owner="nobody"
    )


@pytest.fixture
def data(service):
    service.kvstore.create("c", fields={"n": "number"}, accelerated_fields={"i": {"n": 1}})
    return service.kvstore["c"].data


def test_login_by_password_and_by_key(server, service):
    """The client logs in with a password, and works with a session key as a search process has it."""
    assert [9, 4, 0] == list(service.splunk_version)
    port = int(server.url.rpartition(":")[2])
    given = client.Service(scheme="http", host="127.0.0.1", port=port, token=server.sessions.open("admin"))
    assert "9.4.0" == given.info["version"]
    assert not service.restart_required


def test_wrong_password_is_an_authentication_error(server):
    """The client tells a failed login from other failures."""
    with pytest.raises(binding.AuthenticationError):
        client.connect(
            scheme="http", host="127.0.0.1", port=int(server.url.rpartition(":")[2]), username="admin", password="x"
        )


def test_collections_are_made_changed_and_deleted(service):
    """The client makes a collection, changes its field and acceleration, and deletes it."""
    service.kvstore.create("c", fields={"n": "number"}, accelerated_fields={"i": {"n": 1}})
    service.kvstore["c"].update_field("n", "string")
    service.kvstore["c"].update_accelerated_field("i", {"n": -1})
    found = service.kvstore["c"]
    assert ("string", {"n": -1}) == (found["field.n"], found["accelerated_fields.i"])
    assert ["c"] == [each.name for each in service.kvstore.list()]
    found.delete()
    assert "c" not in service.kvstore


def test_document_by_key(data):
    """Insert, read, update and delete by key."""
    assert {"_key": "k"} == data.insert(json.dumps({"_key": "k", "n": "7"}))
    assert {"_key": "k", "_user": "nobody", "n": 7} == data.query_by_id("k")
    data.update("k", {"n": 8, "text": "ü"})
    assert (8, "ü") == (data.query_by_id("k")["n"], data.query_by_id("k")["text"])
    data.delete_by_id("k")
    with pytest.raises(binding.HTTPError, match="404"):
        data.query_by_id("k")


def test_taken_key_is_an_http_error_409(data):
    """The client raises with the status and the text of the refusal."""
    data.insert({"_key": "k"})
    with pytest.raises(binding.HTTPError, match="same key and user already exists") as refused:
        data.insert({"_key": "k"})
    assert 409 == refused.value.status


def test_queries_and_batches(data):
    """query, batch_save, batch_find and delete by query."""
    assert [f"k{number}" for number in range(10)] == data.batch_save(
        *({"_key": f"k{number}", "n": number} for number in range(10))
    )
    assert [9, 8] == [each["n"] for each in data.query(query={"n": {"$gt": 3}}, sort="n:-1", limit=2)]
    assert [[3], []] == [
        [each["n"] for each in answer] for answer in data.batch_find({"query": {"n": 3}}, {"query": {"n": 99}})
    ]
    data.delete(json.dumps({"n": {"$lt": 8}}))
    assert ["k8", "k9"] == [each["_key"] for each in data.query()]
    data.delete()
    assert [] == data.query()


def test_undocumented_operator_is_an_http_error_400(data):
    """The client sees the refusal of an operator."""
    with pytest.raises(binding.HTTPError, match=r"\$in is not supported") as refused:
        data.query(query={"n": {"$in": [1]}})
    assert 400 == refused.value.status


def test_collection_of_another_app_is_a_key_error(service):
    """The client does not find a collection that its app cannot see."""
    service.kvstore.create("c")
    service.namespace["app"] = "other"
    with pytest.raises(KeyError):
        service.kvstore["c"]


def test_passwords(service):
    """The client makes, lists, changes and deletes storage passwords."""
    made = service.storage_passwords.create("secret", "user", "realm")
    assert ("realm:user:", "secret", "realm", "user") == (made.name, made.clear_password, made.realm, made.username)
    made.update(password="other").refresh()
    assert ["other"] == [each.clear_password for each in service.storage_passwords]
    service.storage_passwords.create("plain", "alone")
    service.storage_passwords.delete("user", "realm")
    assert [":alone:"] == [each.name for each in service.storage_passwords]


def test_ended_session_raises(server, service):
    """A key that no longer works is an authentication error for the client."""
    server.sessions.close(service.token.partition(" ")[2])
    with pytest.raises(binding.AuthenticationError):
        service.get("server/info")
