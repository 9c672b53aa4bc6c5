"""The KV store: how many requests learning takes, what an hour without news writes, and whether old history costs time.

    python3 tests/bench/store.py [--case NAME] [--python PY] [--quick]

Runs the built package's commands against the sandbox's KV store, prints the figures and writes
build/bench/<case>-<python>.json, but not with --quick. The requests are counted where they arrive. Times are of the
sandbox's store, which is no mongod: only the ratio says something of Splunk, because both have the same indexes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Set

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from sandbox.rest.faults import Answer  # noqa: E402 - behind the path
from tests.bench import measure, results, streams  # noqa: E402
from tests.bench.people import START, TENANT  # noqa: E402
from tests.bench.results import Entry  # noqa: E402
from tests.bench.searchhead import APP, OPTIONS, SearchHead, pythons, version  # noqa: E402

COLUMNS = (
    "_time OrganizationId UserId UserKey UserType ClientIP Workload Operation message_count record_count chat_id asn"
).split()
BASELINE, ALERTS = "teams_export_baseline", "teams_export_alerts"
DAY, HOUR, MINUTE = 86400, 3600, 60
NETWORK = 64500  # of everybody
DAYS = 30  # of baseline before START (ours: the default training)
NEW_SHARE = 10  # of so many people at hand one was never seen before (ours)


class Sizes(NamedTuple):
    """How large the cases are."""

    learned: int = 100_000  # people of one day, a row each
    steady: int = 2_000  # people of an hour, of whom one in ten raises an alert
    present: int = 500  # people at hand, all of whom raise an alert
    others: int = 4_500  # people whose history lies beside that, once
    old_alerts: int = 3  # of everybody, once
    pairs: int = 7


QUICK = Sizes(2_000, 200, 50, 450, 3, 2)


class Wire:
    """What came in at a search head: requests by (collection, last part of the path), documents saved, keys asked for."""

    def __init__(self, head: SearchHead):
        self.requests: Counter = Counter()
        self.saved: Counter = Counter()  # documents by collection
        self.sought: Set[str] = set()  # keys of the baseline, each once however often it is asked for
        head.rest.faults.add(Answer(), times=None, when=self._see)  # it never takes effect

    def _see(self, request) -> bool:
        _, found, what = request.path.partition("/storage/collections/data/")
        if found:
            collection, _, last = what.partition("/")
            self.requests[collection, last] += 1
            if last == "batch_save":
                self.saved[collection] += len(json.loads(request.body))
            elif last and collection == BASELINE:
                self.sought.update(one["query"]["_key"] for one in json.loads(request.body))
        return False

    def clear(self) -> None:
        self.requests.clear()
        self.saved.clear()


def name_of(number: int) -> str:
    """The user of a number."""
    return "person%06d@bench.example" % number


def rows(people: Iterable[int], moment: int, records: int = 1) -> Iterator[str]:
    """A CSV line for each of these people: so many counted records in one minute."""
    for number in people:
        values = (str(moment), TENANT, name_of(number), "key%d" % number, "0", "8.8.8.8", "MicrosoftTeams", "MessagesListed",
                  str(records), str(records), "chat%d" % number, str(NETWORK))  # fmt: skip
        yield ",".join(map(streams.quoted, values)) + "," * len(COLUMNS) + "\n"


def stream(head: SearchHead, name: str, lines: Iterable[str], options: Sequence[str] = OPTIONS) -> streams.Stream:
    """A search over these rows."""
    return head.address(streams.write(head.folder / name, COLUMNS, lines), options)


def baseline(head: SearchHead, people: Iterable[int]) -> Iterator[dict]:
    """Three documents for each of these people, as the package makes them of ``DAYS`` days: activity, network, export."""
    if str(head.app / "bin") not in sys.path:
        sys.path.insert(0, str(head.app / "bin"))
    from teams_export_guard.baseline import Key
    from teams_export_guard.documents import baseline_document

    first = START // DAY - DAYS
    days = {day: day * DAY + 9 * HOUR for day in range(first, first + DAYS)}
    for number in people:
        for feature, value in (("activity", "*"), ("asn", str(NETWORK)), ("export", "*")):
            yield baseline_document(Key(TENANT, "user:" + name_of(number), feature, value), days)


def fill(head: SearchHead, collection: str, documents: Iterable[dict]) -> None:
    """Store documents beside the app, as an earlier run left them."""
    batch: List[dict] = []
    for document in documents:
        batch.append(document)
        if len(batch) == 1000:
            head.kv.batch_save(APP, "nobody", collection, batch)
            batch = []
    head.kv.batch_save(APP, "nobody", collection, batch)


def commit(head: SearchHead, python: str, of: streams.Stream) -> measure.Run:
    """One committing run that must succeed."""
    work = head.command(python, of, "teamsexportcommit")
    found = measure.run(work, head.env)
    said = work.sink.read_bytes()
    if b'"ERROR"' in said:
        raise measure.Failed(said.decode("utf-8", "replace")[-2000:])
    return found


def learning(folder: Path, python: str, sizes: Sizes) -> Entry:
    """One day of many people, one in ten of whom is new, learned into what is known of as many: three documents each."""
    with SearchHead(folder, [python]) as head:
        fill(head, BASELINE, baseline(head, range(sizes.learned)))
        new = sizes.learned // NEW_SHARE
        of = stream(head, "day", rows(range(new, sizes.learned + new), START + HOUR), ["mode=learn"])
        wire = Wire(head)
        found = commit(head, python, of)
        requests, seen = sum(wire.requests.values()), len(wire.sought)
        changed = sum(wire.saved.values())
    allowed = -(-(seen + changed) // 1000) + 10
    figures = {
        "requests": requests, "allowed": allowed, "documents_seen": seen, "documents_changed": changed,
        "documents_before": 3 * sizes.learned, "entity_days": sizes.learned, "requests_by_kind": kinds(wire),
        "cpu_seconds": round(found.cpu, 2), "wall_seconds": round(found.wall, 2), "peak_mib": round(found.peak),
    }
    return Entry("store-learning", version(python), figures, "requests at most allowed", requests <= allowed)


def kinds(wire: Wire) -> Dict[str, int]:
    """The requests by collection and call."""
    return {" ".join(filter(None, kind)): count for kind, count in sorted(wire.requests.items())}


def steady(folder: Path, python: str, sizes: Sizes) -> Entry:
    """The same hour again, and the next hour, which overlaps it, of people who were all seen that day."""
    people, loud = range(sizes.steady), range(0, sizes.steady, 10)
    hour = [*rows(people, START + 9 * HOUR), *rows(loud, START + 9 * HOUR + MINUTE, 25)]
    written = {}
    with SearchHead(folder, [python]) as head:
        fill(head, BASELINE, baseline(head, people))
        wire = Wire(head)
        for name, lines in (("first", hour), ("same", hour), ("next", hour + list(rows(people, START + 11 * HOUR)))):
            wire.clear()
            commit(head, python, stream(head, name, lines))
            written[name] = dict(wire.saved)
    figures = {
        "documents_written": sum(written["same"].values()) + sum(written["next"].values()),
        "first_run_wrote": written["first"], "same_hour_again_wrote": written["same"], "next_hour_wrote": written["next"],
        "entities": sizes.steady,
    }
    met = figures["documents_written"] == 0 and written["first"].get(ALERTS, 0) > 0
    return Entry("store-steady", version(python), figures, "documents_written is 0", met)


def old(alerts: Sequence[dict], times: int) -> Iterator[dict]:
    """Each of the alerts ``times`` times more, of four months ago and before; delivered, as all old ones are."""
    for alert in alerts:
        for number in range(times):
            back = (120 + 9 * number) * DAY
            key = hashlib.sha256(("%s %d" % (alert["_key"], number)).encode()).hexdigest()[:32]
            moments = {name: alert[name] - back for name in ("_time", "anchor_start", "triggered_at", "window_start",
                                                             "window_end")}  # fmt: skip
            yield dict(alert, _key=key, alert_id=key, delivered=1, **moments)


def rounds(works: Dict[str, measure.Work], count: int, env) -> Dict[str, List[measure.Run]]:
    """As those of `measure`, with the CPU of the store added, which works in this process while a command runs.

    On a machine that others use, that is steadier than the time on the wall, and it misses nothing but waiting.
    """

    def both(work):
        begin = time.process_time()
        found = measure.run(work, env)
        return found._replace(cpu=found.cpu + time.process_time() - begin)

    found = [{name: both(work) for name, work in works.items()} for _ in range(count + 1)]
    return {name: [each[name] for each in found[1:]] for name in works}


def history(folder: Path, python: str, sizes: Sizes) -> Entry:
    """A run over people who all raised an alert, with a history beside and behind them, and with ten times as much."""
    heads, works = {}, {}
    documents: Dict[str, Dict[str, int]] = {}
    try:
        for name, times in (("once", 1), ("ten_times", 10)):
            (folder / name).mkdir()
            head = heads[name] = SearchHead(folder / name, [python]).__enter__()
            fill(head, BASELINE, baseline(head, range(sizes.present + times * sizes.others)))
            of = stream(head, "hour", rows(range(sizes.present), START + 9 * HOUR, 25))
            commit(head, python, of)
            raised = head.kv.find_all(APP, "nobody", ALERTS)
            fill(head, ALERTS, old(raised, times * sizes.old_alerts))
            strangers = [dict(one, entity="user:stranger%d" % at, _key="%032x" % at) for at, one in enumerate(raised)]
            fill(head, ALERTS, old(strangers, times * sizes.old_alerts))
            documents[name] = {each: len(head.kv.find_all(APP, "nobody", each)) for each in (BASELINE, ALERTS)}
            works[name] = head.command(python, of, "teamsexportcommit")
        runs = rounds(works, sizes.pairs, heads["once"].env)
    finally:
        for head in heads.values():
            head.__exit__()
    figures = dict(
        measure.ratio(runs["ten_times"], runs["once"]), entities=sizes.present, documents=documents,
        cpu_seconds_of_command_and_store={name: measure.seconds(found) for name, found in runs.items()},
        wall_seconds={name: round(statistics.median(one.wall for one in found), 3) for name, found in runs.items()},
    )
    return Entry("store-history", version(python), figures, "ratio at most 1.1", figures["ratio"] <= 1.1)


CASES = {"learning": learning, "steady": steady, "history": history}


def main() -> None:
    """Measure the cases that were asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--case", action="append", choices=sorted(CASES), metavar="NAME", help=", ".join(CASES))
    options.add_argument("--python", action="append", metavar="PY", help="an interpreter; again for more of them")
    options.add_argument("--quick", action="store_true", help="small sizes; nothing is written")
    given = options.parse_args()
    sizes = QUICK if given.quick else Sizes()
    for name in given.case or list(CASES):
        for python in given.python or pythons():
            results.PARTS.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=results.PARTS) as folder:
                found = CASES[name](Path(folder), python, sizes)
            if not given.quick:
                results.keep([found])
            print(results.table([found]), flush=True)


if __name__ == "__main__":
    main()
