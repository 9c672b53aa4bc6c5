"""Ready-made hooks for a running command: kill it or cancel it at a chosen point.

A hook is called with "spawn", "getinfo" (answered), "chunk" (handed over), "reply" or "final" (taken), the number of
the chunk, and the child.  Any function of that form will do; these are the usual ones.
"""
from __future__ import annotations

import threading
from typing import Callable, Optional

from sandbox.child import Child
from sandbox.rest.exchange import Request
from sandbox.rest.faults import Answer, Faults, Predicate, documents

OnStep = Callable[[str, int, Child], None]


def kill_at(step: str, number: Optional[int] = None) -> OnStep:
    """Kill the child, as kill -9 does, at this step (of this chunk, or of each)."""

    def hook(name: str, count: int, child: Child) -> None:
        if name == step and number in (None, count):
            child.kill()

    return hook


def cancel_at(step: str, number: Optional[int] = None) -> OnStep:
    """Cancel the search at this step: the command meets the end of its input without a finished chunk."""

    def hook(name: str, count: int, child: Child) -> None:
        if name == step and number in (None, count):
            child.cancel()

    return hook


class KillAtRequest:
    """Kill the child when its n-th request for documents has come in; the request is still carried out.

    It counts from the start of each real process on, so one hook serves for one search after another.
    """

    def __init__(self, faults: Faults, number: int, when: Predicate = documents) -> None:
        self._number, self._when = number, when
        self._child: Optional[Child] = None
        self._seen = 0
        self._lock = threading.Lock()
        faults.add(Answer(), times=None, when=self._count)  # never takes effect: it only looks on

    def __call__(self, step: str, number: int, child: Child) -> None:
        if step == "spawn":
            with self._lock:
                self._child, self._seen = child, 0

    def _count(self, request: Request) -> bool:
        with self._lock:
            if self._child is not None and self._when(request):
                self._seen += 1
                if self._seen == self._number:
                    self._child.kill()
        return False
