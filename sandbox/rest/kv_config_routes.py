"""storage/collections/config: which collections there are and what they declare.

Owner must be `nobody`. An argument that the endpoint does not know is refused by name.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Mapping

from ..kv import Definition, KVStore, NotFound
from .access import Acls
from .atom import Entity, feed
from .exchange import HttpError, Request, Response
from .routes import Route

BASE = "storage/collections/config"
_PLAIN = (
    "enforceTypes",
    "replicate",
    "disabled",
    "profilingEnabled",
    "replication_dump_strategy",
    "replication_dump_maximum_file_size",
    "type",
)
_IGNORED = ("name", "output_mode", "count", "offset")
_TRUE = ("true", "1", "t")


class ConfigRoutes:
    """The handlers of one server."""

    def __init__(self, kv: KVStore, acls: Callable[[], Acls]):
        self._kv = kv
        self._acls = acls

    def routes(self) -> List[Route]:
        one = BASE + "/(?P<collection>[^/]+)"
        return [
            Route("GET", BASE, self.list),
            Route("POST", BASE, self.create),
            Route("GET", one, self.get),
            Route("POST", one, self.update),
            Route("DELETE", one, self.delete),
        ]

    def list(self, request: Request) -> Response:
        app, acls = _app(request), self._acls()
        seen = [
            each
            for each in self._kv.definitions()
            if acls.visible(each.app, each.name, app) and acls.of(each.app, each.name).allows(request.user, "read")
        ]
        return feed(request, "collections-conf", [self._entity(each) for each in seen])

    def get(self, request: Request) -> Response:
        return feed(request, "collections-conf", [self._entity(self._found(request, "read"))])

    def create(self, request: Request) -> Response:
        app, arguments = _app(request), request.form
        name = arguments.get("name", "")
        if app == "-" or not name:
            raise HttpError(400, "A collection is made in a named app with the argument 'name'.")
        self._acls().demand_app(request.user, "write", app)
        try:
            self._kv.definition(app, name)
        except NotFound:
            made = self._kv.define(app, name, *_declared(arguments))
            return feed(request, "collections-conf", [self._entity(made)], status=201)
        raise HttpError(409, f"An object with name={name} already exists")

    def update(self, request: Request) -> Response:
        before = self._found(request, "write")
        types, accelerations, enforce = _declared(request.form)
        merged = {**before.accelerations, **accelerations}
        if "enforceTypes" not in request.form:
            enforce = before.enforce_types
        after = self._kv.define(before.app, before.name, {**before.field_types, **types}, merged, enforce)
        return feed(request, "collections-conf", [self._entity(after)])

    def delete(self, request: Request) -> Response:
        gone = self._found(request, "write")
        self._kv.drop(gone.app, gone.name)
        return feed(request, "collections-conf", [])

    def _found(self, request: Request, action: str) -> Definition:
        app, name, acls = _app(request), request.groups["collection"], self._acls()
        try:
            owning = acls.owning_app(self._kv, app, name)
        except NotFound:
            raise HttpError(404, f"Could not find object id={name}") from None
        acls.demand(request.user, action, owning, name)
        return self._kv.definition(owning, name)

    def _entity(self, each: Definition) -> Entity:
        content: Dict[str, Any] = {
            "disabled": False,
            "eai:appName": each.app,
            "eai:userName": "nobody",
            "enforceTypes": each.enforce_types,
            "replicate": False,
        }
        content.update({f"field.{name}": declared for name, declared in each.field_types.items()})
        content.update(
            {f"accelerated_fields.{name}": json.dumps(fields) for name, fields in each.accelerations.items()}
        )
        return Entity(BASE, each.name, each.app, content, acl=self._acls().of(each.app, each.name))


def _app(request: Request) -> str:
    if request.owner != "nobody" or request.app is None:
        raise HttpError(400, "Collections are declared under /servicesNS/nobody/{app}; the owner must be 'nobody'.")
    return request.app


def _declared(arguments: Mapping[str, str]) -> Any:
    """(field types, accelerations, enforce_types) of the arguments."""
    types, accelerations = {}, {}
    for name, value in arguments.items():
        if name.startswith("field."):
            types[name[len("field.") :]] = value
        elif name.startswith("accelerated_fields."):
            accelerations[name[len("accelerated_fields.") :]] = value
        elif name not in _PLAIN + _IGNORED:
            raise HttpError(400, f'Argument "{name}" is not supported by this handler.')
    return types, accelerations, arguments.get("enforceTypes", "").lower() in _TRUE
