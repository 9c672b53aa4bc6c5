"""The set-up endpoint: from what splunkd hands over to requests and an answer, over a splunkd that is a table."""

import json
from urllib.parse import parse_qs

import pytest

from teams_export_guard.errors import StoreUnavailable
from teams_export_guard.passwords import SECRETS
from teams_export_guard.setup_plan import plan
from teams_export_guard.setup_rules import RULES
from teams_export_guard.setup_service import answer
from teams_export_guard.transport import Answer

PRESENT = {rule.name: rule.default if rule.pattern else False for rule in RULES}
PRESENT.update(configured=True, custom_search="", **{name + "_stored": False for name in SECRETS})


class Splunkd:
    """Answers like splunkd; `refuse` is a part of the path that gets 403, `gone` one that is not answered."""

    def __init__(self, refuse="", gone="", secret=False):
        self.asked, self.refuse, self.gone, self.secret = [], refuse, gone, secret

    def request(self, method, path, body=None, needs_body=False, kind=""):
        form = {name: values[0] for name, values in parse_qs((body or b"").decode(), keep_blank_values=True).items()}
        self.asked.append((method, path.partition("?")[0].rpartition("teams_export_guard/")[2] or path, form))
        if self.gone and self.gone in path and method != "GET":
            raise StoreUnavailable("long text", "no answer")
        if self.refuse and self.refuse in path and method != "GET":
            return Answer(403, b'{"messages":[{"text":"no rights"}]}')
        if "storage/passwords" in path and method == "GET" and not self.secret:
            return Answer(404, b"")
        macros = [{"name": "teams_export_" + rule.name, "content": {"definition": rule.default}}
                  for rule in RULES if rule.group in ("thresholds", "keeping")]  # fmt: skip
        macros.append({"name": "teams_export_index", "content": {"definition": "index=o365 sourcetype=o365:management:activity"}})
        entry = macros if "conf-macros" in path else [{"name": "x", "content": {"configured": True}}]
        return Answer(200, json.dumps({"entry": entry}).encode())

    def close(self):
        """Nothing to close."""

    @property
    def writes(self):
        return [one for one in self.asked if one[0] != "GET"]


def call(splunkd, method="GET", payload=None, **query):
    asked = {
        "method": method, "server": {"rest_uri": "https://127.0.0.1:8089"}, "session": {"authtoken": "t", "user": "ann"},
        "query": [list(pair) for pair in query.items()], "payload": payload if isinstance(payload, str) else json.dumps(payload),
    }  # fmt: skip
    said = answer(json.dumps(asked), lambda uri, token: splunkd)
    return said["status"], json.loads(said["payload"])


def test_settings_and_rules_are_shown():
    """Every rule, and what is set; never a secret."""
    status, said = call(Splunkd(secret=True))
    assert (200, len(RULES), True, "o365") == (
        status, len(said["rules"]), all(said["settings"][name + "_stored"] for name in SECRETS), said["settings"]["index"]
    )
    assert set() == set(SECRETS) & set(said["settings"])


def test_only_what_changed_is_written():
    """A value as it is already asks for nothing."""
    splunkd = Splunkd()
    status, said = call(splunkd, "POST", {"message_threshold": "50", "record_threshold": "20"})
    assert (200, ["the macro teams_export_message_threshold"]) == (status, said["written"])
    assert [("POST", "configs/conf-macros/teams_export_message_threshold", {"definition": "50"})] == splunkd.writes


def test_faults_are_said_and_nothing_is_written():
    """400 with each field."""
    splunkd = Splunkd()
    status, said = call(splunkd, "POST", {"message_threshold": "0", "window": "x"})
    assert (400, ["message_threshold", "window"], []) == (status, [one["field"] for one in said["faults"]], splunkd.writes)


