"""What tenants of 1,000, 20,000 and 200,000 people need: rows, seconds, memory, documents, records that are read.

Every figure says how it came about: *assumed* (how much people do; all of it ours, for there is no public figure),
*measured* here on the built package, or *computed* from what was measured. Detect is measured for all three tenants.
Learn is measured for two, against a store that holds their history; the third is the second times ten, because the
stand-in for the KV store is slower than the real one and would need longer than the app waits.
"""

from __future__ import annotations

import json
from typing import Dict, Iterator, List

from . import baselines, measure, minutes, streams
from .people import ADDRESSES, MINUTES, START, TENANT, person
from .results import Entry, entry
from .searchhead import APP, SearchHead, version

TENANTS = (1_000, 20_000, 200_000)  # people
READERS = 0.01  # of the people read messages through Graph (ours)
ROWS_OF_A_READER = 50  # minutes of a day in which a reader reads (ours)
RECORDS_OF_A_ROW = 3  # counted records in such a minute (ours)
RECORDS_OF_A_PERSON = 100  # audit records of all kinds a day (ours)
NETWORKS = (64500, 64501, 64502)  # of a person in 97 days, such as home, office and phone (ours)
DAYS = [day for day in range(1, 98) if day % 7 not in (5, 6)]  # working days of the 97 that are kept
DETECT_HOURS, DETECT_RUNS = 26, 144  # of Teams Export - Detect, a day
LEARN_HOURS, LEARN_RUNS = 2.25, 24  # of Teams Export - Learn, a day
MEASURED_LEARNING = 20_000  # people at most
BATCH = 1000
COLUMNS = minutes.THIRTEEN[:-2]  # a day has no chats and no record ids


def prepare(head: SearchHead, sizes) -> List[int]:
    """The tenants; only the smallest in a quick look."""
    return [people for people in TENANTS if people <= max(sizes.people * 200, TENANTS[0])]


def measure_sizing(head: SearchHead, python: str, tenants: List[int], sizes) -> List[Entry]:
    """An entry for each tenant."""
    learned = {people: _learn(head, python, people) for people in tenants if people <= MEASURED_LEARNING}
    found = []
    for people in tenants:
        figures = _detect(head, python, people)
        figures.update(learned.get(people) or _times(learned[MEASURED_LEARNING], people / MEASURED_LEARNING))
        counted = people * READERS * ROWS_OF_A_READER * RECORDS_OF_A_ROW
        figures["records_detect_reads_a_day"] = _said(round(counted * DETECT_HOURS / 24 * DETECT_RUNS), "computed")
        everything = people * RECORDS_OF_A_PERSON * LEARN_HOURS / 24 * LEARN_RUNS
        figures["records_learn_reads_a_day"] = _said(round(everything), "computed")
        found.append(entry("sizing-%06d" % people, version(python), {"people": people, **figures}))
    return found


def _said(value: float, how: str) -> dict:
    return {"value": value, "how": how}


def _detect(head: SearchHead, python: str, people: int) -> dict:
    rows = round(people * READERS * ROWS_OF_A_READER * DETECT_HOURS / 24)
    path = head.folder / ("detect-%s" % version(python))
    readers = max(1, round(people * READERS))
    stream = head.address(minutes.write(path, minutes.THIRTEEN, rows, readers))
    runs = [measure.run(head.command(python, stream), head.env) for _ in range(3)]
    path.unlink()
    return {
        "detect_rows": _said(rows, "assumed"), "detect_seconds": _said(round(measure.seconds(runs), 2), "measured"),
        "detect_mib": _said(round(measure.peak(runs)), "measured"),
    }


def _learn(head: SearchHead, python: str, people: int) -> dict:
    """The first run of a day, in which all documents change, and the next one over the same records."""
    of_store = _fill(head, people)
    path = head.folder / ("learn-%s" % version(python))
    stream = head.address(streams.write(path, COLUMNS, _days(people)), ["mode=learn"])
    work = head.command(python, stream, "teamsexportcommit")
    first, later = measure.run(work, head.env), measure.run(work, head.env)
    path.unlink()
    head.kv.delete_query(APP, "nobody", baselines.BASELINE)
    return {
        "learn_rows": _said(stream.rows, "assumed"), "learn_seconds_first": _said(round(first.cpu, 2), "measured"),
        "learn_seconds": _said(round(later.cpu, 2), "measured"),
        "learn_mib": _said(round(max(first.peak, later.peak)), "measured"), **of_store,
    }


def _days(people: int) -> Iterator[str]:
    """Every second person is at work in the hours that a run reads, by both his addresses (ours)."""
    for number in range(0, people, 2):
        who = person(number)
        for address in range(ADDRESSES):
            plain = [
                str(START + 60 * (number % MINUTES)), TENANT, who.user, who.key, "0", who.addresses[address], "", "", "",
                "0", "6",
            ]
            yield ",".join(map(streams.quoted, plain)) + "," * len(COLUMNS) + "\n"


def _fill(head: SearchHead, people: int) -> dict:
    """Put the history of a tenant into the store; how many documents that is, and MB as JSON."""
    documents = list(baselines.history(people, DAYS, lambda _: NETWORKS, lambda number: number % 100 == 0))
    for first in range(0, len(documents), BATCH):
        head.kv.batch_save(APP, "nobody", baselines.BASELINE, documents[first : first + BATCH])
    size = sum(len(json.dumps(one, separators=(",", ":"))) for one in documents)
    return {"kv_documents": _said(len(documents), "assumed"), "kv_mb": _said(round(size / 1e6, 1), "measured")}


def _times(figures: Dict[str, dict], factor: float) -> dict:
    """Figures of another tenant, grown in proportion; what was assumed stays an assumption."""
    return {
        name: _said(_grown(said["value"], factor), "assumed" if said["how"] == "assumed" else "computed")
        for name, said in figures.items()
    }


def _grown(value: float, factor: float) -> float:
    """Whole where it was whole: rows and documents are counted."""
    return round(value * factor) if isinstance(value, int) else round(value * factor, 1)
