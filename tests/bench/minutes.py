"""Aggregated rows, as `stats` gives them to the command: one for each minute, person, address and operation.

Knows the columns of the cases: the 10 that the goals name, the 13 that the product's own searches send, and 46 with
`_raw` beside them, which is what a search without `stats` and `fields` would send.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Sequence

from . import streams
from .people import ADDRESSES, OPERATIONS, START, TENANT, Minute, Person, deeds, guid, person
from .records import text_of

TEN = "_time OrganizationId UserId UserType ClientIP Workload Operation message_count record_count chat_id".split()
THIRTEEN = (
    "_time OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation message_count record_count "
    "chat_id record_id"
).split()
WIDE = TEN + ["extracted_field_%02d" % number for number in range(36)] + ["_raw"]

MESSAGES = (1, 1, 2, 5)  # of a row (ours)
RECORDS = (1,) * 9 + (2,)  # of a row (ours)
THREE_CHATS = 0.05  # of the rows have up to three chats instead of one (ours)


def write(path: Path, columns: Sequence[str], rows: int, people: int, days: int = 1, chats: int = 0) -> streams.Stream:
    """A search of ``rows`` aggregated rows with these columns; ``chats`` in each row, if they are given."""
    return streams.write(path, columns, lines(columns, drawn(rows, people, days, chats)), days)


def drawn(rows: int, people: int, days: int = 1, chats: int = 0, seed: int = 1) -> Iterator[Minute]:
    """Rows of so many people over so many days, in order of time."""
    draw = random.Random(seed + 1)
    choice, uniform = draw.choice, draw.random
    known: Dict[int, Person] = {}
    for deed in deeds(rows, people, days, seed):
        who = known.get(deed.person)
        if who is None:
            who = known[deed.person] = person(deed.person)
        if chats:
            names = tuple("19:%032x@thread.v2" % draw.getrandbits(128) for _ in range(chats))
        elif uniform() < THREE_CHATS:
            names = tuple(sorted({choice(who.chats) for _ in range(3)}))
        else:
            names = (choice(who.chats),)
        records = choice(RECORDS)
        yield Minute(deed, max(records, choice(MESSAGES)), records, names)


def lines(columns: Sequence[str], of: Iterable[Minute]) -> Iterator[str]:
    """A CSV line for each row. What does not change from row to row of one person and way is put together once."""
    draw = random.Random(3)
    place = columns.index("chat_id")
    before, behind = columns[1 : columns.index("message_count")], columns[place + 1 :]
    after = [_AFTER.get(name) or _filler(name) for name in behind]
    bare = "," * len(columns) + "\n"  # what follows the plain columns where no column has several values
    people: Dict[int, Person] = {}
    parts: Dict[tuple, str] = {}
    for (minute, number, way), messages, records, chats in of:
        part = parts.get((number, way))
        if part is None:
            people[number] = person(number)
            texts = _constant(people[number], way, before)
            part = parts[number, way] = "".join(streams.quoted(text) + "," for text in texts)
        said = '%d,%s%d,%d,"%s"' % (START + 60 * minute, part, messages, records, "\n".join(chats))
        multi = {place: streams.multivalue(chats)} if len(chats) > 1 else {}
        for index, make in enumerate(after, place + 1):
            values = make(draw, people[number], minute, way, records)
            said += "," + streams.quoted("\n".join(values))
            if len(values) > 1:
                multi[index] = streams.multivalue(values)
        if multi:
            yield "%s,%s\n" % (said, ",".join(multi.get(index, "") for index in range(len(columns))))
        else:
            yield said + bare


def _constant(who: Person, way: int, names: Sequence[str]) -> List[str]:
    texts = {
        "OrganizationId": TENANT, "UserId": who.user, "UserKey": who.key, "UserType": "0",
        "ClientIP": who.addresses[way % ADDRESSES], "ClientAppId": "", "Workload": "MicrosoftTeams",
        "Operation": OPERATIONS[way // ADDRESSES],
    }
    return [texts[name] for name in names]


def _filler(name: str) -> Callable:
    """What any other column holds: words of a length like that of the fields of an audit record."""
    value = [("%s of this record" % name)[: 4 + sum(map(ord, name)) % 20]]
    return lambda *_: value


_AFTER: Dict[str, Callable] = {
    "record_id": lambda draw, who, minute, way, records: [guid(draw) for _ in range(records)],
    "_raw": lambda draw, who, minute, way, records: [text_of(draw, who, minute, way, 1)],
}
