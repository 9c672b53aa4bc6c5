"""How time and memory grow: with rows, with entities, with chats, and with the baseline at hand.

Each curve changes one thing. What a search costs with nothing in it (start-up) is taken off the times before
the slope is fitted, for it is the same at every point; a slope of 1 is linear. The points go into the results,
and `draw` makes docs/growth.svg of them.
"""

from __future__ import annotations

import math
import statistics
import subprocess
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

from . import judging, measure, minutes, ndjson, streams
from .results import RESULTS, ROOT, Entry, entry
from .searchhead import COMMANDS, SearchHead, version

PICTURE = ROOT / "docs" / "growth.svg"
ROWS_OF_A_PERSON = 200  # a day, as in the other cases
FITTED_FROM = 0.01  # the smallest part of the largest x that the slope is fitted over (ours)


class Point(NamedTuple):
    """One size: what grows, CPU seconds less start-up, peak MiB."""

    x: int
    seconds: float
    mebibytes: float


class Curve(NamedTuple):
    """What grows, in words, and from each size to the rows, people and chats in a row of its stream."""

    label: str
    sizes: Sequence[int]
    shape: Callable[[int], Tuple[int, int, int]]


CURVES: Dict[str, Curve] = {
    "rows": Curve(
        "rows, 200 of each entity", (10**3, 10**4, 10**5, 10**6, 10**7), lambda x: (x, x // ROWS_OF_A_PERSON, 0)
    ),
    "entities": Curve("entities, 200,000 rows in all", (10**3, 10**4, 10**5), lambda x: (200_000, x, 0)),
    "chats": Curve("chats of an entity, 100,000 rows", (200, 600, 2_000, 6_000), lambda x: (100_000, 500, x // 200)),
}
JUDGED = (100, 1_000, 10_000, 50_000)  # entities, with three baseline documents each


def prepare(head: SearchHead, sizes) -> SearchHead:
    return head


def measure_growth(head: SearchHead, python: str, prepared, sizes) -> List[Entry]:
    """An entry for each curve, with its points and slopes."""
    start_up = measure.run(head.command(python, _stream(head, python, 0, 1, 0)), head.env).cpu
    found = []
    for name, curve in CURVES.items():
        points = []
        for size in curve.sizes:
            rows, people, chats = curve.shape(size)
            if rows <= sizes.growth:
                stream = _stream(head, python, rows, people, chats)
                work = head.command(python, stream)
                runs = [measure.run(work, head.env) for _ in range(3 if rows <= 10**6 else 1)]
                points.append(Point(size, max(measure.seconds(runs) - start_up, 0.0001), measure.peak(runs)))
                stream.path.unlink()
        if points:
            found.append(_entry(name, curve.label, python, points))
    judged = [size for size in JUDGED if size <= sizes.judged]
    runs_of = {size: [judging.once(head, python, size) for _ in range(3)] for size in judged}
    points = [
        Point(
            runs[0]["baseline_documents"], round(statistics.median(one["judge"] for one in runs), 4),
            round(max(one["peak"] for one in runs), 1),
        )
        for runs in runs_of.values()
    ]
    return found + [_entry("baseline", "baseline documents at hand, all judged", python, points)]


def _stream(head: SearchHead, python: str, rows: int, people: int, chats: int) -> streams.Stream:
    path = head.folder / ("growth-%s" % version(python))
    if not rows:
        return head.address(streams.write(path, minutes.TEN, ()))
    return head.address(minutes.write(path, minutes.TEN, rows, max(people, 1), chats=chats))


def _entry(name: str, label: str, python: str, points: List[Point]) -> Entry:
    figures = {
        "grows": label, "points": [[x, round(seconds, 4), peak] for x, seconds, peak in points],
        "time_slope": slope([(x, seconds) for x, seconds, _ in points]),
        "memory_slope": slope([(x, peak) for x, _, peak in points]),
    }
    return entry("growth-" + name, version(python), figures)


def slope(points: Sequence[Tuple[float, float]]) -> float:
    """The exponent of the power that fits best, by least squares of the logarithms, over the larger sizes."""
    largest = max(x for x, _ in points)
    logs = [(math.log(x), math.log(y)) for x, y in points if x >= FITTED_FROM * largest]
    mean_x, mean_y = (statistics.fmean(values) for values in zip(*logs))
    square = sum((x - mean_x) ** 2 for x, _ in logs)
    return round(sum((x - mean_x) * (y - mean_y) for x, y in logs) / square, 2) if square else 0.0


def draw() -> None:
    """Make the picture of the points in the results."""
    subprocess.run([ndjson.own_python(), str(COMMANDS / "draw.py"), str(RESULTS), str(PICTURE)], check=True)

