"""Who does what when: the people of a tenant, and the minutes in which they read messages. Synthetic, seeded.

Knows how activity is spread: lognormal over people, evenly over a person's day (one row at random in each n-th of
it), so that it is how active somebody is that decides whether he reaches a threshold. Knows nothing of columns.
"""

from __future__ import annotations

import math
import random
from array import array
from typing import Iterator, List, NamedTuple, Tuple

START = 1_790_035_200  # epoch seconds, a midnight UTC; every stream begins here
MINUTES = 1440  # of a day
TENANT = "11111111-2222-4333-8444-555555555555"
OPERATIONS = ("MessagesListed", "MessagesExported")  # both are counted
ADDRESSES = 2  # of a person (ours)
CHATS = 20  # of a person (ours)
SKEW = 0.3  # sigma of the lognormal activity (ours): 5 people in 100 are at least 1.6 times as active as the mean
WAYS = ADDRESSES * len(OPERATIONS)
_PEOPLE = 1 << 24  # more than any stream has


class Person(NamedTuple):
    """What a record says of its actor."""

    user: str
    key: str
    addresses: Tuple[str, ...]
    chats: Tuple[str, ...]


class Deed(NamedTuple):
    """A row to be: a person, by number, in a minute since START, in one of his WAYS (an address and an operation)."""

    minute: int
    person: int
    way: int


class Minute(NamedTuple):
    """What an aggregated row adds the records of one deed up to."""

    deed: Deed
    messages: int
    records: int
    chats: Tuple[str, ...]


def user_of(number: int) -> str:
    """The user name of the person of a number."""
    return "person%06d@bench.example" % number


def person(number: int) -> Person:
    """The person of a number, always the same."""
    draw = random.Random(number)
    addresses = [
        "%d.%d.%d.%d" % (draw.choice((8, 23, 62, 91)), *(draw.randrange(1, 255) for _ in range(3)))
        for _ in range(ADDRESSES)
    ]
    if number % 7 == 0:  # 1 in 7 comes by IPv6 too (ours)
        addresses[-1] = "2600:%x:%x::%x" % tuple(draw.randrange(1, 0xFFFF) for _ in range(3))
    chats = tuple("19:%032x@thread.v2" % draw.getrandbits(128) for _ in range(CHATS))
    return Person(user_of(number), guid(draw), tuple(addresses), chats)


def guid(draw: random.Random) -> str:
    """A random GUID as text."""
    text = "%032x" % draw.getrandbits(128)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def shares(total: int, people: int, seed: int) -> List[int]:
    """``total`` deeds of a day, split among people; for one seed everybody is always as active compared with others."""
    draw = random.Random(seed)
    weights = [draw.lognormvariate(0, SKEW) for _ in range(people)]
    scale, carried, found = total / math.fsum(weights), 0.0, []
    for weight in weights:
        carried += weight * scale
        found.append(int(carried))
        carried -= found[-1]
    found[-1] += total - sum(found)
    if max(found) > MINUTES * WAYS // 2:
        raise ValueError("%d rows a day are too many for %d people: rows must differ" % (total, people))
    return found


def deeds(total: int, people: int, days: int = 1, seed: int = 1) -> Iterator[Deed]:
    """``total`` deeds over ``days``, in order of time; no two are the same."""
    draw = random.Random(seed)
    for day in range(days):
        of_day = total * (day + 1) // days - total * day // days
        yield from _of_day(shares(of_day, people, seed), day * MINUTES, draw)


def _of_day(counts: List[int], first_minute: int, draw: random.Random) -> Iterator[Deed]:
    packed, uniform = array("Q"), draw.random
    for number, count in enumerate(counts):
        taken = set()
        for place in range(count):
            minute = int((place + uniform()) * MINUTES / count)
            cell = minute * WAYS + int(uniform() * uniform() * WAYS)  # mostly the first of his ways
            while cell in taken:
                cell = (cell + 1) % (MINUTES * WAYS)
            taken.add(cell)
            packed.append((cell // WAYS * _PEOPLE + number) * WAYS + cell % WAYS)
    for code in sorted(packed):
        code, way = divmod(code, WAYS)
        minute, number = divmod(code, _PEOPLE)
        yield Deed(first_minute + minute, number, way)
