"""The cases by name: what `run.py` knows of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Callable, Dict, NamedTuple

from . import demo, detection, growth, judging, ndjson, sizing, store
from .searchhead import SearchHead


class Case(NamedTuple):
    """``prepare(head, sizes)`` makes what all Pythons share; ``measure(head, python, prepared, sizes)`` gives entries.

    One that is measured ``alone`` shares the KV store, or looks at a clock on the wall: its Pythons come one by one.
    """

    prepare: Callable
    measure: Callable
    alone: bool = False


def _of_store(measure: Callable) -> Case:
    """A case of `store.py`, which brings up search heads of its own."""

    def prepare(head: SearchHead, sizes) -> store.Sizes:
        return store.QUICK if sizes == detection.QUICK else store.Sizes(pairs=sizes.pairs)

    def measured(head: SearchHead, python: str, prepared: store.Sizes, sizes) -> list:
        with tempfile.TemporaryDirectory(dir=head.folder) as folder:
            return [measure(Path(folder), python, prepared)]

    return Case(prepare, measured, alone=True)


CASES: Dict[str, Case] = {
    "rows": Case(detection.prepare_rows, detection.measure_rows),
    "rows13": Case(detection.prepare_rows_13, detection.measure_rows_13),
    "wide": Case(detection.prepare_wide, detection.measure_wide),
    "triple": Case(detection.prepare_triple, detection.measure_triple),
    "raw": Case(detection.prepare_raw, detection.measure_raw),
    "empty": Case(detection.prepare_empty, detection.measure_empty),
    "judging": Case(judging.prepare, judging.measure_judging),
    "duckdb": Case(ndjson.prepare, ndjson.measure_duckdb),
    "demo": Case(demo.prepare, demo.measure_demo, alone=True),
    "growth": Case(growth.prepare, growth.measure_growth),
    "sizing": Case(sizing.prepare, sizing.measure_sizing, alone=True),
    **{"store-" + name: _of_store(measure) for name, measure in store.CASES.items()},
}
