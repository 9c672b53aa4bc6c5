"""Splunkd: the stand-in as a whole.  Installs the app, keeps events and documents, runs searches and the schedule.

    with Splunkd(home, python, clock) as splunkd:
        splunkd.install(package)
        splunkd.events.load(records)
        job = splunkd.search("index=o365 | teamsexport")

It composes; what each part knows stands in the part.  The child processes have the real clock, everything else the
given one.
"""
from __future__ import annotations

import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional

from sandbox.accounts import NOBODY, SYSTEM_USER, accounts
from sandbox.alert_actions import AlertActions, Host
from sandbox.alerting import SavedSearch, SavedSearchError
from sandbox.conf_routes import ConfRoutes, LocalConf
from sandbox.events import EventStore
from sandbox.handlers import Handlers
from sandbox.hooks import OnStep
from sandbox.installed import InstalledApps, unpack
from sandbox.invocation import Delivery
from sandbox.job_routes import JobRoutes
from sandbox.jobs import FAILED, Job, JobStore
from sandbox.kv import KVStore
from sandbox.process import Runner
from sandbox.rest import RestServer
from sandbox.rest.auth import Account
from sandbox.rest.exchange import VERSION
from sandbox.saved_routes import SavedRoutes
from sandbox.scheduler import Run, Scheduler
from sandbox.scheduler_log import INDEX as INTERNAL
from sandbox.scheduler_log import SOURCES, Line, action_line, lines_of
from sandbox.searching import Environment, Search, SearchRun, TimeSpec
from sandbox.spl import SplError, compile_search, inspect, moment
from sandbox.spl.source import AllowedEvents
from sandbox.view_routes import ViewRoutes

_SHORT = ("earliest_time", "latest_time", "index_earliest", "index_latest", "now")  # with or without "dispatch."
_PLAIN = ("trigger_actions", "force_dispatch")
RISKY = (  # Securing Splunk, "Commands that trigger SPL safeguards"
    "collect delete dump map mcollect meventcollect outputcsv outputlookup run runshellscript script sendalert "
    "sendemail tscollect"
).split()


