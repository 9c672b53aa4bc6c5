"""One run of the alert action against a real KV store and a receiver that is a value: order, letters, exit codes, log."""

import io
import json

import pytest

from sandbox.accounts import accounts
from sandbox.kv import KVStore as Stored
from sandbox.rest import RestServer
from sandbox.rest.faults import Answer, on
from teams_export_guard.documents import DEAD_LETTERS
from teams_export_guard.retry import Outcome
from teams_export_guard.rows import alert_row
from teams_export_guard.signature import HEADER, signature
from teams_export_guard.webhook import DELIVERED, NO_STORE, OWED, RETRY_LETTERS, UNUSABLE, Effects, main
from tests.support import Clock, alert, store_secret

APP, NOW = "teams_export_guard", 1_790_000_000.0
URL = "https://hooks.example.com/services/T0/s3cr3tpath"
DONE, BUSY, GONE = Outcome(), Outcome("it answered 503", True), Outcome("it answered 410")


class Receiver:
    """In place of the courier: answers as told, remembers what came; ``look`` is called at each attempt."""

    def __init__(self, *outcomes):
        self.outcomes, self.came, self.look, self.settings = list(outcomes) or [DONE], [], lambda: None, None

    def __call__(self, settings):
        self.settings = settings
        return self

    def post(self, body, headers, seconds):
        self.came.append((json.loads(body), headers, seconds, body))
        self.look()
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]

    def ids(self):
        return [body["id"] for body, *_ in self.came]


class Site:
    """A splunkd with the collection, a clock, and a way to run the action once."""

    def __init__(self, folder):
        self.kv = Stored(folder / "kv.db")
        self.kv.define(APP, DEAD_LETTERS, {})
        self.rest = RestServer(self.kv, accounts({}))
        self.rest.start()
        self.clock = Clock(NOW)
        self.receiver = Receiver()
        self.log = ""

    def run(self, *rows, arguments=("--execute",), session_key=None, user="admin", **params):
        payload = {
            "configuration": {"url": URL, **params}, "server_uri": self.rest.url, "search_name": "s", "sid": "1.1",
            "app": APP, "session_key": session_key or self.rest.sessions.open(user), "results_link": "",
            "results_file": "",
        }
        if rows:
            payload["result"] = rows[0]
        if len(rows) > 1:
            raise ValueError("several rows come in a file; see tests/protocol")
        stderr = io.StringIO()
        effects = Effects(self.receiver, self.clock, self.clock, self.clock.sleep, lambda: 0.5)
        try:
            return main(arguments, io.BytesIO(json.dumps(payload).encode("utf-8")), stderr, effects)
        finally:
            self.log = stderr.getvalue()

    def letters(self):
        return {one["_key"]: one for one in self.kv.find_all(APP, "nobody", DEAD_LETTERS)}

    def close(self):
        self.rest.stop()
        self.kv.close()


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    store_secret(made.rest, "k3y")
    yield made
    made.close()


def row(minute=0, **changes):
    """The row of an alert as splunkd hands it over."""
    given = alert_row(alert(minute, alert_id="%032x" % minute), "new")
    return {**{name: value if isinstance(value, list) else str(value) for name, value in given.items()}, **changes}


def key(minute=0):
    return "%032x-new-base" % minute


# -- delivering -----------------------------------------------------------------------------------


def test_alert_is_delivered(site):
    """Signed, with its key; nothing is left behind; the log says so in one line."""
    assert DELIVERED == site.run(row())
    ((body, headers, seconds, raw),) = site.receiver.came
    assert (key(), key(), "application/json") == (body["id"], headers["Idempotency-Key"], headers["Content-Type"])
    assert signature("k3y", raw, NOW) == headers[HEADER]
    assert ({}, 60.0) == (site.letters(), seconds)
    assert "INFO alert=%s was delivered to hooks.example.com, signed, attempts=1.\n" % key() == site.log


def test_letter_is_written_before_anything_is_sent(site):
    """An action that is killed while it sends loses nothing."""
    seen = []
    site.receiver.look = lambda: seen.append(site.letters()[key()]["last_error"])
    site.run(row())
    assert ["not tried yet"] == seen


