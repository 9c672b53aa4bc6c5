"""What is asked of Microsoft Graph, and the JSON Schemas of what it answers.

Knows every list that a synchronisation reads: its address below ``/v1.0/``, the schema of one entry, the permission
that it needs, and the error codes without which the rest still stands. Source of all of it: the Microsoft Graph v1.0
reference (api-reference/v1.0). A property that the application may not read arrives as null ("Limited information
returned for inaccessible member objects"), so little more than ids is required.
"""

from functools import lru_cache
from typing import List, NamedTuple, Tuple

from .schema import validator_of, worded

#: What PIM answers a tenant without Entra ID P2 or Governance, with status 400. Not documented by Microsoft; seen in
#: public bug reports of 2022 to 2026.
PREMIUM_MISSING = "AadPremiumLicenseRequired"

_TEXT = {"type": "string", "minLength": 1}
_MAYBE = {"type": ["string", "null"]}
_TIME = {"anyOf": [{"type": "null"},
                   {"type": "string", "pattern": r"^[0-9]{4}-.*Z(?![\s\S])", "format": "audit-time"}]}  # fmt: skip


def _object(required, **properties):
    return {"type": "object", "required": required.split(), "properties": properties}


_PRINCIPAL = {
    "type": ["object", "null"],
    "properties": {"@odata.type": _MAYBE, "id": _MAYBE, "displayName": _MAYBE, "userPrincipalName": _MAYBE, "appId": _MAYBE},
}
ASSIGNMENT = _object(
    "principalId roleDefinitionId", id=_MAYBE, principalId=_TEXT, roleDefinitionId=_TEXT, directoryScopeId=_MAYBE,
    appScopeId=_MAYBE, principal=_PRINCIPAL,
)
INSTANCE = dict(ASSIGNMENT, properties=dict(ASSIGNMENT["properties"], startDateTime=_TIME, endDateTime=_TIME))
DEFINITION = _object("id", id=_TEXT, displayName=_MAYBE, templateId=_MAYBE, isBuiltIn={"type": ["boolean", "null"]})
MEMBER = _object("id", **dict(_PRINCIPAL["properties"], id=_TEXT))
SERVICE_PRINCIPAL = _object(
    "id appId", id=_TEXT, appId=_TEXT, displayName=_MAYBE, appOwnerOrganizationId=_MAYBE, servicePrincipalType=_MAYBE,
    verifiedPublisher={"type": ["object", "null"],
                       "properties": {"displayName": _MAYBE, "verifiedPublisherId": _MAYBE}},
)  # fmt: skip
APPLICATION = _object(
    "appId", appId=_TEXT,
    certification={"type": ["object", "null"],
                   "properties": {"isCertifiedByMicrosoft": {"type": ["boolean", "null"]}}},
)  # fmt: skip

PAGE = _object("value", value={"type": "array"}, **{"@odata.nextLink": _TEXT})
TOKEN = _object("access_token token_type", access_token={"type": "string", "pattern": r"^[\x21-\x7e]+(?![\s\S])"},
                token_type={"type": "string", "pattern": "^[Bb][Ee][Aa][Rr][Ee][Rr](?![\\s\\S])"})  # fmt: skip


class Listing(NamedTuple):
    """One list of Graph; ``spared`` are the error codes, or statuses as text, that leave it unread and the rest valid."""

    name: str
    path: str
    entry: str  # the name of its schema
    permission: str
    spared: Tuple[str, ...] = ()


_ROLES = "roleManagement/directory/"
_PIM = (PREMIUM_MISSING,)
_READ_ROLES = "RoleManagement.Read.Directory"
ASSIGNMENTS = Listing("active assignments", _ROLES + "roleAssignments?$expand=principal", "ASSIGNMENT", _READ_ROLES)
ACTIVE = Listing("schedules of active assignments", _ROLES + "roleAssignmentScheduleInstances?$expand=principal",
                 "INSTANCE", _READ_ROLES, _PIM)
ELIGIBLE = Listing("eligible assignments", _ROLES + "roleEligibilityScheduleInstances?$expand=principal",
                   "INSTANCE", _READ_ROLES, _PIM)
DEFINITIONS = Listing("role definitions", _ROLES + "roleDefinitions", "DEFINITION", _READ_ROLES)
SERVICE_PRINCIPALS = Listing(
    "service principals",
    "servicePrincipals?$select=id,appId,displayName,appOwnerOrganizationId,servicePrincipalType,verifiedPublisher&$top=999",
    "SERVICE_PRINCIPAL", "Application.Read.All", ("403",),
)
#: Only an application's own tenant sees its certification; Graph v1.0 has no such property on a service principal.
OWN_APPLICATIONS = Listing(
    "certifications of own applications", "applications?$select=appId,certification&$top=999", "APPLICATION",
    "Application.Read.All", ("400", "403"),
)


def members_of(group_id: str) -> Listing:
    """The list of all members of a group, those of nested groups included; a group that went meanwhile has none."""
    path = "groups/%s/transitiveMembers?$select=id,displayName,userPrincipalName,appId&$top=999" % group_id
    return Listing("members of group %s" % group_id, path, "MEMBER", "GroupMember.Read.All", ("404",))


@lru_cache(maxsize=None)
def _validator(name):
    return validator_of(globals()[name])


def violations(name: str, value: object) -> List[str]:
    """What ``value`` violates of the schema ``name`` (``PAGE``, ``MEMBER`` …); empty if it is valid."""
    return worded(_validator(name), globals()[name], value)
