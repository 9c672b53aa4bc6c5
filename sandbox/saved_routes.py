"""REST routes for saved searches: what they are, changing them, and running one now.

Knows the forms of splunkd's answers (REST API Reference Manual, "Search endpoint descriptions").  A search that is
dispatched runs on after its sid is given out, as a job of search/jobs.
"""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Protocol

from sandbox.alerting import SavedSearch, SavedSearchError
from sandbox.job_routes import sid_of
from sandbox.jobs import Job
from sandbox.rest.atom import Entity, feed
from sandbox.rest.exchange import HttpError, Request, Response
from sandbox.rest.routes import Route
from sandbox.spl import SplError

_SAVED = r"saved/searches/(?P<name>[^/]+)"


class SavedSearches(Protocol):
    """What the routes need of the stand-in."""

    def saved_searches(self) -> List[SavedSearch]: ...

    def saved_search(self, name: str) -> SavedSearch: ...

    def change(self, name: str, settings: Mapping[str, str]) -> SavedSearch: ...

    def dispatch(self, name: str, *, now: Optional[float] = None, wait: bool = True, **overrides: Any) -> Job: ...


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
        ]

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
            return sid_of(request, self._searches.dispatch(request.groups["name"], wait=False, **overrides))
        except (SavedSearchError, SplError) as error:
            raise HttpError(400, str(error)) from None

    def _saved(self, request: Request) -> SavedSearch:
        try:
            return self._searches.saved_search(request.groups["name"])
        except KeyError:
            raise HttpError(404, "Could not find object id=%s" % request.groups["name"]) from None


def _saved_entity(saved: SavedSearch) -> Entity:
    return Entity("saved/searches", saved.name, saved.app, dict(saved.settings), saved.owner)
