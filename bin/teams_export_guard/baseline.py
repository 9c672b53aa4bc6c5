"""The baseline: what was seen of whom, and when. A join-semilattice.

For each (tenant, entity, feature, value) it holds the UTC days on which it was seen and the earliest
minute of each; joining is union of days and minimum of minutes. So learning the same records twice,
late, out of order or in chunks gives the same baseline (contract, section 2). Judging only asks on
how many days something was seen. Knows no storage and no clock; ``documents`` turns sightings into
KV-store documents.
"""

from bisect import bisect_left
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Union

from .settings import DAY, MINUTE

ACTIVITY, ASN, EXPORT, APP = "activity", "asn", "export", "app"
ANY = "*"  # the value of features that have only one, and the entity of tenant-wide rows

#: UTC day (days since the epoch) -> earliest minute of that day (epoch seconds).
Days = Dict[int, int]
NOTHING = object()


class Key(NamedTuple):
    """What a sighting is of."""

    tenant: str
    entity: str
    feature: str
    value: str


class Baseline:
    """Sightings by key. ``observe`` and ``join`` only ever add."""

    def __init__(self, sightings: Optional[Dict[Key, Days]] = None):
        self.sightings: Dict[Key, Days] = {} if sightings is None else sightings

    def observe(self, key: Key, minute: int) -> None:
        """Add one sighting at ``minute`` (epoch seconds)."""
        self.learn(key, {minute // DAY: minute})

    def learn(self, key: Key, days: Days) -> None:
        """Add the sightings of ``days``."""
        known = self.sightings.setdefault(key, {})
        for day, minute in days.items():
            if minute < known.get(day, minute + 1):
                known[day] = minute

    def join(self, other: "Baseline") -> "Baseline":
        """The least baseline that holds everything both hold; neither is changed."""
        joined = dict(self.sightings)
        for key, days in other.sightings.items():
            joined[key] = join_days(joined.get(key, {}), days)
        return Baseline(joined)

    def days(self, key: Key) -> Days:
        """The days on which ``key`` was seen; empty if never."""
        return self.sightings.get(key, {})

    def days_between(self, key: Key, start: int, end: int) -> int:
        """On how many days ``key`` was seen in [start, end), see ``days_between``."""
        return days_between(self.days(key), start, end)


class Recorded:
    """Sightings as they are stored, to be counted and not changed; those of a key are read when it is asked for.

    ``read(key, stored)`` gives the earliest minute of each day, in minutes since the epoch, ascending.
    """

    def __init__(self, stored: Dict[Key, str], read: Callable[[Key, str], List[int]]):
        self._stored, self._read = stored, read
        self._known: Dict[Key, List[int]] = {}

    def _minutes(self, key: Key) -> List[int]:
        minutes = self._known.get(key)
        if minutes is None:
            stored = self._stored.get(key, NOTHING)
            minutes = self._known[key] = self._read(key, stored) if stored is not NOTHING else []
        return minutes

    def days(self, key: Key) -> Days:
        """The days on which ``key`` was seen; empty if never."""
        return {minute * MINUTE // DAY: minute * MINUTE for minute in self._minutes(key)}

    def days_between(self, key: Key, start: int, end: int) -> int:
        """On how many days ``key`` was seen in [start, end), see ``days_between``."""
        minutes = self._minutes(key)
        if not minutes or start >= end:
            return 0
        return bisect_left(minutes, -(-end // MINUTE)) - bisect_left(minutes, -(-start // MINUTE))


class Joined:
    """What was stored and what is at hand as one baseline, which is never made."""

    def __init__(self, stored: Union[Baseline, Recorded], seen: Baseline):
        self._stored, self._seen = stored, seen

    def days_between(self, key: Key, start: int, end: int) -> int:
        """On how many days ``key`` was seen in [start, end), see ``days_between``.

        A day is one on which there is a sighting in the span, of either: the earlier minute of two lies in it if one does,
        because ``start`` is a midnight.
        """
        fresh = [day for day, minute in self._seen.days(key).items() if start <= minute < end]
        if not fresh:  # as mostly: what is at hand is younger than the horizon
            return self._stored.days_between(key, start, end)
        stored = self._stored.days(key)
        return len(fresh) + days_between({day: stored[day] for day in stored.keys() - fresh}, start, end)


def join_days(first: Days, second: Days) -> Days:
    """Union of the days, the earlier minute of each."""
    joined = dict(first)
    for day, minute in second.items():
        if minute < joined.get(day, minute + 1):
            joined[day] = minute
    return joined


def days_between(days: Days, start: int, end: int) -> int:
    """On how many days there was a sighting in [start, end). ``start`` is a midnight UTC (epoch seconds).

    Exact although only the earliest minute of a day is kept: on the last day nothing earlier
    than its earliest minute exists, and every other day lies in the span whole.
    """
    return len([minute for minute in days.values() if start <= minute < end])


def days_of_minutes(minutes: Sequence[int]) -> Days:
    """The days of some sightings (epoch seconds), of which there is at least one."""
    first, last = min(minutes), max(minutes)
    if first // DAY == last // DAY:  # as most are, for a run reads a few hours
        return {first // DAY: first}
    days: Days = {}
    for minute in minutes:
        day = minute // DAY
        if minute < days.get(day, minute + 1):
            days[day] = minute
    return days


def observe(seen: Baseline, source, asn: Optional[int], minutes: Sequence[int]) -> None:
    """Add to ``seen`` what records of one source at ``minutes`` teach; ``asn`` is that of its address, or None."""
    days, tenant, entity = days_of_minutes(minutes), source.tenant, source.entity
    for whose in (entity, ANY):
        seen.learn(Key(tenant, whose, ACTIVITY, ANY), days)
        if asn is not None:
            seen.learn(Key(tenant, whose, ASN, str(asn)), days)
    if source.counted:
        seen.learn(Key(tenant, entity, EXPORT, ANY), days)
        if source.app_id:
            seen.learn(Key(tenant, entity, APP, source.app_id), days)
