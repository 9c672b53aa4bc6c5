"""Raw audit records of about 1.3 KB, as the Office 365 add-on indexes them; and the same ones added up to the minute.

Knows what a record of Microsoft Teams through Graph looks like: the fields are those of Microsoft's schema, their
values are synthetic. Programs read page by page, so a person's records of a minute come by several (READS, ours).
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

from . import streams
from .people import ADDRESSES, OPERATIONS, START, TENANT, Minute, Person, deeds, guid, person

COLUMNS = "_time _raw host index source sourcetype _indextime _cd".split()
READS = (2, 3, 4)  # records of one person, way and minute (ours)
MESSAGES = (1, 1, 1, 2)  # of a record (ours)
MEAN_READS = sum(READS) / len(READS)
_TEXT = (
    '{"CreationTime": "%s", "Id": "%s", "Operation": "%s", "OrganizationId": "%s", "RecordType": 25, "UserKey": "%s", '
    '"UserType": 0, "Version": 1, "Workload": "MicrosoftTeams", "ClientIP": "%s", "UserId": "%s", "AppAccessContext": '
    '{"AADSessionId": "%s", "APIId": "00000003-0000-0000-c000-000000000000", "ClientAppId": "", '
    '"ClientAppName": "Graph reader", "CorrelationId": "%s", "IssuedAtTime": "%s", "UniqueTokenId": "%s"}, '
    '"ChatThreadId": "%s", "CommunicationType": "GroupChat", "ExtraProperties": [{"Key": "TimeZone", "Value": '
    '"Europe/Berlin"}, {"Key": "OsName", "Value": "unknown"}, {"Key": "UserAgent", "Value": "python-requests/2.32 '
    '(a client that reads page after page)"}, {"Key": "Country", "Value": "de"}], "Messages": [%s], "ItemName": '
    '"%s", "ResultStatus": "Succeeded"}'
)
_MESSAGE = '{"Id": "%d", "ChatThreadId": "%s", "SizeInBytes": %d, "Version": "%d"}'


def text_of(draw: random.Random, who: Person, minute: int, way: int, messages: int, chat: str = "") -> str:
    """One record as JSON text, of so many messages of one chat."""
    chat = chat or who.chats[draw.randrange(len(who.chats))]
    bits = draw.getrandbits(64)
    first = 1_700_000_000_000 + bits % 10_000_000_000
    stamp = _moment(START + 60 * minute + bits % 60)
    listed = ", ".join(_MESSAGE % (first + place, chat, 100 + place * 37, first + place) for place in range(messages))
    token = "%016x" % bits
    return _TEXT % (
        stamp, guid(draw), OPERATIONS[way // ADDRESSES], TENANT, who.key, who.addresses[way % ADDRESSES], who.user,
        token + "-0000-4000-8000-000000000000", token + "-1111-4000-8000-000000000000", stamp, token + "AAAAAA",
        chat, listed, chat,
    )


def write(folder: Path, total: int, people: int, seed: int = 1) -> Tuple[streams.Stream, Path, List[Minute]]:
    """About ``total`` raw records as a search and as NDJSON, and the minutes that they add up to."""
    minutes: List[Minute] = []
    ndjson = folder / "records.ndjson"
    with ndjson.open("w", encoding="utf-8") as out:
        stream = streams.write(folder / "raw", COLUMNS, _lines(total, people, seed, out, minutes))
    return stream, ndjson, minutes


def _lines(total: int, people: int, seed: int, ndjson, minutes: List[Minute]) -> Iterator[str]:
    draw = random.Random(seed + 2)
    known: Dict[int, Person] = {}
    tail = ',"splunk-search","o365","audit","o365:management:activity",%d,"7:%d"' + "," * len(COLUMNS) + "\n"
    written = 0
    for deed in deeds(int(total / MEAN_READS), people, seed=seed):
        who = known.get(deed.person)
        if who is None:
            who = known[deed.person] = person(deed.person)
        reads = draw.choice(READS)
        added, chats = 0, set()
        for _ in range(reads):
            chat, messages = draw.choice(who.chats), draw.choice(MESSAGES)
            text = text_of(draw, who, deed.minute, deed.way, messages, chat)
            ndjson.write(text + "\n")
            written += 1
            moment = START + 60 * deed.minute
            yield '"%d.000",%s' % (moment, streams.quoted(text)) + tail % (moment + 4000, written)
            added += messages
            chats.add(chat)
        minutes.append(Minute(deed, added, reads, tuple(sorted(chats))))


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
