"""Measures the built package and writes docs/benchmarks.json.

    python3 tests/bench/run.py                         all cases; about half an hour on two cores
    python3 tests/bench/run.py --case rows --case raw  these; the other entries stay as they are
    python3 tests/bench/run.py --quick                 a look, with small sizes; nothing is written
    python3 tests/bench/run.py --report                nothing is measured: picture and README from the results

Needs `python3 package.py build` before it. A benchmark is no test: nothing is asserted, and nothing collects it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from tests.bench import growth, readme, results  # noqa: E402 - behind the path
from tests.bench.cases import CASES  # noqa: E402
from tests.bench.detection import QUICK, Sizes  # noqa: E402
from tests.bench.searchhead import SearchHead, pythons, version  # noqa: E402


def main() -> None:
    """Run the cases that were asked for, and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--case", action="append", choices=sorted(CASES), metavar="NAME", help=", ".join(CASES))
    options.add_argument("--python", action="append", metavar="PY", help="an interpreter; again for more of them")
    options.add_argument("--quick", action="store_true", help="small sizes; nothing is written")
    options.add_argument("--jobs", type=int, default=1, help="Pythons that are measured side by side (1)")
    options.add_argument("--pairs", type=int, help="rounds of each comparison (7)")
    options.add_argument("--report", action="store_true", help="only the picture and README, from the results at hand")
    options.add_argument("--write", action="store_true", help="write what --quick measured, too")
    given = options.parse_args()
    if given.report:
        report()
        return
    sizes = QUICK if given.quick else Sizes()
    if given.pairs:
        sizes = sizes._replace(pairs=given.pairs)
    interpreters = given.python or pythons()
    results.PARTS.mkdir(parents=True, exist_ok=True)
    found = []
    with tempfile.TemporaryDirectory(dir=results.PARTS) as folder:
        for name in given.case or list(CASES):
            entries = run(name, Path(folder) / name, interpreters, sizes, given.jobs)
            found += entries
            if given.write or not given.quick:
                results.keep(entries)
                readme.update(results.merge(results.kept()))
    print(results.table(found))
    if given.write or not given.quick:
        report()


def report() -> None:
    """Merge what other scripts measured, draw the picture, and bring README's tables up to date."""
    said = results.merge(results.kept())
    growth.draw()
    readme.update(said)


def run(name: str, folder: Path, interpreters, sizes: Sizes, jobs: int) -> list:
    """The entries of one case; its streams are gone afterwards."""
    case, begin = CASES[name], time.monotonic()
    folder.mkdir()
    with SearchHead(folder, interpreters) as head:
        prepared = case.prepare(head, sizes)
        ready = time.monotonic()
        with ThreadPoolExecutor(1 if case.alone else jobs) as pool:
            measured = list(pool.map(lambda python: case.measure(head, python, prepared, sizes), interpreters))
    shutil.rmtree(folder)
    say = "%s: %.0f s to prepare, %.0f s to measure" % (name, ready - begin, time.monotonic() - ready)
    print(say, "on", ", ".join(map(version, interpreters)), file=sys.stderr, flush=True)
    return [entry for entries in measured for entry in entries]


if __name__ == "__main__":
    main()
