"""A naive reading of the sample's raw JSON, to count again what is planted.

Knows: the contract's words on records, entities and triggers, in the simplest form that the sample needs, and the
sample's table of networks. Does not know: the generator, the plan, the app.
"""

from __future__ import annotations

import ipaddress
import json
from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timezone

from sandbox.sample.networks import NETWORKS

COUNTED = ("MessagesListed", "MessagesExported")


def usable_records(events):
    """Every usable record once, by Id; the unusable ones are left out."""
    found = {}
    for event in events:
        try:
            record = json.loads(event.raw)
        except ValueError:
            continue
        usable = isinstance(record, dict) and not any(faults(record)) and event.time - event.indextime < 86400
        if usable and record["CreationTime"][:2] == "20":
            found.setdefault(record["Id"], record)
    return list(found.values())


def faults(record):
    """Which of the parts that a record must have are absent, or no text."""
    for name in ("Id", "CreationTime", "OrganizationId", "UserId"):
        if not isinstance(record.get(name), str) or not record[name]:
            yield name, name in record


def entity_of(record):
    """User types 4 to 8, or none at all with a client id and no `@`, are applications."""
    client = (record.get("AppAccessContext") or {}).get("ClientAppId")
    kind = str(record.get("UserType", ""))
    if (kind in "45678" and kind) or (kind == "" and client and "@" not in record["UserId"]):
        return "app:" + (client or record.get("UserKey") or record["UserId"]).lower()
    return "user:" + record["UserId"].lower()


def minute_of(record):
    return int(datetime.fromisoformat(record["CreationTime"][:16]).replace(tzinfo=timezone.utc).timestamp())


def messages_of(record):
    return len({message["Id"] for message in record.get("Messages", ())}) or 1


def chats_of(record):
    named = [record] + record.get("Messages", [])
    found = (m.get("ChatThreadId") or m.get("ChannelGuid") or m.get("TeamGuid") for m in named)
    return {chat for chat in found if chat}


def asn_of(record):
    text = record.get("ClientIP") or ""
    if text.startswith("["):
        text = text[1 : text.index("]")]
    elif text.count(":") == 1:
        text = text.split(":")[0]
    try:
        place = ipaddress.ip_address(text.replace("::ffff:", ""))
    except ValueError:
        return None
    for network in NETWORKS.values():
        block = ipaddress.ip_network(network.prefix)
        if block.version == place.version and place in block:
            return network.asn or None
    return None


def by_entity(records):
    """entity -> the counted records, by time."""
    found = defaultdict(list)
    for record in records:
        if record["Workload"] == "MicrosoftTeams" and record["Operation"] in COUNTED:
            found[entity_of(record)].append(record)
    for mine in found.values():
        mine.sort(key=minute_of)
    return found


def triggers(mine):
    """(t, start of the window) of every minute that reaches a threshold; counted afresh for each minute."""
    times, sizes = list(map(minute_of, mine)), list(map(messages_of, mine))
    for t in sorted(set(times)):
        first, end = bisect_right(times, t - 3600), bisect_right(times, t)
        if end - first >= 20 or sum(sizes[first:end]) >= 100:
            yield t, times[first]
