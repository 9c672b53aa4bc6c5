"""Facts about the REST of search jobs and saved searches, on a whole stand-in."""
from __future__ import annotations

import json
import sys
import threading
import time

import pytest
import requests

from sandbox.invocation import Delivery
from sandbox.scheduler import Clock
from sandbox.spl import SplError
from sandbox.splunkd import Splunkd
from tests.sandbox.apps.installing import package

NOON = 1790856000  # 2026-10-01T12:00:00Z


@pytest.fixture
def splunkd(tmp_path):
    """A stand-in at noon with the fixture app `stocked` and three events of the last hour, one of them late."""
    home = tmp_path / "splunk"
    with Splunkd(home, sys.executable, Clock(NOON), delivery=Delivery(probes=0, timeout=60)) as splunkd:
        splunkd.install(package(tmp_path, "stocked"))
        add(splunkd, NOON - 3000, "red", 3)
        add(splunkd, NOON - 2000, "blue", 5)
        add(splunkd, NOON - 1000, "green", 7, arrives=NOON + 60)
        yield splunkd


def add(splunkd, time, colour, pieces, arrives=None):
    splunkd.events.add(json.dumps({"colour": colour, "pieces": pieces}), time, arrives, index="shop", sourcetype="j")


def call(splunkd, method, path, key=None, **form):
    """(status, body as JSON or text) of one request, as admin unless a key is given."""
    key = key or splunkd.rest.sessions.open("admin")
    headers = {"Authorization": "Splunk " + key, "Connection": "close"}
    response = requests.request(method, splunkd.rest.url + path, data=form, headers=headers, timeout=30)
    return response.status_code, response.json() if response.text.startswith("{") else response.text


def ended(splunkd, sid):
    """The job, when it has ended."""
    for _ in range(600):
        if splunkd.jobs.get(sid).state != "RUNNING":
            break
        time.sleep(0.05)
    return splunkd.jobs.get(sid)


def test_rest_oneshot(splunkd):
    """exec_mode=oneshot answers with the results: field names, rows, multivalues as arrays, no absent values."""
    search = '| makeresults | eval a="1", b=split("x;y",";"), c=null() | table a b c'
    form = {"search": search, "exec_mode": "oneshot", "output_mode": "json"}
    status, body = call(splunkd, "POST", "/services/search/jobs", **form)
    assert 200 == status
    assert [{"name": "a"}, {"name": "b"}, {"name": "c"}] == body["fields"]
    assert [{"a": "1", "b": ["x", "y"]}] == body["results"]


def test_rest_job(splunkd):
    """A posted search has a sid, under which its state and its results are found until it is deleted."""
    form = {"search": "search index=shop | table colour", "exec_mode": "blocking", "output_mode": "json"}
    status, body = call(splunkd, "POST", "/servicesNS/admin/stocked/search/jobs", **form)
    assert 201 == status
    path = "/services/search/jobs/" + body["sid"]
    content = call(splunkd, "GET", path + "?output_mode=json")[1]["entry"][0]["content"]
    expected = {"dispatchState": "DONE", "isDone": True, "isFailed": False, "resultCount": 2}
    assert expected == {key: content[key] for key in expected}
    assert "stocked" == splunkd.jobs.get(body["sid"]).app
    results = call(splunkd, "GET", path + "/results?output_mode=json&count=1&offset=1")[1]
    assert [{"colour": "red"}] == results["results"]
    assert 200 == call(splunkd, "DELETE", path)[0]
    assert 404 == call(splunkd, "GET", path)[0]


def test_rest_sid_as_xml(splunkd):
    """Without output_mode the sid comes as XML."""
    status, body = call(splunkd, "POST", "/services/search/jobs", search="| makeresults")
    assert 201 == status
    assert "<sid>%s</sid>" % splunkd.jobs.all()[0].sid in body


@pytest.mark.parametrize(
    "form, word",
    [({}, "'search' is missing"), ({"search": "| makeresults", "exec_mode": "x"}, "exec_mode must be one of"),
     ({"search": "| nonsense", "exec_mode": "oneshot"}, "nonsense")],
)  # fmt: skip
def test_rest_refusals(splunkd, form, word):
    """A search that is missing, badly asked for or not to be run is a 400 with the reason."""
    status, body = call(splunkd, "POST", "/services/search/jobs", output_mode="json", **form)
    assert (400, True) == (status, word in body["messages"][0]["text"])


