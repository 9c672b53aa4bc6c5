"""Who is privileged: assignments, roles, and the three answers."""

import pytest

from teams_export_guard.privileged import Assignment, Privileged, Roles
from tests.support import MIDNIGHT

DAY = 86400
NOW = MIDNIGHT
ROLES = Roles(
    [
        {"role": "Global Administrator", "role_template_id": "ID-1", "privileged": "1"},
        {"role": "Reports Reader", "role_template_id": "id-2", "privileged": "0"},
        {"role": "Own Role", "role_template_id": "", "privileged": "1"},
    ]
)
NAMES = {"user": frozenset({"ann@t"}), "object_id": frozenset({"k-ann"}), "app_id": frozenset()}


def held(**changes):
    plain = {
        "tenant": "t1",
        "user": "Ann@T",
        "role": "Global Administrator",
        "assignment": "Active",
        "as_of": NOW,
        "expires": 0,
    }
    return Assignment.from_document({**plain, **changes})


def answer(*assignments, names=NAMES, moment=NOW):
    return Privileged(assignments, ROLES).answer("t1", names, moment)


YES = ("true", frozenset({"Global Administrator"}))
NO = ("false", frozenset())
UNKNOWN = ("unknown", frozenset())


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"user": "", "object_id": "K-ANN"}, {"tenant": "*"}, {"assignment": "eligible"},
        {"role": "GLOBAL administrator"},
        {"expires": NOW + 1}, {"expires": ""}, {"expires": None}, {"expires": "0"}, {"as_of": 0}, {"as_of": None},
        {"role": "", "role_template_id": "id-1"}, {"role": "own role", "role_template_id": "id-unknown"},
    ],
)
def test_held_privileged_roles(changes):
    """By user or object id, own tenant or ``*``, active or eligible, not expired, however old the data."""
    assert "true" == answer(held(**changes))[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "bob@t"}, {"user": "", "object_id": "k-bob"}, {"tenant": "t2"}, {"assignment": "removed"},
        {"assignment": ""},
        {"expires": NOW}, {"role": "Reports Reader"}, {"role": "Unheard Of"}, {"role_template_id": "id-2"},
        {"user": ""},
        {"user": "", "app_id": "ann@t"},
    ],
)
def test_other_rows_make_nobody_privileged(changes):
    """Somebody else, another tenant, no assignment, expired, no privileged role: false beside fresh data."""
    assert NO == answer(held(**changes), held(user="zoe"))


def test_template_id_decides_before_the_name():
    """A privileged id beside an ordinary name is privileged, shown under the name that is there."""
    assert ("true", frozenset({"Reports Reader"})) == answer(held(role="Reports Reader", role_template_id="id-1"))


def test_role_without_a_name_is_shown_by_the_table():
    """The name of a template id comes from privileged_roles.csv."""
    assert YES == answer(held(role="", role_template_id="id-1"))


def test_application_is_known_by_its_app_id():
    """The app id counts where the entity goes by one."""
    names = dict(NAMES, app_id=frozenset({"app-1"}))
    assert YES == answer(held(user="", app_id="APP-1"), names=names)


def test_all_held_privileged_roles_are_named():
    """Own tenant and ``*`` together, ordinary roles left out."""
    rows = [held(), held(tenant="*", role="Own Role"), held(role="Reports Reader")]
    assert ("true", frozenset({"Global Administrator", "Own Role"})) == answer(*rows)


def test_without_role_data_it_is_unknown():
    """No rows at all, or of another tenant only."""
    assert UNKNOWN == answer() == answer(held(tenant="t2"))


def test_stale_role_data_says_nothing():
    """Rows seven days old still say no, a second more does not; the newest row decides."""
    old = held(user="zoe", as_of=NOW - 7 * DAY)
    assert (NO, UNKNOWN) == (answer(old), answer(old, moment=NOW + 1))
    assert NO == answer(held(user="zoe", as_of=1), held(user="zoe", tenant="*"), moment=NOW + 1)


def test_role_of_every_tenant_is_as_fresh_as_that_of_one():
    """Rows of ``*`` count as role data of the tenant."""
    assert NO == answer(held(user="zoe", tenant="*"))


def test_document_is_taken_in_lower_case_without_blanks():
    """Names, ids and the assignment in lower case; the role as it is written; times as numbers."""
    document = {
        "tenant": " t1 ", "user": "ANN@T", "object_id": " K ", "app_id": None, "role": "Own Role",
        "role_template_id": "ID",
        "assignment": "Active", "as_of": "5", "expires": "6.5",
    }
    assert Assignment("t1", "ann@t", "k", "", "Own Role", "id", "active", 5.0, 6.5) == Assignment.from_document(
        document
    )


@pytest.mark.parametrize("value", ["tomorrow", "nan", "1e9", "-1", "1\n", ".", True, False, [], [1], {}])
def test_time_that_is_none_is_refused(value):
    """Anything but a number or its text raises, so that the caller can leave the document out."""
    with pytest.raises(ValueError):
        held(expires=value)


@pytest.mark.parametrize("tenant", [None, "", " "])
def test_row_without_a_tenant_is_refused(tenant):
    """It could match nobody; somebody should know."""
    with pytest.raises(ValueError):
        held(tenant=tenant)


def test_lone_surrogates_in_a_document():
    """They become U+FFFD, as in records, or no alert that names the role could be written."""
    one = held(user="a\ud800", role="\udfff")
    assert ("a\ufffd", "\ufffd") == (one.user, one.role)