@pytest.mark.parametrize("payload", ["", "{", "no"])
def test_a_body_that_is_no_json(payload):
    """Said with what is expected."""
    status, said = call(Splunkd(), "POST", payload)
    assert (400, True) == (status, "an object of settings is expected" in said["error"])


def test_another_method():
    """Is not known."""
    assert 405 == call(Splunkd(), "DELETE")[0]


def test_a_refusal_names_the_roles_and_what_was_written_before():
    """So that saving again goes on where it stopped."""
    splunkd = Splunkd(refuse="saved/searches")
    status, said = call(splunkd, "POST", {"message_threshold": "50", "email_enabled": True, "email_to": "a@b.example"})
    assert 403 == status and "teams_export_admin" in said["error"] and "no rights" in said["error"]
    assert ["the macro teams_export_message_threshold"] == said["written"]


def test_an_outage_is_said():
    """With what was written before it."""
    status, said = call(Splunkd(gone="conf-macros"), "POST", {"message_threshold": "50"})
    assert (503, True, []) == (status, "no answer" in said["error"], said["written"])


def test_the_search_that_names_would_make():
    """Is shown without being saved; bad names are faults."""
    splunkd = Splunkd()
    assert (200, {"definition": "index=a sourcetype=b"}) == call(splunkd, index="a", sourcetype="b")
    assert 400 == call(splunkd, index="a|b", sourcetype="b")[0]
    assert [] == splunkd.writes


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("stored, document, written", [
    (False, {"%s": "x" * 20}, [("POST", "storage/passwords")]),
    (True, {"%s": "x" * 20}, [("POST", "teams_export_guard%3A{}%3A")]),
    (True, {"remove_%s": True}, [("DELETE", "teams_export_guard%3A{}%3A")]),
    (False, {"remove_%s": True}, []),
    (True, {"%s": ""}, []),
])  # fmt: skip
def test_a_secret_is_made_changed_and_removed(stored, document, written, name):
    """By whether there is one; the others are not touched."""
    found = plan({field % name: value for field, value in document.items()}, {**PRESENT, name + "_stored": stored})
    assert [(method, part.format(name)) for method, part in written] == [
        (one.method, one.path.rpartition("/")[2] if "%3A" in one.path else "storage/passwords") for one in found]
    assert all({"realm": "teams_export_guard", "name": name, "password": "x" * 20} == one.form for one in found if "%3A" not in one.path)


def test_what_reading_graph_needs_is_written():
    """Macros, secret and schedule; switching off is the schedule alone."""
    ids = {"graph_tenant": "7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10", "graph_client_id": "3f8b7a4e-52a9-4b0c-8d0e-6f3c2f1e9a77"}
    document = dict(ids, graph_enabled=True, graph_cloud="dod", graph_secret="x" * 20)
    splunkd = Splunkd()
    assert 200 == call(splunkd, "POST", document)[0]
    assert ["storage/passwords", *("configs/conf-macros/teams_export_graph_" + name for name in ("tenant", "client_id", "cloud")),
            "saved/searches/Teams%20Export%20-%20Roles"] == [path for _, path, _ in splunkd.writes]
    assert {"is_scheduled": "1"} == splunkd.writes[-1][2]
    assert [{"is_scheduled": "0"}] == [one.form for one in plan({"graph_enabled": False}, {**PRESENT, **document})]


def test_both_detecting_searches_are_set():
    """E-mail and webhook, in one request each; recipients are tidied."""
    found = plan({"email_enabled": True, "email_to": "a@b.example ,, c@d.example", "webhook_enabled": True}, PRESENT)
    assert 2 == len(found)
    for one in found:
        assert {"action.email": "1", "action.email.to": "a@b.example, c@d.example", "action.teams_export_webhook": "1"} == one.form


def test_the_first_save_marks_the_app_as_set_up():
    """And says so if the user may not; everything else is kept."""
    (one,) = plan({}, {**PRESENT, "configured": False})
    assert one.optional and {"configured": "true"} == one.form
