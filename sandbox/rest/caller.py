"""A plain client of the REST port, for demos and tests: one connection, JSON in and out.

It knows HTTP and session keys, no endpoint. The app has its own client, which this one must not resemble.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any, Mapping, NamedTuple, Optional

TIMEOUT_SECONDS = 30.0


class Reply(NamedTuple):
    """One answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The text of the first message of a refusal."""
        return self.json["messages"][0]["text"]


class Caller:
    """Calls one server, with a session key if it has one; `keep` reuses the connection."""

    def __init__(self, url: str, key: Optional[str] = None, *, keep: bool = False, timeout: float = TIMEOUT_SECONDS):
        self._place = urllib.parse.urlsplit(url)
        self._timeout = timeout
        self._keep = keep
        self._connection: Optional[http.client.HTTPConnection] = None
        self.key = key

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str, **arguments: Any) -> Reply:
        return self.call("GET", path, arguments)

    def delete(self, path: str, **arguments: Any) -> Reply:
        return self.call("DELETE", path, arguments)

    def post(self, path: str, document: Any) -> Reply:
        """POST a JSON body."""
        return self.call("POST", path, body=json.dumps(document).encode(), content_type="application/json")

    def form(self, path: str, **arguments: Any) -> Reply:
        """POST a form."""
        return self.call(
            "POST",
            path,
            body=urllib.parse.urlencode(arguments).encode(),
            content_type="application/x-www-form-urlencoded",
        )

    def call(
        self,
        method: str,
        path: str,
        arguments: Optional[Mapping[str, Any]] = None,
        *,
        body: bytes = b"",
        content_type: str = "",
        headers: Optional[Mapping[str, str]] = None,
    ) -> Reply:
        """One request; an argument that is a mapping goes as JSON text."""
        texts = {
            name: json.dumps(value) if isinstance(value, dict) else value for name, value in (arguments or {}).items()
        }
        sent = {"Connection": "keep-alive" if self._keep else "close"}
        if self.key is not None:
            sent["Authorization"] = f"Splunk {self.key}"
        if content_type:
            sent["Content-Type"] = content_type
        sent.update(headers or {})
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self._place.hostname or "", self._place.port, timeout=self._timeout
            )
        try:
            target = path + ("?" + urllib.parse.urlencode(texts) if texts else "")
            self._connection.request(method, target, body or None, sent)
            response = self._connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        except BaseException:
            self.close()
            raise
        finally:
            if not self._keep:
                self.close()
