"""Puts a new ASN table in the place of the one in effect, or says why not.

Knows the order of writing: under a lease of its own, the chunks first and the manifest last, so a reader sees the old
table or the new one and never a part; then what no manifest names any more goes. The table before stays for a day,
because a search that runs may still read it. A crash anywhere leaves the old table in effect, and the next run removes
what was left. What is decided stands in ``asn_check`` and ``asn_former``.
"""
from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Tuple

from .asn import AsnTable, Former, Range
from .asn_check import FAMILIES, Candidate, Present, faults, objections, older
from .asn_compile import Report, resolve, write_table
from .asn_documents import ASN, CHUNK, Manifest, chunk_documents, compressed, digest
from .asn_effect import TableInEffect
from .asn_former import LABEL_DAYS, Changes, compare, day_of, expired, relabelled
from .asn_incoming import Incoming
from .asn_request import FIELDS, Request
from .asn_sources import About, pack
from .errors import AsnRefused, AsnTableError, StoreError
from .lease import holding
from .settings import DAY

PREVIOUS_SECONDS = DAY  # how long the chunks of the table before are kept (ours); no search runs so long
#: MaxMind's licence lets nobody use a version 30 days after the next one; so its numbers are former labels no longer.
LABEL_DAYS_OF = {"geolite": 30}


class Prepared(NamedTuple):
    """The new table beside the one in effect; everything but the writing."""

    about: About
    ranges: Tuple[List[Range], List[Range]]
    report: Report
    data_sha256: str
    changes: Dict[str, Changes]
    former: Tuple[List[Former], List[Former]]
    compiled: bytes
    refused: List[str]


class Decision(NamedTuple):
    """What is done: ``installed``, ``unchanged``, ``kept`` or ``refused``, and why."""

    action: str
    reason: str


