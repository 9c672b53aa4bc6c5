"""The app's views as tests use them: a definition, its tokens, and the search that each data source becomes.

Knows the form of a Dashboard Studio view and what the client does with it: a chain is its base's search with more
commands behind it, and a token is filled in by its filter. Does not know any one view.
"""

import json
import re
import xml.etree.ElementTree as ElementTree

from tests.conftest import ROOT

FOLDER = ROOT / "default" / "data" / "ui" / "views"
APP = "teams_export_guard"
TOKEN = re.compile(r"\$([A-Za-z_][\w.:]*)(?:\|([a-z]))?\$")
FILTERS = {
    None: str,
    "s": lambda value: '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"'),  # Splunk's |s: in quotes, escaped
}


class View:
    """One view: ``data_sources`` by id, each with the search that the client would start."""

    def __init__(self, name):
        self.name = name
        root = ElementTree.fromstring((FOLDER / (name + ".xml")).read_text(encoding="utf-8"))
        self.label = root.findtext("label")
        self.definition = json.loads(root.findtext("definition"))
        self.data_sources = self.definition["dataSources"]

    def tokens(self):
        """The token of each input that has a default, with it."""
        options = [one["options"] for one in self.definition.get("inputs", {}).values()]
        return {one["token"]: str(one["defaultValue"]) for one in options if "defaultValue" in one}

    def spl(self, source, **tokens):
        """The search of a data source, its tokens filled in; KeyError for one that has no value yet."""
        one = self.data_sources[source]
        text = one["options"]["query"]
        if one["type"] == "ds.chain":
            text = "%s %s" % (self._query(one["options"]["extend"]), text)
        return self._filled(text, tokens)

    def _query(self, source):
        one = self.data_sources[source]
        text = one["options"]["query"]
        return text if one["type"] == "ds.search" else "%s %s" % (self._query(one["options"]["extend"]), text)

    def _filled(self, text, tokens):
        known = {**self.tokens(), **tokens}
        return TOKEN.sub(lambda found: FILTERS[found.group(2)](known[found.group(1)]), text)

    def span(self, source, **tokens):
        """(earliest, latest) of a data source, a chain's being its base's; "" is no bound."""
        one = self.data_sources[source]
        if one["type"] == "ds.chain":
            return self.span(one["options"]["extend"], **tokens)
        defaults = self.definition.get("defaults", {}).get("dataSources", {}).get("ds.search", {}).get("options", {})
        parameters = one["options"].get("queryParameters") or defaults.get("queryParameters", {})
        return tuple(self._filled(parameters.get(name, ""), tokens) for name in ("earliest", "latest"))

    def run(self, splunkd, source, owner="admin", **tokens):
        """The job of a data source on a search head."""
        earliest, latest = self.span(source, **tokens)
        return splunkd.search(
            self.spl(source, **tokens), app=APP, owner=owner, earliest=earliest or 0, latest=latest or None
        )

    def panels(self):
        """(title, data source) of each visualization that has one."""
        for one in self.definition["visualizations"].values():
            for source in one.get("dataSources", {}).values():
                yield one.get("title", ""), source
