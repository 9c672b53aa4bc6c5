"""The case of DuckDB: ours on minute-aggregated rows against DuckDB on the raw records that they were made of.

Splunk's `stats` does the adding up in the product; here the stream has it done already, and what `stats`
costs the indexers is not in the figures. DuckDB reads the records as they are, from a file in the page cache.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import List, NamedTuple

from sandbox.packaging.libraries import environment

from . import measure, minutes, records, streams
from .detection import OURS, shown
from .measure import Work
from .results import Entry, entry
from .searchhead import COMMANDS, ROOT, SearchHead, version
from .streams import Stream

LIST = "tests/bench/requirements.txt"


class Prepared(NamedTuple):
    """The same records three times."""

    rows: Stream  # aggregated
    ndjson: Path
    records: int
    python: str  # that has DuckDB


def own_python() -> str:
    """The Python of the environment that the benchmarks have for themselves."""
    return environment(sys.executable, ROOT / ".venv-bench", ROOT, [LIST])


def prepare(head: SearchHead, sizes) -> Prepared:
    raw, ndjson, added = records.write(head.folder, sizes.rows, sizes.people)
    raw.path.unlink()
    rows = streams.write(head.folder / "minutes", minutes.TEN, minutes.lines(minutes.TEN, added))
    return Prepared(head.address(rows), ndjson, raw.rows, own_python())


def measure_duckdb(head: SearchHead, python: str, prepared: Prepared, sizes) -> List[Entry]:
    sink = head.folder / ("duckdb-%s.out" % version(python))
    works = {
        OURS: head.command(python, prepared.rows),
        "duckdb": Work([prepared.python, COMMANDS / "duck.py", prepared.ndjson], prepared.ndjson, sink),
    }
    runs = measure.rounds(works, sizes.pairs, head.env)
    wall = sorted(one.wall / other.wall for one, other in zip(runs[OURS], runs["duckdb"]))
    figures = dict(
        measure.ratio(runs[OURS], runs["duckdb"]), wall_ratio=round(wall[len(wall) // 2], 3),
        records=prepared.records, rows=prepared.rows.rows, entities=sizes.people, **shown(works[OURS].sink),
        duckdb=json.loads(sink.read_text(encoding="utf-8")),
        cpu_seconds={name: measure.seconds(found) for name, found in runs.items()},
        peak_mib={name: measure.peak(found) for name, found in runs.items()},
    )
    return [entry("duckdb", version(python), figures, "ratio", 1)]
