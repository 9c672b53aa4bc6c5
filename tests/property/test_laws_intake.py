"""The laws of taking rows in: nothing is lost, whichever way they come, and parts teach what the whole does."""

from __future__ import annotations

import contextlib
import csv
import io

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.baseline import Baseline, observe
from teams_export_guard.columns import encoded
from teams_export_guard.csv_rows import CsvRows
from teams_export_guard.intake import Intake
from teams_export_guard.networks import Networks
from teams_export_guard.settings import Settings
from teams_export_guard.spool import TemporarySpool
from teams_export_guard.survey import Bounds, Survey
from teams_export_guard.text import clean
from tests.oracle import strategies
from tests.oracle.synthetic import ADDRESSES
from tests.support import OPERATIONS, ShortTable, detailed, records_of

LAWS = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
HISTORIES = strategies.histories()


def taught(records, asn_of):
    seen = Baseline()
    for one in records:
        observe(seen, one.source, asn_of(one.source), [one.minute])
    return seen


@LAWS
@given(HISTORIES, st.integers(0, 40))
def test_observing_parts_and_joining_is_observing_all(history, cut):
    """What two parts of the records teach, joined, is what all teach, and what a survey learns of all."""
    networks = Networks(ShortTable(ADDRESSES))
    records = records_of(detailed(read(history)))
    joined = taught(records[:cut], networks.asn).join(taught(records[cut:], networks.asn))
    survey = Survey(read(history).activities(), networks, Settings(), Bounds(history.now))
    assert taught(records, networks.asn).sightings == joined.sightings == survey.observed.sightings


def read(history, **options):
    intake = Intake(OPERATIONS, history.now, **options)
    for row in history.rows:
        intake.add(row)
    return intake


class Body:
    """Bytes that come a few at a time."""

    def __init__(self, data, size):
        self._data, self._size = data, size

    def read1(self):
        data, self._data = self._data[: self._size], self._data[self._size :]
        return data


def read_as_table(history, cut, block=65536, quoting=csv.QUOTE_MINIMAL, **options):
    """The same by two tables, as splunkd sends them: a header, ``__mv_`` columns behind the plain ones, CSV in blocks."""
    intake = Intake(OPERATIONS, history.now, **options)
    for rows in (history.rows[:cut], history.rows[cut:]):
        names = sorted({name for row in rows for name in row})
        text = io.StringIO()
        writer = csv.writer(text, quoting=quoting, lineterminator="\n")
        for row in rows:
            values = [row.get(name, "") for name in names]
            plain = ["\n".join(value) if isinstance(value, list) else value for value in values]
            several = [encoded(value) if isinstance(value, list) and len(value) > 1 else "" for value in values]
            writer.writerow([clean(one).replace("\0", "\ufffd") for one in plain + several])
        body = Body(text.getvalue().encode("utf-8"), block)
        intake.take([*names, *("__mv_" + name for name in names)], CsvRows(body, at_hand=block))
    return intake


def taken_in(intake):
    """What an intake gives: its records in an order of their own, and its counts."""
    records = sorted(records_of(detailed(intake)), key=repr)
    return records, intake.records, intake.duplicates, intake.rejected


@LAWS
@given(HISTORIES, st.integers(1, 4), st.integers(0, 40), st.sampled_from([40, 1000, 65536]))
def test_what_is_put_aside_is_not_lost(history, room, cut, block):
    """However little room there is, and whichever way the rows come, the same records are taken in."""
    whole = taken_in(read(history))
    with contextlib.closing(TemporarySpool(0)) as spool:
        assert whole == taken_in(read_as_table(history, cut, block, room=room, spool=spool))
    assert whole == taken_in(read_as_table(history, cut, quoting=csv.QUOTE_ALL))
