"""server/info, messages and kvstore/status: what clients ask before they start.

Messages can be listed, made and deleted; none appears by itself.
"""

from __future__ import annotations

import threading
from typing import Dict, List

from .atom import Entity, feed
from .exchange import VERSION, HttpError, Request, Response
from .routes import Route


class SystemRoutes:
    """The handlers of one server."""

    def __init__(self, version: str = VERSION):
        self.version = version
        self.kvstore_status = "ready"  # or starting, failed, ...: what kvstore/status says
        self._messages: Dict[str, str] = {}
        self._lock = threading.Lock()

    def routes(self) -> List[Route]:
        return [
            Route("GET", "server/info", self.info),
            Route("GET", "server/info/server-info", self.info),
            Route("GET", "kvstore/status", self.status),
            Route("GET", "messages", self.messages),
            Route("POST", "messages", self.post_message),
            Route("GET", "messages/(?P<name>[^/]+)", self.message),
            Route("DELETE", "messages/(?P<name>[^/]+)", self.delete_message),
        ]

    def info(self, request: Request) -> Response:
        content = {
            "version": self.version,
            "build": "0",
            "serverName": "sandbox",
            "host": "127.0.0.1",
            "product_type": "enterprise",
            "server_roles": ["search_head", "kv_store"],
            "kvStoreStatus": self.kvstore_status,
            "os_name": "Linux",
            "cpu_arch": "x86_64",
            "isFree": False,
            "isTrial": False,
            "mode": "normal",
        }
        return feed(request, "server-info", [Entity("server/info", "server-info", "system", content)])

    def status(self, request: Request) -> Response:
        content = {"current": {"status": self.kvstore_status, "standalone": True, "disabled": False}}
        return feed(request, "kvstore-status", [Entity("kvstore/status", "status", "system", content)])

    def messages(self, request: Request) -> Response:
        with self._lock:
            return feed(request, "messages", [_message(*each) for each in sorted(self._messages.items())])

    def message(self, request: Request) -> Response:
        name = request.groups["name"]
        with self._lock:
            if name not in self._messages:
                raise HttpError(404, f"Could not find object id={name}")
            return feed(request, "messages", [_message(name, self._messages[name])])

    def post_message(self, request: Request) -> Response:
        arguments = request.form
        if not arguments.get("name") or not arguments.get("value"):
            raise HttpError(400, "A message needs the arguments 'name' and 'value'.")
        with self._lock:
            self._messages[arguments["name"]] = arguments["value"]
        return feed(request, "messages", [_message(arguments["name"], arguments["value"])], status=201)

    def delete_message(self, request: Request) -> Response:
        with self._lock:
            if self._messages.pop(request.groups["name"], None) is None:
                raise HttpError(404, f"Could not find object id={request.groups['name']}")
        return feed(request, "messages", [])


def _message(name: str, text: str) -> Entity:
    return Entity("messages", name, "system", {"message": text, "severity": "info", name: text})
