"""Macros and saved searches: every name in them leads somewhere, and the tunables are the defaults of the code."""

import re

import pytest

from teams_export_guard.settings import COMMIT_MODES, OPTIONS, Settings, parse_arguments
from tests.app.confs import MACROS, SEARCHES, SPL, TRANSFORMS, conf, dashboards

TUNABLES = [option.name for option in OPTIONS if option.name not in ("mode", "explain")]
COMMITTING = {name: one for name, one in SEARCHES.items() if "teamsexportcommit" in one["search"]}
LOOKUP_COMMANDS = r"(?:inputlookup|lookup|outputlookup)(?:\s+\w+=\w+)*\s+([A-Za-z_]\w*)"


def macros_in(spl):
    """(name, number of arguments) of each macro used."""
    found = set()
    for text in re.findall(r"`([^`]+)`", spl):
        name, bracket, arguments = text.partition("(")
        found.add((name.strip(), arguments.count(",") + 1 if bracket else 0))
    return found


def test_tunables_are_the_defaults_of_the_code():
    """Every option but mode and explain has a macro, whose value gives the default."""
    arguments = ["%s=%s" % (name, MACROS["teams_export_" + name]["definition"]) for name in TUNABLES]
    assert Settings() == parse_arguments(arguments)


def test_options_macro_names_every_tunable():
    """Each with its own macro, in the order of the options."""
    assert (
        " ".join("%s=`teams_export_%s`" % (name, name) for name in TUNABLES)
        == MACROS["teams_export_options"]["definition"]
    )


def test_every_macro_says_what_it_is():
    """In a sentence; arguments are declared as many as the name says, and used."""
    for name, one in MACROS.items():
        assert one["description"].strip().endswith("."), name
        arguments = re.split(r",\s*", one["args"]) if "args" in one else []
        assert name.endswith("(%d)" % len(arguments)) if arguments else "(" not in name
        assert all("$%s$" % argument in one["definition"] for argument in arguments)


@pytest.mark.parametrize("name", SPL)
def test_macros_that_are_used_exist(name):
    """With that many arguments."""
    for used, arguments in macros_in(SPL[name]):
        assert (used + "(%d)" % arguments if arguments else used) in MACROS


def test_every_macro_is_used():
    """By a saved search, a macro, a dashboard or an example."""
    texts = [
        *SPL.values(),
        *dashboards(),
        *(value for one in conf("searchbnf.conf").values() for value in one.values()),
    ]
    used = {name for text in texts for name, _ in macros_in(text)}
    assert set() == {name.partition("(")[0] for name in MACROS} - used


@pytest.mark.parametrize("name", SPL)
def test_lookups_that_are_used_exist(name):
    """Every lookup that a search or macro names is declared."""
    assert set(re.findall(LOOKUP_COMMANDS, SPL[name])) <= set(TRANSFORMS)


@pytest.mark.parametrize("name", SPL)
def test_commands_that_are_used_exist(name):
    """Every command of ours that a search or macro names is declared."""
    assert set(re.findall(r"\|\s*(teamsexport\w*)", SPL[name])) <= set(conf("commands.conf"))


def test_committing_searches_detect_or_learn():
    """Each runs the committing command once, with options that it takes."""
    assert {"Detect", "Detect late records", "Learn", "Backfill"} == {name.partition(" - ")[2] for name in COMMITTING}
    for name, one in COMMITTING.items():
        (arguments,) = re.findall(r"\|\s*teamsexportcommit ([^|]+)", one["search"])
        spelt = re.sub(r"`teams_export_options`", MACROS["teams_export_options"]["definition"], arguments)
        spelt = re.sub(r"`(\w+)`", lambda match: MACROS[match.group(1)]["definition"], spelt)
        assert parse_arguments(spelt.split(), COMMIT_MODES).mode == ("detect" if "Detect" in name else "learn")


@pytest.mark.parametrize("name", SEARCHES)
def test_saved_search_is_described_and_bounded(name):
    """A description, a time range, and a schedule, which one that is off may have ready."""
    one = SEARCHES[name]
    assert one["description"].strip().endswith(".")
    assert re.fullmatch(r"-\d+[mhd](@[mhd])?", one["dispatch.earliest_time"])
    assert "now" == one["dispatch.latest_time"]
    schedule = one.get("cron_schedule", "")
    assert re.fullmatch(r"(\S+ ){4}\S+", schedule) if schedule else "0" == one["enableSched"]


def test_what_needs_somebody_is_off():
    """Detection, late records and learning run by themselves; Graph needs credentials, and the CSV is empty."""
    assert ["Backfill", "Propose exceptions", "Roles", "Roles from CSV"] == sorted(
        name.partition(" - ")[2] for name, one in SEARCHES.items() if one["enableSched"] != "1")


def test_only_detecting_searches_raise_alerts():
    """They trigger on any row that is an alert and notifies; learning raises nothing."""
    notifying = "| `teams_export_alerts_only` | `teams_export_notable`"
    for name, one in COMMITTING.items():
        assert ("Detect" in name) == one["search"].endswith(notifying) == ("alert.track" in one)
        if "Detect" in name:
            assert ("number of events", "greater than", "0") == (one["counttype"], one["relation"], one["quantity"])
