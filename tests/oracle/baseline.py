"""The baseline: what was seen on which UTC days, and the joining of two of them.

A baseline is dict[(tenant, entity, feature, value)] -> dict[day] -> earliest minute, days counted from 1970.
Knows features and the 97 days; does not know why anybody asks.
"""

from __future__ import annotations

DAY = 86400
KEPT_DAYS = 97


def observations(record):
    """The (key, minute) pairs that one record teaches."""
    seen = []
    for entity in (record.entity, "*"):  # "Tenant-wide rows have the entity `*` (features `activity`, `asn`)."
        # "`activity` (any record, value `*`)"
        seen.append((record.tenant, entity, "activity", "*"))
        # "`asn` (any record with a known ASN)"
        if record.asn is not None:
            seen.append((record.tenant, entity, "asn", str(record.asn)))
    # "`export` (counted records, value `*`)"
    if record.counted:
        seen.append((record.tenant, record.entity, "export", "*"))
    # "`app` (client app id on counted records)"
    if record.counted and record.app_id:
        seen.append((record.tenant, record.entity, "app", record.app_id))
    return [(key, record.minute) for key in seen]


def join(one, other):
    """The join of two baselines."""
    # "it holds which UTC days it was seen and the earliest minute of each day; joining is union and minimum"
    joined = {key: dict(days) for key, days in one.items()}
    for key, days in other.items():
        mine = joined.setdefault(key, {})
        for day, minute in days.items():
            mine[day] = min(minute, mine.get(day, minute))
    return joined


def of_records(records):
    """The baseline that records alone teach."""
    taught = {}
    for record in records:
        for key, minute in observations(record):
            taught = join_one(taught, key, minute)
    return taught


def join_one(baseline, key, minute):
    """`baseline` with one more observation."""
    days = baseline.setdefault(key, {})
    day = minute // DAY
    days[day] = min(minute, days.get(day, minute))
    return baseline


def written(stored, taught):
    """(the documents after writing, how many of them changed)."""
    after = {key: dict(days) for key, days in stored.items()}
    changed = 0
    joined = join(stored, taught)
    for key in taught:
        # "Days more than 97 days before the newest of the same document are dropped on writing, and never when judging"
        newest = max(joined[key])
        kept = {day: minute for day, minute in joined[key].items() if newest - day <= KEPT_DAYS}
        # "Only changed documents are written."
        if kept != stored.get(key):
            after[key] = kept
            changed += 1
    return after, changed


def days_seen(baseline, key, start, end, hidden_from=()):
    """The days on which `key` was seen at start <= minute < end and before every moment of `hidden_from`."""
    return {
        day
        for day, minute in baseline.get(key, {}).items()
        if start <= minute < end and all(minute < moment for moment in hidden_from)
    }
