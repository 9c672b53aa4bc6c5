"""The set-up page in Chromium, over a search head of its own: what is shown, checked, saved, refused, and what it changes."""

import json
import sys

import pytest

from sandbox import sample, serve
from sandbox.invocation import Delivery
from sandbox.rest.faults import Answer
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer, pages
from tests.browser.conftest import APP, picture

ENDPOINT = "/services/teams_export_guard/setup"
SECRET = "correct horse battery staple"


@pytest.fixture
def site(package, client, tmp_path):
    """A search head on which the app was only just installed, and its pages."""
    now = serve.PLANTED + sample.DAY
    with Splunkd(tmp_path / "splunk", sys.executable, lambda: now, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        with WebServer(splunkd, client) as server:
            server.splunkd = splunkd
            yield server


@pytest.fixture
def records(site):
    """The sample's records are in the index; nothing is learned yet."""
    serve.load_sample(site.splunkd)


@pytest.fixture
def page(open_page, site):
    return opened(open_page, site)


def opened(open_page, site, **more):
    page = open_page("setup", server=site, wait=False, **more)
    page.locator('main[aria-busy="false"]').wait_for()
    return page


def save(page):
    page.get_by_role("button", name="Save").click()
    page.locator("#teg-save:not([disabled])").wait_for()


def faulty(page):
    """The labels of the fields that are marked as wrong."""
    return [one.get_attribute("name") for one in page.locator('input[aria-invalid="true"]').all()]


def test_the_first_visit(page):
    """Every setting with its default, no fault, no secret."""
    assert "o365" == page.get_by_label("Index", exact=True).input_value()
    assert "100" == page.get_by_label("Messages", exact=True).input_value()
    assert [] == faulty(page)
    assert page.get_by_text("No secret is stored.").is_visible()


@pytest.mark.parametrize("theme, width", [("light", 320), ("light", 1280), ("dark", 1280), ("dark", 1920)])
def test_how_it_looks(open_page, site, theme, width):
    """Nothing sticks out at any width."""
    page = opened(open_page, site, width=width)
    page.emulate_media(color_scheme=theme)
    assert 0 >= page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    picture(page, "setup-%s-%d" % (theme, width))


def test_the_records_that_arrive(records, page):
    """Per operation: how many in 7 days, and when the newest happened and was indexed."""
    page.get_by_role("button", name="Check that records arrive").click()
    page.locator("#teg-arrivals table").wait_for()
    rows = [row.inner_text().split("\t") for row in page.locator("#teg-arrivals tr").all()]
    counted = {row[0]: row for row in rows if row[1].strip() == "yes"}
    assert {"MessagesExported", "MessagesListed"} == set(counted)
    assert int(counted["MessagesListed"][2].replace(",", "")) > 100
    assert counted["MessagesListed"][3].strip() < counted["MessagesListed"][4].strip()
    picture(page, "setup-arrivals")


def test_no_records_arrive(records, page):
    """Another index: why that may be, and what to do."""
    page.get_by_label("Index", exact=True).fill("elsewhere")
    page.get_by_role("button", name="Check that records arrive").click()
    page.get_by_text("No audit record of Microsoft Teams").wait_for()
    assert "index=elsewhere" in page.locator("#teg-arrivals").inner_text()


@pytest.mark.parametrize("label, value, right", [
    ("Index", "o365 | delete", "o365, audit"), ("Messages", "0", "50"), ("Window", "soon", "2h"),
    ("Recipients", "nobody", "soc@harbourline.example"), ("Address", "http://h.example", "https://h.example/in"),
    ("Secret", "short", SECRET),
])  # fmt: skip
def test_a_value_is_checked_in_the_page(page, site, label, value, right):
    """A wrong one is marked, gets the focus, and is not sent; a right one clears the mark and is saved."""
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    save(page)
    assert [field.get_attribute("name")] == faulty(page)
    assert field.evaluate("node => node === document.activeElement")
    assert "Nothing was saved" in page.locator("#teg-message").inner_text()
    assert not (site.splunkd.apps.app(APP).path / "local").exists()
    field.fill(right)
    save(page)
    assert [] == faulty(page)
    page.get_by_text("Saved: ").wait_for()


def test_what_only_the_endpoint_knows_is_shown_at_its_field(page):
    """Settings that do not fit together: activation above training."""
    page.expected.append("400")
    page.get_by_label("Training period").fill("10d")
    save(page)
    page.locator("#teg-message:not([hidden])").wait_for()
    assert ["activation"] == faulty(page)
    assert "which is 10d" in page.locator("#teg-activation-fault").inner_text()


def test_behind_the_page_everything_is_checked_again(page, site):
    """A request that the page would not send is refused as a whole."""
    page.expected.append("400")
    said = page.evaluate(
        """async ([path, key]) => { const answer = await fetch(path, {method: 'POST', headers: {'X-Splunk-Form-Key': key},
           body: JSON.stringify({index: 'a | delete', message_threshold: '0', unknown: 1})}); return answer.json(); }""",
        [pages.RAW + ENDPOINT, site.log_in("admin") and page.evaluate("document.cookie").rpartition("=")[2]],
    )
    assert {"index", "message_threshold", "unknown"} == {fault["field"] for fault in said["faults"]}
    assert not (site.splunkd.apps.app(APP).path / "local").exists()


def test_settings_hold_for_the_searches(records, page, site):
    """A threshold set here is the one that Detect uses: more messages are needed, so fewer alerts come."""
    splunkd, now = site.splunkd, serve.PLANTED + sample.DAY
    serve.fill(splunkd)
    before = len(splunkd.search("| inputlookup teams_export_alerts", app=APP).rows)
    splunkd.kv.delete_query(APP, "nobody", "teams_export_alerts")
    page.get_by_label("Messages", exact=True).fill("1000")
    page.get_by_label("Records (calls)").fill("1000")
    save(page)
    page.get_by_text("Saved: ").wait_for()
    assert splunkd.dispatch(serve.DETECT, now=now).error is None
    after = len(splunkd.search("| inputlookup teams_export_alerts", app=APP).rows)
    assert 0 < after < before


def test_a_secret_goes_in_and_never_comes_out(page, site):
    """It is kept in storage/passwords; no answer to the page has it; it can be removed."""
    seen = []
    page.on("response", lambda answer: seen.append(answer.text()) if "teams_export_guard/setup" in answer.url else None)
    page.get_by_label("Secret", exact=True).fill(SECRET)
    save(page)
    page.get_by_text("A secret is stored.").wait_for()
    assert "" == page.get_by_label("Secret", exact=True).input_value()
    page.reload()
    page.get_by_text("A secret is stored.").wait_for()
    assert seen and not [text for text in seen if SECRET in text]
    page.get_by_label("Remove the stored secret").check()
    save(page)
    page.get_by_text("No secret is stored.").wait_for()


def test_graph_is_set_up(page, site):
    """Ids, cloud and secret; the search that reads role holders then runs daily, with what was typed here."""
    page.get_by_label("Read role holders daily").check()
    page.get_by_label("Tenant id").fill("7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10")
    page.get_by_label("Cloud", exact=True).fill("gcc_high")
    page.expected.append("400")
    save(page)
    assert ["graph_client_id", "graph_secret"] == faulty(page)
    page.get_by_label("Application (client) id").fill("3f8b7a4e-52a9-4b0c-8d0e-6f3c2f1e9a77")
    page.get_by_label("Client secret", exact=True).fill(SECRET)
    save(page)
    page.get_by_text("A client secret is stored.").wait_for()
    assert "1" == site.splunkd.saved_search("Teams Export - Roles").settings["enableSched"]
    macros = site.splunkd.apps.app(APP).conf("macros")
    assert ["7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10", "3f8b7a4e-52a9-4b0c-8d0e-6f3c2f1e9a77", "gcc_high"] == [
        macros["teams_export_graph_" + name]["definition"] for name in ("tenant", "client_id", "cloud")]
    page.reload()
    page.get_by_text("A client secret is stored.").wait_for()
    assert page.get_by_label("Read role holders daily").is_checked()
    page.get_by_label("Remove the stored client secret").check()
    page.get_by_label("Read role holders daily").uncheck()
    save(page)
    page.get_by_text("No client secret is stored.").wait_for()
    assert "0" == site.splunkd.saved_search("Teams Export - Roles").settings["enableSched"]


def test_mail_and_webhook_are_switched_on(page, site):
    """On both searches that detect; the app then counts as set up."""
    page.get_by_label("Send e-mail").check()
    page.get_by_label("Recipients").fill("soc@harbourline.example")
    page.get_by_label("Post to a webhook").check()
    page.get_by_label("Address", exact=True).fill("https://soar.harbourline.example/in")
    save(page)
    page.get_by_text("Saved: ").wait_for()
    for name in (serve.DETECT, "Teams Export - Detect late records"):
        settings = site.splunkd.saved_search(name).settings
        assert ("1", "soc@harbourline.example", "1") == tuple(
            settings[key] for key in ("action.email", "action.email.to", "action.teams_export_webhook")
        )
    assert "1" == site.splunkd.apps.app(APP).conf("app")["install"]["is_configured"]


def test_a_search_of_the_admins_own_stays(open_page, site):
    """A macro that is no list of names is shown, and kept as long as the fields are empty."""
    own = "index=o365 sourcetype=o365:management:activity NOT host=test"
    site.splunkd.local.write(site.splunkd.apps.app(APP), "macros", "teams_export_index", {"definition": own})
    page = opened(open_page, site)
    assert page.get_by_text(own).is_visible()
    page.get_by_label("Messages", exact=True).fill("50")
    save(page)
    page.get_by_text("Saved: ").wait_for()
    assert own == site.splunkd.apps.app(APP).conf("macros")["teams_export_index"]["definition"]


def test_backfill_now(records, page, site):
    """The button runs the search; the page says how far it is and what was learned; pressing it again changes nothing."""
    page.get_by_role("button", name="Backfill now").click()
    page.locator("#teg-progress").wait_for()
    page.get_by_text("Done in ").wait_for()
    said = page.locator("#teg-progress-text").inner_text()
    assert "users and applications on 30 days learned" in said
    learned = len(site.splunkd.search("| inputlookup teams_export_baseline", app=APP).rows)
    assert learned > 100
    page.get_by_role("button", name="Backfill now").click()
    page.locator("#teg-start:not([disabled])").wait_for()
    assert learned == len(site.splunkd.search("| inputlookup teams_export_baseline", app=APP).rows)


def test_a_backfill_that_goes_on_is_joined(records, open_page, site):
    """After a reload the page shows it, and does not start another."""
    site.splunkd.dispatch(serve.BACKFILL, wait=False)
    page = opened(open_page, site)
    page.get_by_text("Done in ").wait_for()
    assert 1 == len([job for job in site.splunkd.jobs.all() if job.saved_search == serve.BACKFILL])


def test_a_backfill_that_fails_says_why(page, site):
    """The KV store refuses: the search's own sentence."""
    site.splunkd.rest.faults.add(Answer(403, "no"), times=None, when=lambda request: "collections/data" in request.path)
    page.get_by_role("button", name="Backfill now").click()
    page.get_by_text("The backfill failed: ").wait_for()
    assert "403" in page.locator("#teg-progress-text").inner_text()


def test_an_analyst_is_refused_with_a_sentence(open_page, site):
    """The page is not for that role; what it would ask is refused with the roles that may."""
    page = open_page("setup", server=site, wait=False, user="teams_export_analyst")
    page.expected.append("404|403")
    assert "There is no page setup here for teams_export_analyst." in page.locator("body").inner_text()
    said = page.evaluate("async (path) => (await fetch(path)).text()", pages.RAW + ENDPOINT)
    assert "teams_export_admin" in said


def test_the_apps_own_admin_may_set_up(open_page, site):
    """Everything but the mark that the app is set up, which is said."""
    page = opened(open_page, site, user="teams_export_admin")
    page.get_by_label("Messages", exact=True).fill("50")
    save(page)
    page.get_by_text("Saved: ").wait_for()
    assert "was not kept" in page.locator("#teg-saved").inner_text()
    assert "50" == site.splunkd.apps.app(APP).conf("macros")["teams_export_message_threshold"]["definition"]


def test_splunkd_does_not_answer(open_page, site):
    """The page says so and what to do."""
    page = open_page("setup", server=site, wait=False)
    page.expected.append("503|Failed to load")
    page.route("**/services/teams_export_guard/setup*", lambda route: route.fulfill(
        status=503, body=json.dumps({"error": "splunkd did not answer (x); nothing more was written. Try again."})))  # fmt: skip
    page.reload()
    page.locator("#teg-message:not([hidden])").wait_for()
    assert "Try again" in page.locator("#teg-message").inner_text()


def test_with_the_keyboard_alone(page):
    """Tab reaches every control in the order of the page, Enter saves."""
    page.get_by_label("Index", exact=True).focus()
    names = []
    for _ in range(60):
        names.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
    wanted = ["teg-index", "teg-sourcetype", "teg-check", "teg-message_threshold", "teg-retention", "teg-email_enabled",
              "teg-webhook_url", "teg-webhook_secret", "teg-graph_enabled", "teg-graph_secret", "teg-asn_key", "teg-save", "teg-start"]  # fmt: skip
    assert wanted == [name for name in names if name in wanted][: len(wanted)]
    page.get_by_label("Messages", exact=True).fill("60")
    page.keyboard.press("Enter")
    page.get_by_text("Saved: the macro teams_export_message_threshold").wait_for()
