"""REST routes that pages ask: views and navigation, time ranges, who is asking, and what a time means.

Knows where an app keeps its views and who may read them (metadata).  Sources: REST API Reference Manual, data/ui/views,
data/ui/nav, authentication/current-context, search/timeparser; which of their fields Splunk's dashboard client (29.6)
reads was seen by running it.  Inferred: a view that may not be read is answered with 404, as one that is not there.
"""
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Dict, List, Tuple

from sandbox.conf import App
from sandbox.installed import InstalledApps
from sandbox.rest.atom import Entity, feed
from sandbox.rest.auth import Account
from sandbox.rest.exchange import HttpError, Request, Response
from sandbox.rest.routes import Route
from sandbox.spl import moment

#: times.conf of Splunk: name, label, earliest, latest; those that dashboards of security apps offer
TIMES: Tuple[Tuple[str, str, str, str], ...] = (
    ("last_24_hours", "Last 24 hours", "-24h@h", "now"),
    ("last_7_days", "Last 7 days", "-7d@h", "now"),
    ("last_30_days", "Last 30 days", "-30d@d", "now"),
    ("last_90_days", "Last 90 days", "-90d@d", "now"),
    ("all_time", "All time", "0", ""),
)
_VIEWS, _NAV = "data/ui/views", "data/ui/nav"


class ViewRoutes:
    """The handlers of one stand-in."""

    def __init__(self, apps: InstalledApps, clock: Callable[[], float]) -> None:
        self._apps, self._clock = apps, clock

    def routes(self) -> List[Route]:
        return [
            Route("GET", _VIEWS, self.views),
            Route("GET", _VIEWS + "/(?P<name>[^/]+)", self.view),
            Route("GET", _NAV + "/default", self.nav),
            Route("GET", "data/ui/times", self.times),
            Route("GET", "authentication/current-context", self.context),
            Route("GET", "search/timeparser", self.timeparser),
        ]

    def views(self, request: Request) -> Response:
        app = self._app(request)
        readable = [path for path in files(app, "views") if _readable(app, path, request)]
        return feed(request, "views", [_view(app, path) for path in readable])

    def view(self, request: Request) -> Response:
        app, name = self._app(request), request.groups["name"]
        found = [path for path in files(app, "views") if path.stem == name and _readable(app, path, request)]
        if not found:
            raise HttpError(404, "Could not find object id=%s" % name)
        return feed(request, "views", [_view(app, found[0])])

    def nav(self, request: Request) -> Response:
        app = self._app(request)
        found = [path for path in files(app, "nav") if path.stem == "default"]
        if not found:
            raise HttpError(404, "Could not find object id=default")
        content = {"eai:data": found[0].read_text(encoding="utf-8")}
        return feed(request, "nav", [Entity(_NAV, "default", app.name, content)])

    def times(self, request: Request) -> Response:
        entities = [
            Entity("data/ui/times", name, "system", {
                "label": label, "earliest_time": earliest, "latest_time": latest, "order": number,
                "disabled": False, "is_sub_menu": False,
            })
            for number, (name, label, earliest, latest) in enumerate(TIMES, 1)
        ]  # fmt: skip
        return feed(request, "times", entities)

    def context(self, request: Request) -> Response:
        user: Account = request.user
        content = {
            "username": user.name, "realname": user.name, "roles": sorted(user.roles),
            "capabilities": sorted(user.capabilities), "tz": "UTC", "defaultApp": "search",
        }  # fmt: skip
        entity = Entity("authentication/current-context", "context", "system", content)
        return feed(request, "current-context", [entity])

    def timeparser(self, request: Request) -> Response:
        """GET search/timeparser?time=...: each time asked for as a date."""
        asked = [value for name, value in request.arguments_of_url() if name == "time"]
        found: Dict[str, str] = {}
        for text in asked:
            seconds = moment(text, self._clock())
            if seconds is None:
                raise HttpError(400, "'%s' is no time." % text)
            found[text] = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
        return Response.of_json(found)

    def _app(self, request: Request) -> App:
        try:
            return self._apps.app(request.app or "")
        except KeyError:
            raise HttpError(404, "Could not find object id=%s" % request.app) from None


def files(app: App, kind: str) -> List[Path]:
    """The XML files of an app's views or navigation, local over default."""
    folders = [app.path / layer / "data" / "ui" / kind for layer in ("default", "local")]
    found = {path.name: path for folder in folders for path in folder.glob("*.xml")}
    return [found[name] for name in sorted(found)]


def _readable(app: App, path: Path, request: Request) -> bool:
    return app.permissions().allows("views", path.stem, "read", request.user.roles)


def _view(app: App, path: Path) -> Entity:
    text = path.read_text(encoding="utf-8")
    content = {"eai:data": text, "eai:type": "views", "isDashboard": "<dashboard" in text, "isVisible": True}
    return Entity(_VIEWS, path.stem, app.name, content)
