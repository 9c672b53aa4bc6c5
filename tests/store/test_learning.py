"""How many requests learning takes: the repository over the adapter and the lease, before a server that counts."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from sandbox.kv import KVStore as Documents
from sandbox.rest import RestServer
from teams_export_guard import kvstore
from teams_export_guard.baseline import Baseline, Key
from teams_export_guard.documents import BASELINE, COLLECTIONS, LEASE, baseline_key
from teams_export_guard.kvstore import APP, KVStore
from teams_export_guard.lease import Lease, holding
from teams_export_guard.repository import Repository
from teams_export_guard.transport import Transport

DAY = 86400
FULL = kvstore.BATCH_QUESTIONS
KEYS = sorted((Key("t1", "user:%d@t" % number, "activity", "*") for number in range(3 * FULL)), key=baseline_key)  # the order in which they are asked for


@pytest.fixture
def server(tmp_path):
    kv = Documents(tmp_path / "kv.sqlite")
    for name in COLLECTIONS:
        kv.define(APP, name)
    with RestServer(kv) as running:
        yield running
    kv.close()


def learn(server, keys, moment):
    """How often a run that learns ``keys``, seen at ``moment``, makes each request: (collection, last part of the path)."""
    server.traffic.clear()
    transport = Transport(server.url, server.sessions.open("admin"))
    store = KVStore(transport)
    with holding(Lease(store, "test", time.time, time.sleep)) as check:
        repository = Repository(store, check)
        repository.save_baseline(repository.changed(Baseline({key: {moment // DAY: moment} for key in keys})))
    transport.close()
    paths = [one.path.partition("/data/")[2] for one in server.traffic.records(containing="/data/")]
    requests = [tuple(path.partition("/")[::2]) for path in paths]
    assert [(LEASE, ""), (LEASE, "")] == [requests[0], requests[-1]]
    return Counter(requests)


def asked(found, saved):
    """The requests of a run that takes the lease, finds, makes sure of the lease once, saves, and gives it up."""
    counts = {(BASELINE, "batch_find"): found, (BASELINE, "batch_save"): saved, (LEASE, "batch_find"): 1 if saved else 0}
    return +Counter({(LEASE, ""): 2, **counts})


def test_a_request_for_each_batch(server):
    """Seen and changed: two batches of new ones; then three of which one is new, on the next day; then nothing new."""
    assert asked(2, 2) == learn(server, KEYS[: 2 * FULL], 10 * DAY)
    assert asked(3, 3) == learn(server, KEYS, 11 * DAY)
    assert asked(3, 0) == learn(server, KEYS, 11 * DAY + 60)


def test_new_documents_among_known_ones_cost_no_second_look(server):
    """Every other key is there, but not the last of the first batch: that one alone is asked for again."""
    learn(server, KEYS[1 : 2 * FULL : 2], 10 * DAY)
    assert asked(3, 2) == learn(server, KEYS[: 2 * FULL], 11 * DAY)
