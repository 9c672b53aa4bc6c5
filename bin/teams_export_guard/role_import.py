"""Joining rows from audit records and CSVs into the KV store.

Knows the order of things: all rows first, then tenant by tenant, under the tenant's lease, what is stored is read,
joined with what came, and what differs is saved. Nothing is deleted. An audit row about a change before the last
synchronisation with Graph is left out: Graph knew of it. Reading the same rows again, later, in another order or in
parts gives the same state.
"""

from collections import defaultdict
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple

from . import role_changes
from .documents import PRIVILEGED
from .errors import SettingsError
from .lease import Lease, holding
from .records import Rejection
from .role_rows import GRAPH, Change, Kept, differences
from .settings import parse_boolean, texts

OPTIONS = ("tenant", "dryrun")
FIELDS = (
    "_time change tenant user object_id app_id principal_type role role_template_id assignment source via expires detail "
    "written rows added changed superseded ignored rejected"
).split()


class ImportSettings(NamedTuple):
    """``tenant`` is that of rows which name none."""

    tenant: str = ""
    dryrun: bool = False


def parse(arguments) -> ImportSettings:
    """The settings in a command's arguments. Raises SettingsError with every fault."""
    given, faults = texts(arguments, OPTIONS)
    dryrun = parse_boolean(given.get("dryrun", "false"))
    if dryrun is None:
        faults.append("dryrun=%s: allowed: true or false" % given["dryrun"])
    if faults:
        raise SettingsError(faults)
    return ImportSettings(given.get("tenant", ""), bool(dryrun))


class Rejected(NamedTuple):
    """Rows that could not be used for one reason: how many, and one of them."""

    count: int
    example: str


class RoleImport:
    """``add`` every row, ``finish`` once."""

    def __init__(self, settings: ImportSettings, now: float):
        self._settings, self._now = settings, now
        self._kept: Dict[str, Dict[str, Kept]] = defaultdict(dict)  # tenant -> key -> row
        self.rows = self.ignored = self.superseded = 0
        self.rejected: Dict[str, Rejected] = {}

    def add(self, row: Mapping) -> None:
        """Take one row of the search."""
        self.rows += 1
        said = role_changes.parse(row, self._settings.tenant, self._now)
        if isinstance(said, role_changes.Ignored):
            self.ignored += 1
        elif isinstance(said, Rejection):
            known = self.rejected.get(said.reason, Rejected(0, said.example))
            self.rejected[said.reason] = Rejected(known.count + 1, known.example or said.example)
        else:
            held = self._kept[said.row.tenant]
            held.update(role_changes.joined([said, *filter(None, [held.get(said.key)])]))

    def finish(self, store, lease: Callable[[str], Lease]) -> List[dict]:
        """Join with the ``store``; the rows to show. ``lease(tenant)`` makes a tenant's lease."""
        changes: List[Change] = []
        for tenant in sorted(self._kept):
            if self._settings.dryrun:
                changes += self._joined(store, tenant, None)
                continue
            with holding(lease(tenant)) as check:
                changes += self._joined(store, tenant, check)
        return self._shown(changes)

    def _joined(self, store, tenant, before_batch) -> List[Change]:
        documents = {one["_key"]: one for one in store.all(PRIVILEGED, {"tenant": tenant})}
        as_of = [role_changes.row_of(one).row.as_of for one in documents.values() if one.get("source") == GRAPH]
        came, superseded = role_changes.known_better(self._kept[tenant].values(), max(as_of, default=0))
        self.superseded += superseded
        stored = {one.key: role_changes.row_of(documents[one.key]) for one in came if one.key in documents}
        new = role_changes.joined([*stored.values(), *came])
        saved = [one for key, one in sorted(new.items()) if one != stored.get(key)]
        if before_batch and saved:
            store.save(PRIVILEGED, [one.document() for one in saved], before_batch)
        return differences([documents[one.key] for one in saved if one.key in documents], saved)

    def _shown(self, changes) -> List[dict]:
        counts = {kind: sum(change.change == kind for change in changes) for kind in ("added", "changed")}
        summary = dict(
            counts, _time=self._now, change="summary", written="false" if self._settings.dryrun else "true", rows=self.rows,
            superseded=self.superseded, ignored=self.ignored, rejected=sum(one.count for one in self.rejected.values()),
        )
        shown = [dict({name: change.row.get(name, "") for name in FIELDS if name not in counts}, _time=self._now,
                      change=change.change, detail=change.detail) for change in changes]  # fmt: skip
        return [{name: row.get(name, "") for name in FIELDS} for row in [summary, *shown]]

    def warnings(self) -> Iterable[str]:
        """What the user should look at: rows rejected by reason."""
        for reason, one in sorted(self.rejected.items()):
            yield "%d rows rejected: %s%s" % (one.count, reason, ", for example " + one.example if one.example else "")