def test_attempts_are_repeated_with_new_signatures(site):
    """Each is signed with its own time."""
    site.receiver.outcomes = [BUSY._replace(retry_after="7"), BUSY._replace(retry_after="7"), DONE]
    assert DELIVERED == site.run(row())
    signatures = [headers[HEADER] for _, headers, *_ in site.receiver.came]
    assert 3 == len(set(signatures))
    assert "attempts=3." in site.log


def test_what_cannot_be_delivered_is_kept(site):
    """With why and how often; the exit code says that it is owed."""
    site.receiver.outcomes = [BUSY]
    assert OWED == site.run(row(), max_attempts="3")
    (letter,) = site.letters().values()
    assert (key(), "%032x" % 0, "new", "base", 3, "it answered 503", 1) == tuple(
        letter[name] for name in ("_key", "alert_id", "alert_state", "variation", "attempts", "last_error", "retry")
    )
    assert letter["first_tried"] == NOW < letter["last_tried"]
    assert key() == json.loads(letter["payload"])["id"]
    assert "ERROR alert=%s was not delivered (it answered 503); it is kept and tried again.\n" % key() == site.log


def test_the_same_alert_again_keeps_its_history(site):
    """Splunk may hand an alert over twice; there is one letter, whose attempts add up."""
    site.receiver.outcomes = [GONE]
    site.run(row())
    site.clock.sleep(10)
    site.run(row())
    (letter,) = site.letters().values()
    assert (2, NOW, NOW + 10) == (letter["attempts"], letter["first_tried"], letter["last_tried"])


def test_no_rows_nothing_to_do(site):
    """A search without results."""
    assert (DELIVERED, [], "") == (site.run(), site.receiver.came, site.log)


# -- what earlier runs owe --------------------------------------------------------------------------


def owe(site, *minutes, outcome=GONE, rest=301):
    """Alerts that an earlier run could not deliver, and the time that letters are left alone."""
    site.receiver.outcomes = [outcome]
    for minute in minutes:
        site.run(row(minute), max_attempts="1")
        site.clock.sleep(1)
    site.clock.sleep(rest)
    site.receiver = Receiver()


def test_letters_go_first(site):
    """The one that was tried longest ago, then the others, then the new alert."""
    owe(site, 2, 1)
    assert DELIVERED == site.run(row(3))
    assert [key(2), key(1), key(3)] == site.receiver.ids()
    assert {} == site.letters()
    assert "INFO Alerts owed by earlier runs: 2, delivered now: 2.\n" in site.log


def test_letters_are_sent_as_they_were(site):
    """The body is the same to the byte; only the signature is new."""
    site.receiver.outcomes = [GONE]
    site.run(row())
    (_, headers, _, before) = site.receiver.came[-1]
    owe(site)
    site.run(retry_only="1")
    (_, after_headers, _, after) = site.receiver.came[-1]
    assert before == after
    assert headers[HEADER] != after_headers[HEADER]


def test_letters_are_left_alone_for_a_while(site):
    """Another run may be at it; and a receiver that just failed is not asked again at once."""
    owe(site, 1, rest=0)
    assert DELIVERED == site.run(row(2))
    assert ([key(2)], [key(1)]) == (site.receiver.ids(), list(site.letters()))


def test_a_letter_that_is_tried_is_marked_first(site):
    """So that a run at the same time leaves it alone."""
    owe(site, 1)
    tried = []
    site.receiver.look = lambda: tried.append(site.letters()[key(1)]["last_tried"])
    now = site.clock()
    site.run(retry_only="1")
    assert [now] == tried


def test_a_letter_that_another_run_wrote_meanwhile_stays(site):
    """It may hold what was not delivered yet: once too often is better than once too little."""

    def written_by_another_run():
        document = site.letters()[key()]
        site.kv.batch_save(APP, "nobody", DEAD_LETTERS, [dict(document, last_tried=document["last_tried"] + 1)])

    site.receiver.look = written_by_another_run
    assert DELIVERED == site.run(row())
    assert [key()] == list(site.letters())


def test_a_letter_that_another_run_delivered_is_written_again_if_this_one_fails(site):
    """Delivered twice at worst."""
    site.receiver.outcomes = [GONE]
    site.receiver.look = lambda: site.kv.delete_query(APP, "nobody", DEAD_LETTERS)
    assert OWED == site.run(row())
    assert [key()] == list(site.letters())


