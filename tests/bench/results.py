"""The results: an entry for each case and Python, kept under build/bench/ and merged into docs/benchmarks.json.

Whatever writes build/bench/<case>-<python>.json with the keys of `Entry` is merged, so a case may be measured
by a script of its own. Entries of cases that were not run stay as they are.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional

ROOT = Path(__file__).resolve().parents[2]
PARTS = ROOT / "build" / "bench"
RESULTS = ROOT / "docs" / "benchmarks.json"


class Entry(NamedTuple):
    """What one case gave on one Python: figures by name, the goal in words ('' if it has none), whether it was met."""

    case: str
    python: str
    figures: dict
    goal: str = ""
    met: Optional[bool] = None


def entry(case: str, python: str, figures: dict, figure: str = "", at_most: float = 0) -> Entry:
    """An entry whose goal, if it has one, is that a figure is at most so much."""
    if not figure:
        return Entry(case, python, figures)
    return Entry(case, python, figures, "%s at most %s" % (figure, at_most), figures[figure] <= at_most)


def keep(entries: Iterable[Entry], folder: Path = PARTS) -> None:
    """Write each entry to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in entries:
        (folder / ("%s-%s.json" % (one.case, one.python))).write_text(_text(one._asdict()), encoding="utf-8")


def kept(folder: Path = PARTS) -> List[Entry]:
    """The entries in a folder; other files there, such as figures of growth, are none."""
    found = []
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for one in document if isinstance(document, list) else [document]:
            if isinstance(one, dict) and set(one) >= {"case", "python", "figures"}:
                found.append(Entry(**{name: one[name] for name in Entry._fields if name in one}))
    return found


def merge(entries: Iterable[Entry], path: Path = RESULTS) -> dict:
    """Put entries in the place of those of the same case and Python, and say on what machine; the whole document."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    cases = {(one["case"], one["python"]): one for one in before.get("cases", ())}
    cases.update(((one.case, one.python), one._asdict()) for one in entries)
    said = dict(before, cases=[cases[key] for key in sorted(cases)])
    if said["cases"] != before.get("cases"):
        said.update(machine=machine(), measured=datetime.now(timezone.utc).strftime("%Y-%m-%d"))
    path.write_text(_text(said), encoding="utf-8")
    return said


def machine() -> Dict[str, object]:
    """Cores, processor and memory of this machine."""
    model = ""
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(), "processor": model or platform.processor(), "memory_gib": round(pages / 2**30),
        "system": "%s %s" % (platform.system(), platform.machine()),
    }


def table(entries: Iterable[Entry]) -> str:
    """Lines for a terminal."""
    lines = []
    for one in sorted(entries):
        verdict = {True: "met", False: "NOT MET", None: ""}[one.met]
        said = ", ".join("%s %s" % item for item in one.figures.items())
        lines.append("%-22s %-8s %-8s %-24s %s" % (one.case, one.python, verdict, one.goal, said))
    return "\n".join(lines)


def _text(document: dict) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
