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
    before = own_alerts(tune)
    messages = tune.get_by_role("spinbutton", name="Own set: messages")
    messages.fill("20")
    messages.press("Tab")
    submit(tune)
    assert 2 == len(started)
    assert own_alerts(tune) > before


def own_alerts(page):
    """How many alerts the own set raised: the number beside its name in the table of what each set raises."""
    table = page.locator('[data-test="table"]').filter(has=page.get_by_role("columnheader", name="A week"))
    row = table.get_by_role("row").filter(has=page.get_by_role("cell", name="Own", exact=True))
    return int(row.get_by_role("cell").nth(1).inner_text())
