"""From what Microsoft Graph says of roles to rows: pure.

Knows how entries stand together: an assignment names a principal and a role definition, a schedule instance says until
when, the members of a group hold what the group holds (``via`` names it), and a service principal has the app id by
which audit records call it. Takes entries that keep to ``graph_schema``. Does no I/O.
"""

from collections import defaultdict
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

from .graph_settings import is_guid
from .role_rows import ACTIVE, ELIGIBLE, GRAPH, Kept, RoleRow, kept
from .schema import parse_audit_time
from .text import clean

USER, GROUP, SERVICE_PRINCIPAL = "user", "group", "servicePrincipal"
#: The last part of ``@odata.type`` to what the principal is. Agent identities are service principals (v1.0 reference).
KINDS = {
    "user": USER, "group": GROUP, "servicePrincipal": SERVICE_PRINCIPAL, "agentIdentity": SERVICE_PRINCIPAL,
    "agentIdentityBlueprintPrincipal": SERVICE_PRINCIPAL, "agentUser": USER,
}  # fmt: skip
YES, NO, UNKNOWN = "true", "false", "unknown"

Entries = Sequence[Mapping]


class Directory(NamedTuple):
    """What was read of one tenant; None of a list that could not be read, for a reason that was said."""

    assignments: Entries
    active: Optional[Entries]
    eligible: Optional[Entries]
    definitions: Entries
    members: Mapping[str, Entries]  # group id -> its members
    service_principals: Optional[Entries] = None
    own_applications: Optional[Entries] = None


class Principal(NamedTuple):
    """Who may hold a role; empty texts where Graph did not say."""

    object_id: str
    kind: str = ""
    user: str = ""
    app_id: str = ""
    name: str = ""


class Holding(NamedTuple):
    """A principal's hold on a role, over all its scopes."""

    principal: str
    role: str
    assignment: str


def _text(entry: Mapping, name: str) -> str:
    return clean(entry.get(name) or "").strip()


def epoch(text: Optional[str]) -> int:
    """Epoch seconds of a time that keeps to its schema; 0 where there is none."""
    if not text:
        return 0
    minute, second, _ = parse_audit_time(text)
    return minute + int(second)


def principal_of(entry: Mapping) -> Principal:
    """The principal in a directory object."""
    kind = _text(entry, "@odata.type").rpartition(".")[2]
    return Principal(_text(entry, "id").lower(), KINDS.get(kind, kind), _text(entry, "userPrincipalName").lower(),
                     _text(entry, "appId").lower(), _text(entry, "displayName"))  # fmt: skip


def _joined(one: Principal, other: Principal) -> Principal:
    return Principal(*(mine or its for mine, its in zip(one, other)))


def holders(*lists: Optional[Entries]) -> Dict[str, Principal]:
    """The principals of assignments by id, each with all that any entry says of it."""
    found: Dict[str, Principal] = {}
    for entry in (entry for entries in lists for entry in entries or ()):
        key = _text(entry, "principalId").lower()
        said = principal_of(entry.get("principal") or {})._replace(object_id=key)
        found[key] = _joined(found.get(key, Principal(key)), said)
    return found


def groups_among(principals: Mapping[str, Principal]) -> List[str]:
    """The ids of the groups whose members must be asked for."""
    return sorted(key for key, one in principals.items() if one.kind == GROUP and is_guid(key))


def holdings(directory: Directory, as_of: float) -> Dict[Holding, int]:
    """Who holds what, until when (0: no end). What begins after ``as_of`` is not held yet.

    An assignment and its schedule instance are the same hold, which ends when the instance does; what is held in several
    scopes ends when the last of them does.
    """
    ends: Dict[tuple, List[int]] = defaultdict(list)  # (holding, scope) -> ends of its instances
    for assignment, entries in ((ACTIVE, directory.active), (ELIGIBLE, directory.eligible)):
        for entry in entries or ():
            if epoch(entry.get("startDateTime")) <= as_of:
                ends[_hold(entry, assignment)].append(epoch(entry.get("endDateTime")))
    for entry in directory.assignments:
        ends[_hold(entry, ACTIVE)] = ends.get(_hold(entry, ACTIVE)) or [0]
    found: Dict[Holding, List[int]] = defaultdict(list)
    for (holding, _), several in ends.items():
        found[holding].append(_last(several))
    return {holding: _last(several) for holding, several in found.items()}


def _hold(entry, assignment):
    scope = entry.get("directoryScopeId") or entry.get("appScopeId") or "/"
    principal, role = (_text(entry, name).lower() for name in ("principalId", "roleDefinitionId"))
    return Holding(principal, role, assignment), scope


