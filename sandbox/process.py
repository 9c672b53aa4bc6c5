"""Runs a chunked search command as splunkd does: probes, getinfo, the rows in chunks, and its result.

Knows the order of the conversation and what each way of going wrong does to the search.  Does not know SPL, jobs or
the app; it is given a command's stanza and rows.  The source of each claim stands in `sandbox/claims.py`.
"""
from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NoReturn, Optional, Sequence, Tuple

from sandbox.child import Child, ChildEnded, ChildTimedOut, ChildTooBig, bare_interpreter, environment
from sandbox.chunked import ChunkError, Frame, Row, Table, decode_body, encode_body, encode_frame
from sandbox.hooks import OnStep
from sandbox.invocation import AS_USUAL, CommandSpec, Delivery, SearchInfo
from sandbox.replies import EXECUTE_KEYS, INDEX_FIELD, Info, Notes, merge_selected, selected_fields

_EXIT_GRACE = 10.0  # seconds for a process to be gone after it closed its output without a reply
_PROBE_FAILED = "Getinfo probe failed for external search command '%s': %s"


class _Failed(Exception):
    """The search ends with this sentence."""


@dataclass
class Outcome:
    """What came back: rows and fields in order, and all that a user or a test may want to know of the run."""

    rows: List[Row] = field(default_factory=list)
    fields: List[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    info: Optional[Info] = None
    error: Optional[str] = None
    stderr: str = ""
    returncode: Optional[int] = None
    cancelled: bool = False
    requests: int = 0  # execute requests sent

    def add(self, table: Table) -> None:
        known = set(self.fields)
        self.fields.extend(name for name in table.fields if name not in known)
        self.rows.extend(table.rows)


class Runner:
    """Runs commands with one interpreter in one SPLUNK_HOME."""

    def __init__(self, python: str, home: Path, delivery: Delivery = AS_USUAL) -> None:
        self.python = bare_interpreter(python)
        self.home = Path(home)
        self.delivery = delivery
        self._ahead: Dict[CommandSpec, Child] = {}

    def run(
        self,
        spec: CommandSpec,
        search: SearchInfo,
        raw_args: Sequence[str] = (),
        rows: Iterable[Row] = (),
        fields: Optional[Sequence[str]] = None,
        *,
        preview: bool = False,
        on_step: Optional[OnStep] = None,
        delivery: Optional[Delivery] = None,
        begins: bool = True,
    ) -> Outcome:
        """Run the command once.  Never raises for what the command does: `Outcome.error` says it.

        `fields` are the columns to send; left out, each chunk has the columns of its own rows.  `begins` says that the
        command stands first in its pipeline.  For `on_step` see `sandbox/hooks.py`.
        """
        return _Run(self, spec, search, raw_args, preview, on_step, delivery or self.delivery).run(rows, fields, begins)

    def spawn(self, spec: CommandSpec) -> Child:
        """Start the process: interpreter and script, no further argument, working directory SPLUNK_HOME."""
        return Child([self.python, str(spec.script)], environment(self.home), self.home)

    def started(self, spec: CommandSpec, ahead: bool) -> Child:
        """A process that has been told nothing yet: one started ahead of time if there is any, else a new one."""
        child = self._ahead.pop(spec, None) or self.spawn(spec)
        if ahead:
            self._ahead[spec] = self.spawn(spec)
        return child

    def close(self) -> None:
        """End the processes that were started ahead and never needed."""
        while self._ahead:
            self._ahead.popitem()[1].close()


class _Run:
    """One run of one command."""

    def __init__(
        self,
        runner: Runner,
        spec: CommandSpec,
        search: SearchInfo,
        raw_args: Sequence[str],
        preview: bool,
        on_step: Optional[OnStep],
        delivery: Delivery,
    ) -> None:
        self.runner, self.spec, self.search, self.raw_args = runner, spec, search, raw_args
        self.preview, self.delivery = preview, delivery
        self.on_step: OnStep = on_step or (lambda name, number, child: None)
        self.outcome = Outcome()
        self.columns: List[str] = []
        self.deadline = time.monotonic() + delivery.timeout

    def run(self, rows: Iterable[Row], fields: Optional[Sequence[str]], begins: bool) -> Outcome:
        with ThreadPoolExecutor(max_workers=max(1, self.delivery.probes)) as pool:
            probes = [pool.submit(self._probe, number) for number in range(self.delivery.probes)]
            child = self.runner.started(self.spec, self.delivery.ahead)
            try:
                self.on_step("spawn", 0, child)
                self._converse(child, rows, fields, begins)
            except _Failed as failure:
                self._fail(str(failure))
            finally:
                child.close()
                self.outcome.stderr = child.stderr
                self.outcome.returncode = child.returncode
                self.outcome.cancelled = child.cancelled
        for problem in [probe.result() for probe in probes]:
            if problem:
                self._fail(_PROBE_FAILED % (self.spec.name, problem))
        return self.outcome

    def _fail(self, text: str) -> None:
        """Splunk's own sentence becomes a message; the job's error is what the command itself said, if it did."""
        said = self.outcome.notes.errors()
        self.outcome.notes.messages.append(("ERROR", text))
        if self.outcome.error is None:
            self.outcome.error = said[-1] if said else text

    def _probe(self, number: int) -> Optional[str]:
        """A process that gets getinfo and then the end of its input; what went wrong, or None."""
        child = self.runner.spawn(self.spec)
        try:
            dispatch_dir = "" if number % 2 == 0 else "%s_probe%d" % (self.search.dispatch_dir, number)
            child.request(encode_frame(self.search.getinfo(self.spec.name, self.raw_args, False, dispatch_dir)))
            child.read_frame(self.deadline)
            child.finish(self.deadline)
        except ChildEnded:
            return "it ended without a reply"
        except ChildTimedOut:
            return "it did not reply and end in time"
        except ChunkError as error:
            return str(error)
        finally:
            child.close()
        return None

    def _converse(self, child: Child, rows: Iterable[Row], fields: Optional[Sequence[str]], begins: bool) -> None:
        info = self._getinfo(child)
        if info.generating and not begins:
            raise _Failed("Error in '%s' command: This command must be the first command of a search." % self.spec.name)
        finished = info.finished
        for chunk, last in _chunks(rows, self.delivery, info.per_record):
            if finished or child.cancelled:
                break
            finished = self._execute(child, info, chunk, fields, last)
            if last and not (finished or child.cancelled or info.generating):
                self.outcome.notes.warn("The reply of '%s' to the last chunk lacks finished:true" % self.spec.name)
        while info.generating and not finished and not child.cancelled:
            finished = self._execute(child, info, [], fields, True)
        self._end(child)

    def _getinfo(self, child: Child) -> Info:
        request = self.search.getinfo(self.spec.name, self.raw_args, self.preview, self.search.dispatch_dir)
        reply = self._exchange(child, encode_frame(request), 0)
        try:
            info = Info.read(reply.metadata, self.outcome.notes)
            if reply.body:
                raise ChunkError("a getinfo reply has no body but this one has %d bytes" % len(reply.body))
        except ChunkError as error:
            raise _Failed(_PROBE_FAILED % (self.spec.name, error)) from None
        self.outcome.info = info
        self._raise_fatal()
        self.on_step("getinfo", 0, child)
        return info

    def _execute(
        self, child: Child, info: Info, chunk: List[Row], fields: Optional[Sequence[str]], last: bool
    ) -> bool:
        """Send one chunk and take its reply; whether the command says that it has finished."""
        if fields is not None:
            self.columns = list(fields)
        elif chunk:
            self.columns = list(dict.fromkeys(name for row in chunk for name in row))
        sent = selected_fields(self.columns, info) if self.columns else []
        if not chunk and not self.delivery.empty_header:
            sent = []
        cells = chunk
        if INDEX_FIELD in sent:
            cells = [dict(row, **{INDEX_FIELD: str(index)}) for index, row in enumerate(chunk)]
        body = encode_body(sent, cells if sent else [], self.delivery.line_ending, self.delivery.quoting)
        self.outcome.requests += 1
        number = self.outcome.requests
        reply = self._exchange(child, encode_frame({"action": "execute", "finished": last}, body), number)
        try:
            table = decode_body(reply.body)
            if INDEX_FIELD in sent:
                table = merge_selected(chunk, self.columns, sent, table)
        except ChunkError as error:
            raise self._broken(error) from None
        self.outcome.add(table)
        finished = self.outcome.notes.read(reply.metadata, EXECUTE_KEYS)
        self._raise_fatal()
        self.on_step("final" if finished else "reply", number, child)
        return finished

    def _exchange(self, child: Child, data: bytes, number: int) -> Frame:
        """One request, one reply; each way in which this goes wrong becomes one sentence.  Number 0 is getinfo."""
        wait, deadline, limit = self.spec.maxwait, self.deadline, "time-out of %g s" % self.delivery.timeout
        try:
            child.request(data)
            if number:
                self.on_step("chunk", number, child)
            if wait:
                deadline, limit = min((deadline, limit), (time.monotonic() + wait, "maxwait of %g s" % wait))
            return child.read_frame(deadline, self.spec.maxchunksize)
        except ChildEnded:
            self._ended_early(child, number)
        except ChildTimedOut as error:
            text = "External search command '%s' was killed: no reply within the %s (%s came)"
            raise _Failed(text % (self.spec.name, limit, error)) from None
        except ChildTooBig as error:
            raise _Failed("External search command '%s' was killed: it %s" % (self.spec.name, error)) from None
        except ChunkError as error:
            raise self._broken(error) from None

    def _ended_early(self, child: Child, number: int) -> NoReturn:
        try:
            code = child.finish(time.monotonic() + _EXIT_GRACE)
        except ChildTimedOut:
            raise self._unexpected(None) from None
        if number == 0:
            raise _Failed(_PROBE_FAILED % (self.spec.name, "it ended without a reply (%s)" % _code(code)))
        raise self._unexpected(code)

    def _end(self, child: Child) -> None:
        try:
            code = child.finish(min(self.deadline, time.monotonic() + self.delivery.exit_wait))
        except ChildTimedOut:
            text = "External search command '%s' was killed: it did not end after its last reply" % self.spec.name
            raise _Failed(text) from None
        except ChunkError as error:
            raise self._broken(error) from None
        if code != 0:
            raise self._unexpected(code)

    def _raise_fatal(self) -> None:
        if self.outcome.notes.fatal is not None:
            raise _Failed("Error in '%s' command: %s" % (self.spec.name, self.outcome.notes.fatal))

    def _broken(self, error: ChunkError) -> _Failed:
        return _Failed("Error in '%s' command: Failed to parse the reply: %s" % (self.spec.name, error))

    def _unexpected(self, code: Optional[int]) -> _Failed:
        text = "Error in '%s' command: External search command exited unexpectedly%s."
        return _Failed(text % (self.spec.name, " with " + _code(code) if code else ""))


def _code(code: int) -> str:
    return "signal %d" % -code if code < 0 else "non-zero error code %d" % code if code else "code 0"


def _chunks(rows: Iterable[Row], delivery: Delivery, per_record: bool) -> Iterator[Tuple[List[Row], bool]]:
    """The rows in chunks, each with whether it is the last."""
    empty_final = per_record if delivery.empty_final is None else delivery.empty_final
    iterator = iter(rows)
    empty_due = delivery.empty_chunk
    chunk = list(islice(iterator, delivery.chunk_rows))
    while chunk:
        following = list(islice(iterator, delivery.chunk_rows))
        last = not following and not empty_final
        if last and empty_due:
            yield [], False
        yield chunk, last
        if last:
            return
        if empty_due:
            empty_due = False
            yield [], False
        chunk = following
    yield [], True
