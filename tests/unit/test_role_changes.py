"""Rows of role holders from audit records and from a CSV, and how they are joined."""

import pytest

from teams_export_guard.records import Rejection
from teams_export_guard.role_changes import COLUMNS, Ignored, joined, known_better, parse, row_of
from teams_export_guard.role_rows import Kept, RoleRow, kept
from tests.graph.changes import ADMIN, APP, APP_ID, CSV, GROUP, NOW, USER, change, properties


def row(given, tenant=""):
    said = parse(given, tenant, NOW)
    assert isinstance(said, Kept), said
    return said.row


# -- audit records --------------------------------------------------------------------------------


def test_a_role_that_was_given():
    """Every field; it has no ``as_of``, because it says nothing of anybody else."""
    assert RoleRow("t1", "ann@contoso.example", USER, "", "user", "Company Administrator", ADMIN, "active", "audit", 0, 0, "",
                   1789984800) == row(change())  # fmt: skip


@pytest.mark.parametrize("operation, assignment", [
    ("Add member to role.", "active"), ("Add eligible member to role.", "eligible"), ("Remove member from role.", "removed"),
    ("Remove eligible member from role.", "removed"), ("add member to role", "active"),
])  # fmt: skip
def test_what_each_operation_makes(operation, assignment):
    """With or without the full stop."""
    assert assignment == row(change(Operation=operation)).assignment


def test_a_removal_has_the_key_of_what_it_removes():
    """Of the same kind: losing an eligibility leaves the active role."""
    keys = {operation: parse(change(Operation=operation), "", NOW).key for operation in (
        "Add member to role.", "Remove member from role.", "Add eligible member to role.", "Remove eligible member from role.")}
    assert keys["Add member to role."] == keys["Remove member from role."]
    assert keys["Add eligible member to role."] == keys["Remove eligible member from role."]
    assert 2 == len(set(keys.values()))


@pytest.mark.parametrize("given", [
    properties(new="%s"), properties(new='"%s"'), properties(new='["%s"]'), properties(old="%s"), properties(old='"%s"', new='""'),
    properties(old='"%s"', new="[]"), [dict(one, NewValue=None, OldValue=one["NewValue"]) for one in properties(new="%s")],
])  # fmt: skip
def test_values_are_read_however_they_are_quoted(given):
    """Plain, JSON in a text, a list of one; in a removal as the old value."""
    found = row(change(ModifiedProperties=given))
    assert ("Company Administrator", ADMIN) == (found.role, found.role_template_id)


def test_an_application():
    """By its object id and its app id."""
    found = row(change("app", ObjectId=APP))
    assert ("servicePrincipal", APP, APP_ID, "") == (found.principal_type, found.object_id, found.app_id, found.user)


def test_an_application_whose_id_stands_among_its_names_alone():
    """The service principal names end with it."""
    target = [{"ID": "ServicePrincipal_" + APP, "Type": 2}, {"ID": "https://x/;" + APP_ID, "Type": 4}]
    assert APP_ID == row(change(Target=target)).app_id


def test_a_group():
    """Its members are not known from here; nobody goes by its id."""
    found = row(change("group", ObjectId="Admins"))
    assert ("group", GROUP, "", "") == (found.principal_type, found.object_id, found.app_id, found.user)


def test_a_record_that_names_the_user_alone():
    """By ObjectId."""
    found = row(change(Target=[]))
    assert ("user", "ann@contoso.example", "") == (found.principal_type, found.user, found.object_id)


def test_the_time_has_its_fraction():
    """Changes follow each other within a second."""
    assert 1789984800.25 == row(change(CreationTime="2026-09-21T10:00:00.25Z")).changed


@pytest.mark.parametrize("given", [
    {"Operation": "Add member to role completed (PIM activation)."}, {"Operation": "Add member to group."},
    {"Operation": "Add scoped member to role."}, {"ResultStatus": "Failure"}, {"Operation": None},
    {"Operation": "Remove member from role (PIM activation expired)."},
])  # fmt: skip
def test_what_is_left_out(given):
    """PIM's own records, which double those of the directory and speak of groups too; and what failed."""
    assert isinstance(parse(change(**given), "", NOW), Ignored)


