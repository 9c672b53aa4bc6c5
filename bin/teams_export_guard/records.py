"""One audit record, parsed once at the edge into a frozen value.

Knows what a record's source, entity, messages and chats are, and how they stand in a *raw* row: one audit
record as JSON in ``_raw`` (contract, section 3; ``aggregated`` knows the other form). Does not know other
records, the baseline, or networks: an ASN is looked up later, once for each distinct address.
"""

import json
import re
from typing import Dict, FrozenSet, NamedTuple, Optional, Tuple, Union

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


_JSON = json.JSONDecoder(strict=False)  # control characters in texts included
_JSON_OF_LONG_NUMBERS = json.JSONDecoder(
    strict=False, parse_int=lambda digits: int(digits) if len(digits) < 1000 else digits
)


def _decode(raw):
    """JSON. A number too long for ``int`` stays a text, on every Python."""
    try:
        document, end = _JSON.raw_decode(raw)
        return document if end == len(raw) else _JSON.decode(raw)
    except ValueError:
        return _JSON_OF_LONG_NUMBERS.decode(raw)


def _unescaped(value):
    """``nonempty`` of a value in JSON without escapes, which can spell no surrogate."""
    return value if isinstance(value, str) else ""


class RawReader:
    """Reads raw records. Sources are made once: records of one source share it."""

    def __init__(self, operations: FrozenSet[str], now: float):
        self._operations, self._latest = operations, now + FUTURE_SECONDS
        self._seen: Dict[Tuple, Optional[Source]] = {}  # by values as they stand in a record
        self._sources: Dict[Tuple, Optional[Source]] = {}  # by their texts

    def read(self, raw: str, asn_text: str) -> Union[Record, Rejection]:
        """The record in ``raw``, one audit record as JSON without surrogates; ``asn_text`` is the column beside it."""
        try:
            document = _decode(raw)
        except (ValueError, RecursionError):
            return Rejection(NO_JSON, "")
        if not isinstance(document, dict):
            return Rejection(violations("RECORD", document)[0], "")
        get, text = document.get, nonempty if "\\u" in raw else _unescaped
        record_id, created = text(get("Id")), get("CreationTime")
        source = self._source_of(get, text, asn_text)
        time = parse_audit_time(created) if isinstance(created, str) else None
        if not (record_id and time and source):
            return Rejection(violations("RECORD", document)[0], record_id)
        if time[0] > self._latest:
            return Rejection(FUTURE, record_id)
        messages, chats = _content(document, text) if source.counted else (0, ())
        return Record(source, time[0], messages, 1, chats, (record_id,))

    def _source_of(self, get, text, asn_text) -> Optional[Source]:
        access, user_type = get("AppAccessContext"), get("UserType")
        app_id = access.get("ClientAppId") if isinstance(access, dict) else None
        said = (
            get("OrganizationId"), user_type, app_id, get("UserKey"), get("UserId"), get("ClientIP"), get("Operation"),
            get("Workload"), asn_text, type(user_type),  # for True is 1
        )
        try:
            return self._seen[said]
        except (KeyError, TypeError):  # not yet; or a list, which cannot be looked up
            tenant, user_type, *texts = said[:8]
            user_type = user_type if type(user_type) in (int, str, float) else None
            parts = (text(tenant), user_type, *map(text, texts), asn_text, type(user_type))
            if parts not in self._sources:
                self._sources[parts] = self._source(*parts[:-1])
            if not any(isinstance(value, (list, dict)) for value in said):
                self._seen[said] = self._sources[parts]
            return self._sources[parts]

    def _source(self, tenant, user_type, app_id, user_key, user_id, client_ip, operation, workload, asn_text):
        """The source of these parts; None if it cannot be used."""
        entity = entity_of(user_type, app_id, user_key, user_id)
        if not are_names(tenant, entity):
            return None
        counted = operation in self._operations and workload == COUNTED_WORKLOAD
        return Source(tenant, entity, user_id.lower(), user_key, client_ip, asn_text, app_id.lower(), operation, counted)


def _content(document, text):
    """(messages, chats) of a counted record; ``text`` gives the text of a value."""
    items, ids, chats = document.get("Messages"), set(), {_conversation(document, text)}
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            ids.add(_message_id(item))
            chats.add(_conversation(item, text))
    ids.discard("")
    chats.discard("")
    return len(ids) or 1, tuple(sorted(chats))


def _conversation(item, text):
    return text(item.get("ChatThreadId")) or text(item.get("ChannelGuid")) or text(item.get("TeamGuid"))


def _message_id(item):
    value = item.get("Id")
    if isinstance(value, str) and value.isascii():
        return value
    return clean(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
