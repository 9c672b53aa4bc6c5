"""One attempt to post a body to the receiver: the only module that meets ``requests``.

Knows https with the certificate verified (by certifi's bundle, or by the CA file that the admin names),
time-outs, and the proxy, which comes from the settings and never from the environment. Redirects are not
followed and an answer's body is not read. Says what went wrong in words of its own, because the texts of
``requests`` repeat the address, whose path may be a secret.
"""

import os
import queue
import ssl
import threading
from typing import Iterator, Mapping

import requests

from .retry import Outcome, outcome_of
from .webhook_settings import WebhookSettings

USER_AGENT = "Teams-Export-Guard"


class Courier:
    """Posts to one receiver; each attempt has a connection of its own."""

    def __init__(self, settings: WebhookSettings):
        self._settings = settings

    def post(self, body: bytes, headers: Mapping[str, str], seconds: float) -> Outcome:
        """What became of one attempt within so many seconds.

        It runs beside the caller: neither a name that is not resolved nor an answer that drips in meets a time-out
        of ``requests``. An attempt that is left behind may still arrive; the receiver knows it by its key.
        """
        settings = self._settings
        seconds = min(seconds, settings.connect_timeout + settings.read_timeout)
        answers: "queue.Queue[Outcome]" = queue.Queue()
        threading.Thread(target=lambda: answers.put(self._post(body, headers)), daemon=True).start()
        try:
            return answers.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            return Outcome("no whole answer came within %.0f s" % seconds, again=True)

    def _post(self, body, headers) -> Outcome:
        settings = self._settings
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy, CA or password from the environment or a .netrc
                session.verify = os.path.expandvars(settings.ca_file) or True
                session.proxies = {"https": settings.proxy} if settings.proxy else {}
                response = session.post(
                    settings.url, data=body, headers={"User-Agent": USER_AGENT, "Connection": "close", **headers},
                    timeout=(settings.connect_timeout, settings.read_timeout), allow_redirects=False, stream=True,
                )
                with response:
                    asked = response.headers
                return outcome_of(response.status_code, asked["Retry-After"] if "Retry-After" in asked else "")
        except Exception as error:  # whatever it is: the thread that waits must be told
            return outcome_of_error(error)


def outcome_of_error(error: Exception) -> Outcome:
    """What an exception of ``requests`` means, in words without the address."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Outcome("its certificate is not trusted: %s" % cause.verify_message)
    for kind, words, again in _KINDS:
        if isinstance(error, kind):
            detail = next(filter(None, map(_detail, _causes(error))), "")
            return Outcome(words + (": " + detail if detail else ""), again)
    return Outcome("the request could not be made (%s)" % type(error).__name__)


#: Kind of exception, what is said of it, and whether the same may succeed later. The first that fits counts.
_KINDS = (
    (requests.exceptions.ProxyError, "the proxy could not be reached or refused", True),
    (requests.exceptions.SSLError, "the TLS connection failed", True),
    (requests.exceptions.ConnectTimeout, "no connection came about in time", True),
    (requests.exceptions.ReadTimeout, "no answer came in time", True),
    (requests.exceptions.ConnectionError, "the connection failed", True),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off", True),
    (requests.RequestException, "the request could not be made", False),
    (OSError, "the CA file cannot be used", False),
)
_TUNNEL = "Tunnel connection failed"  # how http.client begins to say what a proxy answered


def _detail(cause) -> str:
    """What the system, or a proxy, says of it; nothing of requests itself."""
    if not isinstance(cause, OSError) or isinstance(cause, requests.RequestException):
        return ""
    return cause.strerror or (str(cause) if str(cause).startswith(_TUNNEL) else "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that stands behind it: in its arguments, its reason, its cause."""
    waiting, seen = [error], []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
