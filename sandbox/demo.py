"""The demo: the built package judges the sample history, or the user's own audit exports.

    python -m sandbox.demo --package dist/teams_export_guard-X.tgz [--json] [--python PYTHON] [FILE...]

Knows: the order of the steps and the exit codes: 0 as expected, 1 otherwise, 2 for a file that cannot
be used, 130 when interrupted. Progress goes to standard error, the result to standard output. The
sample's searches start each command once (splunkd starts it some more times for getinfo only; the
tests do that too, here it would only double the time), and start it while the search before still runs.
Does not know: the details of any step; see demo_replay.py, demo_verdict.py, demo_export.py, demo_show.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import List, Optional

from sandbox import demo_show as show
from sandbox.demo_export import judge
from sandbox.demo_files import ExportError, read_export
from sandbox.demo_home import fresh_home
from sandbox.demo_replay import REPLAY_START, SampleReplay, SearchFailed
from sandbox.demo_verdict import differences
from sandbox.invocation import Delivery
from sandbox.scheduler import Clock
from sandbox.splunkd import Splunkd

DELIVERY = Delivery(probes=0, ahead=True)
AS_EXPECTED, NOT_AS_EXPECTED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def on_sample(package: Path, python: str, as_json: bool) -> int:
    clock = Clock(REPLAY_START)
    with fresh_home() as home, Splunkd(home, python, clock, delivery=DELIVERY) as splunkd:
        splunkd.install(package)
        replay = SampleReplay(splunkd, clock, say).run()
    found = differences(replay.ledger, replay.firings)
    if as_json:
        print(json.dumps(show.sample_document(replay, found), indent=1))
    else:
        print(show.sample_text(replay, found))
    return exit_code(found)


def exit_code(found: List[str]) -> int:
    """What a replay with these differences ends with."""
    return NOT_AS_EXPECTED if found else AS_EXPECTED


def on_exports(package: Path, python: str, as_json: bool, paths: List[str]) -> int:
    exports = []
    for path in paths:
        exports.append(read_export(path))
        say("\n".join(show.export_lines(exports[-1])))
    with fresh_home() as home, Splunkd(home, python, time.time) as splunkd:
        splunkd.install(package)
        judged = judge(splunkd, exports, say)
    if as_json:
        print(json.dumps(show.export_document(exports, judged), indent=1))
    else:
        print(show.export_text(exports, judged))
    return AS_EXPECTED


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help="an Office 365 audit export; none: the sample")
    parser.add_argument("--package", required=True, type=Path, help="the built package of the app")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs the app's commands")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    options = parser.parse_args(arguments)
    if not options.package.is_file():
        parser.error("there is no package %s; `python3 package.py build` makes it" % options.package)
    sys.stdout.reconfigure(errors="replace")  # a name may need letters that the terminal does not have
    begun = time.monotonic()
    try:
        if options.files:
            code = on_exports(options.package, options.python, options.json, options.files)
        else:
            code = on_sample(options.package, options.python, options.json)
    except ExportError as error:
        say("package.py: %s" % error)
        return UNUSABLE
    except SearchFailed as error:
        say("package.py: %s" % error)
        return NOT_AS_EXPECTED
    except KeyboardInterrupt:
        say("package.py: interrupted; nothing is left behind, a new run starts afresh.")
        return INTERRUPTED
    say("%.0f seconds" % (time.monotonic() - begun))
    return code


if __name__ == "__main__":
    sys.exit(main())
