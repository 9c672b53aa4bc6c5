"""One audit record, parsed once at the edge into a frozen value.

Knows the two forms of a row (contract, section 3): *raw*, one audit record as JSON in ``_raw``, and
*aggregated*, a row that stands for several records of one minute. Knows what a record's entity,
messages and chats are. Does not know other records, the baseline, or networks: an ASN is looked up
later, once for each distinct address.
"""

import json
import re
from typing import FrozenSet, Mapping, NamedTuple, Optional, Tuple, Union

from .schema import FUTURE, NO_CONTENT, NO_JSON, is_short_name, parse_audit_time, violations
from .settings import FUTURE_SECONDS, MINUTE
from .text import clean, nonempty

COUNTED_WORKLOAD = "MicrosoftTeams"


class Record(NamedTuple):
    """What is left of a record, or of an aggregated row; '' where it says nothing.

    ``minute`` is epoch seconds, a multiple of 60. ``messages`` and ``records`` are what the row
    stands for. ``chats``, ``messages`` and ``operation`` matter only where it is ``counted``.
    """

    tenant: str
    entity: str
    user: str
    user_key: str
    minute: int
    client_ip: str
    asn_text: str
    app_id: str
    operation: str
    counted: bool
    messages: int
    records: int
    chats: Tuple[str, ...]
    ids: Tuple[str, ...]


class Rejection(NamedTuple):
    """A row that cannot be used: why (a title of its schema), and the ``Id`` to find it by ('' if it has none)."""

    reason: str
    example: str


class Parsed(NamedTuple):
    """A record, what tells it from others, and which of several copies counts: the one of the smallest preference.

    A raw record's copies may differ: the earliest minute counts, then the smallest text.
    """

    record: Record
    identity: Tuple
    preference: Tuple


_APPLICATION_TYPE = re.compile("0*[4-8]")
_NUMBER = re.compile("-?[0-9]+")


def _is_application(user_type, app_id, user_id):
    """Whether an actor is an application. ``user_type`` is a number or its text; anything else counts as missing."""
    if isinstance(user_type, float) and user_type.is_integer():
        user_type = int(user_type)
    if isinstance(user_type, int) and not isinstance(user_type, bool):
        return 4 <= user_type <= 8
    if isinstance(user_type, str) and _NUMBER.fullmatch(user_type):
        return bool(_APPLICATION_TYPE.fullmatch(user_type))
    return bool(app_id) and "@" not in user_id


def entity_of(user_type, app_id, user_key, user_id):
    """``user:…`` or ``app:…`` in lower case, '' where there is no actor. All but ``user_type`` are texts."""
    if _is_application(user_type, app_id, user_id):
        name = app_id or user_key or user_id
        return "app:" + name.lower() if name else ""
    return "user:" + user_id.lower() if user_id else ""


def _are_names(tenant, entity):
    return bool(tenant and entity) and is_short_name(tenant) and is_short_name(entity.partition(":")[2])


def _conversation(item):
    return nonempty(item.get("ChatThreadId")) or nonempty(item.get("ChannelGuid")) or nonempty(item.get("TeamGuid"))