def test_rest_saved_searches(splunkd):
    """Saved searches are listed, shown, changed for the time being, and dispatched with overrides."""
    listed = call(splunkd, "GET", "/servicesNS/-/-/saved/searches?output_mode=json")[1]["entry"]
    assert ["Stock of a colour", "Stock taking"] == [entry["name"] for entry in listed]
    path = "/servicesNS/nobody/stocked/saved/searches/Stock%20taking"
    assert 200 == call(splunkd, "POST", path, cron_schedule="30 * * * *")[0]
    shown = call(splunkd, "GET", path + "?output_mode=json")[1]["entry"][0]["content"]
    assert "30 * * * *" == shown["cron_schedule"]
    assert [NOON + 1800] == [run.due for run in splunkd.scheduler.run_until(NOON + 3600)]
    form = {"dispatch.earliest_time": "-2h", "dispatch.latest_time": "-1h", "output_mode": "json"}
    status, body = call(splunkd, "POST", path + "/dispatch", **form)
    assert (201, 3) == (status, len(ended(splunkd, body["sid"]).rows))


def test_rest_refuses_bad_settings_and_unknown_names(splunkd):
    """A setting that cannot be carried out is a 400 and changes nothing; an unknown name is a 404."""
    path = "/servicesNS/nobody/stocked/saved/searches/"
    assert 400 == call(splunkd, "POST", path + "Stock%20taking", counttype="custom")[0]
    assert "number of events" == splunkd.saved_search("Stock taking").settings["counttype"]
    assert 400 == call(splunkd, "POST", path + "Stock%20taking/dispatch", earlist="-1h")[0]
    assert [404, 404, 404] == [
        call(splunkd, method, path + name)[0] for method, name in [("GET", "x"), ("POST", "x"), ("POST", "x/dispatch")]
    ]


COUNTED = "search index=shop | stats sum(pieces) AS pieces BY colour"


def job_of(splunkd, spl, key=None):
    """The sid of a search that has ended."""
    status, body = call(splunkd, "POST", "/services/search/jobs", key, search=spl, output_mode="json")
    assert 201 == status, body
    return ended(splunkd, body["sid"]).sid


def test_a_search_runs_on_after_its_sid_is_given_out(splunkd):
    """exec_mode=normal: what asks meanwhile gets 204 and RUNNING, then the rows, and the job is DONE."""
    go_on = threading.Event()
    splunkd.on_step = lambda step, number, child: go_on.wait(60) if step == "spawn" else None
    form = {"search": "index=shop | writes", "output_mode": "json"}
    sid = call(splunkd, "POST", "/services/search/jobs", **form)[1]["sid"]
    path = "/services/search/jobs/%s" % sid
    assert 204 == call(splunkd, "GET", path + "/results?output_mode=json")[0]
    meanwhile = call(splunkd, "GET", path + "?output_mode=json")[1]["entry"][0]["content"]
    assert ("RUNNING", False) == (meanwhile["dispatchState"], meanwhile["isDone"])
    go_on.set()
    ended(splunkd, sid)
    content = call(splunkd, "GET", "/services/search/jobs/%s?output_mode=json" % sid)[1]["entry"][0]["content"]
    expected = {"dispatchState": "DONE", "isDone": True, "doneProgress": 1.0, "ttl": 600}
    assert expected == {key: content[key] for key in expected}


def test_a_job_whose_thread_breaks_has_failed(splunkd):
    """A defect of the stand-in ends the job with its words, so that nothing waits for it for ever."""
    def broken(step, number, child):
        raise RuntimeError("as the test asked")

    splunkd.on_step = broken
    form = {"search": "index=shop | writes", "output_mode": "json"}
    job = ended(splunkd, call(splunkd, "POST", "/services/search/jobs", **form)[1]["sid"])
    assert ("FAILED", True) == (job.state, "as the test asked" in (job.error or ""))


def test_a_search_that_cannot_be_read_is_no_job(splunkd):
    """An unknown command is a 400 at once; splunkd's client shows its message in the panel."""
    status, body = call(splunkd, "POST", "/services/search/jobs", search="| nonsense", output_mode="json")
    assert (400, "FATAL") == (status, body["messages"][0]["type"])
    assert [] == splunkd.jobs.all()


def test_columns(splunkd):
    """output_mode=json_cols turns the rows, within count and offset; _time is a date."""
    sid = job_of(splunkd, "search index=shop | sort 0 _time | table _time colour")
    path = "/services/search/v2/jobs/%s/results?output_mode=json_cols&count=1&offset=1" % sid
    body = call(splunkd, "GET", path)[1]
    assert [{"name": "_time"}, {"name": "colour"}] == body["fields"]
    assert [1, 1] == [len(column) for column in body["columns"]]
    assert body["columns"][0][0].startswith("2026-10-01T1") and body["columns"][0][0].endswith(".000+00:00")


