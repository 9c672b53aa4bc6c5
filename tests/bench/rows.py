"""Paired comparison: this command, the stock SDK idiom, and csv.reader alone, over the same bytes.

    python3 tests/bench/rows.py [--rows 1000000] [--pairs 7] [--python PY] [--out build/bench.json]

Runs A B C A B C … in one session on one machine and prints medians and ratios of CPU seconds (user and
system, of the whole process) and peak memory. Needs `python3 package.py build` before it. A benchmark is
no test: nothing here is asserted, and nothing collects it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sandbox.kv.store import KVStore  # noqa: E402
from sandbox.rest.server import RestServer  # noqa: E402

HERE = Path(__file__).resolve().parent
APP = "teams_export_guard"
START = 1_790_000_400  # any fixed hour
CHUNK_ROWS = 50_000
COLUMNS = (
    "_time OrganizationId UserId UserKey ClientIP ClientAppId Workload Operation message_count record_count chat_id"
).split()
COLLECTIONS = "baseline alerts triage privileged lease".split()


def frame(metadata, body=b""):
    head = json.dumps(metadata).encode()
    return b"chunked 1.0,%d,%d\n%s%s" % (len(head), len(body), head, body)


def minute_rows(count, entities, seed=1):
    """`count` aggregated rows over 24 h by `entities` people, few of whom do most of it."""
    draw = random.Random(seed)
    addresses = ["%d.%d.%d.%d" % (draw.choice((8, 23, 62, 91)), *(draw.randrange(1, 255) for _ in range(3)))
                 for _ in range(entities * 2)]
    for number in range(count):
        who = min(int(draw.paretovariate(0.6)), entities)
        chats = ["19:%08x@thread.v2" % draw.randrange(who * 20, who * 20 + 20) for _ in range(draw.choice((1, 1, 1, 1, 3)))]
        yield [
            str(START + (number * 86400 // count) // 60 * 60), "11111111-2222-4333-8444-555555555555", "user%d@bench.example" % who, "key-%d" % who,
            addresses[(who * 2 + number % 2) % len(addresses)], "", "MicrosoftTeams", "MessagesListed",
            str(draw.choice((1, 1, 2, 5))), "1", chats,
        ]


def request(path, rows, uri, token):
    """Write a whole search, as splunkd sends it, to `path`."""
    info = {
        "args": ["activation=0d"], "raw_args": ["activation=0d"], "dispatch_dir": tempfile.gettempdir(), "sid": "bench.1",
        "app": "search", "owner": "admin", "username": "admin", "session_key": token, "splunkd_uri": uri,
        "splunk_version": "9.4.0", "search": "bench", "command": "bench", "maxresultrows": 50000,
        "earliest_time": "0", "latest_time": str(START + 90000),
    }
    header = COLUMNS + ["__mv_" + name for name in COLUMNS]
    with open(path, "wb") as out:
        out.write(frame({"action": "getinfo", "preview": False, "searchinfo": info}))
        chunk = []

        def flush():
            body = io.StringIO()
            writer = csv.writer(body, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(chunk)
            out.write(frame({"action": "execute", "finished": False}, body.getvalue().encode()))
            chunk.clear()

        for row in rows:
            chats = row[-1]
            plain = row[:-1] + ["\n".join(chats)]
            multi = [""] * (len(COLUMNS) - 1) + [";".join("$%s$" % chat for chat in chats) if len(chats) > 1 else ""]
            chunk.append(plain + multi)
            if len(chunk) == CHUNK_ROWS:
                flush()
        if chunk:
            flush()
        out.write(frame({"action": "execute", "finished": True}, (",".join(header) + "\n").encode()))


def measure(argv, path, env):
    """(CPU seconds, peak MiB) of one process over the request at `path`."""
    with open(path, "rb") as source, open(os.devnull, "wb") as sink:
        child = subprocess.Popen(argv, stdin=source, stdout=sink, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit("%s ended with %d" % (argv[1], child.returncode))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--entities", type=int, default=5_000)
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--python", default=sys.executable)
    options.add_argument("--out", default=str(ROOT / "build" / "bench.json"))
    given = options.parse_args()
    package = max((ROOT / "dist").glob(APP + "-*.tgz"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(package) as archive:
            archive.extractall(folder)  # noqa: S202  (our own package)
        app = Path(folder) / APP
        subprocess.run([given.python, "-m", "compileall", "-q", str(app)], check=True, env=env)
        env["BENCH_LIB"] = str(app / "lib")
        store = KVStore(Path(folder) / "kv.sqlite")
        for name in COLLECTIONS:
            store.define(APP, "teams_export_" + name)
        with RestServer(store) as server:
            path = Path(folder) / "request"
            request(path, minute_rows(given.rows, given.entities), server.url, server.sessions.open("admin"))
            commands = {
                "teamsexport": str(app / "bin" / "teamsexport.py"),
                "stock SDK": str(HERE / "commands" / "stock.py"),
                "csv only": str(HERE / "commands" / "csvonly.py"),
            }
            runs = {name: [] for name in commands}
            for _ in range(given.pairs):
                for name, script in commands.items():
                    runs[name].append(measure([given.python, script], path, env))
            size = path.stat().st_size
    report(given, size, runs)


def report(given, size, runs):
    version = subprocess.run([given.python, "-V"], check=True, capture_output=True, text=True).stdout.split()[1]
    figures = {
        "rows": given.rows, "entities": given.entities, "bytes": size, "python": version, "machine": platform.machine(),
        "pairs": given.pairs, "cpu_seconds": {}, "peak_mib": {}, "ratio": {},
    }
    for name, found in runs.items():
        figures["cpu_seconds"][name] = round(statistics.median(cpu for cpu, _ in found), 3)
        figures["peak_mib"][name] = round(max(peak for _, peak in found), 1)
    for name in ("stock SDK", "csv only"):
        pairs = [ours[0] / theirs[0] for ours, theirs in zip(runs["teamsexport"], runs[name])]
        figures["ratio"]["teamsexport / " + name] = round(statistics.median(pairs), 3)
    print(json.dumps(figures, indent=2))
    Path(given.out).parent.mkdir(parents=True, exist_ok=True)
    Path(given.out).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
