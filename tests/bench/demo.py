"""The case of the demo: the seconds of `python3 package.py demo` in a clone, once its set-up is done.

The clone is of what is committed, so that the demo's own environment and build are not those of this checkout. The
first demo in it makes them and is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
from pathlib import Path
from typing import List

from . import measure
from .measure import Work
from .results import Entry, entry
from .searchhead import ROOT, SearchHead, version

RUNS = 2


def prepare(head: SearchHead, sizes) -> Path:
    return head.folder


def measure_demo(head: SearchHead, python: str, folder: Path, sizes) -> List[Entry]:
    """Wall seconds, for it is a person who waits; the CPU is that of all its processes."""
    clone = folder / ("clone-" + version(python))
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", "file://%s" % ROOT, str(clone)], check=True)
    work = Work([python, clone / "package.py", "demo"], Path(os.devnull), folder / ("demo-%s.out" % version(python)))
    runs = [measure.run(work, head.env) for _ in range(RUNS + 1)]
    figures = {
        "seconds": round(statistics.mean(one.wall for one in runs[1:]), 1), "runs": RUNS,
        "seconds_range": [round(pick(one.wall for one in runs[1:]), 1) for pick in (min, max)],
        "cpu_seconds": measure.seconds(runs[1:]), "seconds_with_set_up": round(runs[0].wall, 1),
    }
    return [entry("demo", version(python), figures, "seconds", 60)]
