"""Exceptions in a browser: an admin gives one to a proposal and ends one, after Splunk has asked; a link writes nothing."""

import re
import sys

import pytest

from sandbox import sample, serve
from sandbox.invocation import Delivery
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer
from teams_export_guard.documents import EXCEPTIONS
from teams_export_guard.exception_requests import OPTIONS
from tests.app.excepted import ALERTS, APP, ARCHIVE, BACKUP, document
from tests.browser.conftest import picture, settle
from tests.browser.test_views import overflowing

ADMIN, ANALYST = "teams_export_admin", "teams_export_analyst"
LONG = 4102444800  # 2100: the command's own clock is the machine's, whatever the sample's day is
STANDING = dict(document("archive"), asn="64500", reason="the old place", expires=LONG)
TALL = 3600  # a page of this height shows every panel, so that none must be scrolled to
ASKS = ["400", "risky commands"]  # what the console says when Splunk asks


@pytest.fixture(scope="module")
def own(package, client, tmp_path_factory):
    """The pages of a search head of these tests' own: they write. One exception is there, of the archive on AS64500."""
    now = serve.PLANTED + sample.DAY
    with Splunkd(tmp_path_factory.mktemp("own"), sys.executable, lambda: now, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        serve.load_sample(splunkd)
        serve.fill(splunkd)
        splunkd.kv.batch_save(APP, "nobody", EXCEPTIONS, [STANDING])
        with WebServer(splunkd, client) as server:
            server.splunkd = splunkd
            yield server


@pytest.fixture(scope="module")
def shown(excepted, client):
    """The pages of the search head with exceptions, which is only read."""
    with WebServer(excepted, client) as server:
        yield server


def kept(own, **like):
    """The exceptions that are kept."""
    found = own.splunkd.kv.find_all(APP, "nobody", EXCEPTIONS)
    found = [{name: value for name, value in one.items() if name != "_user"} for one in found]
    return [one for one in found if all(one[name] == value for name, value in like.items())]


def typed(page, place, text):
    """Fill the text input at a place of the page."""
    box = page.locator('[data-input-type="input.text"] input').nth(place)
    box.fill(text)
    box.press("Enter")


def confirm(page):
    """What Splunk asks before a dashboard may run a risky command: open the sign, run the query."""
    sign = page.locator('svg[aria-label="Error"]')
    sign.wait_for()
    sign.locator("xpath=..").click()
    page.locator('[data-test="risky-warning-run-button"]').click()


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 1280)])  # those of docs/
@pytest.mark.parametrize("view, tokens", [
    ("exceptions", {}), ("investigate", {"form.alert_id": ALERTS["backup"]["alert_id"]}), ("overview", {"form.status": "any"}),
    ("entity", {"form.tenant": sample.TENANT, "form.entity": ARCHIVE}),
])  # fmt: skip
def test_views_show_exceptions(open_page, shown, view, tokens, theme, width):
    """Each that knows of them, with some: no panel has an error, and nothing sticks out."""
    page = open_page(view, server=shown, theme=theme, width=width, **tokens)
    text = page.locator("#dashboard").inner_text()
    assert 0 == page.locator('[data-test*="error"], [data-test="message"][data-test-type="error"]').count(), text
    assert 0 >= overflowing(page)
    picture(page, "%s-given-%s-%d" % (view, theme, width))


def test_a_click_on_an_excepted_alert_investigates_it(open_page, shown):
    """Its exception stands in the evidence."""
    page = open_page("exceptions", server=shown, user=ANALYST, height=TALL)
    page.expected += [r"404 \(Not Found\)"]  # on leaving, the client cancels a search twice that two panels share
    page.get_by_text("Many chats", exact=True).nth(0).click()
    page.wait_for_url("**/investigate?form.alert_id=*")
    settle(page)
    assert "covers it until 2026-06-06: " in page.locator("#dashboard").inner_text()


