"""One run of the alert action *Teams Export webhook*.

Knows the order of things: every alert becomes a letter in the KV store before anything is sent; then
what earlier runs still owe is tried once, then this run's alerts with retries; a letter goes when it is
delivered. Knows how long all that may take, what is logged, and the exit codes. Does not know HTTP.

While the receiver is down, a new alert gets one attempt and no more: all actions of one search share
300 s (limits.conf [scheduler] max_per_result_alerts_time), and what they do not reach is not performed.
"""

import random
import time
from typing import BinaryIO, Callable, FrozenSet, List, NamedTuple, Sequence, TextIO

from .action_payload import ActionPayload, read_payload
from .dead_letters import REST_SECONDS, DeadLetters, Letter, moment
from .errors import ActionPayloadError, SecretUnavailable, SettingsError, StoreError
from .kvstore import KVStore
from .notification import encoded, notification
from .passwords import NAME, REALM, webhook_secret
from .retry import Limits, Outcome, deliver
from .signature import HEADER, signature
from .transport import Transport
from .webhook_settings import WebhookSettings, parse_params, retries_only

DELIVERED, OWED, UNUSABLE, NO_STORE = 0, 1, 2, 3  # exit codes
STORE_SECONDS = 15.0  # of trouble with splunkd, in each of its two uses
RUN_SECONDS = 220.0  # for everything that is sent; splunkd ends an action after 5 minutes (maxtime)
RETRY_SECONDS = 30.0  # of those, for what earlier runs owe, where there are new alerts as well
RETRY_LETTERS = 20  # likewise
RETRY_ONLY_LETTERS = 1000  # where there are none
KEY_HEADER = "Idempotency-Key"
SECRET_PATH_LENGTH = 8  # characters; a shorter path is no secret and may be part of any word


class Effects(NamedTuple):
    """What a run needs of the world."""

    courier: Callable[[WebhookSettings], object]  # gives something with ``post``
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


