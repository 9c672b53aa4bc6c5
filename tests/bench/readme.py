"""README's tables of speed and size, made of docs/benchmarks.json, so that it has no figure that is not in there.

Knows how each case is said to a user. ``section`` is what stands between the two marks; a test holds README to it.
A case that was not measured yet says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, List

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- figures of docs/benchmarks.json -->\n", "<!-- end of the figures -->\n"

#: Case -> what was compared, and how its figure is said. The goals stand with the figures.
SAID = {
    "rows-stock": ("{rows:,} aggregated rows of {entities:,} people, CPU against an SDK command that only counts", "ratio"),
    "rows-csvonly": ("the same against `csv.reader` alone over the same bytes", "ratio"),
    "rows-csvstream": ("the same against `csv.reader` that reads a part at a time", "ratio"),
    "rows-peak": ("its peak memory, MiB", "peak_mib"),
    "wide-peak": ("peak memory with {columns} columns, `_raw` among them, MiB", "peak_mib"),
    "rows13-stock": ("the same rows with all 13 columns of the app's own searches, CPU against the same SDK command", "ratio"),
    "triple-memory": ("{rows:,} rows of the same people over {days} days: memory against a third of it", "ratio"),
    "triple-time": ("the same: CPU", "ratio"),
    "triple-dense-memory": ("{rows:,} rows of the same people in one day, nearly all of whom trigger: memory", "ratio"),
    "triple-dense-time": ("the same: CPU", "ratio"),
    "raw-csvjson": ("{rows:,} raw records of 1.3 KB, CPU against `csv.reader` and `json.loads` alone", "ratio"),
    "empty": ("an empty search, CPU against an SDK command that does nothing", "ratio"),
    "judging": (
        "judging {entities:,} people who all trigger, with {baseline_days} days of history, against JSON of the same documents",
        "ratio",
    ),
    "store-learning": ("learning {entity_days:,} entity-days into {documents_before:,} documents: requests", "requests"),
    "store-steady": ("an hour of {entities:,} people in which nothing is new: documents written", "documents_written"),
    "store-history": ("ten times the history in the store, {entities:,} people at hand: time on the wall", "ratio"),
    "duckdb": ("{rows:,} minute rows of {records:,} raw records, CPU against DuckDB on the raw ones", "ratio"),
    "demo": ("the demo, once set up, seconds", "seconds"),
}
SIZED = (
    ("rows in a run of *Detect*", "detect_rows"), ("CPU seconds", "detect_seconds"), ("peak MiB", "detect_mib"),
    ("rows in a run of *Learn*", "learn_rows"), ("CPU seconds, first run of a day", "learn_seconds_first"),
    ("CPU seconds, any other", "learn_seconds"), ("peak MiB", "learn_mib"), ("baseline documents", "kv_documents"),
    ("their MB, as JSON", "kv_mb"), ("records that *Detect* reads a day", "records_detect_reads_a_day"),
    ("records that *Learn* reads a day", "records_learn_reads_a_day"),
)


def section(results: dict) -> str:
    """Both tables, with the machine they are of."""
    cases: Dict[str, Dict[str, dict]] = {}
    for one in results["cases"]:
        cases.setdefault(one["case"], {})[one["python"]] = one
    pythons = sorted({one["python"] for one in results["cases"]}, key=lambda text: [int(part) for part in text.split(".")])
    machine = results["machine"]
    lines = [
        "Measured on %s on a machine with %s cores (%s, %s GiB), shared with other work. A ratio is the median of %s" % (
            results["measured"], machine["cores"], machine["processor"], machine["memory_gib"], _pairs(results)
        ), "pairs of runs, with the least and the greatest of them; one without these is of a single pair.", "",
        *_table(["what", "goal", *("Python " + python for python in pythons)], _compared(cases, pythons)), "",
        *_table(_tenants(cases), _sized(cases, pythons)),
    ]
    return "\n".join(lines) + "\n"


def _pairs(results: dict) -> str:
    """How many pairs of runs the ratios are made of, as a range."""
    found = {one["figures"]["pairs"] for one in results["cases"] if one["figures"].get("pairs", 1) > 1}
    return " to ".join(map(str, sorted({min(found), max(found)})))


def _compared(cases: Dict[str, Dict[str, dict]], pythons: List[str]) -> Iterator[List[str]]:
    for case, (text, figure) in SAID.items():
        of_case = cases.get(case)
        if not of_case:
            continue
        first = next(iter(of_case.values()))
        cells = [_figure(of_case.get(python), figure) for python in pythons]
        yield [text.format(**first["figures"]), _goal(first), *cells]


def _goal(one: dict) -> str:
    """The number that a goal asks for; it may be a figure of its own, such as what a rule allows."""
    asked = one["goal"].rpartition(" ")[2] or "none"
    return str(one["figures"].get(asked, asked))


def _figure(one, figure: str) -> str:
    if one is None:
        return "not measured"
    figures = one["figures"]
    said = "%s" % figures[figure]
    if figure + "_range" in figures and figures.get("pairs", 2) > 1:
        said += " (%s to %s)" % tuple(figures[figure + "_range"])
    return said + (", **not met**" if one["met"] is False else "")


def _tenants(cases: Dict[str, Dict[str, dict]]) -> List[str]:
    sized = sorted(case for case in cases if case.startswith("sizing-"))
    return ["a tenant of", *("%s people" % format(int(case.rpartition("-")[2]), ",") for case in sized)]


def _sized(cases: Dict[str, Dict[str, dict]], pythons: List[str]) -> Iterator[List[str]]:
    """The figures of the slower Python, which is the oldest."""
    sized = sorted(case for case in cases if case.startswith("sizing-"))
    for text, name in SIZED:
        said = [cases[case][min(cases[case], key=pythons.index)]["figures"][name] for case in sized]
        yield [text, *("%s, %s" % (_thousands(one["value"]), one["how"]) for one in said)]


def _thousands(value) -> str:
    return format(int(value) if value == int(value) else value, ",")


def _table(head: List[str], rows: Iterator[List[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield "| %s |" % " | ".join(cells)


def update(results: dict) -> None:
    """Put the tables between README's marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + section(results) + END + after, encoding="utf-8")
