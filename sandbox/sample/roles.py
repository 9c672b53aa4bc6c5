"""Who holds which Entra role in the sample: the documents of `teams_export_privileged`.

Knows: the roles that the planted patterns need (by user name, by object id, by role name only, of an
application, expired, not privileged) and a few that nobody asks for.
Does not know: what counts as a privileged role (the app's lookups/privileged_roles.csv does).
"""

from __future__ import annotations

from typing import Dict, List

from . import draw
from .plan import ACTORS
from .tenant import APPS, PEOPLE, PLANTED_DAY, TENANT, moment

GLOBAL_ADMINISTRATOR = ("Global Administrator", "62e90394-69f5-4237-9190-012177145e10")
PRIVILEGED_ROLE_ADMINISTRATOR = ("Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814")
SECURITY_ADMINISTRATOR = ("Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d")
GLOBAL_READER = ("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451")
USER_ADMINISTRATOR = ("User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1")
REPORTS_READER = ("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf")  # not a privileged role

EXPIRED = moment(PLANTED_DAY - 10, "00:00")


def _row(role, as_of, *, user="", object_id="", app_id="", tenant=TENANT, assignment="active", expires=0):
    row = {
        "tenant": tenant, "user": user, "object_id": object_id, "app_id": app_id,
        "principal_type": "servicePrincipal" if app_id else "user",
        "role": role[0], "role_template_id": role[1], "assignment": assignment, "source": "sample",
        "as_of": as_of, "expires": expires,
    }  # fmt: skip
    row["_key"] = draw.guid("role", tenant, user, object_id, app_id, role[0])
    return row


def privileged_rows(as_of: int) -> List[Dict[str, object]]:
    """The documents as a nightly import of `as_of` (epoch seconds) would leave them."""

    def person(part: str):
        return PEOPLE[ACTORS[part]]

    return [
        _row(GLOBAL_ADMINISTRATOR, as_of, user=person("privileged").user.lower(), assignment="eligible"),
        _row(PRIVILEGED_ROLE_ADMINISTRATOR, as_of, object_id=person("all-three").object_id),
        _row(("security administrator", ""), as_of, user=person("exported-before").user.lower()),
        _row(GLOBAL_READER, as_of, app_id=APPS["backup"].client_id),
        _row(GLOBAL_ADMINISTRATOR, as_of, user=person("first-seen").user.lower(), expires=EXPIRED),
        _row(REPORTS_READER, as_of, user=person("chats").user.lower(), object_id=person("chats").object_id),
        _row(USER_ADMINISTRATOR, as_of, user=PEOPLE[3].user.lower(), object_id=PEOPLE[3].object_id),
        _row(GLOBAL_ADMINISTRATOR, as_of, user="break.glass@harbourline.example", tenant="*"),
    ]
