"""Feeds of entities, as the Atom XML and the JSON of splunkd.

An entity is a name, its owning app and its content; text, bool, number, list and dict have a written form.
It knows no endpoint.
"""

from __future__ import annotations

import time
import urllib.parse
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple
from xml.sax.saxutils import quoteattr

from .access import OPEN, Acl
from .exchange import VERSION, HttpError, Request, Response, xml_text

DEFAULT_COUNT = 30  # REST user manual: entries of a list unless `count` says otherwise; 0 and -1 are all
_XMLNS = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
)


@dataclass(frozen=True)
class Entity:
    """One entry of a feed; `base` is the resource that lists it."""

    base: str
    name: str
    app: str
    content: Mapping[str, Any]
    owner: str = "nobody"
    acl: Acl = OPEN
    fields: Tuple[str, ...] = ()

    @property
    def path(self) -> str:
        name = urllib.parse.quote(self.name, safe="")
        return f"/servicesNS/{urllib.parse.quote(self.owner)}/{urllib.parse.quote(self.app)}/{self.base}/{name}"

    def access(self) -> Dict[str, Any]:
        return {
            "app": self.app,
            "owner": self.owner,
            "sharing": "global" if self.acl.exported else "app",
            "modifiable": True,
            "removable": True,
            "can_write": True,
            "perms": {"read": list(self.acl.read), "write": list(self.acl.write)},
        }


def feed(request: Request, title: str, entities: Sequence[Entity], *, status: int = 200) -> Response:
    """The answer that lists entities, within `count` and `offset`."""
    shown, count, offset = _page(request, entities)
    if request.wants_json:
        return Response.of_json(_json(request, shown, len(entities), count, offset), status)
    updated = _now()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<feed {_XMLNS}>",
        f"<title>{xml_text(title)}</title>",
        f"<id>{xml_text(request.path)}</id>",
        f"<updated>{updated}</updated>",
        f'<generator build="0" version="{VERSION}"/>',
        "<author><name>Splunk</name></author>",
        f"<opensearch:totalResults>{len(entities)}</opensearch:totalResults>",
        f"<opensearch:itemsPerPage>{count}</opensearch:itemsPerPage>",
        f"<opensearch:startIndex>{offset}</opensearch:startIndex>",
        "<s:messages/>",
    ]
    lines += [_entry(entity, updated) for entity in shown]
    return Response(status, "\n".join(lines + ["</feed>", ""]).encode("utf-8", "replace"))


def _page(request: Request, entities: Sequence[Entity]) -> Tuple[Sequence[Entity], int, int]:
    arguments = request.query
    try:
        count, offset = int(arguments.get("count", DEFAULT_COUNT)), int(arguments.get("offset", 0))
    except ValueError:
        raise HttpError(400, "Arguments 'count' and 'offset' must be whole numbers.") from None
    return (entities[offset : offset + count] if count > 0 else entities[offset:]), count, offset


def _entry(entity: Entity, updated: str) -> str:
    content = dict(entity.content)
    content["eai:acl"] = entity.access()
    if entity.fields:
        content["eai:attributes"] = {"optionalFields": list(entity.fields), "requiredFields": [], "wildcardFields": []}
    path = quoteattr(entity.path)
    return "\n".join(
        (
            "<entry>",
            f"<title>{xml_text(entity.name)}</title>",
            f"<id>{xml_text(entity.path)}</id>",
            f"<updated>{updated}</updated>",
            f'<link href={path} rel="alternate"/>',
            f"<author><name>{xml_text(entity.owner)}</name></author>",
            *(f'<link href={path} rel="{rel}"/>' for rel in ("list", "edit", "remove")),
            f'<content type="text/xml">{xml_value(content)}</content>',
            "</entry>",
        )
    )


def xml_value(value: Any) -> str:
    """A value as splunkd writes it in a feed: dicts and lists as elements, the rest as text."""
    if isinstance(value, Mapping):
        keys = "".join(f"<s:key name={quoteattr(str(name))}>{xml_value(each)}</s:key>" for name, each in value.items())
        return f"<s:dict>{keys}</s:dict>"
    if isinstance(value, (list, tuple)):
        return f"<s:list>{''.join(f'<s:item>{xml_value(each)}</s:item>' for each in value)}</s:list>"
    if value is None:
        return ""
    return xml_text(str(int(value)) if isinstance(value, bool) else str(value))


def _json(request: Request, shown: Sequence[Entity], total: int, count: int, offset: int) -> Dict[str, Any]:
    updated = _now()
    entries: List[Dict[str, Any]] = []
    for entity in shown:
        links = dict.fromkeys(("alternate", "list", "edit", "remove"), entity.path)
        entries.append(
            {
                "name": entity.name,
                "id": entity.path,
                "updated": updated,
                "links": links,
                "author": entity.owner,
                "acl": entity.access(),
                "content": dict(entity.content),
            }
        )
    return {
        "links": {},
        "origin": request.path,
        "updated": updated,
        "generator": {"build": "0", "version": VERSION},
        "entry": entries,
        "paging": {"total": total, "perPage": count, "offset": offset},
        "messages": [],
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
