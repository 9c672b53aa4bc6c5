"""Why: the sentences, with the figures and the baseline facts behind a verdict."""

import pytest

from teams_export_guard import reasons
from teams_export_guard.networks import Networks
from teams_export_guard.settings import Settings
from teams_export_guard.triggers import Span
from tests.support import MIDNIGHT, ShortTable, alert, judgement

SETTINGS = Settings(window=300)
NETWORKS = Networks(ShortTable({"8.8.8.8": (100, "Hundred")}))


def said(one=None, **facts):
    return reasons.alert_reason(one or alert(), judgement(**facts), NETWORKS, SETTINGS)


def matching(*names, **changes):
    return alert(matches=frozenset({"base", *names}), **changes)


@pytest.mark.parametrize("seconds, text", [(3600, "1h"), (5400, "90m"), (86400, "1d"), (30, "30s"), (0, "0s"), (172800,
"2d"), (90, "90s")])
def test_spans_are_said_in_their_largest_unit(seconds, text):
    """Whole days, hours, minutes, else seconds."""
    assert text == reasons.span(seconds)


def test_moments_are_said_in_utc():
    """To the minute, with the zone."""
    assert "2026-01-05 00:01 UTC" == reasons.moment(MIDNIGHT + 90.5)


def test_counts_know_singular_and_plural():
    """One record, no records, two records."""
    assert ["0 records", "1 record", "2 records"] == [reasons.count(number, "record") for number in range(3)]


def test_networks_are_said_with_their_organisation():
    """Where the table knows one."""
    assert ["AS100 (Hundred)", "AS7"] == [reasons.network(asn, NETWORKS) for asn in (100, 7)]


def test_reason_is_one_sentence_with_the_figures():
    """Who, how much, when, and the thresholds."""
    text = said()
    assert text.startswith(
        "ann@t exported 5 messages in 1 record from 1 chat between 2026-01-05 00:00 UTC and 2026-01-05 00:05 UTC "
        "(thresholds: 100 messages or 20 records within 5m): "
    )
    assert text.endswith(".")
    assert 1 == text.count(". ") + text.count(".")


def test_application_is_called_one():
    """The figures begin with the kind where it is no user."""
    assert said(alert(entity="app:x")).startswith("Application x exported")


def test_matches_are_said_first_and_all_facts_are_said():
    """By precedence; what did not match follows."""
    text = said(matching("multiple_chats"))
    assert text.index("reaches the threshold of 5") < text.index("privileged") < text.index("AS100")


@pytest.mark.parametrize(
    "one, facts, words",
    [
        (alert(privileged="unknown"), {}, "unknown, for want of role data of the last 7 days"),
        (alert(privileged="false"), {}, "it is not privileged"),
        (alert(privileged="true", roles=frozenset({"Admin"})), {"export_days": lambda: 2},
        "privileged (Admin) but exported on 2 days of the 30 days"),
        (matching("privileged_first_time", roles=frozenset({"B", "A"})), {},
        "privileged (A, B) and had no export in the 30 days of training"),
        (matching("first_seen_asn", first_seen_asn=frozenset({100, 7})), {},
        "AS7, AS100 (Hundred) was never seen for it in 10 days of its activity"),
        (alert(), {}, "AS100 (Hundred) was seen before in 10 days of its activity"),
        (alert(), {"history_days": 1}, "cannot be called new after only 1 day of its activity (3 needed)"),
        (alert()._replace(evidence=alert().evidence._replace(asn=())), {}, "its network is unknown"),
        (alert(), {}, "1 chat stays below the threshold of 5"),
        (matching("multiple_chats")._replace(evidence=alert().evidence._replace(chat_count=6)), {},
        "6 chats reach the threshold of 5"),
        (alert()._replace(evidence=alert().evidence._replace(chat_count=0)), {},
        "0 chats stay below the threshold of 5"),
    ],
)
def test_baseline_facts(one, facts, words):
    """Privilege, network and chats, each as it is."""
    assert words in said(one, **facts)


def test_long_lists_are_counted():
    """Five names, then how many more."""
    text = said(matching("first_seen_asn", first_seen_asn=frozenset(range(1, 9))))
    assert "AS1, AS2, AS3, AS4, AS5 and 3 more was never seen" in text


def test_suppressed_reason_names_the_alert():
    """Which alert says the same already, and within what time."""
    text = reasons.suppressed_reason(alert(), judgement(), alert(-10, alert_id="abc"), NETWORKS, SETTINGS)
    assert text.endswith("; no second alert, because alert abc of 2026-01-04 23:50 UTC says the same within 1d.")


def test_learning_reason_counts_the_days():
    """How many days there are and how many are needed."""
    text = reasons.learning_reason(alert(), judgement(baseline_days=3), NETWORKS, SETTINGS)
    assert text.endswith("; still learning: the tenant was active on 3 of the 14 days that activation needs.")


def test_no_counted_record():
    """An entity that only signed in has nothing to judge."""
    assert "No counted export record is at hand, so there is nothing to judge." == reasons.no_trigger_reason(
        None, SETTINGS, 0
    )


def test_below_the_thresholds():
    """The fullest span, its minute and the thresholds."""
    assert (
        "At most 9 messages in 2 records within 5m up to 2026-01-05 00:00 UTC (thresholds: 100 messages or 20 records)."
        == reasons.no_trigger_reason(Span(MIDNIGHT, MIDNIGHT, 9, 2), SETTINGS, 0)
    )


def test_bursts_that_were_not_judged():
    """Where a burst reaches but lies outside, the sentence says so."""
    text = reasons.no_trigger_reason(Span(MIDNIGHT, MIDNIGHT, 900, 2), SETTINGS, 1)
    assert "; 1 burst minute not judged, because" in text


def test_braces_and_percent_signs_are_only_text():
    """A name with format characters comes out as it is."""
    assert "{0} %s %d exported" in said(alert(entity="user:{0} %s %d"))
