"""Rows to records: what is accepted, what is rejected and why, and which rows are the same record.

Knows the two forms of a row (raw and aggregated) and every rule that looks at one record alone.
Does not know windows, baselines, alerts.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, namedtuple
from datetime import datetime, timezone

from .addresses import asn_of_row, plain

DAY = 86400

Record = namedtuple(
    "Record",
    "key minute tenant entity entity_type user user_key app_id operation counted ip asn organisation "
    "messages records chats record_ids",
)
Rejected = namedtuple("Rejected", "reason example")
Read = namedtuple("Read", "records duplicates rejected taken")

SINGLE = (
    "_time",
    "OrganizationId",
    "UserId",
    "UserKey",
    "UserType",
    "ClientIP",
    "ClientAppId",
    "Workload",
    "Operation",
    "message_count",
    "record_count",
    "asn",
)
MULTI = ("chat_id", "record_id")


def clean(value):
    """`value` with every lone surrogate replaced, whatever its depth."""
    # "Lone surrogates become U+FFFD before anything is compared or hashed"
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(name): clean(item) for name, item in value.items()}
    return value


def text(value):
    """`value` where it is text, else ""."""
    return value if isinstance(value, str) else ""


def column(row, name):
    """A single-valued column; "" where absent, None where it holds several values."""
    value = row.get(name)
    if isinstance(value, (list, tuple)):
        if len(value) > 1:
            return None
        value = value[0] if value else ""
    return "" if value is None else str(value)


def column_values(row, name):
    """A multivalued column as a set of non-empty texts."""
    value = row.get(name)
    values = value if isinstance(value, (list, tuple)) else [value]
    return frozenset(item for item in values if item)


def user_type(value):
    """The number that UserType says, or None where it counts as missing."""
    # "UserType is a number or its text; anything else counts as missing"
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch("-?[0-9]+", value):
        return int(value)
    return None


def entity_of(kind, client_app_id, user_key, user_id):
    """(entity, entity_type); entity is "" where no actor is named."""
    # "UserType 4 to 8, or a missing UserType with a client app id and no `@` in UserId, is an application"
    number = user_type(kind)
    if number in (4, 5, 6, 7, 8) or (number is None and client_app_id and "@" not in user_id):
        # "`app:` and the first non-empty of `AppAccessContext.ClientAppId`, `UserKey`, `UserId`"
        name = client_app_id or user_key or user_id
        return ("app:" + name.lower() if name else ""), "app"
    # "Everything else is `user:<UserId>`. Lower case throughout."
    return ("user:" + user_id.lower() if user_id else ""), "user"


def minute_of(creation_time):
    """The epoch seconds of the minute, or None."""
    # "Its time is `CreationTime` (UTC, with or without `Z` or a fraction), cut to the whole minute"
    match = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?Z?", creation_time)
    if not match:
        return None
    try:
        moment = datetime.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    return int(moment.replace(second=0, tzinfo=timezone.utc).timestamp())


def conversation(thing):
    """The name of the conversation that a record or a message is in, or ""."""
    # "a conversation being named by `ChatThreadId`, else `ChannelGuid`, else `TeamGuid`"
    return text(thing.get("ChatThreadId")) or text(thing.get("ChannelGuid")) or text(thing.get("TeamGuid"))


def parse_raw(row, *, now, operations, asn_lookup):
    """A Record, or a Rejected. The record's key is (tenant, Id)."""
    raw = clean(column(row, "_raw"))
    try:
        audit = json.loads(raw)
    except (ValueError, RecursionError):
        return Rejected("not_json", "")
    if not isinstance(audit, dict):
        return Rejected("not_an_object", "")
    audit = clean(audit)
    identity = text(audit.get("Id"))
    # "A record without `Id`, `CreationTime`, `OrganizationId` or an actor (absent, null, empty or not text) ... is
    #  rejected"
    for name in ("Id", "CreationTime", "OrganizationId"):
        if text(audit.get(name)) == "":
            return Rejected("without_" + name, identity)
    context = audit.get("AppAccessContext")
    app_id = text(context.get("ClientAppId")) if isinstance(context, dict) else ""
    user_id, user_key = text(audit.get("UserId")), text(audit.get("UserKey"))
    entity, entity_type = entity_of(audit.get("UserType"), app_id, user_key, user_id)
    if not entity:
        return Rejected("without_actor", identity)
    minute = minute_of(audit["CreationTime"])
    if minute is None:
        return Rejected("bad_time", identity)
    # "or more than a day later than *now*, is rejected"
    if minute > now + DAY:
        return Rejected("in_the_future", identity)
    messages = (
        [item for item in audit["Messages"] if isinstance(item, dict)]
        if isinstance(audit.get("Messages"), list)
        else []
    )
    ip = plain(text(audit.get("ClientIP")))
    asn, organisation = asn_of_row("?" if column(row, "asn") is None else column(row, "asn"), ip, asn_lookup)
    return Record(
        key=("raw", audit["OrganizationId"], identity),
        minute=minute,
        tenant=audit["OrganizationId"],
        entity=entity,
        entity_type=entity_type,
        user=user_id.lower(),
        user_key=user_key.lower(),
        app_id=app_id.lower(),
        operation=text(audit.get("Operation")),
        # "*Counted* records have Workload `MicrosoftTeams` and an operation with `counted=1`"
        counted=audit.get("Workload") == "MicrosoftTeams" and text(audit.get("Operation")) in operations,
        ip=ip,
        asn=asn,
        organisation=organisation,
        # "Its *messages* are the number of distinct `Messages[].Id`, or 1 where there are none"
        messages=len({item["Id"] for item in messages if text(item.get("Id"))}) or 1,
        records=1,
        # "Its *chats* are the distinct conversations among the record itself and each of `Messages[]`";
        # "a record that names none adds none"
        chats=frozenset(name for name in [conversation(audit)] + [conversation(item) for item in messages] if name),
        record_ids=frozenset([identity]),
    )


