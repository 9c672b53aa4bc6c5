"""The README says what is there: its searches run, its commands, macros, searches, lookups and errors exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.conf import App
from sandbox.invocation import Delivery
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", README, re.S)
SEARCHES = [block for block in BLOCKS if "|" in block]
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("python3 ")]
NOON = 1790856000  # 2026-10-01T12:00:00Z


@pytest.fixture(scope="module")
def splunkd(package, tmp_path_factory):
    home = tmp_path_factory.mktemp("readme")
    with Splunkd(home, sys.executable, Clock(NOON), delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        yield splunkd


@pytest.fixture(scope="module")
def app(splunkd):
    return App(splunkd.home / "etc" / "apps" / "teams_export_guard")


def test_there_are_searches_and_commands_to_check():
    """The README shows at least two searches, and the two commands of a newcomer."""
    assert len(SEARCHES) >= 2
    assert ["python3 package.py demo", "python3 package.py test"] == COMMANDS


@pytest.mark.parametrize("spl", SEARCHES)
def test_its_searches_run(splunkd, spl):
    """Each search in a block runs without an error."""
    assert splunkd.search(" ".join(spl.split()), app="teams_export_guard").error is None


def test_its_role_row_is_one_that_the_app_reads(splunkd):
    """The row that the README takes in has only fields of teams_export_privileged, and is one of them afterwards."""
    (spl,) = [spl for spl in SEARCHES if "teamsexportroleimport" in spl]
    splunkd.search(" ".join(spl.split()), app="teams_export_guard")
    rows = splunkd.search("| inputlookup teams_export_privileged", app="teams_export_guard").rows
    assert ["ann@example.com"] == sorted({row["user"] for row in rows})
    fields = set(re.findall(r"(\w+)=", spl))
    assert fields <= set(rows[0])


def test_its_commands_exist():
    """package.py knows every subcommand that the README names."""
    known = subprocess.run(
        [sys.executable, str(ROOT / "package.py"), "--help"], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout
    named = set(re.findall(r"package\.py (\w+)", README))
    assert named and named <= set(re.findall(r"\w+", known))


def test_its_names_exist(app):
    """Every teams_export_… that the README names is a macro, a lookup, a role or a file of the app."""
    there = set(app.conf("macros")) | set(app.conf("transforms"))
    there |= {name.replace("role_", "", 1) for name in app.conf("authorize")}
    there |= {path.name.partition(".")[0] for path in app.path.rglob("*")} | {"teams_export_guard"}
    named = set(re.findall(r"\bteams_export_\w+", README))
    assert set() == named - there


def test_every_saved_search_is_described(app):
    """The table of searches names each of them, and no other."""
    shown = {name.strip() for name in re.findall(r"^\| \*(Teams Export - [^*]+)\* \|", README, re.M)}
    assert set(app.saved_searches()) == shown


def test_every_tunable_is_named(app):
    """The macros that an admin may change are all in the section on tuning."""
    tuning = README.partition("## Tune")[2].partition("\n## ")[0]
    own_words = {"teams_export_index"}  # said under Install
    first_part = (ROOT / "default" / "macros.conf").read_text(encoding="utf-8").partition("# The rest")[0]
    tunables = set(re.findall(r"^\[(\w+)\]", first_part, re.M)) - own_words
    assert set() == {name for name in tunables if name not in tuning}


def test_the_sentences_under_troubleshooting_are_the_apps():
    """What a user is told to look for is what the app says."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bin" / "teams_export_guard").glob("*.py"))
    for said in ("Another committing run (", "holds the lease", "The KV store could not be used within 60 seconds",
                 "rows rejected: ", "there is no such option; ", "did you mean ", "Microsoft Entra refused the sign-in",
                 "The app registration needs the application permission "):
        assert said in code
        assert said.strip(" (;") in README
