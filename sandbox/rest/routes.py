"""Routes: which handler answers a request.

A route's pattern is a regular expression that must match the whole resource: the path without `/services` or
`/servicesNS/{owner}/{app}` and without slashes at its ends, still percent-encoded. Named groups reach the handler
decoded, in `request.groups`. A path outside those two prefixes is matched with its leading slash.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Iterator, List, Tuple

from .exchange import HttpError, Request, Response

Handler = Callable[[Request], Response]


@dataclass(frozen=True)
class Route:
    """One method on one resource; `open_to_all` routes need no session."""

    method: str
    pattern: str
    handler: Handler
    open_to_all: bool = False


class Routes:
    """A table of routes; the first that matches answers, and routes added later come first."""

    def __init__(self, routes: Iterable[Route] = ()):
        self._routes: List[Tuple["re.Pattern[str]", Route]] = []
        self.add(routes)

    def add(self, routes: Iterable[Route]) -> None:
        self._routes[:0] = [(re.compile(route.pattern), route) for route in routes]

    def __iter__(self) -> Iterator[Route]:
        return (route for _, route in self._routes)

    def find(self, request: Request) -> Tuple[Route, Dict[str, str]]:
        """The route of a request and its groups; 404 without a pattern, 405 without the method."""
        matched = False
        for pattern, route in self._routes:
            match = pattern.fullmatch(request.resource)
            if match is None:
                continue
            if route.method == request.method:
                return route, {
                    name: urllib.parse.unquote(text) for name, text in match.groupdict().items() if text is not None
                }
            matched = True
        if matched:
            raise HttpError(405, "Method Not Allowed")
        raise HttpError(404, "Not Found")
