"""Login, server/info, messages, kvstore/status, storage/passwords, and routes of others."""

import re
import urllib.error
import xml.etree.ElementTree

import pytest

from sandbox.kv import KVStore
from sandbox.rest import Account, Caller, HttpError, Response, RestServer, Route

PASSWORDS = "/servicesNS/nobody/app/storage/passwords"


def xml_of(body):
    return xml.etree.ElementTree.fromstring(body)  # noqa: S314 - our own server wrote it


@pytest.fixture
def server(tmp_path):
    kv = KVStore(tmp_path / "kv.db")
    accounts = [
        Account("admin", "changed é&=", frozenset({"admin"}), frozenset({"admin_all_objects"})),
        Account("bob", "b"),
        Account("reader", "r", capabilities=frozenset({"list_storage_passwords"})),
    ]
    with RestServer(kv, accounts) as running:
        yield running
    kv.close()


@pytest.fixture
def admin(server):
    return Caller(server.url, server.sessions.open("admin"))


def content(reply):
    return reply.json["entry"][0]["content"]


def test_login_gives_a_key_that_works(server):
    """The right password gives a session key, as XML or JSON, and the key opens the rest."""
    caller = Caller(server.url)
    reply = caller.form("/services/auth/login", username="admin", password="changed é&=")
    key = xml_of(reply.body).findtext("sessionKey")
    other = caller.form("/services/auth/login", username="admin", password="changed é&=", output_mode="json").json[
        "sessionKey"
    ]
    assert key != other
    assert [200, 200] == [Caller(server.url, each).get("/services/server/info").status for each in (key, other)]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"username": "admin"}, {"username": "admin", "password": "b"}, {"username": "no", "password": "b"}],
)
def test_wrong_password_is_401(server, arguments):
    """A wrong or missing name or password is 401 and gives no key."""
    refused = Caller(server.url).form("/services/auth/login", output_mode="json", **arguments)
    assert (401, "Login failed") == (refused.status, refused.text)


def test_session_of_an_unknown_account(server):
    """A session is opened only for an account that exists."""
    with pytest.raises(KeyError, match="No account 'no'; there are: admin, bob, reader"):
        server.sessions.open("no")


@pytest.mark.parametrize(
    "path", ["/services/server/info", "/servicesNS/nobody/app/server/info", "/services/server/info/server-info"]
)
def test_info_has_a_version(admin, path):
    """server/info answers in every namespace with version and roles."""
    found = content(admin.get(path, output_mode="json"))
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    assert "search_head" in found["server_roles"]


def test_status_of_the_store(server, admin):
    """kvstore/status says ready, or what the test sets."""

    def ask():
        return content(admin.get("/services/kvstore/status", output_mode="json"))["current"]["status"]

    assert "ready" == ask()
    server.system.kvstore_status = "starting"
    assert "starting" == ask()


@pytest.mark.parametrize("path", ["/services/server/info", "/services/kvstore/status", "/services/messages", PASSWORDS])
def test_everything_but_login_needs_a_session(server, path):
    """Without a key these are 401, as XML."""
    refused = Caller(server.url).get(path)
    assert 401 == refused.status
    assert "call not properly authenticated" == xml_of(refused.body).findtext("./messages/msg")


def test_messages_come_and_go(admin):
    """The list of messages is empty at first; one can be made, read and deleted once."""
    place = "/services/messages"
    assert [] == admin.get(place, output_mode="json").json["entry"]
    assert 201 == admin.form(place, name="restart_required", value="a <b> \1").status
    assert "a <b> \1" == content(admin.get(place + "/restart_required", output_mode="json"))["message"]
    assert 200 == admin.get(place).status and xml_of(admin.get(place).body) is not None
    assert [200, 404, 404] == [
        admin.delete(place + "/restart_required").status,
        admin.delete(place + "/restart_required").status,
        admin.get(place + "/restart_required").status,
    ]
    assert 400 == admin.form(place, name="x").status