def test_a_receiver_that_is_down_is_not_asked_for_the_rest(site):
    """The first letter fails as all would; the new alert gets one attempt, because splunkd's time is short."""
    owe(site, 1, 2, 3)
    site.receiver.outcomes = [BUSY]
    assert OWED == site.run(row(4))
    assert [key(1), key(4)] == site.receiver.ids()
    assert {key(minute) for minute in (1, 2, 3, 4)} == set(site.letters())


def test_a_receiver_that_was_down_a_moment_ago_gets_one_attempt(site):
    """Alerts of one search that fire one after another."""
    owe(site, 1, outcome=BUSY, rest=0)
    site.receiver.outcomes = [BUSY]
    site.run(row(2))
    assert [key(2)] == site.receiver.ids()


def test_a_letter_that_is_refused_does_not_stop_the_others(site):
    """A 410 is about this letter; it goes to the end of the queue."""
    owe(site, 1, 2)
    site.receiver.outcomes = [GONE, DONE]
    site.run(retry_only="1")
    assert [key(1), key(2)] == site.receiver.ids()
    assert [(key(1), 2)] == [(one["_key"], one["attempts"]) for one in site.letters().values()]


def test_letters_of_one_run_are_limited_where_there_are_new_alerts(site):
    """The new alert is not kept waiting by what is old."""
    owe(site, *range(1, RETRY_LETTERS + 4))
    site.run(row(99))
    assert (RETRY_LETTERS + 1, key(99)) == (len(site.receiver.came), site.receiver.ids()[-1])
    assert 3 == len(site.letters())


def test_time_for_letters_is_limited(site):
    """30 s of it where there is a new alert; that one has its own time."""
    owe(site, *range(1, 9))
    site.receiver.look = lambda: site.clock.sleep(14)
    site.run(row(99))
    assert [key(1), key(2), key(3), key(99)] == site.receiver.ids()
    assert [30.0, 16.0, 2.0, 60.0] == [seconds for _, _, seconds, _ in site.receiver.came]


def test_retrying_search_has_no_alerts(site):
    """Its row says how many letters there are; it is never posted."""
    owe(site, 1)
    assert DELIVERED == site.run({"letters": "1", "oldest": "1"}, retry_only="1")
    assert ([key(1)], {}) == (site.receiver.ids(), site.letters())


def test_retrying_search_never_becomes_a_letter(site):
    """Not even when the settings are wrong."""
    assert UNUSABLE == site.run({"letters": "1"}, retry_only="1", url="http://h")
    assert {} == site.letters()


# -- faults ---------------------------------------------------------------------------------------


def test_what_violates_the_schema_is_kept_and_never_sent(site):
    """With its reasons; it waits for a person, so no later run tries it."""
    assert OWED == site.run(row(severity="high", message_count="many"))
    (letter,) = site.letters().values()
    assert (0, 0) == (letter["retry"], letter["attempts"])
    assert "alert/severity" in letter["last_error"] and "alert/message_count" in letter["last_error"]
    assert "waits for a person" in site.log
    site.clock.sleep(1000)
    site.run(retry_only="1")
    assert [] == site.receiver.came


def test_a_row_that_is_no_alert_is_kept_under_a_key_of_its_content(site):
    """A search that is not ours, by mistake."""
    assert OWED == site.run({"count": "1"})
    assert ["damaged-"] == [name[:8] for name in site.letters()]


def test_a_damaged_letter_leaves_the_queue(site):
    """Somebody changed it in the store: it is not sent."""
    owe(site, 1)
    document = site.letters()[key(1)]
    site.kv.batch_save(APP, "nobody", DEAD_LETTERS, [dict(document, payload="{}")])
    site.run(retry_only="1")
    assert ([], 0) == (site.receiver.came, site.letters()[key(1)]["retry"])


