"""What a page asks of splunkd: which answers and which search jobs it still waits for.

Knows the addresses of the job API as Splunk's dashboard client uses them: a POST starts a job, a GET asks every second for
the state of all that run (`id`), and the results of each that has ended are asked for within a tenth of a second.
Playwright's "networkidle" is not enough: it takes the second between two questions for silence, and never comes where a
worker's request stays open. Only addresses are looked at, never bodies: reading one has no time-out. Does not know panels.
"""

import re
import time
from urllib.parse import parse_qs, urlparse

SILENCE_S = 0.6  # once the results of all jobs were asked for
LONG_SILENCE_S = 2.2  # otherwise: two of the client's questions, so a job that failed, or was cancelled, is over
STEP_MS = 100
SPLUNKD = re.compile(r"/splunkd/__raw/")
JOBS = re.compile(r"/search(?:/v2)?/jobs$")
JOB = re.compile(r"/search(?:/v2)?/jobs/([^/]+)/")
IDLE = "() => new Promise(done => requestIdleCallback(() => done(true), {timeout: 2000}))"


class Traffic:
    """The requests of one page from now on; another document in the page begins anew."""

    def __init__(self, page):
        self._page = page
        self._open, self._jobs = set(), set()
        self._last = time.monotonic()
        page.on("request", self._began)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)
        page.on("framenavigated", lambda frame: self._forget() if frame == page.main_frame else None)

    def wait(self, timeout_ms):
        """Return once nothing is waited for any more and the page has had time to ask for more; else TimeoutError."""
        end = time.monotonic() + timeout_ms / 1000
        while True:
            self._page.wait_for_timeout(STEP_MS)
            if not self._open and time.monotonic() - self._last > (LONG_SILENCE_S if self._jobs else SILENCE_S):
                asked = self._last
                self._page.wait_for_function(IDLE, timeout=timeout_ms)
                if asked == self._last:
                    return
            if time.monotonic() > end:
                raise TimeoutError("The page still waits for the jobs %s and for %s."
                                   % (sorted(self._jobs), sorted(request.url for request in self._open)))

    def _began(self, request):
        if not SPLUNKD.search(request.url):
            return
        self._open.add(request)
        self._last = time.monotonic()
        parts = urlparse(request.url)
        if JOBS.search(parts.path) and request.method == "GET":
            self._jobs |= set(parse_qs(parts.query).get("id", ()))
        elif JOB.search(parts.path):
            self._jobs.discard(JOB.search(parts.path).group(1))

    def _ended(self, request):
        if request in self._open:
            self._open.discard(request)
            self._last = time.monotonic()

    def _forget(self):
        self._open, self._jobs = set(), set()
        self._last = time.monotonic()
