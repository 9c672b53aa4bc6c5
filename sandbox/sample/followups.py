"""What accounts of the sample do after an export: downloads, sharing, mail, a forwarding rule, a consent.

Knows: how a FollowUp of plan.py becomes records of SharePoint, Exchange and Entra, in the shapes that these services
write (Office 365 Management Activity API schema). Does not know what the app makes of them.
"""

from __future__ import annotations

from typing import Callable, Dict, Iterator, Tuple

from . import records
from .draw import guid
from .networks import address, with_port
from .plan import ACTORS, FOLLOW_UPS, FollowUp
from .tenant import MINUTE, PEOPLE, Person, moment

Record = Dict[str, object]
ARRIVES_AFTER = 70 * MINUTE
SITE = "https://harbourline.example/sites/s7/"
OUTSIDE = "drop@outside.example"


def _file(record: Record, who: Person, number: int) -> None:
    record["ItemType"] = "File"
    record["ObjectId"] = "%sChats %02d.zip" % (SITE, number + 1)


def _link(record: Record, who: Person, number: int) -> None:
    _file(record, who, number)
    record["RecordType"] = 14  # SharePointSharingOperation


def _shared(record: Record, who: Person, number: int) -> None:
    _link(record, who, number)
    record["TargetUserOrGroupName"] = OUTSIDE.replace("@", "_") + "#ext#@harbourline.example"
    record["TargetUserOrGroupType"] = "Guest"


def _rule(record: Record, who: Person, number: int) -> None:
    record["RecordType"] = 1  # ExchangeAdmin
    record["ObjectId"] = "%s\\notes" % who.user
    record["Parameters"] = [{"Name": "Name", "Value": "notes"}, {"Name": "ForwardTo", "Value": OUTSIDE}]


def _mail(record: Record, who: Person, number: int) -> None:
    record["MailboxOwnerUPN"] = who.user
    record["Item"] = {"Subject": "Notes %d" % (number + 1)}


def _consent(record: Record, who: Person, number: int) -> None:
    record["ObjectId"] = guid("app", "consented")
    record["ResultStatus"] = "Success"
    record["ModifiedProperties"] = [{"Name": "ConsentContext.IsAdminConsent", "NewValue": "True", "OldValue": ""}]


_KINDS: Dict[str, Tuple[str, Callable[[Record, Person, int], None]]] = {
    "FileDownloaded": (records.SHAREPOINT, _file),
    "AnonymousLinkCreated": (records.SHAREPOINT, _link),
    "SharingSet": (records.SHAREPOINT, _shared),
    "AddedToSecureLink": (records.SHAREPOINT, _shared),
    "New-InboxRule": (records.EXCHANGE, _rule),
    "Send": (records.EXCHANGE, _mail),
    "Consent to application.": (records.AZURE, _consent),
}


def _record(one: FollowUp, number: int, when: int) -> Record:
    workload, complete = _KINDS[one.operation]
    who = PEOPLE[ACTORS[one.actor]]
    record = records.common(when, guid("follow-up", one.actor, one.operation, number), one.operation, workload)
    records.by_person(record, who, with_port(address(one.network, "planted", one.actor), 49152 + number))
    complete(record, who, number)
    return record


def follow_ups() -> Iterator[Tuple[int, str, int]]:
    """Every such record: event time, text, index time."""
    for one in FOLLOW_UPS:
        for number in range(one.count):
            when = moment(*one.start) + number * MINUTE + 13
            yield when, records.as_text(_record(one, number, when)), when + ARRIVES_AFTER
