"""storage/collections/config over HTTP: which collections there are and what they declare."""

import xml.etree.ElementTree

import pytest

from sandbox.kv import KVStore
from sandbox.rest import Account, Acl, Acls, Caller, RestServer

HERE = "/servicesNS/nobody/app/storage/collections/config"


def xml_of(body):
    return xml.etree.ElementTree.fromstring(body)  # noqa: S314 - our own server wrote it


@pytest.fixture
def server(tmp_path):
    kv = KVStore(tmp_path / "kv.db")
    accounts = [Account("admin", "a", frozenset({"admin"}), frozenset({"admin_all_objects"})), Account("bob", "b")]
    with RestServer(kv, accounts, acls=Acls(collections={("app", "secret"): Acl(read=("admin",))})) as running:
        yield running
    kv.close()


@pytest.fixture
def admin(server):
    return Caller(server.url, server.sessions.open("admin"))


def names(reply):
    return [each["name"] for each in reply.json["entry"]]


def test_made_collection_is_listed_and_takes_documents(admin):
    """POST answers 201; the collection is then listed with its declarations and takes documents."""
    made = admin.form(
        HERE, name="c", **{"field.a": "number", "accelerated_fields.i": '{"a": -1}', "enforceTypes": "true"}
    )
    assert 201 == made.status
    (entry,) = admin.get(HERE, output_mode="json").json["entry"]
    assert ("c", "number", '{"a": -1}', True, "app") == (
        entry["name"],
        *(entry["content"][name] for name in ("field.a", "accelerated_fields.i", "enforceTypes", "eai:appName")),
    )
    assert 400 == admin.post(HERE.replace("config", "data") + "/c", {"a": "x"}).status
    assert 201 == admin.post(HERE.replace("config", "data") + "/c", {"a": "1"}).status


def test_second_of_a_name_is_409(admin):
    """A name is made once in an app, and once more in another."""
    assert 201 == admin.form(HERE, name="c").status
    assert 409 == admin.form(HERE, name="c").status
    assert 201 == admin.form(HERE.replace("/app/", "/other/"), name="c").status


def test_update_keeps_what_it_does_not_name(admin):
    """POST to a collection merges; an empty text takes an acceleration away."""
    admin.form(HERE, name="c", **{"field.a": "number", "accelerated_fields.i": '{"a": 1}', "enforceTypes": "1"})
    assert 200 == admin.form(HERE + "/c", **{"field.b": "bool", "accelerated_fields.j": '{"b": 1}'}).status
    content = admin.get(HERE + "/c", output_mode="json").json["entry"][0]["content"]
    assert {
        "field.a": "number",
        "field.b": "bool",
        "accelerated_fields.i": '{"a": 1}',
        "accelerated_fields.j": '{"b": 1}',
        "enforceTypes": True,
    }.items() <= content.items()
    admin.form(HERE + "/c", **{"accelerated_fields.i": ""})
    assert "accelerated_fields.i" not in admin.get(HERE + "/c", output_mode="json").json["entry"][0]["content"]


def test_deleted_collection_is_gone_with_its_documents(admin):
    """DELETE removes collection and documents; again it is 404."""
    data = HERE.replace("config", "data") + "/c"
    admin.form(HERE, name="c")
    admin.post(data, {"a": 1})
    assert [200, 404, 404] == [
        admin.delete(HERE + "/c").status,
        admin.delete(HERE + "/c").status,
        admin.get(data).status,
    ]
    admin.form(HERE, name="c")
    assert [] == admin.get(data).json


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({}, "name"),
        ({"name": "a/b"}, "collection name"),
        ({"name": "c", "colour": "red"}, "colour"),
        ({"name": "c", "accelerated_fields.i": "{"}, "accelerated_fields.i"),
        (
            {"name": "c", **{f"accelerated_fields.i{number}": '{"a": 1}' for number in range(11)}},
            "max_accelerations_per_collection=10",
        ),
    ],
)
def test_bad_declaration_is_400(admin, arguments, named):
    """A declaration with a fault is refused by name and nothing is made."""
    refused = admin.form(HERE, output_mode="json", **arguments)
    assert 400 == refused.status
    assert named in refused.text
    assert [] == names(admin.get(HERE, output_mode="json"))


@pytest.mark.parametrize(
    "path", ["/servicesNS/admin/app/storage/collections/config", "/services/storage/collections/config"]
)
def test_owner_must_be_nobody(admin, path):
    """Declarations are reached as nobody only."""
    assert [400, 400] == [admin.get(path).status, admin.form(path, name="c").status]


def test_collections_of_other_apps_are_not_seen(admin):
    """An app sees its own collections and those of system; '-' sees all; its own comes first."""
    for app, name in (("app", "mine"), ("other", "theirs"), ("system", "all"), ("system", "mine")):
        admin.form(HERE.replace("/app/", f"/{app}/"), name=name)
    assert ["mine", "all", "mine"] == names(admin.get(HERE, output_mode="json"))
    assert 4 == len(names(admin.get(HERE.replace("/app/", "/-/"), output_mode="json")))
    assert 404 == admin.get(HERE + "/theirs").status
    assert "app" == admin.get(HERE + "/mine", output_mode="json").json["entry"][0]["acl"]["app"]
    admin.delete(HERE + "/mine")
    assert "system" == admin.get(HERE + "/mine", output_mode="json").json["entry"][0]["acl"]["app"]


def test_roles_decide(server, admin):
    """Who may not write the app makes no collection; who may not read one does not see it."""
    admin.form(HERE, name="secret")
    admin.form(HERE, name="open")
    bob = Caller(server.url, server.sessions.open("bob"))
    assert [403, 403, 403] == [
        bob.form(HERE, name="x").status,
        bob.form(HERE + "/open", name="x").status,
        bob.delete(HERE + "/open").status,
    ]
    assert ["open"] == names(bob.get(HERE, output_mode="json"))
    assert 403 == bob.get(HERE + "/secret").status


def test_feed_is_xml_unless_asked_for_json(admin):
    """The default is an Atom feed whose entry carries the declarations."""
    admin.form(HERE, name="c", **{"field.a": "string"})
    reply = admin.get(HERE)
    root = xml_of(reply.body)
    keys = {each.get("name"): each.text for each in root.iter("{http://dev.splunk.com/ns/rest}key")}
    assert ("string", "app") == (keys["field.a"], keys["eai:appName"])
    assert reply.headers["Content-Type"].startswith("text/xml")
    refused = xml_of(admin.get(HERE + "/none").body)
    assert ("ERROR", "Could not find object id=none") == (
        refused.find("./messages/msg").get("type"),
        refused.findtext("./messages/msg"),
    )


def test_lists_come_in_pages(admin):
    """A list has 30 entries unless count says otherwise; 0 is all, offset skips."""
    for number in range(35):
        admin.form(HERE, name=f"c{number:02d}")
    assert [30, 35, 5] == [
        len(names(admin.get(HERE, output_mode="json", **page)))
        for page in ({}, {"count": 0}, {"count": 9, "offset": 30})
    ]
    assert 400 == admin.get(HERE, count="x").status
