"""Facts about the stand-in for splunkweb and the REST that its pages ask, without a browser."""
from __future__ import annotations

import sys

import pytest
import requests

from sandbox.invocation import Delivery
from sandbox.rest.auth import Account
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer, pages
from tests.sandbox.apps.installing import package

NOON = 1790856000  # 2026-10-01T12:00:00Z


@pytest.fixture
def web(tmp_path):
    """A stand-in with the fixture app `pages`, its pages, and a client that is one script."""
    client = tmp_path / "client"
    client.mkdir()
    (client / "main.js").write_text("run();")
    (tmp_path / "secret.js").write_text("out of reach")
    with Splunkd(tmp_path / "splunk", sys.executable, Clock(NOON), delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package(tmp_path, "pages"))
        splunkd.rest.sessions.accounts["reader"] = Account("reader", "x", frozenset({"user"}))
        with WebServer(splunkd, client) as server:
            yield server


def got(web, path, user="admin", method="GET", key=True, **more):
    """The answer to one request of somebody who is logged in; `key` adds the form key."""
    cookies = web.log_in(user) if user else {}
    headers = {"X-Splunk-Form-Key": cookies["splunkweb_csrf_token_%d" % web.port]} if key and cookies else {}
    return requests.request(
        method, web.url + path, cookies=cookies, headers=headers, allow_redirects=False, timeout=30, **more
    )


def test_a_studio_view_is_a_page_with_the_client(web):
    """The frame has the app's label, its navigation, the name of the view, and what the scripts need."""
    page = got(web, "/en-US/app/pages/shown").text
    assert 'data-view="shown"' in page and "/static/client/main.js" in page
    assert '"APP": "pages"' in page and '"USERNAME": "admin"' in page
    assert page.index(">Shown<") < page.index(">Form<")


def test_an_html_view_is_the_apps_template(web):
    """With splunkweb's script before it, and the app's own scripts within reach."""
    page = got(web, "/en-US/app/pages/form").text
    assert page.index("window.$C") < page.index("nothing yet")
    for path in ("/static/app/pages/pages/form.js", "/en-US/static/app/pages/pages/form.js"):
        assert "hello" in got(web, path).text


@pytest.mark.parametrize("path", ["/static/app/pages/..%2f..%2fdefault/app.conf", "/en-US/static/client/..%2fsecret.js",
                                  "/static/app/none/x.js", "/en-US/app/none/shown", "/en-US/app/pages/none"])  # fmt: skip
def test_what_is_not_there_is_not_found(web, path):
    """Neither are files beside the folders that are served."""
    assert 404 == got(web, path).status_code


def test_a_page_needs_a_session(web):
    """Without one a view leads to the form, and the REST is refused."""
    answer = got(web, "/en-US/app/pages/shown", user=None)
    assert (303, "/en-US/account/login") == (answer.status_code, answer.headers["Location"])
    assert 401 == got(web, pages.RAW + "/services/server/info", user=None).status_code


@pytest.mark.parametrize("path, target", [("/app/pages/form?form.x=1", "/en-US/app/pages/form?form.x=1"),
                                          ("/en-US/app/pages", "/en-US/app/pages/shown"),
                                          ("/", "/en-US/app/pages/")])  # fmt: skip
def test_the_ways_to_a_page(web, path, target):
    """A link without a locale, an app without a view, and nothing at all lead on."""
    answer = got(web, path)
    assert (303, target) == (answer.status_code, answer.headers["Location"])


def test_the_login_form(web):
    """The right password gives the two cookies, a wrong one the form again."""
    address = web.url + "/en-US/account/login"
    form = {"username": "admin", "password": "changeme"}
    given = requests.post(address, data=form, timeout=30, allow_redirects=False)
    assert (303, 2) == (given.status_code, len(given.cookies))
    refused = requests.post(address, data=dict(form, password="x"), timeout=30)
    assert (401, 0, True) == (refused.status_code, len(refused.cookies), "is wrong" in refused.text)


def test_the_rest_is_asked_as_the_user_of_the_session(web):
    """What comes back is splunkd's answer."""
    path = pages.RAW + "/services/authentication/current-context?output_mode=json"
    assert "reader" == got(web, path, "reader").json()["entry"][0]["content"]["username"]


@pytest.mark.parametrize("key, status", [(True, 201), (False, 401)])
def test_a_change_needs_the_form_key(web, key, status):
    """Another site can make a browser send its cookies, but not the key."""
    form = {"search": "| makeresults", "output_mode": "json"}
    assert status == got(web, pages.RAW + "/services/search/jobs", method="POST", key=key, data=form).status_code


def test_views_are_those_that_the_user_may_read(web):
    """By metadata, in the list, alone and as a page."""
    path = pages.RAW + "/servicesNS/-/pages/data/ui/views"
    seen = {
        user: [entry["name"] for entry in got(web, path + "?output_mode=json", user).json()["entry"]]
        for user in ("admin", "reader")
    }
    assert {"admin": ["form", "hidden", "shown"], "reader": ["form", "shown"]} == seen
    assert [404, 404] == [got(web, each, "reader").status_code for each in (path + "/hidden", "/en-US/app/pages/hidden")]


def test_times(web):
    """Ranges that the time picker offers, and what a time modifier means now."""
    raw = pages.RAW + "/services/"
    listed = got(web, raw + "data/ui/times?output_mode=json&count=0").json()["entry"]
    assert "Last 7 days" in {entry["content"]["label"] for entry in listed}
    parsed = got(web, raw + "search/timeparser?output_mode=json&time=-1h@h&time=now").json()
    assert {"-1h@h": "2026-10-01T11:00:00.000+00:00", "now": "2026-10-01T12:00:00.000+00:00"} == parsed


def test_the_search_page_runs_what_its_address_says(web):
    """Rows as a table, and a search that fails as its error; nothing of either is markup."""
    page = got(web, "/en-US/app/pages/search?q=%7C%20makeresults%20%7C%20eval%20a%3D%22%3Cb%3E%22%20%7C%20table%20a").text
    assert "1 rows" in page and "&lt;b&gt;" in page and "<b>" not in page.split("<table")[1]
    assert 'role="alert"' in got(web, "/en-US/app/pages/search?q=%7C%20nonsense").text
