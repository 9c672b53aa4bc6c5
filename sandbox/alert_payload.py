"""What splunkd hands to the script of a custom alert action: the JSON payload and the file of results.

CAPTURE, payloads of Splunk 6.3 and 8.0 that others published: the keys; `result` with every field as text, several
values as a list, absent ones as empty text; per_result_alert/tmp_<n>.csv.gz with one alert for each result and
results.csv.gz with one for all, both in the dispatch directory; the two forms of results_link.
SPEC, "Create a custom alert action script": `configuration` merges alert_actions.conf and savedsearches.conf.
INFERRED: a setting that is left empty in savedsearches.conf still wins; n counts what fires; tokens are replaced in the
values of `configuration` only. Newer versions also say result_id (a comment in Splunk's CIM library); not said here.
"""
from __future__ import annotations

import gzip
import urllib.parse
from pathlib import Path
from typing import Any, Dict, Mapping, Sequence

from sandbox.alert_tokens import SERVER, Occasion, replaced
from sandbox.alerting import SavedSearch
from sandbox.chunked import Row, encode_body
from sandbox.jobs import Job

WEB = "http://%s:8000" % SERVER
PARAM = "param."


def results_link(saved: SavedSearch, job: Job, number: int, single: bool) -> str:
    """Where Splunk Web shows the results."""
    if not single:
        return "%s/app/%s/@go?sid=%s" % (WEB, saved.app, job.sid)
    search = urllib.parse.quote("|loadjob %s | head %d | tail 1" % (job.sid, number + 1))
    return "%s/app/%s/search?q=%s&earliest=0&latest=now" % (WEB, saved.app, search)


def results_path(dispatch_dir: Path, number: int, single: bool) -> Path:
    """Where the file of results lies."""
    return dispatch_dir / ("per_result_alert/tmp_%d.csv.gz" % number if single else "results.csv.gz")


def write_results(path: Path, fields: Sequence[str], rows: Sequence[Row]) -> None:
    """The file of results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(str(path), "wb") as file:
        file.write(encode_body(list(fields), rows))


def configuration(
    name: str, global_settings: Mapping[str, str], saved: SavedSearch, occasion: Occasion
) -> Dict[str, str]:
    """The parameters of an action: those of alert_actions.conf, those of the search over them."""
    prefix = "action.%s.%s" % (name, PARAM)
    merged = {key[len(PARAM) :]: value for key, value in global_settings.items() if key.startswith(PARAM)}
    merged.update((key[len(prefix) :], value) for key, value in saved.settings.items() if key.startswith(prefix))
    return {key: replaced(value, occasion) for key, value in merged.items()}


def payload(
    occasion: Occasion, params: Mapping[str, str], results_file: Path, server_uri: str, session_key: str
) -> Dict[str, Any]:
    """The payload of one start of the script."""
    saved, job, fired = occasion.saved, occasion.job, occasion.fired
    fields = list(job.fields) or sorted({name for row in fired.rows for name in row})
    first: Row = fired.rows[0] if fired.rows else {}
    name = urllib.parse.quote_plus(saved.name)
    return {
        "app": saved.app,
        "owner": saved.owner,
        "results_file": str(results_file),
        "results_link": occasion.results_link,
        "search_uri": "/servicesNS/%s/%s/saved/searches/%s" % (saved.owner, saved.app, name),
        "server_host": SERVER,
        "server_uri": server_uri,
        "session_key": session_key,
        "sid": job.sid,
        "search_name": saved.name,
        "configuration": dict(params),
        "result": {field: _cell(first.get(field)) for field in fields} if fired.rows else {},
    }


def _cell(value: Any) -> Any:
    return "" if value is None else value