def test_password_is_kept_changed_and_deleted(admin):
    """A secret is named realm:username:, read in the clear, changed and deleted."""
    assert 201 == admin.form(PASSWORDS, name="u:1", realm="r", password="p é").status
    (entry,) = admin.get(PASSWORDS, output_mode="json").json["entry"]
    assert ("r:u\\:1:", "p é", "r", "u:1") == (
        entry["name"],
        *(entry["content"][name] for name in ("clear_password", "realm", "username")),
    )
    one = PASSWORDS + "/r:u%5C:1:"
    assert 200 == admin.form(one, password="new").status
    assert "new" == content(admin.get(one, output_mode="json"))["clear_password"]
    assert [200, 404, 404] == [admin.delete(one).status, admin.delete(one).status, admin.get(one).status]


def test_password_without_realm(admin):
    """Without a realm the name is :username:, and the plain user name finds it too."""
    admin.form(PASSWORDS, name="u", password="p")
    assert [200, 200] == [admin.get(PASSWORDS + "/" + name).status for name in (":u:", "u")]


def test_password_refusals(admin):
    """Twice is 409, without name or password 400, and another app does not see it."""
    admin.form(PASSWORDS, name="u", password="p")
    assert [409, 400, 400, 400] == [
        admin.form(PASSWORDS, **each).status
        for each in ({"name": "u", "password": "q"}, {"name": "v"}, {"password": "p"}, {})
    ]
    assert 404 == admin.get(PASSWORDS.replace("/app/", "/other/") + "/u").status
    assert 400 == admin.get(PASSWORDS.replace("/app/", "/-/") + "/u").status
    assert 1 == len(admin.get(PASSWORDS.replace("/app/", "/-/"), output_mode="json").json["entry"])


def test_passwords_need_capabilities(server, admin):
    """Reading needs list_storage_passwords, changing edit_storage_passwords."""
    admin.form(PASSWORDS, name="u", password="p")
    bob, reader = (Caller(server.url, server.sessions.open(name)) for name in ("bob", "reader"))
    assert [403, 403] == [bob.get(PASSWORDS).status, bob.get(PASSWORDS + "/u").status]
    assert [200, 200] == [reader.get(PASSWORDS).status, reader.get(PASSWORDS + "/u").status]
    assert [403, 403, 403] == [
        reader.form(PASSWORDS, name="x", password="p").status,
        reader.form(PASSWORDS + "/u", password="q").status,
        reader.delete(PASSWORDS + "/u").status,
    ]


def test_routes_of_others(server, admin):
    """A further route meets its namespace, decoded groups and account; its refusals are answered like our own."""

    def show(request):
        if request.groups["name"] == "bad":
            raise HttpError(418, "no <tea>")
        return Response.of_json(
            [request.owner, request.app, request.groups["name"], request.account.name, request.query], 202
        )

    server.routes.add([Route("GET", "search/jobs/(?P<name>[^/]+)", show)])
    reply = admin.get("/servicesNS/bob/app/search/jobs/a%2Fb", x="1", y="")
    assert (202, ["bob", "app", "a/b", "admin", {"x": "1", "y": ""}]) == (reply.status, reply.json)
    assert [None, None, "c"] == admin.get("/services/search/jobs/c").json[:3]
    assert (418, "no <tea>") == (
        admin.get("/services/search/jobs/bad", output_mode="json").status,
        xml_of(admin.get("/services/search/jobs/bad").body).findtext("./messages/msg"),
    )
    assert 401 == Caller(server.url).get("/services/search/jobs/c").status
    assert 405 == admin.delete("/services/search/jobs/c").status


def test_defect_of_a_handler_is_500(server, admin):
    """An exception in a handler is answered with 500 and its text, and the server goes on."""

    def fail(request):
        raise urllib.error.URLError("broken")

    server.routes.add([Route("GET", "defect", fail)])
    assert (500, True) == (
        admin.get("/services/defect", output_mode="json").status,
        "broken" in admin.get("/services/defect", output_mode="json").text,
    )
    assert 200 == admin.get("/services/server/info").status


@pytest.mark.parametrize(
    "path", ["/", "/services", "/server/info", "/servicesNS/a/b", "/services/none", "/servicesNS/a"]
)
def test_unknown_path_is_404(admin, path):
    """A path that is no resource is 404."""
    assert 404 == admin.get(path).status
