"""Giving, prolonging and ending an exception: what is asked for, and the document that it makes.

Knows the options of ``teamsexportexception``, what is taken from the alert that it is given for, and that an exception is
never rewritten: its bounds stay those that somebody gave reasons for, and only its end moves. Does no I/O.

An exception begins when it is given, so it changes no alert of before. The same call again prolongs the exception that
holds for the same scope, and adds no second one.
"""

import hashlib
import re
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .alerts import Alert
from .catalogue import BASE
from .errors import ExceptionRefused, SettingsError
from .exceptions import EVERY_TENANT, UNKNOWN_NETWORK, faults_of, number, parse_networks, scope_faults, words
from .settings import DAY, HOUR, texts

SCOPE = ("tenant", "entity", "app_id", "asn", "network_class", "variation")
OPTIONS = ("alert_id", *SCOPE, "usual_messages", "operations", "reason", "owner", "days", "end")
DAYS, DAYS_MOST = 90, 365  # how long one holds, and at most (the first is the project's, the second ours)
REASON_LIMIT = 1000  # characters (ours)
NAME_LIMIT = 400  # characters of any other text (ours)
PROLONGED_BY = HOUR  # less is no change: a page that is loaded again repeats its call
FIELDS = (
    "_time exception changed tenant entity app_id asn network_class variation usual_messages operations owner reason start "
    "expires created_by ended_by end_reason"
).split()
_KEY = re.compile(r"[0-9a-f]{32}")


class Request(NamedTuple):
    """What was asked for; ``given`` holds the texts of the scope and the bounds, as far as they were given."""

    given: Mapping[str, str]
    reason: str
    owner: str = ""
    days: int = DAYS
    alert_id: str = ""
    end: str = ""  # the key of the exception that is to end


class Change(NamedTuple):
    """The document that holds afterwards, and whether it is another than before."""

    document: dict
    changed: bool


def parse(arguments: Sequence[str]) -> Request:
    """The request in a command's arguments. Raises SettingsError with every fault."""
    given, faults = texts(arguments, OPTIONS)
    faults += _faults(given)
    if faults:
        raise SettingsError(faults)
    bounds = {name: given[name] for name in (*SCOPE, "usual_messages", "operations") if given.get(name)}
    return Request(bounds, given["reason"], given.get("owner", ""), int(given.get("days") or DAYS),
                   given.get("alert_id", ""), given.get("end", ""))  # fmt: skip


def _faults(given) -> Iterable[str]:
    if not given.get("reason"):
        yield "reason=: allowed: why this is right, in a sentence"
    for name in ("alert_id", "end"):
        if given.get(name) and not _KEY.fullmatch(given[name]):
            yield "%s=%s: allowed: 32 hex digits" % (name, given[name])
    days = given.get("days") or str(DAYS)
    if not re.fullmatch(r"[0-9]{1,4}", days) or not 1 <= int(days) <= DAYS_MOST:
        yield "days=%s: allowed: a whole number from 1 to %d" % (days, DAYS_MOST)
    for name, text in given.items():
        limit = REASON_LIMIT if name == "reason" else NAME_LIMIT
        if len(text) > limit:
            yield "%s: has %d characters; allowed: at most %d" % (name, len(text), limit)
    others = sorted(set(given) - {"end", "reason"})
    if given.get("end") and others:
        yield "end=%s: allowed: nothing beside it but reason; given too: %s" % (given["end"], ", ".join(others))
    if not given.get("end") and not given.get("alert_id"):
        yield from scope_faults(given)


def of_alert(alert: Alert) -> Dict[str, str]:
    """What an exception takes from the alert that it is given for, where nothing else is said."""
    seen = alert.evidence
    return {
        "tenant": alert.tenant, "entity": alert.entity, "app_id": seen.app_id[0] if len(seen.app_id) == 1 else "",
        "asn": ",".join(map(str, seen.asn)) or UNKNOWN_NETWORK, "usual_messages": str(seen.message_count),
        "operations": ",".join(seen.operation),
    }  # fmt: skip


def give(request: Request, alert: Optional[Alert], present: Iterable[Mapping], user: str, now: float) -> Change:
    """The exception that ``request`` asks of ``user`` at ``now``, over those that are there already.

    Raises SettingsError for one that would not be valid, with every fault.
    """
    asked = {"tenant": EVERY_TENANT, **(of_alert(alert) if alert else {}), **request.given}
    if request.given.get("network_class"):
        asked["asn"] = request.given.get("asn", "")
    document = {name: asked.get(name, "") for name in SCOPE}
    document.update(_tidy(document))
    start = int(now)
    document.update(
        usual_messages=_whole(asked.get("usual_messages", "")), operations=",".join(sorted(words(asked.get("operations", "")))),
        owner=request.owner or user, reason=request.reason, start=start, expires=start + request.days * DAY, created=now,
        created_by=user, ended_by="", end_reason="",
    )  # fmt: skip
    faults = faults_of(document)
    if faults:
        raise SettingsError(faults)
    for before in sorted(present, key=lambda one: one["_key"]):
        same = all(before.get(name, "") == document[name] for name in (*SCOPE, "usual_messages", "operations"))
        if same and not faults_of(before) and number(before, "start") <= now < number(before, "expires"):
            longer = document["expires"] - number(before, "expires") >= PROLONGED_BY
            return Change(dict(before, expires=document["expires"]) if longer else dict(before), longer)
    return Change(dict(document, _key=_key(document)), True)


def end(request: Request, before: Optional[Mapping], user: str, now: float) -> Change:
    """The exception ``before``, ended. Raises ExceptionRefused if there is none; one that has ended stays as it is."""
    if before is None:
        raise ExceptionRefused("There is no exception %s; nothing was written." % request.end)
    if (number(before, "expires") or 0) <= now:
        return Change(dict(before), False)
    return Change(dict(before, expires=int(now), ended_by=user, end_reason=request.reason), True)


def _tidy(document) -> Dict[str, str]:
    """The scope as it is kept: lower case, lists in order."""
    asns, unknown_too, bad = parse_networks(document["asn"])
    listed = [*map(str, sorted(asns)), *([UNKNOWN_NETWORK] if unknown_too else []), *bad]
    lower = {name: document[name].lower() for name in ("entity", "app_id", "network_class")}
    return {**lower, "asn": ",".join(listed), "variation": ",".join(sorted(words(document["variation"]) - {BASE}))}


def _whole(text: str):
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else text


def _key(document) -> str:
    parts = [str(document[name]) for name in (*SCOPE, "usual_messages", "operations", "start")]
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:32]


def row(change: Change, now: float) -> Dict[str, object]:
    """What the command shows: the exception as it is now, and whether this call changed it."""
    document = change.document
    shown: List[Tuple[str, object]] = [(name, document.get(name, "")) for name in FIELDS]
    return {**dict(shown), "_time": now, "exception": document["_key"], "changed": "true" if change.changed else "false"}
