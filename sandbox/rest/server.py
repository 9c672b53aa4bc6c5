"""RestServer: splunkd's management port in this process.

It composes the parts and turns refusals into answers. Routes of others are asked before its own; `routes.add` takes
more of them at any time.
"""

from __future__ import annotations

import threading
from typing import Iterable, Optional

from ..kv import KVError, KVStore
from .access import Acls
from .auth import Account, Sessions, default_accounts
from .exchange import NOT_AUTHENTICATED, HttpError, Request, Response
from .faults import Faults
from .kv_config_routes import ConfigRoutes
from .kv_routes import DataRoutes
from .password_routes import PasswordRoutes
from .routes import Route, Routes
from .system_routes import SystemRoutes
from .traffic import Traffic
from .wire import Listener

STOP_SECONDS = 10.0


class RestServer:
    """A server on 127.0.0.1; a context manager that starts and stops it.

    kv        the store behind storage/collections
    accounts  who may log in; admin/changeme and splunk-system-user if not given
    acls      access lists of collections and apps
    routes    further routes
    """

    def __init__(
        self,
        kv: KVStore,
        accounts: Optional[Iterable[Account]] = None,
        *,
        acls: Optional[Acls] = None,
        routes: Iterable[Route] = (),
        port: int = 0,
        version: Optional[str] = None,
    ):
        self.kv = kv
        self.acls = acls or Acls()
        self.sessions = Sessions(default_accounts() if accounts is None else accounts)
        self.faults = Faults()
        self.traffic = Traffic()
        self.system = SystemRoutes(version) if version else SystemRoutes()
        self.passwords = PasswordRoutes()
        self.routes = Routes(
            [
                *self.sessions.routes(),
                *self.system.routes(),
                *self.passwords.routes(),
                *DataRoutes(lambda: self.acls).routes(),
                *ConfigRoutes(kv, lambda: self.acls).routes(),
            ]
        )
        self.routes.add(routes)
        self._port = port
        self._listener: Optional[Listener] = None
        self._thread: Optional[threading.Thread] = None

    def start(self) -> str:
        """Listen and return the URL, such as http://127.0.0.1:8089."""
        if self._listener is not None:
            raise RuntimeError(f"The server already listens on {self.url}.")
        self._listener = Listener(self._port, self._answer, self._identify, self.faults, self.traffic)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="rest", daemon=True
        )
        self._thread.start()
        return self.url

    @property
    def url(self) -> str:
        if self._listener is None:
            raise RuntimeError("The server does not listen; call start() first.")
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def stop(self) -> None:
        """Close all connections and stop to listen; requests that hang are let go."""
        if self._listener is not None and self._thread is not None:
            self._listener.stop()
            self._thread.join(STOP_SECONDS)
            self._listener = None

    def __enter__(self) -> "RestServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _identify(self, request: Request) -> None:
        """Give the request its account, if its header names one, and the store."""
        request.kv = self.kv
        try:
            request.account = self.sessions.account(request.headers.get("Authorization"))
        except HttpError:
            request.account = None

    def _answer(self, request: Request) -> Response:
        try:
            return self._handle(request)
        except (HttpError, KVError) as error:
            level = getattr(error, "level", "ERROR")
            return Response.of_message(error.status, str(error), level, as_json=request.wants_json)
        except Exception as error:  # a defect of the stand-in must reach the caller, as splunkd's own would
            text = f"The stand-in failed: {type(error).__name__}: {error}"
            return Response.of_message(500, text, as_json=request.wants_json)

    def _handle(self, request: Request) -> Response:
        route, request.groups = self.routes.find(request)
        if not route.open_to_all and request.account is None:
            raise HttpError(401, NOT_AUTHENTICATED, "WARN")
        return route.handler(request)
