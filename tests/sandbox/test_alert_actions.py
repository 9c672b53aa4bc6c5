"""Facts about `sandbox.alert_actions` and its parts: what a script is given, what is logged, mails, tokens, limits."""
from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import pytest

from sandbox.alert_actions import MAX_PER_RESULT_ALERTS, AlertActions, CustomAction, Host, enabled
from sandbox.alert_payload import configuration, payload, results_link
from sandbox.alert_tokens import SERVER, Occasion, replaced
from sandbox.alerting import FiredAlert, SavedSearch
from sandbox.jobs import Job

NOON = 1790856000  # 2026-10-01T12:00:00Z
ROWS = [{"user": "ann", "chat": ["a", "b$;"], "none": None}, {"user": "bob", "chat": "c", "none": None}]
ECHO = """
import json, sys
given = json.load(sys.stdin)
sys.stderr.write("INFO %s of %s\\nno level\\nDEBUG\\n" % (given["result"].get("user"), given["configuration"]))
sys.exit(int(given["configuration"].get("code", 0)))
"""


def saved(**settings):
    return SavedSearch("My search", "shop", {name.replace("__", "."): value for name, value in settings.items()})


def job(rows=ROWS):
    return Job("scheduler__nobody__shop__RMD5x_at_1_2", "x", rows=list(rows), fields=["user", "chat", "none"])


def fired(*rows):
    return FiredAlert("My search", "shop", job().sid, NOON, 2, True, tuple(rows))


def occasion(search=None, rows=ROWS):
    return Occasion(search or saved(), job(), fired(*rows), "link")


@pytest.fixture
def actions(tmp_path):
    """actions(script=..., **settings of its stanza) with one custom action `tell`, and what was logged and opened."""

    def make(script=ECHO, stopwatch=None, **settings):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "tell.py").write_text(script, encoding="utf-8")
        stanza = {"is_custom": "1", "param.code": "0", **settings}
        known = {"tell": CustomAction("tell", "shop", tmp_path, stanza),
                 "email": CustomAction("email", "system", Path("/"), {"to": "all@example.com"}),
                 "bare": CustomAction("bare", "shop", tmp_path, {"is_custom": "1"})}
        host = Host(sys.executable, tmp_path, lambda: "https://127.0.0.1:8089", lambda owner: made.opened.append(owner)
                    or "key", lambda key: made.closed.append(key), lambda app: known,
                    lambda *line: made.log.append(line))
        made = AlertActions(host)
        made.log, made.opened, made.closed = [], [], []
        if stopwatch:
            made.stopwatch = stopwatch
        return made

    return make


TELL = saved(action__tell="1", alert__digest_mode="0")


def test_one_start_for_each_alert(actions):
    """With its own result; the session is the owner's and ends with the script."""
    made = actions()
    made.perform(TELL, job(), [fired(row) for row in ROWS])
    assert ["ann", "bob"] == [run.payload["result"]["user"] for run in made.runs]
    assert [0, 0] == [run.returncode for run in made.runs]
    assert (["nobody"] * 2, ["key"] * 2) == (made.opened, made.closed)


def test_one_start_for_all_alerts(actions):
    """The first result in the payload, all in the file, which is gone afterwards."""
    made = actions("import json, sys, shutil\nshutil.copy(json.load(sys.stdin)['results_file'], 'copy.csv.gz')\n")
    made.perform(saved(action__tell="1"), job(), [fired(*ROWS)])
    (run,) = made.runs
    assert (0, "ann") == (run.returncode, run.payload["result"]["user"])
    with gzip.open(made.host.home / "copy.csv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [("ann", "a\nb$;", "$a$;$b$$;$"), ("bob", "c", "")] == [
        (row["user"], row["chat"], row["__mv_chat"]) for row in rows
    ]
    assert not Path(run.payload["results_file"]).parent.exists()


def test_log(actions):
    """Invoking, what the script wrote with its levels, and how it ended."""
    made = actions()
    made.perform(saved(action__tell="1", action__tell__param__code="3"), job(), [fired(*ROWS)])
    assert [
        ("INFO", 'Invoking modular alert action=tell for search="My search" sid="%s" in app="shop" owner="nobody" '
                 'type="saved"' % job().sid),
        ("INFO", "action=tell STDERR -  ann of {'code': '3'}"),
        ("ERROR", "action=tell STDERR -  no level"),
        ("DEBUG", "action=tell STDERR -  "),
    ] == [(level, text) for level, _, text in made.log[:4]]
    level, time, text = made.log[4]
    assert (("ERROR", NOON), True) == ((level, time), text.endswith(" ms with exit code=3"))


def test_maxtime_ends_a_script(actions):
    """It has no exit code then."""
    made = actions("import time\ntime.sleep(60)\n", maxtime="1s")
    made.perform(TELL, job(), [fired(ROWS[0])])
    assert [None] == [run.returncode for run in made.runs]
    assert "ERROR" == made.log[-1][0]


@pytest.mark.parametrize("name", ["risk", "bare"])
def test_other_actions_are_not_performed(actions, name):
    """One that no installed app has, and one without its script: the log says so."""
    made = actions()
    made.perform(saved(**{"action__" + name: "1"}), job(), [fired(*ROWS)])
    assert ([], "WARN") == (made.runs, made.log[0][0])
    assert 'Unable to find alert action script for action="%s"' % name in made.log[0][2]


def test_nothing_fired_nothing_done(actions):
    """And a search without actions does nothing either."""
    made = actions()
    made.perform(TELL, job(), [])
    made.perform(saved(), job(), [fired(*ROWS)])
    assert ([], []) == (made.runs, made.log)


