"""REST routes for saved searches: what they are, changing them, and running one now.

Knows the forms of splunkd's answers (REST API Reference Manual, "Search endpoint descriptions").  A search that is
dispatched runs on after its sid is given out, as a job of search/jobs.
Inferred: a saved search that may not be read is answered with 404, as one that is not there; one that may not be
written with 403.
"""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Protocol

from sandbox.alerting import SavedSearch, SavedSearchError
from sandbox.installed import InstalledApps
from sandbox.job_routes import entity, sid_of
from sandbox.jobs import Job, JobStore
from sandbox.rest.atom import Entity, feed
from sandbox.rest.exchange import HttpError, Request, Response
from sandbox.rest.routes import Route
from sandbox.spl import SplError

_NAMES = {"is_scheduled": "enableSched"}  # what REST calls a setting of the stanza (SDK: SavedSearch reads it)
_SAVED = r"saved/searches/(?P<name>[^/]+)"


class SavedSearches(Protocol):
    """What the routes need of the stand-in."""

    apps: InstalledApps
    jobs: JobStore

    def saved_searches(self) -> List[SavedSearch]: ...

    def change(self, name: str, settings: Mapping[str, str]) -> SavedSearch: ...

    def dispatch(self, name: str, *, owner: Optional[str] = None, wait: bool = True, **overrides: Any) -> Job: ...


class SavedRoutes:
    """The handlers of one stand-in."""

    def __init__(self, searches: SavedSearches) -> None:
        self._searches = searches

    def routes(self) -> List[Route]:
        return [
            Route("GET", "saved/searches", self.list_saved),
            Route("GET", _SAVED, self.show_saved),
            Route("POST", _SAVED, self.change_saved),
            Route("POST", _SAVED + "/dispatch", self.dispatch_saved),
            Route("GET", _SAVED + "/history", self.history),
        ]

    def list_saved(self, request: Request) -> Response:
        readable = [saved for saved in self._searches.saved_searches() if self._may(request, saved, "read")]
        return feed(request, "savedsearch", [_saved_entity(saved) for saved in readable])

    def show_saved(self, request: Request) -> Response:
        return feed(request, "savedsearch", [_saved_entity(self._saved(request))])

    def change_saved(self, request: Request) -> Response:
        """POST saved/searches/{name}: settings of the stanza, for as long as the stand-in runs."""
        if not self._may(request, self._saved(request), "write"):
            raise HttpError(403, "You do not have write permission for %s." % request.groups["name"])
        settings = {_NAMES.get(key, key): value for key, value in request.form.items() if key != "output_mode"}
        try:
            changed = self._searches.change(request.groups["name"], settings)
        except SavedSearchError as error:
            raise HttpError(400, str(error)) from None
        return feed(request, "savedsearch", [_saved_entity(changed)])

    def dispatch_saved(self, request: Request) -> Response:
        """POST saved/searches/{name}/dispatch: run it now; dispatch.* and args.* override its settings.

        It has the rights of its owner, or with dispatchAs = user those of the caller (savedsearches.conf.spec).
        """
        saved = self._saved(request)
        owner = request.user.name if saved.setting("dispatchAs") == "user" else saved.owner
        overrides: Dict[str, Any] = {key: value for key, value in request.form.items() if key != "output_mode"}
        try:
            return sid_of(request, self._searches.dispatch(saved.name, owner=owner, wait=False, **overrides))
        except (SavedSearchError, SplError) as error:
            raise HttpError(400, str(error)) from None

    def history(self, request: Request) -> Response:
        """GET saved/searches/{name}/history: the jobs of the search that are still there, the latest first."""
        name = self._saved(request).name
        return feed(request, "history", [entity(job) for job in self._searches.jobs.all() if job.saved_search == name])

    def _saved(self, request: Request) -> SavedSearch:
        found = [saved for saved in self._searches.saved_searches() if saved.name == request.groups["name"]]
        if not found or not self._may(request, found[0], "read"):
            raise HttpError(404, "Could not find object id=%s" % request.groups["name"])
        return found[0]

    def _may(self, request: Request, saved: SavedSearch, right: str) -> bool:
        return self._searches.apps.allowed(saved.app, "savedsearches", saved.name, right, request.user)


def _saved_entity(saved: SavedSearch) -> Entity:
    settings = dict(saved.settings)
    settings.update((name, settings.get(setting, "0")) for name, setting in _NAMES.items())
    return Entity("saved/searches", saved.name, saved.app, settings, saved.owner)
