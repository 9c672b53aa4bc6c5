"""The HTML of splunkweb's pages, as far as the app's own need it.

Knows: what a page of splunkweb gives its scripts (`window.$C`, the cookie with the form key), the navigation bar of an
app, and the frame around a view. Sources: what Splunk's dashboard client (29.6) and @splunk/splunk-utils read was seen
by running them; `<view template="APP:/templates/X" type="html">` and /static/app/APP/ are documented ("Create a setup
page for your app"). Does not know who asks, nor any view.
"""

from __future__ import annotations

import html
import json
import xml.etree.ElementTree as ET
from typing import Dict, List, NamedTuple, Optional
from urllib.parse import quote

LOCALE = "en-US"
RAW = "/%s/splunkd/__raw" % LOCALE
ZONE = "### SERIALIZED TIMEZONE FORMAT 1.0;Y0 NW 55 54 43;@-1 0"  # UTC, as splunkweb writes it

_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">{head}
<style>
html,body{{margin:0;min-height:100%;font:14px/1.4 "DejaVu Sans",sans-serif}}
.bar{{display:flex;flex-wrap:wrap;gap:4px;align-items:center;background:#171d21;color:#fff;padding:6px 12px}}
.bar b{{margin-right:16px}} .bar a{{color:#d9e1e6;text-decoration:none;padding:6px 10px;border-radius:3px}}
.bar a[aria-current]{{background:#2c3e50;color:#fff}} .bar span{{margin-left:auto;color:#9fb0ba}}
main{{padding:16px}} table{{border-collapse:collapse}} td,th{{border:1px solid #ccc;padding:4px 8px;text-align:left}}
</style></head><body>{bar}{body}</body></html>"""


class Link(NamedTuple):
    """An entry of the navigation bar: a view's name and its label."""

    view: str
    label: str


def config(app: str, user: str, port: int) -> Dict[str, object]:
    """What splunkweb calls window.$C."""
    return {
        "SPLUNKD_PATH": RAW, "MRSPARKLE_ROOT_PATH": "/", "MRSPARKLE_PORT_NUMBER": port, "LOCALE": LOCALE,
        "USERNAME": user, "APP": app, "SERVER_ZONEINFO": ZONE, "VERSION_LABEL": "9.4.0", "BUILD_NUMBER": 0,
        "ENABLE_RISKY_COMMAND_CHECK_DASHBOARD": True,  # web.conf enable_risky_command_check_dashboard, true by default
    }  # fmt: skip


def script(value: Dict[str, object]) -> str:
    """A value as a script that sets window.$C; no text in it can end the script."""
    return "window.$C = %s;" % json.dumps(value).replace("<", "\\u003c")


def navigation(xml: str) -> List[Link]:
    """The views of a nav/default.xml in their order, the default one first where it says so."""
    found = []
    for entry in ET.fromstring(xml).iter("view"):  # noqa: S314 - the app's own file
        name = entry.get("name", "")
        found.append(Link(name, entry.get("label") or name.capitalize()))
    return found


def frame(title: str, body: str, links: List[Link], app: str, view: str, user: str, head: str = "") -> str:
    """A page with the app's bar above it."""
    entries = "".join(
        '<a href="/%s/app/%s/%s"%s>%s</a>' % (LOCALE, quote(app), quote(link.view),
                                              ' aria-current="page"' if link.view == view else "",
                                              html.escape(link.label))
        for link in links
    )  # fmt: skip
    bar = '<nav class="bar"><b>%s</b>%s<span>%s</span></nav>' % (html.escape(title), entries, html.escape(user))
    return _FRAME.format(title=html.escape(title), head=head, bar=bar, body=body)


def studio(app: str, label: str, view: str, links: List[Link], user: str, port: int) -> str:
    """The page of a Dashboard Studio view: the client finds the view's definition by itself."""
    head = '<link rel="stylesheet" href="/%s/static/client/main.css"><script>%s</script>' % (
        LOCALE, script(config(app, user, port)))  # fmt: skip
    client = '<script type="module" src="/%s/static/client/main.js"></script>' % LOCALE
    body = '<div id="dashboard" data-view="%s"></div>%s' % (html.escape(view), client)
    return frame(label, body, links, app, view, user, head)


def templated(text: str, app: str, label: str, view: str, links: List[Link], user: str, port: int) -> str:
    """The page of a `type="html"` view: the app's template, with splunkweb's script before it."""
    return frame(label, text, links, app, view, user, "<script>%s</script>" % script(config(app, user, port)))


def login(fault: Optional[str]) -> str:
    """The form at account/login."""
    said = alert(fault) if fault else ""
    body = (
        '<main><h1>Log in</h1>%s<form method="post"><label>User <input name="username" value="admin"></label> '
        '<label>Password <input name="password" type="password"></label> <button>Log in</button></form></main>' % said
    )
    return _FRAME.format(title="Log in", head="", bar="", body=body)


def alert(text: str) -> str:
    """A fault, for eyes and screen readers."""
    return '<p role="alert">%s</p>' % html.escape(text)


def search_page(app: str, label: str, links: List[Link], user: str, spl: str, found: Optional[str]) -> str:
    """The search page: the search that the address names, and what it gave."""
    form = (
        '<main><h1>Search</h1><form><label>Search <textarea name="q" rows="4" cols="100">%s</textarea></label>'
        "<button>Run</button></form>%s</main>" % (html.escape(spl), found or "")
    )
    return frame(label, form, links, app, "search", user)


def table(fields: List[str], rows: List[Dict[str, object]]) -> str:
    """Rows of a search as a table."""
    head = "".join("<th>%s</th>" % html.escape(name) for name in fields)
    cells = [
        "".join("<td>%s</td>" % html.escape(_text(row.get(name))) for name in fields) for row in rows
    ]
    return "<p>%d rows</p><table id=\"results\"><tr>%s</tr>%s</table>" % (
        len(rows), head, "".join("<tr>%s</tr>" % each for each in cells))  # fmt: skip


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
