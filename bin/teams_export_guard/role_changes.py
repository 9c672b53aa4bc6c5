"""Roles without Graph: rows from audit records about changes of roles, and from a CSV; and how they are joined.

Knows the operations of the directory, where a record names role and principal, and that of several rows about the same
hold the latest counts, in whatever order and however often they come; of two at the same moment the one that holds.
A removal is kept as a row with assignment ``removed``, so that an older "add" that is read again cannot revive it. Does
no I/O.

The PIM service writes records of its own beside those of the directory, under names that begin alike ("Add member to
role completed (PIM activation)"), and uses them for memberships of groups as well. They are left out: the directory
records the same change of a role itself. So is a role for one administrative unit ("Add scoped member to role.").
"""

import json
import re
from typing import Dict, Iterable, List, Mapping, NamedTuple, Tuple, Union

from .records import Rejection
from .role_rows import ACTIVE, AUDIT, CSV, ELIGIBLE, REMOVED, TIMES, Kept, RoleRow, kept
from .schema import FUTURE, NO_JSON, parse_audit_time, violations
from .settings import FUTURE_SECONDS
from .text import clean

#: Operation, without the full stop that the audit log ends it with, to (kind of assignment, whether it is held after).
#: Source: Microsoft Entra's reference of audit activities, Core Directory, RoleManagement.
OPERATIONS = {
    "add member to role": (ACTIVE, True),
    "remove member from role": (ACTIVE, False),
    "add eligible member to role": (ELIGIBLE, True),
    "remove eligible member from role": (ELIGIBLE, False),
}
COLUMNS = "_raw tenant user object_id app_id principal_type role role_template_id assignment as_of expires via".split()
NO_PRINCIPAL, NO_ROLE = "the record names no user and no application", "the record names no role"
NO_CONTENT = "the row has neither _raw nor a role"

_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
#: How the audit log names a directory object: its kind and its id.
_OBJECT = re.compile("(user|serviceprincipal|group)_(%s)" % _GUID)
_KINDS = {"user": "user", "serviceprincipal": "servicePrincipal", "group": "group"}
_OTHER, _SPN, _UPN = 2, 4, 5  # Type of a name in Target (Management Activity API schema, IdentityTypeValuePair)


class Ignored(NamedTuple):
    """A record that changes no role that is kept here: another operation, or one that failed."""

    reason: str


def parse(row: Mapping, tenant: str, now: float) -> Union[Kept, Rejection, Ignored]:
    """What a row of the search says. ``tenant`` is that of rows of a CSV which name none; ``now`` is epoch seconds."""
    if row.get("_raw"):
        return _from_audit(str(row["_raw"]), now)
    return _from_csv(row, tenant, now)


# -- audit records --------------------------------------------------------------------------------


def _from_audit(raw: str, now: float) -> Union[Kept, Rejection, Ignored]:
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return Rejection(NO_JSON, "")
    example = clean(str(record.get("Id") or "")) if isinstance(record, dict) else ""
    faults = violations("ROLE_CHANGE", record)
    if faults:
        return Rejection(faults[0], example)
    operation = str(record.get("Operation") or "").strip().rstrip(".").lower()
    if operation not in OPERATIONS:
        return Ignored("another operation")
    if str(record.get("ResultStatus") or "Success").lower() not in ("success", "succeeded", "true"):
        return Ignored("it did not succeed")
    minute, second, fraction = parse_audit_time(record["CreationTime"])
    changed = minute + float("%s.%s" % (second, fraction or "0"))
    if changed > now + FUTURE_SECONDS:
        return Rejection(FUTURE, example)
    role, template = _role(record.get("ModifiedProperties", ()))
    if not role and not template:
        return Rejection(NO_ROLE, example)
    kind, object_id, app_id, user = _principal(record)
    if not (object_id or app_id or user):
        return Rejection(NO_PRINCIPAL, example)
    assignment, held = OPERATIONS[operation]
    whole = RoleRow(
        clean(record["OrganizationId"]), user, object_id, app_id, kind, role, template, assignment if held else REMOVED,
        AUDIT, 0, 0, "", changed,
    )
    return kept(whole, assignment)


