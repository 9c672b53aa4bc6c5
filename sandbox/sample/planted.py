"""The records of the plan, and the malformed ones.

Knows: how a Burst of plan.py becomes records with times of arrival.
Does not know: what the app makes of them.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Tuple

from . import records
from .draw import Draw, guid
from .networks import address, mapped, with_port
from .plan import ACTORS, BURSTS, SIGN_INS, WARM_UPS, Burst, Clock
from .tenant import APPS, DAY, HOUR, MINUTE, PEOPLE, START, TENANT, Person, moment

Delivery = Tuple[int, str, int]  # event time, text, index time

COPY_DELAY = 20 * MINUTE
MALFORMED_EVERY = 3  # days
MALFORMED_FIRST = 1


def _person(actor: str) -> Optional[Person]:
    return PEOPLE[ACTORS[actor]] if actor in ACTORS else None


def _at(clock: Clock) -> int:
    return moment(*clock)


def _shown(burst: Burst, number: int) -> Optional[str]:
    """ClientIP of a burst. The `home` address is one that the person has never had before."""
    if not burst.network:
        return None
    who = _person(burst.actor)
    if burst.network == "app":
        plain = address(APPS[burst.actor].network, burst.actor, 0)
    elif burst.network == "office" and who:
        plain = address(who.office, who.number % 4)
    elif burst.network == "home" and who:
        plain = address(who.home, "planted", burst.actor)
    else:
        plain = address(burst.network, "planted", burst.actor)
    if burst.form == "mapped":
        return mapped(plain)
    return with_port(plain, 49152 + number) if burst.form == "port" else plain


def _chats(burst: Burst) -> List[str]:
    """The chats of an actor are always the same ones; the first is with a colleague."""
    who = _person(burst.actor)
    names = [records.group_chat("planted", burst.actor, n) for n in range(burst.chats)]
    if who:
        names[0] = records.one_to_one(who, PEOPLE[who.colleagues[0]])
    return names


def _record(burst: Burst, number: int, when: int) -> Dict[str, object]:
    stamp = "%s/%d/%d" % (burst.actor, _at(burst.start), number)
    record = records.common(when, guid("planted", stamp), burst.operation, records.TEAMS)
    who = _person(burst.actor)
    if who:
        records.by_person(record, who, _shown(burst, number))
        records.through_app(record, APPS["explorer"], stamp)
        if burst.mixed_case and number % 2:
            record["UserId"] = who.user.upper()
    else:
        records.by_app(record, APPS[burst.actor], _shown(burst, number), stamp)
    chats = _chats(burst)
    turn = number % len(chats)
    first_id = _at(burst.start) * 1000 + number * 5000
    if burst.messages:
        records.read_messages(record, chats[turn:] + chats[:turn], first_id, burst.messages)
    else:
        records.read_message(record, chats[turn], first_id)
    if burst.repeated_ids:
        record["Messages"].append(dict(record["Messages"][0]))
    if burst.broken:
        del record["OrganizationId"]
    return record


def _of_burst(burst: Burst) -> Iterator[Delivery]:
    offsets = burst.offsets or tuple(range(burst.records))
    for number, offset in enumerate(offsets):
        when = _at(burst.start) + offset * MINUTE + number * 17 % 60
        text = records.as_text(_record(burst, number, when))
        arrives = _at(burst.arrives) + offset // 60 * HOUR + number % 7  # the writer needs some seconds
        for copy in range(burst.copies):
            yield when, text, arrives + copy * COPY_DELAY


def _sign_in(actor: str, clock: Clock, network: str) -> Delivery:
    when = _at(clock) + 31
    record = records.common(when, guid("sign-in", actor), "UserLoggedIn", records.AZURE)
    record["ResultStatus"] = "Success"
    records.by_person(record, PEOPLE[ACTORS[actor]], address(network, "planted", actor))
    return when, records.as_text(record), when + 70 * MINUTE


def planted() -> Iterator[Delivery]:
    """Every planted record, with its event time and index time."""
    for burst in BURSTS + WARM_UPS:
        yield from _of_burst(burst)
    for actor, clock, network in SIGN_INS:
        yield _sign_in(actor, clock, network)


def _spoilt(record: Dict[str, object], number: int) -> str:
    """One of the ways in which a record can be malformed. None of them is repaired."""
    text = records.as_text(record)
    ways = (
        lambda: text[: len(text) // 2],
        lambda: "[%s]" % text,
        lambda: records.as_text({k: v for k, v in record.items() if k != "Id"}),
        lambda: records.as_text(dict(record, Id=number)),
        lambda: records.as_text({k: v for k, v in record.items() if k != "CreationTime"}),
        lambda: records.as_text(dict(record, CreationTime="yesterday")),
        lambda: records.as_text(dict(record, OrganizationId=None)),
        lambda: records.as_text({k: v for k, v in record.items() if k not in ("UserId", "UserKey")}),
    )
    return ways[number % len(ways)]()


def malformed(days: int) -> Iterator[Delivery]:
    """A malformed read every few days, and one record that claims to be of three days later."""
    chance = Draw("malformed")
    for number, day in enumerate(range(MALFORMED_FIRST, days, MALFORMED_EVERY)):
        when = START + day * DAY + 9 * HOUR + chance.below(8 * HOUR)
        who = PEOPLE[chance.below(len(PEOPLE))]
        record = records.common(when, chance.guid(), "MessagesListed", records.TEAMS)
        records.by_person(record, who, mapped(address(who.office, who.number % 4)))
        records.read_message(record, records.one_to_one(who, PEOPLE[who.colleagues[0]]), when * 1000)
        yield when, _spoilt(record, number), when + 75 * MINUTE
    when = START + (days - 12) * DAY + 10 * HOUR
    record = records.common(when + 3 * DAY, chance.guid(), "MessagesListed", records.TEAMS)
    record["OrganizationId"] = TENANT
    records.by_person(record, PEOPLE[5], mapped(address(PEOPLE[5].office, 1)))
    yield when + 3 * DAY, records.as_text(record), when + 75 * MINUTE
