"""Facts about a built package with something broken in it: one clear error, never an empty result like success."""

from __future__ import annotations

import pytest

from tests.protocol.records import OFF, burst
from tests.protocol.site import altered, states, the_error

SESSION = "bin/teams_export_guard/session.py"
TABLES = {
    "lookups/teams_export_operations.csv": "The lookup teams_export_operations.csv cannot be read",
    "lookups/privileged_roles.csv": "The lookup privileged_roles.csv cannot be read",
    "bin/asn/teams_export_asn.bin": "The ASN table teams_export_asn.bin is missing",
}


@pytest.fixture
def broken(sites, installed, tmp_path):
    """broken(path, change) is a search head whose copy of the app has one file changed, or gone (None)."""
    return lambda path, change: sites(app=altered(installed, tmp_path / "home", path, change))


@pytest.mark.parametrize("path", TABLES)
def test_a_missing_table_is_one_clear_error(broken, path):
    """A table that is not there is named, and nothing is written."""
    site = broken(path, None)
    assert TABLES[path] in the_error(site.search("teamsexportcommit", [OFF], burst()))
    assert {"ledger": {}, "baseline": {}} == site.kept()


def test_a_bad_row_of_a_table_is_one_clear_error(broken):
    """The error names file and line."""
    site = broken("lookups/teams_export_operations.csv", lambda text: text + "Some,maybe,x\n")
    lines = (site.app.path / "lookups/teams_export_operations.csv").read_text().count("\n")
    error = the_error(site.search("teamsexport", [OFF], burst()))
    assert "teams_export_operations.csv has 1 bad rows (line %d" % lines in error


def raising(statement):
    """A change that runs a statement where a session begins to judge."""
    place = "        survey = self._timed("
    return lambda text: text.replace(place, "        %s\n%s" % (statement, place))


@pytest.mark.parametrize("text", ["{boom}", "50% of {0}", r"\ud800", "{"])
def test_a_defect_is_one_error_that_tells_it(broken, text):
    """An exception whose text would kill the SDK without a reply reaches the user as one error."""
    site = broken(SESSION, raising('raise ValueError("%s")' % text))
    error = the_error(site.search("teamsexportcommit", [OFF], burst()))
    assert "ValueError" in error and text.replace(r"\ud800", "\ufffd") in error
    assert [] == site.requests()


@pytest.mark.parametrize("code", ["0", "3", ""])
def test_an_exit_is_no_success(broken, code):
    """A command that exits midway says so, whatever its code."""
    site = broken(SESSION, raising("raise SystemExit(%s)" % code))
    assert "ended before its work was done" in the_error(site.search("teamsexportcommit", [OFF], burst()))


def test_a_stray_print_does_not_break_the_reply(broken):
    """What a library prints does not get between the replies."""
    site = broken(SESSION, raising('print("chunked 1.0,2,0")'))
    assert [("new", "user:ann@contoso.example")] == states(site.judge(burst(), OFF))