def test_alerts_for_each_result_are_limited_in_number(actions):
    """500, as limits.conf has it."""
    made = actions()
    made.perform(saved(action__email="1", alert__digest_mode="0"), job(), [fired(ROWS[0])] * (MAX_PER_RESULT_ALERTS + 1))
    assert MAX_PER_RESULT_ALERTS == len(made.mails)


def test_alerts_for_each_result_are_limited_in_time(actions):
    """300 s; what comes later is not performed, and the log says so."""
    times = iter([0.0, 1.0, 301.0])
    made = actions(stopwatch=lambda: next(times))
    made.perform(saved(action__email="1", alert__digest_mode="0"), job(), [fired(row) for row in ROWS])
    assert 1 == len(made.mails)
    assert 'Reached maximum amount of time allowed' in made.log[0][2]


@pytest.mark.parametrize("settings, names", [
    ({}, []), ({"action__b": "1", "action__a": "true"}, ["a", "b"]), ({"action__a": "0"}, []),
    ({"actions": "a, b"}, ["a", "b"]), ({"actions": "a, b", "action__a": "0"}, ["b"]),
    ({"action__a__param__x": "1", "action__correlationsearch__enabled": "1"}, []),
])
def test_enabled_actions(settings, names):
    """action.<name> = 1 and the list `actions`; parameters enable nothing."""
    assert names == enabled(saved(**settings))


def test_payload_has_the_keys_of_a_published_one():
    """Splunk 8.0; absent values are empty texts, several are a list."""
    given = payload(occasion(), {"a": "1"}, Path("/x/results.csv.gz"), "https://127.0.0.1:8089", "key")
    assert {
        "results_link", "sid", "owner", "search_uri", "search_name", "results_file", "server_host", "result",
        "configuration", "app", "server_uri", "session_key",
    } == set(given)
    assert {"user": "ann", "chat": ["a", "b$;"], "none": ""} == given["result"]
    assert "/servicesNS/nobody/shop/saved/searches/My+search" == given["search_uri"]
    assert json.loads(json.dumps(given)) == given


def test_links():
    """To one result, and to all."""
    link = results_link(saved(), job(), 1, True)
    assert link.startswith("http://%s:8000/app/shop/search?q=%%7Cloadjob%%20scheduler__" % SERVER)
    assert link.endswith("%20%7C%20head%202%20%7C%20tail%201&earliest=0&latest=now")
    assert results_link(saved(), job(), 1, False).endswith("/app/shop/@go?sid=" + job().sid)


def test_configuration_is_merged():
    """The search's own parameters win, empty ones too; tokens are replaced; nothing but parameters is in it."""
    search = saved(action__tell__param__b="2", action__tell__param__c="", action__tell="1", action__other__param__d="9")
    given = configuration("tell", {"param.a": "$result.user$", "param.b": "1", "param.c": "3", "label": "L"}, search,
                          occasion(search))
    assert {"a": "ann", "b": "2", "c": ""} == given


@pytest.mark.parametrize("text, said", [
    ("$name$ in $app$ by $owner$", "My search in shop by nobody"), ("$result.user$/$result.chat$", "ann/a\nb$;"),
    ("$result.none$|$result.other$|$unknown$|$job.other$", "|||"), ("$job.sid$ $job.resultCount$", job().sid + " 2"),
    ("$server.serverName$", SERVER), ("$alert.severity$", "2"), ("$results_link$", "link"),
    ("$trigger_date$ $trigger_timeHMS$ $trigger_time$", "October 01, 2026 12:00:00 PM %d" % NOON),
    ("$action.tell.param.x$", "y"), ("$search$ $description$", "| x d"), ("5 $ and $", "5 $ and $"),
    ("$result.a{}.b$", "$result.a{}.b$"),
])
def test_tokens(text, said):
    """Search, results, job, server, settings; what leads nowhere is empty, what is no token stays."""
    search = saved(action__tell__param__x="y", search="| x", description="d")
    assert said == replaced(text, occasion(search))


def test_tokens_without_results():
    """An alert that fires on no results has none to speak of."""
    assert "" == replaced("$result.user$", occasion(rows=()))


def test_mail_is_rendered_and_kept(actions):
    """Recipients, subject and message with their tokens; nothing is sent."""
    made = actions()
    made.perform(saved(
        action__email="1", alert__digest_mode="0", action__email__to="a@example.com, $result.user$@example.com;c@x.org",
        action__email__subject="Alert on $result.user$", action__email__message__alert="See $results_link$",
    ), job(), [fired(row) for row in ROWS])
    first, second = made.mails
    assert (("a@example.com", "ann@example.com", "c@x.org"), "Alert on ann") == (first.to, first.subject)
    assert ("Alert on bob", NOON, job().sid) == (second.subject, second.time, second.sid)
    assert first.message.startswith("See http://" + SERVER)
    assert ([], []) == (made.runs, made.log)


def test_mail_has_splunks_own_texts_without_ones_of_the_search(actions):
    """And the recipients of alert_actions.conf."""
    made = actions()
    made.perform(saved(action__email="1"), job(), [fired(*ROWS)])
    (mail,) = made.mails
    assert (("all@example.com",), "Splunk Alert: My search", "The alert condition for 'My search' was triggered.") == (
        mail.to, mail.subject, mail.message
    )


@pytest.mark.parametrize("flag, subject", [("0", "plain"), ("1", "named")])
def test_named_subject_only_counts_where_it_is_asked_for(actions, flag, subject):
    """subject.alert is not looked at without useNSSubject."""
    made = actions()
    made.perform(saved(action__email="1", action__email__subject="plain", action__email__subject__alert="named", action__email__useNSSubject=flag), job(), [fired(*ROWS)])
    assert [subject] == [mail.subject for mail in made.mails]
