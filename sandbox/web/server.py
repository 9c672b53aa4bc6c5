"""WebServer: a port for browsers beside splunkd's, with the app's pages and the way through to the REST.

Knows: which paths of splunkweb the app's pages use, that a session lives in a cookie, and that what changes something
must carry the form key of that session (documented: "CSRF protection", X-Splunk-Form-Key equal to the cookie
splunkweb_csrf_token_<port>). Inferred: /app/... is answered with the way to /en-US/app/... Does not know what the pages
show: pages.py has their HTML, the REST their content.
"""

from __future__ import annotations

import hmac
import mimetypes
import secrets
import threading
import xml.etree.ElementTree as ET
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Dict, NamedTuple, Optional
from urllib.parse import quote, unquote

import requests

from sandbox.conf import App
from sandbox.rest.exchange import HttpError, Request, Response
from sandbox.rest.faults import Faults
from sandbox.rest.routes import Route, Routes
from sandbox.rest.traffic import Traffic
from sandbox.rest.wire import Listener
from sandbox.splunkd import Splunkd
from sandbox.view_routes import files
from sandbox.web import pages

HTML = "text/html; charset=UTF-8"
PROXY_SECONDS = 300  # the longest that a search of a page may keep its request
PASSED_ON = ("Content-Type", "Accept")
_ROOT = "/" + pages.LOCALE
_APP = _ROOT + "/app/(?P<app>[^/]+)"


class Session(NamedTuple):
    """Somebody who is logged in: the session key of splunkd, and the form key of splunkweb."""

    user: str
    key: str
    form_key: str


