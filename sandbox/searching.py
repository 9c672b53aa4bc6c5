"""One search from text to job: its time range, its session, the language, and the custom commands on the way.

Knows what a search process of splunkd gets and leaves behind.  Does not know apps, conf files, saved searches or HTTP;
what it needs of them it is given as an `Environment`.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Union

from sandbox.chunked import Row
from sandbox.hooks import OnStep
from sandbox.invocation import CommandSpec, Delivery, SearchInfo, split_arguments
from sandbox.jobs import DONE, FAILED, Job
from sandbox.process import Outcome, Runner
from sandbox.spl import Context, EventSource, Lookup, Macro, SplError, Table, moment, post_process, run
from sandbox.spl.values import Value, text

TimeSpec = Union[None, int, float, str]

_SEARCH_WORD = re.compile(r"search\b", re.IGNORECASE)


@dataclass(frozen=True)
class Environment:
    """What the rest of the stand-in lends to a search."""

    events: EventSource
    macros: Mapping[str, Macro]
    lookups: Mapping[str, Lookup]
    commands: Mapping[str, CommandSpec]
    runner: Runner
    session_key: str
    splunkd_uri: str
    username: str
    splunk_version: str


@dataclass(frozen=True)
class Search:
    """A search as somebody asks for it; times are epoch seconds or Splunk's time modifiers, None or "" is no bound."""

    spl: str
    now: float
    app: str = "search"
    owner: str = "admin"
    earliest: TimeSpec = 0
    latest: TimeSpec = None
    index_earliest: TimeSpec = None
    index_latest: TimeSpec = None
    preview: bool = False  # preview runs come before the real one
    force_preview: bool = False  # they do so even where commands.conf says run_in_preview = false
    saved_search: Optional[str] = None
    on_step: Optional[OnStep] = None
    delivery: Optional[Delivery] = None
    base: Optional[Job] = None  # the search goes on from the result of this one

    @property
    def text(self) -> str:
        """The search with the command that it begins with: what is no pipe begins with `search`."""
        spl = self.spl.strip()
        if self.base is not None:
            return spl
        return spl if spl.startswith("|") or _SEARCH_WORD.match(spl) else "search " + spl

    def bound(self, spec: TimeSpec) -> Optional[float]:
        if spec is None:
            return None
        return moment(spec, self.now) if isinstance(spec, str) else spec


@dataclass
class SearchRun:
    """Carries out one search and fills its job."""

    search: Search
    job: Job
    environment: Environment
    dispatch_dir: str
    stopwatch: Callable[[], float] = time.perf_counter

    def run(self) -> Job:
        """Run to the end; what goes wrong is said by `job.error`."""
        began = self.stopwatch()
        try:
            table = self._table()
        except SplError as error:
            self.job.fail(str(error))
        else:
            self.job.fields = list(table.fields)
            self.job.rows = [{name: _cell(row.get(name)) for name in table.fields} for row in table.rows]
        self.job.seconds, self.job.progress = self.stopwatch() - began, 1.0
        self.job.state = DONE if self.job.error is None else FAILED
        return self.job

    def _table(self) -> Table:
        base = self.search.base
        if base is None:
            return run(self.search.text, self._context())
        rows = [{name: value for name, value in row.items() if value is not None} for row in base.rows]
        return post_process(self.search.text, Table(base.fields, rows), self._context())

    def _context(self) -> Context:
        search, environment = self.search, self.environment
        self.job.earliest, self.job.latest = search.bound(search.earliest), search.bound(search.latest)
        return Context(
            events=environment.events,
            lookups=environment.lookups,
            macros=environment.macros,
            commands=tuple(environment.commands),
            run_custom=self._run_custom,
            earliest=self.job.earliest,
            latest=self.job.latest,
            index_earliest=search.bound(search.index_earliest),
            index_latest=search.bound(search.index_latest),
            now=search.now,
            app=search.app,
            owner=search.owner,
            sid=self.job.sid,
            search=search.text,
            messages=self.job.messages,
            progress=self._progress,
        )

    def _progress(self, share: float) -> None:
        self.job.progress = share

    def _run_custom(self, name: str, arguments: str, table: Table, context: Context) -> Table:
        """Hand a table to a command and take its result; a failed command fails the job, what it gave is kept."""
        spec = self.environment.commands[name]
        # earliest= in the search's own text wins over the job's, for the command too (inferred; see claims)
        self.job.earliest, self.job.latest = context.span["earliest"], context.span["latest"]
        raw_args = split_arguments(arguments)
        rows = [
            {key: value if type(value) is str else _cell(value) for key, value in row.items()} for row in table.rows
        ]
        fields = list(table.fields) or None
        if self.search.preview and (spec.run_in_preview or self.search.force_preview):
            first_half = rows[: (len(rows) + 1) // 2]
            shown = self._command(spec, raw_args, first_half, fields, context.begins, preview=True)
            self.job.previews.append(shown.rows)
        outcome = self._command(spec, raw_args, rows, fields, context.begins, preview=False)
        self.job.messages.extend(outcome.notes.messages)
        self.job.metrics.update(("%s.%s" % (name, key), value) for key, value in outcome.notes.metrics.items())
        self.job.requests += outcome.requests
        if outcome.error is not None:
            self.job.fail(outcome.error)
        kept: List[Dict[str, Value]] = [
            {key: value for key, value in row.items() if value is not None} for row in outcome.rows
        ]
        return Table(outcome.fields, kept)

    def _command(
        self, spec: CommandSpec, raw_args: List[str], rows: List[Row], fields: Optional[List[str]], begins: bool,
        preview: bool,
    ) -> Outcome:
        info = SearchInfo(
            sid=self.job.sid,
            search=self.search.text,
            dispatch_dir=self.dispatch_dir,
            app=self.search.app,
            owner=self.search.owner,
            username=self.environment.username,
            session_key=self.environment.session_key,
            splunkd_uri=self.environment.splunkd_uri,
            earliest_time=epoch_text(self.job.earliest),
            latest_time=epoch_text(self.job.latest),
            splunk_version=self.environment.splunk_version,
        )
        on_step = None if preview else self.search.on_step
        outcome = self.environment.runner.run(
            spec, info, raw_args, rows, fields, preview=preview, on_step=on_step, delivery=self.search.delivery,
            begins=begins,
        )
        self.job.log.extend(outcome.stderr.splitlines())
        return outcome


def epoch_text(bound: Optional[float]) -> str:
    """A bound as searchinfo has it: seconds as text, "0" for none."""
    if bound is None:
        return "0"
    return str(int(bound)) if float(bound).is_integer() else "%.3f" % bound


def _cell(value: Value) -> Union[str, List[str], None]:
    if isinstance(value, list):
        return list(value) or None
    return text(value)
