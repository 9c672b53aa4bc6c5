"""A search head for tests of the built package: the unpacked app, a fresh KV store, and a REST server in front of it.

Knows how splunkd starts a command and what a test wants to see afterwards: rows, messages, documents, requests.
Does not know what the app makes of its rows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.accounts import accounts
from sandbox.child import bare_interpreter, environment
from sandbox.chunked import FrameReader
from sandbox.conf import App
from sandbox.installed import InstalledApps
from sandbox.invocation import Delivery, SearchInfo
from sandbox.kv import KVStore
from sandbox.kv.limits import Limits
from sandbox.process import Runner
from sandbox.rest import RestServer, faults

APP = "teams_export_guard"
BASELINE, ALERTS, TRIAGE, PRIVILEGED, LEASE = (
    "teams_export_" + name for name in ("baseline", "alerts", "triage", "privileged", "lease")
)
NOW = 1_735_050_000  # latest time of a test's search, 2024-12-24 14:20 UTC; the past of every real clock
NETWORKS = ("POST", "teams_export_asn", "batch_find", 200)  # the request that tells which network table is in effect
DEFAULTS = Limits()
WHEN = ("created", "updated")  # fields of an alert that tell the real clock
QUICK = Delivery(probes=0, timeout=120.0)


class Site:
    """One KV store and server over the installed app; ``close`` stops them."""

    def __init__(self, app, folder: Path, limits: Limits = DEFAULTS, routes=()):
        self.app = app
        self.home = app.path.parents[2]
        self.kv = KVStore(folder / "kv.sqlite", limits)
        self._apps = InstalledApps(self.kv)
        self._apps.add(app)
        self.rest = RestServer(self.kv, accounts(self._apps.roles()), acls=self._apps.acls(), routes=routes)
        self.rest.start()

    def close(self):
        self.rest.stop()
        self.kv.close()

    def search(
        self,
        command,
        args=(),
        rows=(),
        *,
        user="admin",
        delivery=QUICK,
        fields=None,
        preview=False,
        on_step=None,
        **searchinfo,
    ):
        """The outcome of one start of a command over ``rows``; ``searchinfo`` overrides what it says of itself."""
        info = self.info(command, user, **searchinfo)
        runner = Runner(sys.executable, self.home, delivery)
        return runner.run(self.command(command, info.app), info, args, rows, fields, preview=preview, on_step=on_step)

    def info(self, command, user="admin", **searchinfo):
        """What a search of this site says of itself."""
        said = {
            "sid": "1735050000.1",
            "search": "search index=o365 | " + command,
            "dispatch_dir": str(self.home),
            "latest_time": str(NOW),
            "owner": user,
            "username": user,
            "session_key": self.rest.sessions.open(user),
            "splunkd_uri": self.rest.url,
        }
        return SearchInfo(**dict(said, **searchinfo))

    def command(self, name, seen_from="search"):
        """A command of the app, as a search in another app sees it."""
        return self._apps.commands(seen_from)[name]

    def converse(self, command, data):
        """(replies, exit code) of a process that is given these bytes and then the end of its input."""
        argv = [bare_interpreter(sys.executable), str(self.command(command).script)]
        done = subprocess.run(
            argv,
            input=data,
            env=environment(self.home),
            cwd=str(self.home),
            timeout=120,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        reader = FrameReader()
        reader.feed(done.stdout)
        replies = list(iter(reader.next_frame, None))
        reader.at_end_of_stream()
        return replies, done.returncode

    def commit(self, rows=(), *args, **more):
        """A committing run that must succeed; its outcome."""
        return good(self.search("teamsexportcommit", args, rows, **more))

    def judge(self, rows=(), *args, **more):
        """A run that only reads and must succeed; its outcome."""
        return good(self.search("teamsexport", args, rows, **more))

    def documents(self, collection):
        """The documents of a collection by key, as they are stored."""
        return {one["_key"]: one for one in self.kv.find_all(APP, "nobody", collection)}

    def kept(self):
        """Ledger and baseline, without what only the clock decides."""
        alerts = self.documents(ALERTS).values()
        ledger = {one["_key"]: {name: one[name] for name in one if name not in WHEN} for one in alerts}
        return {"ledger": ledger, "baseline": self.documents(BASELINE)}

    def put(self, collection, *documents):
        """Store documents beside the app."""
        self.kv.batch_save(APP, "nobody", collection, list(documents))

    def requests(self):
        """The requests for documents so far, as (method, collection, last part of the path, status)."""
        asked = []
        for one in self.rest.traffic.records(containing="/storage/collections/data/"):
            collection, _, last = one.path.partition("/storage/collections/data/")[2].partition("/")
            asked.append((one.method, collection, last, one.status))
        return asked

    def writes(self):
        """Those of the requests that can change a document."""
        return [one for one in self.requests() if one[0] != "GET" and one[2] != "batch_find"]

    def watch(self, see, when=faults.documents):
        """Call ``see(request)`` for each request for documents that fits, before it is carried out."""

        def looked_at(request):
            if when(request):
                see(request)
            return False

        self.rest.faults.add(faults.Answer(), times=None, when=looked_at)  # it never takes effect

    def expire_lease(self):
        """Let the lease of a dead holder be over, as an hour passing would: the real clock is not ours to turn.

        What the dead holder asked for last is carried out first.
        """
        self.rest.traffic.settle()
        for document in self.documents(LEASE).values():
            self.put(LEASE, dict(document, expires=1))


def altered(app, home, path, change):
    """A copy of the installed app under another home, in which one file went (None) or has other text."""
    copy = home / "etc" / "apps" / app.name
    shutil.copytree(str(app.path), str(copy), copy_function=os.link)
    file = copy / path
    content = file.read_bytes()
    file.unlink()  # the other copy has the same file under another name
    if change is not None:
        file.write_text(change(content.decode("utf-8")), encoding="utf-8")
    return App(copy)


def good(outcome):
    """An outcome without an error."""
    assert outcome.error is None, (outcome.error, outcome.stderr)
    assert 0 == outcome.returncode, outcome.stderr
    return outcome


def the_error(outcome):
    """The one error of a failed search, which gave no row."""
    assert outcome.error is not None
    errors = [text for level, text in outcome.notes.messages if level in ("ERROR", "FATAL")]
    said = [text for text in errors if "exited unexpectedly" not in text]
    assert [outcome.error] == said, errors
    assert 1 == outcome.returncode, outcome.stderr
    assert [] == outcome.rows
    return outcome.error


def said(outcome, level):
    """The messages of a level that reached the job inspector."""
    return [text for named, text in outcome.notes.messages if named == level]


def states(outcome):
    """(state, entity) of each row, sorted."""
    return sorted((row["alert_state"], row["entity"]) for row in outcome.rows)
