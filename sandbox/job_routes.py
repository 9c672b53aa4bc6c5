"""REST routes for search jobs and saved searches, as far as dashboards and tests of the app need them.

Knows the forms of splunkd's answers.  Searches run while the request waits: a job is done when its sid is given out,
whatever exec_mode says.  Only output_mode=json is given for results.
"""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Protocol

from sandbox.alerting import SavedSearch, SavedSearchError
from sandbox.jobs import FAILED, RUNNING, Job, JobStore, UnknownJob
from sandbox.rest.atom import Entity, feed
from sandbox.rest.exchange import NOT_AUTHENTICATED, HttpError, Request, Response, xml_text
from sandbox.rest.routes import Route
from sandbox.searching import TimeSpec

EXEC_MODES = ("normal", "blocking", "oneshot")
DEFAULT_COUNT = 100  # results of one request unless `count` says otherwise; 0 is all
_JOBS = r"search/(?:v2/)?jobs"
_SID = _JOBS + r"/(?P<sid>[^/]+)"
_SAVED = r"saved/searches/(?P<name>[^/]+)"


class Searches(Protocol):
    """What the routes need of the stand-in."""

    jobs: JobStore

    def search(self, spl: str, *, earliest: TimeSpec, latest: TimeSpec, index_earliest: TimeSpec,
               index_latest: TimeSpec, app: str, owner: str) -> Job: ...  # fmt: skip

    def saved_searches(self) -> List[SavedSearch]: ...

    def saved_search(self, name: str) -> SavedSearch: ...

    def change(self, name: str, settings: Mapping[str, str]) -> SavedSearch: ...

    def dispatch(self, name: str, *, now: Optional[float] = None, **overrides: Any) -> Job: ...


