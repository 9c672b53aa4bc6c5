"""The results of a job as splunkd writes them: rows (`output_mode=json`) or columns (`json_cols`).

Source: REST API Reference Manual, "Search endpoint descriptions", search/v2/jobs/{sid}/results; that dashboards ask
for json_cols and what they read of it was seen with Splunk's own client (29.6).  Documented: `_time` is given as ISO
8601 in the user's time zone, which is UTC here.
"""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from sandbox.chunked import Row
from sandbox.jobs import Job

OUTPUT_MODES = ("json", "json_cols")
DEFAULT_COUNT = 100  # results of one request unless `count` says otherwise; 0 is all

Cell = Union[str, List[str], None]


def results(job: Job, mode: str, count: int, offset: int, preview: bool = False) -> Dict[str, Any]:
    """The answer for the rows from `offset` on, at most `count` of them (0: all)."""
    rows = job.rows[offset : offset + count] if count > 0 else job.rows[offset:]
    found: Dict[str, Any] = {
        "preview": preview,
        "init_offset": offset,
        "messages": messages(job),
        "fields": [{"name": name} for name in job.fields],
    }
    if mode == "json_cols":
        found["columns"] = columns(job.fields, rows)
    else:
        found["results"] = [
            {name: shown(name, value) for name, value in row.items() if value is not None} for row in rows
        ]
        found["highlighted"] = {}
    return found


def columns(fields: Sequence[str], rows: Sequence[Row]) -> List[List[Cell]]:
    """The rows turned: one list for each field, null where a row lacks it."""
    return [[shown(name, row.get(name)) for row in rows] for name in fields]


def shown(name: str, value: Cell) -> Cell:
    """A cell; a time in seconds becomes a date."""
    if name != "_time" or not isinstance(value, str):
        return value
    try:
        moment = datetime.fromtimestamp(float(value), timezone.utc)
    except (ValueError, OverflowError, OSError):
        return value
    return moment.isoformat(timespec="milliseconds")


def messages(job: Job) -> List[Dict[str, str]]:
    """What the search said, as the answers of all job endpoints carry it."""
    return [{"type": level, "text": text} for level, text in job.messages]


def page(arguments: Mapping[str, str]) -> Optional[List[int]]:
    """[count, offset] of a request; None if one is no whole number."""
    try:
        return [int(arguments.get("count") or DEFAULT_COUNT), int(arguments.get("offset") or 0)]
    except ValueError:
        return None
