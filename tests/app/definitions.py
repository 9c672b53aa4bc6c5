"""What is wrong with a Dashboard Studio definition: Splunk's own schema, made strict, and what it does not see.

The schema (definition-schema.json.gz) is what Splunk's dashboard client 29.6 makes of its preset; tests/browser holds
the file to the client. As shipped it lets unknown option names, handler types and top-level keys pass, and a reference
to something that is not there; here they are faults. Strict option names could refuse an option that is newer than
the client. The client knows tabs only and turns the older layout with `structure` into one tab, as is done here.
"""

import gzip
import json
from functools import lru_cache

import jsonschema

from tests.conftest import ROOT

SCHEMA = ROOT / "tests" / "app" / "definition-schema.json.gz"
_ITEMS = "^[a-zA-Z0-9_-]+$"


@lru_cache(maxsize=None)
def schema():
    """Splunk's schema as the client gives it."""
    return json.loads(gzip.decompress(SCHEMA.read_bytes()))


@lru_cache(maxsize=None)
def _strict():
    made = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    made["additionalProperties"] = False
    for kind in ("visualizations", "inputs"):
        for branch in made["properties"][kind]["patternProperties"][_ITEMS].get("allOf", []):
            options = branch.get("then", {}).get("properties", {}).get("options")
            if isinstance(options, dict) and options.get("properties"):
                options["additionalProperties"] = False
    return jsonschema.Draft7Validator(made)


def _handlers(part):
    """The event handler types that the schema knows."""
    if isinstance(part, dict):
        if str(part.get("const")).split(".")[0] in ("drilldown", "event"):
            yield part["const"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _handlers(one)


def tabbed(definition):
    """The definition with its layout in tabs."""
    layout = definition.get("layout", {})
    if "tabs" in layout:
        return definition
    made = {"tabs": {"items": [{"layoutId": "layout_1", "label": "Tab"}]},
            "layoutDefinitions": {"layout_1": {key: value for key, value in layout.items() if key != "globalInputs"}}}
    if "globalInputs" in layout:
        made["globalInputs"] = layout["globalInputs"]
    return {**definition, "layout": made}


def faults(definition):
    """Everything that is wrong, a sentence each; none for a definition that is right."""
    whole = tabbed(definition)
    found = ["/".join(map(str, one.absolute_path)) + ": " + one.message[:200] for one in _strict().iter_errors(whole)]
    return found + [*_references(whole), *_layout(whole), *_tokens(whole)]


def _references(whole):
    sources = whole.get("dataSources", {})
    handlers = set(_handlers(schema()))
    for name, one in {**whole.get("visualizations", {}), **whole.get("inputs", {})}.items():
        for source in (one.get("dataSources") or {}).values():
            if source not in sources:
                yield "%s: there is no data source %s" % (name, source)
        for handler in one.get("eventHandlers", []):
            if handler.get("type") not in handlers:
                yield "%s: there is no event handler %s" % (name, handler.get("type"))
    used = {source for one in {**whole.get("visualizations", {}), **whole.get("inputs", {})}.values()
            for source in (one.get("dataSources") or {}).values()}
    for name, one in sources.items():
        options = one.get("options", {})
        if one["type"] == "ds.chain" and options.get("extend") not in sources:
            yield "%s: goes on from %s, which is not there" % (name, options.get("extend"))
        if one["type"] in ("ds.search", "ds.chain") and not options.get("query"):
            yield "%s: has no query" % name
    used |= {one.get("options", {}).get("extend") for one in sources.values()}
    text = json.dumps(whole)
    used |= {name for name, one in sources.items() if one.get("options", {}).get("enableSmartSources")
             and "$%s:result." % one.get("name") in text}  # its results are tokens
    for name in sorted(set(sources) - used):
        yield "%s: no panel shows it" % name


def _layout(whole):
    items = set(whole.get("visualizations", {})) | set(whole.get("inputs", {}))
    placed = set(whole["layout"].get("globalInputs", []))
    for layout in whole["layout"].get("layoutDefinitions", {}).values():
        placed |= {one["item"] for one in layout.get("structure", [])}
    for name in sorted(placed - items):
        yield "layout: there is no %s" % name
    for name in sorted(items - placed):
        yield "%s: it is not in the layout" % name


def _tokens(whole):
    setters = {}
    for name, one in whole.get("inputs", {}).items():
        token = one.get("options", {}).get("token")
        if token in setters:
            yield "%s: the token %s is also that of %s" % (name, token, setters[token])
        setters[token] = name
