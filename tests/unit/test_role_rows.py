"""Rows of role holders: keys, and what is different."""

import pytest

from teams_export_guard.documents import PRIVILEGED_FIELDS
from teams_export_guard.role_rows import Kept, RoleRow, differences, kept

ANN = RoleRow("t1", "ann@t", "o1", "", "user", "Global Administrator", "r1", as_of=100)


def test_a_row_has_the_fields_of_the_collection():
    """In its order."""
    assert PRIVILEGED_FIELDS == list(RoleRow._fields)


@pytest.mark.parametrize("change", [
    {"tenant": "t2"}, {"object_id": "o2"}, {"role_template_id": "r2"}, {"source": "csv"},
])  # fmt: skip
def test_another_hold_has_another_key(change):
    """Tenant, principal, role and source make it."""
    assert kept(ANN, "active").key != kept(ANN._replace(**change), "active").key


@pytest.mark.parametrize("change", [
    {"user": "anna@t"}, {"role": "Company Administrator"}, {"as_of": 200}, {"expires": 300}, {"via": "Group"},
    {"assignment": "removed"}, {"changed": 5},
])  # fmt: skip
def test_the_same_hold_keeps_its_key(change):
    """Whatever else is said of it: what is said again replaces what was said."""
    assert kept(ANN, "active").key == kept(ANN._replace(**change), "active").key


def test_eligible_and_groups_have_keys_of_their_own():
    """One may hold a role actively, be eligible for it, and hold it through two groups."""
    keys = {kept(ANN, "active").key, kept(ANN, "eligible").key, kept(ANN, "active", "g1").key, kept(ANN, "active", "g2").key}
    assert 4 == len(keys)


def test_differences():
    """Added, removed and changed rows; that one is confirmed once more is no change."""
    before = [Kept("1", ANN), Kept("2", ANN), Kept("3", ANN)]
    after = [Kept("1", ANN._replace(as_of=200)), Kept("2", ANN._replace(as_of=200, expires=300)), Kept("4", ANN)]
    found = differences([one.document() for one in before], after)
    assert [("added", "4", ""), ("changed", "2", "expires was empty"), ("removed", "3", "")] == sorted(
        (one.change, one.row["_key"], one.detail) for one in found)


def test_a_document_of_an_older_version_is_no_change():
    """It has no ``via`` and no ``changed``."""
    document = {name: value for name, value in Kept("1", ANN).document().items() if name not in ("via", "changed")}
    assert [] == differences([document], [Kept("1", ANN)])