def _last(ends: Iterable[int]) -> int:
    several = list(ends)
    return 0 if 0 in several else max(several)


class _Definitions:
    """Role definitions by id."""

    def __init__(self, entries: Entries):
        self._of = {_text(entry, "id").lower(): entry for entry in entries}

    def name(self, role: str) -> str:
        return _text(self._of.get(role, {}), "displayName")

    def template(self, role: str) -> str:
        return _text(self._of.get(role, {}), "templateId").lower() or role


def role_rows(tenant: str, directory: Directory, as_of: float) -> List[Kept]:
    """The rows of a tenant as of a moment."""
    principals = holders(directory.assignments, directory.active, directory.eligible)
    known = {one.object_id: one for one in map(_application_principal, directory.service_principals or ())}
    definitions = _Definitions(directory.definitions)
    found: Dict[str, Kept] = {}

    def add(one: Principal, holding: Holding, expires: int, group: Optional[Principal] = None):
        whole = _joined(one, known.get(one.object_id, one))
        row = RoleRow(
            tenant, whole.user, whole.object_id, whole.app_id, whole.kind, definitions.name(holding.role),
            definitions.template(holding.role), holding.assignment, GRAPH, as_of, expires,
            (group.name or group.object_id) if group else "",
        )
        one_kept = kept(row, holding.assignment, group.object_id if group else "")
        found[one_kept.key] = one_kept

    for holding, expires in holdings(directory, as_of).items():
        holder = principals[holding.principal]
        add(holder, holding, expires)
        for member in map(principal_of, directory.members.get(holding.principal, ())):
            if member.kind in (USER, SERVICE_PRINCIPAL):
                add(member, holding, expires, holder)
    return sorted(found.values(), key=lambda one: one.key)


def _application_principal(entry) -> Principal:
    return Principal(_text(entry, "id").lower(), SERVICE_PRINCIPAL, "", _text(entry, "appId").lower(),
                     _text(entry, "displayName"))  # fmt: skip


def incomplete(rows: Iterable[Kept], definitions: Entries) -> List[str]:
    """What the rows do not say, in sentences: names and app ids that Graph withheld, roles without a definition."""
    held = [one.row for one in rows]
    defined = {_Definitions(definitions).template(_text(entry, "id").lower()) for entry in definitions}
    cases = (
        ("users are known by object id only, because Graph did not give their names (permission User.Read.All)",
         {row.object_id for row in held if row.principal_type == USER and not row.user}),
        ("service principals have no app id, so their records may not be recognised (permission Application.Read.All)",
         {row.object_id for row in held if row.principal_type == SERVICE_PRINCIPAL and not row.app_id}),
        ("principals are of a kind that Graph did not name; if they are groups, their members are missing",
         {row.object_id for row in held if row.principal_type not in (USER, GROUP, SERVICE_PRINCIPAL)}),
        ("roles have no definition", {row.role_template_id for row in held} - defined),
    )  # fmt: skip
    return ["%d %s, for example %s." % (len(ids), text, min(ids)) for text, ids in cases if ids]


def application_documents(tenant: str, directory: Directory, as_of: float) -> Optional[List[dict]]:
    """The documents of teams_export_applications, or None where the service principals were not read.

    ``certified`` is what Graph says of an application of the tenant's own; of any other it says nothing: ``unknown``.
    """
    if directory.service_principals is None:
        return None
    certified = {_text(entry, "appId").lower(): _certified(entry) for entry in directory.own_applications or ()}
    found = {}
    for entry in directory.service_principals:
        app_id, publisher = _text(entry, "appId").lower(), entry.get("verifiedPublisher") or {}
        row = RoleRow(tenant, app_id=app_id)
        key = kept(row, "application").key
        found[key] = {
            "_key": key, "tenant": tenant, "app_id": app_id, "object_id": _text(entry, "id").lower(),
            "application": _text(entry, "displayName"), "publisher": _text(publisher, "displayName"),
            "verified_publisher": YES if _text(publisher, "verifiedPublisherId") else NO,
            "certified": certified.get(app_id, UNKNOWN), "principal_type": _text(entry, "servicePrincipalType"),
            "owner_tenant": _text(entry, "appOwnerOrganizationId").lower(), "source": GRAPH, "as_of": as_of,
        }  # fmt: skip
    return [found[key] for key in sorted(found)]


def _certified(entry) -> str:
    said = (entry.get("certification") or {}).get("isCertifiedByMicrosoft")
    return UNKNOWN if said is None else YES if said else NO
