"""What people do on normal days in the sample.

Knows: when each person works, from where, and what audit records that leaves: sign-ins, mail, files,
Teams, and now and then a few Graph reads through a query tool.
Does not know: what is planted, except who takes part in it: those people make no Graph reads here.
"""

from __future__ import annotations

from typing import Callable, Dict, Iterator, List, Optional, Tuple

from . import records
from .draw import Draw
from .networks import address, mapped, with_port
from .plan import ACTORS, NEWCOMER_DAYS
from .tenant import APPS, DAY, HOUR, MINUTE, PEOPLE, PLANTED_DAY, START, Person, weekday

Record = Dict[str, object]
Happening = Tuple[int, Record]  # epoch seconds, the record

_PLANTED = frozenset(ACTORS.values())
_FILES = (
    "Offer.docx", "Budget 2026.xlsx", "Minutes.docx", "Schichtplan.xlsx", "Roadmap.pptx", "Søknad.pdf", "Notes.one",
)  # fmt: skip
_AGENTS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4)", "OneDrive/24.1")
_TEAMS = [Draw("team", n).guid() for n in range(24)]
_ROLES = ({"Role": 0}, {"Role": 1})


def _sign_in(chance: Draw, when: int, who: Person, plain: str) -> Record:
    failed = chance.percent(4)
    record = records.common(when, chance.guid(), "UserLoginFailed" if failed else "UserLoggedIn", records.AZURE)
    record["ResultStatus"] = "Failed" if failed else "Success"
    records.by_person(record, who, with_port(plain, 1024 + chance.below(60000)) if chance.percent(20) else plain)
    record["ExtendedProperties"] = [{"Name": "RequestType", "Value": "OAuth2:Authorize"}]
    return record


def _mail(chance: Draw, when: int, who: Person, plain: str) -> Record:
    operation = chance.pick(("MailItemsAccessed", "MailItemsAccessed", "MailItemsAccessed", "Send", "Update"))
    record = records.common(when, chance.guid(), operation, records.EXCHANGE)
    form = chance.below(20)
    shown: Optional[str] = with_port(plain, 1024 + chance.below(60000)) if form < 9 else plain
    if form == 19:
        shown = chance.pick(("::1", "FE80::", "<null>"))
    elif form == 18:
        shown = None
    records.by_person(record, who, shown)
    record["ClientIPAddress"] = plain
    record["MailboxOwnerUPN"] = who.user
    return record


def _file(chance: Draw, when: int, who: Person, plain: str) -> Record:
    operation = chance.pick(("FileAccessed", "FileAccessed", "FileModified", "FileDownloaded", "PageViewed"))
    workload = chance.pick((records.SHAREPOINT, records.ONEDRIVE))
    record = records.common(when, chance.guid(), operation, workload)
    form = chance.below(25)
    if form == 0:
        plain = ""
    elif form == 1:
        plain = "0.0.0.0"  # noqa: S104 - what SharePoint writes
    elif form == 2:
        plain = address("private", who.number)
    elif form < 5:  # Microsoft's own machines speak for the user
        plain = address("cloud-microsoft6" if form == 3 else "cloud-microsoft", who.number % 40)
    records.by_person(record, who, plain)
    record["ItemType"] = "File"
    record["ObjectId"] = "https://harbourline.example/sites/s%d/%s" % (chance.below(40), chance.pick(_FILES))
    record["UserAgent"] = chance.pick(_AGENTS)
    return record


def _teams(chance: Draw, when: int, who: Person, plain: str) -> Record:
    kind = chance.below(6)
    if kind == 0:
        record = records.common(when, chance.guid(), "MemberAdded", records.TEAMS)
        records.by_person(record, who, None)  # such records have no ClientIP
        record["TeamGuid"] = records.channel("team", chance.below(24))
        record["Members"] = [dict(_ROLES[n], UPN=PEOPLE[other].user) for n, other in enumerate(who.colleagues[:2])]
        return record
    other = PEOPLE[chance.pick(who.colleagues)]
    operation = ("TeamsSessionStarted", "MessageCreatedHasLink", "ChatCreated", "MeetingParticipantDetail")[kind % 4]
    record = records.common(when, chance.guid(), operation, records.TEAMS)
    records.by_person(record, who, mapped(plain))
    if operation != "TeamsSessionStarted":
        record["ChatThreadId"] = records.one_to_one(who, other)
        record["CommunicationType"] = "OneOnOne"
    if operation == "MessageCreatedHasLink":
        record["ExtraProperties"] = [{"Key": "TimeZone", "Value": "UTC"}]
        record["MessageId"] = record["MessageVersion"] = str(when * 1000 + chance.below(1000))
    return record


_KINDS: List[Callable[[Draw, int, Person, str], Record]] = [
    _sign_in, _mail, _mail, _mail, _file, _file, _file, _teams, _teams,
]  # fmt: skip


def _where(chance: Draw, who: Person, day: int, late: bool) -> str:
    """Phones are everywhere; evenings and home days are at home; home addresses change by the week."""
    if chance.percent(8):
        return address(who.mobile, who.number, day)
    if late or weekday(day) in who.at_home or weekday(day) > 4:
        return address(who.home, who.number, day // 7)
    return address(who.office, who.number % 4)


def _reads(chance: Draw, when: int, who: Person, plain: str) -> Iterator[Happening]:
    """A few messages through the query tool: at most 8 pages of 5, half a minute apart."""
    other = PEOPLE[chance.pick(who.colleagues)]
    for page in range(chance.between(1, 8)):
        moment = when + 30 * page
        record = records.common(moment, chance.guid(), "MessagesListed", records.TEAMS)
        records.by_person(record, who, mapped(plain))
        records.through_app(record, APPS["explorer"], "%d/%d" % (who.number, moment))
        yield moment, records.read_messages(
            record, [records.one_to_one(who, other)], when * 1000 + page * 100, chance.between(1, 5)
        )


def of_person(who: Person, day: int) -> Iterator[Happening]:
    """Everything that one person does on one day (UTC) of the sample."""
    if who.number == ACTORS["newcomer"] and day <= PLANTED_DAY and day not in NEWCOMER_DAYS:
        return
    chance = Draw("day", who.number, day)
    working = weekday(day) not in who.off
    if not working and not chance.percent(12):
        return
    midnight = START + day * DAY
    start = midnight + (8 - who.zone) * HOUR + chance.between(-60, 60) * MINUTE
    for number in range(chance.between(9, 21) if working else chance.between(1, 4)):
        late = number > 0 and chance.percent(12)
        when = start + (9 * HOUR + chance.below(3 * HOUR) if late else chance.below(9 * HOUR))
        if when >= midnight + DAY:
            when -= 6 * HOUR  # New York evenings would run into the next day
        act = chance.pick(_KINDS) if number else _sign_in
        yield when, act(chance, when, who, _where(chance, who, day, late))
    if working and who.number not in _PLANTED and who.number % 9 == 4 and chance.percent(30):
        when = start + chance.below(8 * HOUR)
        yield from _reads(chance, when, who, _where(chance, who, day, False))
