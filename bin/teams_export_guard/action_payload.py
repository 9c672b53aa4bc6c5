"""What splunkd hands to an alert action: JSON on standard input, and a file of results.

Knows the keys of the payload (seen in published payloads of Splunk 6.3 and 8.0), that a search which
alerts once for each result hands over one in ``result``, and that any other has them in
``results_file``: CSV, gzipped, where a column ``__mv_<field>`` spells the values of a field that has
several. Does not know what the rows mean.
"""

import csv
import gzip
import json
import os
import re
from typing import BinaryIO, Dict, List, Mapping, NamedTuple, Tuple

from .errors import ActionPayloadError
from .notification import Origin

MAX_FIELD_BYTES = 2**31 - 1  # of one CSV field, as for the search commands
_MULTIVALUE = "__mv_"
_SEVERAL = re.compile(r"\$((?:[^$]|\$\$)*)\$(?:;|\Z)")
_ONE_RESULT_FOLDER = "per_result_alert"  # where the file of a single result lies; newer versions also say result_id


class ActionPayload(NamedTuple):
    """The payload, read."""

    params: Mapping[str, str]
    rows: Tuple[dict, ...]
    origin: Origin
    server_uri: str
    session_key: str


def read_payload(stream: BinaryIO) -> ActionPayload:
    """The payload on ``stream``. Raises ActionPayloadError."""
    try:
        payload = json.loads(stream.read().decode("utf-8"))
    except ValueError as error:
        raise ActionPayloadError("The payload on standard input is no JSON (%s)." % error) from error
    if not isinstance(payload, dict):
        raise ActionPayloadError("The payload on standard input is no JSON object.")
    missing = [] if isinstance(payload.get("configuration"), dict) else ["configuration"]
    for name in ("session_key", "server_uri"):
        if not isinstance(payload.get(name), str) or not payload[name]:
            missing.append(name)
    if missing:
        raise ActionPayloadError("The payload on standard input lacks %s." % ", ".join(missing))
    said = {name: payload[name] if isinstance(payload.get(name), str) else "" for name in Origin._fields}
    return ActionPayload(
        payload["configuration"], tuple(_rows(payload)), Origin(**said), payload["server_uri"], payload["session_key"]
    )


def _rows(payload) -> List[dict]:
    result = payload.get("result")
    path = payload.get("results_file") if isinstance(payload.get("results_file"), str) else ""
    single = "result_id" in payload or os.path.basename(os.path.dirname(path)) == _ONE_RESULT_FOLDER
    if path and not (single and isinstance(result, dict)):
        return read_results(path)
    return [result] if isinstance(result, dict) else []


def read_results(path: str) -> List[dict]:
    """The rows of a results file; a field with several values is a list. Raises ActionPayloadError."""
    csv.field_size_limit(MAX_FIELD_BYTES)
    opened = gzip.open if path.endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
            return [_row(row) for row in csv.DictReader(line.replace("\0", "\ufffd") for line in file)]
    except (OSError, EOFError, csv.Error) as error:
        name = os.path.basename(path)
        raise ActionPayloadError("The results file %s cannot be read (%s)." % (name, error)) from error


def _row(cells) -> Dict[str, object]:
    row = {name: value for name, value in cells.items() if name and not name.startswith(_MULTIVALUE)}
    for name in row:
        several = cells.get(_MULTIVALUE + name)
        if several:
            row[name] = [value.replace("$$", "$") for value in _SEVERAL.findall(several)]
    return row