class Refresh:
    """One refresh; ``run`` it. Without a lease it only says what it would do."""

    def __init__(self, store, effect: TableInEffect, request: Request, user: str, now: float, lease=None):
        self._store, self._effect, self._request = store, effect, request
        self._user, self._now, self._lease = user, now, lease

    def run(self, new: Incoming) -> dict:
        """The row that says what was done. Raises AsnRefused if the new table may not be installed."""
        ranges, report = resolve(new.data)
        if not self._lease:
            return self._judged(new, ranges, report)
        with holding(self._lease):
            return self._judged(new, ranges, report)

    def _judged(self, new: Incoming, ranges, report: Report) -> dict:
        manifest, table, whole = self._present()
        prepared = self._prepared(new, ranges, report, manifest, table)
        decision = self._decided(prepared, manifest, table, whole)
        sha256 = manifest.sha256 if manifest and whole else ""
        if self._lease:
            if decision.action == "installed":
                manifest = self._write(new, prepared, manifest)
                sha256 = manifest.sha256
            decision = self._swept(decision, manifest)
            if decision.action == "refused":
                raise AsnRefused("The new network table is refused, the one in effect stays: %s." % decision.reason)
        else:
            would = {"installed": "would install", "kept": "would keep", "refused": "would refuse"}
            decision = decision._replace(action=would.get(decision.action, decision.action))
        return self._row(prepared, decision, sha256)

    # -- deciding -----------------------------------------------------------------------------

    def _present(self) -> Tuple[Optional[Manifest], AsnTable, bool]:
        """What is in effect, its table, and whether it can be used; with force, one that cannot be gives way."""
        manifest = None
        try:
            manifest = self._effect.manifest()
            return manifest, self._effect.of(manifest), True
        except AsnTableError:
            if not self._request.force:
                raise
            return manifest, self._effect.shipped(), False

    def _prepared(self, new, ranges, report, manifest, table) -> Prepared:
        changes = {family: compare(old, now) for family, old, now in
                   zip(FAMILIES, (table.ipv4(), table.ipv6()), ranges)}
        today = day_of(self._now)
        until = today + LABEL_DAYS_OF.get(manifest.format if manifest else "", LABEL_DAYS)
        former = tuple(relabelled(labels, changes[family].moved, today, until)
                       for family, labels in zip(FAMILIES, (table.former4(), table.former6())))
        compiled = write_table(*ranges, new.data.organisations, new.about, "little", *former)
        text = _text(new, ranges)
        candidate = Candidate(AsnTable(compiled), dict(zip(FAMILIES, map(len, ranges))),
                              report.rows, report.bad, report.bad_example)
        refused = faults(candidate)
        if not self._request.force:
            present = Present(dict(zip(FAMILIES, table.ranges)), table.date)
            refused += [text + " (force=true sets this aside)" for text in objections(candidate, present, changes)]
        return Prepared(new.about, ranges, report, digest(text), changes, former, compiled, refused)

    def _decided(self, prepared: Prepared, manifest, table: AsnTable, whole: bool) -> Decision:
        if whole and manifest and manifest.data_sha256 == prepared.data_sha256:
            today = day_of(self._now)
            if not expired(table.former4(), today) and not expired(table.former6(), today):
                return Decision("unchanged", "these data are in effect already")
            return Decision("installed", "the same data, without former labels that count no more")
        if older(prepared.about.date, table.date) and not self._request.force:
            return Decision("kept", "the table in effect is of %s and newer; force=true installs this one nevertheless"
                            % table.date)
        if prepared.refused:
            return Decision("refused", "; ".join(prepared.refused))
        if not whole:
            return Decision("installed", "the table in effect could not be used; its former labels are lost, and what is "
                                         "said of changes compares with the table that ships")
        return Decision("installed", "")

    # -- writing ------------------------------------------------------------------------------

    def _write(self, new: Incoming, prepared: Prepared, before: Optional[Manifest]) -> Manifest:
        content = compressed(_text(new, prepared.ranges, prepared.former))
        chunks = chunk_documents(content)
        sha256 = digest(content)
        previous = before.previous_sha256 if before and before.sha256 == sha256 else before.sha256 if before else ""
        manifest = Manifest(
            *new.about, new.format, *map(len, prepared.ranges), sha256, prepared.data_sha256, previous, len(chunks),
            _changed(prepared), sum(map(len, prepared.former)), self._now, self._user,
        )
        self._store.save(ASN, chunks, self._lease.check)
        self._store.save(ASN, [manifest.document()], self._lease.ask)
        self._effect.put(sha256, prepared.compiled)
        return manifest

    def _swept(self, decision: Decision, manifest: Optional[Manifest]) -> Decision:
        """Delete the chunks that no search can need any more. Failing to is no fault: the next refresh does it."""
        kept = set()
        if manifest:
            kept.add(manifest.sha256)
            if self._now < manifest.installed + PREVIOUS_SECONDS:
                kept.add(manifest.previous_sha256)
        try:
            keys = self._store.keys_where(ASN, [{"kind": CHUNK}])
            for sha256 in sorted({key.partition(".")[0] for key in keys} - kept):
                self._lease.ask()
                self._store.delete(ASN, {"kind": CHUNK, "sha256": sha256})
        except StoreError as fault:
            said = "older tables are not deleted yet (%s)" % str(fault).rstrip(".")
            return decision._replace(reason="; ".join(filter(None, (decision.reason, said))))
        return decision

    def _row(self, prepared: Prepared, decision: Decision, sha256: str) -> dict:
        report, changes = prepared.report, prepared.changes
        row = {
            "_time": self._now, "action": decision.action, **prepared.about._asdict(),
            "ipv4_ranges": len(prepared.ranges[0]), "ipv6_ranges": len(prepared.ranges[1]), "sha256": sha256,
            "changed_ranges": _changed(prepared), "former_ranges": sum(map(len, prepared.former)),
            "lines": report.rows + report.bad, "rejected": report.bad, "rejected_example": report.bad_example,
            "unordered": report.unordered, "overlapping": report.overlapping, "reason": decision.reason,
        }
        for family, change in changes.items():
            row["changed_%s_percent" % family.lower()] = "%.2f" % (100 * change.moved_share)
            row["lost_%s_percent" % family.lower()] = "%.2f" % (100 * change.lost_share)
        return {name: row[name] for name in FIELDS}


def _changed(prepared: Prepared) -> int:
    return sum(len(change.moved) for change in prepared.changes.values())


def _text(new: Incoming, ranges, former=((), ())) -> bytes:
    """The packed form of the data."""
    return "".join(line + "\n" for line in pack(new.about, *ranges, new.data.organisations, *former)).encode(
        "utf-8", "replace")
