"""The cases that run whole searches: rows, raw records, memory, and the empty search.

Each case has two parts: ``prepare`` writes the streams that all Pythons share, ``measure`` runs one Python over them
and gives entries with their goals. The figures say what was compared, so that nobody needs this file to read them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Dict, List, NamedTuple

from sandbox.chunked import FrameReader, decode_body

from . import measure, minutes, records, streams
from .measure import Work
from .results import Entry, entry
from .searchhead import SearchHead, version
from .streams import Stream

OURS = "teamsexport"


class Sizes(NamedTuple):
    """How large the cases are."""

    rows: int = 1_000_000
    people: int = 5_000
    pairs: int = 7
    small_pairs: int = 25  # of runs that take milliseconds
    judged: int = 50_000  # entities, all of which trigger
    growth: int = 10_000_000  # rows at most


QUICK = Sizes(50_000, 250, 2, 5, 1_000, 200_000)


def shown(path: Path) -> Dict[str, int]:
    """How many rows of each state a reply of the command shows, and of how many entities."""
    reader = FrameReader()
    reader.feed(path.read_bytes())
    rows = [row for frame in iter(reader.next_frame, None) if frame.body for row in decode_body(frame.body).rows]
    states = Counter("shown_" + str(row["alert_state"]) for row in rows)
    return dict(sorted(states.items()), entities_shown=len({(row["tenant"], row["entity"]) for row in rows}))


def _sizes(stream: Stream, sizes: Sizes) -> dict:
    return {"rows": stream.rows, "columns": stream.columns, "entities": sizes.people, "mib": stream.mebibytes}


# --- rows against the stock idiom and against csv.reader alone ---


def prepare_rows(head: SearchHead, sizes: Sizes) -> Stream:
    return head.address(minutes.write(head.folder / "rows", minutes.TEN, sizes.rows, sizes.people))


def prepare_rows_13(head: SearchHead, sizes: Sizes) -> Stream:
    return head.address(minutes.write(head.folder / "rows13", minutes.THIRTEEN, sizes.rows, sizes.people))


def measure_rows(head: SearchHead, python: str, stream: Stream, sizes: Sizes, names=("rows", True)) -> List[Entry]:
    """Ours, the stock SDK idiom that only counts by entity and hour, and two floors of csv.reader alone."""
    case, has_goals = names
    works = {OURS: head.command(python, stream)}
    works.update((name, head.rival(python, name, stream.path)) for name in ("stock", "csvonly", "csvstream"))
    runs = measure.rounds(works, sizes.pairs, head.env)
    common = dict(
        _sizes(stream, sizes), **shown(works[OURS].sink),
        cpu_seconds={name: measure.seconds(found) for name, found in runs.items()},
        peak_mib={name: measure.peak(found) for name, found in runs.items()},
    )
    rivals = [("stock", 0.55), ("csvonly", 2.0), ("csvstream", 0)]
    found = [
        entry(
            "%s-%s" % (case, name), version(python), dict(measure.ratio(runs[OURS], runs[name]), **common),
            "ratio" if goal and has_goals else "", goal,
        )
        for name, goal in rivals
    ]
    peak = dict(_sizes(stream, sizes), peak_mib=common["peak_mib"][OURS], runs=sizes.pairs)
    return found + [entry("%s-peak" % case, version(python), peak, "peak_mib" if has_goals else "", 150)]


def measure_rows_13(head: SearchHead, python: str, stream: Stream, sizes: Sizes) -> List[Entry]:
    return measure_rows(head, python, stream, sizes, ("rows13", False))


# --- memory with 46 columns and _raw ---


def prepare_wide(head: SearchHead, sizes: Sizes) -> Stream:
    return head.address(minutes.write(head.folder / "wide", minutes.WIDE, sizes.rows, sizes.people))


def measure_wide(head: SearchHead, python: str, stream: Stream, sizes: Sizes) -> List[Entry]:
    """One run: the memory of a process differs by less than a MiB from run to run."""
    done = measure.run(head.command(python, stream), head.env)
    figures = dict(_sizes(stream, sizes), peak_mib=round(done.peak, 1), cpu_seconds=round(done.cpu, 2), runs=1)
    return [entry("wide-peak", version(python), figures, "peak_mib", 150)]


# --- three times the rows ---


def prepare_triple(head: SearchHead, sizes: Sizes) -> Dict[str, Stream]:
    """The same people for one day and for three days, and three times as dense in one day."""
    write, rows, people = minutes.write, sizes.rows, sizes.people
    return {
        "once": head.address(write(head.folder / "once", minutes.TEN, rows, people)),
        "days": head.address(write(head.folder / "days", minutes.TEN, 3 * rows, people, days=3)),
        "dense": head.address(write(head.folder / "dense", minutes.TEN, 3 * rows, people)),
    }


def measure_triple(head: SearchHead, python: str, prepared: Dict[str, Stream], sizes: Sizes) -> List[Entry]:
    """3,000,000 rows against 1,000,000 of the same people: the goals are for three days; one day is shown beside them.

    Three times as dense means that nearly everybody reaches a threshold, so that run judges much more.
    """
    works: Dict[str, Work] = {}
    for name, stream in prepared.items():
        work = head.command(python, stream)
        works[name] = work._replace(sink=work.sink.with_name("%s-%s" % (name, work.sink.name)))
    dense = works.pop("dense")
    runs = measure.rounds(works, sizes.pairs, head.env)
    runs["dense"] = [measure.run(dense, head.env)]
    works["dense"] = dense
    found = []
    for name, label, goal in (("days", "triple", "ratio"), ("dense", "triple-dense", "")):
        memory = {"ratio": round(measure.peak(runs[name]) / measure.peak(runs["once"]), 3)}
        common = dict(
            _sizes(prepared[name], sizes), days=prepared[name].days, **shown(works[name].sink),
            cpu_seconds={"1x": measure.seconds(runs["once"]), "3x": measure.seconds(runs[name])},
            peak_mib={"1x": measure.peak(runs["once"]), "3x": measure.peak(runs[name])},
        )
        time = measure.ratio(runs[name], runs["once"])
        found.append(entry(label + "-memory", version(python), dict(memory, **common), goal, 1.15))
        found.append(entry(label + "-time", version(python), dict(time, **common), goal, 3.1))
    return found


# --- raw records ---


def prepare_raw(head: SearchHead, sizes: Sizes) -> Stream:
    stream, ndjson, _ = records.write(head.folder, sizes.rows, sizes.people)
    ndjson.unlink()
    return head.address(stream)


def measure_raw(head: SearchHead, python: str, stream: Stream, sizes: Sizes) -> List[Entry]:
    works = {OURS: head.command(python, stream), "csvjson": head.rival(python, "csvjson", stream.path)}
    runs = measure.rounds(works, sizes.pairs, head.env)
    figures = dict(
        measure.ratio(runs[OURS], runs["csvjson"]), **_sizes(stream, sizes), **shown(works[OURS].sink),
        cpu_seconds={name: measure.seconds(found) for name, found in runs.items()},
        peak_mib={name: measure.peak(found) for name, found in runs.items()},
    )
    return [entry("raw-csvjson", version(python), figures, "ratio", 1.25)]


# --- the empty search ---


def prepare_empty(head: SearchHead, sizes: Sizes) -> Stream:
    return head.address(streams.write(head.folder / "empty", minutes.TEN, ()))


def measure_empty(head: SearchHead, python: str, stream: Stream, sizes: Sizes) -> List[Entry]:
    works = {OURS: head.command(python, stream), "nothing": head.rival(python, "nothing", stream.path)}
    runs = measure.rounds(works, sizes.small_pairs, head.env)
    figures = dict(
        measure.ratio(runs[OURS], runs["nothing"]),
        cpu_milliseconds={name: round(1000 * measure.seconds(found), 1) for name, found in runs.items()},
        peak_mib={name: measure.peak(found) for name, found in runs.items()},
    )
    return [entry("empty", version(python), figures, "ratio", 1.1)]
