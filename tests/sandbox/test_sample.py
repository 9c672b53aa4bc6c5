"""The sample history: the same bytes everywhere, and shaped as stated."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict

import pytest

from sandbox import sample
from sandbox.sample import outcome
from sandbox.sample.tenant import PEOPLE
from tests.sandbox.recount import faults, messages_of, minute_of, usable_records

# SHA-256 of "<index time> <event time> <text>\n" of every event; the same on Python 3.9 to 3.13.
DIGEST = "ec6db2aa87c9601f5522eaef4e9ae9f338ccd6df65a7b8f581529a8de2d2c8db"


@pytest.fixture(scope="module")
def events():
    return sample.events()


@pytest.fixture(scope="module")
def records(events):
    return usable_records(events)


def test_the_stream_is_the_same_on_every_python(events):
    """The bytes, the event times and the index times are those of the committed digest."""
    whole = hashlib.sha256()
    for event in events:
        whole.update(("%d %d %s\n" % (event.indextime, event.time, event.raw)).encode("utf-8"))
    assert DIGEST == whole.hexdigest()


def test_the_expected_list_beside_the_generator_is_current():
    """expected.json is what `python -m sandbox.sample --expected` writes."""
    assert outcome.as_json() == outcome.FILE.read_text(encoding="utf-8")


def test_people_are_200_and_different():
    """No two people share a name, an object id or an Exchange key."""
    assert [200] * 3 == [len({getattr(p, name) for p in PEOPLE}) for name in ("user", "object_id", "puid")]


def test_it_covers_45_days_of_a_tenant(events, records):
    """Between 100,000 and 150,000 events, records on each of the 45 days, all of one tenant."""
    assert 100_000 <= len(events) <= 150_000
    assert 45 == len({(minute_of(record) - sample.START) // 86400 for record in records})
    assert {sample.TENANT} == {record["OrganizationId"] for record in records}


def test_events_come_by_index_time_and_not_by_event_time(events):
    """Arrival is sorted; what arrives is out of order."""
    arrivals = [event.indextime for event in events]
    assert sorted(arrivals) == arrivals
    earlier = sum(after.time < before.time for before, after in zip(events, events[1:]))
    assert earlier > len(events) // 3


def test_records_arrive_as_late_as_microsoft_says(events):
    """Of first deliveries, 75 to 90 % after 60 to 90 minutes, and 1 to 2 % after more than a day."""
    first = {}
    for event in events:
        first.setdefault(event.raw, event.indextime - event.time)
    shares = [sum(3600 <= delay <= 5400 for delay in first.values()), sum(delay > 86400 for delay in first.values())]
    assert 0.75 <= shares[0] / len(first) <= 0.90
    assert 0.01 <= shares[1] / len(first) <= 0.02


def test_one_in_twenty_is_delivered_twice(events):
    """4.5 to 5.5 % of the events repeat an earlier one to the byte, later; no Id has two texts."""
    times = Counter(event.raw for event in events)
    assert 0.045 <= sum(count - 1 for count in times.values()) / len(events) <= 0.055
    texts = defaultdict(set)
    for raw in times:
        if '"Id": "' in raw and raw.endswith("}") and raw.startswith("{"):
            texts[json.loads(raw).get("Id")].add(raw)
    assert not [known for known, mine in texts.items() if known and len(mine) > 1]


def test_records_are_written_as_the_add_on_writes_them(events):
    """One JSON object to a line, `, ` and `: ` between its parts, nothing escaped that need not be."""
    for event in events[::50]:
        assert json.dumps(json.loads(event.raw), ensure_ascii=False) == event.raw
        assert "\n" not in event.raw


def test_client_addresses_come_in_all_forms(records):
    """Plain, with a port, in brackets, mapped, empty, `<null>`, unspecified, loopback, link-local, absent."""
    shown = {record.get("ClientIP", "absent") for record in records}
    for form in ("", "<null>", "0.0.0.0", "::1", "FE80::", "absent"):
        assert form in shown
    for mark in ("::ffff:", "[2", "10.20."):
        assert any(text.startswith(mark) for text in shown)
    assert any(text.count(":") == 1 for text in shown)


def test_a_few_records_are_malformed(events):
    """Between 5 and 50 first deliveries cannot be used, in at least 7 different ways."""
    broken = {}
    for event in events:
        try:
            record = json.loads(event.raw)
        except ValueError:
            broken[event.raw] = ["not JSON"]
            continue
        reasons = list(faults(record)) if isinstance(record, dict) else ["not an object"]
        if reasons:
            broken[event.raw] = reasons
    assert len({reason for reasons in broken.values() for reason in reasons}) >= 7
    assert 5 <= len(broken) <= 50


def test_the_large_record_is_200_kilobytes(events):
    """The longest record has more than 200,000 characters, 2,000 messages, no ClientIP and no UserType."""
    record = json.loads(max((event.raw for event in events), key=len))
    assert 200_000 < len(json.dumps(record))
    assert 2000 == messages_of(record)
    assert not {"ClientIP", "UserType", "UserKey"} & set(record)


def test_roles_are_as_of_the_day_asked_for():
    """The role rows carry the time they are asked for, keys of their own, and one expired assignment."""
    asked = sample.START + sample.PLANTED_DAY * sample.DAY
    rows = sample.privileged_rows(asked)
    assert ({asked}, len(rows)) == ({row["as_of"] for row in rows}, len({row["_key"] for row in rows}))
    assert 1 == sum(0 < row["expires"] < asked for row in rows)
