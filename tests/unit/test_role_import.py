"""Joining rows into the KV store: what is written, what is shown, what Graph knows better."""

import pytest

from teams_export_guard.documents import PRIVILEGED
from teams_export_guard.errors import LeaseLost, SettingsError
from teams_export_guard.lease import RolesLease
from teams_export_guard.privileged import FALSE, TRUE, UNKNOWN, Privileged, Roles
from teams_export_guard.repository import Repository
from teams_export_guard.role_import import FIELDS, ImportSettings, RoleImport, parse
from teams_export_guard.role_rows import RoleRow, kept
from teams_export_guard.store import MemoryStore
from tests.graph.changes import ADMIN, CSV, NOW, USER, change
from tests.support import Clock

REMOVE = {"Operation": "Remove member from role.", "CreationTime": "2026-09-21T11:00:00"}
CHANGED = 1789984800


@pytest.fixture
def store():
    return MemoryStore()


def bring(store, *rows, settings=None, now=NOW):
    """(rows shown, the import) of one run."""
    one = RoleImport(settings or ImportSettings(), now)
    for row in rows:
        one.add(row)
    clock = Clock(now)
    return one.finish(store, lambda tenant: RolesLease(store, tenant, "test", clock, clock.sleep)), one


def answer(store, **names):
    roles = Roles([{"role": "Global Administrator", "role_template_id": ADMIN, "privileged": "1"}])
    given = {name: frozenset([value]) for name, value in names.items()}
    return Privileged(Repository(store).assignments(), roles).answer("t1", given, NOW)[0]


def test_who_got_a_role_is_privileged_and_others_are_unknown(store):
    """A change says nothing of anybody else."""
    bring(store, change())
    assert (TRUE, UNKNOWN) == (answer(store, object_id=USER), answer(store, user="bob@t"))


def test_who_lost_it_is_not_any_more(store):
    """And reading the older record again does not revive it."""
    bring(store, change())
    bring(store, change(**REMOVE))
    bring(store, change())
    assert UNKNOWN == answer(store, object_id=USER)
    assert ["removed"] == [one["assignment"] for one in store.all(PRIVILEGED, {})]


def test_a_csv_makes_others_not_privileged(store):
    """It is a list as of a moment."""
    bring(store, CSV)
    assert (TRUE, FALSE) == (answer(store, user="ann@t"), answer(store, user="bob@t"))


def test_the_same_rows_again_write_nothing(store):
    """And show no change."""
    bring(store, change(), change())
    store.save = None
    (summary,), _ = bring(store, change())
    assert (0, 0, 1) == (summary["added"], summary["changed"], summary["rows"])


def test_what_graph_has_taken_in_is_left_out(store):
    """A role that Graph does not know any more is not revived by an older record."""
    graph = kept(RoleRow("t1", object_id="o9", role_template_id=ADMIN, source="graph", as_of=CHANGED + 1), "active")
    store.save(PRIVILEGED, [graph.document()], lambda: None)
    (summary,), _ = bring(store, change())
    assert (0, 1) == (summary["added"], summary["superseded"])
    assert FALSE == Privileged(Repository(store).assignments()).answer("t1", {"object_id": frozenset([USER])}, CHANGED + 2)[0]


def test_a_younger_change_counts_beside_graph(store):
    """Whoever says that a role is held is believed."""
    graph = kept(RoleRow("t1", object_id="o9", source="graph", as_of=CHANGED - 1), "active")
    store.save(PRIVILEGED, [graph.document()], lambda: None)
    bring(store, change())
    assert TRUE == answer(store, object_id=USER)


def test_tenants_do_not_meet(store):
    """Each is joined by itself, under a lease of its own, which is given up."""
    bring(store, change(), change(OrganizationId="t2"), CSV)
    assert {"t1": 2, "t2": 1} == {tenant: len(store.all(PRIVILEGED, {"tenant": tenant})) for tenant in ("t1", "t2")}
    assert [] == store.all("teams_export_lease", {})


def test_bad_rows_are_counted_and_the_others_stand(store):
    """With an example."""
    shown, one = bring(store, change(CreationTime=None), change(CreationTime=None, Id="id-2"), {}, change(), change(ResultStatus="Failure"))
    assert (5, 3, 1, 1) == tuple(shown[0][name] for name in ("rows", "rejected", "ignored", "added"))
    assert ["2 rows rejected: CreationTime is missing, for example id-1",
            "1 rows rejected: the row has neither _raw nor a role"] == list(one.warnings())


def test_a_dry_run_shows_and_writes_nothing(store):
    """Neither rows nor a lease."""
    shown, _ = bring(store, change(), settings=ImportSettings(dryrun=True))
    assert [("summary", "false"), ("added", "")] == [(row["change"], row["written"]) for row in shown]
    assert {} == {name: held for name, held in store.collections.items() if held}


def test_what_is_shown(store):
    """A summary and a row for each change, every field on each."""
    bring(store, change())
    summary, row = bring(store, change(**REMOVE))[0]
    assert ("changed", "removed", "audit", "ann@contoso.example") == tuple(
        row[name] for name in ("change", "assignment", "source", "user"))
    assert "assignment was active" in row["detail"] and "changed was" in row["detail"]
    assert {tuple(FIELDS)} == {tuple(one) for one in (summary, row)}


def test_no_rows_are_a_summary(store):
    """Nothing came, nothing was taken."""
    (summary,), _ = bring(store)
    assert (0, 0, "true") == (summary["rows"], summary["added"], summary["written"])


def test_a_lost_lease_stops_it(store):
    """Before anything is saved."""

    class Lost(RolesLease):
        def check(self):
            raise LeaseLost("lost")

    one = RoleImport(ImportSettings(), NOW)
    one.add(change())
    clock = Clock(NOW)
    with pytest.raises(LeaseLost):
        one.finish(store, lambda tenant: Lost(store, tenant, "test", clock, clock.sleep))
    assert [] == store.all(PRIVILEGED, {})


@pytest.mark.parametrize("arguments, expected", [
    ([], ImportSettings()), (["tenant=T1", "dryrun=1"], ImportSettings("T1", True)), (["dryrun=f"], ImportSettings()),
])  # fmt: skip
def test_options(arguments, expected):
    """A tenant is taken as it is written."""
    assert expected == parse(arguments)


@pytest.mark.parametrize("arguments, words", [
    (["tennant=x"], ["did you mean tenant?"]), (["dryrun=perhaps", "tenant"], ["dryrun=perhaps", "tenant: a value is missing"]),
    (["tenant=a", "tenant=b"], ["given twice"]),
])  # fmt: skip
def test_every_fault_is_said(arguments, words):
    """At once."""
    with pytest.raises(SettingsError) as fault:
        parse(arguments)
    assert [] == [word for word in words if word not in str(fault.value)]
