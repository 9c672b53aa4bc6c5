"""Laws of single values: every codec comes back, and the cheap tests accept exactly what the JSON schemas accept.

The values are as bad as a JSON file can make them: nulls, numbers, booleans, empty texts, odd times, odd
UserTypes, lists, lone surrogates, NUL, line feeds at the end.
"""

from __future__ import annotations

import csv
import json

from hypothesis import HealthCheck, assume, given, settings as hypothesis_settings, strategies as st

from teams_export_guard.alerts import Alert, Evidence
from teams_export_guard.baseline import Key
from teams_export_guard.catalogue import VARIATIONS
from teams_export_guard.documents import alert_document, alert_of, baseline_document, days_of
from teams_export_guard.errors import TableError
from teams_export_guard.privileged import Assignment
from teams_export_guard.records import COUNTED_WORKLOAD, Rejection, parse_row
from teams_export_guard.rows import FIELDS, MULTIVALUE, alert_row
from teams_export_guard.schema import FUTURE, NO_CONTENT, NO_JSON, violations
from teams_export_guard.settings import DAY, Settings, parse_arguments
from teams_export_guard.tables import OPERATIONS as OPERATIONS_FILE, PRIVILEGED_ROLES, Tables
from teams_export_guard.text import clean
from tests.support import ABSENT, OPERATIONS, audit, changed, minute_row

LAWS = hypothesis_settings(
    max_examples=100, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
NOW = 4 * 10**9  # later than most of the times made here

TEXTS = st.one_of(
    st.sampled_from(["", " ", "a", "a@t", "Ann@T", "\ud800", "\udfffa", "\0", "a\n", "\n", "é", "\U0001f600", "null", "0", "n" * 400, "n" * 401, "\u0130" * 134]),
    st.text(st.characters(), max_size=4),
)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 10), st.sampled_from([10**30, 1.5, 4.0, 1e300, float("inf"), float("nan")]),
    st.lists(st.sampled_from(["a", "", 4]), max_size=2), st.dictionaries(st.sampled_from(["Id", "ClientAppId"]), TEXTS, max_size=2), TEXTS,
)
USER_TYPE_TEXTS = st.one_of(
    st.sampled_from(["4", "04", "8", "9", "-4", "-0", "4\n", " 4", "4.0", "٤", "Application", ""]), st.integers(-2, 11).map(str)
)
USER_TYPES = st.one_of(ODD, st.sampled_from([0, 3, 4, 8, 9, 4.0, 5.5, True, False, None]), USER_TYPE_TEXTS)
GOOD = "2026-01-05T00:00:00"
TIMES = st.one_of(
    st.sampled_from(["", "Z", "z", ".5", ".1234567Z", ".", ".Z", "+00:00", "\n", " ", "ZZ"]).map(GOOD.__add__),
    st.sampled_from([
        "2026-02-29T00:00:00", "2024-02-29T23:59:59", "2026-01-05T24:00:00", "2026-01-05T00:00:60", "0000-01-01T00:00:00",
        "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-01-05 00:00:00", "2026-1-5T00:00:00", "1767571200", "٢٠٢٦-01-05T00:00:00",
    ]),
    st.datetimes().map(lambda moment: moment.isoformat()),
    ODD,
)
USERS = st.one_of(st.sampled_from(["ann@t", "svc"]), ODD)


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
                "Id": ODD, "CreationTime": TIMES, "OrganizationId": ODD, "UserId": USERS, "UserKey": USERS, "UserType": USER_TYPES,
                "AppAccessContext": st.one_of(st.fixed_dictionaries({}, optional={"ClientAppId": ODD}), ODD), "Workload": ODD,
                "Operation": ODD, "Messages": st.one_of(ODD, MESSAGES), "ChatThreadId": ODD, "ClientIP": ODD,
            },
            ["CreationTime", "UserId", "UserType"],
        )
    ] * 3,
)
NUMBERS = st.one_of(
    st.sampled_from(["1", "0", "007", "00", "1.0", "1.", "1.50", "-1", "1e3", " 1", "1\n", "٣", "9" * 15, "9" * 16, "0" * 20 + "1", "", "x"]),
    st.sampled_from(["9" * 16, "1.0", "0", "1\n"]), TEXTS,
)
COLUMN = st.one_of(TEXTS, st.lists(TEXTS, max_size=2))
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
    parsed = parse_row({"_raw": text}, OPERATIONS, NOW)
    expected = violations("RECORD", json.loads(clean(text)))
    if isinstance(parsed, Rejection):
        assert (expected or [FUTURE])[0] == parsed.reason
    else:
        assert [] == expected


@LAWS
@given(RECORDS.filter(lambda value: isinstance(value, dict)))
def test_surrogates_and_escapes_are_one_text(value):
    """A record says the same whether its characters are escaped or not."""
    one, other = (parse_row({"_raw": json.dumps(value, ensure_ascii=ascii)}, OPERATIONS, NOW) for ascii in (True, False))
    assert one == other if isinstance(one, Rejection) else one.record == other.record


