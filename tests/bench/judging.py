"""The case of judging: entities that all trigger, with baselines, against JSON of the same documents."""

from __future__ import annotations

import json
import statistics
from typing import List

from . import measure
from .measure import Work
from .results import Entry, entry
from .searchhead import COMMANDS, SearchHead, version

DAYS = 30  # of baseline


def prepare(head: SearchHead, sizes) -> int:
    return sizes.judged


def once(head: SearchHead, python: str, entities: int, days: int = DAYS) -> dict:
    """The figures of one process, with its peak MiB."""
    sink = head.folder / ("judging-%s.out" % version(python))
    argv = [python, str(COMMANDS / "judging.py"), str(head.app), str(entities), str(days)]
    done = measure.run(Work(argv, COMMANDS / "judging.py", sink), head.env)
    return dict(json.loads(sink.read_text(encoding="utf-8")), peak=done.peak)


def measure_judging(head: SearchHead, python: str, entities: int, sizes) -> List[Entry]:
    """Both are measured in each process, one after the other; a process is a pair."""
    runs = [once(head, python, entities) for _ in range(sizes.pairs)]
    pairs = [one["judge"] / one["json"] for one in runs]

    def median(values) -> float:
        return round(statistics.median(values), 3)

    figures = {
        "ratio": median(pairs), "ratio_range": [round(min(pairs), 3), round(max(pairs), 3)], "pairs": len(pairs),
        "entities": entities, "baseline_days": DAYS, "baseline_documents": runs[0]["baseline_documents"],
        "alerts": runs[0]["alerts"], "judge_seconds": median(one["judge"] for one in runs),
        "json_seconds": median(one["json"] for one in runs),
        "step_seconds": {name: median(one["steps"][name] for one in runs) for name in runs[0]["steps"]},
    }
    return [entry("judging", version(python), figures, "ratio", 1.5)]
