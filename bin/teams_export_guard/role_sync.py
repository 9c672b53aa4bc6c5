"""One synchronisation of a tenant's role holders from Microsoft Graph into the KV store.

Knows the order of things. All is read before anything is written, so a reading that fails changes nothing. The writing
is atomic in effect, wherever it stops:

1. what is new or changed is saved with the moment of the last complete synchronisation (0 if there was none): until
   everybody who holds a role is there, the data grows no younger, so nobody is "not privileged" on half of it;
2. every row is saved with this synchronisation's moment;
3. what Graph no longer says goes: rows of this tenant and source with an older moment, and audit rows about changes
   before it, which Graph has taken in.

Before 3 there are only rows too many, which were true the last time; the next synchronisation removes them. One run of a
tenant writes at a time (a lease), and one that did not begin after the last that was written gives up: moments only grow.
"""

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import graph_schema
from .documents import APPLICATIONS, PRIVILEGED
from .errors import GraphError
from .graph_client import Graph
from .graph_roles import Directory, application_documents, groups_among, holders, incomplete, role_rows
from .role_rows import AUDIT, GRAPH, Change, Kept, differences

FIELDS = (
    "_time change tenant user object_id app_id principal_type role role_template_id assignment via expires detail "
    "written rows added removed changed applications eligible_read bad_entries requests"
).split()


class Reading(NamedTuple):
    """What a tenant's Graph says as of a moment, and what a person should know of it."""

    tenant: str
    as_of: float  # when the reading began, to the millisecond
    rows: Sequence[Kept]
    applications: Optional[Sequence[dict]]  # None: not read, so what is stored stays
    eligible: bool  # whether eligible assignments were read
    warnings: Tuple[str, ...]
    bad: int
    requests: int


def read(graph: Graph, tenant: str, as_of: float) -> Reading:
    """Read everything. Raises GraphError, also if nobody holds a role: every tenant has a Global Administrator."""
    assignments = graph.entries(graph_schema.ASSIGNMENTS)
    active, eligible = graph.spared(graph_schema.ACTIVE), graph.spared(graph_schema.ELIGIBLE)
    definitions = graph.entries(graph_schema.DEFINITIONS)
    groups = groups_among(holders(assignments, active, eligible))
    members = {group: graph.spared(graph_schema.members_of(group)) or () for group in groups}
    service_principals = graph.spared(graph_schema.SERVICE_PRINCIPALS)
    own = None if service_principals is None else graph.spared(graph_schema.OWN_APPLICATIONS)
    if not assignments:
        raise GraphError(
            "Microsoft Graph named no active role assignment of the tenant %s, but every tenant has one; nothing was written."
            % tenant
        )
    directory = Directory(assignments, active, eligible, definitions, members, service_principals, own)
    rows = role_rows(tenant, directory, as_of)
    warnings = (*_missing(graph), *_bad(graph), *incomplete(rows, definitions))
    return Reading(tenant, as_of, rows, application_documents(tenant, directory, as_of), eligible is not None, warnings,
                   sum(bad.count for bad in graph.bad.values()), graph.requests)  # fmt: skip


def _missing(graph) -> List[str]:
    said = []
    if {graph_schema.ACTIVE.name, graph_schema.ELIGIBLE.name} & set(graph.missing):
        said.append("Only active assignments were read: the tenant has no Microsoft Entra ID P2 (%s)."
                    % graph_schema.PREMIUM_MISSING)  # fmt: skip
    for listing in (graph_schema.SERVICE_PRINCIPALS, graph_schema.OWN_APPLICATIONS):
        if listing.name in graph.missing:
            said.append("The %s were not read, and what is stored of them stays: %s"
                        % (listing.name, graph.missing[listing.name]))  # fmt: skip
    return said


def _bad(graph) -> List[str]:
    return ["%d entries among the %s could not be used, for example %s (%s)." % (bad.count, name, bad.example, bad.fault)
            for name, bad in sorted(graph.bad.items())]  # fmt: skip


def compare(store, reading: Reading) -> List[Change]:
    """What writing a reading would change among the role holders."""
    return differences(_stored(store, reading), reading.rows)


def write(store, reading: Reading, before_batch: Callable[[], None]) -> List[Change]:
    """Make a reading hold; what that changed. Raises GraphError if a younger one holds already."""
    stored = _stored(store, reading)
    last = max((document.get("as_of") or 0 for document in stored), default=0)
    if last >= reading.as_of:
        raise GraphError(
            "A synchronisation of the tenant %s that did not begin earlier has been written meanwhile; nothing was written."
            % reading.tenant
        )
    changes = differences(stored, reading.rows)
    news = {change.row["_key"] for change in changes if change.change != "removed"}
    store.save(PRIVILEGED, [one.document(as_of=last) for one in reading.rows if one.key in news], before_batch)
    store.save(PRIVILEGED, [one.document() for one in reading.rows], before_batch)
    if reading.applications is not None:
        store.save(APPLICATIONS, reading.applications, before_batch)
    before_batch()
    older = {"$lt": reading.as_of}
    store.delete(PRIVILEGED, {"tenant": reading.tenant, "source": GRAPH, "as_of": older})
    store.delete(PRIVILEGED, {"tenant": reading.tenant, "source": AUDIT, "changed": older})
    if reading.applications is not None:
        store.delete(APPLICATIONS, {"tenant": reading.tenant, "source": GRAPH, "as_of": older})
    return changes


def _stored(store, reading) -> List[dict]:
    return store.all(PRIVILEGED, {"tenant": reading.tenant, "source": GRAPH})


def shown(reading: Reading, changes: Sequence[Change], written: bool) -> List[dict]:
    """The summary, and a row for each change."""
    counts: Dict[str, int] = {kind: sum(change.change == kind for change in changes)
                              for kind in ("added", "removed", "changed")}  # fmt: skip
    applications = "" if reading.applications is None else len(reading.applications)
    summary = dict(
        counts, _time=reading.as_of, change="summary", tenant=reading.tenant, written="true" if written else "false",
        rows=len(reading.rows), applications=applications, eligible_read="true" if reading.eligible else "false",
        bad_entries=reading.bad, requests=reading.requests, detail=" ".join(reading.warnings),
    )
    given = [summary]
    for change in changes:
        row = {name: change.row.get(name, "") for name in FIELDS if name not in counts}
        given.append(dict(row, _time=reading.as_of, change=change.change, detail=change.detail))
    return [{name: row.get(name, "") for name in FIELDS} for row in given]
