"""The commands beside the detection: an analyst's word on an alert, exceptions, and the deletion of what is old.

Knows the order of writing. A change of triage writes its entry of the history first: what holds is then never without
an entry, and after a crash between the two the same call repairs it. Deletion is by query, so what is no longer old
when the store carries it out stays. What is decided stands in ``triage``, ``exception_requests`` and ``retention``.
"""

import time

from . import exception_requests, retention, triage
from .documents import ALERTS, EXCEPTIONS, HISTORY, TRIAGE, alert_of
from .errors import ExceptionRefused, TriageRefused
from .sdk import Configuration, Generator
from .store_access import StoreAccess


def change_triage(store, request: triage.Request, user: str, now: float) -> dict:
    """Carry out a request over a ``store``; the row that says what holds now.

    Raises TriageRefused for an alert that is not there or a status that has changed meanwhile.
    """
    if request.alert_id not in store.get(ALERTS, [request.alert_id]):
        raise TriageRefused("There is no alert %s; nothing was written." % request.alert_id)
    before = triage.Word.of(store.get(TRIAGE, [request.alert_id]).get(request.alert_id))
    change = triage.decide(request, before, user, now)
    if change.changes:
        entry = triage.history_document(change)
        if not store.insert(HISTORY, entry):  # this call was made before and ended here: what it said, it said then
            said = store.get(HISTORY, [entry["_key"]]).get(entry["_key"], entry)
            change = change._replace(after=change.after._replace(updated=said["changed"]))
        store.save(TRIAGE, [triage.triage_document(change)], lambda: None)
    return triage.row(change, now)


def change_exception(store, request: exception_requests.Request, user: str, now: float) -> dict:
    """Give, prolong or end an exception over a ``store``; the row that says what holds now.

    Raises ExceptionRefused for an alert or an exception that is not there, SettingsError for one that would be invalid.
    """
    if request.end:
        before = store.get(EXCEPTIONS, [request.end]).get(request.end)
        change = exception_requests.end(request, before, user, now)
    else:
        found = store.get(ALERTS, [request.alert_id]).get(request.alert_id) if request.alert_id else None
        if request.alert_id and not found:
            raise ExceptionRefused("There is no alert %s; nothing was written." % request.alert_id)
        present = store.all(EXCEPTIONS, {})
        change = exception_requests.give(request, alert_of(found) if found else None, present, user, now)
    if change.changed:
        store.save(EXCEPTIONS, [change.document], lambda: None)
    return exception_requests.row(change, now)


def delete_old(store, kept: retention.Retention, now: float) -> dict:
    """Delete what is older than it is kept; the row that counts what went."""
    deleted, unclosed = {}, 0
    for collection, query in kept.queries(now):
        keys = store.keys_where(collection, [query])
        if collection == ALERTS:
            words = store.get(TRIAGE, keys)
            unclosed = sum(not triage.Word.of(words.get(key)).closed for key in keys)
        if keys:
            store.delete(collection, query)
        deleted[collection] = len(keys)
    return retention.row(kept, deleted, unclosed, now)


@Configuration()
class TeamsExportTriage(StoreAccess, Generator):
    """Says what an alert was, and keeps who said it.

    | teamsexporttriage alert_id=<id> status=<status> [comment=<text>] [owner=<text>] [from=<status>]
    """

    def start(self, arguments):
        self._request = triage.parse(arguments)

    def rows(self):
        if self.preview:
            return []
        return [change_triage(self.store(), self._request, self.metadata.searchinfo.username, time.time())]


@Configuration()
class TeamsExportException(StoreAccess, Generator):
    """Says that something is right, for a while and within bounds; or ends that.

    | teamsexportexception alert_id=<id> reason=<text> [days=<int>] [entity=<text>] ... (see searchbnf.conf)
    """

    def start(self, arguments):
        self._request = exception_requests.parse(arguments)

    def rows(self):
        if self.preview:
            return []
        return [change_exception(self.store(), self._request, self.metadata.searchinfo.username, self.moment())]


@Configuration()
class TeamsExportRetention(StoreAccess, Generator):
    """Deletes alerts, and what was said of them, that are older than they are kept.

    | teamsexportretention keep=<days> [dedup=<span>] [quarantine=<span>]
    """

    def start(self, arguments):
        self._kept = retention.parse(arguments)

    def rows(self):
        if self.preview:
            return []
        row = delete_old(self.store(), self._kept, self.moment())
        if row["unclosed_alerts"]:
            self.write_warning("%d of the alerts that were deleted had no verdict." % row["unclosed_alerts"])
        return [row]
