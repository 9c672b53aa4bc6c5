"""What props.conf, eventtypes.conf and tags.conf make of an event, evaluated with the sandbox's eval and search.

Order of search-time operations (Knowledge Manager Manual, "The sequence of search-time operations"): extracted fields,
aliases, calculated fields (all of them on the fields as they are then), automatic lookups, event types, tags. ASNEW and
OUTPUTNEW set what is not there yet (props.conf.spec). Only settings that the app uses are read; others are refused.
"""

import fnmatch
import json
import re

from sandbox.spl.context import Context
from sandbox.spl.expression import expression
from sandbox.spl.lookups import CsvLookup, Matcher, MatchOptions
from sandbox.spl.search_expression import row_test
from tests.app.confs import TRANSFORMS, conf
from tests.conftest import ROOT

PROPS, EVENTTYPES, TAGS = (conf(name) for name in ("props.conf", "eventtypes.conf", "tags.conf"))
_ALIAS = re.compile(r'("[^"]+"|\S+)\s+(AS|ASNEW)\s+(\S+)')
_LOOKUP = re.compile(r"(\w+) (\w+) OUTPUTNEW (.+)")


def extracted(record):
    """The fields of a JSON record: objects by dotted paths; lists are left out, no mapping reads them."""
    found = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found.update((name + "." + inner, one) for inner, one in extracted(value).items())
        elif not isinstance(value, list) and value not in (None, ""):
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


def stanza(event):
    """The stanza of props.conf that an event falls under, by its source or its sourcetype."""
    for name in PROPS:
        kind, _, pattern = name.rpartition("::")
        if fnmatch.fnmatchcase(event["source" if kind else "sourcetype"], pattern):
            return name
    raise LookupError("no stanza of props.conf is for %s, %s" % (event["source"], event["sourcetype"]))


def aliases(name):
    """(field, alias, whether an alias that is there is left alone) of a stanza."""
    settings = [value for key, value in PROPS[name].items() if key.startswith("FIELDALIAS-")]
    return [(old.strip('"'), new, word == "ASNEW") for text in settings for old, word, new in _ALIAS.findall(text)]


def evals(name):
    """Calculated field to expression of a stanza."""
    return {key[len("EVAL-"):]: value for key, value in PROPS[name].items() if key.startswith("EVAL-")}


def lookups(name):
    """(lookup, field that it matches, fields that it gives) of a stanza."""
    found = []
    for key, value in PROPS[name].items():
        if key.startswith("LOOKUP-"):
            table, match, outputs = _LOOKUP.fullmatch(value).groups()
            found.append((table, match, re.findall(r"(\w+) AS \1(?:\s|$)", outputs)))
    return found


def known(event):
    """The event's fields after its stanza."""
    name, fields = stanza(event), dict(event)
    for old, new, only_new in aliases(name):
        if old in fields and not (only_new and new in fields):
            fields[new] = fields[old]
    calculated = {field: expression(text).run(fields, Context()) for field, text in evals(name).items()}
    fields.update((field, value) for field, value in calculated.items() if value is not None)
    for table, match, outputs in lookups(name):
        entries = Matcher(CsvLookup(ROOT / "lookups" / TRANSFORMS[table]["filename"], MatchOptions()), [match])
        for entry in entries.find([fields.get(match, "")]):
            fields.update((field, entry[field]) for field in outputs if field not in fields)
    return fields


def tags(fields):
    """The tags that an event's fields bring it."""
    types = [name for name, one in EVENTTYPES.items() if row_test(one["search"]).holds(fields)]
    return {tag for name in types for tag, value in TAGS.get("eventtype=" + name, {}).items() if value == "enabled"}
