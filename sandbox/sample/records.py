"""What an audit record of the sample looks like.

Knows: the names and shapes of the fields of Entra, Exchange, SharePoint and Teams records, and the
text that the add-on writes: one JSON object, `, ` and `: ` between its parts.
Does not know: who does what and when.
"""

from __future__ import annotations

import json
import time
from typing import Dict, Iterable, List, Optional

from . import draw
from .tenant import TENANT, App, Person

as_text = json.JSONEncoder(ensure_ascii=False).encode  # `, ` and `: ` are its defaults

AZURE, EXCHANGE, SHAREPOINT, ONEDRIVE, TEAMS = (
    "AzureActiveDirectory", "Exchange", "SharePoint", "OneDrive", "MicrosoftTeams")  # fmt: skip
RECORD_TYPE = {"UserLoggedIn": 15, "UserLoginFailed": 15, "MailItemsAccessed": 50, "Update user.": 8}
RECORD_TYPE_OF_WORKLOAD = {AZURE: 8, EXCHANGE: 2, SHAREPOINT: 6, ONEDRIVE: 6, TEAMS: 25}


def creation_time(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))


def common(moment: int, record_id: str, operation: str, workload: str) -> Dict[str, object]:
    """The fields that every record has, in the order in which they arrive."""
    return {
        "CreationTime": creation_time(moment),
        "Id": record_id,
        "Operation": operation,
        "OrganizationId": TENANT,
        "RecordType": RECORD_TYPE.get(operation, RECORD_TYPE_OF_WORKLOAD[workload]),
        "UserKey": "",
        "UserType": 0,
        "Version": 1,
        "Workload": workload,
    }


def by_person(record: Dict[str, object], person: Person, client_ip: Optional[str]) -> Dict[str, object]:
    """Adds the actor. Exchange knows people by another key; an address of None leaves the field out."""
    record["UserKey"] = person.puid if record["Workload"] == EXCHANGE else person.object_id
    record["UserId"] = person.user
    if client_ip is not None:
        record["ClientIP"] = client_ip
    return record


def by_app(record: Dict[str, object], app: App, client_ip: Optional[str], stamp: str) -> Dict[str, object]:
    """Adds an application as the actor, with the client id that names it."""
    if app.user_key == "-":
        del record["UserKey"]
    else:
        record["UserKey"] = app.user_key
    if app.user_type is None:
        del record["UserType"]
    else:
        record["UserType"] = app.user_type
    record["UserId"] = app.user_id
    if client_ip is not None:
        record["ClientIP"] = client_ip
    return through_app(record, app, stamp)


def through_app(record: Dict[str, object], app: App, stamp: str) -> Dict[str, object]:
    """Adds the application by which somebody acted. `stamp` makes its tokens unlike others."""
    record["AppAccessContext"] = {
        "APIId": "00000003-0000-0000-C000-000000000000",  # Microsoft Graph
        "ClientAppId": app.client_id,
        "CorrelationId": draw.guid("correlation", stamp),
        "UniqueTokenId": "%022x" % (draw.number("token", stamp) % 16**22),
    }
    return record


def one_to_one(first: Person, second: Person) -> str:
    """The chat of two people: both object ids, sorted."""
    return "19:%s_%s@unq.gbl.spaces" % tuple(sorted((first.object_id, second.object_id)))


def group_chat(*names: object) -> str:
    return "19:%032x@thread.v2" % (draw.number("group", *names) >> 128)


def channel(*names: object) -> str:
    return "19:%032x@thread.tacv2" % (draw.number("channel", *names) >> 128)


def read_message(record: Dict[str, object], chat: str, message_id: int) -> Dict[str, object]:
    """A record of one message, named at the top level; it has no Messages."""
    record["ChatThreadId"] = chat
    record["CommunicationType"] = "OneOnOne" if chat.endswith("spaces") else "GroupChat"
    record["MessageId"] = str(message_id)
    record["MessageVersion"] = str(message_id)
    return record


def read_messages(record: Dict[str, object], chats: Iterable[str], first_id: int, count: int) -> Dict[str, object]:
    """A record of `count` messages, spread over the chats in turn. Message ids are milliseconds."""
    names: List[str] = list(chats)
    record["Messages"] = [
        {"ChatThreadId": names[n % len(names)], "Id": str(first_id + n), "SizeInBytes": 120 + (first_id + n * 37) % 900}
        for n in range(count)
    ]
    return record


def read_channel(record: Dict[str, object], team: str, place: str, first_id: int, count: int) -> Dict[str, object]:
    """The same of a channel, where the conversation is named by ChannelGuid."""
    record["TeamGuid"] = team
    record["Messages"] = [
        {"ChannelGuid": place, "Id": str(first_id + n), "ParentMessageId": str(first_id), "TeamGuid": team}
        for n in range(count)
    ]
    return record