class JobRoutes:
    """The handlers of one stand-in."""

    def __init__(self, searches: Searches) -> None:
        self._searches = searches

    def routes(self) -> List[Route]:
        return [
            Route("POST", _JOBS, self.start),
            Route("GET", _JOBS, self.list),
            Route("GET", _SID, self.show),
            Route("DELETE", _SID, self.remove),
            Route("GET", _SID + "/(?:results|results_preview|events)", self.results),
            Route("GET", "saved/searches", self.list_saved),
            Route("GET", _SAVED, self.show_saved),
            Route("POST", _SAVED, self.change_saved),
            Route("POST", _SAVED + "/dispatch", self.dispatch_saved),
        ]

    def start(self, request: Request) -> Response:
        """POST search/jobs: run a search; its sid, or with exec_mode=oneshot its results."""
        form = request.form
        mode = form.get("exec_mode", "normal")
        if not form.get("search"):
            raise HttpError(400, "The argument 'search' is missing.", "FATAL")
        if mode not in EXEC_MODES:
            raise HttpError(400, "exec_mode must be one of %s but is '%s'." % (", ".join(EXEC_MODES), mode), "FATAL")
        if request.account is None:
            raise HttpError(401, NOT_AUTHENTICATED, "WARN")
        job = self._searches.search(
            form["search"],
            earliest=form.get("earliest_time", 0),
            latest=form.get("latest_time"),
            index_earliest=form.get("index_earliest"),
            index_latest=form.get("index_latest"),
            app=request.app or "search",
            owner=request.account.name,
        )
        if mode != "oneshot":
            return _sid(request, job)
        if job.error is not None:
            raise HttpError(400, job.error, "FATAL")
        return Response.of_json(_results(job, 0, 0))

    def list(self, request: Request) -> Response:
        return feed(request, "jobs", [_entity(job) for job in self._searches.jobs.all()])

    def show(self, request: Request) -> Response:
        return feed(request, "jobs", [_entity(self._job(request))])

    def remove(self, request: Request) -> Response:
        self._searches.jobs.remove(self._job(request).sid)
        return Response.of_message(200, "Search job cancelled.", "INFO", as_json=request.wants_json)

    def results(self, request: Request) -> Response:
        """GET search/jobs/{sid}/results: the rows within count and offset; 204 while the job runs."""
        job, arguments = self._job(request), request.query
        if job.state == RUNNING:
            return Response(204)
        if arguments.get("output_mode") != "json":
            raise HttpError(400, "Results are given with output_mode=json only.", "FATAL")
        try:
            count, offset = int(arguments.get("count", DEFAULT_COUNT)), int(arguments.get("offset", 0))
        except ValueError:
            raise HttpError(400, "count and offset must be whole numbers.", "FATAL") from None
        return Response.of_json(_results(job, count, offset))

    def list_saved(self, request: Request) -> Response:
        return feed(request, "savedsearch", [_saved_entity(saved) for saved in self._searches.saved_searches()])

    def show_saved(self, request: Request) -> Response:
        return feed(request, "savedsearch", [_saved_entity(self._saved(request))])

    def change_saved(self, request: Request) -> Response:
        """POST saved/searches/{name}: settings of the stanza, for as long as the stand-in runs."""
        self._saved(request)
        settings = {key: value for key, value in request.form.items() if key != "output_mode"}
        try:
            changed = self._searches.change(request.groups["name"], settings)
        except SavedSearchError as error:
            raise HttpError(400, str(error)) from None
        return feed(request, "savedsearch", [_saved_entity(changed)])

    def dispatch_saved(self, request: Request) -> Response:
        """POST saved/searches/{name}/dispatch: run it now; dispatch.* and args.* override its settings."""
        self._saved(request)
        overrides: Dict[str, Any] = {key: value for key, value in request.form.items() if key != "output_mode"}
        try:
            return _sid(request, self._searches.dispatch(request.groups["name"], **overrides))
        except SavedSearchError as error:
            raise HttpError(400, str(error)) from None

    def _job(self, request: Request) -> Job:
        try:
            return self._searches.jobs.get(request.groups["sid"])
        except UnknownJob:
            raise HttpError(404, "Unknown sid.", "FATAL") from None

    def _saved(self, request: Request) -> SavedSearch:
        try:
            return self._searches.saved_search(request.groups["name"])
        except KeyError:
            raise HttpError(404, "Could not find object id=%s" % request.groups["name"]) from None


def _sid(request: Request, job: Job) -> Response:
    if request.wants_json:
        return Response.of_json({"sid": job.sid}, 201)
    body = '<?xml version="1.0" encoding="UTF-8"?>\n<response>\n  <sid>%s</sid>\n</response>\n' % xml_text(job.sid)
    return Response(201, body.encode("utf-8"))


def _results(job: Job, count: int, offset: int) -> Dict[str, Any]:
    rows = job.rows[offset : offset + count] if count > 0 else job.rows[offset:]
    return {
        "preview": False,
        "init_offset": offset,
        "messages": _messages(job),
        "fields": [{"name": name} for name in job.fields],
        "results": [{name: value for name, value in row.items() if value is not None} for row in rows],
        "highlighted": {},
    }


def _messages(job: Job) -> List[Dict[str, str]]:
    return [{"type": level, "text": text} for level, text in job.messages]


def _entity(job: Job) -> Entity:
    content = {
        "sid": job.sid,
        "dispatchState": job.state,
        "isDone": job.state != RUNNING,
        "isFailed": job.state == FAILED,
        "doneProgress": 1.0 if job.state != RUNNING else 0.0,
        "resultCount": len(job.rows),
        "runDuration": round(job.seconds, 3),
        "label": job.saved_search or "",
        "isSavedSearch": job.saved_search is not None,
        "messages": _messages(job),
        "search": job.search,
    }
    return Entity("search/jobs", job.sid, job.app, content, job.owner)


def _saved_entity(saved: SavedSearch) -> Entity:
    return Entity("saved/searches", saved.name, saved.app, dict(saved.settings), saved.owner)
