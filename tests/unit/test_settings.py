"""The options: defaults, what is allowed, and all faults said at once."""

import pytest

from teams_export_guard.errors import SettingsError
from teams_export_guard.settings import COMMIT_MODES, OPTIONS, Settings, parse_arguments, parse_span

DAY = 86400


def faults(*arguments, **more):
    with pytest.raises(SettingsError) as caught:
        parse_arguments(arguments, **more)
    return caught.value.faults


def test_defaults_are_those_of_the_contract():
    """Without arguments every option has the default of contract section 3."""
    expected = Settings("detect", 100, 20, 5, 3600, 30, 14, DAY, DAY, 14 * DAY, 3, False)
    assert expected == parse_arguments([])


def test_every_option_is_a_setting_and_in_its_order():
    """OPTIONS and Settings name the same things."""
    assert Settings._fields == tuple(option.name for option in OPTIONS)


@pytest.mark.parametrize(
    "text, seconds",
    [("30s", 30), ("90m", 5400), ("24h", DAY), ("2d", 2 * DAY), ("1w", 7 * DAY), ("0", 0), ("0d", 0), ("007m", 420)],
)
def test_spans_are_numbers_with_a_unit(text, seconds):
    """s, m, h, d and w are units; a bare 0 is no time."""
    assert seconds == parse_span(text)


@pytest.mark.parametrize("text", ["", "1", "h", "1.5h", "-1h", "1 h", "1H", "1h30m", "1y", "1h\n", "١h", "00", "1mon"])
def test_what_is_no_span(text):
    """No unit, an unknown one, a sign, a fraction or a blank is no span."""
    assert parse_span(text) is None


@pytest.mark.parametrize(
    "argument, name, value",
    [
        ("mode=learn", "mode", "learn"), ("mode=backtest", "mode", "backtest"), ("message_threshold=1",
        "message_threshold", 1),
        ("record_threshold=007", "record_threshold", 7), ("chat_threshold=999", "chat_threshold", 999),
        ("history_days=1", "history_days", 1), ("window=1m", "window", 60), ("window=24h", "window", DAY),
        ("window=1d", "window", DAY), ("window=120s", "window", 120), ("training=90d", "training", 90),
        ("training=2w", "training", 14), ("training=336h", "training", 14), ("activation=0d", "activation", 0),
        ("activation=0", "activation", 0), ("dedup=0", "dedup", 0), ("dedup=7s", "dedup", 7), ("settle=2h", "settle",
        7200),
        ("quarantine=0d", "quarantine", 0), ("explain=true", "explain", True), ("explain=F", "explain", False),
    ],
)
def test_allowed_values(argument, name, value):
    """Values at the bounds are taken, in their own unit."""
    assert value == getattr(parse_arguments([argument]), name)


@pytest.mark.parametrize(
    "argument",
    [
        "mode=Detect", "mode=", "message_threshold=0", "message_threshold=-1", "record_threshold=1.0",
        "chat_threshold=",
        "history_days=0", "window=0", "window=59s", "window=90s", "window=25h", "training=0d", "training=91d",
        "training=36h", "activation=1h", "dedup=1", "settle=x", "quarantine=-1d", "explain=maybe",
        "message_threshold=1e3",
    ],
)
def test_refused_values_are_said_with_what_is_allowed(argument):
    """A value out of bounds is repeated, with what is allowed."""
    said = faults(argument)
    assert 1 == len(said)
    assert said[0].startswith(argument + ": allowed: ")


def test_all_faults_are_said_at_once():
    """Four faults give one error that names all four."""
    said = faults("window=0", "chat_threshold=many", "banana=1", "explain")
    assert ["window=0", "chat_threshold=many", "banana=1", "explain"] == [text.split(":")[0] for text in said]


def test_unknown_option_gets_a_hint():
    """A near miss of a name is asked about; a far one is not."""
    assert "did you mean window?" in faults("windw=1h")[0]
    assert "did you mean" not in faults("banana=1")[0]


def test_unknown_option_is_told_every_option():
    """What is allowed in place of an unknown option is the list of all."""
    said = faults("banana=1")[0]
    assert all(option.name in said for option in OPTIONS)


def test_option_names_are_taken_as_written():
    """Names in another case are other names."""
    assert "did you mean window?" in faults("Window=1h")[0]


def test_option_given_twice_is_a_fault():
    """Even the same value twice is a fault, since one of them is a mistake."""
    assert ("window=1h: the option is given twice",) == faults("window=1h", "window=1h")


def test_value_is_missing():
    """A name without = has no value."""
    assert ("window: a value is missing; allowed: whole minutes from 1m to 24h",) == faults("window")


@pytest.mark.parametrize(
    "words", [["window", "=", "2h"], ["window=", "2h"], ["window", "=2h"], ["window=2h"], ["window =2h"],
    ["window = 2h"]]
)
def test_blanks_around_the_equals_sign(words):
    """The SPL parser splits at blanks; name, sign and value are put together again."""
    assert 7200 == parse_arguments(words + ["history_days=2"]).window
    assert 2 == parse_arguments(words + ["history_days=2"]).history_days


def test_empty_value_does_not_swallow_the_next_option():
    """``window=`` before ``history_days=2`` is a value missing, not a value found."""
    assert ["window="] == [text.split(":")[0] for text in faults("window=", "history_days=2")]


def test_activation_is_at_most_training():
    """More activation than training is refused; as much is taken."""
    assert ("activation=8d: allowed: whole days from 0d to training, which is 7d",) == faults(
        "training=7d", "activation=8d"
    )
    assert 7 == parse_arguments(["training=7d", "activation=7d"]).activation


def test_default_of_activation_is_held_to_training_too():
    """A training shorter than the default of activation says where the 14 days come from."""
    assert ("activation=14d (its default): allowed: whole days from 0d to training, which is 7d",) == faults(
        "training=7d"
    )


def test_bad_training_is_said_once():
    """What is compared with a bad value is not said to be wrong."""
    assert 1 == len(faults("training=0d", "activation=5d"))


def test_committing_command_has_no_backtest():
    """``mode=backtest`` is not for teamsexportcommit."""
    assert ("mode=backtest: allowed: detect or learn",) == faults("mode=backtest", modes=COMMIT_MODES)
    assert "learn" == parse_arguments(["mode=learn"], COMMIT_MODES).mode
