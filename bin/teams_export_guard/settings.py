"""The settings of one run: every number by name, unit and source.

Knows the options of the two commands, their defaults and their bounds (contract, section 3), and
says all faults of what was given at once, each with the value given and what is allowed. Knows
nothing of records. Constants that no option changes stand here too.

Sources: "seed" is the vendor alert that this app re-creates (activation 14 days, training 30 days,
test period 1 hour, deduplication 1 day). "ours" marks a number that no public source gives.
"""

import difflib
import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .errors import SettingsError
from .text import clean

MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds
SPAN_UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}  # seconds in each unit of a span

RETENTION_DAYS = 97  # days of sightings kept before the newest of a document (ours)
FUTURE_SECONDS = DAY  # a record later than this after now is rejected (contract, section 2)
PRIVILEGED_FRESH_SECONDS = 7 * DAY  # role data older than this says nothing about who is not privileged (ours)
ESCALATION_FACTOR = 10  # a repeat of this many times the messages is no repeat (ours)
LIST_LIMIT = 100  # values of chat_id and record_id that an alert lists (contract, section 3)

MODES = ("detect", "learn", "backtest")
COMMIT_MODES = ("detect", "learn")


class Settings(NamedTuple):
    """The options of one run. Spans are seconds, ``training`` and ``activation`` whole days."""

    mode: str = "detect"
    message_threshold: int = 100
    record_threshold: int = 20
    chat_threshold: int = 5
    window: int = HOUR
    training: int = 30
    activation: int = 14
    dedup: int = DAY
    settle: int = DAY
    quarantine: int = 14 * DAY
    history_days: int = 3
    explain: bool = False


class Option(NamedTuple):
    """What one option takes: ``parse(text)`` gives its value or None, ``allowed`` says what it takes."""

    name: str
    parse: object
    allowed: str
    unit: str
    source: str
    meaning: str


def parse_span(text: str) -> Optional[int]:
    """Seconds in a span such as ``90m``; None if it is none. A bare 0 is no time at all."""
    if text == "0":
        return 0
    match = re.fullmatch(r"([0-9]{1,9})([smhdw])", text)
    return int(match.group(1)) * SPAN_UNITS[match.group(2)] if match else None


def _whole_number(text):
    return int(text) if re.fullmatch(r"0*[1-9][0-9]{0,17}", text) else None


def _window(text):
    span = parse_span(text)
    return span if span is not None and span % MINUTE == 0 and MINUTE <= span <= DAY else None


def _days(least):
    def parse(text):
        span = parse_span(text)
        return span // DAY if span is not None and span % DAY == 0 and least * DAY <= span <= 90 * DAY else None

    return parse


_BOOLEANS = {"true": True, "t": True, "1": True, "yes": True, "false": False, "f": False, "0": False, "no": False}


def parse_boolean(text: str) -> Optional[bool]:
    """Whether ``text`` says yes or no; None if it is neither."""
    return _BOOLEANS.get(text.lower())


_NUMBER = "a whole number of 1 or more"
_SPAN = "a span such as 24h (s, m, h, d or w), 0 to switch it off"

OPTIONS: Tuple[Option, ...] = (
    Option("mode", lambda text: text if text in MODES else None, " or ".join(MODES), "", "", "what the run does"),
    Option("message_threshold", _whole_number, _NUMBER, "messages", "ours", "messages in the window: a trigger"),
    Option("record_threshold", _whole_number, _NUMBER, "records", "ours", "records in the window: a trigger"),
    Option("chat_threshold", _whole_number, _NUMBER, "chats", "ours", "chats in the evidence: multiple_chats"),
    Option("window", _window, "whole minutes from 1m to 24h", "seconds", "seed: test period", "what counts together"),
    Option("training", _days(1), "whole days from 1d to 90d", "days", "seed: training period", "the history"),
    Option("activation", _days(0), "whole days from 0d to training", "days", "seed: activation period", "needed"),
    Option("dedup", parse_span, _SPAN, "seconds", "seed: deduplication period", "no second alert within it"),
    Option("settle", parse_span, _SPAN, "seconds", "ours", "age at which a sighting counts as history"),
    Option("quarantine", parse_span, _SPAN, "seconds", "ours", "how long the ASNs of an alert are not learned"),
    Option("history_days", _whole_number, _NUMBER, "days", "ours", "active days before an ASN can be new"),
    Option("explain", parse_boolean, "true or false", "", "", "a row for every entity without a trigger"),
)
_BY_NAME: Dict[str, Option] = {option.name: option for option in OPTIONS}


def pairs(arguments: Sequence[str]):
    """(name, value) of each argument; ``value`` is None where there was no ``=``.

    The SPL parser splits an argument at blanks, so ``window = 1h`` arrives as three.
    """
    words = list(arguments)
    joined = []
    while words:
        word = words.pop(0)
        if "=" not in word and words and words[0].startswith("="):
            word += words.pop(0)
        if word.endswith("=") and word.count("=") == 1 and words and "=" not in words[0]:
            word += words.pop(0)
        joined.append(word)
    for word in joined:
        name, equals, value = word.partition("=")
        yield name.strip(), value.strip() if equals else None


def parse_arguments(arguments: Sequence[str], modes: Sequence[str] = MODES) -> Settings:
    """The settings that the command's ``arguments`` (``name=value`` texts) ask for.

    ``modes`` are those that the command offers. Raises SettingsError naming every fault.
    """
    given, faults = {}, []
    for name, value in pairs(arguments):
        option = _BY_NAME.get(name)
        if option is None:
            faults.append(unknown(name, value, _BY_NAME))
        elif name in given:
            faults.append("%s=%s: the option is given twice" % (name, value))
        elif value is None:
            faults.append("%s: a value is missing; allowed: %s" % (name, option.allowed))
        else:
            given[name] = option.parse(value) if name != "mode" or value in modes else None
            if given[name] is None:
                allowed = " or ".join(modes) if name == "mode" else option.allowed
                faults.append("%s=%s: allowed: %s" % (name, value, allowed))
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    if given.get("training", 0) is not None and given.get("activation", 0) is not None:
        if settings.activation > settings.training:
            which = "" if "activation" in given else " (its default)"
            faults.append(
                "activation=%dd%s: allowed: whole days from 0d to training, which is %dd"
                % (settings.activation, which, settings.training)
            )
    if faults:
        raise SettingsError(faults)
    return settings


def texts(arguments: Sequence[str], known: Sequence[str], *, secretive=False) -> Tuple[Dict[str, str], List[str]]:
    """(option -> its text without blanks around it, faults) of a command whose options are all texts.

    ``secretive`` repeats nothing of an argument that is no option: it may be an address with a password in it.
    """
    given: Dict[str, str] = {}
    faults = []
    for name, value in pairs(arguments):
        if name not in known:
            shown = (name, value) if not secretive else (name if name.isidentifier() else "an argument", None)
            faults.append(unknown(*shown, known))
        elif value is None:
            faults.append("%s: a value is missing" % name)
        elif name in given:
            faults.append("%s: the option is given twice" % name)
        else:
            given[name] = clean(value).strip()
    return given, faults


def unknown(name, value, known) -> str:
    """The sentence about an option that is not one of ``known``, with the nearest that is."""
    shown = name if value is None else "%s=%s" % (name, value)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = "did you mean %s? " % near[0] if near else ""
    return "%s: there is no such option; %sallowed: %s" % (shown, hint, ", ".join(known))
