"""The sample history: every event of 45 days in the order in which it reaches the index.

Knows: how late records arrive (Microsoft: typically 60 to 90 minutes, no promise), that the service
delivers some twice, and that they come out of order.
Does not know: what the records say.
"""

from __future__ import annotations

from typing import Iterator, List, NamedTuple

from . import background, followups, planted, records, services
from .draw import Draw
from .tenant import DAYS, HOUR, MINUTE, PEOPLE

DUPLICATES_PERCENT = 5


class Event(NamedTuple):
    """One event as the index holds it: text, event time and index time in epoch seconds."""

    raw: str
    time: int
    indextime: int


def _delay(chance: Draw) -> int:
    """Seconds from an event to its arrival, shares in thousandths."""
    share = chance.below(1000)
    if share < 60:
        return chance.between(20 * MINUTE, 60 * MINUTE)
    if share < 920:
        return chance.between(60 * MINUTE, 90 * MINUTE)
    if share < 988:
        return chance.between(90 * MINUTE, 10 * HOUR)
    return chance.between(24 * HOUR, 48 * HOUR) if share < 998 else chance.between(48 * HOUR, 5 * 24 * HOUR)


def _copy_delay(chance: Draw) -> int:
    """Seconds from the first arrival of a record to that of its copy."""
    return chance.between(5 * MINUTE, 3 * HOUR) if chance.percent(90) else chance.between(3 * HOUR, 30 * HOUR)


def _of_day(day: int) -> Iterator[Event]:
    chance = Draw("arrival", day)
    for person in PEOPLE:
        for when, record in background.of_person(person, day):
            if chance.below(200) == 0:  # other ways to fetch the audit log write the zone, or a fraction
                record["CreationTime"] = "%s%s" % (record["CreationTime"], chance.pick(("Z", ".000Z", ".437")))
            yield Event(records.as_text(record), when, when + _delay(chance))
    for when, record in services.of_day(day):
        yield Event(records.as_text(record), when, when + _delay(chance))


def _once() -> Iterator[Event]:
    for day in range(DAYS):
        yield from _of_day(day)
    for when, text, arrives in planted.planted():
        yield Event(text, when, arrives)
    for when, text, arrives in followups.follow_ups():
        yield Event(text, when, arrives)
    for when, text, arrives in planted.malformed(DAYS):
        yield Event(text, when, arrives)


def events() -> List[Event]:
    """All events by index time. Some records occur twice, to the byte; the copy arrives later."""
    chance = Draw("copies")
    found: List[Event] = []
    for event in _once():
        found.append(event)
        if chance.percent(DUPLICATES_PERCENT):
            found.append(event._replace(indextime=event.indextime + _copy_delay(chance)))
    found.sort(key=lambda event: event.indextime)  # stable: the order of making decides between equals
    return found
