"""Laws of single values: the cheap tests of the hot path accept exactly what the JSON schemas accept.

The values are as bad as a JSON file can make them: nulls, numbers, booleans, empty texts, odd times, odd
UserTypes, lists, lone surrogates, NUL, line feeds at the end.
"""

from __future__ import annotations

import csv
import json

from hypothesis import HealthCheck, assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.errors import TableError
from teams_export_guard.privileged import Assignment
from teams_export_guard.records import COUNTED_WORKLOAD, Rejection
from teams_export_guard.schema import FUTURE, NO_CONTENT, NO_JSON, parse_audit_time, violations
from teams_export_guard.tables import OPERATIONS as OPERATIONS_FILE
from teams_export_guard.tables import PRIVILEGED_ROLES, Tables
from teams_export_guard.text import clean
from tests.support import ABSENT, OPERATIONS, audit, changed, minute_row, taken_alone

LAWS = hypothesis_settings(
    max_examples=100, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
NOW = 4 * 10**9  # later than most of the times made here

TEXTS = st.one_of(
    st.sampled_from(["", " ", "a", "a@t", "Ann@T", "\ud800", "\udfffa", "\0", "a\n", "\n", "é", "\U0001f600", "null",
    "0", "n" * 400, "n" * 401, "\u0130" * 134]),
    st.text(st.characters(), max_size=4),
)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 10), st.sampled_from([10**30, 1.5, 4.0, 1e300, float("inf"),
    float("nan")]),
    st.lists(st.sampled_from(["a", "", 4]), max_size=2), st.dictionaries(st.sampled_from(["Id", "ClientAppId"]), TEXTS,
    max_size=2), TEXTS,
)
USER_TYPE_TEXTS = st.one_of(
    st.sampled_from(["4", "04", "8", "9", "-4", "-0", "4\n", " 4", "4.0", "٤", "Application", ""]), st.integers(-2,
    11).map(str)
)
USER_TYPES = st.one_of(ODD, st.sampled_from([0, 3, 4, 8, 9, 4.0, 5.5, True, False, None]), USER_TYPE_TEXTS)
GOOD = "2026-01-05T00:00:00"
TIME_TEXTS = st.one_of(
    st.sampled_from(["", "Z", "z", ".5", ".1234567Z", ".", ".Z", "+00:00", "\n", " ", "ZZ"]).map(GOOD.__add__),
    st.sampled_from([
        "2026-02-29T00:00:00", "2024-02-29T23:59:59", "2026-01-05T24:00:00", "2026-01-05T00:00:60",
        "0000-01-01T00:00:00",
        "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-01-05 00:00:00", "2026-1-5T00:00:00", "1767571200",
        "٢٠٢٦-01-05T00:00:00",
    ]),
    st.datetimes().map(lambda moment: moment.isoformat()),
)
TIMES = st.one_of(TIME_TEXTS, ODD)
LONG = st.sampled_from(["x" * 400, "x" * 401, "é" * 200, "é" * 201, "İ" * 133, "İ" * 134])  # İ is longer in lower case
USERS = st.one_of(st.sampled_from(["ann@t", "svc"]), LONG, ODD)


@st.composite
def spoilt(draw, whole, parts, often):
    """A good value in which a few parts, some more often than others, are as they come or are not there."""
    changes = {}
    for name in draw(st.lists(st.sampled_from(sorted(parts) + 4 * often), unique=True, max_size=3)):
        changes[name] = draw(st.one_of(st.just(ABSENT), *[parts[name]] * 4))
    return changed(whole, changes)


MESSAGES = st.lists(st.one_of(ODD, st.fixed_dictionaries({}, optional={"Id": ODD, "ChatThreadId": ODD})), max_size=3)
RECORDS = st.one_of(
    ODD,
    *[
        spoilt(
            audit(),
            {
                "Id": ODD, "CreationTime": TIMES, "OrganizationId": USERS, "UserId": USERS, "UserKey": USERS,
                "UserType": USER_TYPES,
                "AppAccessContext": st.one_of(st.fixed_dictionaries({}, optional={"ClientAppId": USERS}), ODD),
                "Workload": ODD,
                "Operation": ODD, "Messages": st.one_of(ODD, MESSAGES), "ChatThreadId": ODD, "ClientIP": ODD,
            },
            ["CreationTime", "UserId", "UserType"],
        )
    ] * 3,
)
NUMBERS = st.one_of(
    st.sampled_from(["1", "0", "007", "00", "1.0", "1.", "1.50", "-1", "1e3", " 1", "1\n", "٣", "9" * 15, "9" * 16,
    "0" * 20 + "1", "", "x"]),
    st.sampled_from(["9" * 16, "1.0", "0", "1\n"]), TEXTS,
)
COLUMN = st.one_of(LONG, TEXTS, st.lists(TEXTS, max_size=2))
ROWS = spoilt(
    minute_row(),
    {
        "message_count": st.one_of(NUMBERS, st.lists(NUMBERS, max_size=2)), "record_count": NUMBERS,
        "_time": st.one_of(NUMBERS, st.sampled_from(["1767571200.5", "-60", "9" * 12, "9" * 13, "1.", "-"])),
        "OrganizationId": COLUMN, "UserId": COLUMN, "UserKey": COLUMN, "ClientAppId": st.one_of(st.just("app"), COLUMN),
        "UserType": st.one_of(USER_TYPE_TEXTS, COLUMN), "Workload": st.sampled_from(["", "x"]),
        "Operation": COLUMN, "chat_id": COLUMN, "record_id": COLUMN, "asn": COLUMN, "ClientIP": COLUMN,
    },
    ["message_count", "record_count", "_time", "UserId", "UserType"],
)


