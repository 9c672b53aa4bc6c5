"""What a test may make go wrong on the server.

    faults.add(Answer(503), times=3)                         the next three requests for documents
    faults.add(Hang(), times=None, when=on("POST", "batch_save"))
    faults.clear()

A request meets the first fault that fits it. Without `when`, a fault fits every request under storage/collections/data.
`handled=True` lets the server do what was asked and spoils only the answer: the caller cannot tell whether it was
written. It knows what goes wrong, not how bytes are sent (wire.py).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Callable, List, Optional, Union

from ..kv import KVStore
from .exchange import DATA, Request

Predicate = Callable[[Request], bool]


@dataclass(frozen=True)
class Answer:
    """Answer with this status in place of the real one."""

    status: int = 503
    text: str = "Service Unavailable"
    handled: bool = False


@dataclass(frozen=True)
class Hang:
    """Never answer; the connection stays open until the client or the server gives up."""

    handled: bool = False


@dataclass(frozen=True)
class Disconnect:
    """Close the connection without a byte of answer."""

    handled: bool = False


@dataclass(frozen=True)
class CloseMidway:
    """Send the head and this share of the body, then close."""

    share: float = 0.5


@dataclass(frozen=True)
class Drip:
    """Send the answer, head included, one byte at a time with a pause after each."""

    pause: float = 1.0


@dataclass(frozen=True)
class Empty:
    """Do what was asked, answer 200 with an empty body."""


@dataclass(frozen=True)
class Delay:
    """Answer correctly, but so many seconds later."""

    seconds: float


@dataclass(frozen=True)
class HalfSave:
    """Save the first half of a batch_save, then answer this status; 200 tells the keys of that half."""

    status: int = 500


@dataclass(frozen=True)
class Stale:
    """Read from this older state of the store (KVStore.snapshot()), as a cluster member that lags behind."""

    store: KVStore


Effect = Union[Answer, Hang, Disconnect, CloseMidway, Drip, Empty, Delay, HalfSave, Stale]


def documents(request: Request) -> bool:
    """Fits every request for documents."""
    return request.resource.startswith(DATA)


def on(method: Optional[str] = None, containing: str = "") -> Predicate:
    """Fits the requests of a method whose path contains a text."""
    return lambda request: method in (None, request.method) and containing in request.path


def _touches(effect: Effect, request: Request) -> bool:
    """Whether an effect has a meaning for a request: only a read can be stale, only a batch_save be half."""
    batch = request.resource.rpartition("/")[2]
    if isinstance(effect, Stale):
        return request.method == "GET" or batch == "batch_find"
    return not isinstance(effect, HalfSave) or batch == "batch_save"


@dataclass
class Fault:
    """An effect, whom it meets and how often still; `left` None is without end, `met` counts."""

    effect: Effect
    when: Predicate
    left: Optional[int]
    met: int = 0


class Faults:
    """The faults of one server, oldest first."""

    def __init__(self) -> None:
        self._faults: List[Fault] = []
        self._lock = threading.Lock()

    def add(self, effect: Effect, *, times: Optional[int] = 1, when: Predicate = documents) -> Fault:
        """Let the next `times` requests that fit meet an effect; None is all of them until clear()."""
        if times is not None and times < 1:
            raise ValueError(f"A fault happens at least once; times={times}.")
        fault = Fault(effect, when, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def meet(self, request: Request) -> Optional[Effect]:
        """The effect that this request meets, if any; it counts as met."""
        with self._lock:
            for fault in self._faults:
                if fault.left != 0 and _touches(fault.effect, request) and fault.when(request):
                    fault.met += 1
                    if fault.left is not None:
                        fault.left -= 1
                    return fault.effect
        return None
