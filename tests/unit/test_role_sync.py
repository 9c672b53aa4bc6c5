"""One synchronisation over a store in memory: what is written when, and what remains when it breaks off."""

import pytest

from teams_export_guard import role_sync
from teams_export_guard.documents import APPLICATIONS, PRIVILEGED
from teams_export_guard.errors import GraphError, StoreError
from teams_export_guard.graph_client import Effects, Graph
from teams_export_guard.graph_settings import GraphSettings
from teams_export_guard.privileged import FALSE, TRUE, UNKNOWN, Privileged, Roles
from teams_export_guard.repository import Repository
from teams_export_guard.role_rows import RoleRow, kept
from teams_export_guard.settings import DAY
from teams_export_guard.store import MemoryStore
from tests.graph.tenant import CLIENT, SECRET, TENANT, Tenant, TenantWire, guid, refused
from tests.support import Clock

NOW = 1_790_000_000
ROLES = Roles([{"role": "Global Administrator", "role_template_id": "62e90394-69f5-4237-9190-012177145e10",
                "privileged": "1"}])  # fmt: skip


@pytest.fixture
def tenant():
    made = Tenant(page=2)
    for number in (1, 2, 3):
        made.assign(made.user(number))
    made.application(1)
    return made


@pytest.fixture
def store():
    return MemoryStore()


def read(tenant, as_of=NOW):
    clock = Clock()
    effects = Effects(lambda settings: TenantWire(tenant), clock, clock, clock.sleep, lambda: 0.5)
    return role_sync.read(Graph(GraphSettings(TENANT, CLIENT), lambda url: {"client_secret": SECRET}, effects), TENANT, as_of)


def write(store, tenant, as_of=NOW):
    return role_sync.write(store, read(tenant, as_of), lambda: None)


def answers(store, moment=NOW):
    """What detection would say of the users 1 to 4."""
    held = Privileged(Repository(store).assignments(), ROLES)
    return [held.answer(TENANT, {"object_id": frozenset([guid(1, number)])}, moment)[0] for number in (1, 2, 3, 4)]


def held(store):
    return sorted((one["object_id"], one["as_of"]) for one in store.all(PRIVILEGED, {}))


def test_a_synchronisation_makes_the_answers(tenant, store):
    """Who holds a role is privileged, who does not is not."""
    assert [UNKNOWN] * 4 == answers(store)
    changes = write(store, tenant)
    assert [TRUE, TRUE, TRUE, FALSE] == answers(store)
    assert ["added"] * 3 == [change.change for change in changes]


def test_running_again_changes_nothing_but_the_moment(tenant, store):
    """The rows are the same ones."""
    write(store, tenant)
    assert [] == write(store, tenant, NOW + DAY)
    assert [(guid(1, number), NOW + DAY) for number in (1, 2, 3)] == held(store)


def test_who_lost_a_role_goes_and_who_got_one_comes(tenant, store):
    """Each is said."""
    write(store, tenant)
    for entries in tenant.lists.values():
        del entries[:1]
    tenant.assign(tenant.user(4))
    changes = write(store, tenant, NOW + 60)
    assert [("added", guid(1, 4)), ("removed", guid(1, 1))] == sorted((one.change, one.row["object_id"]) for one in changes)
    assert [FALSE, TRUE, TRUE, TRUE] == answers(store, NOW + 60)


def test_others_rows_stay(tenant, store):
    """Those of another tenant, and those from a CSV, whatever their age."""
    others = [kept(RoleRow("other", object_id="x", as_of=1), "active"), kept(RoleRow(TENANT, object_id="y", source="csv"), "active")]
    store.save(PRIVILEGED, [one.document() for one in others], lambda: None)
    write(store, tenant)
    assert {"x", "y"} < {key for key, _ in held(store)}


def test_older_audit_rows_go_and_younger_stay(tenant, store):
    """Graph has taken in what changed before it was asked."""
    rows = [kept(RoleRow(TENANT, object_id=name, source="audit", changed=moment), "active")
            for name, moment in (("older", NOW - 1), ("same", NOW), ("younger", NOW + 1))]  # fmt: skip
    store.save(PRIVILEGED, [one.document() for one in rows], lambda: None)
    write(store, tenant)
    assert {"same", "younger"} == {key for key, _ in held(store) if "-" not in key}


def test_applications_are_replaced_too(tenant, store):
    """And stay where they could not be read."""
    tenant.application(2)
    write(store, tenant)
    del tenant.objects[guid(3, 1)]
    write(store, tenant, NOW + 1)
    assert [guid(4, 2)] == [one["app_id"] for one in store.all(APPLICATIONS, {})]
    tenant.denied.add("servicePrincipals")
    reading = read(tenant, NOW + 2)
    role_sync.write(store, reading, lambda: None)
    assert [guid(4, 2)] == [one["app_id"] for one in store.all(APPLICATIONS, {})]
    assert any("service principals were not read" in text for text in reading.warnings)


