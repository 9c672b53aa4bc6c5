"""The statistical functions of stats, eventstats, chart and timechart.

Sources: Search Reference "Statistical and charting functions" and their family pages. Documented: count(x) counts
values, each of a multivalue's; values() is sorted as text without repetitions; list() keeps at most 100 values in
order; min and max compare numbers if all values are, else texts; sum, avg and the like pass over what is no number;
earliest and latest go by _time.
Inferred: sum, avg, min, max and range of no number are null, count and dc are 0; of equal times latest takes the
first row in order and earliest the last (a search gives the newest first); a multivalue stays whole in first, last,
earliest and latest.
Inferred: percN and median take the nearest rank, the middle of two for median being their mean; mode takes the
smallest of equals.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from typing import Callable, Dict, List, Optional, Tuple

from .table import Row
from .values import Number, Value, multi, number, plain, sort_key, texts

LIST_LIMIT = 100  # limits.conf [stats] list_maxsize
Pairs = List[Tuple[Row, Value]]  # the rows whose value is not null, with the value
Aggregate = Callable[[Pairs], Value]


def _values(pairs: Pairs) -> List[str]:
    return [one for _, value in pairs for one in texts(value)]


def _numbers(pairs: Pairs) -> List[Number]:
    found = []
    for _, value in pairs:
        for one in value if isinstance(value, list) else (value,):
            figure = number(one)
            if figure is not None:
                found.append(figure)
    return found


def _of_numbers(calculate: Callable[[List[Number]], Number], least: int = 1) -> Aggregate:
    def run(pairs: Pairs) -> Value:
        figures = _numbers(pairs)
        return plain(calculate(figures)) if len(figures) >= least else None

    return run


def _extreme(choose: Callable) -> Aggregate:
    def run(pairs: Pairs) -> Value:
        values = _values(pairs)
        if not values:
            return None
        figures = [number(value) for value in values]
        return choose(values) if None in figures else choose(figures)

    return run


def _by_time(pairs: Pairs, latest: bool) -> Optional[Tuple[Row, Value]]:
    if len(pairs) == 1:  # as most groups are that only leave out copies
        return None if number(pairs[0][0].get("_time")) is None else pairs[0]
    timed = [
        (number(row.get("_time")), place, row, value)
        for place, (row, value) in enumerate(pairs)
        if number(row.get("_time")) is not None
    ]
    if not timed:
        return None
    best = (max if latest else min)(timed, key=lambda one: (one[0], -one[1]))
    return best[2], best[3]


def _timed(latest: bool, part: int) -> Aggregate:
    def run(pairs: Pairs) -> Value:
        best = _by_time(pairs, latest)
        return None if best is None else (best[0]["_time"], best[1])[part]

    return run


def percentile(figures: List[Number], percent: float) -> Number:
    """The value at the nearest rank."""
    ordered = sorted(figures)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _mode(pairs: Pairs) -> Value:
    counted = Counter(_values(pairs))
    return min(counted, key=lambda value: (-counted[value], sort_key(value))) if counted else None


def _count(pairs: Pairs) -> Value:
    return len(_values(pairs))


def _distinct(pairs: Pairs) -> Value:
    return len(set(_values(pairs)))


_MEAN = _of_numbers(lambda figures: math.fsum(figures) / len(figures))

AGGREGATES: Dict[str, Aggregate] = {
    "count": _count,
    "c": _count,
    "dc": _distinct,
    "distinct_count": _distinct,
    "sum": _of_numbers(sum),
    "avg": _MEAN,
    "mean": _MEAN,
    "min": _extreme(min),
    "max": _extreme(max),
    "range": _of_numbers(lambda figures: max(figures) - min(figures)),
    "stdev": _of_numbers(statistics.stdev, least=2),
    "median": _of_numbers(statistics.median),
    "mode": _mode,
    "values": lambda pairs: multi(sorted(set(_values(pairs)))),
    "list": lambda pairs: multi(_values(pairs)[:LIST_LIMIT]),
    "first": lambda pairs: pairs[0][1] if pairs else None,
    "last": lambda pairs: pairs[-1][1] if pairs else None,
    "earliest": _timed(False, 1),
    "latest": _timed(True, 1),
    "earliest_time": _timed(False, 0),
    "latest_time": _timed(True, 0),
}
_PERCENTILE = re.compile(r"(?:perc|p)(\d{1,2}(?:\.\d+)?|100)")


def aggregate(name: str) -> Optional[Aggregate]:
    """A function by its name, or None."""
    ranked = _PERCENTILE.fullmatch(name)
    if ranked:
        percent = float(ranked.group(1))
        return _of_numbers(lambda figures: percentile(figures, percent))
    return AGGREGATES.get(name)