def test_a_proposal_is_accepted_after_splunk_has_asked(open_page, own):
    """A click on it writes nothing; Run Query does, and the page shows the exception, and the proposal no more, by itself."""
    page = open_page("exceptions", server=own, user=ADMIN, height=TALL)
    page.expected += ASKS
    typed(page, 1, 'a "backup" | delete of ours')
    page.get_by_text('a "backup" | delete of ours').first.wait_for()
    page.get_by_text("AS16509 (Amazon.com, Inc.)").click()
    page.locator('svg[aria-label="Error"]').wait_for()
    assert [] == kept(own, entity=BACKUP)
    confirm(page)
    page.get_by_text("Saved: it covers what happens from now on").wait_for()
    (one,) = kept(own, entity=BACKUP)
    assert ("16509", 2950, "MessagesExported", 'a "backup" | delete of ours', ADMIN, 90 * sample.DAY) == (
        one["asn"], one["usual_messages"], one["operations"], one["reason"], one["owner"], one["expires"] - one["start"]
    )
    exceptions = page.locator('[data-test="table"]').filter(has=page.get_by_role("columnheader", name="Last hit"))
    exceptions.get_by_text("AS16509 (Amazon.com, Inc.)").wait_for()
    proposals = page.locator('[data-test="table"]').filter(has=page.get_by_role("columnheader", name="Covered"))
    proposals.get_by_text("AS16509 (Amazon.com, Inc.)").wait_for(state="detached")


def test_an_exception_is_ended_after_splunk_has_asked(open_page, own):
    """Likewise, with the reason; it stays in the table, ended."""
    page = open_page("exceptions", server=own, user=ADMIN, height=TALL)
    page.expected += ASKS
    typed(page, 0, "moved to \\ elsewhere")
    settle(page)
    page.get_by_text("the old place").click()
    page.locator('svg[aria-label="Error"]').wait_for()
    assert [STANDING] == kept(own, _key=STANDING["_key"])
    confirm(page)
    page.get_by_text("Ended: it covers nothing that happens from now on").wait_for()
    (one,) = kept(own, _key=STANDING["_key"])
    assert (ADMIN, "moved to \\ elsewhere", True) == (one["ended_by"], one["end_reason"], one["expires"] < LONG)
    page.get_by_text("the old place (kim); ended by %s: moved to \\ elsewhere" % ADMIN).wait_for()


def test_an_alert_is_excepted_where_it_is_investigated(open_page, own):
    """With the comment as the reason."""
    page = open_page("investigate", server=own, user=ADMIN, height=TALL, **{"form.alert_id": ALERTS["chats"]["alert_id"]})
    page.expected += ASKS
    typed(page, 1, "writes the minutes")
    page.get_by_text("writes the minutes").first.wait_for()
    settle(page)
    page.get_by_text("with application").click()
    confirm(page)
    page.get_by_text("Saved: it covers what happens from now on").wait_for()
    assert ["writes the minutes"] == [one["reason"] for one in kept(own, entity=ALERTS["chats"]["entity"])]


def test_an_analyst_reads_why_not(open_page, own):
    """The tables are there; the panel says that the command is none for them, and nothing is written."""
    before = kept(own)
    page = open_page("exceptions", server=own, user=ANALYST, height=TALL)
    page.expected += [*ASKS, "failed to create search job"]
    typed(page, 1, "x")
    settle(page)
    page.get_by_text("unknown", exact=True).first.click()
    confirm(page)
    settle(page)
    page.locator('svg[aria-label="Error"]').locator("xpath=..").click()
    page.get_by_text("The command 'teamsexportexception' is not known").first.wait_for()
    picture(page, "exceptions-analyst")
    assert before == kept(own)


@pytest.mark.parametrize("view, namespaces", [("exceptions", ("give", "end", "default")), ("investigate", ("except",))])
def test_neither_loading_nor_a_link_writes(open_page, own, view, namespaces):
    """An address that sets every token that it can leaves all as it is, and starts no search that would write."""
    before = kept(own)
    names = [*OPTIONS, "exception", "end_reason", "new_reason", "new_days"]
    query = {"form.%s:%s" % (space, name): "1" for space in namespaces for name in names}
    query.update({"form." + name: "1" for name in names}, **{"form.alert_id": ALERTS["base"]["alert_id"]})
    started = []
    page = open_page(view, server=own, user=ADMIN, height=TALL, wait=False, **query)
    page.on("request", lambda request: started.append(request.post_data or ""))
    page.expected += ["failed to create search job"]  # of the first load, which the second one ends
    page.reload()
    settle(page)
    assert started and not [text for text in started if re.search("teamsexportexception", text)]
    assert before == kept(own)
