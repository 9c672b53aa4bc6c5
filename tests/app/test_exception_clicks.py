"""Giving and ending exceptions on their page: what a click chooses, what is then run, and what stays one value."""

import re

import pytest

from sandbox import sample
from teams_export_guard.documents import EXCEPTIONS
from teams_export_guard.exception_requests import DAYS, DAYS_MOST
from tests.app.excepted import GIVING, INVALID, document
from tests.app.exception_panels import ADMIN, ANALYST, END, EVIL, GIVE, VIEW, WRITING, chosen, kept, listed, one, rows
from tests.app.views import APP


@pytest.fixture
def bare(own):
    """The same, without exceptions."""
    own.kv.delete_query(APP, "nobody", EXCEPTIONS)
    return own


def test_the_inputs_are_the_command_s():
    """90 days unless something else is typed, from 1 to as many as the command allows."""
    options = VIEW.definition["inputs"]["input_new_days"]["options"]
    assert (DAYS, 1, DAYS_MOST) == (options["defaultValue"], options["min"], options["max"])


def test_a_row_carries_what_would_be_ended(excepted):
    """Its key, and the reason as typed."""
    typed = 'said "so" \\ twice'
    found = listed(excepted, end_reason=typed)
    assert {document(name)["_key"] for name in GIVING} | {INVALID["_key"]} == set(found)
    assert {typed} == {row["_reason"] for row in found.values()}


@pytest.mark.parametrize("source", WRITING)
def test_no_link_can_set_what_is_written(source):
    """The searches that write read tokens of their own namespaces only, with the filter: addresses set the default one."""
    query = VIEW.data_sources[source]["options"]["query"]
    assert {name + "|s" for name in WRITING[source]} == set(query.split("$")[1::2])
    setters = {
        handler["options"]["tokenNamespace"]: {token["token"] for token in handler["options"]["tokens"]}
        for panel in VIEW.definition["visualizations"].values() for handler in panel.get("eventHandlers", ())
        if handler["type"] == "drilldown.setToken"
    }  # fmt: skip
    for names in WRITING.values():
        (space,) = {name.partition(":")[0] for name in names}
        assert {name.partition(":")[2] for name in names} == setters[space]
    assert 2 == len(setters)


def test_only_two_searches_write():
    """And their panels are shown only once somebody has clicked."""
    queries = {name: source["options"]["query"] for name, source in VIEW.data_sources.items()}
    assert set(WRITING) == {name for name, query in queries.items() if re.search("teamsexportexception|outputlookup", query)}
    for panel in VIEW.definition["visualizations"].values():
        if panel.get("dataSources", {}).get("primary") in WRITING:
            assert panel["containerOptions"]["visibility"]["showConditions"]


def test_an_exception_is_ended_from_the_panel(bare):
    """As the app's admin: the row says why and by whom; the same again changes nothing."""
    bare.kv.batch_save(APP, "nobody", EXCEPTIONS, [dict(document("backup"), expires=4102444800)])
    (row,) = listed(bare, end_reason='moved "away" | delete').values()
    assert "Ended" in one(bare, "ds_end", owner=ADMIN, **chosen(row, END))["Result"]
    (now,) = kept(bare)
    assert ('moved "away" | delete', ADMIN) == (now["end_reason"], now["ended_by"])
    again = one(bare, "ds_end", owner=ADMIN, **{**chosen(row, END), "end:reason": "again"})
    assert ("Nothing to change: it had ended already", 'moved "away" | delete') == (again["Result"], again["Why"])
    assert [now] == kept(bare)


@pytest.mark.parametrize("source", WRITING)
def test_an_analyst_is_refused(bare, source):
    """The message names the command; the text above says who may."""
    bare.kv.batch_save(APP, "nobody", EXCEPTIONS, [document("backup")])
    values = dict(zip(GIVE, (sample.TENANT, "user:a", "1", "5", "MessagesListed", "x", "90")))
    values.update({"end:exception": document("backup")["_key"], "end:reason": "x"})
    job = VIEW.run(bare, source, owner=ANALYST, **values)
    assert "teamsexportexception" in job.error
    assert [document("backup")] == kept(bare)
    assert "Only `teams_export_admin` and admins may" in VIEW.definition["visualizations"]["viz_about"]["options"]["markdown"]


@pytest.mark.parametrize("evil", EVIL)
def test_what_is_typed_stays_one_value(bare, evil):
    """As a reason it is kept as it was typed, as anything else it is refused or kept as text; no other search comes of it."""
    values = dict(zip(GIVE, ("t", "user:" + evil, "64500", "5", evil, evil, "90")))
    assert "Saved" in one(bare, "ds_give", owner=ADMIN, **values)["Result"]
    (now,) = kept(bare)
    assert (evil, ("user:" + evil).lower()) == (now["reason"], now["entity"])
    for name in ("give:asn", "give:days", "give:usual_messages"):
        job = VIEW.run(bare, "ds_give", owner=ADMIN, **{**values, name: evil})
        assert "%s=%s" % (name[5:], evil.split()[0].split(",")[0])[:8] in job.error
    job = VIEW.run(bare, "ds_end", owner=ADMIN, **{"end:exception": evil, "end:reason": evil})
    assert "end=%s: allowed: 32 hex digits" % evil in job.error
    assert [now] == kept(bare)
    assert [evil] == [row["_reason"] for row in rows(bare, "ds_exceptions", end_reason=evil)]
