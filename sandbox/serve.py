"""`package.py sandbox`: the stand-in for splunkd with the app and the sample in it, until interrupted.

    python -m sandbox.serve --package dist/teams_export_guard-X.tgz [--client FOLDER] [--python PYTHON] [--port PORT]

Knows: how to start it, how to fill it, and where it listens. Its clock starts at the end of the sample's
planted day and runs on at the speed of the machine's, so the schedule goes on and new events arrive.
Does not know: what its visitors ask for.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import List, Optional

from sandbox import sample
from sandbox.accounts import PASSWORD
from sandbox.demo_home import fresh_home
from sandbox.demo_replay import BACKFILL, DETECT, SearchFailed, checked, load_roles, load_sample
from sandbox.splunkd import Splunkd
from sandbox.web import WebServer

PLANTED = sample.START + sample.PLANTED_DAY * sample.DAY
POLL_SECONDS = 1.0
CATCH_UP_SECONDS = 3600


class RunningClock:
    """A clock that starts at a given time and then runs as the machine's does."""

    def __init__(self, start: float) -> None:
        self._start, self._begun = start, time.monotonic()

    def __call__(self) -> float:
        return self._start + time.monotonic() - self._begun


def say(text: str) -> None:
    print(text, flush=True)


def fill(splunkd: Splunkd) -> None:
    """The baseline of the history, and the alerts of the planted day."""
    load_roles(splunkd, PLANTED)
    for name, now in ((BACKFILL, PLANTED), (DETECT, PLANTED + sample.DAY)):
        job = checked(splunkd.dispatch(name, now=now), name, now)
        say("%s: %d rows, %.1f seconds" % (name, len(job.rows), job.seconds))


def serve(package: Path, python: str, port: int, client: Optional[Path]) -> None:
    """Until interrupted."""
    clock = RunningClock(PLANTED + sample.DAY)
    with ExitStack() as stack:
        home = stack.enter_context(fresh_home())
        splunkd = stack.enter_context(Splunkd(home, python, clock, port=port))
        splunkd.install(package)
        events = load_sample(splunkd)
        url = splunkd.rest.url
        say("%s answers as splunkd would; log in as admin with the password %s; Ctrl-C ends it" % (url, PASSWORD))
        say("%d events loaded; now is %s UTC" % (events, time.strftime("%Y-%m-%d %H:%M", time.gmtime(clock()))))
        fill(splunkd)
        if client is not None:
            web = stack.enter_context(WebServer(splunkd, client))
            say("%s shows the dashboards; log in in the same way" % web.url)
        # what became due while it was filled runs now, and the hour before it, so that there are runs to look at
        splunkd.scheduler.time = PLANTED + sample.DAY - CATCH_UP_SECONDS
        while True:
            for run in splunkd.scheduler.run_until(clock()):
                say("%s: %s" % (run.saved.name, run.job.error or "%d rows" % len(run.job.rows)))
            time.sleep(POLL_SECONDS)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.serve", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--package", required=True, type=Path, help="the built package of the app")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs the app's commands")
    parser.add_argument("--client", type=Path, help="the folder of the dashboard client; without it no dashboards")
    parser.add_argument("--port", default=0, type=int, help="the port on 127.0.0.1 (default: any that is free)")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        serve(options.package, options.python, options.port, options.client)
    except KeyboardInterrupt:
        say("ended")
    except SearchFailed as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
