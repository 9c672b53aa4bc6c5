"""storage/passwords: secrets under realm and user name.

An entry's name is `realm:username:`, with a colon inside either part written as `\\:`. Secrets live in memory, for the
life of the server, and in the clear: a stand-in has nothing to protect.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Dict, List, Tuple

from .atom import Entity, feed
from .exchange import HttpError, Request, Response
from .routes import Route

BASE = "storage/passwords"
READ, WRITE = "list_storage_passwords", "edit_storage_passwords"


@dataclass(frozen=True)
class Secret:
    """One password and what it is for."""

    app: str
    realm: str
    username: str
    password: str

    @property
    def name(self) -> str:
        return ":".join([part.replace(":", "\\:") for part in (self.realm, self.username)] + [""])

    def entity(self) -> Entity:
        return Entity(
            BASE,
            self.name,
            self.app,
            {
                "clear_password": self.password,
                "encr_password": "$7$" + "0" * 24,
                "password": "********",
                "realm": self.realm,
                "username": self.username,
            },
        )


class PasswordRoutes:
    """The handlers of one server and its secrets."""

    def __init__(self) -> None:
        self._secrets: Dict[Tuple[str, str], Secret] = {}
        self._lock = threading.Lock()

    def routes(self) -> List[Route]:
        one = BASE + "/(?P<name>[^/]+)"
        return [
            Route("GET", BASE, self.list),
            Route("POST", BASE, self.create),
            Route("GET", one, self.get),
            Route("POST", one, self.update),
            Route("DELETE", one, self.delete),
        ]

    def list(self, request: Request) -> Response:
        _demand(request, READ)
        with self._lock:
            seen = [each.entity() for key, each in sorted(self._secrets.items()) if request.app in (None, "-", key[0])]
        return feed(request, "passwords", seen)

    def get(self, request: Request) -> Response:
        _demand(request, READ)
        return feed(request, "passwords", [self._found(request).entity()])

    def create(self, request: Request) -> Response:
        _demand(request, WRITE)
        arguments = request.form
        secret = Secret(
            _app(request), arguments.get("realm", ""), arguments.get("name", ""), arguments.get("password", "")
        )
        if not secret.username or not secret.password:
            raise HttpError(400, "A password needs the arguments 'name' and 'password'.")
        with self._lock:
            if (secret.app, secret.name) in self._secrets:
                raise HttpError(409, f"An object with name={secret.name} already exists")
            self._secrets[secret.app, secret.name] = secret
        return feed(request, "passwords", [secret.entity()], status=201)

    def update(self, request: Request) -> Response:
        _demand(request, WRITE)
        before, password = self._found(request), request.form.get("password", "")
        if not password:
            raise HttpError(400, "A change of a password needs the argument 'password'.")
        after = Secret(before.app, before.realm, before.username, password)
        with self._lock:
            self._secrets[after.app, after.name] = after
        return feed(request, "passwords", [after.entity()])

    def delete(self, request: Request) -> Response:
        _demand(request, WRITE)
        gone = self._found(request)
        with self._lock:
            self._secrets.pop((gone.app, gone.name), None)
        return feed(request, "passwords", [])

    def _found(self, request: Request) -> Secret:
        name = request.groups["name"]
        if not name.endswith(":"):
            name = f":{name}:"
        with self._lock:
            secret = self._secrets.get((_app(request), name))
        if secret is None:
            raise HttpError(404, f"Could not find object id={request.groups['name']}")
        return secret


def _app(request: Request) -> str:
    if request.app == "-":
        raise HttpError(400, "A single password needs a named app, not '-'.")
    return request.app or "search"


def _demand(request: Request, capability: str) -> None:
    if not request.user.can(capability):
        raise HttpError(
            403, f"You do not have permission to perform this operation (requires capability: {capability})."
        )
