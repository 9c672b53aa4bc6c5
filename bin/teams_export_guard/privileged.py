"""Who is privileged: role assignments and the roles that count.

Knows the rows of ``teams_export_privileged`` and of ``lookups/privileged_roles.csv`` as values, and
the three answers (contract, section 2, "Privileged"): ``true``, ``false``, and ``unknown`` where the
data is missing or stale, which never matches. Does not know where the rows come from.
"""

import re
from collections import defaultdict
from typing import Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .settings import PRIVILEGED_FRESH_SECONDS
from .text import clean

TRUE, FALSE, UNKNOWN = "true", "false", "unknown"
#: What joining two answers gives: nothing is ever taken back.
RANK = {UNKNOWN: 0, FALSE: 1, TRUE: 2}

EVERY_TENANT = "*"
NOBODY: FrozenSet[str] = frozenset()
NEVER = float("-inf")
HELD = ("active", "eligible")  # assignments that count
_EPOCH_TEXT = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")


def _epoch(value) -> float:
    """Epoch seconds in a document, a number or its text; 0 where there is none. Raises ValueError for anything else."""
    if value in (None, ""):
        return 0.0
    if isinstance(value, str):
        readable = _EPOCH_TEXT.fullmatch(value)
    else:
        readable = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not readable:
        raise ValueError("no time in epoch seconds: %r" % (value,))
    return float(value)


class Assignment(NamedTuple):
    """One role held by one principal. Names and ids in lower case, ``role`` as it is shown; times in epoch seconds."""

    tenant: str
    user: str
    object_id: str
    app_id: str
    role: str
    role_template_id: str
    assignment: str
    as_of: float
    expires: float

    @classmethod
    def from_document(cls, document: Mapping) -> "Assignment":
        """An assignment from a document of ``teams_export_privileged``. Raises ValueError if it cannot be one."""

        def text(name):
            return clean(str(document.get(name) or "")).strip()

        if not text("tenant"):
            raise ValueError("tenant is missing")
        names = (text(name).lower() for name in ("user", "object_id", "app_id"))
        return cls(
            text("tenant"), *names, text("role"), text("role_template_id").lower(), text("assignment").lower(),
            _epoch(document.get("as_of")), _epoch(document.get("expires")),
        )

    def holds_at(self, moment: int) -> bool:
        """Whether it is active or eligible and has not expired at ``moment`` (epoch seconds)."""
        return self.assignment in HELD and (self.expires <= 0 or self.expires > moment)


class Roles:
    """Which roles are privileged, by template id or else by name in any case."""

    def __init__(self, rows: Iterable[Mapping] = ()):
        self._by_id: Dict[str, bool] = {}
        self._by_name: Dict[str, bool] = {}
        self._names: Dict[str, str] = {}
        for row in rows:
            privileged = row["privileged"] == "1"
            template_id = row.get("role_template_id", "").strip().lower()
            if template_id:
                self._by_id[template_id] = privileged
                self._names[template_id] = row["role"]
            self._by_name[row["role"].strip().lower()] = privileged

    def is_privileged(self, held: Assignment) -> bool:
        """Whether the role of ``held`` is privileged. A role that no row names is not."""
        if held.role_template_id in self._by_id:
            return self._by_id[held.role_template_id]
        return self._by_name.get(held.role.lower(), False)

    def name(self, held: Assignment) -> str:
        """The name to show for the role of ``held``."""
        return held.role or self._names.get(held.role_template_id, held.role_template_id)


class Privileged:
    """Answers for an entity at a moment."""

    def __init__(self, assignments: Iterable[Assignment] = (), roles: Optional[Roles] = None):
        self._roles = Roles() if roles is None else roles
        self._newest: Dict[str, float] = {}
        self._held: Dict[Tuple[str, str, str], List[Assignment]] = defaultdict(list)
        for held in assignments:
            self._newest[held.tenant] = max(held.as_of, self._newest.get(held.tenant, 0))
            for kind in ("user", "object_id", "app_id"):
                if getattr(held, kind):
                    self._held[held.tenant, kind, getattr(held, kind)].append(held)

    def answer(self, tenant: str, names: Mapping[str, FrozenSet[str]], moment: int) -> Tuple[str, FrozenSet[str]]:
        """(``true`` | ``false`` | ``unknown``, names of the privileged roles held at ``moment``).

        ``names`` maps ``user``, ``object_id`` and ``app_id`` to what the entity goes by, in lower case.
        """
        tenants = (tenant, EVERY_TENANT)
        held = frozenset(
            self._roles.name(row)
            for whose in tenants
            for kind, values in names.items()
            for value in values
            for row in self._held.get((whose, kind, value), ())
            if row.holds_at(moment) and self._roles.is_privileged(row)
        ) if self._held else NOBODY
        if held:
            return TRUE, held
        newest = max(self._newest.get(tenant, NEVER), self._newest.get(EVERY_TENANT, NEVER))
        return (FALSE if newest >= moment - PRIVILEGED_FRESH_SECONDS else UNKNOWN), NOBODY