def single(row, name):
    """A single-valued column as the schema takes it: one text, '' for none and for several."""
    value = row.get(name)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else ""
    return clean(value or "")


@LAWS
@given(RECORDS)
def test_raw_records_are_accepted_as_the_schema_accepts_them(value):
    """No more, no less; a record that is refused has the schema's first reason."""
    text = json.dumps(value)
    parsed = taken_alone({"_raw": text}, OPERATIONS, NOW)
    expected = violations("RECORD", json.loads(clean(text)))
    if isinstance(parsed, Rejection):
        assert (expected or [FUTURE])[0] == parsed.reason
    else:
        assert [] == expected


@LAWS
@given(st.one_of(TIME_TEXTS, TEXTS))
@example(GOOD + "z")
@example(GOOD + "\n")
@example("2026-01-05T00:00:60")
def test_times_are_accepted_as_the_schema_accepts_them(text):
    """What the pattern and the calendar of the schema take is what the parser takes."""
    assert (parse_audit_time(text) is not None) == (not violations("RECORD", audit(CreationTime=text)))


@LAWS
@given(RECORDS.filter(lambda value: isinstance(value, dict)))
def test_surrogates_and_escapes_are_one_text(value):
    """A record says the same whether its characters are escaped or not."""
    one, other = (
        taken_alone({"_raw": json.dumps(value, ensure_ascii=ascii)}, OPERATIONS, NOW) for ascii in (True, False)
    )
    assert one == other


@LAWS
@given(st.text(st.sampled_from('{}[]":,Id\\u0ntrfalse 1e\0\n\ud800'), max_size=12))
def test_any_text_in_raw_is_taken_or_refused(text):
    """Nothing in ``_raw`` raises."""
    parsed = taken_alone({"_raw": text}, OPERATIONS, NOW)
    assert isinstance(parsed, Rejection)
    assert parsed.reason in (NO_CONTENT, NO_JSON, "_raw is no JSON object", "Id is missing")


@LAWS
@given(ROWS)
def test_aggregated_rows_are_accepted_as_the_schema_accepts_them(row):
    """No more, no less; a row that is refused has the schema's first reason."""
    count = row.get("message_count")
    assume(any(count) if isinstance(count, list) else count)
    names = "_time OrganizationId UserId UserKey UserType ClientAppId message_count record_count".split()
    seen = {name: single(row, name) for name in names}
    counted = single(row, "Operation") in OPERATIONS and single(row, "Workload") == COUNTED_WORKLOAD
    parsed = taken_alone(row, OPERATIONS, NOW)
    expected = violations("AGGREGATED", dict(seen, counted=counted))
    if isinstance(parsed, Rejection):
        assert (expected or [FUTURE])[0] == parsed.reason
    else:
        assert [] == expected


@LAWS
@given(ROWS)
def test_what_is_taken_can_be_written(row):
    """Every text of a record is UTF-8, and its minute a whole one."""
    parsed = taken_alone(row, OPERATIONS, NOW)
    assume(not isinstance(parsed, Rejection))
    assert 0 == parsed.minute % 60
    for value in parsed:
        json.dumps(value, ensure_ascii=False).encode("utf-8")


EPOCHS = st.one_of(ODD, NUMBERS, st.sampled_from(["1767571200", "1.5", ".5", "nan", "inf", "-1", 1767571200, 1.5, -1]))


@LAWS
@given(EPOCHS, EPOCHS)
def test_role_documents_have_the_times_that_the_schema_accepts(as_of, expires):
    """A time that the schema refuses is refused by the cheap test, and no other."""
    document = {"tenant": "*", "as_of": as_of, "expires": expires}
    try:
        Assignment.from_document(document)
        refused = False
    except ValueError:
        refused = True
    assert refused == bool(violations("PRIVILEGED", document))


CELLS = st.one_of(st.sampled_from(["", "0", "1", "2", "1\n", " 1", "yes", "A", "é"]), st.text("ab01, \"\n", max_size=3))


def table_is_read(folder, name, header, rows, ask):
    """Whether a lookup file with these rows can be read, and the rows that a reader of CSV sees."""
    path = folder / "lookups" / name
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    with path.open(encoding="utf-8", newline="") as file:
        seen = [row for row in csv.DictReader(file) if any(row.values())]
    try:
        ask(Tables(folder))
        return True, seen
    except TableError:
        return False, seen


@LAWS
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=3))
def test_operation_rows_are_accepted_as_the_schema_accepts_them(tmp_path, rows):
    """A file is read if it has rows and all of them are valid."""
    read, seen = table_is_read(
        tmp_path, OPERATIONS_FILE, ["Operation", "counted"], rows, lambda tables: tables.operations()
    )
    assert read == (bool(seen) and not any(violations("OPERATION_ROW", row) for row in seen))


@LAWS
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=3))
def test_role_rows_are_accepted_as_the_schema_accepts_them(tmp_path, rows):
    """A file is read if it has rows and all of them are valid; a row may be cut short."""
    header = ["role", "privileged", "role_template_id"]
    read, seen = table_is_read(tmp_path, PRIVILEGED_ROLES, header, rows, lambda tables: tables.roles())
    assert read == (bool(seen) and not any(violations("ROLE_ROW", row) for row in seen))
