"""Baseline documents as the contract has them, made without the app: a history to be in the store before a run."""

from __future__ import annotations

import hashlib
from typing import Callable, Iterable, Iterator, Sequence

from .people import START, TENANT, user_of

BASELINE = "teams_export_baseline"
SEEN_AT = 8 * 60  # minute of the day of every sighting (ours)
DAY_MINUTES = 1440


def document(entity: str, feature: str, value: str, days: Iterable[int]) -> dict:
    """What was seen on ``days``, which count back from the day on which the streams begin."""
    minutes = [START // 60 - DAY_MINUTES * back + SEEN_AT for back in sorted(days, reverse=True)]
    steps = [minutes[0]] + [after - before for before, after in zip(minutes, minutes[1:])]
    key = hashlib.sha256("\n".join((TENANT, entity, feature, value)).encode()).hexdigest()[:32]
    return {
        "_key": key, "tenant": TENANT, "entity": entity, "feature": feature, "value": value,
        "first_seen": 60 * minutes[0], "last_seen": 60 * minutes[-1], "days_seen": len(minutes),
        "days": ",".join(map(str, steps)),
    }


def history(
    people: int, days: Sequence[int], networks: Callable[[int], Iterable[int]], exporting: Callable[[int], bool]
) -> Iterator[dict]:
    """Everybody active on each day by his networks (person number to AS numbers), and the export days of some."""
    yield document("*", "activity", "*", days)
    for number in range(people):
        entity = "user:" + user_of(number)
        yield document(entity, "activity", "*", days)
        if exporting(number):
            yield document(entity, "export", "*", days)
        for asn in networks(number):
            yield document(entity, "asn", str(asn), days)