class WebServer:
    """splunkweb on 127.0.0.1; a context manager that starts and stops it."""

    def __init__(self, splunkd: Splunkd, client: Path, port: int = 0) -> None:
        self._splunkd, self._client = splunkd, Path(client)
        self._sessions: Dict[str, Session] = {}
        self._lock = threading.Lock()
        self._routes = Routes([
            Route("GET", _ROOT + "/account/login", self._login_form),
            Route("POST", _ROOT + "/account/login", self._login),
            Route("GET", _ROOT + "/config", self._config),
            Route("GET", _ROOT + "/static/client/(?P<path>.+)", self._client_file),
            Route("GET", "(?:%s)?/static/app/(?P<app>[^/]+)/(?P<path>.+)" % _ROOT, self._static),
            Route("GET", _APP, self._home),
            Route("GET", _APP + "/search", self._search),
            Route("GET", _APP + "/(?P<view>[^/]+)", self._view),
            *(Route(method, pages.RAW + "/.+", self._raw) for method in ("GET", "POST", "DELETE", "PUT")),
        ])  # fmt: skip
        self._listener = Listener(port, self._answer, lambda request: None, Faults(), Traffic())
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="web", daemon=True
        )

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.stop()
        self._thread.join(10)

    @property
    def port(self) -> int:
        return self._listener.server_address[1]

    @property
    def url(self) -> str:
        return "http://127.0.0.1:%d" % self.port

    def log_in(self, user: str) -> Dict[str, str]:
        """The cookies of a new session of this user, for a browser that need not fill in the form."""
        session = Session(user, self._splunkd.rest.sessions.open(user), secrets.token_hex(16))
        number = secrets.token_hex(16)
        with self._lock:
            self._sessions[number] = session
        return {self._cookie("session_id"): number, self._cookie("splunkweb_csrf_token"): session.form_key}

    def _cookie(self, name: str) -> str:
        return "%s_%d" % (name, self.port)

    def _session(self, request: Request) -> Optional[Session]:
        cookies: SimpleCookie = SimpleCookie(request.headers.get("Cookie", ""))
        held = cookies.get(self._cookie("session_id"))
        return self._sessions.get(held.value) if held else None

    # --- answering ---------------------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        request.resource = request.path
        if request.path.startswith(("/app/", "/account/")) or request.path == "/":
            path = request.target if request.path != "/" else "/app/%s/" % self._splunkd.apps.names()[0]
            return _to(_ROOT + path)
        try:
            route, request.groups = self._routes.find(request)
            return route.handler(request)
        except HttpError as error:
            return Response(error.status, str(error).encode(), "text/plain; charset=UTF-8")
        except Exception as error:  # a defect of the stand-in must be seen
            return Response(500, ("The stand-in failed: %r" % error).encode(), "text/plain; charset=UTF-8")

    def _login_form(self, request: Request) -> Response:
        return Response(200, pages.login(None).encode(), HTML)

    def _login(self, request: Request) -> Response:
        form = request.form
        account = self._splunkd.rest.sessions.accounts.get(form.get("username", ""))
        if account is None or not hmac.compare_digest(account.password.encode(), form.get("password", "").encode()):
            return Response(401, pages.login("User or password is wrong.").encode(), HTML)
        cookies = ["%s=%s; Path=/; SameSite=Lax" % pair for pair in self.log_in(account.name).items()]
        return Response(303, headers={"Location": "/", "Set-Cookie": "\r\nSet-Cookie: ".join(cookies)})

    def _demanded(self, request: Request) -> Session:
        session = self._session(request)
        if session is None:
            raise HttpError(401, "Log in first, at %s/account/login." % _ROOT)
        return session

    def _config(self, request: Request) -> Response:
        session = self._demanded(request)
        text = pages.script(pages.config(request.query.get("app", "search"), session.user, self.port))
        return Response(200, text.encode(), "text/javascript; charset=UTF-8")

    def _client_file(self, request: Request) -> Response:
        return _file(self._client, request.groups["path"])

    def _static(self, request: Request) -> Response:
        return _file(self._app(request).path / "appserver" / "static", request.groups["path"])

    def _home(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return _to(_ROOT + "/account/login")
        links = self._links(self._app(request), session.user)
        return _to("%s/app/%s/%s" % (_ROOT, quote(request.groups["app"]), quote(links[0].view if links else "search")))

    def _view(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return _to(_ROOT + "/account/login")
        app, name = self._app(request), request.groups["view"]
        roles = self._splunkd.rest.sessions.accounts[session.user].roles
        found = [path for path in files(app, "views") if path.stem == name]
        if not found or not app.permissions().allows("views", name, "read", roles):
            raise HttpError(404, "There is no page %s here for %s." % (name, session.user))
        view = ET.fromstring(found[0].read_text(encoding="utf-8"))  # noqa: S314 - the app's own file
        label = app.conf("app").get("ui", {}).get("label", app.name)
        about = (app.name, label, name, self._links(app, session.user), session.user, self.port)
        if view.get("type") == "html":
            owner, _, path = view.get("template", "").partition(":")
            template = self._splunkd.apps.app(owner).path / "appserver" / path.lstrip("/")
            return Response(200, pages.templated(template.read_text(encoding="utf-8"), *about).encode(), HTML)
        return Response(200, pages.studio(*about).encode(), HTML)

    def _search(self, request: Request) -> Response:
        """The search page runs what its address says, as splunkweb's does; a risky command asks first there."""
        session = self._demanded(request)
        app = self._app(request)
        label = app.conf("app").get("ui", {}).get("label", app.name)
        spl, found = request.query.get("q", ""), None
        if spl:
            job = self._splunkd.search(
                spl, earliest=request.query.get("earliest", "0"), latest=request.query.get("latest"), app=app.name,
                owner=session.user,
            )  # fmt: skip
            found = pages.alert(job.error) if job.error else pages.table(job.fields, job.rows)
        text = pages.search_page(app.name, label, self._links(app, session.user), session.user, spl, found)
        return Response(200, text.encode(), HTML)

    def _raw(self, request: Request) -> Response:
        """Hand a request through to splunkd, as the user of the session."""
        session = self._demanded(request)
        given = request.headers.get("X-Splunk-Form-Key", "")
        if request.method != "GET" and not hmac.compare_digest(given, session.form_key):
            raise HttpError(401, "Splunk cannot authenticate the request. CSRF validation failed.")
        resource = Request(request.method, request.target[len(pages.RAW) :]).resource
        if self._splunkd.handlers.own(resource) and not self._splunkd.handlers.exposed(resource, request.method):
            raise HttpError(404, "No page may reach %s: web.conf does not expose it." % resource)
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        headers["Authorization"] = "Splunk " + session.key
        answer = requests.request(
            request.method, self._splunkd.rest.url + request.target[len(pages.RAW) :], data=request.body,
            headers=headers, timeout=PROXY_SECONDS, allow_redirects=False,
        )  # fmt: skip
        return Response(answer.status_code, answer.content, answer.headers.get("Content-Type", HTML))

    def _app(self, request: Request) -> App:
        try:
            return self._splunkd.apps.app(request.groups["app"])
        except KeyError:
            raise HttpError(404, "There is no app %s." % request.groups["app"]) from None

    def _links(self, app: App, user: str):
        """The navigation, without views that the user may not read; the search page is Splunk's own."""
        roles = self._splunkd.rest.sessions.accounts[user].roles
        found = [path for path in files(app, "nav") if path.stem == "default"]
        links = pages.navigation(found[0].read_text(encoding="utf-8")) if found else []
        permitted = app.permissions()
        return [link for link in links if link.view == "search" or permitted.allows("views", link.view, "read", roles)]


def _to(address: str) -> Response:
    return Response(303, b"", HTML, {"Location": address})


def _file(folder: Path, path: str) -> Response:
    """A file below a folder; 404 for one that is not there or not below it."""
    file = (folder / unquote(path)).resolve()
    if not file.is_file() or folder.resolve() not in file.parents:
        raise HttpError(404, "There is no file %s." % path)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(200, file.read_bytes(), kind)