def test_nobody_with_a_role_is_no_answer(tenant, store):
    """Every tenant has a Global Administrator, so nothing is deleted."""
    write(store, tenant)
    for entries in tenant.lists.values():
        entries.clear()
    with pytest.raises(GraphError, match="but every tenant has one"):
        write(store, tenant, NOW + 1)
    assert [TRUE, TRUE, TRUE, FALSE] == answers(store)


def test_without_p2_the_active_ones_are_kept_and_it_is_said(tenant, store):
    """In a warning, and in the summary."""
    tenant.make_eligible(tenant.user(4))
    tenant.premium = False
    reading = read(tenant)
    role_sync.write(store, reading, lambda: None)
    assert [TRUE, TRUE, TRUE, FALSE] == answers(store)
    assert ["Only active assignments were read: the tenant has no Microsoft Entra ID P2 (AadPremiumLicenseRequired)."] == list(
        reading.warnings)
    assert "false" == role_sync.shown(reading, [], True)[0]["eligible_read"]


def test_a_bad_entry_is_said_and_counted(tenant, store):
    """The others are kept."""
    tenant.lists["roleAssignments"].append({"id": "broken", "principalId": 7, "roleDefinitionId": "x"})
    tenant.expanded = lambda entry: entry
    reading = read(tenant)
    assert (1, 3) == (reading.bad, len(reading.rows))
    assert any("for example broken" in text for text in reading.warnings)


def test_a_reading_that_fails_writes_nothing(tenant, store):
    """Whichever list it is that fails."""
    write(store, tenant)
    before = store.all(PRIVILEGED, {})
    tenant.assign(tenant.group(1, tenant.user(4)))
    for part in ("roleAssignments", "roleDefinitions", "Eligibility", "groups", "servicePrincipals", "skiptoken"):
        tenant.fail(part, refused(409, "Conflict"))
        with pytest.raises(GraphError):
            write(store, tenant, NOW + 1)
        assert before == store.all(PRIVILEGED, {})


def test_a_synchronisation_that_began_earlier_does_not_undo_a_later_one(tenant, store):
    """It gives up: moments only grow."""
    slow, same = read(tenant, NOW), read(tenant, NOW + 60)
    tenant.assign(tenant.user(4))
    write(store, tenant, NOW + 60)
    for reading in (slow, same):
        with pytest.raises(GraphError, match="that did not begin earlier"):
            role_sync.write(store, reading, lambda: None)
    assert [TRUE] * 4 == answers(store)


class Stopped(Exception):
    """The process ended here."""


@pytest.mark.parametrize("step", range(1, 9))
def test_wherever_the_writing_stops_nobody_privileged_is_denied(tenant, store, step):
    """After a stop before any of its writes: who holds a role by both states is privileged; who got one is never called
    not privileged on data that looks fresh; and the next run brings the state that an undisturbed one brings."""
    write(store, tenant)
    for entries in tenant.lists.values():
        del entries[:1]
    tenant.assign(tenant.user(4))
    moment = NOW + 30 * DAY  # what is stored is stale by now
    counted = Counting(store, step)
    try:
        role_sync.write(counted, read(tenant, moment), lambda: None)
    except Stopped:
        pass
    said = answers(store, moment)
    assert [TRUE, TRUE] == said[1:3]
    assert said[3] in (TRUE, UNKNOWN)
    write(store, tenant, moment + 60)
    assert [FALSE, TRUE, TRUE, TRUE] == answers(store, moment + 60)


class Counting:
    """A store over another whose documents are saved one by one, and that stops before a write."""

    def __init__(self, store, step):
        self._store, self._left = store, step

    def _count(self):
        self._left -= 1
        if self._left <= 0:
            raise Stopped()

    def all(self, *asked):
        return self._store.all(*asked)

    def save(self, collection, documents, before_batch):
        for document in documents:
            self._count()
            self._store.save(collection, [document], before_batch)

    def delete(self, *asked):
        self._count()
        self._store.delete(*asked)


def test_a_lost_lease_stops_the_writing(tenant, store):
    """Before the next batch, and before anything is deleted."""
    write(store, tenant)

    def lost():
        raise StoreError("lost")

    with pytest.raises(StoreError):
        role_sync.write(store, read(tenant, NOW + 1), lost)
    assert [TRUE, TRUE, TRUE, FALSE] == answers(store)


def test_comparing_writes_nothing(tenant, store):
    """It says the same."""
    reading = read(tenant)
    assert 3 == len(role_sync.compare(store, reading))
    assert [] == store.all(PRIVILEGED, {})


def test_what_is_shown(tenant, store):
    """A summary, then a row for each change; every field on every row."""
    reading = read(tenant)
    summary, *others = role_sync.shown(reading, role_sync.write(store, reading, lambda: None), True)
    assert ("summary", "true", 3, 3, 0, 0, 1, "true", 0) == tuple(summary[name] for name in (
        "change written rows added removed changed applications eligible_read bad_entries".split()))
    assert [("added", "user1@contoso.example"), ("added", "user2@contoso.example"), ("added", "user3@contoso.example")] == [
        (row["change"], row["user"]) for row in others]
    assert {tuple(role_sync.FIELDS)} == {tuple(row) for row in (summary, *others)}
