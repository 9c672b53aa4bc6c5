"""Search jobs: what a search leaves behind, and the numbers (sid) under which it is found.

Knows the form of a sid and the states of a job.  Does not run searches; that is `sandbox/splunkd.py`.
"""
from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from sandbox.chunked import Row

DONE, FAILED, RUNNING = "DONE", "FAILED", "RUNNING"


class UnknownJob(KeyError):
    """No job has this sid."""

    def __str__(self) -> str:
        return "Unknown sid '%s'." % self.args


@dataclass
class Job:
    """One run of one search.  Every row has every field; an absent value is None."""

    sid: str
    search: str
    app: str = "search"
    owner: str = "admin"
    now: float = 0.0
    earliest: Optional[float] = None
    latest: Optional[float] = None
    saved_search: Optional[str] = None
    rows: List[Row] = field(default_factory=list)
    fields: List[str] = field(default_factory=list)
    messages: List[Tuple[str, str]] = field(default_factory=list)
    error: Optional[str] = None
    seconds: float = 0.0
    metrics: Dict[str, object] = field(default_factory=dict)
    log: List[str] = field(default_factory=list)  # what commands wrote to standard error
    previews: List[List[Row]] = field(default_factory=list)  # what commands gave in preview runs
    requests: int = 0  # execute requests sent to commands
    state: str = RUNNING
    progress: float = 0.0  # share that is done, 0 to 1

    def fail(self, text: str) -> None:
        """The first error is the job's; each is a message."""
        if self.error is None:
            self.error = text
        if ("ERROR", text) not in self.messages:
            self.messages.append(("ERROR", text))


class JobStore:
    """The jobs of one stand-in, by sid; a number in the sid keeps those of one second apart."""

    def __init__(self) -> None:
        self._jobs: Dict[str, Job] = {}
        self._count = 0
        self._lock = threading.Lock()

    def new_sid(self, now: float) -> str:
        """The sid of an ad-hoc search: whole seconds, a dot, a running number."""
        return "%d.%d" % (now, self._next())

    def scheduled_sid(self, owner: str, app: str, name: str, due: float) -> str:
        """The sid of a scheduled search: who, where, a digest of its name, when, and a running number."""
        digest = hashlib.md5(name.encode("utf-8")).hexdigest()[:16]  # noqa: S324 - a name, not a secret
        return "scheduler__%s__%s__RMD5%s_at_%d_%d" % (owner, app, digest, due, self._next())

    def add(self, job: Job) -> Job:
        with self._lock:
            self._jobs[job.sid] = job
        return job

    def get(self, sid: str) -> Job:
        with self._lock:
            if sid not in self._jobs:
                raise UnknownJob(sid)
            return self._jobs[sid]

    def remove(self, sid: str) -> None:
        with self._lock:
            if self._jobs.pop(sid, None) is None:
                raise UnknownJob(sid)

    def all(self) -> List[Job]:
        """Every job, the latest first."""
        with self._lock:
            return list(self._jobs.values())[::-1]

    def _next(self) -> int:
        with self._lock:
            self._count += 1
            return self._count
