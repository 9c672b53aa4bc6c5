"""The definitions of the app's Dashboard Studio views are right, and the check sees what is wrong with one."""

import copy
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from tests.app.definitions import faults
from tests.app.views import FOLDER, View
from tests.conftest import ROOT

STUDIO = sorted(path.stem for path in FOLDER.glob("*.xml") if "<dashboard" in path.read_text(encoding="utf-8"))
HTML = sorted({path.stem for path in FOLDER.glob("*.xml")} - set(STUDIO))
FIXTURE = ROOT / "tests" / "sandbox" / "apps" / "pages" / "default" / "data" / "ui" / "views" / "shown.xml"


def good():
    """The definition of the fixture app's view, which is right."""
    root = ElementTree.fromstring(FIXTURE.read_text(encoding="utf-8"))
    return json.loads(root.findtext("definition"))


def changed(change):
    made = copy.deepcopy(good())
    change(made)
    return made


MUTANTS = {
    "an unknown kind of panel": lambda one: one["visualizations"]["table"].update(type="splunk.tabel"),
    "an unknown kind of input": lambda one: one["inputs"]["colour"].update(type="input.dropdwon"),
    "an option of the wrong type": lambda one: one["visualizations"]["table"].update(options={"count": "many"}),
    "an option that does not exist": lambda one: one["visualizations"]["single"].update(options={"colour": "red"}),
    "a handler that does not exist": lambda one: one["visualizations"]["table"]["eventHandlers"][0].update(type="drilldown.go"),
    "a token setter without a token": lambda one: one["visualizations"]["table"]["eventHandlers"].append(
        {"type": "drilldown.setToken", "options": {"tokens": [{"key": "row.number.value"}]}}),
    "an unknown key at the top": lambda one: one.update(datasources={}),
    "a search without a query": lambda one: one["dataSources"]["rows"]["options"].pop("query"),
    "a data source that is not there": lambda one: one["visualizations"]["table"]["dataSources"].update(primary="no"),
    "a data source that nobody shows": lambda one: one["dataSources"].update(left={"type": "ds.search", "options": {"query": "| x"}}),
    "a chain from nowhere": lambda one: one["dataSources"]["second"]["options"].update(extend="no"),
    "a panel that is not placed": lambda one: one["layout"]["structure"].pop(),
    "a place without a panel": lambda one: one["layout"]["structure"][0].update(item="no"),
    "two inputs of one token": lambda one: (one["inputs"].update(other=one["inputs"]["colour"]),
                                            one["layout"]["globalInputs"].append("other")),
}  # fmt: skip


def test_a_right_definition_has_no_fault():
    """The fixture app's view, which the browser tests run."""
    assert [] == faults(good())


@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_sees(name):
    """One change makes it wrong, and that is said."""
    assert [] != faults(changed(MUTANTS[name]))


@pytest.mark.parametrize("name", STUDIO)
def test_a_view_has_no_fault(name):
    """By Splunk's schema, and by what the schema does not look at."""
    assert [] == faults(View(name).definition)


@pytest.mark.parametrize("name", STUDIO)
def test_a_view_says_what_it_is(name):
    """A label, the same title, a description, and each panel with a title or a text of its own."""
    view = View(name)
    assert view.label == view.definition["title"]
    assert view.definition["description"].strip().endswith(".")
    for item, one in view.definition["visualizations"].items():
        assert one["type"] in ("splunk.markdown", "splunk.rectangle", "splunk.image") or one.get("title"), item


@pytest.mark.parametrize("name", STUDIO + HTML)
def test_links_of_a_view_lead_to_views(name):
    """Every address of the app that a view names is one of its views, or the search page."""
    text = (FOLDER / (name + ".xml")).read_text(encoding="utf-8")
    assert set(re.findall(r"/app/teams_export_guard/(\w+)", text)) <= {*STUDIO, *HTML, "search"}


def test_the_navigation_leads_to_every_view():
    """Each view stands there once, and one of them is the first that is shown."""
    root = ElementTree.parse(FOLDER.parent / "nav" / "default.xml").getroot()
    entries = list(root.iter("view"))
    names = [entry.get("name") for entry in entries]
    assert sorted({*STUDIO, *HTML, "search"}) == sorted(names)
    assert ["overview"] == [entry.get("name") for entry in entries if entry.get("default") == "true"]