def _role(properties) -> Tuple[str, str]:
    """(name, template id) of the role; a removal has them as the old value."""
    said: Dict[str, str] = {}
    for one in properties:
        value = _unquoted(one.get("NewValue")) or _unquoted(one.get("OldValue"))
        said.setdefault(str(one["Name"]).lower(), value)
    return said.get("role.displayname", ""), said.get("role.templateid", "").lower()


def _unquoted(value) -> str:
    """A value of a property, which is often JSON in a text: quoted, or a list of one."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if text[:1] in ('"', "["):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return clean(text.strip('"'))
        if isinstance(inner, list):
            inner = inner[0] if len(inner) == 1 else ""
        text = inner if isinstance(inner, str) else ""
    return clean(text).strip()


def _principal(record) -> Tuple[str, str, str, str]:
    """(kind, object id, app id, user name) of whom the change is about."""
    names = [(clean(str(one["ID"])).strip(), one["Type"]) for one in record.get("Target", ())]
    kind = object_id = ""
    for name, _ in names:
        match = _OBJECT.fullmatch(name.lower())
        if match:
            kind, object_id = _KINDS[match.group(1)], match.group(2)
            break
    if kind == "servicePrincipal":
        ids = [name.lower() for name, type_ in names if type_ == _OTHER and re.fullmatch(_GUID, name.lower())]
        ids += [part for name, type_ in names if type_ == _SPN for part in re.findall(_GUID, name.lower())]
        return kind, object_id, next((one for one in ids if one != object_id), ""), ""
    if kind == "group":
        return kind, object_id, "", ""
    upns = [name for name, type_ in names if type_ == _UPN and "@" in name]
    target = clean(str(record.get("ObjectId") or "")).strip()
    user = (upns or [target if "@" in target else ""])[0].lower()
    return kind or ("user" if user else ""), object_id, "", user


# -- a CSV ----------------------------------------------------------------------------------------


def _from_csv(row, tenant, now) -> Union[Kept, Rejection]:
    given = {name: clean(str(row.get(name) or "")).strip() for name in COLUMNS if name != "_raw"}
    lower = "user object_id app_id role_template_id assignment".split()
    given.update((name, given[name].lower()) for name in lower)
    given["tenant"] = given["tenant"] or tenant
    example = given["user"] or given["object_id"] or given["app_id"]
    if not any(given[name] for name in ("role", "role_template_id", *lower)):
        return Rejection(NO_CONTENT, "")
    faults = violations("ROLE_CSV", given)
    if faults:
        return Rejection(faults[0], example)
    as_of = float(given["as_of"] or now)
    if as_of > now + FUTURE_SECONDS:
        return Rejection(FUTURE, example)
    assignment = given["assignment"] or ACTIVE
    whole = RoleRow(
        given["tenant"], given["user"], given["object_id"], given["app_id"],
        given["principal_type"] or ("user" if given["user"] else ""), given["role"], given["role_template_id"],
        assignment, CSV, as_of, float(given["expires"] or 0), given["via"], 0,
    )
    return kept(whole, "", given["via"].lower())


# -- joining --------------------------------------------------------------------------------------


def moment(row: RoleRow) -> float:
    """When what a row says was so."""
    return row.changed if row.source == AUDIT else row.as_of


def _rank(row: RoleRow):
    return moment(row), row.assignment != REMOVED, tuple(map(str, row))


def joined(rows: Iterable[Kept]) -> Dict[str, Kept]:
    """Of each hold the row that counts, by key: a join, so order and repetition do not matter."""
    found: Dict[str, Kept] = {}
    for one in rows:
        known = found.get(one.key)
        if known is None or _rank(one.row) > _rank(known.row):
            found[one.key] = one
    return found


def known_better(rows: Iterable[Kept], graph_as_of: float) -> Tuple[List[Kept], int]:
    """(the rows that Graph has not taken in, the number of the others), given the moment of the last synchronisation."""
    every = list(rows)
    left = [one for one in every if one.row.source != AUDIT or one.row.changed >= graph_as_of]
    return left, len(every) - len(left)


def row_of(document: Mapping) -> Kept:
    """A stored row; a time that is none counts as none: somebody else wrote it."""
    texts = {name: str(document.get(name) or "") for name in RoleRow._fields}
    return Kept(str(document["_key"]), RoleRow(**{**texts, **{name: _time(document.get(name)) for name in TIMES}}))


def _time(value) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return 0.0
