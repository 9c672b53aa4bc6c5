"""A search head with the app set up as an admin sets it up, and a receiver of webhooks, for tests of what alerts do.

Files in local/, a secret in storage/passwords, a CA of its own. Thresholds are low: four messages of four chats alert.
"""

import json
import subprocess
import sys

from sandbox.child import bare_interpreter, environment
from sandbox.invocation import Delivery
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd
from tests.https.authority import Authority
from tests.https.receiver import Receiver
from tests.support import MIDNIGHT, audit, store_secret

APP, DETECT, RETRY = "teams_export_guard", "Teams Export - Detect", "Teams Export - Retry webhook"
SECRET = "s3cret-of-the-test"
MACROS = {"teams_export_activation": "0d", "teams_export_message_threshold": "3", "teams_export_chat_threshold": "2"}
DUE = MIDNIGHT + 3600
LETTERS = "teams_export_dead_letters"


def conf(stanzas):
    return "".join("[%s]\n%s\n" % (name, "".join("%s = %s\n" % one for one in settings.items()))
                   for name, settings in stanzas.items())


def records(user, minute=10, count=4):
    """One export: so many messages of as many chats."""
    return [audit(Id="%s-%d" % (user, number), UserId=user, ChatThreadId="%s-c%d" % (user, number), Messages=[],
                  CreationTime="2026-01-05T00:%02d:00" % minute) for number in range(count)]


class Site:
    """A search head with the app installed and set up, and a receiver."""

    def __init__(self, folder, package, stack):
        self.authority = Authority(folder / "ca")
        self.receiver = stack.enter_context(Receiver(self.authority.certificate("localhost")))
        self.clock = Clock(DUE)
        self.splunkd = stack.enter_context(
            Splunkd(folder / "splunk", sys.executable, self.clock, delivery=Delivery(probes=0, timeout=120))
        )
        self.local = self.splunkd.home / "etc" / "apps" / APP / "local"
        self.splunkd.install(package)
        self.local.mkdir()
        self.write("macros", {name: {"definition": value} for name, value in MACROS.items()})
        self.write("savedsearches", {DETECT: {"action.teams_export_webhook": "1", "alert.digest_mode": "0",
                                              "alert.suppress": "0"}})
        self.set_up()
        store_secret(self.splunkd.rest, SECRET)

    def write(self, name, stanzas):
        (self.local / (name + ".conf")).write_text(conf(stanzas), encoding="utf-8")

    def set_up(self, **params):
        given = {"url": self.receiver.url, "ca_file": self.authority.path, "timeout": "5", "max_attempts": "2", **params}
        self.write("alert_actions", {"teams_export_webhook": {"param." + name: value for name, value in given.items()}})

    def export(self, *users, **more):
        self.splunkd.events.load([json.dumps(one) for user in users for one in records(user, **more)])

    def detect(self):
        """One scheduled run of Detect; what the action was started with."""
        before = len(self.splunkd.actions.runs)
        run = self.splunkd.scheduler.run(self.splunkd.saved_search(DETECT), self.clock())
        assert run.job.error is None
        return self.splunkd.actions.runs[before:]

    def retry(self):
        """One scheduled run of the retrying search, once letters have rested; the starts of the action."""
        for letter in self.letters():
            self.keep(dict(letter, last_tried=1))
        before = len(self.splunkd.actions.runs)
        self.splunkd.scheduler.run(self.splunkd.saved_search(RETRY), self.clock())
        return self.splunkd.actions.runs[before:]

    def letters(self):
        return self.splunkd.kv.find_all(APP, "nobody", LETTERS)

    def keep(self, letter):
        self.splunkd.kv.batch_save(APP, "nobody", LETTERS, [letter])

    def perform(self, payload, user="admin"):
        """Start the script as splunkd does, beside the schedule; (exit code, standard error)."""
        app = self.splunkd.home / "etc" / "apps" / APP
        done = subprocess.run(
            [bare_interpreter(sys.executable), str(app / "bin" / "teams_export_webhook.py"), "--execute"],
            input=json.dumps(dict(payload, session_key=self.splunkd.rest.sessions.open(user))).encode("utf-8"),
            env=environment(self.splunkd.home), cwd=str(self.splunkd.home), timeout=120, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert b"" == done.stdout
        return done.returncode, done.stderr.decode("utf-8")