@pytest.mark.parametrize("given, reason", [
    ({"_raw": "{"}, "_raw is not JSON"), ({"_raw": "[" * 100000}, "_raw is not JSON"), ({"_raw": "[]"}, "_raw is no JSON object"),
    (change(CreationTime=None), "CreationTime is missing"), (change(CreationTime="yesterday"), "CreationTime is no UTC time"),
    (change(OrganizationId=""), "OrganizationId is missing"), (change(OrganizationId="x" * 401), "OrganizationId is longer"),
    (change(CreationTime="2026-09-23T00:00:00"), "the time is more than a day later than now"),
    (change(ModifiedProperties={}), "ModifiedProperties is no list"), (change(ModifiedProperties=[7]), "ModifiedProperties is no"),
    (change(Target="x"), "Target is no list"), (change(Target=[{"ID": 1}]), "Target is no list"),
    (change(ModifiedProperties=[]), "the record names no role"), (change(ModifiedProperties=properties(new="[{}]")), "names no role"),
    (change(Target=[], ObjectId="7"), "the record names no user and no application"),
    ({}, "the row has neither _raw nor a role"), ({"_raw": "", "tenant": "t"}, "the row has neither _raw nor a role"),
])  # fmt: skip
def test_what_is_rejected(given, reason):
    """With its reason, and never with an exception."""
    said = parse(given, "", NOW)
    assert isinstance(said, Rejection) and reason in said.reason, said


def test_a_rejected_record_is_named():
    """By its Id."""
    assert "id-1" == parse(change(CreationTime=None), "", NOW).example


# -- a CSV ----------------------------------------------------------------------------------------


def test_the_least_row():
    """As of now, active, for ever."""
    assert RoleRow("t1", "ann@t", "", "", "user", "Global Administrator", "", "active", "csv", NOW, 0, "", 0) == row(CSV)


def test_the_whole_row():
    """Every column that is not empty counts."""
    given = dict(CSV, object_id="O1", app_id="A1", principal_type="robot", role_template_id=ADMIN.upper(), assignment="Eligible",
                 as_of="1700000000", expires="1800000000", via="Group")  # fmt: skip
    assert RoleRow("t1", "ann@t", "o1", "a1", "robot", "Global Administrator", ADMIN, "eligible", "csv", 1700000000, 1800000000,
                   "Group", 0) == row(given)  # fmt: skip


def test_the_tenant_may_come_from_the_option():
    """But the row's own wins."""
    assert "t9" == row(dict(CSV, tenant=""), "t9").tenant
    assert "t1" == row(CSV, "t9").tenant


@pytest.mark.parametrize("changes, reason", [
    ({"tenant": ""}, "tenant is missing"), ({"user": ""}, "user, object_id and app_id are all missing"),
    ({"role": " "}, "role and role_template_id are both missing"), ({"assignment": "maybe"}, "assignment is not one of"),
    ({"as_of": "today"}, "as_of is no time"), ({"expires": "-1"}, "expires is no time"),
    ({"as_of": str(NOW + 2 * 86400)}, "the time is more than a day later than now"),
    ({"tenant": "x" * 401}, "tenant is longer than"),
])  # fmt: skip
def test_bad_rows(changes, reason):
    """With who it was about, if that is known."""
    said = parse(dict(CSV, **changes), "", NOW)
    assert reason in said.reason
    assert "ann@t" == said.example or "user" in changes


def test_a_csv_may_take_a_role_back():
    """The row of the same principal and role is then ``removed``."""
    assert parse(CSV, "", NOW).key == parse(dict(CSV, assignment="removed"), "", NOW).key


def test_columns_are_what_rows_are_made_of():
    """The command asks splunkd for these."""
    assert set(RoleRow._fields) - {"source", "changed"} | {"_raw"} == set(COLUMNS)


# -- joining --------------------------------------------------------------------------------------


def test_the_latest_counts():
    """In either order."""
    add, gone = parse(change(), "", NOW), parse(change(Operation="Remove member from role.", CreationTime="2026-09-21T11:00:00"), "", NOW)
    assert [["removed"]] * 2 == [[one.row.assignment for one in joined(rows).values()] for rows in ([add, gone], [gone, add])]


def test_of_two_at_the_same_moment_the_one_that_holds():
    """A role that is renewed is taken and given within a second."""
    add, gone = (parse(change(Operation=name), "", NOW) for name in ("Add member to role.", "Remove member from role."))
    assert ["active"] == [one.row.assignment for one in joined([gone, add]).values()]


def test_what_graph_knows_better():
    """Changes before the last synchronisation; rows of a CSV are not changes."""
    rows = [kept(RoleRow("t", object_id=str(moment), source="audit", changed=moment), "active") for moment in (99, 100, 101)]
    rows.append(kept(RoleRow("t", object_id="csv", source="csv", as_of=1), ""))
    left, superseded = known_better(rows, 100)
    assert (["100", "101", "csv"], 1) == ([one.row.object_id for one in left], superseded)


def test_a_stored_row_comes_back():
    """And one that somebody else wrote does no harm."""
    one = parse(change(), "", NOW)
    assert one == row_of(one.document())
    assert RoleRow("t", assignment="", source="") == row_of({"_key": "k", "tenant": "t", "as_of": "x", "expires": [], "changed": None}).row
