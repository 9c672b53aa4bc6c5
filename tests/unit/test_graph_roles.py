"""From what Graph says of roles to rows."""

import pytest

from teams_export_guard.graph_roles import Directory, application_documents, incomplete, role_rows
from tests.graph.tenant import CUSTOM, GLOBAL_ADMIN, TEAMS_ADMIN, TENANT, Tenant, guid

NOW = 1_790_000_000  # 2026-09-21T14:13:20Z
LATER, SOON = "2027-01-01T00:00:00Z", "2026-10-01T00:00:00Z"
SOON_SECONDS, LATER_SECONDS = 1790812800, 1798761600


@pytest.fixture
def tenant():
    return Tenant()


def directory(tenant, pim=True, **changes):
    """What a reading of the whole tenant gives."""
    lists = {name: [tenant.expanded(entry) for entry in entries] for name, entries in tenant.lists.items()}
    active, eligible = lists["roleAssignmentScheduleInstances"], lists["roleEligibilityScheduleInstances"]
    services = [one for one in tenant.objects.values() if "appId" in one]
    members = {key: [tenant.seen(tenant.objects[one]) for one in of] for key, of in tenant.members.items()}
    return Directory(lists["roleAssignments"], active if pim else None, eligible if pim else None, tenant.definitions,
                     members, services, tenant.applications)._replace(**changes)  # fmt: skip


def rows(tenant, **changes):
    return [one.row for one in role_rows(TENANT, directory(tenant, **changes), NOW)]


def test_a_user_with_a_role(tenant):
    """Every field, the name in lower case."""
    tenant.assign(tenant.user(1, "Ann@Contoso.example"))
    (row,) = rows(tenant)
    assert (TENANT, "ann@contoso.example", guid(1, 1), "", "user", "Global Administrator", GLOBAL_ADMIN, "active", "graph",
            NOW, 0, "", 0) == row  # fmt: skip


def test_eligible_is_a_row_of_its_own(tenant):
    """With the end of its schedule."""
    ann = tenant.user(1)
    tenant.assign(ann, TEAMS_ADMIN)
    tenant.make_eligible(ann, ends=LATER)
    assert {("active", "Teams Administrator", 0), ("eligible", "Global Administrator", LATER_SECONDS)} == {
        (row.assignment, row.role, row.expires) for row in rows(tenant)}


def test_an_activated_role_ends_with_its_instance(tenant):
    """The assignment has no end, its schedule instance has."""
    tenant.assign(tenant.user(1), ends=SOON)
    assert [SOON_SECONDS] == [row.expires for row in rows(tenant)]
    assert [0] == [row.expires for row in rows(tenant, pim=False)]


def test_several_scopes_are_one_row_that_ends_last(tenant):
    """And never, if one of them has no end."""
    ann = tenant.user(1)
    tenant.assign(ann, ends=SOON, scope="/administrativeUnits/1")
    tenant.assign(ann, ends=LATER, scope="/administrativeUnits/2")
    assert [LATER_SECONDS] == [row.expires for row in rows(tenant)]
    tenant.assign(ann, scope="/")
    assert [0] == [row.expires for row in rows(tenant)]


def test_what_has_not_begun_is_not_held(tenant):
    """What begins later is not; what began is."""
    tenant.make_eligible(tenant.user(1), starts=SOON)
    tenant.make_eligible(tenant.user(2), starts="2026-01-01T00:00:00Z")
    assert [guid(1, 2)] == [row.object_id for row in rows(tenant)]


def test_members_of_a_group_hold_what_it_holds(tenant):
    """Users and applications, with the group's name in ``via``; the group has a row too, devices have none."""
    device = tenant.add("device", guid(7, 1), displayName="Laptop")
    tenant.assign(tenant.group(1, tenant.user(1), tenant.application(1), device, tenant.group(2)), ends=LATER)
    found = {(row.principal_type, row.object_id): (row.via, row.expires, row.app_id) for row in rows(tenant)}
    assert {
        ("group", guid(2, 1)): ("", LATER_SECONDS, ""), ("user", guid(1, 1)): ("Group 1", LATER_SECONDS, ""),
        ("servicePrincipal", guid(3, 1)): ("Group 1", LATER_SECONDS, guid(4, 1)),
    } == found  # fmt: skip


