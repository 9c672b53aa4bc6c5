"""What is planted in the sample, and what comes of it by the contract.

Knows: every planted burst of Graph reads (who, when, how much, from where, when it arrives),
beside each the alert that the contract makes of it, and what two of the accounts do afterwards. The figures are worked out here by hand, from
the plan; no code of the app is asked. Nearly everything happens on day 36, 2026-03-10 (UTC).
Does not know: how records are written (planted.py), nor how the expected list is (outcome.py).

Thresholds: 100 messages or 20 records within 60 minutes, 5 chats, 3 days of history, one day of
deduplication. Unless said otherwise a burst is 12 records of 10 messages, one a minute: the tenth
brings it to 100, so it triggers 9 minutes after its start and holds 120 messages in the end.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple

from .tenant import PLANTED_DAY

Clock = Tuple[int, str]  # day of the sample, HH:MM UTC


def at(clock: str) -> Clock:
    return (PLANTED_DAY, clock)


def eve(clock: str) -> Clock:
    return (PLANTED_DAY - 1, clock)


# Who: the number of the person who plays each part.
ACTORS: Dict[str, int] = {
    "base": 12, "privileged": 25, "first-seen": 38, "chats": 51, "all-three": 64, "late-part": 77,
    "repeat": 90, "late-whole": 103, "stronger": 116,
    "exported-before": 129, "new-address": 142, "four-chats": 155, "private-address": 168,
    "newcomer": 181, "no-address": 194,
    "99-messages": 7, "19-records": 20, "61-minutes": 33, "copies": 46, "other-reads": 59, "no-tenant": 72,
}  # fmt: skip

NEWCOMER_DAYS = (31, 32)  # the newcomer's only days with records before the burst


class Burst(NamedTuple):
    """Reads by one entity within some minutes."""

    actor: str  # a key of ACTORS or of APPS
    start: Clock
    arrives: Clock  # its first hour, in one blob; each further hour an hour later
    network: str = "home"  # "home" and "office" are the person's own; "" leaves ClientIP out
    form: str = "plain"  # plain, port, mapped
    records: int = 12
    messages: int = 10  # in each record; 0: one message, named at the top level
    offsets: Optional[Tuple[int, ...]] = None  # minutes after the start; by default one record a minute
    chats: int = 2
    operation: str = "MessagesListed"
    copies: int = 1  # how often each record is delivered
    repeated_ids: bool = False  # one message of each record is named twice in it
    mixed_case: bool = False  # every other record writes the user in capitals
    broken: bool = False  # without OrganizationId


def every(minutes: int, count: int) -> Tuple[int, ...]:
    return tuple(range(0, minutes * count, minutes))


BURSTS: Tuple[Burst, ...] = (
    # the variations
    Burst("base", at("09:00"), at("10:12"), "office", "mapped", mixed_case=True),
    Burst("privileged", at("10:05"), at("11:31"), "office", records=4, messages=30, offsets=every(2, 4), chats=3),
    Burst("first-seen", at("11:20"), at("12:41"), "hosting-m247", "port", chats=1),
    Burst("chats", at("12:00"), at("14:05"), "home", records=20, messages=0, offsets=every(2, 20), chats=7),
    Burst("all-three", at("02:30"), at("03:44"), "hosting-digitalocean6", "port", records=30, messages=40, chats=12),
    # late records, repeats
    Burst("late-part", at("13:00"), at("14:14"), "home"),
    Burst("late-part", at("13:20"), at("19:22"), "hosting-vultr", records=4),
    Burst("repeat", at("08:00"), at("09:14"), "office"),
    Burst("repeat", at("15:30"), at("16:51"), "office"),
    Burst("repeat", at("22:20"), at("23:31"), "office"),
    Burst("late-whole", eve("05:10"), at("12:25"), "home"),
    Burst("stronger", at("14:00"), at("15:11"), "home"),
    Burst("stronger", at("20:00"), at("21:14"), "hosting-ovh"),
    # applications
    Burst("backup", at("01:00"), at("03:05"), "app", "port", 90, 50, every(2, 90), 60, "MessagesExported"),
    Burst("backup", (8, "01:00"), (8, "03:05"), "app", "port", 90, 50, every(2, 90), 60, "MessagesExported"),
    Burst("archive", at("11:20"), at("12:41"), "", "plain", 1, 2000, (0,), 3, "MessagesExported"),
    # an alert, but not more than base
    Burst("exported-before", (18, "10:00"), (18, "11:10"), "office", records=2),
    Burst("exported-before", at("09:00"), at("10:12"), "office"),
    Burst("new-address", at("09:30"), at("10:41"), "home"),
    Burst("four-chats", at("10:00"), at("11:14"), "home", chats=4),
    Burst("private-address", at("10:30"), at("11:44"), "private"),
    Burst("newcomer", at("13:00"), at("14:11"), "hosting-hetzner", "port"),
    Burst("no-address", at("13:30"), at("14:44"), ""),
    # no alert at all
    Burst("99-messages", at("09:40"), at("10:54"), "home", "mapped", 11, 9, every(5, 11), repeated_ids=True),
    Burst("19-records", at("10:40"), at("12:04"), "home", "mapped", 19, 5, every(3, 19)),
    Burst("61-minutes", at("12:20"), at("14:24"), "home", "mapped", 10, 10, (0, 6, 13, 20, 26, 33, 40, 46, 53, 60)),
    Burst("copies", at("15:00"), at("16:14"), "home", "mapped", 6, 10, copies=3),
    Burst("other-reads", at("08:00"), at("09:14"), "home", "mapped", 150, 0, tuple(n // 4 for n in range(150)), 30,
          "ChatRetrieved"),
    Burst("no-tenant", at("14:30"), at("15:41"), "home", broken=True),
    Burst("bot", at("14:00"), at("15:14"), "app", records=6),
    Burst("meetings", at("14:00"), at("15:14"), "", records=6),
)  # fmt: skip

# Reads before the burst that must not make its network known: they lie within the 24 hours of settling.
WARM_UPS: Tuple[Burst, ...] = (
    Burst("all-three", eve("22:10"), eve("23:24"), "hosting-digitalocean6", "port", 1, 5, chats=1),
)
# Sign-ins from the network of the burst, shortly before it.
SIGN_INS: Tuple[Tuple[str, Clock, str], ...] = (
    ("first-seen", at("11:02"), "hosting-m247"),
    ("all-three", eve("22:04"), "hosting-digitalocean6"),
    ("newcomer", at("12:51"), "hosting-hetzner"),
)


class FollowUp(NamedTuple):
    """What an account does after its export: acts of one kind, a minute apart."""

    actor: str  # a key of ACTORS
    start: Clock
    network: str
    operation: str
    count: int = 1


# Of two alerts; it makes none itself. The sharing links are for anybody, the others for a guest of another tenant.
FOLLOW_UPS: Tuple[FollowUp, ...] = (
    FollowUp("all-three", at("03:40"), "hosting-digitalocean6", "FileDownloaded", 14),
    FollowUp("all-three", at("03:58"), "hosting-digitalocean6", "AnonymousLinkCreated", 2),
    FollowUp("all-three", at("04:05"), "hosting-digitalocean6", "New-InboxRule"),
    FollowUp("all-three", at("04:11"), "hosting-digitalocean6", "Send", 3),
    FollowUp("all-three", at("04:20"), "hosting-digitalocean6", "Consent to application."),
    FollowUp("first-seen", at("12:31"), "hosting-m247", "FileDownloaded", 5),
    FollowUp("first-seen", at("12:40"), "hosting-m247", "SharingSet"),
    FollowUp("first-seen", at("12:41"), "hosting-m247", "AddedToSecureLink"),
)


class Alert(NamedTuple):
    """An alert that must be in the ledger at the end of the replay, with the figures it must have."""

    key: str
    what: str
    actor: str
    window_start: Clock  # also the start of the window that raised it
    window_end: Clock
    triggered: Clock
    records: int
    messages: int
    chats: int
    matches: Tuple[str, ...] = ("base",)  # by precedence; the first is the variation
    first_seen_asn: Tuple[int, ...] = ()
    privileged: str = "false"
    state: str = "new"
    raised: Tuple[str, ...] = ()  # what it matched when it was raised, if that was less
    suppressed: int = 0
    escalated_from: str = ""  # the key of another


PRIVILEGED, FIRST_SEEN, CHATS, BASE = "privileged_first_time", "first_seen_asn", "multiple_chats", "base"

ALERTS: Tuple[Alert, ...] = (
    Alert("base", "many messages", "base", at("09:00"), at("10:00"), at("09:09"), 12, 120, 2),
    Alert("privileged", "a privileged user for the first time", "privileged",
          at("10:05"), at("11:05"), at("10:11"), 4, 120, 3, (PRIVILEGED, BASE), privileged="true"),
    # this user's Global Administrator row has expired: not privileged
    Alert("first-seen", "a network never seen for this user", "first-seen",
          at("11:20"), at("12:20"), at("11:29"), 12, 120, 1, (FIRST_SEEN, BASE), (9009,)),
    # by the 20th record, at 12:00 + 19 * 2 minutes
    Alert("chats", "many chats, one message each", "chats",
          at("12:00"), at("13:00"), at("12:38"), 20, 20, 7, (CHATS, BASE)),
    # 40 messages a minute: the third makes 120. The warm-up read the evening before is in the settling time
    # and more than an hour earlier: it neither makes the network known nor joins.
    Alert("all-three", "all three at once, at night", "all-three",
          at("02:30"), at("03:30"), at("02:32"), 30, 1200, 12, (PRIVILEGED, FIRST_SEEN, CHATS, BASE), (14061,), "true"),
    # 120 messages raise it as base at 14:20; 40 more from elsewhere, of 13:20, arrive at 19:22
    Alert("late-part", "base, until late records show a second network", "late-part",
          at("13:00"), at("14:00"), at("13:09"), 16, 160, 2, (FIRST_SEEN, BASE), (20473,), state="escalated", raised=(BASE,)),
    # 7 and 14 hours later the same: the hours 15 and 22 are kept
    Alert("repeat", "the same again within a day, twice", "repeat",
          at("08:00"), at("09:00"), at("08:09"), 12, 120, 2, suppressed=2),
    # arrives 31 hours later, beyond the 26 hours of Detect
    Alert("late-whole", "all of it 31 hours late", "late-whole", eve("05:10"), eve("06:10"), eve("05:19"), 12, 120, 2),
    Alert("stronger-1", "base, six hours before", "stronger", at("14:00"), at("15:00"), at("14:09"), 12, 120, 2),
    Alert("stronger-2", "within a day, but from a new network", "stronger",
          at("20:00"), at("21:00"), at("20:09"), 12, 120, 2, (FIRST_SEEN, BASE), (16276,), escalated_from="stronger-1"),
    # A full backup: 50 messages every 2 minutes from 01:00 to 03:58, of 60 chats. It triggers at 01:02. Windows
    # that start before 02:00 belong: the last starts at 01:58 and ends at 02:58, so 59 records are evidence.
    # The triggers from 02:58 on are suppressed, in the hours 02 and 03. The nightly increments stay below the
    # thresholds. (If every night were a full one, every night would raise an alert: a trigger 24 hours after the
    # last is not within the day of deduplication.) The full backup of day 8 is history, which is learnt only.
    Alert("backup", "the backup application's monthly full run", "backup",
          at("01:00"), at("02:58"), at("01:02"), 59, 2950, 60, (CHATS, BASE), privileged="true", suppressed=2),
    Alert("archive", "one record of 200 KB with 2,000 messages", "archive",
          at("11:20"), at("12:20"), at("11:20"), 1, 2000, 3),
    # negatives of one variation each: base and no more
    Alert("exported-before", "privileged, but exported before", "exported-before",
          at("09:00"), at("10:00"), at("09:09"), 12, 120, 2, privileged="true"),
    Alert("new-address", "a new address in a known network", "new-address",
          at("09:30"), at("10:30"), at("09:39"), 12, 120, 2),
    Alert("four-chats", "four chats, one below the threshold", "four-chats",
          at("10:00"), at("11:00"), at("10:09"), 12, 120, 4),
    Alert("private-address", "a private address", "private-address", at("10:30"), at("11:30"), at("10:39"), 12, 120, 2),
    Alert("newcomer", "a network never seen, but only 2 days of history", "newcomer",
          at("13:00"), at("14:00"), at("13:09"), 12, 120, 2),
    Alert("no-address", "records without ClientIP", "no-address", at("13:30"), at("14:30"), at("13:39"), 12, 120, 2),
)  # fmt: skip


class Negative(NamedTuple):
    """An entity that nearly has an alert, and must have none."""

    actor: str
    what: str


NEGATIVES: Tuple[Negative, ...] = (
    Negative("99-messages", "99 messages in an hour (110 named, 11 of them twice in a record)"),
    Negative("19-records", "19 records with 95 messages in an hour"),
    Negative("61-minutes", "100 messages, spread over 61 minutes"),
    Negative("copies", "60 messages, delivered three times"),
    Negative("other-reads", "150 reads in 38 minutes of an operation that is not counted"),
    Negative("no-tenant", "120 messages in records without OrganizationId, which are rejected"),
    Negative("bot", "60 messages of an application named `Application`"),
    Negative("meetings", "60 messages of another application named `Application`, at the same time"),
)
