"""Times as text and back, in UTC. Source: Search Reference, "Date and time format variables".

Inferred: a text may go on after what the format reads (C's strptime does not mind); a format without a zone is UTC,
as the sandbox's server; a format that names no day reads nothing. A directive that is not in the tables is refused
by name.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache
from typing import Callable, Dict, List, Optional, Tuple

from .errors import Unsupported, allowed
from .values import Number, plain

_DIRECTIVE = re.compile(r"%(:?[a-zA-Z%]|[1-9][NQ])")
_WHOLE = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M"}
_BY_C = "YmdHMSyjaAbBIpeUuVwG"  # those that C's strftime writes the same way
_MONTHS = {
    name.lower(): place
    for names in (calendar.month_name, calendar.month_abbr)
    for place, name in enumerate(names)
    if name
}


def _fraction(figure: Number, digits: int) -> str:
    return ("%.9f" % (figure - figure // 1))[2 : 2 + digits]


_WRITERS: Dict[str, Callable[[Number, time.struct_time], str]] = {
    **{sign: (lambda figure, at, form="%" + sign: time.strftime(form, at)) for sign in _BY_C},
    "s": lambda figure, at: str(int(figure // 1)),
    "z": lambda figure, at: "+0000",
    ":z": lambda figure, at: "+00:00",
    "Z": lambda figure, at: "UTC",
    "N": lambda figure, at: _fraction(figure, 9),
    "Q": lambda figure, at: _fraction(figure, 3),
    **{
        "%d%s" % (digits, sign): (lambda figure, at, digits=digits: _fraction(figure, digits))
        for digits in range(1, 10)
        for sign in "NQ"
    },
    "k": lambda figure, at: "%2d" % at.tm_hour,
    "l": lambda figure, at: "%2d" % ((at.tm_hour - 1) % 12 + 1),
    "%": lambda figure, at: "%",
}

_READERS: Dict[str, Tuple[str, str]] = {
    "Y": ("year", r"\d{4}"),
    "m": ("month", r"\d{1,2}"),
    "d": ("day", r"\d{1,2}"),
    "e": ("day", r"\s?\d{1,2}"),
    "H": ("hour", r"\d{1,2}"),
    "M": ("minute", r"\d{1,2}"),
    "S": ("second", r"\d{1,2}"),
    "y": ("short", r"\d{2}"),
    "b": ("name", r"[A-Za-z]{3,9}"),
    "B": ("name", r"[A-Za-z]{3,9}"),
    "I": ("twelve", r"\d{1,2}"),
    "p": ("half", r"[AaPp][Mm]"),
    "s": ("epoch", r"-?\d+"),
    "z": ("zone", r"Z|[+-]\d{2}:?\d{2}"),
    ":z": ("zone", r"Z|[+-]\d{2}:?\d{2}"),
    "Z": ("zone", r"UTC|GMT|Z"),
    "N": ("fraction", r"\d{1,9}"),
    "Q": ("fraction", r"\d{1,9}"),
    **{"%d%s" % (digits, sign): ("fraction", r"\d{1,%d}" % digits) for digits in range(1, 10) for sign in "NQ"},
}


@lru_cache(maxsize=256)
def _parts(form: str) -> Tuple[Tuple[bool, str], ...]:
    for sign, whole in _WHOLE.items():
        form = form.replace("%" + sign, whole)
    parts: List[Tuple[bool, str]] = []
    at = 0
    for found in _DIRECTIVE.finditer(form):
        parts += [(False, form[at : found.start()]), (True, found.group(1))]
        at = found.end()
    return (*parts, (False, form[at:]))


def _refused(sign: str, known: Dict, use: str) -> Unsupported:
    return Unsupported(
        "The time format directive '%%%s' is not known here for %s; known: %s."
        % (sign, use, allowed([*known, *_WHOLE]))
    )


def formatted(figure: Number, form: str) -> Optional[str]:
    """A time as text."""
    try:
        at = time.gmtime(figure // 1)
    except (OverflowError, OSError, ValueError):
        return None
    out = []
    for directive, part in _parts(form):
        if directive and part not in _WRITERS:
            raise _refused(part, _WRITERS, "strftime")
        out.append(_WRITERS[part](figure, at) if directive else part)
    return "".join(out)


@lru_cache(maxsize=256)
def _reader(form: str) -> Tuple["re.Pattern[str]", Tuple[str, ...]]:
    pattern, names = "", []
    for directive, part in _parts(form):
        if not directive:
            pattern += r"\s*".join(re.escape(piece) for piece in re.split(r"\s+", part))
        elif part == "%":
            pattern += "%"
        elif part not in _READERS:
            raise _refused(part, _READERS, "strptime")
        else:
            name, piece = _READERS[part]
            names.append(name)
            pattern += "(%s)" % piece
    return re.compile(pattern), tuple(names)


def read(text: str, form: str) -> Optional[Number]:
    """The epoch second that a text spells, or None."""
    pattern, names = _reader(form)
    fitted = pattern.match(text)
    if fitted is None:
        return None
    got = dict(zip(names, fitted.groups()))
    start = _epoch(got)
    if start is None:
        return None
    fraction = got.get("fraction")
    return plain(start + float("0." + fraction)) if fraction and int(fraction) else start


def _epoch(got: Dict[str, str]) -> Optional[int]:
    if "epoch" in got:
        return int(got["epoch"])
    year = (
        int(got["year"])
        if "year" in got
        else 2000 + int(got["short"]) - 100 * (int(got["short"]) > 68)
        if "short" in got
        else None
    )
    month = int(got["month"]) if "month" in got else _MONTHS.get(got.get("name", "").lower())
    day, hour = int(got.get("day", 1)), int(got.get("hour", 0))
    if "twelve" in got:
        hour = int(got["twelve"]) % 12 + 12 * (got.get("half", "am").lower() == "pm")
    minute, second = int(got.get("minute", 0)), int(got.get("second", 0))
    midnight = None if year is None or month is None else _midnight(year, month, day)
    if midnight is None:
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    zone = got.get("zone", "Z").replace(":", "")
    offset = 0 if zone[0] not in "+-" else int(zone[0] + "1") * (int(zone[1:3]) * 3600 + int(zone[3:5]) * 60)
    return midnight + hour * 3600 + minute * 60 + second - offset


@lru_cache(maxsize=4096)
def _midnight(year: int, month: int, day: int) -> Optional[int]:
    """The epoch second at which a day begins; None if there is no such day."""
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return calendar.timegm((year, month, day, 0, 0, 0))
