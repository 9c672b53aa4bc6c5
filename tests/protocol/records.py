"""Rows for tests of the commands: audit records, aggregated rows, bursts of them.

Knows the shape of an Office 365 record; all values are made up. Addresses are of well-known public resolvers, because a
network must have an ASN to be told from another.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone

from tests.protocol.site import NOW

DAY, HOUR, MINUTE = 86400, 3600, 60
TENANT = "contoso"
HOME, ABROAD = "8.8.8.8", "1.1.1.1"  # two networks


def stamp(moment):
    """Epoch seconds as an audit record writes them."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def record(number, moment, user="ann@contoso.example", messages=5, chat="chat-1", **more):
    """One audit record of listed messages, as a dict."""
    return dict(
        {
            "Id": "id-%s" % number,
            "CreationTime": stamp(moment),
            "OrganizationId": TENANT,
            "UserId": user,
            "UserType": 0,
            "UserKey": "key of " + user,
            "Workload": "MicrosoftTeams",
            "Operation": "MessagesListed",
            "ClientIP": HOME,
            "Messages": [{"Id": "m%s.%d" % (number, index), "ChatThreadId": chat} for index in range(messages)],
        },
        **more,
    )


def raw(document, **columns):
    """A row as the index gives it: the record as JSON in ``_raw``, and other columns beside it."""
    text = document if isinstance(document, str) else json.dumps(document)
    return dict({"_time": str(NOW), "_raw": text, "sourcetype": "o365:management:activity", "junk": "x"}, **columns)


def burst(user="ann@contoso.example", start=NOW - 2 * HOUR, records=40, **more):
    """Rows of one entity that reach both thresholds: two records a minute."""
    return [
        raw(record("%s-%d-%d" % (user, start, index), start + 30 * index, user, **more)) for index in range(records)
    ]


def aggregated(moment, user="ann@contoso.example", messages=200, records=20, **more):
    """A row that stands for several records of one minute."""
    return dict(
        {
            "_time": str(moment),
            "OrganizationId": TENANT,
            "UserId": user,
            "UserKey": "key of " + user,
            "UserType": "0",
            "ClientIP": HOME,
            "ClientAppId": "",
            "Workload": "MicrosoftTeams",
            "Operation": "MessagesListed",
            "message_count": str(messages),
            "record_count": str(records),
            "chat_id": ["chat-1", "chat-2"],
            "record_id": ["r1", "r2"],
        },
        **more,
    )


def history(user="ann@contoso.example", days=20, before=NOW, address=HOME):
    """One sign-in a day, which is activity and a network but no export."""
    return [
        raw(
            record(
                "%s-day-%d" % (user, day),
                before - day * DAY,
                user,
                0,
                ClientIP=address,
                Workload="AzureActiveDirectory",
                Operation="UserLoggedIn",
            )
        )
        for day in range(1, days + 1)
    ]


OFF = "activation=0d"  # alerts at once, without two weeks of history
