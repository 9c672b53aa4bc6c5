"""The tune view in a browser: nothing runs before Submit, and another set of one's own changes the results."""

import re

import pytest

from tests.browser.conftest import settle

REPLAY = re.compile(r"mode%3Dbacktest|teams_export_backtest")


def searches(page):
    """The back-tests that a page starts from now on."""
    started = []
    page.on("request", lambda request: started.append(request.post_data or "") if request.method == "POST"
            and re.search(r"/search/jobs$", request.url) and REPLAY.search(request.post_data or "") else None)
    return started


def submit(page):
    page.get_by_role("button", name="Submit").click()
    page.locator('[data-test="table"] >> text="Own"').first.wait_for()
    settle(page)


@pytest.fixture
def tune(open_page):
    """The view as an analyst opens it."""
    return open_page("tune", user="teams_export_analyst")


def test_the_thresholds_stand_there_before_anything_runs(tune):
    """The sets are listed, and no back-test starts until somebody asks for it."""
    started = searches(tune)
    tune.reload()
    settle(tune)
    assert "Four times" in tune.locator("#dashboard").inner_text()
    assert [] == started


def test_a_set_of_ones_own_changes_the_results(tune):
    """Submit runs the back-test once; a lower set of one's own then raises more alerts."""
    started = searches(tune)
    submit(tune)
    assert 1 == len(started)
    text = tune.locator("#dashboard").inner_text()
    before = own_alerts(text)
    messages = tune.get_by_role("spinbutton", name="Own set: messages")
    messages.fill("20")
    messages.press("Tab")
    submit(tune)
    tune.wait_for_function(
        "before => { const found = document.querySelector('#dashboard').innerText.match(/Own\\s+(\\d+)\\s+[\\d.]+/);"
        " return found && found[1] !== String(before); }", arg=before)
    assert own_alerts(tune.locator("#dashboard").inner_text()) > before


def own_alerts(text):
    """How many alerts the own set raised, by the page's text."""
    return int(re.search(r"Own\s+(\d+)\s+[\d.]+", text).group(1))
