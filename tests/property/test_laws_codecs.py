"""Every codec comes back: alerts and baseline as documents, settings as arguments; rows have one shape."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.alerts import Alert, Evidence
from teams_export_guard.baseline import Key
from teams_export_guard.catalogue import VARIATIONS
from teams_export_guard.documents import alert_document, alert_of, baseline_document, days_of
from teams_export_guard.rows import FIELDS, MULTIVALUE, alert_row
from teams_export_guard.settings import DAY, Settings, parse_arguments

LAWS = hypothesis_settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
MANY = st.sets(PLAIN.filter(bool), max_size=3).map(lambda values: tuple(sorted(values)))
ASNS = st.sets(st.integers(1, 2**32 - 1), max_size=3)
COUNTS = st.integers(0, 10**9)
MOMENTS = st.integers(0, 10**8).map(lambda minute: minute * 60)
EVIDENCE = st.builds(
    Evidence, COUNTS, COUNTS, COUNTS, PLAIN, PLAIN, MANY, MANY, MANY, ASNS.map(lambda asns: tuple(sorted(asns))), MANY,
    MANY, MANY
)
ALERTS = st.builds(
    Alert, PLAIN, st.builds("{}:{}".format, st.sampled_from(["user", "app"]), PLAIN), st.text("0123456789abcdef",
    min_size=32, max_size=32),
    MOMENTS, MOMENTS, MOMENTS, MOMENTS,
    st.sets(st.sampled_from([one.name for one in VARIATIONS[:-1]])).map(lambda names: frozenset(names | {"base"})),
    ASNS.map(frozenset), st.sampled_from(["true", "false", "unknown"]), MANY.map(frozenset), EVIDENCE,
    st.tuples(COUNTS, COUNTS, COUNTS),
    COUNTS, PLAIN, st.frozensets(MOMENTS, max_size=3), PLAIN, st.sampled_from(["new", "escalated"]), st.booleans(),
    PLAIN, st.frozensets(st.sampled_from(["network", "volume", "operation", "variation"])), PLAIN,
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
    assert (min(days.values()), max(days.values()), len(days)) == (
        document["first_seen"],
        document["last_seen"],
        document["days_seen"],
    )


SPANS = st.one_of(st.just(0), st.integers(1, 10**6))


@LAWS
@given(
    st.builds(
        Settings, st.sampled_from(["detect", "learn", "backtest"]), st.integers(1, 10**9), st.integers(1, 10**9),
        st.integers(1, 10**9),
        st.integers(1, 1440).map(lambda minutes: minutes * 60), st.integers(1, 90), st.integers(0, 90), SPANS, SPANS,
        SPANS,
        st.integers(1, 999), st.booleans(),
    ).filter(lambda settings: settings.activation <= settings.training),
    st.randoms(use_true_random=False),
)
def test_settings_come_back_from_their_arguments(settings, random):
    """Spelt out as arguments, in any order, the settings are read back."""
    unit = {"window": "s", "dedup": "s", "settle": "s", "quarantine": "s", "training": "d", "activation": "d"}
    arguments = [
        "%s=%s%s" % (name, str(value).lower(), unit.get(name, "")) for name, value in settings._asdict().items()
    ]
    random.shuffle(arguments)
    assert settings == parse_arguments(arguments)
