"""Fields of an event that is no JSON: splunkd's own logs, which say name=value and name="several words".

Source: Knowledge Manager Manual, "Automatic key-value field extraction for search-time data"; props.conf.spec
KV_MODE = auto, the default. What the lines look like: captures of scheduler.log and search_messages.log of 9.0,
published by others.
Documented: a value in double quotes may hold blanks; without quotes it ends at a blank or a comma.
Inferred: names are of letters, digits, _ and .; a backslash keeps the next character of a quoted value; of a name that
stands there twice the first value counts.
Not modelled: KV_MODE = auto on any other event, and the clean-up of field names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict

CACHED = 4096  # lines whose fields are kept
_PAIR = re.compile(r'(?<![\w.])([A-Za-z_][\w.]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@lru_cache(maxsize=CACHED)
def pairs(line: str) -> Dict[str, str]:
    """The fields of one line. Shared: never to be changed."""
    found: Dict[str, str] = {}
    for hit in _PAIR.finditer(line):
        name, quoted, bare = hit.groups()
        found.setdefault(name, bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
    return {name: value for name, value in found.items() if value}