def test_wrong_settings_keep_the_alert(site):
    """All faults in one line; the alert goes out once they are put right."""
    assert UNUSABLE == site.run(row(), url="http://h", timeout="0")
    assert site.log.startswith("ERROR The settings of the action are wrong: url must begin with https:// ")
    assert "timeout (" in site.log and 2 == site.log.count("\n")
    assert ([], 1) == (site.receiver.came, site.letters()[key()]["retry"])
    site.clock.sleep(1000)
    site.run(retry_only="1")
    assert [key()] == site.receiver.ids()


def test_without_a_stored_secret_requests_say_that_they_are_unsigned(site, tmp_path):
    """In the header and in the log."""
    (tmp_path / "bare").mkdir()
    bare = Site(tmp_path / "bare")
    try:
        assert DELIVERED == bare.run(row())
        assert "unsigned" == bare.receiver.came[0][1][HEADER]
        assert bare.log.startswith("WARN No secret is stored") and ", unsigned, attempts=1." in bare.log
    finally:
        bare.close()


def test_unreadable_secret_sends_nothing(site):
    """Unsigned is for when there is none, not for when nobody knows; the alert is kept."""
    site.rest.faults.add(Answer(403, "no"), times=None, when=on("GET", "storage/passwords"))
    assert NO_STORE == site.run(row())
    assert ([], [key()]) == (site.receiver.came, list(site.letters()))
    assert "list_storage_passwords" in site.letters()[key()]["last_error"]


@pytest.mark.parametrize("user", ["user", "power"])
def test_users_without_rights_send_nothing(site, user):
    """Whoever may not read the secret can send nothing with it."""
    assert NO_STORE == site.run(row(), user=user)
    assert [] == site.receiver.came


def test_store_outage_fails_the_action(site):
    """In one sentence and with its exit code; the alert still goes out, as nothing else would bring it."""
    site.rest.faults.add(Answer(503), times=None)
    assert NO_STORE == site.run(row())
    assert [key()] == site.receiver.ids()
    assert 1 == site.log.count("ERROR The KV store cannot be used") == site.log.count("ERROR")


def test_nothing_is_claimed_delivered_in_an_outage(site):
    """Neither store nor receiver: the log says that the alert is lost."""
    site.rest.faults.add(Answer(503), times=None)
    site.receiver.outcomes = [BUSY]
    assert NO_STORE == site.run(row())
    assert "was delivered" not in site.log
    assert "it is lost to the webhook, because the KV store cannot be used" in site.log


def test_outage_after_the_letter_was_written(site):
    """The alert is not lost: its letter is there, though nobody could write into it what happened."""
    site.receiver.outcomes = [BUSY]
    site.receiver.look = lambda: site.rest.faults.add(Answer(503), times=None)
    assert NO_STORE == site.run(row(), max_attempts="1")
    assert "it is kept and tried again" in site.log
    assert ["not tried yet"] == [letter["last_error"] for letter in site.letters().values()]


def test_delivered_letter_that_cannot_be_removed_goes_out_again(site):
    """The outage begins after sending: at least once."""
    site.receiver.look = lambda: site.rest.faults.add(Answer(503), times=None)
    assert NO_STORE == site.run(row())
    site.rest.faults.clear()
    site.receiver.look = lambda: None
    site.clock.sleep(1000)
    site.run(retry_only="1")
    assert ([key(), key()], {}) == (site.receiver.ids(), site.letters())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--execute", "x")])
def test_only_execute_is_an_order(site, arguments):
    """As splunkd starts it; anything else does nothing."""
    assert UNUSABLE == site.run(row(), arguments=arguments)
    assert ([], {}) == (site.receiver.came, site.letters())


def test_damaged_payload():
    """One sentence and its exit code."""
    stderr = io.StringIO()
    assert UNUSABLE == main(["--execute"], io.BytesIO(b"{"), stderr, Effects(None))
    assert stderr.getvalue().startswith("ERROR The payload on standard input is no JSON")


def test_log_has_no_secret(site):
    """Neither secret, nor session, nor the path of the address, even where a fault repeats them; one line each."""
    session = site.rest.sessions.open("admin")
    site.receiver.outcomes = [Outcome("x k3y\n%s /services/T0/s3cr3tpath" % session)]
    assert OWED == site.run(row(), session_key=session)
    assert 1 == site.log.count("\n")
    assert not [secret for secret in ("k3y", session, "s3cr3tpath") if secret in site.log]
