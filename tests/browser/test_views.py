"""Every dashboard in a browser: light and dark, at two widths, with data, without, and with searches that fail."""

import gzip
import json

import pytest

from tests.app.definitions import SCHEMA
from tests.app.test_definitions import STUDIO
from tests.app.views import View
from tests.browser.conftest import picture, settle

#: What a view is opened with, besides its defaults.
QUERIES = {
    "investigate": {"form.alert_id": "ALERT"},
    "entity": {"form.tenant": "TENANT", "form.entity": "ENTITY"},
}
#: What a visitor does before a view shows anything.
STEPS = {"tune": lambda page: (page.get_by_role("button", name="Submit").click(),
                               page.get_by_text("Who makes most of the alerts").wait_for())}
REFUSAL = "Search not executed: the test refuses every search."
LOOKS = [("light", 1280), ("light", 1920), ("dark", 1280), ("dark", 1920)]


@pytest.fixture
def query(filled):
    """query(view): the tokens of an alert of the planted day, where the view needs some."""
    def of(view):
        rows = filled.search("| inputlookup teams_export_alerts | sort - risk_score", app="teams_export_guard").rows
        values = {"ALERT": rows[0]["alert_id"], "TENANT": rows[0]["tenant"], "ENTITY": rows[0]["entity"]}
        return {key: values[value] for key, value in QUERIES.get(view, {}).items()}

    return of


@pytest.fixture
def opened(open_page):
    """open_page, and the steps that the view asks of its visitor."""
    def opening(view, **how):
        page = open_page(view, **how)
        if view in STEPS:
            STEPS[view](page)
            settle(page)
        return page

    return opening


def titles(view):
    return [one["title"] for one in View(view).definition["visualizations"].values() if one.get("title")]


def overflowing(page):
    """The texts that are wider than the page: nothing may need a sideways scroll bar."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("theme, width", LOOKS)
@pytest.mark.parametrize("view", STUDIO)
def test_a_view_shows_its_panels(opened, query, view, theme, width):
    """With the sample's data: every panel is there, none with an error, and nothing sticks out."""
    page = opened(view, theme=theme, width=width, **query(view))
    text = page.locator("#dashboard").inner_text()
    assert [] == [title for title in titles(view) if title not in text]
    assert 0 == page.locator('[data-test*="error"], [data-test="message"][data-test-type="error"]').count(), text
    assert 0 >= overflowing(page)
    picture(page, "%s-%s-%d" % (view, theme, width))


@pytest.mark.parametrize("view", STUDIO)
def test_a_view_without_data_explains_itself(opened, bare, view):
    """On a fresh install: every panel is there, and none has an error."""
    page = opened(view, server=bare)
    text = page.locator("#dashboard").inner_text()
    assert [] == [title for title in titles(view) if title not in text]
    assert 0 == page.locator('[data-test*="error"]').count(), text
    picture(page, "%s-empty" % view)


@pytest.mark.parametrize("view", STUDIO)
def test_a_view_shows_why_its_searches_fail(open_page, query, view):
    """splunkd's message stands in the panels; the page goes on."""
    page = open_page(view, wait=False, **query(view))
    page.expected += ["400", "failed to create search job"]
    page.route("**/search/jobs*", lambda route: route.fulfill(
        status=400, json={"messages": [{"type": "FATAL", "text": REFUSAL}]}) if route.request.method == "POST"
        else route.continue_())  # fmt: skip
    page.reload()
    settle(page)
    assert REFUSAL in page.locator("#dashboard").inner_text()
    picture(page, "%s-failing" % view)


def test_the_schema_of_definitions_is_the_clients(open_page):
    """The committed file is what the client makes of its preset now."""
    page = open_page(STUDIO[0])
    made = json.loads(page.evaluate("JSON.stringify(window.definitionSchema())"))
    assert json.loads(gzip.decompress(SCHEMA.read_bytes())) == made
