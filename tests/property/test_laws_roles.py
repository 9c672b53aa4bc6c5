"""Laws of role data: changes are joined, so order, repetition and parts do not matter; synchronisations replace."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard import role_changes, role_sync
from teams_export_guard.documents import PRIVILEGED
from teams_export_guard.errors import GraphError
from teams_export_guard.graph_roles import Directory, application_documents, incomplete, role_rows
from teams_export_guard.graph_schema import violations
from teams_export_guard.lease import RolesLease
from teams_export_guard.role_import import ImportSettings, RoleImport
from teams_export_guard.role_rows import AUDIT, GRAPH, RoleRow, kept
from teams_export_guard.store import MemoryStore
from tests.graph.changes import change
from tests.protocol.records import stamp
from tests.support import Clock

LAWS = hypothesis_settings(max_examples=200, deadline=None)
NOW = 1_790_000_000
OPERATIONS = ("Add member to role.", "Remove member from role.", "Add eligible member to role.", "Remove eligible member from role.")
PEOPLE = ("ann@t", "bob@t")


@st.composite
def histories(draw):
    """Audit rows of changes in one tenant, some at the same moment, some twice."""
    moments = st.integers(NOW - 20, NOW)
    one = st.builds(
        lambda who, operation, moment: change(Target=[], ObjectId=who, Operation=operation, CreationTime=stamp(moment)),
        st.sampled_from(PEOPLE), st.sampled_from(OPERATIONS), moments,
    )
    return draw(st.lists(one, max_size=12))


def bring(store, rows):
    one, clock = RoleImport(ImportSettings(), NOW), Clock(NOW)
    for row in rows:
        one.add(row)
    one.finish(store, lambda tenant: RolesLease(store, tenant, "test", clock, clock.sleep))


def held(store):
    return {one["_key"]: one for one in store.all(PRIVILEGED, {})}


def graph_store(as_of):
    store = MemoryStore()
    if as_of:
        store.save(PRIVILEGED, [kept(RoleRow("t1", object_id="g", source=GRAPH, as_of=as_of), "active").document()], lambda: None)
    return store


@LAWS
@given(histories(), st.randoms(use_true_random=False), st.lists(st.integers(0, 12), max_size=4), st.sampled_from((0, NOW - 10)))
def test_order_repetition_and_parts_do_not_matter(rows, random, cuts, as_of):
    """Whatever was synchronised before: all at once gives what any shuffled, repeated and divided reading gives."""
    whole, parts = graph_store(as_of), graph_store(as_of)
    bring(whole, rows)
    shuffled = rows + random.sample(rows, len(rows) // 2)
    random.shuffle(shuffled)
    places = [0, *sorted(min(cut, len(shuffled)) for cut in cuts), len(shuffled)]
    for begin, end in zip(places, places[1:]):
        bring(parts, shuffled[begin:end])
    assert held(whole) == held(parts)


@LAWS
@given(histories())
def test_the_latest_change_of_a_hold_counts(rows):
    """By a naive reading of the history: for each person and kind, the last change; if two are the last, the addition."""
    store, expected = MemoryStore(), {}
    bring(store, rows)
    for row in rows:
        whole = json.loads(row["_raw"])
        key = whole["ObjectId"], "eligible" in whole["Operation"]
        expected[key] = max(expected.get(key, ("", False)), (whole["CreationTime"], whole["Operation"].startswith("Add")))
    count = sum(one["assignment"] != "removed" for one in held(store).values())
    assert (len(expected), sum(adds for _, adds in expected.values())) == (len(held(store)), count)


def reading(as_of, people):
    rows = [kept(RoleRow("t1", user=who, object_id=who, role_template_id="r", as_of=as_of), "active") for who in sorted(people)]
    return role_sync.Reading("t1", as_of, rows, None, True, (), 0, 1)


@LAWS
@given(st.lists(st.tuples(st.integers(1, 30), st.sets(st.sampled_from("abcd"), min_size=1)), min_size=1, max_size=6,
                unique_by=lambda one: one[0]), histories())  # fmt: skip
def test_the_youngest_synchronisation_holds(readings, rows):
    """In whatever order several end; of changes, those after it."""
    store = MemoryStore()
    for offset, people in readings:
        try:
            role_sync.write(store, reading(NOW - 30 + offset, people), lambda: None)
        except GraphError:
            continue
    bring(store, rows)
    youngest, people = max(readings)
    documents = held(store).values()
    assert people == {one["user"] for one in documents if one["source"] == GRAPH}
    assert {NOW - 30 + youngest} == {one["as_of"] for one in documents if one["source"] == GRAPH}
    assert all(one["changed"] >= NOW - 30 + youngest for one in documents if one["source"] == AUDIT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from((
        "2030-01-01T00:00:00Z", "2030-13-01T00:00:00Z", "#microsoft.graph.user", "#microsoft.graph.group", "p", "\ud800")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2), max_leaves=4,
)  # fmt: skip
TEXT = st.none() | st.sampled_from(("p", "q", " P ", "\ud800", "2030-01-01T00:00:00Z", "#microsoft.graph.group")) | st.text(max_size=4)
PRINCIPAL = st.none() | st.dictionaries(
    st.sampled_from(("@odata.type", "id", "userPrincipalName", "appId", "displayName")), TEXT)


def entries(*names):
    """Entries with these properties, all texts or null, as is right; or some of them, each of any value."""
    right = st.fixed_dictionaries(dict.fromkeys(names, TEXT))
    wrong = st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON))
    return st.lists(right | right | wrong | JSON, max_size=4)


@LAWS
@given(
    entries("principalId", "roleDefinitionId", "directoryScopeId"),
    entries("principalId", "roleDefinitionId", "startDateTime", "endDateTime"), PRINCIPAL,
    entries("id", "displayName", "templateId"), entries("@odata.type", "id", "userPrincipalName", "appId"),
    entries("id", "appId", "displayName", "verifiedPublisher"), entries("appId", "certification"),
)
def test_whatever_keeps_to_the_schema_makes_rows(assignments, instances, principal, definitions, members, services, own):
    """No answer of Graph that the schemas let through makes an exception, and every row has a text in every name."""

    def valid(name, several):
        several = [dict(one, principal=principal) if isinstance(one, dict) and "principalId" in one else one for one in several]
        return [one for one in several if not violations(name, one)]

    active = valid("INSTANCE", instances)
    read = Directory(valid("ASSIGNMENT", assignments), active, active, valid("DEFINITION", definitions),
                     {"p": valid("MEMBER", members)}, valid("SERVICE_PRINCIPAL", services), valid("APPLICATION", own))
    rows = role_rows("t", read, NOW)
    incomplete(rows, read.definitions)
    for document in (*(one.document() for one in rows), *application_documents("t", read, NOW)):
        json.dumps(document).encode("ascii")
        assert all(isinstance(value, (str, int, float)) for value in document.values())


@LAWS
@given(st.dictionaries(st.sampled_from((
    "Id", "Operation", "ResultStatus", "CreationTime", "OrganizationId", "ModifiedProperties", "Target", "ObjectId")), JSON)
    | JSON, st.dictionaries(st.sampled_from(role_changes.COLUMNS[1:]), st.text(max_size=5)))
def test_whatever_comes_is_a_row_or_has_a_reason(broken, columns):
    """No audit record and no row of a CSV makes an exception."""
    record = json.loads(change()["_raw"])
    for given_row in ({"_raw": json.dumps(broken)}, columns,
                      {"_raw": json.dumps({**record, **broken} if isinstance(broken, dict) else broken)}):  # fmt: skip
        said = role_changes.parse(given_row, "t", NOW)
        if isinstance(said, role_changes.Kept):
            json.dumps(said.document()).encode("ascii")
        else:
            assert said.reason
