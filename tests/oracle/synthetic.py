"""Audit records made up for tests: a plain description of one (`Event`) and its two forms as rows.

Knows the tables that go with them (addresses, roles, operations). Every name is invented.
Does not know Hypothesis, and does not judge.
"""

from __future__ import annotations

import json
from collections import namedtuple
from datetime import datetime, timezone

DAY = 86400
EPOCH = 1767571200  # 2026-01-05T00:00:00Z, the first midnight of every synthetic history
COUNTED = ("MessagesExported", "MessagesListed")
TENANTS = ("t1", "t2")
CHATS = ("c1", "c2", "c3", "c4")
ADDRESSES = {"8.8.8.8": (100, "Hundred"), "9.9.9.9": (200, "Two"), "2600::1": (300, "Three")}
CLIENT_IPS = (
    "8.8.8.8",
    "8.8.8.8:443",
    "9.9.9.9",
    "[2600::1]:443",
    "::ffff:9.9.9.9",
    "10.0.0.1",
    "1.0.0.1",
    "<null>",
    "",
)
ROLES_TABLE = [
    {"role_template_id": "r-admin", "role": "Global Administrator", "privileged": "1"},
    {"role_template_id": "r-teams", "role": "Teams Administrator", "privileged": "1"},
    {"role_template_id": "r-read", "role": "Reports Reader", "privileged": "0"},
]
# (UserId, UserKey, UserType, client app id): two people, an app by id, an app by key, a person through an app
ACTORS = (
    ("Ann@T", "k-ann", 0, ""),
    ("bob@t", "k-bob", "2", ""),
    ("svc", "k-svc", None, "App-1"),
    ("svc2", "k-2", 5, ""),
    ("ann@t", "k-ann", None, "app-2"),
)

# `copies` of an Event say the same Id again; `names` are the ids of its messages; `chats` one for the record and for
#  each message
Event = namedtuple("Event", "id second tenant actor workload operation client_ip asn names chats")


def asn_lookup(address):
    """The synthetic ASN table."""
    return ADDRESSES.get(address)


def is_counted(event):
    return event.workload == "MicrosoftTeams" and event.operation in COUNTED


def creation_time(second):
    return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def raw(event):
    """The raw row of `event`."""
    user_id, user_key, user_type, app_id = event.actor
    audit = {
        "Id": event.id,
        "CreationTime": creation_time(event.second) + ("Z" if event.second % 2 else ""),
        "OrganizationId": event.tenant,
        "UserId": user_id,
        "UserKey": user_key,
        "Workload": event.workload,
        "Operation": event.operation,
        "ClientIP": event.client_ip,
    }
    if user_type is not None:
        audit["UserType"] = user_type
    if app_id:
        audit["AppAccessContext"] = {"ClientAppId": app_id}
    if event.chats[:1] != ("",):
        audit["ChatThreadId"] = event.chats[0]
    if event.names:
        audit["Messages"] = [
            {"Id": name, "ChannelGuid" if number % 2 else "ChatThreadId": event.chats[(number + 1) % len(event.chats)]}
            for number, name in enumerate(event.names)
        ]
    row = {"_raw": json.dumps(audit)}
    if event.asn is not None:
        row["asn"] = event.asn
    return row


def chats_of(event):
    """The conversations that `raw(event)` names."""
    named = {event.chats[(number + 1) % len(event.chats)] for number in range(len(event.names))}
    return (named | {event.chats[0]}) - {""}


def aggregated(events):
    """The rows that an upstream search would make of distinct events.

    By the minute, or by the day where not counted.
    """
    groups = {}
    for event in events:
        minute = event.second // 60 * 60
        span = minute if is_counted(event) else minute // DAY
        by = (span, event.tenant, event.actor, event.workload, event.operation, event.client_ip, event.asn)
        groups.setdefault(by, []).append(event)
    rows = []
    for (_, tenant, actor, workload, operation, client_ip, asn), group in groups.items():
        user_id, user_key, user_type, app_id = actor
        row = {
            "_time": str(min(event.second for event in group) // 60 * 60),
            "OrganizationId": tenant,
            "UserId": user_id,
            "UserKey": user_key,
            "UserType": "" if user_type is None else str(user_type),
            "ClientIP": client_ip,
            "ClientAppId": app_id,
            "Workload": workload,
            "Operation": operation,
            "message_count": str(sum(len(set(event.names)) or 1 for event in group)),
            "record_count": str(len(group)),
            "chat_id": sorted(set().union(*map(chats_of, group))),
            "record_id": sorted(event.id for event in group),
        }
        if asn is not None:
            row["asn"] = asn
        rows.append(row)
    return rows


def malformed():
    """One row for each way to be malformed."""
    good = {
        "Id": "m",
        "CreationTime": creation_time(EPOCH),
        "OrganizationId": "t1",
        "UserId": "ann@t",
        "Workload": "MicrosoftTeams",
        "Operation": "MessagesExported",
    }
    broken = [
        {"Id": None},
        {"Id": ""},
        {"Id": 7},
        {"CreationTime": None},
        {"CreationTime": "yesterday"},
        {"CreationTime": "2026-02-30T00:00:00"},
        {"CreationTime": "2999-01-01T00:00:00"},
        {"OrganizationId": ""},
        {"OrganizationId": ["t1"]},
        {"UserId": ""},
        {"UserId": None},
        {"UserType": 4, "UserId": "", "UserKey": ""},
    ]
    rows = [{"_raw": json.dumps({**good, **change})} for change in broken]
    rows += [{"_raw": "{"}, {"_raw": "[]"}, {"_raw": ""}, {"message_count": ""}, {}, {"_raw": "null"}]
    columns = aggregated([event_of_ann()])[0]
    for change in (
        {"message_count": "many"},
        {"message_count": "-1"},
        {"record_count": "0"},
        {"record_count": "x"},
        {"_time": ""},
        {"_time": "noon"},
        {"OrganizationId": ""},
        {"UserId": ""},
    ):
        rows.append({**columns, **change})
    return rows


def event_of_ann(**changes):
    """A counted record of one message, to be varied."""
    plain = Event("r1", EPOCH, "t1", ACTORS[0], "MicrosoftTeams", "MessagesExported", "8.8.8.8", None, (), ("c1",))
    return plain._replace(**changes)
