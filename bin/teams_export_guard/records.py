"""One audit record, parsed once at the edge into a frozen value.

Knows what a record's source, entity, messages and chats are, and how they stand in a *raw* row: one audit
record as JSON in ``_raw`` (contract, section 3; ``aggregated`` knows the other form). Does not know other
records, the baseline, or networks: an ASN is looked up later, once for each distinct address.
"""

import json
import re
from typing import FrozenSet, NamedTuple, Tuple, Union

from .schema import FUTURE, NO_JSON, is_short_name, parse_audit_time, violations
from .settings import FUTURE_SECONDS
from .text import clean, nonempty

COUNTED_WORKLOAD = "MicrosoftTeams"


class Source(NamedTuple):
    """Who did it, from where, by what: what many records of one entity share. '' where they say nothing."""

    tenant: str
    entity: str
    user: str
    user_key: str
    client_ip: str
    asn_text: str
    app_id: str
    operation: str
    counted: bool


class Record(NamedTuple):
    """What is left of a record, or of an aggregated row.

    ``minute`` is epoch seconds, a multiple of 60. ``messages`` and ``records`` are what the row
    stands for. ``chats``, ``messages`` and the operation matter only where it is ``counted``.
    """

    source: Source
    minute: int
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


def are_names(tenant: str, entity: str) -> bool:
    """Whether both are there and short enough to be kept."""
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
    if not (record_id and time and are_names(tenant, entity)):
        return Rejection(violations("RECORD", document)[0], record_id)
    if time[0] > now + FUTURE_SECONDS:
        return Rejection(FUTURE, record_id)
    operation = nonempty(document.get("Operation"))
    counted = operation in operations and document.get("Workload") == COUNTED_WORKLOAD
    messages, chats = _content(document) if counted else (0, ())
    source = Source(
        tenant, entity, user_id.lower(), user_key, nonempty(document.get("ClientIP")), asn_text, app_id.lower(), operation,
        counted,
    )
    record = Record(source, time[0], messages, 1, chats, (record_id,))
    return Parsed(record, ("raw", tenant, record_id), (time[0], raw, asn_text))
