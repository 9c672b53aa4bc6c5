"""Which tests the test command runs where."""

import pytest

from sandbox.packaging.libraries import ALL_LISTS, BROWSER_LIST
from sandbox.packaging.testing import NO_SPLUNK, NO_TESTS, ONE_PYTHON, ROOT, no_splunk, runs, verdict

ELSEWHERE = ["--ignore=%s" % folder for folder in ONE_PYTHON]
OTHERS = [*ELSEWHERE, *("--ignore-glob=%s" % pattern for pattern in NO_SPLUNK)]


def test_without_a_choice_everything_runs():
    """The package and its pages, the stand-in and the demo on one Python; the app on every one of Splunk's, or on all."""
    planned, absent = runs([])
    one, *others, running = planned
    assert [*ONE_PYTHON] == one.arguments
    assert (*ALL_LISTS, BROWSER_LIST) == tuple(one.lists)
    assert all(OTHERS == run.arguments for run in others)
    here = running.name.startswith(("3.9.", "3.13."))
    assert (ELSEWHERE if absent or here else no_splunk()) == running.arguments
    pythons = {run.name.rsplit(".", 1)[0] for run in [running, *others]}
    assert {"3.9", "3.13"} <= pythons | set(absent)


def test_what_no_splunk_runs_is_there():
    """Every name stands for a file or folder; otherwise nobody would run it."""
    assert all(list(ROOT.glob(pattern)) for pattern in NO_SPLUNK)
    assert {"tests/sandbox", "tests/app/test_demo.py", "tests/app/test_panels_tune.py"} <= set(no_splunk())


def test_no_environment_is_shared():
    """Two runs side by side would otherwise remake each other's libraries."""
    planned, _ = runs([])
    assert len({run.folder for run in planned}) == len(planned)


@pytest.mark.parametrize("arguments", [["tests/unit"], ["tests/unit", "-q"]])
def test_a_choice_without_the_pages_needs_no_browser(arguments):
    """And goes to every Python with the user's arguments."""
    (*others, running), _ = runs(arguments)
    assert [*arguments, *ELSEWHERE] == running.arguments
    assert all([*arguments, *OTHERS] == run.arguments for run in others)


def test_a_choice_of_the_pages_alone_runs_once():
    """The other Pythons have nothing to do."""
    planned, _ = runs(["tests/browser/test_views.py", "-q"])
    assert [["tests/browser/test_views.py", "-q"]] == [run.arguments for run in planned]


def test_a_mixed_choice_is_divided():
    """The pages go to the run that has a browser, and are ignored by the others."""
    one, *most = runs(["tests/browser", "tests/unit", "-x"])[0]
    assert ["tests/browser", "-x"] == one.arguments
    assert all({"tests/unit", *ELSEWHERE} <= set(run.arguments) for run in most)


def test_a_choice_by_name_reaches_every_run():
    """-k has no path, so it concerns all tests."""
    assert all({"-k", "asn"} <= set(run.arguments) for run in runs(["-k", "asn"])[0])


@pytest.mark.parametrize("codes, chosen, expected", [
    ((0, 0), True, 0), ((0, 1), True, 1), ((NO_TESTS, 0), True, 0), ((NO_TESTS, 1), True, 1),
    ((NO_TESTS, NO_TESTS), True, NO_TESTS), ((NO_TESTS, 0), False, NO_TESTS), ((0, -9), False, -9),
])
def test_nothing_that_did_not_run_passes(codes, chosen, expected):
    """A run without tests is a fault, unless a choice was made and another run has some; a killed run is one too."""
    assert expected == verdict(dict(zip("ab", codes)), chosen)
