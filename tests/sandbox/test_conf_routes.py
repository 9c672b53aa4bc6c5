"""Facts about configuration by REST and about persistent handlers, on a whole stand-in with the fixture app `pages`."""
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
MACRO = "/servicesNS/nobody/pages/configs/conf-macros/colour"
APP = "/services/apps/local/pages"
COUNTING = "/services/pages/counting"


@pytest.fixture
def splunkd(tmp_path):
    with Splunkd(tmp_path / "splunk", sys.executable, Clock(NOON), delivery=Delivery(probes=0)) as running:
        running.install(package(tmp_path, "pages"))
        for name in ("reader", "painter"):
            running.rest.sessions.accounts[name] = Account(name, "x", frozenset({name}))
        yield running


def call(splunkd, method, path, user="admin", **more):
    headers = {"Authorization": "Splunk " + splunkd.rest.sessions.open(user)}
    found = requests.request(method, splunkd.rest.url + path, headers=headers, params={"output_mode": "json"}, timeout=60, **more)
    return found.status_code, found.json() if found.text.startswith("{") else found.text


def content(answer):
    return answer[1]["entry"][0]["content"]


def test_a_setting_is_written_to_local_and_holds_at_once(splunkd):
    """The next search uses it; default/ stays as it is, and other settings of the stanza show through."""
    changed = content(call(splunkd, "POST", MACRO, data={"definition": "blue\nsky"}))
    assert ("blue\nsky", "A colour.") == (changed["definition"], changed["description"])
    assert "red" in (splunkd.apps.app("pages").path / "default" / "macros.conf").read_text()
    call(splunkd, "POST", MACRO, data={"definition": '"blue"'})
    (row,) = splunkd.search("| makeresults | eval c=`colour`", app="pages").rows
    assert "blue" == row["c"]


@pytest.mark.parametrize("user, status", [("admin", 200), ("painter", 200), ("reader", 403)])
def test_who_may_write_a_setting(splunkd, user, status):
    """By metadata; admins always."""
    assert status == call(splunkd, "POST", MACRO, user, data={"definition": "x"})[0]


@pytest.mark.parametrize("method, path, form, status", [
    ("GET", MACRO + "less", {}, 404), ("POST", MACRO + "less", {"definition": "x"}, 404),
    ("POST", MACRO, {"definition": "x\n[evil]\ny = z"}, 400), ("GET", "/servicesNS/nobody/none/configs/conf-macros", {}, 404),
    ("POST", APP, {"configured": "perhaps"}, 400), ("GET", "/services/apps/local/none", {}, 404),
])  # fmt: skip
def test_refusals(splunkd, method, path, form, status):
    """What is not there, and what would be more than a setting."""
    assert status == call(splunkd, method, path, data=form)[0]


def test_an_app_is_marked_as_set_up(splunkd):
    """By whoever may edit apps."""
    assert not content(call(splunkd, "GET", APP))["configured"]
    assert 403 == call(splunkd, "POST", APP, "painter", data={"configured": "true"})[0]
    assert content(call(splunkd, "POST", APP, data={"configured": "true"}))["configured"]


def test_a_handler_lives_on_and_gets_what_was_asked(splunkd):
    """One process; who asks, the query and, where restmap.conf says so, the body."""
    status, first = call(splunkd, "POST", COUNTING, data="hello")
    _, second = call(splunkd, "GET", COUNTING, "reader")
    assert (201, 1, "admin", "hello", "POST") == (status, *(first[key] for key in ("calls", "user", "payload", "method")))
    assert (2, "reader", None, [["output_mode", "json"]]) == tuple(second[key] for key in ("calls", "user", "payload", "query"))
    assert call(splunkd, "POST", "/services/pages/hidden", data="x")[1]["payload"] is None


def test_a_handler_that_fails_or_dies(splunkd):
    """Is a 500 with its words, or with what happened; the next request starts it anew."""
    status, text = call(splunkd, "POST", COUNTING, data="fail")
    assert (500, True) == (status, "ValueError: as asked" in text)
    status, said = call(splunkd, "POST", COUNTING, data="die")
    assert (500, True) == (status, "ended without an answer" in str(said))
    assert 1 == call(splunkd, "GET", COUNTING)[1]["calls"]


def test_a_method_may_need_a_capability(splunkd):
    """capability.<method> of restmap.conf."""
    assert [403, 201] == [call(splunkd, "DELETE", COUNTING, user)[0] for user in ("reader", "admin")]


def test_a_page_reaches_what_is_exposed(splunkd, tmp_path):
    """web.conf names the paths and the methods; everything else of an app's own is out of a page's reach."""
    with WebServer(splunkd, tmp_path) as web:
        cookies = web.log_in("admin")
        headers = {"X-Splunk-Form-Key": cookies["splunkweb_csrf_token_%d" % web.port]}
        asked = [("GET", COUNTING), ("DELETE", COUNTING), ("GET", "/services/pages/hidden"), ("GET", "/services/server/info")]
        assert [201, 404, 404, 200] == [
            requests.request(method, web.url + pages.RAW + path, cookies=cookies, headers=headers, timeout=60).status_code
            for method, path in asked
        ]
