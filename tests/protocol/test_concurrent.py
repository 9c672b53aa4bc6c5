"""Fact: two committing runs started at once leave what one after the other leaves, in one of the two orders.

The suite tries it a few times; the full run is

    TEAMS_EXPORT_ROUNDS=100 python3 package.py test tests/protocol/test_concurrent.py
"""

from __future__ import annotations

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.protocol.records import ABROAD, HOME, HOUR, OFF, burst, history
from tests.protocol.site import LEASE, NOW, good

ROUNDS = int(os.environ.get("TEAMS_EXPORT_ROUNDS", "8"))
SCENES = 4 if ROUNDS < 50 else 20  # different pairs of runs; a pair is tried several times
PEOPLE = ("ann@x", "bob@x", "cem@x")


def pair(seed):
    """The rows of two runs: bursts that both have, and for each a part of the others, in any order."""
    draw = random.Random(seed)
    bursts = [
        burst(
            draw.choice(PEOPLE),
            NOW - draw.randrange(2, 20) * HOUR - draw.randrange(60) * 60,
            draw.choice((6, 12, 24)),
            chat="chat-%d" % draw.randrange(9),
            ClientIP=draw.choice((HOME, ABROAD)),
        )
        for _ in range(9)
    ]
    known = [row for person in PEOPLE[:2] for row in history(person, 6)]
    runs = []
    for own in (bursts[:6], bursts[3:]):
        rows = [row for one in own for row in one] + known
        draw.shuffle(rows)
        runs.append(rows)
    return runs


def commit(site, rows, on_step=None):
    """One committing run, with thresholds that most of the bursts reach."""
    args = [OFF, "record_threshold=10", "chat_threshold=2"]
    return good(site.search("teamsexportcommit", args, rows, on_step=on_step))


@pytest.fixture(scope="module")
def serial():
    """By scene: what the two orders leave, as far as it was needed."""
    return {}


def in_both_orders(sites, runs):
    """What is kept after one run and then the other, and the other way round."""
    ends = []
    for order in (runs, runs[::-1]):
        site = sites()
        for rows in order:
            commit(site, rows)
        ends.append(site.kept())
    return ends


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_runs_at_once_are_as_one_after_the_other(sites, serial, number):
    """Ledger and baseline are those of one of the two orders, all is delivered, and no lease is left."""
    scene = number % SCENES
    runs = pair(scene)
    if scene not in serial:
        serial[scene] = in_both_orders(sites, runs)
    site, together = sites(), threading.Barrier(2, timeout=60)

    def at_the_start(step, count, child):
        if step == "getinfo":  # both processes wait for their rows
            together.wait()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda rows: commit(site, rows, at_the_start), runs))
    kept = site.kept()
    assert kept["ledger"] and kept["baseline"]
    assert kept in serial[scene]
    assert {1} == {one["delivered"] for one in kept["ledger"].values()}
    raised = {
        row["alert_id"] for outcome in outcomes for row in outcome.rows if row["alert_state"] in ("new", "escalated")
    }
    assert set(kept["ledger"]) == raised
    assert {} == site.documents(LEASE)


def test_the_scenes_are_worth_trying():
    """In each scene the runs share rows, and each has rows of its own."""
    for scene in range(SCENES):
        first, second = ({row["_raw"] for row in rows} for rows in pair(scene))
        assert first & second and first - second and second - first


def test_the_order_matters_in_some_scene(sites, serial):
    """There are scenes whose two orders leave different ledgers, so that being one of the two says something."""
    for scene in range(SCENES):
        if scene not in serial:
            serial[scene] = in_both_orders(sites, pair(scene))
    assert any(first["ledger"] != second["ledger"] for first, second in serial.values())
    assert all(first["baseline"] == second["baseline"] for first, second in serial.values())
