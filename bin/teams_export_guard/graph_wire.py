"""One request to Microsoft Graph or to its sign-in: beside ``courier`` the only module that meets ``requests``.

Knows https with the certificate verified (by certifi's bundle, or by the CA file that the admin names, as a proxy that
looks into TLS needs), one kept connection, time-outs, and the proxy, which comes from the options and never from the
environment. Redirects are not followed: the answer is handed on as it is. Nothing is tried again here.
"""

import os
import queue
import threading

import requests

from .courier import USER_AGENT, outcome_of_error
from .graph_client import Reply

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0  # to connect; between two parts of an answer (ours)
ATTEMPT_SECONDS = 90.0  # for one request, from connecting to the last byte (ours)
MAX_BYTES = 64 * 1024 * 1024  # of one answer (ours); a page of 999 entries has about one


class HttpsWire:
    """The port of ``graph_client`` over ``requests``."""

    def __init__(self, proxy: str = "", ca_file: str = ""):
        self._proxy, self._ca_file = proxy, ca_file
        self._session = self._fresh()

    def _fresh(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxy, CA or password from the environment or a .netrc
        session.verify = os.path.expandvars(self._ca_file) or True
        session.proxies = {"https": self._proxy} if self._proxy else {}
        return session

    def send(self, method, url, headers, body, seconds) -> Reply:
        """See ``graph_client.Wire``.

        It runs beside the caller, because an answer that drips in meets no time-out of ``requests``.
        """
        seconds = max(min(seconds, ATTEMPT_SECONDS), 0.001)
        replies: "queue.Queue[Reply]" = queue.Queue()
        session = self._session
        work = threading.Thread(target=lambda: replies.put(_sent(session, method, url, headers, body)), daemon=True)
        work.start()
        try:
            reply = replies.get(timeout=seconds)
        except queue.Empty:
            reply = Reply(fault="no whole answer came within %.0f s" % seconds, again=True)
        if reply.fault:
            self._session = self._fresh()  # the old connection may still be answering the old question
            session.close()
        return reply

    def close(self) -> None:
        """See ``graph_client.Wire``."""
        self._session.close()


def _sent(session, method, url, headers, body) -> Reply:
    try:
        asked = requests.Request(method, url, {"User-Agent": USER_AGENT, **headers}, data=body or None)
        prepared = session.prepare_request(asked)
        prepared.url = url  # requests rewrites escapes; a link to the next page goes back as it came
        with session.send(prepared, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True) as answer:
            parts, size = [], 0
            for part in answer.iter_content(65536):
                size += len(part)
                if size > MAX_BYTES:
                    return Reply(fault="its answer is larger than %d bytes" % MAX_BYTES)
                parts.append(part)
            return Reply(answer.status_code, b"".join(parts), answer.headers.get("Retry-After") or "")
    except Exception as error:  # whatever it is: the thread that waits must be told
        outcome = outcome_of_error(error)
        return Reply(fault=outcome.fault, again=outcome.again)
