"""Laws of role data: changes are joined, so order, repetition and parts do not matter; synchronisations replace."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard import role_sync
from teams_export_guard.documents import PRIVILEGED
from teams_export_guard.errors import GraphError
from teams_export_guard.lease import RolesLease
from teams_export_guard.role_import import ImportSettings, RoleImport
from teams_export_guard.role_rows import AUDIT, GRAPH, RoleRow, kept
from teams_export_guard.store import MemoryStore
from tests.protocol.records import stamp
from tests.support import Clock
from tests.graph.changes import change

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
