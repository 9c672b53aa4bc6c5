"""Facts about the stand-in's pages in a browser, with views of a fixture app: Splunk's own client takes them for real."""

import sys

import pytest

from sandbox.invocation import Delivery
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer
from tests.browser.conftest import settle
from tests.browser.traffic import Traffic
from tests.sandbox.apps.installing import package

NOON = 1790856000  # 2026-10-01T12:00:00Z


@pytest.fixture(scope="module")
def server(client, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    with Splunkd(folder / "splunk", sys.executable, lambda: NOON, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package(folder, "pages"))
        with WebServer(splunkd, client) as running:
            yield running


@pytest.fixture
def shown(browser, server):
    """The page of the fixture app's Studio view."""
    context = browser.new_context()
    cookies = server.log_in("admin").items()
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies])
    page = context.new_page()
    page.traffic = Traffic(page)
    page.goto(server.url + "/en-US/app/pages/shown")
    settle(page)
    yield page
    context.close()


def test_panels_show_what_their_searches_gave(shown):
    """A search, a chain upon it, and a search that is refused, whose message stands in its panel."""
    assert ["1", "2"] == shown.locator("table td:first-child").all_inner_texts()
    assert "red" in shown.locator("table").inner_text()
    assert "nonsense" in shown.locator("body").inner_text()
    assert 1 == shown.get_by_text("2", exact=True).locator("visible=true").count() - 1  # in the table and alone


def test_an_input_runs_the_searches_again(shown):
    """A choice is a token, which the search gets in quotes."""
    shown.locator('[data-test="select"]').first.click()
    shown.get_by_role("option", name="Blue").click()
    shown.locator("table").get_by_text("blue").first.wait_for()
    settle(shown)
    assert "red" not in shown.locator("table").inner_text()


def test_a_token_in_the_address_is_set(shown):
    """form.X of the address is the token X, over the input's default."""
    shown.goto(shown.url.partition("?")[0] + "?form.colour=blue")
    settle(shown)
    assert "blue" in shown.locator("table").inner_text()


def test_a_link_leads_to_another_page_of_the_app(shown):
    """A click on a row opens the address that the view names, with the row's value."""
    shown.locator("table td").nth(2).click()
    shown.wait_for_url("**/en-US/app/pages/form?form.number=2")
    shown.get_by_text("hello admin").wait_for()
