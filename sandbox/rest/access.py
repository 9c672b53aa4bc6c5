"""Who may read and write which collection, as metadata/default.meta declares it.

The access lists come in as plain values; reading .meta files is somebody else's. `[collections/<name>]` decides for one
collection, the app's own stanza for the rest, and without both the rest of Splunk's defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Tuple

from ..kv import KVStore, NotFound
from .auth import ALL_OBJECTS, Account
from .exchange import HttpError

SYSTEM = "system"  # its objects are visible in every app


@dataclass(frozen=True)
class Acl:
    """`access = read : [ ... ], write : [ ... ]` and `export`; "*" is every role.

    `around` are the readers of what the object is in, the app and its collections; one role of each is needed too.
    """

    read: Tuple[str, ...] = ("*",)
    write: Tuple[str, ...] = ("admin", "power")
    exported: bool = False
    around: Tuple[Tuple[str, ...], ...] = ()

    def allows(self, account: Account, action: str) -> bool:
        needed = [*self.around, self.read, *([self.write] if action == "write" else [])]
        return ALL_OBJECTS in account.capabilities or all(
            "*" in roles or account.roles.intersection(roles) for roles in needed
        )


OPEN = Acl()


@dataclass(frozen=True)
class Acls:
    """All access lists: by (app, collection), by app, and for what is in neither."""

    collections: Mapping[Tuple[str, str], Acl] = field(default_factory=dict)
    apps: Mapping[str, Acl] = field(default_factory=dict)
    default: Acl = OPEN

    def of_app(self, app: str) -> Acl:
        return self.apps.get(app, self.default)

    def of(self, app: str, collection: str) -> Acl:
        return self.collections.get((app, collection), self.of_app(app))

    def owning_app(self, kv: KVStore, app: str, collection: str) -> str:
        """The app whose collection is meant from inside `app`: its own, or one that is exported; NotFound if none."""
        try:
            return kv.definition(app, collection).app
        except NotFound:
            for other in kv.definitions():
                if other.name == collection and self.visible(other.app, collection, app):
                    return other.app
            raise

    def visible(self, owning: str, collection: str, app: str) -> bool:
        """Whether a collection of one app is seen from another; "-" sees all."""
        return app in (owning, "-") or owning == SYSTEM or self.of(owning, collection).exported

    def demand(self, account: Account, action: str, app: str, collection: str) -> None:
        """403 unless the account may `read` or `write` the collection."""
        acl = self.of(app, collection)
        if not acl.allows(account, action):
            self._refuse(account, action, f"/nobody/{app}/collections/{collection}", acl)

    def demand_app(self, account: Account, action: str, app: str) -> None:
        """403 unless the account may `write` objects of the app."""
        acl = self.of_app(app)
        if not acl.allows(account, action):
            self._refuse(account, action, f"/nobody/{app}", acl)

    @staticmethod
    def _refuse(account: Account, action: str, what: str, acl: Acl) -> None:
        roles = ", ".join(sorted(account.roles))
        raise HttpError(
            403,
            f"User '{account.name}' with roles {{ {roles} }} cannot {action}: {what} "
            f"{{ read : [ {', '.join(acl.read)} ], write : [ {', '.join(acl.write)} ] }}",
        )
