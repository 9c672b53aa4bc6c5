"""An analyst works an alert: from the overview to its evidence, to the records of what followed, to the verdict."""

import re
import sys
import urllib.parse

import pytest

from sandbox import sample, serve
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer
from tests.browser.conftest import settle

ANALYST = "teams_export_analyst"
ALERTS = {alert["pattern"]: alert for alert in sample.expected()["alerts"]}
TALL = 3600  # a page of this height shows every panel, so that none must be scrolled to


@pytest.fixture(scope="module")
def own(package, client, tmp_path_factory):
    """The pages of a search head of these tests' own: they write."""
    now = serve.PLANTED + sample.DAY
    with Splunkd(tmp_path_factory.mktemp("own"), sys.executable, lambda: now) as splunkd:
        splunkd.install(package)
        serve.load_sample(splunkd)
        serve.fill(splunkd)
        with WebServer(splunkd, client) as server:
            server.splunkd = splunkd
            yield server


def arrived(page, view):
    page.expected += [r"404 \(Not Found\)"]  # on leaving, the client cancels a search twice that two panels share
    page.wait_for_url("**/%s?**" % view)
    settle(page)
    return urllib.parse.parse_qs(urllib.parse.urlparse(page.url).query)


def test_a_click_on_an_alert_investigates_it(open_page, own):
    """The row's alert, and no other, is in the address of the next page; its reason stands there."""
    page = open_page("overview", server=own, user=ANALYST, height=TALL)
    page.get_by_text("60 chats reach the threshold of 5").click()
    assert [ALERTS["backup"]["alert_id"]] == arrived(page, "investigate")["form.alert_id"]
    assert "exported 2950 messages in 59 records" in page.locator("#dashboard").inner_text()


def test_a_click_on_who_opens_the_entity(open_page, own):
    """With tenant and entity in the address."""
    page = open_page("overview", server=own, user=ANALYST, height=TALL)
    page.get_by_text("niels.adler@harbourline.example").first.click()
    tokens = arrived(page, "entity")
    assert ([sample.TENANT], [ALERTS["privileged"]["entity"]]) == (tokens["form.tenant"], tokens["form.entity"])
    assert "First export by a privileged user" in page.locator("#dashboard").inner_text()


def test_the_records_of_an_act_are_one_click_away(open_page, own):
    """In a new tab: the search page with the records of the kind, the account and the 24 hours."""
    page = open_page("investigate", server=own, user=ANALYST, height=TALL, **{"form.alert_id": ALERTS["all-three"]["alert_id"]})
    with page.context.expect_page() as opened:
        page.get_by_text("Sharing links made").click()
    tab = opened.value
    tab.wait_for_selector("#results")
    assert "AnonymousLinkCreated" in tab.locator("#results").inner_text()
    asked = urllib.parse.parse_qs(urllib.parse.urlparse(tab.url).query)
    assert asked["q"][0].startswith("search `teams_export_index` (")
    assert [str(ALERTS["all-three"]["window_start"])] == asked["earliest"]


def said(own, alert_id):
    """What the collection has of the alert."""
    rows = own.splunkd.search("| inputlookup teams_export_triage", app="teams_export_guard").rows
    return [row for row in rows if row["_key"] == alert_id]


def test_a_verdict_is_saved_after_splunk_has_asked(open_page, own):
    """A click on a verdict writes nothing; Run Query on the warning does, and the page shows the new status by itself."""
    alert_id = ALERTS["chats"]["alert_id"]
    page = open_page("investigate", server=own, user=ANALYST, height=TALL, **{"form.alert_id": alert_id})
    page.expected += ["400", "risky commands"]
    comment = page.locator('[data-input-type="input.text"] input').nth(1)
    comment.fill('a "backup" of ours')
    comment.press("Enter")
    page.get_by_text('a "backup" of ours').first.wait_for()
    page.get_by_text("Benign", exact=True).click()
    sign = page.locator('svg[aria-label="Error"]')
    sign.wait_for()
    assert [] == said(own, alert_id)
    sign.locator("xpath=..").click()
    page.locator('[data-test="risky-warning-run-button"]').click()
    page.get_by_text("Saved: new to benign").wait_for()
    (word,) = said(own, alert_id)
    assert ("benign", 'a "backup" of ours', ANALYST) == (word["status"], word["comment"], word["updated_by"])
    page.get_by_text("Benign", exact=True).nth(2).wait_for()  # in the list of verdicts, in the status, in the history


def test_neither_loading_nor_a_link_writes(open_page, own):
    """An address that sets every token that it can leaves the alert as it is, and starts no search that would write."""
    alert_id = ALERTS["base"]["alert_id"]
    query = {"form.alert_id": alert_id, "form.triage_comment": "x", "form.status": "benign", "form.triage:status": "benign",
             "form.triage:alert_id": alert_id, "form.from": "new"}  # fmt: skip
    started = []
    page = open_page("investigate", server=own, user=ANALYST, height=TALL, wait=False, **query)
    page.on("request", lambda request: started.append(request.post_data or ""))
    page.expected += ["failed to create search job"]  # of the first load, which the second one ends
    page.reload()
    settle(page)
    assert started and not [text for text in started if re.search("teamsexporttriage", text)]
    assert [] == said(own, alert_id)
