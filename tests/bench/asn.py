"""Prints how long the ASN table takes to open and to look up 12,000 distinct addresses.

    python tests/bench/asn.py [TABLE]      TABLE as `package.py build` leaves it under build/

Each figure is processor time, the best and the median of 15 runs in one process; opening is measured on a warm
page cache, and says nothing about the import of Python modules. Addresses are drawn with a fixed
seed: 85 % IPv4, 15 % IPv6 (as a busy tenant may see them), and once more all of one family.
"""
import random
import statistics
import sys
import time
from functools import partial
from ipaddress import IPv6Address
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bin"))

from teams_export_guard.asn_file import open_asn_table

COUNT = 12_000
RUNS = 15


def addresses(share_v6, seed=20260617):
    """``COUNT`` distinct plain addresses; the IPv6 ones begin as most announced ranges do."""
    draw = random.Random(seed)
    found = set()
    while len(found) < COUNT * share_v6:
        upper = draw.choice((0x2001, 0x2400, 0x2600, 0x2A00)) + draw.randrange(16)
        found.add(str(IPv6Address(upper << 112 | draw.randrange(0x400) << 100 | draw.getrandbits(100))))
    while len(found) < COUNT:
        found.add(".".join(str(draw.randrange(256)) for _ in range(4)))
    return sorted(found)


def milliseconds(action):
    """Best and median processor time of ``action``."""
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        action()
        times.append(1000 * (time.process_time() - begin))
    return f"best {min(times):6.2f} ms, median {statistics.median(times):6.2f} ms"


def main(arguments):
    """Print the figures of the given table, else of the newest one that was built."""
    built = sorted(ROOT.glob("build/asn-*.bin"), key=lambda path: path.stat().st_mtime)
    tables = [Path(argument) for argument in arguments] or built
    if not tables:
        sys.exit("There is no table under build/; run `python3 package.py build` first.")
    table = open_asn_table(tables[-1])
    print(f"Python {sys.version.split()[0]}, {tables[-1].name}, {table.ranges}, of {table.date}")
    print(f"open                     {milliseconds(lambda: open_asn_table(tables[-1]))}")
    for name, share in (("85 % IPv4, 15 % IPv6", 0.15), ("IPv4 only", 0), ("IPv6 only", 1)):
        many = addresses(share)
        hits = sum(asn is not None for asn in table.lookup_many(many).values())
        print(f"{COUNT} x {name:21}{milliseconds(partial(table.lookup_many, many))}, {hits} known")


if __name__ == "__main__":
    main(sys.argv[1:])
