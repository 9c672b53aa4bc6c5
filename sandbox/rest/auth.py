"""Accounts, sessions and the login route.

A session key goes with every request as `Authorization: Splunk <key>`. Accounts come in as plain values, with the
roles and capabilities they have in effect; nothing here reads authorize.conf.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterable, List, Optional
from xml.sax.saxutils import escape

from .exchange import NOT_AUTHENTICATED, HttpError, Request, Response
from .routes import Route

ALL_OBJECTS = "admin_all_objects"


@dataclass(frozen=True)
class Account:
    """A user of splunkd."""

    name: str
    password: str
    roles: FrozenSet[str] = frozenset({"user"})
    capabilities: FrozenSet[str] = frozenset()
    indexes: FrozenSet[str] = frozenset({"*", "_*"})  # srchIndexesAllowed of its roles

    def can(self, capability: str) -> bool:
        return capability in self.capabilities or ALL_OBJECTS in self.capabilities


def default_accounts() -> List[Account]:
    """admin/changeme, and the account that runs the searches of nobody."""
    powers = frozenset({ALL_OBJECTS, "list_storage_passwords", "edit_storage_passwords", "edit_kvstore"})
    return [
        Account("admin", "changeme", frozenset({"admin", "power", "user"}), powers),
        Account("splunk-system-user", secrets.token_hex(16), frozenset({"admin", "splunk-system-role"}), powers),
    ]


class Sessions:
    """Which session key belongs to which account."""

    def __init__(self, accounts: Iterable[Account]):
        self.accounts: Dict[str, Account] = {each.name: each for each in accounts}
        self._names: Dict[str, str] = {}
        self._lock = threading.Lock()

    def open(self, name: str) -> str:
        """A new session key for an account, as splunkd hands one to a search process."""
        if name not in self.accounts:
            raise KeyError(f"No account '{name}'; there are: {', '.join(sorted(self.accounts))}.")
        key = secrets.token_urlsafe(48)
        with self._lock:
            self._names[key] = name
        return key

    def close(self, key: str) -> None:
        """End a session; its key is then answered with 401."""
        with self._lock:
            self._names.pop(key, None)

    def account(self, authorization: Optional[str]) -> Account:
        """The account behind an Authorization header; 401 if there is none."""
        scheme, _, key = (authorization or "").partition(" ")
        with self._lock:
            name = self._names.get(key.strip())
        if scheme != "Splunk" or name is None:
            raise HttpError(401, NOT_AUTHENTICATED, "WARN")
        return self.accounts[name]

    def login(self, request: Request) -> Response:
        """POST auth/login with username and password: a session key."""
        arguments = request.form
        account = self.accounts.get(arguments.get("username", ""))
        given = arguments.get("password", "").encode()
        if account is None or not hmac.compare_digest(account.password.encode(), given):
            raise HttpError(401, "Login failed", "WARN")
        key = self.open(account.name)
        if request.wants_json:
            return Response.of_json({"sessionKey": key, "message": "", "code": ""})
        return Response(200, f"<response>\n  <sessionKey>{escape(key)}</sessionKey>\n</response>\n".encode())

    def routes(self) -> List[Route]:
        return [Route("POST", "auth/login", self.login, open_to_all=True)]
