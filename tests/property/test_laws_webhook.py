"""Laws of the webhook: every alert can be posted, whatever a row holds nothing breaks, no pause or delivery is endless."""

from __future__ import annotations

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from teams_export_guard.action_payload import read_payload
from teams_export_guard.dead_letters import Letter, letter_of
from teams_export_guard.errors import ActionPayloadError, SettingsError
from teams_export_guard.notification import Origin, encoded, notification
from teams_export_guard.retry import LONGEST_PAUSE_SECONDS, Limits, Outcome, deliver, pause, seconds_asked
from teams_export_guard.rows import FIELDS, MULTIVALUE, alert_row
from teams_export_guard.webhook_schema import ASNS, violations
from teams_export_guard.webhook_settings import PARAMS, parse_params
from tests.property.test_laws_codecs import ALERTS, LAWS
from tests.support import Clock

ANY_TEXT = st.text(max_size=12)  # lone surrogates and NUL too
CELLS = st.one_of(ANY_TEXT, st.lists(ANY_TEXT, max_size=3), st.none(), st.integers(), st.floats())
JSON = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), ANY_TEXT),
                    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ANY_TEXT, inner, max_size=3)))
OUTCOMES = st.builds(Outcome, st.just("x"), st.booleans(), st.one_of(ANY_TEXT, st.integers(0, 10**9).map(str)))


@LAWS
@given(ALERTS.filter(lambda alert: alert.tenant))
def test_every_alert_can_be_posted(alert):
    """The row of any alert, as text or typed, gives the same valid body, whose values are those of the row."""
    row = alert_row(alert, alert.state)
    texts = {name: [*value] if isinstance(value, list) else str(value) for name, value in row.items()}
    body = notification(texts, Origin())
    assert [] == violations(body)
    assert encoded(notification(row, Origin())) == encoded(body)
    said = {name: [str(item) for item in value] if name in ASNS else value for name, value in body["alert"].items()}
    assert row == {name: said[name] for name in FIELDS}


@LAWS
@given(ALERTS.filter(lambda alert: alert.tenant))
def test_values_one_a_line_are_the_same_as_a_list(alert):
    """Both forms in which several values can come."""
    row = alert_row(alert, alert.state)
    single_lines = all("\n" not in item for name in MULTIVALUE for item in row[name])
    lines = {name: "\n".join(value) if isinstance(value, list) else value for name, value in row.items()}
    assert not single_lines or encoded(notification(row, Origin())) == encoded(notification(lines, Origin()))


@LAWS
@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), CELLS), st.builds(Origin, *[ANY_TEXT] * 4))
def test_no_row_breaks_anything(row, origin):
    """Whatever it holds, there is a body in UTF-8 with a key, and the schema has its say."""
    body = notification(row, origin)
    assert json.loads(encoded(body).decode("utf-8"))["id"] == body["id"]
    assert body["id"].isascii()
    assert isinstance(violations(json.loads(encoded(body))), list)


@LAWS
@given(st.one_of(st.binary(max_size=40), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_payload_is_read_or_refused(data):
    """By the one error that is said as a sentence."""
    try:
        read_payload(io.BytesIO(data))
    except ActionPayloadError as error:
        assert str(error).endswith(".")


@LAWS
@given(st.dictionaries(st.sampled_from(PARAMS), st.one_of(ANY_TEXT, st.just("https://h/"), st.none())))
def test_any_parameters_are_taken_or_refused(params):
    """What is taken is taken again as it was understood."""
    try:
        settings = parse_params(params)
    except SettingsError as error:
        assert error.faults
    else:
        assert settings == parse_params({**settings._asdict(), "retry_only": str(int(settings.retry_only))})


@LAWS
@given(st.integers(1, 10**6), OUTCOMES, st.floats(0, 4e9), st.floats(0, 1, exclude_max=True))
def test_pauses_are_bounded(failures, outcome, now, chance):
    """Never negative, never longer than the cap."""
    assert 0 <= pause(failures, outcome, now, chance) <= LONGEST_PAUSE_SECONDS


@LAWS
@given(ANY_TEXT, st.floats(0, 4e9))
def test_retry_after_never_breaks(text, now):
    """Any text is seconds or nothing."""
    asked = seconds_asked(text, now)
    assert asked is None or asked >= 0


@LAWS
@given(st.lists(OUTCOMES, min_size=1, max_size=12), st.integers(1, 10), st.floats(0.1, 200), st.floats(0, 20))
def test_deliveries_end(outcomes, attempts, seconds, cost):
    """Within the attempts, and no later than one attempt after the time; only what may pass is tried again."""
    clock, seen, script = Clock(0.0), [], list(outcomes)

    def attempt(left):
        seen.append((left, script[0]))
        clock.sleep(cost)
        return script.pop(0) if len(script) > 1 else script[0]

    last = deliver(attempt, Limits(attempts, seconds), clock=clock, now=clock, sleep=clock.sleep, chance=lambda: 0.5)
    assert 1 <= len(seen) == last.attempts <= attempts
    assert clock() <= seconds + cost + 1e-6
    assert all(outcome.again for _, outcome in seen[:-1])


@LAWS
@given(st.dictionaries(st.sampled_from(Letter._fields), CELLS), ANY_TEXT)
def test_any_document_is_a_letter(document, key):
    """Whatever somebody wrote into the collection; what cannot be sent leaves the queue."""
    letter = letter_of({**document, "_key": key}).checked()
    assert (key, 0) == (letter.key, letter.retry)
