"""storage/collections/data: the documents of collections over HTTP.

It translates arguments and answers; what they mean is the store's (sandbox/kv), who may do it is access.py's.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from .access import Acls
from .auth import ALL_OBJECTS
from .exchange import HttpError, Request, Response, parse_json
from .routes import Route

NOBODY = "nobody"
COLLECTION = r"storage/collections/data/(?P<collection>[^/]+)"
_FIND_ARGUMENTS = ("query", "fields", "sort", "limit", "skip", "shared", "output_mode")
_TRUE = ("true", "1")


class DataRoutes:
    """The handlers of one server; `request.kv` may be an older state of the store than the newest."""

    def __init__(self, acls: Callable[[], Acls]):
        self._acls = acls

    def routes(self) -> List[Route]:
        return [
            Route("POST", COLLECTION + "/batch_find", self.batch_find),
            Route("POST", COLLECTION + "/batch_save", self.batch_save),
            Route("GET", COLLECTION, self.find),
            Route("POST", COLLECTION, self.insert),
            Route("DELETE", COLLECTION, self.delete_query),
            Route("GET", COLLECTION + "/(?P<key>[^/]+)", self.get),
            Route("POST", COLLECTION + "/(?P<key>[^/]+)", self.replace),
            Route("DELETE", COLLECTION + "/(?P<key>[^/]+)", self.delete),
        ]

    def find(self, request: Request) -> Response:
        arguments = request.query
        unknown = sorted(set(arguments) - set(_FIND_ARGUMENTS))
        if unknown:
            raise HttpError(400, f"Unknown arguments: {', '.join(unknown)}; allowed: {', '.join(_FIND_ARGUMENTS)}.")
        return Response.of_json(
            request.store.find(
                *self._place(request, "read"),
                _query(arguments),
                sort=arguments.get("sort"),
                limit=arguments.get("limit"),
                skip=arguments.get("skip"),
                fields=arguments.get("fields"),
                shared=arguments.get("shared", "").lower() in _TRUE,
            )
        )

    def insert(self, request: Request) -> Response:
        place = self._place(request, "write")
        return Response.of_json({"_key": request.store.insert(*place, request.json())}, 201)

    def delete_query(self, request: Request) -> Response:
        request.store.delete_query(*self._place(request, "write"), _query(request.query))
        return Response(200)

    def get(self, request: Request) -> Response:
        return Response.of_json(request.store.get(*self._place(request, "read"), request.groups["key"]))

    def replace(self, request: Request) -> Response:
        place = self._place(request, "write")
        return Response.of_json({"_key": request.store.replace(*place, request.groups["key"], request.json())})

    def delete(self, request: Request) -> Response:
        request.store.delete(*self._place(request, "write"), request.groups["key"])
        return Response(200)

    def batch_find(self, request: Request) -> Response:
        place = self._place(request, "read")
        return Response.of_json(request.store.batch_find(*place, request.json()))

    def batch_save(self, request: Request) -> Response:
        place = self._place(request, "write")
        return Response.of_json(request.store.batch_save(*place, request.json()))

    def _place(self, request: Request, action: str) -> Tuple[str, str, str]:
        """(app, owner, collection) of a request that may do it."""
        if request.app is None or request.owner is None or "-" in (request.app, request.owner):
            raise HttpError(
                400, "Documents are under /servicesNS/{owner}/{app}, both named; 'nobody' owns what is shared."
            )
        account = request.user
        if request.owner not in (NOBODY, account.name) and ALL_OBJECTS not in account.capabilities:
            raise HttpError(403, f"User '{account.name}' may not reach the documents of '{request.owner}'.")
        collection = request.groups["collection"]
        acls = self._acls()
        app = acls.owning_app(request.store, request.app, collection)
        acls.demand(account, action, app, collection)
        return app, request.owner, collection


def _query(arguments: Dict[str, str]) -> Any:
    text = arguments.get("query")
    return parse_json(text, "Argument 'query' must be a JSON object.") if text else None