class Log:
    """Lines on standard error, which splunkd takes into its log: the level first, one line each."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._hidden: List[str] = []

    def hide(self, *texts: str) -> None:
        """Never write these, whatever a message says."""
        self._hidden += [text for text in texts if text]

    def say(self, level: str, text: str) -> None:
        for hidden in self._hidden:
            text = text.replace(hidden, "...")
        self._stream.write("%s %s\n" % (level, " ".join(text.split())))
        self._stream.flush()


def main(arguments: Sequence[str], stdin: BinaryIO, stderr: TextIO, effects: Effects) -> int:
    """Perform the action once; the exit code."""
    log = Log(stderr)
    try:
        if list(arguments) != ["--execute"]:
            raise ActionPayloadError("The action must be started with --execute and its payload on standard input.")
        payload = read_payload(stdin)
    except ActionPayloadError as error:
        log.say("ERROR", str(error))
        return UNUSABLE
    log.hide(payload.session_key)
    run = _Run(payload, log, effects)
    try:
        return run.run()
    finally:
        run.close()


class _Run:
    """The state of one run."""

    def __init__(self, payload: ActionPayload, log: Log, effects: Effects):
        self._payload, self._log, self._effects = payload, log, effects
        self._to_store, self._to_passwords = self._transport(), self._transport()  # each with its time for trouble
        self._letters = DeadLetters(KVStore(self._to_store))
        self._store_fault = ""
        self._kept: FrozenSet[str] = frozenset()  # the letters of this run that the store has
        self._down = False  # the receiver did not answer, or asked to be left alone
        self._deadline = effects.clock() + RUN_SECONDS

    def _transport(self):
        payload, effects = self._payload, self._effects
        return Transport(payload.server_uri, payload.session_key, trouble_seconds=STORE_SECONDS, attempt_seconds=10.0,
                         clock=effects.clock, sleep=effects.sleep)

    def run(self) -> int:
        """All of it; the exit code."""
        rows = () if retries_only(self._payload.params) else self._payload.rows
        letters = self._written([self._letter(row) for row in rows])
        try:
            settings = parse_params(self._payload.params)
        except SettingsError as error:
            return self._refused(letters, "The settings of the action are wrong: %s." % error, UNUSABLE)
        path = settings.url.partition(settings.host)[2]
        self._log.hide(path if len(path) >= SECRET_PATH_LENGTH else "")
        try:
            self._secret = webhook_secret(self._to_passwords)
        except SecretUnavailable as error:
            return self._refused(letters, str(error), NO_STORE)
        self._log.hide(self._secret)
        if not self._secret:
            self._log.say("WARN", "No secret is stored (realm %s, name %s): requests are unsigned." % (REALM, NAME))
        self._settings, self._courier = settings, self._effects.courier(settings)
        self._stored(lambda: self._retry({letter.key for letter in letters}))
        owed = [letter for letter in letters if not self._sent(letter)]
        if self._store_fault:
            return NO_STORE
        return OWED if owed else DELIVERED

    def close(self) -> None:
        """Drop the connections to splunkd."""
        self._to_store.close()
        self._to_passwords.close()

    # -- letters ------------------------------------------------------------------------------

    def _letter(self, row) -> Letter:
        body = notification(row, self._payload.origin)
        alert, now = body["alert"], moment(self._effects.now())
        names = ("alert_id", "alert_state", "variation")
        return Letter(body["id"], *(str(alert.get(name, "")) for name in names), encoded(body).decode("utf-8"),
                      0, now, now, "not tried yet", 1).checked()

    def _written(self, letters: List[Letter]) -> List[Letter]:
        """The letters, in the store; one that is there already keeps its history."""
        letters = list({letter.key: letter for letter in letters}.values())

        def write():
            known = self._letters.known([letter.key for letter in letters])
            for place, letter in enumerate(letters):
                if letter.key in known:
                    before = known[letter.key]
                    letters[place] = letter._replace(attempts=before.attempts, first_tried=before.first_tried)
            self._letters.keep(letters)
            self._kept = frozenset(letter.key for letter in letters)

        if letters:
            self._stored(write)
        return letters

    def _stored(self, work: Callable[[], None]) -> None:
        """Do something with the store; a fault is said once, and the run goes on without the store."""
        if self._store_fault:
            return
        try:
            work()
        except StoreError as error:
            self._store_fault = getattr(error, "fault", str(error))
            self._log.say("ERROR", "The KV store cannot be used, so alerts that are not delivered cannot be kept: %s."
                          % self._store_fault.rstrip("."))

    def _refused(self, letters: List[Letter], fault: str, code: int) -> int:
        self._log.say("ERROR", fault)
        waiting = [letter._replace(last_error=fault) if letter.retry else letter for letter in letters]
        self._stored(lambda: self._letters.keep(waiting))
        for letter in waiting:
            self._say_owed(letter)
        return NO_STORE if self._store_fault else code

    def _say_owed(self, letter: Letter) -> None:
        after = "it is kept and tried again" if letter.retry else "it is kept and waits for a person"
        if letter.key not in self._kept:
            after = "it is lost to the webhook, because the KV store cannot be used"
        self._log.say("ERROR", "alert=%s was not delivered (%s); %s." % (letter.key, letter.last_error, after))

    # -- sending ------------------------------------------------------------------------------

    def _retry(self, own) -> None:
        """Try once what earlier runs owe, until the receiver fails or the time for it is up."""
        waiting = [letter for letter in self._letters.waiting() if letter.key not in own]
        rested = moment(self._effects.now()) - REST_SECONDS
        due = [letter for letter in waiting if letter.last_tried <= rested]
        self._down = any(letter.attempts for letter in waiting if letter.last_tried > rested)
        only = self._settings.retry_only
        until = self._deadline if only else self._effects.clock() + RETRY_SECONDS
        delivered = 0
        for letter in due[: RETRY_ONLY_LETTERS if only else RETRY_LETTERS]:
            if self._effects.clock() >= until:
                break
            claimed = letter.tried(self._effects.now()).checked()
            self._letters.keep([claimed])
            if not claimed.retry:
                continue
            outcome = self._attempted(claimed, Limits(1, until - self._effects.clock()))
            if not outcome.fault:
                delivered += 1
                self._letters.remove(claimed)
            else:
                self._letters.keep([claimed.tried(self._effects.now(), 1, outcome.fault)])
            self._down = outcome.again
            if self._down:
                break
        if waiting:
            self._log.say("INFO", "Alerts owed by earlier runs: %d, delivered now: %d." % (len(waiting), delivered))

    def _sent(self, letter: Letter) -> bool:
        """Whether a new alert was delivered; if not, its letter says why."""
        if letter.retry:
            left = self._deadline - self._effects.clock()
            if left <= 0:
                letter = letter._replace(last_error="the time of this run was up before it was tried")
            else:
                attempts = 1 if self._down else self._settings.max_attempts
                outcome = self._attempted(letter, Limits(attempts, min(left, self._settings.timeout)))
                if not outcome.fault:
                    self._stored(lambda: self._letters.remove(letter))
                    return True
                letter = letter.tried(self._effects.now(), outcome.attempts, outcome.fault)
                self._down = outcome.again
        self._stored(lambda: self._letters.keep([letter]))
        self._say_owed(letter)
        return False

    def _attempted(self, letter: Letter, limits: Limits) -> Outcome:
        body = letter.payload.encode("utf-8")
        effects = self._effects

        def attempt(seconds: float) -> Outcome:
            signed = signature(self._secret, body, effects.now())
            return self._courier.post(
                body, {"Content-Type": "application/json", HEADER: signed, KEY_HEADER: letter.key}, seconds
            )

        outcome = deliver(attempt, limits, clock=effects.clock, now=effects.now, sleep=effects.sleep,
                          chance=effects.chance)
        if not outcome.fault:
            how = "unsigned" if not self._secret else "signed"
            self._log.say("INFO", "alert=%s was delivered to %s, %s, attempts=%d."
                          % (letter.key, self._settings.host, how, letter.attempts + outcome.attempts))
        return outcome