@LAWS
@given(st.text(st.sampled_from('{}[]":,Id\\u0ntrfalse 1e\0\n\ud800'), max_size=12))
def test_any_text_in_raw_is_taken_or_refused(text):
    """Nothing in ``_raw`` raises."""
    parsed = parse_row({"_raw": text}, OPERATIONS, NOW)
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
    parsed = parse_row(row, OPERATIONS, NOW)
    expected = violations("AGGREGATED", dict(seen, counted=counted))
    if isinstance(parsed, Rejection):
        assert (expected or [FUTURE])[0] == parsed.reason
    else:
        assert [] == expected


@LAWS
@given(ROWS)
def test_what_is_taken_can_be_written(row):
    """Every text of a record is UTF-8, and its minute a whole one."""
    parsed = parse_row(row, OPERATIONS, NOW)
    assume(not isinstance(parsed, Rejection))
    assert 0 == parsed.record.minute % 60
    for value in parsed.record:
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
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    with (folder / name).open(encoding="utf-8", newline="") as file:
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
    read, seen = table_is_read(tmp_path, OPERATIONS_FILE, ["Operation", "counted"], rows, lambda tables: tables.operations())
    assert read == (bool(seen) and not any(violations("OPERATION_ROW", row) for row in seen))


@LAWS
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=3))
def test_role_rows_are_accepted_as_the_schema_accepts_them(tmp_path, rows):
    """A file is read if it has rows and all of them are valid; a row may be cut short."""
    header = ["role", "privileged", "role_template_id"]
    read, seen = table_is_read(tmp_path, PRIVILEGED_ROLES, header, rows, lambda tables: tables.roles())
    assert read == (bool(seen) and not any(violations("ROLE_ROW", row) for row in seen))


# -- codecs -------------------------------------------------------------------------------------

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
MANY = st.sets(PLAIN.filter(bool), max_size=3).map(lambda values: tuple(sorted(values)))
ASNS = st.sets(st.integers(1, 2**32 - 1), max_size=3)
COUNTS = st.integers(0, 10**9)
MOMENTS = st.integers(0, 10**8).map(lambda minute: minute * 60)
EVIDENCE = st.builds(
    Evidence, COUNTS, COUNTS, COUNTS, PLAIN, PLAIN, MANY, MANY, MANY, ASNS.map(lambda asns: tuple(sorted(asns))), MANY, MANY, MANY
)
ALERTS = st.builds(
    Alert, PLAIN, st.builds("{}:{}".format, st.sampled_from(["user", "app"]), PLAIN), st.text("0123456789abcdef", min_size=32, max_size=32),
    MOMENTS, MOMENTS, MOMENTS, MOMENTS,
    st.sets(st.sampled_from([one.name for one in VARIATIONS[:-1]])).map(lambda names: frozenset(names | {"base"})),
    ASNS.map(frozenset), st.sampled_from(["true", "false", "unknown"]), MANY.map(frozenset), EVIDENCE, st.tuples(COUNTS, COUNTS, COUNTS),
    COUNTS, PLAIN, st.frozensets(MOMENTS, max_size=3), PLAIN, st.sampled_from(["new", "escalated"]), st.booleans(),
    st.one_of(st.none(), st.floats(1, 1e10)), st.one_of(st.none(), st.floats(1, 1e10)),
)


@LAWS
@given(ALERTS)
def test_alert_documents_come_back(alert):
    """Through JSON, as the KV store keeps them, every alert comes back whole."""
    assert alert == alert_of(json.loads(json.dumps(alert_document(alert))))


@LAWS
@given(ALERTS, st.sampled_from(["new", "known", "suppressed"]))
def test_rows_have_one_shape(alert, state):
    """Every field, in one order, multivalues as lists of texts, all else text or whole number."""
    row = alert_row(alert, state)
    assert FIELDS == list(row)
    for name, value in row.items():
        assert all(isinstance(one, str) for one in value) if name in MULTIVALUE else type(value) in (str, int)


@LAWS
@given(st.dictionaries(st.integers(-40, 57), st.integers(0, 1439), min_size=1), PLAIN, PLAIN)
def test_baseline_documents_come_back(minutes, entity, value):
    """Within retention, every day and its minute; first and last are those of the days."""
    days = {day: day * DAY + 60 * minute for day, minute in minutes.items()}
    document = json.loads(json.dumps(baseline_document(Key("t", entity, "asn", value), days)))
    assert days == days_of(document)
    assert (min(days.values()), max(days.values()), len(days)) == (document["first_seen"], document["last_seen"], document["days_seen"])


SPANS = st.one_of(st.just(0), st.integers(1, 10**6))


@LAWS
@given(
    st.builds(
        Settings, st.sampled_from(["detect", "learn", "backtest"]), st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**9),
        st.integers(1, 1440).map(lambda minutes: minutes * 60), st.integers(1, 90), st.integers(0, 90), SPANS, SPANS, SPANS,
        st.integers(1, 999), st.booleans(),
    ).filter(lambda settings: settings.activation <= settings.training),
    st.randoms(use_true_random=False),
)
def test_settings_come_back_from_their_arguments(settings, random):
    """Spelt out as arguments, in any order, the settings are read back."""
    unit = {"window": "s", "dedup": "s", "settle": "s", "quarantine": "s", "training": "d", "activation": "d"}
    arguments = ["%s=%s%s" % (name, str(value).lower(), unit.get(name, "")) for name, value in settings._asdict().items()]
    random.shuffle(arguments)
    assert settings == parse_arguments(arguments)