def parse_aggregated(row, *, now, operations, asn_lookup):
    """A Record that stands for several, or a Rejected. Its key is the whole row."""
    # "*Aggregated* ...: stands for `record_count` records of one minute (of one UTC day, with `_time` the earliest,
    #  where they are not counted; `message_count` may then be 0)."
    row = clean(row)
    one = {name: column(row, name) for name in SINGLE}
    if any(one[name] is None for name in SINGLE if name != "asn"):
        return Rejected("several_values", "")
    if not re.fullmatch("[0-9]+", one["message_count"]):
        return Rejected("bad_message_count", "")
    if not re.fullmatch("[0-9]+", one["record_count"]) or int(one["record_count"]) < 1:
        return Rejected("bad_record_count", "")
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", one["_time"]):
        return Rejected("bad_time", "")
    if one["OrganizationId"] == "":
        return Rejected("without_OrganizationId", "")
    entity, entity_type = entity_of(one["UserType"], one["ClientAppId"], one["UserKey"], one["UserId"])
    if not entity:
        return Rejected("without_actor", "")
    minute = math.floor(float(one["_time"])) // 60 * 60
    if minute > now + DAY:
        return Rejected("in_the_future", "")
    counted = one["Workload"] == "MicrosoftTeams" and one["Operation"] in operations
    if counted and int(one["message_count"]) < 1:
        return Rejected("bad_message_count", "")
    ip = plain(one["ClientIP"])
    asn, organisation = asn_of_row("?" if one["asn"] is None else one["asn"], ip, asn_lookup)
    chats, record_ids = column_values(row, "chat_id"), column_values(row, "record_id")
    return Record(
        key=("aggregated", tuple(sorted((name, str(one[name])) for name in SINGLE)), chats, record_ids),
        minute=minute,
        tenant=one["OrganizationId"],
        entity=entity,
        entity_type=entity_type,
        user=one["UserId"].lower(),
        user_key=one["UserKey"].lower(),
        app_id=one["ClientAppId"].lower(),
        operation=one["Operation"],
        counted=counted,
        ip=ip,
        asn=asn,
        organisation=organisation,
        messages=int(one["message_count"]),
        records=int(one["record_count"]),
        chats=chats,
        record_ids=record_ids,
    )


def parse(row, **tables):
    """One row, of either form."""
    # "*Aggregated*, if `message_count` is not empty"; "*Raw* otherwise"
    if column(row, "message_count") != "":
        return parse_aggregated(row, **tables)
    # "a row with neither `message_count` nor `_raw` is one [malformed row]"
    if not column(row, "_raw"):
        return Rejected("neither_message_count_nor_raw", "")
    return parse_raw(row, **tables)


def read(rows, *, now, operations, asn_lookup):
    """Every row, parsed; the same record once."""
    good, rejected, taken = {}, [], 0
    for row in rows:
        taken += 1
        record = parse(row, now=now, operations=operations, asn_lookup=asn_lookup)
        if isinstance(record, Rejected):
            rejected.append(record)
            continue
        # "the same `Id` again is the same record and counts once (of differing copies the earliest counts, then the
        #  smallest text)"
        rank = (record.minute, clean(column(row, "_raw")), column(row, "asn") or "")
        if record.key not in good or rank < good[record.key][0]:
            good[record.key] = (rank, record)
    records = [record for _, record in good.values()]
    return Read(records, taken - len(rejected) - len(records), Counter(item.reason for item in rejected), taken)