class Splunkd:
    """One search head in this process; a context manager that starts and stops it."""

    def __init__(
        self,
        home: Path,
        python: str,
        clock: Callable[[], float] = time.time,
        *,
        probes: int = 1,
        line_ending: str = "\n",
        events: Optional[EventStore] = None,
        delivery: Optional[Delivery] = None,
        port: int = 0,
    ) -> None:
        self.home = Path(home).absolute()
        self.clock = clock
        for folder in ("etc/apps", "var/lib/splunk", "var/run/splunk/dispatch"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        self.events = EventStore(clock) if events is None else events
        self.kv = KVStore(self.home / "var" / "lib" / "splunk" / "kvstore.sqlite")
        self.apps = InstalledApps(self.kv)
        self.jobs = JobStore()
        self.local = LocalConf(self.apps)
        self.handlers = Handlers(self.apps, python, self.home, lambda: self.rest.url)
        routes = [
            *JobRoutes(self).routes(), *SavedRoutes(self).routes(), *ViewRoutes(self.apps, clock).routes(),
            *ConfRoutes(self.apps, self.local).routes(),
        ]  # fmt: skip
        self.rest = RestServer(self.kv, accounts({}), routes=routes, port=port)
        self.runner = Runner(python, self.home, delivery or Delivery(probes=probes, line_ending=line_ending))
        self.on_step: Optional[OnStep] = None  # for every search that is given no hook of its own
        self.actions = AlertActions(
            Host(
                self.runner.python, self.home, lambda: self.rest.url,
                lambda owner: self.rest.sessions.open(_username(owner)), lambda key: self.rest.sessions.close(key),
                self.apps.alert_actions, lambda *line: self._log(action_line(*line)),
            )
        )  # fmt: skip
        self.scheduler = Scheduler(self.saved_searches, self._run_scheduled, clock, log=self._log_run)

    def __enter__(self) -> "Splunkd":
        self.rest.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.close()
        self.rest.stop()
        self.handlers.close()
        self.kv.close()

    # --- apps --------------------------------------------------------------------------------------------------------

    def install(self, package_tgz: Path) -> str:
        """Unpack a package and take the app in; its name."""
        self.runner.close()
        app = unpack(Path(package_tgz), self.home / "etc" / "apps")
        self.apps.add(app)
        self.rest.routes.add(self.handlers.routes(app))
        self.rest.acls = self.apps.acls()
        for account in accounts(self.apps.roles()):
            self.rest.sessions.accounts.setdefault(account.name, account)
        return app.name

    def saved_searches(self) -> List[SavedSearch]:
        """All saved searches, by name."""
        return self.apps.saved_searches()

    def saved_search(self, name: str) -> SavedSearch:
        for saved in self.saved_searches():
            if saved.name == name:
                return saved
        known = ", ".join(saved.name for saved in self.saved_searches())
        raise KeyError("no saved search '%s'; there are: %s" % (name, known or "none"))

    def change(self, name: str, settings: Mapping[str, str]) -> SavedSearch:
        """Change settings of a saved search in the app's local folder; SavedSearchError if they cannot be."""
        saved = self.saved_search(name)
        replace(saved, settings={**saved.settings, **settings}).checked()
        self.local.write(self.apps.app(saved.app), "savedsearches", name, settings)
        return self.saved_search(name)

    # --- searches ----------------------------------------------------------------------------------------------------

    def search(
        self,
        spl: str,
        *,
        earliest: TimeSpec = 0,
        latest: TimeSpec = None,
        index_earliest: TimeSpec = None,
        index_latest: TimeSpec = None,
        app: str = "search",
        owner: str = "admin",
        preview: bool = False,
        force_preview: bool = False,
        now: Optional[float] = None,
        on_step: Optional[OnStep] = None,
        delivery: Optional[Delivery] = None,
        base: Optional[Job] = None,
        wait: bool = True,
    ) -> Job:
        """Run a search to its end, or with `wait` false only start it; SplError then if it cannot be read.

        A search with a `base` goes on from that job's result.  `preview` runs previews first, where commands.conf
        lets a command run in them; `force_preview` does so in any case.  `now` takes the place of the clock, whole
        seconds as in splunkd.
        """
        moment_of_search = int(self.clock() if now is None else now)
        search = Search(
            spl, moment_of_search, app, owner, earliest, latest, index_earliest, index_latest,
            preview or force_preview, force_preview, None, on_step, delivery, base,
        )  # fmt: skip
        return self._run(search, self.jobs.new_sid(moment_of_search), wait)

    def risky(self, spl: str, app: str = "search") -> List[str]:
        """The commands of a search that Splunk warns of: its own risky ones, and those that commands.conf calls so."""
        commands = self.apps.commands(app)
        _, usage = inspect(spl, self.apps.macros(app), commands)
        return sorted(name for name in usage.commands if name in RISKY or (name in commands and commands[name].is_risky))

    def dispatch(
        self,
        name: str,
        *,
        now: Optional[float] = None,
        owner: Optional[str] = None,
        on_step: Optional[OnStep] = None,
        delivery: Optional[Delivery] = None,
        wait: bool = True,
        **overrides: Any,
    ) -> Job:
        """Run a saved search now, or with `wait` false only start it.

        Overrides are those of Splunk's REST: dispatch.* (earliest_time and its like also without the prefix),
        args.<name>, and trigger_actions=1 for the alert condition that else is left out.
        """
        saved = self.saved_search(name)
        settings = self._overridden(saved, overrides)
        at: float = self.clock() if now is None else now
        if settings.get("dispatch.now"):
            at = moment(str(settings["dispatch.now"]), at) or at
        job = self._run_saved(replace(saved, settings=settings), int(at), owner, on_step, delivery, None, wait)
        if wait and settings.get("trigger_actions", "0") in ("1", "true", "True"):
            self.actions.perform(saved, job, self.scheduler.alerting.after(saved, job, int(at)))
        return job

    @staticmethod
    def _overridden(saved: SavedSearch, overrides: Mapping[str, Any]) -> Dict[str, str]:
        settings = dict(saved.settings)
        unknown = []
        for key, value in overrides.items():
            full = "dispatch." + key if key in _SHORT else key
            if full.startswith("args."):
                settings["search"] = settings["search"].replace("$%s$" % full, str(value))
            elif not full.startswith("dispatch.") and full not in _PLAIN:
                unknown.append(key)
            settings[full] = str(value)
        if unknown:
            allowed = "dispatch.*, args.*, " + ", ".join(_SHORT + _PLAIN)
            raise SavedSearchError("cannot override %s; allowed are %s" % (", ".join(sorted(unknown)), allowed))
        return settings

    def _log_run(self, run: Run) -> None:
        """What splunkd writes about a scheduled run into its own index; then the actions of what it fired."""
        for line in lines_of(run.saved, run.job, run.due, run.fired):
            self._log(line)
        self.actions.perform(run.saved, run.job, run.fired)

    def _log(self, line: Line) -> None:
        self.events.add(line.text, line.time, index=INTERNAL, sourcetype=line.sourcetype,
                        source=SOURCES[line.sourcetype])  # fmt: skip

    def _run_scheduled(self, saved: SavedSearch, due: float) -> Job:
        sid = self.jobs.scheduled_sid(_username(saved.owner), saved.app, saved.name, due)
        return self._run_saved(saved, due, None, None, None, sid)

    def _run_saved(
        self,
        saved: SavedSearch,
        now: float,
        owner: Optional[str],
        on_step: Optional[OnStep],
        delivery: Optional[Delivery],
        sid: Optional[str],
        wait: bool = True,
    ) -> Job:
        search = Search(
            saved.search,
            now,
            saved.app,
            owner or saved.owner,
            saved.setting("dispatch.earliest_time", "0"),
            saved.setting("dispatch.latest_time") or None,
            saved.setting("dispatch.index_earliest") or None,
            saved.setting("dispatch.index_latest") or None,
            saved_search=saved.name,
            on_step=on_step,
            delivery=delivery,
        )
        return self._run(search, sid or self.jobs.new_sid(now), wait)

    def _run(self, search: Search, sid: str, wait: bool) -> Job:
        job = Job(sid, search.text, search.app, search.owner, search.now, saved_search=search.saved_search)
        if wait:
            return self._carry_out(search, self.jobs.add(job))
        if search.base is None:  # splunkd refuses what it cannot read before it makes a job
            account = self._account(search)
            commands = tuple(self.apps.commands(search.app, account))
            compile_search(search.text, self.apps.macros(search.app, account), commands)
        self.jobs.add(job)
        threading.Thread(target=self._in_background, args=(search, job), name=sid, daemon=True).start()
        return job

    def _account(self, search: Search) -> Account:
        """Whose rights a search has."""
        return self.rest.sessions.accounts[_username(search.owner)]

    def _in_background(self, search: Search, job: Job) -> None:
        try:
            self._carry_out(search, job)
        except Exception as error:  # nobody waits for this thread: a defect of the stand-in must end the job and be seen
            job.fail("The stand-in failed: %r" % error)
            job.state = FAILED

    def _carry_out(self, search: Search, job: Job) -> Job:
        account = self._account(search)
        dispatch_dir = self.home / "var" / "run" / "splunk" / "dispatch" / job.sid
        session_key = self.rest.sessions.open(account.name)
        dispatch_dir.mkdir()
        try:
            environment = Environment(
                events=AllowedEvents(self.events.as_of(search.now), account.indexes),
                macros=self.apps.macros(search.app, account),
                lookups=self.apps.lookups(search.app, account),
                commands=self.apps.commands(search.app, account),
                runner=self.runner,
                session_key=session_key,
                splunkd_uri=self.rest.url,
                username=account.name,
                splunk_version=VERSION,
            )
            search = search if search.on_step else replace(search, on_step=self.on_step)
            return SearchRun(search, job, environment, str(dispatch_dir)).run()
        except SplError as error:  # of a lookup definition that is not known here
            job.fail(str(error))
            job.state = FAILED
            return job
        finally:
            self.rest.sessions.close(session_key)
            shutil.rmtree(str(dispatch_dir), ignore_errors=True)


def _username(owner: str) -> str:
    """The account as which a search of this owner runs."""
    return SYSTEM_USER if owner == NOBODY else owner
