"""The test command: which tests run in which environment, and that nothing that did not run counts as passed.

The app's tests run on the Pythons that Splunk runs apps with; where one of them is absent, on the running one too. What
is the same on all of them (the package, its vetting, its pages in a browser) runs on one, and so does what no Splunk
runs: the stand-in's own tests, the demo, the searches of the dashboards as the stand-in interprets them. Three runs
at a time; the longest first. Does not know what the tests test.
"""
from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Sequence, Tuple

from .libraries import ALL_LISTS, BROWSER_LIST, environment, find_python, say, version_of

SPLUNK_PYTHONS = ("3.9", "3.13")  # those that Splunk 9.3 to 10.x runs apps with
ONE_PYTHON = ("tests/packaging", "tests/browser")  # the same on every Python
#: Not the app's code, but the stand-in, the demo, and SPL that the stand-in interprets: on the running Python alone.
NO_SPLUNK = (
    "tests/sandbox", "tests/app/test_demo.py", "tests/app/test_panels_*.py", "tests/app/test_*_clicks.py",
    "tests/app/test_proposals.py",
)
ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 3  # runs side by side, for two cores: the one with the pages mostly waits
NO_TESTS = 5  # pytest's exit code where nothing was selected


class Run(NamedTuple):
    """One pytest run: what it is called, its Python, its environment's folder and libraries, its arguments."""

    name: str
    python: str
    folder: str
    lists: Sequence[str]
    arguments: List[str]


def runs(arguments: List[str]) -> Tuple[List[Run], List[str]]:
    """The runs for the user's arguments to pytest, and the Pythons that are absent."""
    running = version_of(sys.executable) or "unknown"
    here = [minor for minor in SPLUNK_PYTHONS if running.startswith("%s." % minor)]
    found = {minor: find_python(minor) for minor in SPLUNK_PYTHONS if minor not in here}
    absent = [minor for minor, python in found.items() if not python]
    elsewhere = ["--ignore=%s" % folder for folder in ONE_PYTHON]
    alone = ["--ignore-glob=%s" % pattern for pattern in NO_SPLUNK]
    planned = [
        Run(version_of(python) or minor, python, ".venv-%s" % minor, ALL_LISTS, [*arguments, *elsewhere, *alone])
        for minor, python in found.items() if python
    ]
    paths = [argument for argument in arguments if argument.startswith("tests")]
    rest = elsewhere if here or absent or paths else no_splunk()
    planned.append(Run(running, sys.executable, ".venv", ALL_LISTS, [*arguments, *rest]))
    one = [path for path in paths if path.startswith(ONE_PYTHON)]
    if one or not paths:
        others = [argument for argument in arguments if argument not in paths]
        browser = Run("%s, package and pages" % running, sys.executable, ".venv-browser", (*ALL_LISTS, BROWSER_LIST),
                      [*(one or ONE_PYTHON), *others])
        planned = [browser] if paths and one == paths else [browser, *planned]
    return planned, absent


def no_splunk() -> List[str]:
    """The files and folders that ``NO_SPLUNK`` names."""
    return sorted(str(path.relative_to(ROOT)) for pattern in NO_SPLUNK for path in ROOT.glob(pattern))


def run_all(arguments: List[str], package: str, root: Path) -> int:
    """Run everything; pytest's worst exit code. Where runs go on side by side, each prints in one piece at its end."""
    planned, absent = runs(arguments)
    for minor in absent:
        say("Python %s is absent: nothing was run on it." % minor)
    pythons = [environment(run.python, root / run.folder, root, run.lists) for run in planned]
    results: Dict[str, int] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        capture = len(planned) > 1
        waiting = [pool.submit(_pytest, python, package, run, root, capture) for python, run in zip(pythons, planned)]
        for run, started in zip(planned, waiting):
            code, printed = started.result()
            print(printed, end="", flush=True)
            results[run.name] = code
    for name, code in results.items():
        said = {0: "passed", NO_TESTS: "none of the tests asked for"}.get(code, "FAILED (pytest exit code %d)" % code)
        say("Python %s: %s" % (name, said))
    return verdict(results, bool(arguments))


def verdict(codes: Mapping[str, int], chosen: bool) -> int:
    """The exit code of all runs: the worst. A choice of tests may have none for some of the runs, but not for all."""
    if chosen and set(codes.values()) != {NO_TESTS}:
        codes = {name: code for name, code in codes.items() if code != NO_TESTS}
    return max(codes.values(), key=abs)


def _pytest(python: str, package: str, run: Run, root: Path, capture: bool) -> Tuple[int, str]:
    say("pytest on Python %s" % run.name)
    done = subprocess.run(
        [python, "-m", "pytest", *run.arguments], cwd=root, env={**os.environ, "TEAMS_EXPORT_GUARD_PACKAGE": package},
        stdout=subprocess.PIPE if capture else None, stderr=subprocess.STDOUT if capture else None, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout or ""
