"""Rows that say who got or lost a role: audit records of the directory, and a row of a CSV. All names are invented."""

from __future__ import annotations

import json

from tests.support import changed

NOW = 1_790_000_000
ADMIN = "62e90394-69f5-4237-9190-012177145e10"
USER, APP, APP_ID, GROUP = ("%08x-0000-4000-8000-000000000001" % number for number in (1, 3, 4, 2))
CSV = {"tenant": "t1", "user": "Ann@T", "role": "Global Administrator"}
TARGETS = {
    "user": [("User_" + USER, 2), (USER, 2), ("User", 2), ("Ann@Contoso.example", 5), ("1003200000000001", 3)],
    "app": [("ServicePrincipal_" + APP, 2), (APP, 2), ("ServicePrincipal", 2), ("Exporter", 1), (APP_ID, 2),
            ("https://x/;" + APP_ID, 4)],
    "group": [("Group_" + GROUP, 2), (GROUP, 2), ("Group", 2), ("Admins", 1)],
}


def properties(old="", new="", **values):
    """ModifiedProperties with the values in the new or the old place."""
    given = {"Role.ObjectID": "x", "Role.DisplayName": "Company Administrator", "Role.TemplateId": ADMIN, **values}
    return [{"Name": name, "NewValue": new.replace("%s", value), "OldValue": old.replace("%s", value)}
            for name, value in given.items()]  # fmt: skip


def change(target="user", **changes):
    """The row of an audit record: Ann became a Global Administrator at 2026-09-21T10:00:00Z."""
    return {"_raw": json.dumps(changed({
        "Id": "id-1", "CreationTime": "2026-09-21T10:00:00", "OrganizationId": "t1", "Operation": "Add member to role.",
        "ResultStatus": "Success", "Workload": "AzureActiveDirectory", "ObjectId": "Ann@Contoso.example",
        "ModifiedProperties": properties(new="%s"), "Target": [{"ID": name, "Type": kind} for name, kind in TARGETS[target]],
    }, changes))}  # fmt: skip
