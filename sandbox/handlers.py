"""Persistent REST handlers of installed apps: one process each, which lives on between requests.

Knows restmap.conf ([script:...] with scripttype = persist: match, script, handler, requireAuthentication, passPayload,
capability.<method>), web.conf ([expose:...]: what a browser may reach through splunkweb), and the JSON text that a
handler gets.  Sources: restmap.conf.spec and web.conf.spec of 9.x; the keys of the text are those that public handlers
read and that developers have printed (method, query, form, payload, session, server, ns, rest_path, connection).
Inferred: a handler that fails is answered with 500; how splunkd passes the text to the process is its own affair.
"""
from __future__ import annotations

import contextlib
import json
import re
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

from sandbox.child import bare_interpreter, environment
from sandbox.conf import App
from sandbox.installed import InstalledApps
from sandbox.invocation import TRUE_WORDS
from sandbox.rest.exchange import JSON_TYPE, HttpError, Request, Response
from sandbox.rest.routes import Route

_HERE = Path(__file__).parent / "persistent"
METHODS = ("GET", "POST", "PUT", "DELETE")
SECONDS = 120.0  # a handler that takes longer is ended


class Endpoint(NamedTuple):
    """One stanza of restmap.conf."""

    app: App
    match: str
    script: Path
    handler: str
    payload: bool
    capabilities: Dict[str, str]


class Exposed(NamedTuple):
    """One stanza of web.conf: a pattern of paths and the methods that pages may use."""

    pattern: str
    methods: List[str]


def endpoints(app: App) -> List[Endpoint]:
    """The persistent handlers that an app declares; ValueError for one that cannot be run."""
    found = []
    for stanza, settings in app.conf("restmap").items():
        if not stanza.startswith("script:") or settings.get("scripttype") != "persist":
            continue
        script = app.path / "bin" / settings.get("script", "")
        if not script.is_file():
            raise ValueError("[%s] of restmap.conf names bin/%s, which is not there" % (stanza, settings.get("script")))
        payload = settings.get("passPayload", "false").lower() in (*TRUE_WORDS, "base64")
        named = [key for key in settings if key.startswith("capability.")]
        asked = {key.partition(".")[2].upper(): settings[key] for key in named}
        found.append(Endpoint(app, settings["match"].strip("/"), script, settings["handler"], payload, asked))
    return found


def exposed(app: App) -> List[Exposed]:
    """What pages may reach of an app's own endpoints."""
    return [
        Exposed(settings["pattern"], [one.strip() for one in settings.get("methods", "GET").split(",")])
        for stanza, settings in app.conf("web").items() if stanza.startswith("expose:")
    ]  # fmt: skip


class Handlers:
    """The endpoints of all installed apps, and their processes."""

    def __init__(self, apps: InstalledApps, python: str, home: Path, url: Callable[[], str]) -> None:
        self._apps, self._python, self._home, self._url = apps, python, home, url
        self._processes: Dict[str, subprocess.Popen] = {}
        self._lock = threading.Lock()

    def routes(self, app: App) -> List[Route]:
        """The routes to an app's handlers: a match is the beginning of a path, by whole parts."""
        return [
            Route(method, "(?P<path>%s(?:/.*)?)" % re.escape(endpoint.match), partial(self._answer, endpoint))
            for endpoint in endpoints(app) for method in METHODS
        ]  # fmt: skip

    def own(self, path: str) -> bool:
        """Whether a path is that of an app's handler, which a page reaches only if it is exposed."""
        found = [endpoint for name in self._apps.names() for endpoint in endpoints(self._apps.app(name))]
        return any(path == one.match or path.startswith(one.match + "/") for one in found)

    def exposed(self, path: str, method: str) -> bool:
        """Whether pages may reach a path; a * in a pattern is one part of it."""
        for name in self._apps.names():
            for each in exposed(self._apps.app(name)):
                pattern = re.escape(each.pattern).replace(r"\*", "[^/]*")
                if re.fullmatch(pattern, path) and method in each.methods:
                    return True
        return False

    def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        """Hand a request to its handler, as the user that asks."""
        needed = endpoint.capabilities.get(request.method)
        if needed and not request.user.can(needed):
            raise HttpError(403, "You lack the capability %s." % needed)
        said = self._asked(endpoint, self._text(endpoint, request))
        payload = said.get("payload", "")
        body = payload if isinstance(payload, str) else json.dumps(payload)
        kind = said.get("headers", {}).get("Content-Type", JSON_TYPE)
        return Response(int(said.get("status", 200)), body.encode("utf-8"), kind)

    def _text(self, endpoint: Endpoint, request: Request) -> str:
        said = {
            "output_mode": "json",
            "output_mode_explicit": "output_mode" in request.query,
            "server": {"rest_uri": self._url(), "hostname": "sandbox", "servername": "sandbox", "guid": ""},
            "restmap": {"name": "script:" + endpoint.match, "conf": {"handler": endpoint.handler}},
            "query": [list(pair) for pair in request.arguments_of_url()],
            "connection": {"src_ip": "127.0.0.1", "ssl": False, "listening_port": 0},
            "session": {
                "user": request.user.name,
                "authtoken": request.headers.get("Authorization", "").partition(" ")[2],
            },
            "rest_path": "/" + request.groups["path"],
            "lang": "en-US",
            "method": request.method,
            "ns": {"app": request.app or "", "user": request.owner or ""},
            "form": [],
        }
        if endpoint.payload and request.body:
            said["payload"] = request.body.decode("utf-8", "replace")
        return json.dumps(said)

    def _asked(self, endpoint: Endpoint, text: str) -> dict:
        with self._lock:  # one request after another: a handler's process has one line of requests
            process = self._process(endpoint)
            overdue = threading.Timer(SECONDS, process.kill)
            overdue.start()
            try:
                process.stdin.write(json.dumps(text) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except OSError:
                line = ""
            finally:
                overdue.cancel()
            if not line:
                _end(self._processes.pop(endpoint.match))
                raise HttpError(500, "The handler %s ended without an answer." % endpoint.handler)
        return json.loads(line)

    def _process(self, endpoint: Endpoint) -> subprocess.Popen:
        running = self._processes.get(endpoint.match)
        if running is not None and running.poll() is None:
            return running
        command = [bare_interpreter(self._python), str(_HERE / "serve.py"), str(endpoint.script), endpoint.handler,
                   str(_HERE)]  # fmt: skip
        log = (self._home / "var" / "run" / "splunk" / "handlers.log").open("a")
        with log:
            self._processes[endpoint.match] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                env=environment(self._home), cwd=str(self._home),
            )  # fmt: skip
        return self._processes[endpoint.match]

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            for process in self._processes.values():
                _end(process)
            self._processes.clear()


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what it was still to be told finds nobody
            pipe.close()
