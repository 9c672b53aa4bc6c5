"""Requests to splunkd: one kept connection, time-outs, bounded retries.

Knows HTTP and how long a run may wait for trouble to pass: 60 seconds in all (contract, section 2,
"Failure"). Knows nothing of collections. Answers of 5xx and broken connections are tried again with
back-off; anything below 500 is the caller's to understand.

splunkd's own certificate is self-signed unless an admin replaced it, and ``splunkd_uri`` is this
machine's own splunkd. So a loopback host is taken without verification, as Splunk's SDK does; any
other host must present a certificate that the machine trusts.
"""

import http.client
import ssl
import threading
import time
from typing import Callable, NamedTuple, Optional
from urllib.parse import urlsplit

from .errors import StoreUnavailable

TROUBLE_SECONDS = 50.0  # spent on failed attempts before giving up; leaves room below the contract's 60
ATTEMPT_SECONDS = 15.0  # for one attempt, connecting to last byte
SLOW_SECONDS = 5.0  # an answer that takes longer is trouble too, though it is used
BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)  # after the first, second … failure; the last repeats
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Answer(NamedTuple):
    """Status and body of a response."""

    status: int
    body: bytes


class Transport:
    """Speaks to one splunkd with one session's token."""

    def __init__(self, uri: str, token: str, *, trouble_seconds: float = TROUBLE_SECONDS,
                 attempt_seconds: float = ATTEMPT_SECONDS, clock: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], None] = time.sleep):
        parts = urlsplit(uri)
        self._host, self._port, self._tls = parts.hostname, parts.port or 8089, parts.scheme == "https"
        self._headers = {"Authorization": "Splunk " + token, "Accept": "application/json"}
        self._budget, self._attempt_seconds = trouble_seconds, attempt_seconds
        self._clock, self._sleep = clock, sleep
        self._connection: Optional[http.client.HTTPConnection] = None
        self.requests = 0

    def request(self, method: str, path: str, body: Optional[bytes] = None, needs_body: bool = False,
                kind: str = JSON) -> Answer:
        """The answer below 500 to one request, after retries.

        ``kind`` is the type of ``body``; ``needs_body`` says that an empty answer is a fault. Raises StoreUnavailable
        when the time for trouble, which all requests of a run share, is spent.
        """
        failures = 0
        if self._budget <= 0:
            raise self._unavailable(method, path, "it is too slow")
        while True:
            started = self._clock()
            seconds = min(self._attempt_seconds, max(self._budget, 1.0))
            answer = None
            try:
                answer = self._once(method, path, body, kind, seconds)
                fault = "it answered %d%s" % (answer.status, "" if answer.body else " with an empty body")
            except (OSError, http.client.HTTPException) as error:
                fault = "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__
                self.close()
            if self._clock() - started >= seconds:  # whatever the cut connection looked like, even like an answer
                fault = "no whole answer came within %.0f s" % seconds
                self.close()
            elif answer and answer.status < 500 and not (needs_body and answer.status < 300 and not answer.body):
                taken = self._clock() - started
                self._budget -= taken if taken > SLOW_SECONDS else 0
                return answer
            pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
            failures += 1
            self._budget -= self._clock() - started + pause
            if self._budget <= 0:
                raise self._unavailable(method, path, fault)
            self._sleep(pause)

    @staticmethod
    def _unavailable(method, path, fault):
        return StoreUnavailable(
            "The KV store could not be used within 60 seconds (last attempt: %s %s: %s); "
            "nothing is lost, the next scheduled run covers the same span again."
            % (method, path.partition("?")[0], fault),
            "%s %s: %s" % (method, path.partition("?")[0], fault),
        )

    def _once(self, method, path, body, kind, seconds) -> Answer:
        if self._connection is None:
            self._connection = self._open(seconds)
        connection = self._connection
        self.requests += 1
        headers = dict(self._headers, **({"Content-Type": kind} if body is not None else {}))
        overdue = threading.Timer(seconds, _cut, [connection])  # a server that drips bytes meets no socket time-out
        overdue.daemon = True
        overdue.start()
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(seconds)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
        finally:
            overdue.cancel()
        if response.will_close:
            self.close()
        return answer

    def _open(self, seconds):
        if not self._tls:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        context = ssl.create_default_context()
        if self._host in LOOPBACK:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=context)

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _cut(connection) -> None:
    """End whatever the connection waits for."""
    if connection.sock is not None:
        try:
            connection.sock.shutdown(2)  # both directions: wakes a blocked read, which close would not
        except OSError:
            return  # it ended by itself meanwhile
