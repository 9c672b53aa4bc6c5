"""The webhook of the built package, from a saved search that fires to a real https receiver and back."""

import csv
import gzip
import json
import re
import threading
from contextlib import ExitStack

import pytest

from sandbox.rest.faults import Answer
from teams_export_guard.rows import FIELDS
from teams_export_guard.webhook_schema import violations
from tests.conftest import ROOT
from tests.https.authority import Authority
from tests.https.receiver import Proxy, Reply
from tests.protocol.alerting import APP, DETECT, LETTERS, SECRET, Site


@pytest.fixture
def site(tmp_path, package):
    with ExitStack() as stack:
        yield Site(tmp_path, package, stack)


def is_genuine():
    """The function that README/webhook-receiver.md gives to receivers."""
    text = (ROOT / "README" / "webhook-receiver.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1), names)  # noqa: S102 - our own page
    return names["is_genuine"]


def test_alert_reaches_the_receiver(site):
    """Whole, typed, signed so that the receiver can check it, and with its key; no letter is left."""
    site.export("Ann@T")
    (run,) = site.detect()
    assert 0 == run.returncode, run.stderr
    (came,) = site.receiver.requests
    body = json.loads(came.body)
    assert [] == violations(body)
    assert set(FIELDS) <= set(body["alert"])
    assert ("user:ann@t", "new", 4, "2026-01-05T00:10:00Z") == (
        body["alert"]["entity"], body["alert"]["alert_state"], body["alert"]["message_count"],
        body["alert"]["triggered_at_iso"],
    )
    assert ["Ann@T-c%d" % number for number in range(4)] == body["alert"]["chat_id"]
    assert body["id"] == came.headers["Idempotency-Key"]
    assert is_genuine()(came.headers["X-Teams-Export-Guard-Signature"], came.body, SECRET)
    assert DETECT == body["search"]["name"]
    assert body["links"]["investigate"].endswith("/investigate?form.alert_id=" + body["alert"]["alert_id"])
    assert [] == site.letters()


def test_body_is_what_the_published_schema_says(site):
    """The file in the installed app, with jsonschema as any receiver has it."""
    import jsonschema

    site.export("Ann@T")
    site.detect()
    published = site.splunkd.home / "etc/apps" / APP / "appserver/static/teams_export_webhook.schema.json"
    validator = jsonschema.Draft202012Validator(json.loads(published.read_text(encoding="utf-8")))
    assert [] == list(validator.iter_errors(json.loads(site.receiver.requests[0].body)))


def test_each_alert_is_a_request(site):
    """One start of the action for each row; the same alert again is no new request."""
    site.export("Ann@T", "Bob@T")
    assert [0, 0] == [run.returncode for run in site.detect()]
    assert {"user:ann@t", "user:bob@t"} == {json.loads(one.body)["alert"]["entity"] for one in site.receiver.requests}
    assert [] == site.detect()


def test_digest_mode_is_a_request_for_each_alert(site):
    """One start with a file of two rows."""
    site.write("savedsearches", {DETECT: {"action.teams_export_webhook": "1", "alert.digest_mode": "1"}})
    site.export("Ann@T", "Bob@T")
    (run,) = site.detect()
    assert (0, 2, 2) == (run.returncode, len(site.receiver.requests), len({one.body for one in site.receiver.requests}))


def test_busy_receiver_is_asked_again(site):
    """503, then 429 with Retry-After, then delivered."""
    site.set_up(max_attempts="3", timeout="20")
    site.receiver.replies = [Reply(503), Reply(429, (("Retry-After", "0"),)), Reply(202)]
    site.export("Ann@T")
    (run,) = site.detect()
    assert (0, 3) == (run.returncode, len(site.receiver.requests))
    assert 1 == len({(one.body, one.headers["Idempotency-Key"]) for one in site.receiver.requests})
    assert "attempts=3" in run.stderr


def test_dead_letter_is_delivered_later(site):
    """The retrying search sees it and makes the action run; before and after it does nothing."""
    assert [] == site.retry()
    site.receiver.replies = [Reply(404)]
    site.export("Ann@T")
    (failed,) = site.detect()
    (letter,) = site.letters()
    assert (1, 1, "it answered 404", 1) == (
        failed.returncode, letter["attempts"], letter["last_error"], letter["retry"]
    )
    site.receiver.replies = [Reply(200)]
    (run,) = site.retry()
    assert (0, []) == (run.returncode, site.letters())
    first, second = site.receiver.requests
    assert first.body == second.body
    assert [] == site.retry()


def test_analyst_sees_dead_letters(site):
    """By the lookup, as in a dashboard."""
    site.receiver.replies = [Reply(404)]
    site.export("Ann@T")
    site.detect()
    job = site.splunkd.search("| inputlookup teams_export_dead_letters", app=APP, owner="teams_export_analyst")
    assert ["it answered 404"] == [row["last_error"] for row in job.rows]


def test_untrusted_receiver_gets_nothing(site, tmp_path):
    """With the CA of somebody else, although splunkd's environment asks Python not to verify."""
    other = Authority(tmp_path / "other")
    site.set_up(ca_file=other.path)
    site.export("Ann@T")
    (run,) = site.detect()
    assert (1, []) == (run.returncode, site.receiver.requests)
    assert "its certificate is not trusted" in site.letters()[0]["last_error"]


def test_plain_http_is_refused(site):
    """In a sentence; the alert is kept until the address is put right."""
    site.set_up(url=site.receiver.url.replace("https", "http"))
    site.export("Ann@T")
    (run,) = site.detect()
    assert (2, []) == (run.returncode, site.receiver.requests)
    assert "url must begin with https:// but begins with http://" in run.stderr
    site.set_up()
    site.retry()
    assert (1, []) == (len(site.receiver.requests), site.letters())


def test_proxy(site):
    """The proxy of the settings is used."""
    with Proxy() as proxy:
        site.set_up(proxy=proxy.url)
        site.export("Ann@T")
        (run,) = site.detect()
    assert (0, ["localhost:%d" % site.receiver.port]) == (run.returncode, proxy.asked)


def test_store_that_refuses(site):
    """The action fails with its exit code, says so, and nothing is claimed. An outage: tests/unit/test_webhook.py."""
    site.receiver.replies = [Reply(503)]
    site.export("Ann@T")
    (run,) = site.detect()
    payload = dict(run.payload, configuration=dict(run.payload["configuration"], max_attempts="1"))
    for letter in site.letters():
        site.splunkd.kv.delete(APP, "nobody", LETTERS, letter["_key"])
    site.splunkd.rest.faults.add(Answer(404, "Could not find object."), times=None)
    code, stderr = site.perform(payload)
    site.splunkd.rest.faults.clear()
    assert (3, []) == (code, site.letters())
    assert "ERROR The KV store cannot be used" in stderr
    assert "was delivered" not in stderr


def test_two_runs_at_once_lose_nothing(site):
    """Six runs, each with the alert of another user, while a letter waits: every alert arrives at least once."""
    site.receiver.replies = [Reply(404)]
    users = ["u%d@t" % number for number in range(6)]
    site.export("Ann@T", *users)
    payloads = [run.payload for run in site.detect()]
    assert 7 == len(site.letters())
    for letter in site.letters():
        site.keep(dict(letter, last_tried=1))
    site.receiver.requests.clear()
    site.receiver.replies = [Reply(200)]
    codes = []
    threads = [threading.Thread(target=lambda given=given: codes.append(site.perform(given)[0])) for given in payloads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0] * 7 == codes
    came = {json.loads(one.body)["alert"]["entity"] for one in site.receiver.requests}
    assert {"user:ann@t", *("user:" + user for user in users)} == came
    site.retry()
    assert [] == site.letters()


def test_an_alert_that_is_no_alert(site):
    """A search that is not ours: kept with its reasons, never sent, and the retrying search does not see it."""
    site.write("savedsearches", {DETECT: {"action.teams_export_webhook": "1", "alert.digest_mode": "0",
                                          "search": "| makeresults | eval alert_id=\"x\""}})
    (run,) = site.detect()
    assert (1, []) == (run.returncode, site.receiver.requests)
    (letter,) = site.letters()
    assert 0 == letter["retry"]
    assert "'variation' is a required property" in letter["last_error"]
    assert [] == site.retry()


def test_letter_that_waits_for_a_person_can_be_put_back(site):
    """By a search, after the cause was put right."""
    site.receiver.replies = [Reply(404), Reply(200)]
    site.export("Ann@T")
    site.detect()
    site.keep(dict(site.letters()[0], retry=0))
    assert [] == site.retry()
    site.splunkd.search(
        "| inputlookup %s where retry=0 | eval retry=1 | outputlookup append=true key_field=_key %s" % (LETTERS, LETTERS),
        app=APP,
    )
    assert [0] == [run.returncode for run in site.retry()]
    assert (2, []) == (len(site.receiver.requests), site.letters())


def test_no_secret_is_anywhere(site):
    """Not in the log, not in a letter, not in the body, and not in what splunkd gave the action but its session."""
    site.receiver.replies = [Reply(404)]
    site.export("Ann@T")
    (run,) = site.detect()
    shown = run.stderr + json.dumps(site.letters()) + site.receiver.requests[0].body.decode("utf-8")
    assert SECRET not in shown + json.dumps(run.payload)
    assert run.payload["session_key"] not in shown
    assert SECRET not in str(site.receiver.requests[0].headers)


def test_action_without_rights_sends_nothing(site):
    """A search that an analyst owns cannot use the secret; the analyst's own rights apply."""
    site.export("Ann@T")
    (run,) = site.detect()
    site.receiver.requests.clear()
    code, stderr = site.perform(run.payload, user="teams_export_analyst")
    assert (3, []) == (code, site.receiver.requests)
    assert "list_storage_passwords" in stderr


def test_results_file_of_the_payload(site):
    """What the sandbox writes is what splunkd writes: gzipped CSV, every column twice."""
    seen = []

    def read(request):
        (file,) = (site.splunkd.home / "var/run/splunk/dispatch").rglob("*.csv.gz")
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            seen.append((file.parent.name, file.name, next(csv.reader(text))))

    site.receiver.on_request = read
    site.export("Ann@T")
    site.detect()
    ((folder, name, header),) = seen
    assert ("per_result_alert", "tmp_0.csv.gz") == (folder, name)
    assert "chat_id" in header and "__mv_chat_id" in header
