"""Alert actions: what is done for each alert that a saved search fires.

A custom action (is_custom in alert_actions.conf) is its script, started as splunkd's sendalert does; a mail is rendered
and kept. Other actions that a search names, such as those of Enterprise Security, are not performed; the log says so.

SPEC (alert_actions.conf.spec, "Create a custom alert action script"): bin/<name>.py or alert.execute.cmd with the
one argument --execute, the payload on standard input, maxtime (5m) and then the end; standard error goes to
splunkd.log, with the level that a line begins with. SPEC (limits.conf.spec [scheduler]): with one alert for each result
at most max_per_result_alerts of them, for at most max_per_result_alerts_time.
CAPTURE, lines of splunkd.log that others published: "Invoking modular alert action=...", "action=... STDERR - ...",
"action=... - Alert action script completed in duration=... ms with exit code=...", "Reached maximum amount of time",
"Unable to find alert action script ...".
INFERRED: a line of standard error without a level is logged as ERROR, and its level is not repeated; the working
directory is SPLUNK_HOME; the session is the search owner's and ends with the script; the order of actions is by name.
"""
from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from sandbox.alert_mail import Mail, mail
from sandbox.alert_payload import configuration, payload, results_link, results_path, write_results
from sandbox.alert_tokens import Occasion
from sandbox.alerting import FiredAlert, SavedSearch
from sandbox.child import environment
from sandbox.invocation import TRUE_WORDS
from sandbox.jobs import Job
from sandbox.spl.timespec import seconds

MAX_PER_RESULT_ALERTS = 500
MAX_PER_RESULT_ALERTS_TIME = 300.0  # seconds
DEFAULT_MAXTIME = "5m"
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_PREFIX = "action."


class CustomAction(NamedTuple):
    """A stanza of alert_actions.conf and where its app is unpacked."""

    name: str
    app: str
    app_dir: Path
    settings: Mapping[str, str]

    @property
    def script(self) -> Path:
        return self.app_dir / "bin" / (self.settings.get("alert.execute.cmd") or self.name + ".py")

    @property
    def is_custom(self) -> bool:
        return self.settings.get("is_custom", "0").strip().lower() in TRUE_WORDS


@dataclass
class ActionRun:
    """One start of a script: what it was given and what came of it; the exit code is None if it was ended."""

    action: str
    search: str
    sid: str
    payload: Dict[str, Any]
    returncode: Optional[int] = None
    stderr: str = ""


@dataclass
class Host:
    """What the rest of the stand-in lends to an action."""

    python: str
    home: Path
    server_uri: Callable[[], str]
    open_session: Callable[[str], str]
    close_session: Callable[[str], None]
    actions: Callable[[str], Mapping[str, CustomAction]]  # those that a search in an app sees
    log: Callable[[str, float, str], None]  # level, time and text of a line of splunkd.log


@dataclass
class AlertActions:
    """Performs what a search asks for, and keeps what was done."""

    host: Host
    runs: List[ActionRun] = field(default_factory=list)
    mails: List[Mail] = field(default_factory=list)
    stopwatch: Callable[[], float] = time.monotonic

    def perform(self, saved: SavedSearch, job: Job, fired: Sequence[FiredAlert]) -> None:
        """All enabled actions, for each alert in turn."""
        names, began = enabled(saved), self.stopwatch()
        single = not saved.flag("alert.digest_mode", True)
        dispatch_dir = self.host.home / "var" / "run" / "splunk" / "dispatch" / job.sid
        try:
            for number, alert in enumerate(fired if names else ()):
                if single and number >= MAX_PER_RESULT_ALERTS:
                    break
                if single and self.stopwatch() - began > MAX_PER_RESULT_ALERTS_TIME:
                    text = "Reached maximum amount of time allowed to spend in per-result alerts for savedsearch_id="
                    self.host.log("WARN", alert.time, '%s"%s;%s;%s"' % (text, saved.owner, saved.app, saved.name))
                    break
                occasion = Occasion(saved, job, alert, results_link(saved, job, number, single))
                path = results_path(dispatch_dir, number, single)
                for name in names:
                    self._perform(name, occasion, path)
        finally:
            shutil.rmtree(str(dispatch_dir), ignore_errors=True)

    def _perform(self, name: str, occasion: Occasion, path: Path) -> None:
        known = self.host.actions(occasion.saved.app)
        if name == "email":
            own = {key[len("action.email.") :]: value for key, value in occasion.saved.settings.items()
                   if key.startswith("action.email.")}  # fmt: skip
            shared = known[name].settings if name in known else {}
            self.mails.append(mail({**shared, **own}, occasion))
        elif name not in known or not known[name].is_custom or not known[name].script.is_file():
            text = 'action=%s - Unable to find alert action script for action="%s" in app="%s"'
            self.host.log("WARN", occasion.fired.time, text % (name, name, occasion.saved.app))
        else:
            self._start(known[name], occasion, path)

    def _start(self, action: CustomAction, occasion: Occasion, path: Path) -> None:
        saved, job, fired = occasion.saved, occasion.job, occasion.fired
        write_results(path, job.fields, fired.rows)
        said = 'Invoking modular alert action=%s for search="%s" sid="%s" in app="%s" owner="%s" type="saved"'
        self.host.log("INFO", fired.time, said % (action.name, saved.name, job.sid, saved.app, saved.owner))
        params = configuration(action.name, action.settings, saved, occasion)
        key = self.host.open_session(saved.owner)
        try:
            given = payload(occasion, params, path, self.host.server_uri(), key)
            run = ActionRun(action.name, saved.name, job.sid, given)
            self.runs.append(run)
            began = self.stopwatch()
            run.returncode, run.stderr = self._execute(action, given)
            took = (self.stopwatch() - began) * 1000
        finally:
            self.host.close_session(key)
        for line in run.stderr.splitlines():
            level, text = _levelled(line)
            self.host.log(level, fired.time, "action=%s STDERR -  %s" % (action.name, text))
        if run.returncode is None:
            self.host.log("ERROR", fired.time, "action=%s - Execution of alert action script timed out" % action.name)
            return
        said = "action=%s - Alert action script completed in duration=%d ms with exit code=%d"
        level = "INFO" if run.returncode == 0 else "ERROR"
        self.host.log(level, fired.time, said % (action.name, took, run.returncode))

    def _execute(self, action: CustomAction, given: Dict[str, Any]) -> Tuple[Optional[int], str]:
        """Exit code and standard error; the exit code is None if maxtime was over."""
        maxtime = seconds(action.settings.get("maxtime") or DEFAULT_MAXTIME)
        process = subprocess.Popen(
            [self.host.python, str(action.script), "--execute"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=environment(self.host.home), cwd=str(self.host.home),
        )  # fmt: skip
        code: Optional[int]
        try:
            _, stderr = process.communicate(json.dumps(given).encode("utf-8"), timeout=maxtime)
            code = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            _, stderr = process.communicate()
            code = None
        return code, stderr.decode("utf-8", "replace")


def enabled(saved: SavedSearch) -> List[str]:
    """The actions of a search: action.<name> = 1, and those in the list `actions`."""
    names = {name.strip() for name in saved.setting("actions").split(",") if name.strip()}
    for key, value in saved.settings.items():
        if key.startswith(_PREFIX) and key.count(".") == 1:
            name = key[len(_PREFIX) :]
            names = names | {name} if value.strip().lower() in TRUE_WORDS else names - {name}
    return sorted(names)


def _levelled(line: str) -> Tuple[str, str]:
    word, _, rest = line.partition(" ")
    return (word, rest) if word in LEVELS else ("ERROR", line)
