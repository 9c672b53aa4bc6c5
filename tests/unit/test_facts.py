"""What the sources of some evidence say."""

from teams_export_guard.facts import Facts
from teams_export_guard.networks import Networks
from tests.support import OWNER, ShortTable, record

NETWORKS = Networks(ShortTable({"8.8.8.8": (100, "Hundred"), "9.9.9.9": (20, "Two")}))


def facts(*records):
    return Facts.of([one.source for one in records], NETWORKS)


def test_an_application_is_named_by_its_app_id_only():
    """A user who acts through an app is not looked up by that app."""
    said = facts(record(app_id="app-1"), record(app_id="", user="", user_key=""))
    assert [(), ("app-1",)] == [said.names(entity)["app_id"] for entity in ("user:ann@t", "app:app-1")]


def test_names_are_in_lower_case():
    """Object ids are compared in lower case, empty names left out."""
    names = facts(record(), record(user="", user_key="")).names(OWNER[1])
    assert (["ann@t"], ["k-ann"]) == (list(names["user"]), list(names["object_id"]))


def test_what_is_missing_is_said():
    """Whether some source has no known network, and whether some names no application."""
    known, unknown = record(client_ip="8.8.8.8", app_id="a"), record(client_ip="10.0.0.1", app_id="")
    assert [(False, False), (True, True), (True, True)] == [
        (said.unknown, said.nameless) for said in (facts(known), facts(unknown), facts(known, unknown))
    ]


def test_one_source_says_what_it_says_twice():
    """Of one source, with and without its parts, the facts are those of two like it."""
    empty = dict.fromkeys("user user_key client_ip app_id operation".split(), "")
    for one in (record(client_ip="8.8.8.8:443", app_id="a"), record(client_ip="10.0.0.1"), record(**empty), record(asn_text="7")):
        assert facts(one) == facts(one, one)
