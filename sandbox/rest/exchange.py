"""Request and Response: what a handler takes and gives, and the refusals on the way.

A request knows its namespace: `/servicesNS/{owner}/{app}/{resource}` or `/services/{resource}` (owner and app None).
`groups` are the named groups of the route's pattern, decoded. It knows neither sockets nor routes.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from ..kv import KVStore
    from .auth import Account

NOT_AUTHENTICATED = "call not properly authenticated"
VERSION = "9.4.0"  # what the stand-in says it is
JSON_TYPE = "application/json; charset=UTF-8"
XML_TYPE = "text/xml; charset=UTF-8"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DATA = "storage/collections/data/"  # below it splunkd always speaks JSON


class HttpError(Exception):
    """A refusal with a status and one sentence."""

    def __init__(self, status: int, text: str, level: str = "ERROR"):
        super().__init__(text)
        self.status = status
        self.level = level


@dataclass
class Response:
    """An answer before it is on the wire."""

    status: int
    body: bytes = b""
    content_type: str = XML_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, value: Any, status: int = 200) -> "Response":
        return cls(status, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), JSON_TYPE)

    @classmethod
    def of_message(cls, status: int, text: str, level: str = "ERROR", *, as_json: bool) -> "Response":
        """One message the way splunkd wraps it."""
        if as_json:
            return cls.of_json({"messages": [{"type": level, "text": text}]}, status)
        lines = (
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<response>",
            "  <messages>",
            f'    <msg type="{level}">{xml_text(text)}</msg>',
            "  </messages>",
            "</response>",
            "",
        )
        return cls(status, "\n".join(lines).encode("utf-8", "replace"))


@dataclass
class Request:
    """One request, read to its end."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    account: Optional[Account] = None
    kv: Optional[KVStore] = None
    groups: Dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path, _, self.query_string = self.target.partition("?")
        self.owner, self.app, self.resource = _namespace(self.path)

    @property
    def user(self) -> Account:
        """The account that asks; 401 if there is none."""
        if self.account is None:
            raise HttpError(401, NOT_AUTHENTICATED, "WARN")
        return self.account

    @property
    def store(self) -> KVStore:
        """The state of the KV store that this request sees."""
        if self.kv is None:
            raise HttpError(500, "Unsupported Operation - KVStore disabled on instance")
        return self.kv

    @property
    def query(self) -> Dict[str, str]:
        """The arguments of the URL; of several with one name the last."""
        return dict(self.arguments_of_url())

    def arguments_of_url(self) -> List[Tuple[str, str]]:
        return urllib.parse.parse_qsl(self.query_string, keep_blank_values=True)

    @property
    def form(self) -> Dict[str, str]:
        """The arguments of the URL and of a form body; the body wins."""
        arguments = self.query
        if self.method == "POST" and "json" not in self.headers.get("Content-Type", ""):
            try:
                text = self.body.decode("utf-8")
            except UnicodeDecodeError:
                raise HttpError(400, "The body of the request is not UTF-8.") from None
            arguments.update(urllib.parse.parse_qsl(text, keep_blank_values=True))
        return arguments

    def json(self) -> Any:
        """The JSON body; what is not JSON, or not declared as JSON, is a 400."""
        if "json" not in self.headers.get("Content-Type", "").lower():
            raise HttpError(400, "JSON in the request is invalid. (The Content-Type must be application/json.)")
        return parse_json(self.body, "JSON in the request is invalid.")

    @property
    def wants_json(self) -> bool:
        return (
            (self.resource + "/").startswith(DATA)
            or "output_mode=json" in self.query_string
            or (self.method == "POST" and b"output_mode=json" in self.body[:4096])
        )


def xml_text(text: str) -> str:
    """Text as XML 1.0 can carry it: escaped, and U+FFFD for what XML has no way to write."""
    return escape(_NOT_XML.sub("\ufffd", text))


def parse_json(text: Any, complaint: str) -> Any:
    """Strict JSON: no NaN, UTF-8 only."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, f"{complaint} ({error})") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _namespace(path: str) -> Tuple[Optional[str], Optional[str], str]:
    """(owner, app, resource) of a path; the resource is still percent-encoded, without slashes at its ends."""
    parts = path.strip("/").split("/")
    if parts[0] == "services":
        return None, None, "/".join(parts[1:])
    if parts[0] == "servicesNS" and len(parts) >= 3:
        return urllib.parse.unquote(parts[1]), urllib.parse.unquote(parts[2]), "/".join(parts[3:])
    return None, None, path
