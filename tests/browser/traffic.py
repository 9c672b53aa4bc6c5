"""What a page asks of splunkd: which answers and which search jobs it still waits for.

Knows the addresses of the job API as Splunk's dashboard client uses them: a POST starts a job and gives its sid, a GET
asks for the state of several at once every second, results follow. Playwright's "networkidle" is not enough: it takes
the second between two questions for silence, and never comes where a worker's request stays open. Does not know panels.
"""

import re
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Error

SILENCE_S = 0.6  # the client asks for results within a tenth of a second of a job's end
STEP_MS = 100
SPLUNKD = re.compile(r"/splunkd/__raw/")
JOBS = re.compile(r"/search(?:/v2)?/jobs$")
JOB = re.compile(r"/search(?:/v2)?/jobs/([^/]+)(/control)?$")


class Traffic:
    """The requests of one page from now on; another document in the page begins anew."""

    def __init__(self, page):
        self._page = page
        self._open, self._answered, self._jobs = set(), [], set()
        self._last = time.monotonic()
        page.on("request", self._began)
        page.on("requestfinished", self._finished)
        page.on("requestfailed", self._ended)
        page.on("framenavigated", lambda frame: self._forget() if frame == page.main_frame else None)

    def wait(self, timeout_ms):
        """Return once nothing is waited for any more and the page has had time to ask for more; else TimeoutError."""
        end = time.monotonic() + timeout_ms / 1000
        while True:
            self._page.wait_for_timeout(STEP_MS)
            self._read()
            if not self._open and not self._jobs and time.monotonic() - self._last > SILENCE_S:
                asked = self._last
                self._page.evaluate("() => new Promise(done => requestIdleCallback(() => requestIdleCallback(done)))")
                if asked == self._last:
                    return
            if time.monotonic() > end:
                raise TimeoutError("The page still waits for the jobs %s and for %s."
                                   % (sorted(self._jobs), sorted(request.url for request in self._open)))

    def _began(self, request):
        if SPLUNKD.search(request.url):
            self._open.add(request)
            self._last = time.monotonic()

    def _ended(self, request):
        self._open.discard(request)

    def _finished(self, request):
        if request in self._open:
            self._open.discard(request)
            self._answered.append(request)
            self._last = time.monotonic()

    def _forget(self):
        self._open, self._answered, self._jobs = set(), [], set()

    def _read(self):
        """Take note of the jobs that started or ended. Here, not in an event: reading an answer waits for the browser."""
        answered, self._answered = self._answered, []
        for request in answered:
            path = urlparse(request.url).path
            if JOBS.search(path) and request.method == "POST":
                self._jobs |= {answer["sid"] for answer in _json(request) if "sid" in answer}
            elif JOBS.search(path):
                entries = [entry["content"] for answer in _json(request) for entry in answer.get("entry", ())]
                gone = set(parse_qs(urlparse(request.url).query).get("id", ())) - {entry["sid"] for entry in entries}
                self._jobs -= gone | {entry["sid"] for entry in entries if entry["isDone"]}
            elif JOB.search(path) and request.method in ("DELETE", "POST"):
                self._jobs.discard(JOB.search(path).group(1))


def _json(request):
    """The answer's document, in a list; an empty list where there is none, or the page was left before it was read."""
    with suppress(Error, ValueError):
        response = request.response()
        if response and response.ok:
            return [response.json()]
    return []
