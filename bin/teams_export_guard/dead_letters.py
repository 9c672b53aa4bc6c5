"""Dead letters: alerts that the webhook still owes its receiver.

A letter is written before the first attempt and removed after success, so that an action which is
killed in between loses nothing. Knows how two runs at once stay out of each other's way: a run that
tries a letter first writes its time into it, and others leave it alone for a while; a letter is removed
only as the version that was delivered, so that one which was written anew meanwhile stays. Delivering
twice is possible, losing is not.
"""

import json
import math
from typing import Iterable, List, Mapping, NamedTuple

from .documents import DEAD_LETTER_FIELDS, DEAD_LETTERS
from .webhook_schema import violations

REST_SECONDS = 300  # ours; how long a letter is left alone after it was tried, above any run's time for one


class Letter(NamedTuple):
    """One alert on its way: ``key`` is its idempotency key, ``payload`` the body as JSON text."""

    key: str
    alert_id: str
    alert_state: str
    variation: str
    payload: str
    attempts: int
    first_tried: float
    last_tried: float
    last_error: str
    retry: int  # 1: tried again; 0: it violates the schema and waits for a person

    def checked(self) -> "Letter":
        """The letter; if its payload violates the schema, with the reasons and out of the queue."""
        try:
            faults = violations(json.loads(self.payload))
        except ValueError as error:
            faults = ["it is no JSON (%s)" % error]
        if not faults:
            return self
        return self._replace(retry=0, last_error="the alert violates the schema: %s" % "; ".join(faults))

    def tried(self, now: float, attempts: int = 0, fault: str = "") -> "Letter":
        """The letter after so many further attempts."""
        return self._replace(
            attempts=self.attempts + attempts, last_tried=moment(now), last_error=fault or self.last_error
        )


def moment(now: float) -> float:
    """A time as it is stored: milliseconds, which JSON keeps exactly."""
    return round(now, 3)


def letter_of(document: Mapping) -> Letter:
    """The letter in a document; what is missing or damaged is empty."""
    texts = {name: str(document.get(name) or "") for name in DEAD_LETTER_FIELDS}
    numbers = {name: _number(document.get(name)) for name in ("attempts", "first_tried", "last_tried", "retry")}
    numbers.update(attempts=int(numbers["attempts"]), retry=int(numbers["retry"]))
    return Letter(key=document["_key"], **{**texts, **numbers})


def _number(value) -> float:
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0


class DeadLetters:
    """The letters in a store."""

    def __init__(self, store):
        self._store = store

    def keep(self, letters: Iterable[Letter]) -> None:
        """Write letters, over what is there under their keys."""
        documents = [{"_key": letter.key, **{name: getattr(letter, name) for name in DEAD_LETTER_FIELDS}}
                     for letter in letters]
        if documents:
            self._store.save(DEAD_LETTERS, documents, lambda: None)

    def known(self, keys: List[str]) -> Mapping[str, Letter]:
        """The letters that are kept under these keys."""
        return {key: letter_of(document) for key, document in self._store.get(DEAD_LETTERS, keys).items()}

    def remove(self, letter: Letter) -> None:
        """Remove a delivered letter, unless somebody wrote it anew."""
        self._store.delete(DEAD_LETTERS, {"_key": letter.key, "last_tried": letter.last_tried})

    def waiting(self) -> List[Letter]:
        """All letters that are to be tried again, the one that was tried longest ago first."""
        letters = [letter_of(document) for document in self._store.all(DEAD_LETTERS, {"retry": 1})]
        return sorted(letters, key=lambda letter: (letter.last_tried, letter.key))
