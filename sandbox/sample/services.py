"""What applications do on normal days in the sample.

Knows: the timetable of each of the applications and how few messages it reads at a time: never 100
messages and never 20 records in any 60 minutes.
Does not know: what is planted, except the nights of the full backup and the hours that an application
has to leave free so that the figures in plan.py hold.
"""

from __future__ import annotations

from typing import Iterator, Optional

from . import records
from .background import Happening, Record
from .draw import Draw
from .networks import address, with_port
from .tenant import APPS, DAY, HOUR, MINUTE, PEOPLE, PLANTED_DAY, START, App, weekday

FULL_BACKUPS = (8, PLANTED_DAY)
ARCHIVE_PAUSE = range(9, 15)  # hours of that day in which the archive only writes its large record


def _by(app: App, chance: Draw, when: int, operation: str) -> Record:
    record = records.common(when, chance.guid(), operation, records.TEAMS)
    shown: Optional[str] = None
    if app.network:
        shown = address(app.network, app.key, chance.below(3))
        if chance.percent(50):
            shown = with_port(shown, 1024 + chance.below(60000))
    return records.by_app(record, app, shown, "%s/%d" % (app.key, when))


def _chat(chance: Draw) -> str:
    first = PEOPLE[chance.below(len(PEOPLE))]
    return records.one_to_one(first, PEOPLE[chance.pick(first.colleagues)])


def _backup(chance: Draw, midnight: int) -> Iterator[Happening]:
    """The nightly increment: 15 pages of at most 6 messages."""
    app = APPS["backup"]
    for page in range(15):
        when = midnight + HOUR + 97 * page + chance.below(60)
        record = _by(app, chance, when, "MessagesExported")
        yield when, records.read_messages(record, [_chat(chance)], when * 1000, chance.between(1, 6))


def _archive(chance: Draw, midnight: int, day: int) -> Iterator[Happening]:
    """Every hour one page of at most 40 messages; two of them can share 60 minutes."""
    for hour in range(24):
        if day == PLANTED_DAY and hour in ARCHIVE_PAUSE:
            continue
        when = midnight + hour * HOUR + 7 * MINUTE + chance.below(180)
        record = _by(APPS["archive"], chance, when, "MessagesExported")
        yield when, records.read_messages(record, [_chat(chance), _chat(chance)], when * 1000, chance.between(1, 40))


def _bot(chance: Draw, midnight: int) -> Iterator[Happening]:
    """At work hours every 15 minutes a page of a channel, and reads of single messages."""
    app = APPS["bot"]
    for quarter in range(28, 72):
        when = midnight + quarter * 15 * MINUTE + chance.below(240)
        record = _by(app, chance, when, "MessagesListed")
        team = chance.below(6)
        yield when, records.read_channel(
            record, records.channel("team", team), records.channel("help", team), when * 1000, chance.between(1, 4)
        )
        for _ in range(chance.below(4)):
            when += chance.between(1, 40)
            record = _by(app, chance, when, chance.pick(("MessageRead", "ChatRetrieved", "SubscribedToMessages")))
            yield when, records.read_message(record, _chat(chance), when * 1000)


def _crm(chance: Draw, midnight: int) -> Iterator[Happening]:
    """Every half hour a page of at most 20 messages; three of them can share 60 minutes."""
    for half in range(48):
        when = midnight + half * 30 * MINUTE + chance.below(120)
        record = _by(APPS["crm"], chance, when, "MessagesListed")
        yield when, records.read_messages(record, [_chat(chance)], when * 1000, chance.between(1, 20))


def _meetings(chance: Draw, midnight: int) -> Iterator[Happening]:
    """After each meeting one read of its chat, a message at a time; at most 3 an hour."""
    for hour in range(7, 19):
        for _ in range(chance.below(4)):
            when = midnight + hour * HOUR + chance.below(HOUR)
            chat = "19:meeting_%s@thread.v2" % chance.guid().replace("-", "")
            record = _by(APPS["meetings"], chance, when, "MessagesListed")
            yield when, records.read_message(record, chat, when * 1000)


def _directory(chance: Draw, midnight: int) -> Iterator[Happening]:
    """Entra's own housekeeping: no person, and a ClientIP that is only the text `<null>`."""
    for _ in range(chance.between(20, 40)):
        when = midnight + chance.below(DAY)
        record = records.common(when, chance.guid(), "Update user.", records.AZURE)
        record.update(UserKey="Not Available", UserType=4, UserId="fim_password_service@support", ClientIP="<null>")
        record["ResultStatus"] = "Success"
        record["ObjectId"] = chance.pick(PEOPLE).user
        yield when, record


def of_day(day: int) -> Iterator[Happening]:
    """Everything that the applications do on one day (UTC) of the sample."""
    midnight = START + day * DAY
    if day not in FULL_BACKUPS:
        yield from _backup(Draw("backup", day), midnight)
    yield from _archive(Draw("archive", day), midnight, day)
    yield from _crm(Draw("crm", day), midnight)
    yield from _directory(Draw("directory", day), midnight)
    if weekday(day) < 5:
        yield from _bot(Draw("bot", day), midnight)
        yield from _meetings(Draw("meetings", day), midnight)