def test_direct_and_through_two_groups_are_three_rows(tenant):
    """Losing one of them must not lose the others."""
    ann = tenant.user(1)
    tenant.assign(ann)
    for number in (1, 2):
        tenant.assign(tenant.group(number, ann))
    assert ["", "Group 1", "Group 2"] == sorted(row.via for row in rows(tenant) if row.object_id == ann)


def test_applications_are_known_by_their_app_id(tenant):
    """Also where the assignment's principal is shown without it."""
    tenant.assign(tenant.application(1))
    tenant.readable.clear()
    assert [guid(4, 1)] == [row.app_id for row in rows(tenant)]
    assert [""] == [row.app_id for row in rows(tenant, service_principals=None)]


def test_custom_roles_have_their_own_names(tenant):
    """And a role without a definition its id."""
    tenant.assign(tenant.user(1), CUSTOM)
    tenant.assign(tenant.user(2), guid(6, 6))
    assert {("Reader of everything", CUSTOM), ("", guid(6, 6))} == {(row.role, row.role_template_id) for row in rows(tenant)}


def test_the_template_is_what_names_a_role(tenant):
    """Where the definition's id is another."""
    tenant.definitions.append({"id": guid(6, 1), "templateId": GLOBAL_ADMIN.upper(), "displayName": "Global Administrator"})
    tenant.assign(tenant.user(1), guid(6, 1))
    assert [GLOBAL_ADMIN] == [row.role_template_id for row in rows(tenant)]


def test_what_is_withheld_is_said(tenant):
    """Users without names, applications without app ids, principals of no kind, roles without a definition."""
    tenant.readable.clear()
    tenant.assign(tenant.user(1))
    tenant.assign(tenant.application(1), guid(6, 6))
    tenant.assign(guid(5, 5))
    read = directory(tenant, service_principals=None)
    said = incomplete(role_rows(TENANT, read, NOW), read.definitions)
    words = ["1 users are known by object id only", "1 service principals have no app id", "1 principals are of a kind",
             "1 roles have no definition"]  # fmt: skip
    assert words == [text[: len(word)] for text, word in zip(said, words)]
    assert guid(1, 1) in said[0]


def test_nothing_is_said_where_all_is_known(tenant):
    """The usual case."""
    tenant.assign(tenant.group(1, tenant.user(1), tenant.application(1)))
    read = directory(tenant)
    assert [] == incomplete(role_rows(TENANT, read, NOW), read.definitions)


def test_applications(tenant):
    """What Graph says of them; ``certified`` only where it says so, else ``unknown``."""
    tenant.application(1, "Contoso Ltd")
    tenant.application(2)
    tenant.application(3)
    tenant.applications = [
        {"appId": guid(4, 1), "certification": {"isCertifiedByMicrosoft": True}},
        {"appId": guid(4, 2), "certification": {"isCertifiedByMicrosoft": False}},
        {"appId": guid(4, 3), "certification": None},
    ]
    found = {one["app_id"]: one for one in application_documents(TENANT, directory(tenant), NOW)}
    assert ["true", "false", "unknown"] == [found[guid(4, number)]["certified"] for number in (1, 2, 3)]
    assert ("Contoso Ltd", "true") == tuple(found[guid(4, 1)][name] for name in ("publisher", "verified_publisher"))
    assert ("", "false") == tuple(found[guid(4, 2)][name] for name in ("publisher", "verified_publisher"))
    assert ("App 1", guid(3, 1), "Application", TENANT, NOW) == tuple(
        found[guid(4, 1)][name] for name in "application object_id principal_type owner_tenant as_of".split())


def test_applications_that_were_not_read_are_none(tenant):
    """Not an empty list, which would delete what is known."""
    assert application_documents(TENANT, directory(tenant, service_principals=None), NOW) is None


def test_lone_surrogates_do_no_harm(tenant):
    """JSON can spell them; UTF-8, in which keys are made, cannot."""
    tenant.assign(tenant.user(1, "a\ud83db@contoso.example"))
    assert ["a\ufffdb@contoso.example"] == [row.user for row in rows(tenant)]
