"""The rows of ``teams_export_privileged``: their fields, their keys, and what is different between two states.

Knows that a row is one role held by one principal, said by one source, and that its ``_key`` comes from just that, so
that what is said again replaces what was said before. Sources: ``graph`` and ``csv`` are lists as of a moment
(``as_of``); ``audit`` is one change at a moment (``changed``), says nothing of anybody else, and has no ``as_of``.
Does not know where rows come from, nor what they mean for an alert (``privileged``).
"""

import hashlib
from typing import Dict, Iterable, List, Mapping, NamedTuple

GRAPH, AUDIT, CSV = "graph", "audit", "csv"
ACTIVE, ELIGIBLE, REMOVED = "active", "eligible", "removed"
TIMES = ("as_of", "expires", "changed")


class RoleRow(NamedTuple):
    """One row. Names and ids in lower case, times in epoch seconds, 0 for none; ``via`` names the group that has the role."""

    tenant: str
    user: str = ""
    object_id: str = ""
    app_id: str = ""
    principal_type: str = ""
    role: str = ""
    role_template_id: str = ""
    assignment: str = ACTIVE
    source: str = GRAPH
    as_of: float = 0
    expires: float = 0
    via: str = ""
    changed: float = 0


class Kept(NamedTuple):
    """A row and its ``_key``."""

    key: str
    row: RoleRow

    def document(self, **changes) -> dict:
        """As it is stored."""
        return dict(self.row._asdict(), _key=self.key, **changes)


def kept(row: RoleRow, kind: str, group: str = "") -> Kept:
    """``row`` with its key. ``kind`` is active or eligible, also of a row that says ``removed``; ``group`` an id."""
    principal = row.object_id or row.app_id or row.user
    role = row.role_template_id or row.role.lower()
    said = (row.tenant, row.source, principal, role, kind, group)
    return Kept(hashlib.sha256("\n".join(said).encode("utf-8")).hexdigest()[:32], row)


class Change(NamedTuple):
    """What happens to one row: ``added``, ``removed`` or ``changed``, the row, and in words what of it."""

    change: str
    row: Mapping
    detail: str = ""


def differences(before: Iterable[Mapping], after: Iterable[Kept]) -> List[Change]:
    """What making ``after`` of ``before`` changes, in an order that depends on the rows alone. ``as_of`` is no change."""
    old: Dict[str, Mapping] = {document["_key"]: document for document in before}
    new = {one.key: one.document() for one in after}
    found = [Change("added", new[key]) for key in new if key not in old]
    found += [Change("removed", old[key]) for key in old if key not in new]
    for key in set(old) & set(new):
        detail = "; ".join(_changes(old[key], new[key]))
        if detail:
            found.append(Change("changed", new[key], detail))
    shown = "tenant role user object_id assignment via change _key".split()
    return sorted(found, key=lambda one: [str(dict(one.row, change=one.change).get(name) or "") for name in shown])


def _changes(old, new):
    for name in RoleRow._fields:
        if name == "as_of":
            continue
        empty = 0 if name in TIMES else ""
        if (old.get(name) or empty) != new[name]:
            yield "%s was %s" % (name, old.get(name) or "empty")