def _message_id(item):
    value = item.get("Id")
    return clean(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _content(document):
    """(messages, chats) of a counted record."""
    items = document.get("Messages")
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    ids = {_message_id(item) for item in items} - {""}
    chats = {_conversation(document), *map(_conversation, items)} - {""}
    return len(ids) or 1, tuple(sorted(chats))


def _decode(raw):
    """JSON, control characters in texts included. A number too long for ``int`` stays a text, on every Python."""
    try:
        return json.loads(raw, strict=False)
    except ValueError:
        return json.loads(raw, strict=False, parse_int=lambda digits: int(digits) if len(digits) < 1000 else digits)


def parse_raw(raw: str, asn_text: str, operations: FrozenSet[str], now: float) -> Union[Parsed, Rejection]:
    """The record in ``raw``, one audit record as JSON; ``asn_text`` is the ``asn`` column beside it."""
    raw = clean(raw)
    try:
        document = _decode(raw)
    except (ValueError, RecursionError):
        return Rejection(NO_JSON, "")
    if not isinstance(document, dict):
        return Rejection(violations("RECORD", document)[0], "")
    record_id, tenant = nonempty(document.get("Id")), nonempty(document.get("OrganizationId"))
    created = document.get("CreationTime")
    time = parse_audit_time(created) if isinstance(created, str) else None
    access = document.get("AppAccessContext")
    app_id = nonempty(access.get("ClientAppId")) if isinstance(access, dict) else ""
    user_id, user_key = nonempty(document.get("UserId")), nonempty(document.get("UserKey"))
    entity = entity_of(document.get("UserType"), app_id, user_key, user_id)
    if not (record_id and time and _are_names(tenant, entity)):
        return Rejection(violations("RECORD", document)[0], record_id)
    if time[0] > now + FUTURE_SECONDS:
        return Rejection(FUTURE, record_id)
    operation = nonempty(document.get("Operation"))
    counted = operation in operations and document.get("Workload") == COUNTED_WORKLOAD
    messages, chats = _content(document) if counted else (0, ())
    record = Record(
        tenant, entity, user_id.lower(), user_key, time[0], nonempty(document.get("ClientIP")), asn_text,
        app_id.lower(), operation, counted, messages, 1, chats, (record_id,),
    )
    return Parsed(record, ("raw", tenant, record_id), (time[0], raw, asn_text))


def _single(row, name):
    """The text of a column; '' where it is absent or has several values."""
    value = row.get(name)
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    return nonempty(value)


def _several(row, name):
    """The values of a multivalue column, sorted and distinct; newlines part them where ``__mv_`` was lost."""
    value = row.get(name)
    values = value if isinstance(value, (list, tuple)) else (value or "").split("\n")
    return tuple(sorted({nonempty(item) for item in values} - {""}))


def _asn_text(row):
    """The ``asn`` column as one text: several values are no number, hence unknown."""
    value = row.get("asn")
    return clean("\n".join(value) if isinstance(value, (list, tuple)) else value or "")


_SINGLE_COLUMNS = (
    "_time OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation message_count record_count"
).split()
_COUNT = re.compile(r"0*([0-9]{1,15})(?:\.0+)?")
_TIME = re.compile(r"(-?[0-9]{1,12})(?:\.[0-9]+)?")


def _integer(pattern, text) -> Optional[int]:
    match = pattern.fullmatch(text)
    return int(match.group(1)) if match else None


def parse_aggregated(row: Mapping, operations: FrozenSet[str], now: float) -> Union[Parsed, Rejection]:
    """The record that an aggregated ``row`` (column to text or list of texts) stands for."""
    ids = _several(row, "record_id")
    operation, workload = _single(row, "Operation"), _single(row, "Workload")
    counted = operation in operations and workload == COUNTED_WORKLOAD
    messages = _integer(_COUNT, _single(row, "message_count"))
    records = _integer(_COUNT, _single(row, "record_count"))
    time = _integer(_TIME, _single(row, "_time"))
    tenant, user_type = _single(row, "OrganizationId"), _single(row, "UserType")
    app_id, user_id, user_key = _single(row, "ClientAppId"), _single(row, "UserId"), _single(row, "UserKey")
    entity = entity_of(user_type, app_id, user_key, user_id)
    if messages is None or not records or time is None or not _are_names(tenant, entity) or (counted and not messages):
        seen = {name: _single(row, name) for name in _SINGLE_COLUMNS}
        return Rejection(violations("AGGREGATED", dict(seen, counted=counted))[0], ids[0] if ids else "")
    minute = time - time % MINUTE
    if minute > now + FUTURE_SECONDS:
        return Rejection(FUTURE, ids[0] if ids else "")
    record = Record(
        tenant, entity, user_id.lower(), user_key, minute, _single(row, "ClientIP"), _asn_text(row),
        app_id.lower(), operation, counted, messages, records, _several(row, "chat_id") if counted else (), ids,
    )
    columns = tuple(_single(row, name) for name in _SINGLE_COLUMNS)
    return Parsed(record, columns + (_asn_text(row), _several(row, "chat_id"), ids), ())


def parse_row(row: Mapping, operations: FrozenSet[str], now: float) -> Union[Parsed, Rejection]:
    """The record in ``row``; ``operations`` are the counted ones, ``now`` is epoch seconds."""
    count = row.get("message_count")
    if any(count) if isinstance(count, (list, tuple)) else count:
        return parse_aggregated(row, operations, now)
    raw = row.get("_raw")
    if not raw:
        return Rejection(NO_CONTENT, "")
    return parse_raw("\n".join(raw) if isinstance(raw, (list, tuple)) else raw, _asn_text(row), operations, now)
