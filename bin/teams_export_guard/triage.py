"""Triage: what an analyst says of an alert, and what that changes.

Knows the statuses, what a change needs, and the two documents it makes: the word that holds now
(``teams_export_triage``) and the entry of the history that says who changed what from what, and why. Does no I/O.

An alert without a document is ``new``. Two analysts at once: the last writer's word holds, and the history has both
changes, each with the status that its author saw. The key of an entry comes from what it says and from the word that
it replaced, so the same change, written again after a crash, is the same entry.
"""

import hashlib
import json
import re
from typing import Mapping, NamedTuple, Optional, Sequence

from .errors import SettingsError, TriageRefused
from .settings import texts

STATUSES = ("new", "in_progress", "benign", "malicious")
CLOSING = ("benign", "malicious")  # a verdict needs a reason
COMMENT_LIMIT = 4000  # characters (ours): a paragraph or two, not a report
OWNER_LIMIT = 200  # characters (ours): a user name
OPTIONS = ("alert_id", "status", "comment", "owner", "from")
FIELDS = "_time alert_id from_status status owner comment changed updated updated_by".split()

_ALERT_ID = re.compile(r"[0-9a-f]{32}")


class Request(NamedTuple):
    """What the analyst asked for; ``comment``, ``owner`` and ``seen`` are empty where they were not given."""

    alert_id: str
    status: str
    comment: str = ""
    owner: str = ""
    seen: str = ""  # the status that the analyst saw


class Word(NamedTuple):
    """What holds of an alert: an analyst's last word; ``updated`` is epoch seconds, 0 where nobody said anything."""

    status: str = "new"
    owner: str = ""
    comment: str = ""
    updated: float = 0.0
    updated_by: str = ""

    @property
    def closed(self) -> bool:
        """Whether it is a verdict."""
        return self.status in CLOSING

    @classmethod
    def of(cls, document: Optional[Mapping]) -> "Word":
        """The word in a document of teams_export_triage, or that of an alert without one."""
        if not document:
            return cls()
        texts = {name: str(document.get(name) or "") for name in ("owner", "comment", "updated_by")}
        status = document.get("status")
        return cls(status if status in STATUSES else "new", updated=float(document.get("updated") or 0), **texts)


class Change(NamedTuple):
    """What a request does: the word before and after; the same word twice if it changes nothing."""

    alert_id: str
    before: Word
    after: Word
    said: str  # the comment of this change; empty if none was given

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return self.before != self.after


def parse(arguments: Sequence[str]) -> Request:
    """The request in a command's arguments. Raises SettingsError with every fault."""
    given, faults = texts(arguments, OPTIONS)
    faults += _faults(given)
    if faults:
        raise SettingsError(faults)
    return Request(given["alert_id"], given["status"], given.get("comment", ""), given.get("owner", ""),
                   given.get("from", ""))


def _faults(given):
    statuses = ", ".join(STATUSES)
    if not _ALERT_ID.fullmatch(given.get("alert_id", "")):
        yield "alert_id=%s: allowed: the alert_id of an alert, 32 hex digits" % given.get("alert_id", "")
    if given.get("status") not in STATUSES:
        yield "status=%s: allowed: one of %s" % (given.get("status", ""), statuses)
    if given.get("from", "new") not in STATUSES:
        yield "from=%s: allowed: one of %s, the status that you saw" % (given["from"], statuses)
    if given.get("status") in CLOSING and not given.get("comment"):
        yield "comment=: allowed: a reason, which %s needs" % given["status"]
    for name, limit in (("comment", COMMENT_LIMIT), ("owner", OWNER_LIMIT)):
        if len(given.get(name, "")) > limit:
            yield "%s: has %d characters; allowed: at most %d" % (name, len(given[name]), limit)


def decide(request: Request, before: Word, user: str, now: float) -> Change:
    """What the request changes. Raises TriageRefused if the status is not the one that the analyst saw.

    What holds already is no change, whatever was seen: a page that is loaded again repeats its own call. Without a
    comment the last one stays the alert's; without an owner the present one, else the analyst.
    """
    owner, comment = request.owner or before.owner or user, request.comment or before.comment
    if (request.status, request.owner or before.owner, comment) == (before.status, before.owner, before.comment):
        return Change(request.alert_id, before, before, "")
    if request.seen and request.seen != before.status:
        raise TriageRefused(
            "Alert %s is not %s any more: %s made it %s. Look at it again; nothing was written."
            % (request.alert_id, request.seen, before.updated_by or "nobody", before.status)
        )
    return Change(request.alert_id, before, Word(request.status, owner, comment, now, user), request.comment)


def triage_document(change: Change) -> dict:
    """The document of teams_export_triage after a change."""
    return dict(change.after._asdict(), _key=change.alert_id)


def history_document(change: Change) -> dict:
    """The entry of teams_export_triage_history that a change makes."""
    after = change.after
    said = [change.before.status, after.status, after.owner, change.said, after.updated_by, repr(change.before.updated)]
    digest = hashlib.sha256(json.dumps(said).encode("utf-8")).hexdigest()[:16]
    return {
        "_key": "%s.%s" % (change.alert_id, digest), "alert_id": change.alert_id, "changed": after.updated,
        "changed_by": after.updated_by, "from_status": change.before.status, "to_status": after.status,
        "owner": after.owner, "comment": change.said,
    }


def row(change: Change, now: float) -> dict:
    """What the command shows: the word that holds now, and whether this call changed it."""
    after = change.after
    return {
        "_time": now, "alert_id": change.alert_id, "from_status": change.before.status, "status": after.status,
        "owner": after.owner, "comment": after.comment, "changed": "true" if change.changes else "false",
        "updated": after.updated, "updated_by": after.updated_by,
    }
