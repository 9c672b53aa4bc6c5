"""The synthetic tenant of the sample: its name, its people, its applications, its days.

Knows: 200 people with object ids, sites, working days and networks; 6 applications; the 45 days.
Does not know: what any of them does (background.py, plan.py).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Dict, List, NamedTuple, Tuple

from . import draw
from .draw import Draw

DOMAIN = "harbourline.example"
TENANT = draw.guid("tenant", DOMAIN)

START = 1769990400  # 2026-02-02T00:00:00Z, a Monday
DAYS = 45  # up to and with 2026-03-18
HISTORY_DAYS = 30  # learnt by Backfill; the replay starts on the day after
DAY = 86400
HOUR = 3600
MINUTE = 60
PEOPLE_COUNT = 200

PLANTED_DAY = 36  # 2026-03-10, a Tuesday: the day on which the planted patterns reach the index


def moment(day: int, clock: str) -> int:
    """Epoch seconds of `HH:MM` or `HH:MM:SS` UTC on a day of the sample."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return START + day * DAY + parts[0] * HOUR + parts[1] * MINUTE + parts[2]


def weekday(day: int) -> int:
    """0 is Monday; the sample starts on one."""
    return day % 7


class Person(NamedTuple):
    """Somebody of the tenant."""

    number: int
    user: str  # as the audit log writes it, with capitals
    name: str
    object_id: str  # UserKey of Entra and Teams records
    puid: str  # UserKey of Exchange records
    office: str  # names of networks
    home: str
    mobile: str
    zone: int  # hours ahead of UTC (winter)
    at_home: Tuple[int, ...]  # weekdays worked from home
    off: Tuple[int, ...]  # weekdays not worked
    colleagues: Tuple[int, ...]


class App(NamedTuple):
    """An application with access to the tenant."""

    key: str
    name: str
    client_id: str
    network: str  # "" where its records carry no ClientIP
    user_type: object  # as its records carry it; None: the field is missing
    user_id: str
    user_key: str  # "-": the field is missing


SITES = (
    # Frankfurt, Copenhagen, New York: the seats of 20 below which, hours ahead of UTC, office, homes, mobile
    (9, 1, "office-frankfurt", ("home-telekom", "home-vodafone", "home-telekom6"), "mobile-de"),
    (15, 1, "office-copenhagen", ("home-tdc",), "mobile-dk"),
    (20, -5, "office-newyork", ("home-comcast", "home-att", "home-comcast6"), "mobile-us"),
)

_SEATS = [site[0] for site in SITES]

_GIVEN = (
    "Aisha Anders Bianca Björn Carla Cem Dagny Daniel Elif Emil Fatima Felix Greta Hannes Ida Ivan Jana "
    "Jonas Karin Kofi Lena Luca Maja Marek Nadia Niels Olga Omar Paula Piotr Rosa Rune Sara Sven Tara Theo "
    "Ulla Viktor Wanda Yusuf"
).split()
_FAMILY = (
    "Adler Bakke Castell Dietz Ekholm Falk Grønberg Hartmann Iversen Jansen Kaya Lindqvist Moreau Nowak Okafor "
    "Petrov Quist Rossi Schreiber Thorsen Ulrich Vogel Winther Yilmaz Zeller"
).split()
_PLAIN = str.maketrans({"ö": "o", "ø": "o"})


def _person(index: int) -> Person:
    chance = Draw("person", index)
    given = _GIVEN[index % len(_GIVEN)]
    family = _FAMILY[(index * 7 + index // len(_GIVEN)) % len(_FAMILY)]
    _, zone, office, homes, mobile = SITES[bisect_right(_SEATS, index % 20)]
    at_home = tuple(d for d in range(5) if chance.percent(40))
    off = (5, 6) if chance.percent(85) else (chance.below(5), 6)
    user = ("%s.%s@%s" % (given, family, DOMAIN)).translate(_PLAIN)
    return Person(
        index, user, given + " " + family, draw.guid("person", index),
        "10032%011X" % (draw.number("puid", index) % 16**11), office, homes[index % len(homes)], mobile, zone,
        at_home, off, tuple(chance.below(PEOPLE_COUNT) for _ in range(12)),
    )  # fmt: skip


PEOPLE: List[Person] = [_person(index) for index in range(PEOPLE_COUNT)]


def _app(key: str, name: str, network: str, user_type: object, user_id: str, user_key: str) -> App:
    return App(key, name, draw.guid("app", key), network, user_type, user_id, user_key)


APPS: Dict[str, App] = {
    app.key: app
    for app in (
        _app("backup", "Harbour Vault Backup", "cloud-amazon", 5, "Application", ""),
        # one without UserType, UserKey and ClientIP: what is missing must not make it disappear
        _app("archive", "Longshelf Compliance Archive", "", None, "Longshelf Archive", "-"),
        _app("bot", "Service Desk Bot", "cloud-microsoft", "5", "Application", ""),
        _app("crm", "Clientbook CRM Connector", "cloud-google", 6, "ServicePrincipal_" + draw.guid("principal", "crm"),
             draw.guid("principal", "crm")),
        _app("meetings", "Minutes Meeting Assistant", "", 5, "Application", ""),
        _app("explorer", "Graph Query Tool", "cloud-microsoft", 0, "", ""),  # delegated: people act through it
    )
}  # fmt: skip
