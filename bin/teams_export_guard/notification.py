"""An alert as the JSON that the webhook posts.

Knows how a row of a search's results, all text, becomes typed values: numbers, lists, times as epoch
and as text. What cannot be converted stays as it came, and the schema finds it. Fields that are not
ours are left out. Knows nothing of files and networks.
"""

import hashlib
import json
import re
from datetime import datetime, timezone
from typing import Dict, Mapping, NamedTuple
from urllib.parse import quote

from .rows import FIELDS, MULTIVALUE
from .text import clean
from .webhook_schema import ASNS, NUMBERS, SCHEMA_ID, TIMES, VERSION

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z
_KEY = re.compile(r"[0-9a-f]{32}-[a-z]+-[a-z_]+")
_APP_LINK = re.compile(r"(https?://[^?#]*?)/app/")  # results_link: the rest of Splunk Web lies beside it
INVESTIGATE = "/app/teams_export_guard/investigate?form.alert_id="


class Origin(NamedTuple):
    """The search that gave the row, in splunkd's words."""

    search_name: str = ""
    sid: str = ""
    app: str = ""
    results_link: str = ""


def alert_of_row(row: Mapping) -> Dict[str, object]:
    """The alert of a row: every field of ours that the row has, typed."""
    alert: Dict[str, object] = {}
    for name in FIELDS:
        if row.get(name) is None and name not in MULTIVALUE:
            continue
        alert[name] = _typed(name, row.get(name))
        if name in TIMES and isinstance(alert[name], (int, float)) and 0 <= alert[name] <= _LAST_SECOND:
            moment = datetime.fromtimestamp(int(alert[name]), timezone.utc)
            alert[name + "_iso"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return alert


def _typed(name, value):
    if name in MULTIVALUE:
        several = [clean(str(item)) for item in _several(value)]
        return [_number(item) for item in several] if name in ASNS else several
    text = clean("\n".join(map(str, value)) if isinstance(value, list) else str(value))
    return _number(text) if name in TIMES or name in NUMBERS else text


def _several(value):
    """A multivalue field: a list, or its values one a line."""
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else str(value).split("\n")


def _number(text):
    """A number if it is one, whole if it can be; else the text, for the schema to find."""
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text)
    return int(value) if value.is_integer() else value


def notification(row: Mapping, origin: Origin) -> Dict[str, object]:
    """The whole body."""
    alert = alert_of_row(row)
    links = {"results": origin.results_link} if origin.results_link else {}
    beside = _APP_LINK.match(origin.results_link)
    if beside and alert.get("alert_id"):
        links["investigate"] = beside.group(1) + INVESTIGATE + quote(str(alert["alert_id"]), safe="")
    return {
        "schema": SCHEMA_ID, "version": VERSION, "id": key_of(alert),
        "search": {"name": origin.search_name, "sid": origin.sid, "app": origin.app}, "links": links, "alert": alert,
    }


def key_of(alert: Mapping) -> str:
    """The idempotency key: alert, state and variation; of what has none of these, a digest."""
    key = "-".join(str(alert.get(name, "")) for name in ("alert_id", "alert_state", "variation"))
    return key if _KEY.fullmatch(key) else "damaged-" + hashlib.sha256(encoded(alert)).hexdigest()[:32]


def encoded(body: Mapping) -> bytes:
    """The body as it is signed and sent; the same for equal bodies."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")
