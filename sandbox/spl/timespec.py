"""Points and spans of time as searches write them, always in UTC.

Sources: Search Reference, "Time modifiers" (units, snapping with @, w0 to w7, the order "offset, snap, further
offset") and "bin" (spans). epoch numbers and "now" are taken; months, quarters and years as offsets and snaps too.
Inferred: "-h" means -1h; "earliest=1" is the epoch second 1. Not here: absolute dates such as 10/19/2026:00:00:00.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Optional

from .errors import SyntaxFault

UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "mon": ("mon", "month", "months"),
    "q": ("q", "qtr", "qtrs", "quarter", "quarters"),
    "y": ("y", "yr", "yrs", "year", "years"),
}
UNIT = {spelled: unit for unit, names in UNITS.items() for spelled in names}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
MONTHS = {"mon": 1, "q": 3, "y": 12}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_STEP = re.compile(r"(?P<sign>[+-])(?P<count>\d*)(?P<unit>[a-z]+)|@(?P<snap>[a-z]+)(?P<day>[0-7]?)")
_SPAN = re.compile(r"(\d*)([a-z]+)")


def moment(spec: str, now: float) -> Optional[float]:
    """The epoch second that a time modifier means; None for an open end ('' or 'all')."""
    plain = spec.strip()
    if plain in ("", "all"):
        return None
    if _NUMBER.fullmatch(plain):
        figure = float(plain)
        return int(figure) if figure.is_integer() else figure
    steps = plain[3:] if plain.startswith("now") else plain
    at, time = 0, now
    while at < len(steps):
        step = _STEP.match(steps, at)
        if step is None:
            raise SyntaxFault(
                "'%s' is no time modifier that is known here, such as -26h@h, @d, now or an epoch." % spec
            )
        time, at = _moved(time, step, spec), step.end()
    return int(time) if float(time).is_integer() else time


def _moved(time: float, step: "re.Match[str]", spec: str) -> float:
    unit = UNIT.get(step.group("unit") or step.group("snap"))
    if unit is None:
        raise SyntaxFault("'%s' has a time unit that is not one of s, m, h, d, w, mon, q, y." % spec)
    if step.group("snap"):
        if step.group("day") and unit != "w":
            raise SyntaxFault("'%s': only @w takes a day number, as in @w0 for Sunday." % spec)
        return snapped(time, unit, int(step.group("day") or 0) % 7)
    count = int(step.group("sign") + (step.group("count") or "1"))
    if unit in SECONDS:
        return time + count * SECONDS[unit]
    return _months(datetime.fromtimestamp(time, timezone.utc), count * MONTHS[unit]).timestamp()


def snapped(time: float, unit: str, day: int = 0) -> float:
    """The latest start of the unit at or before the time; weeks start on Sunday unless a day is given."""
    if unit in ("s", "m", "h", "d"):
        return time // SECONDS[unit] * SECONDS[unit]
    at = datetime.fromtimestamp(time, timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "w":
        return (at - timedelta(days=(at.isoweekday() - day) % 7)).timestamp()
    month = {"mon": at.month, "q": (at.month - 1) // 3 * 3 + 1, "y": 1}[unit]
    return at.replace(month=month, day=1).timestamp()


def _months(at: datetime, count: int) -> datetime:
    years, month = divmod(at.month - 1 + count, 12)
    year, day = at.year + years, at.day
    while True:
        try:
            return at.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1


def seconds(span: str) -> int:
    """The length of a span such as 5m, 1h or 1d; a bare number is seconds."""
    if span.isdigit():
        return int(span)
    form = _SPAN.fullmatch(span)
    unit = UNIT.get(form.group(2)) if form else None
    if unit not in SECONDS or not int(form.group(1) or 1):
        raise SyntaxFault("'%s' is no span that is known here: a number above 0 with s, m, h, d or w." % span)
    return int(form.group(1) or 1) * SECONDS[unit]


def binned(time: float, span: int) -> float:
    """The start of the bin; bins count from the epoch, whole weeks from the epoch's Thursday."""
    start = time // span * span
    return int(start)
