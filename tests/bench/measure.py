"""Runs commands as whole processes and compares them in pairs.

Knows how a run is measured (CPU, user and system, and peak memory of the process), and that only ratios within one
round count: the commands take turns, A B C A B C, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Sequence

LAUNCH = Path(__file__).with_name("launch.py")


class Failed(RuntimeError):
    """A command that was to be measured ended with an error; the message has what it said."""


class Work(NamedTuple):
    """A command over an input file; what it says goes to another file, which each run replaces."""

    argv: Sequence[str]
    source: Path
    sink: Path


class Run(NamedTuple):
    """One run: CPU seconds (user and system), wall seconds, peak MiB."""

    cpu: float
    wall: float
    peak: float


def run(work: Work, env: Mapping[str, str]) -> Run:
    """Run it once."""
    argv = [sys.executable, "-I", "-S", str(LAUNCH), str(work.source), str(work.sink), *map(str, work.argv)]
    done = subprocess.run(argv, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = json.loads(done.stdout) if done.returncode == 0 else {"code": done.returncode}
    if said["code"]:
        raise Failed("%s ended with %d: %s" % (" ".join(map(str, work.argv)), said["code"], done.stderr[-2000:]))
    return Run(said["cpu"], said["wall"], said["peak"] / 1024)


def rounds(works: Mapping[str, Work], count: int, env: Mapping[str, str]) -> Dict[str, List[Run]]:
    """``count`` rounds in which all take their turn, behind one that is not counted: it warms the page cache."""
    found = [{name: run(work, env) for name, work in works.items()} for _ in range(count + 1)]
    return {name: [each[name] for each in found[1:]] for name in works}


def seconds(runs: Sequence[Run]) -> float:
    """Median CPU seconds."""
    return round(statistics.median(one.cpu for one in runs), 4)


def peak(runs: Sequence[Run]) -> float:
    """The greatest peak, in MiB."""
    return round(max(one.peak for one in runs), 1)


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> dict:
    """The median of the CPU ratios of each pair, and the least and the greatest of them."""
    pairs = [one.cpu / other.cpu for one, other in zip(ours, theirs)]
    return {
        "ratio": round(statistics.median(pairs), 3), "ratio_range": [round(min(pairs), 3), round(max(pairs), 3)],
        "pairs": len(pairs),
    }
