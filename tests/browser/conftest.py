"""Pages of the built package in Chromium: a filled search head with its web server, one browser for all tests.

A page fails its test, at the end, if it wrote an error to the browser's console, unless the test says that it expects
that text (`page.expected`).
"""

import re
import shutil
import sys
from urllib.parse import urlencode

import pytest
from playwright.sync_api import sync_playwright

from sandbox.invocation import Delivery
from sandbox.packaging.webclient import webclient
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer
from tests.browser.traffic import Traffic
from tests.conftest import ROOT

APP = "teams_export_guard"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --force-prefers-reduced-motion"
).split()
WAIT_MS = 120_000  # for whatever a page has to do; a searching dashboard takes a few seconds
SCREENSHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="session")
def browser():
    """One Chromium, the system's own."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "The tests of the pages need Chromium (Debian: apt-get install chromium); none of them was run."
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def client():
    """The folder with Splunk's dashboard client."""
    return webclient(ROOT)


@pytest.fixture(scope="session")
def web(filled, client):
    """The pages of a search head with the sample in it."""
    with WebServer(filled, client) as server:
        yield server


@pytest.fixture(scope="session")
def bare(package, client, tmp_path_factory):
    """The pages of a search head on which the app was only just installed: no event, no alert."""
    from sandbox import sample, serve

    now = serve.PLANTED + sample.DAY
    home = tmp_path_factory.mktemp("bare")
    with Splunkd(home, sys.executable, lambda: now, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        with WebServer(splunkd, client) as server:
            server.splunkd = splunkd
            yield server


@pytest.fixture
def open_page(browser, request):
    """open_page(view, theme=, width=, user=, server=, **query) gives a page with the view in it, all panels done.

    At the end every page is closed, and each error in its console fails the test.
    """
    opened = []

    def opening(view, *, theme="light", width=1280, height=900, user="admin", server=None, wait=True, **query):
        server = server or request.getfixturevalue("web")
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in server.log_in(user).items()])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.faults, page.expected, page.traffic = [], [], Traffic(page)
        page.on("pageerror", lambda error: page.faults.append("page: %s" % error))
        page.on("console", lambda said: page.faults.append("console: %s" % said.text) if said.type == "error" else None)
        opened.append((context, page))
        page.goto("%s/en-US/app/%s/%s?%s" % (server.url, APP, view, urlencode({"theme": theme, **query})))
        if wait:
            settle(page)
        return page

    yield opening
    faults = [
        fault for _, page in opened for fault in page.faults if not any(re.search(each, fault) for each in page.expected)
    ]
    for context, _ in opened:
        context.close()
    assert [] == faults


def settle(page):
    """Wait until every panel of a dashboard has its result, or says why not."""
    page.wait_for_selector('[data-test="dashboard-core"], [data-test="dashboard-layout"], #dashboard > div', state="attached")
    page.traffic.wait(WAIT_MS)
    page.wait_for_function(
        """() => !document.querySelector('[data-test="progress-bar"], [data-test="wait-spinner"], [role="progressbar"]')"""
    )
    page.wait_for_timeout(300)  # a chart is drawn after its data are there; nothing in the page says when


def picture(page, name):
    """A picture of the whole page, for people: build/screenshots/NAME.png."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(max(height, 600), 4000)})
    page.wait_for_timeout(300)  # charts are drawn anew
    page.screenshot(path=str(SCREENSHOTS / ("%s.png" % name)))
