"""REST routes for search jobs, as far as dashboards and tests of the app need them.

Knows the forms of splunkd's answers (REST API Reference Manual, "Search endpoint descriptions"); which of them Splunk's
dashboard client asks for, and that it asks again at once without a `ttl`, was seen with the client (29.6).  With
exec_mode=normal a search runs on after its sid is given out; blocking and oneshot wait for its end.  A search that
cannot be read is refused with 400 before it is a job (documented for the client, which shows the message).  With
check_risky_command a search with a risky command is refused too ("SPL safeguards for risky commands"); the client takes
a message that begins with "Found potentially risky commands:" for that and offers to run the search all the same.
A job is its owner's and the admins' (documented: "access to jobs", which may be shared); that to anybody else it is
answered as one that is not there is inferred.
"""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Protocol

from sandbox.job_results import OUTPUT_MODES, messages, page, results
from sandbox.jobs import FAILED, RUNNING, Job, JobStore, UnknownJob
from sandbox.rest.atom import Entity, feed
from sandbox.rest.auth import ALL_OBJECTS
from sandbox.rest.exchange import NOT_AUTHENTICATED, HttpError, Request, Response, xml_text
from sandbox.rest.routes import Route
from sandbox.searching import TimeSpec
from sandbox.spl import SplError

EXEC_MODES = ("normal", "blocking", "oneshot")
ACTIONS = ("touch", "cancel", "finalize", "pause", "unpause", "setttl", "save", "unsave")
CHECKED = ("1", "true")  # of check_risky_command
TTL_SECONDS = 600  # limits.conf [search] ttl; what the client keeps alive by touching
_JOBS = r"search/(?:v2/)?jobs"
_SID = _JOBS + r"/(?P<sid>[^/]+)"


class Searches(Protocol):
    """What the routes need of the stand-in."""

    jobs: JobStore

    def search(self, spl: str, *, earliest: TimeSpec = 0, latest: TimeSpec = None, index_earliest: TimeSpec = None,
               index_latest: TimeSpec = None, app: str = "search", owner: str = "admin", base: Optional[Job] = None,
               wait: bool = True) -> Job: ...  # fmt: skip

    def risky(self, spl: str, app: str) -> List[str]: ...


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
            Route("POST", _SID + "/control", self.control),
            Route("GET", _SID + "/(?P<kind>results|results_preview|events)", self.results),
            Route("POST", _SID + "/(?P<kind>results|results_preview)", self.results),
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
        app = request.app if request.app not in (None, "-") else "search"
        try:
            risky = self._searches.risky(form["search"], app) if form.get("check_risky_command") in CHECKED else []
            if risky:
                raise HttpError(400, "Found potentially risky commands: %s" % " ".join(risky), "FATAL")
            job = self._searches.search(
                form["search"],
                earliest=form.get("earliest_time", 0),
                latest=form.get("latest_time"),
                index_earliest=form.get("index_earliest"),
                index_latest=form.get("index_latest"),
                app=app,
                owner=request.account.name,
                wait=mode != "normal",
            )
        except SplError as error:
            raise HttpError(400, str(error), "FATAL") from None
        if mode != "oneshot":
            return sid_of(request, job)
        if job.error is not None:
            raise HttpError(400, job.error, "FATAL")
        return Response.of_json(results(job, "json", 0, 0))

    def list(self, request: Request) -> Response:
        """GET search/jobs: all jobs, or those that `id` names, which may stand there several times."""
        asked = {value for name, value in request.arguments_of_url() if name == "id"}
        jobs = [job for job in self._searches.jobs.all() if (not asked or job.sid in asked) and may_read(request, job)]
        return feed(request, "jobs", [entity(job) for job in jobs])

    def show(self, request: Request) -> Response:
        return feed(request, "jobs", [entity(self._job(request))])

    def remove(self, request: Request) -> Response:
        self._searches.jobs.remove(self._job(request).sid)
        return Response.of_message(200, "Search job cancelled.", "INFO", as_json=request.wants_json)

    def control(self, request: Request) -> Response:
        """POST search/jobs/{sid}/control: `touch` and its like change nothing here, `cancel` forgets the job."""
        job, action = self._job(request), request.form.get("action", "")
        if action not in ACTIONS:
            raise HttpError(400, "action must be one of %s but is '%s'." % (", ".join(ACTIONS), action), "FATAL")
        if action == "cancel":
            self._searches.jobs.remove(job.sid)
        return Response.of_message(200, "Search job %s: done." % action, "INFO", as_json=request.wants_json)

    def results(self, request: Request) -> Response:
        """search/jobs/{sid}/results: the rows within count and offset, or with `search` what that makes of them.

        204 while the job runs; previews of a running job are empty.
        """
        job, arguments = self._job(request), request.form
        mode = arguments.get("output_mode", "xml")
        if mode not in OUTPUT_MODES:
            raise HttpError(400, "Results are given with output_mode=%s only." % " or ".join(OUTPUT_MODES), "FATAL")
        within = page(arguments)
        if within is None:
            raise HttpError(400, "count and offset must be whole numbers.", "FATAL")
        if job.state == RUNNING:
            return Response(204)
        if arguments.get("search"):
            job = self._post_processed(job, arguments["search"], request)
        return Response.of_json(results(job, mode, *within))

    def _post_processed(self, job: Job, spl: str, request: Request) -> Job:
        if job.error is not None:
            return job
        try:
            made = self._searches.search(spl, app=job.app, owner=request.user.name, base=job)
        except SplError as error:
            raise HttpError(400, str(error), "FATAL") from None
        if made.error is not None:
            raise HttpError(400, made.error, "FATAL")
        return made

    def _job(self, request: Request) -> Job:
        try:
            job = self._searches.jobs.get(request.groups["sid"])
        except UnknownJob:
            job = None
        if job is None or not may_read(request, job):
            raise HttpError(404, "Unknown sid.", "FATAL")
        return job


def may_read(request: Request, job: Job) -> bool:
    """Whether who asks owns the job, or may do everything."""
    account = request.account
    return account is not None and (account.name == job.owner or account.can(ALL_OBJECTS))


def sid_of(request: Request, job: Job) -> Response:
    """The answer that gives out a job's sid."""
    if request.wants_json:
        return Response.of_json({"sid": job.sid}, 201)
    body = '<?xml version="1.0" encoding="UTF-8"?>\n<response>\n  <sid>%s</sid>\n</response>\n' % xml_text(job.sid)
    return Response(201, body.encode("utf-8"))


def entity(job: Job) -> Entity:
    """A job as the lists of jobs have it; its name is its sid."""
    running = job.state == RUNNING
    content: Dict[str, Any] = {
        "sid": job.sid,
        "dispatchState": job.state,
        "isDone": not running,
        "isFailed": job.state == FAILED,
        "isFinalized": False,
        "isPaused": False,
        "isPreviewEnabled": False,
        "isRealTimeSearch": False,
        "doneProgress": job.progress,
        "resultCount": len(job.rows),
        "resultPreviewCount": len(job.rows),
        "eventCount": len(job.rows),
        "scanCount": len(job.rows),
        "runDuration": round(job.seconds, 3),
        "ttl": TTL_SECONDS,
        "defaultTTL": str(TTL_SECONDS),
        "statusBuckets": 0,
        "label": job.saved_search or "",
        "isSavedSearch": job.saved_search is not None,
        "messages": messages(job),
        "search": job.search,
        "performance": {},
        "request": {},
        "fieldMetadataResults": {name: {"type": "unknown"} for name in job.fields},
    }
    return Entity("search/jobs", job.sid, job.app, content, job.owner)