def test_a_chain_goes_on_from_the_rows_of_a_job(splunkd):
    """search= at the results of a job filters, changes or reduces them, whatever its first command is."""
    sid = job_of(splunkd, COUNTED)
    path = "/services/search/v2/jobs/%s/results_preview" % sid
    whole = call(splunkd, "GET", path + "?output_mode=json")[1]["results"]
    for spl in ("search colour=red", "| where colour=\"red\""):
        form = {"search": spl, "output_mode": "json"}
        assert [row for row in whole if row["colour"] == "red"] == call(splunkd, "POST", path, **form)[1]["results"]
    form = {"search": "| nonsense", "output_mode": "json"}
    assert 400 == call(splunkd, "POST", path, **form)[0]


def test_jobs_by_number(splunkd):
    """One request asks for several jobs; those that are gone are left out."""
    first, second = job_of(splunkd, "| makeresults"), job_of(splunkd, "| makeresults")
    job_of(splunkd, "| makeresults")
    body = call(splunkd, "GET", "/services/search/jobs?output_mode=json&id=%s&id=%s&id=9.9" % (first, second))[1]
    assert {first, second} == {entry["content"]["sid"] for entry in body["entry"]}


def test_a_job_is_its_owners_and_the_admins(splunkd):
    """Somebody else can neither list it, nor read its results, nor cancel it."""
    keys = {name: splunkd.rest.sessions.open(name) for name in ("admin", "power", "user")}
    _, body = call(splunkd, "POST", "/services/search/jobs", keys["power"], search="| makeresults", exec_mode="blocking",
                   output_mode="json")  # fmt: skip
    path = "/services/search/jobs/" + body["sid"]
    for name, readable in (("user", False), ("power", True), ("admin", True)):
        listed = call(splunkd, "GET", "/services/search/jobs?output_mode=json", keys[name])[1]["entry"]
        assert readable == (body["sid"] in [entry["name"] for entry in listed])
        assert (200 if readable else 404) == call(splunkd, "GET", path + "/results?output_mode=json", keys[name])[0]
    assert 404 == call(splunkd, "DELETE", path, keys["user"])[0]
    assert 200 == call(splunkd, "DELETE", path, keys["power"])[0]


def test_control(splunkd):
    """touch keeps a job, cancel ends it, anything unknown is refused with what is allowed."""
    sid = job_of(splunkd, "| makeresults")
    path = "/services/search/jobs/%s/control" % sid
    assert 200 == call(splunkd, "POST", path, action="touch")[0]
    status, body = call(splunkd, "POST", path, action="tickle", output_mode="json")
    assert (400, True) == (status, "touch" in body["messages"][0]["text"])
    assert 200 == call(splunkd, "POST", path, action="cancel")[0]
    assert 404 == call(splunkd, "POST", path, action="touch")[0]


@pytest.mark.parametrize("query, word", [("output_mode=csv", "json"), ("output_mode=json&count=x", "whole numbers")])
def test_results_that_are_asked_for_badly(splunkd, query, word):
    """Other forms of output, or a count that is none, are refused with what is allowed."""
    sid = job_of(splunkd, "| makeresults")
    status, body = call(splunkd, "GET", "/services/search/jobs/%s/results?%s" % (sid, query))
    assert 400 == status
    assert word in str(body)


@pytest.mark.parametrize("search, risky", [
    ("| makeresults | outputlookup warmth.csv", "outputlookup"),
    ("| makeresults | append [| makeresults | outputlookup warmth.csv]", "outputlookup"),
    ("| makeresults", None),
])  # fmt: skip
def test_rest_risky_commands_are_refused_where_the_client_asks(splunkd, search, risky):
    """With check_risky_command=true, in subsearches too; without it, or with false, the search runs."""
    path = "/servicesNS/admin/stocked/search/jobs"
    form = {"search": search, "exec_mode": "blocking", "output_mode": "json"}
    status, body = call(splunkd, "POST", path, check_risky_command="true", **form)
    said = "Found potentially risky commands: %s" % risky
    assert (400, said) == (status, body["messages"][0]["text"]) if risky else 201 == status
    assert [201, 201] == [call(splunkd, "POST", path, **form, **more)[0] for more in ({}, {"check_risky_command": "false"})]


def test_commands_that_their_conf_calls_risky_are_risky(splunkd):
    """is_risky in commands.conf; a search that cannot be read is refused as such."""
    assert [] == splunkd.risky("| writes", "stocked")
    assert ["risks"] == splunkd.risky("| risks", "stocked")
    with pytest.raises(SplError):
        splunkd.risky("| nothing of the kind", "stocked")
