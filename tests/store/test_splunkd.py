"""What the adapter to splunkd keeps beyond the port: batches, pages, connections, and answers that were cut."""

from __future__ import annotations

import threading

import pytest

from sandbox.kv import KVStore as Documents
from sandbox.kv.limits import Limits
from sandbox.rest import RestServer
from sandbox.rest.faults import Answer, Drip, Empty, HalfSave, on
from teams_export_guard.errors import LeaseLost, StoreError, StoreUnavailable
from teams_export_guard.kvstore import KVStore
from teams_export_guard.transport import Transport

APP, HERE = "teams_export_guard", "teams_export_alerts"
SAVE = on("POST", "/batch_save")
MEGABYTE = 1000 * 1000


def nothing():
    """A check before a batch that finds nothing wrong."""


@pytest.fixture
def serve(tmp_path):
    """serve(**limits) gives a running server; it is stopped at the end."""
    running = []

    def start(**limits):
        kv = Documents(tmp_path / ("kv%d.sqlite" % len(running)), Limits(**limits))
        kv.define(APP, HERE)
        running.append(RestServer(kv))
        running[-1].start()
        return running[-1]

    yield start
    for server in running:
        server.stop()
        server.kv.close()


@pytest.fixture
def over():
    """over(server) is the adapter, which does not sleep between two attempts; its connection is closed at the end."""
    transports = []

    def make(server, sleep=lambda seconds: None, **more):
        transports.append(Transport(server.url, server.sessions.open("admin"), sleep=sleep, **more))
        return KVStore(transports[-1])

    yield make
    for transport in transports:
        transport.close()


def documents(count, size=1):
    return [{"_key": "k%05d" % number, "text": "x" * size} for number in range(count)]


def test_batches_of_at_most_1000(serve, over):
    """2,500 documents are three batches, each checked before."""
    server, checks = serve(), []
    over(server).save(HERE, documents(2500), lambda: checks.append(len(server.traffic.records())))
    assert [200, 200, 200] == [one.status for one in server.traffic.records("POST", "/batch_save")]
    assert [0, 1, 2] == checks


def test_batches_of_less_than_40_megabytes(serve, over):
    """50 MB of documents go in two batches, none above 40 MB."""
    server = serve()
    over(server).save(HERE, documents(5, 10 * MEGABYTE), nothing)
    sizes = [one.request_bytes for one in server.traffic.records("POST", "/batch_save")]
    assert 2 == len(sizes) and max(sizes) < 40 * MEGABYTE
    assert 5 == len(server.kv.find_all(APP, "nobody", HERE))


def test_a_lost_lease_stops_between_two_batches(serve, over):
    """The first batch is written, the second is not."""
    server, checks = serve(), []

    def lost():
        checks.append(1)
        if len(checks) == 2:
            raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        over(server).save(HERE, documents(1500), lost)
    assert 1000 == len(server.kv.find_all(APP, "nobody", HERE))


def test_documents_of_many_megabytes_come_by_key(serve, over):
    """Documents of more than one answer holds without being cut all come, by key and as a list."""
    server = serve()
    store = over(server)
    store.save(HERE, documents(12, MEGABYTE), nothing)
    server.kv.limits = Limits(max_size_per_result_mb=5, max_size_per_batch_result_mb=5)
    assert 12 == len(store.get(HERE, [one["_key"] for one in documents(13)]))
    assert 12 == len(store.all(HERE, {}))


@pytest.mark.parametrize(
    "limits", [{"max_rows_per_query": 7}, {"max_size_per_batch_result_mb": 1}], ids=("rows", "size")
)
def test_lists_of_keys_that_limits_cut_are_whole(serve, over, limits):
    """Fewer rows or bytes than was asked for: the keys are asked for further on, until none comes."""
    store, keys = over(serve(**limits)), [("k%05d" % number).ljust(1000, "x") for number in range(1500)]
    store.save(HERE, [{"_key": key, "tenant": "t%d" % (index % 3)} for index, key in enumerate(keys)], nothing)
    assert keys == sorted(store.keys_where(HERE, [{"tenant": "t%d" % number} for number in (0, 1, 7, 2)]))


def test_documents_that_the_lowest_limit_cuts_come_by_key(serve, over):
    """Two megabytes of documents come through answers of one; what stands before the cut is not asked for again."""
    server = serve(max_size_per_batch_result_mb=1)
    store, known = over(server), documents(100, 20 * 1000)
    store.save(HERE, known, nothing)
    server.traffic.clear()
    keys = [key for one in known for key in ("absent " + one["_key"], one["_key"])]
    assert [one["_key"] for one in known] == sorted(store.get(HERE, keys))
    first, second, *_ = (one.request_bytes for one in server.traffic.records("POST", "/batch_find"))
    assert second < 0.6 * first


def requests(server, read):
    """The sizes of the requests that find something for ``read()``."""
    server.traffic.clear()
    read()
    return [one.request_bytes for one in server.traffic.records("POST", "/batch_find")]


def test_absent_keys_are_asked_for_once(serve, over):
    """None there: one request. Some there: what is behind the last of them is asked again, and after that no more."""
    server = serve()
    store, known = over(server), documents(3)
    store.save(HERE, known, nothing)
    absent = ["absent %d" % number for number in range(900)]
    some = [one["_key"] for one in known] + absent
    assert 1 == len(requests(server, lambda: store.get(HERE, absent)))
    assert 2 == len(requests(server, lambda: store.get(HERE, some)))
    assert 1 == len(requests(server, lambda: store.get(HERE, some)))
    assert 1 == len(requests(server, lambda: store.get(HERE, absent)))


def test_a_document_that_went_vouches_for_nothing(serve, over):
    """The known one is deleted meanwhile: what is behind the last answer is asked again, and all comes."""
    server = serve()
    store, known = over(server), documents(3)
    store.save(HERE, known, nothing)
    first, second, third = (one["_key"] for one in known)
    store.get(HERE, [third, "absent"])
    store.delete(HERE, {"_key": third})
    assert [first, second] == list(store.get(HERE, [first, second, "absent"]))


def test_one_question_is_asked_alone(serve, over):
    """One document is never cut, so nothing need vouch for it: the lease, for one, is asked for as shortly as can be."""
    server = serve()
    store, (one, other) = over(server), documents(2)
    store.save(HERE, [one, other], nothing)
    sizes = [requests(server, lambda: store.get(HERE, [one["_key"]])) for _ in range(2)]
    assert sizes[0] == sizes[1]


def test_queries_without_a_match_are_asked_once(serve, over):
    """Only what had a page is asked on: of a thousand owners one has alerts, and the last request asks for more of his."""
    server = serve()
    store = over(server)
    store.save(HERE, [dict(one, tenant="t7") for one in documents(3)], nothing)
    queries = [{"tenant": "t%d" % number} for number in range(900)]
    found = []
    requests(server, lambda: found.extend(store.keys_where(HERE, queries)))
    first, second = requests(server, lambda: found.extend(store.keys_where(HERE, queries)))
    assert 6 == len(found) and second < first / 100


def test_one_connection_serves_a_whole_run(serve, over):
    """The connection is kept: many requests, one connection."""
    server, threads = serve(), set()
    server.faults.add(Answer(), times=None, when=lambda request: threads.add(threading.current_thread()))  # one each
    store = over(server)
    store.save(HERE, documents(2500), nothing)
    store.all(HERE, {})
    assert 6 <= server.traffic.count()
    assert 1 == len(threads)


def test_half_a_batch_is_saved_again(serve, over):
    """A batch of which only half was saved is saved once more as a whole."""
    server = serve()
    server.faults.add(HalfSave(200), times=2)
    over(server).save(HERE, documents(10), nothing)
    assert 10 == len(server.kv.find_all(APP, "nobody", HERE))


def test_half_a_batch_three_times_is_an_error(serve, over):
    """The error says how many of how many were saved."""
    server = serve()
    server.faults.add(HalfSave(200), times=3)
    with pytest.raises(StoreUnavailable, match="saved only 5 of 10 documents of teams_export_alerts"):
        over(server).save(HERE, documents(10), nothing)


def test_the_time_for_trouble_is_shared_by_all_requests(serve, over):
    """Two requests that each meet trouble for 30 of the 50 seconds are too much for one run."""
    server, clock = serve(), [0.0]

    def sleep(seconds):
        clock[0] += 30.0

    store = over(server, sleep, clock=lambda: clock[0])
    server.faults.add(Answer(503))
    server.faults.add(Answer(503), times=None, when=SAVE)
    assert [] == store.all(HERE, {})
    with pytest.raises(StoreUnavailable, match="answered 503"):
        store.save(HERE, documents(1), nothing)


def test_an_empty_answer_to_a_read_is_tried_again(serve, over):
    """200 without a body says nothing, not that there is nothing."""
    server = serve()
    store = over(server)
    store.save(HERE, documents(3), nothing)
    server.faults.add(Empty(), times=2)
    assert 3 == len(store.all(HERE, {}))


@pytest.mark.parametrize(
    "status, words", [(400, "wrong"), (401, "session"), (403, "teams_export_admin"), (404, "installed")]
)
def test_refusals_are_not_tried_again(serve, over, status, words):
    """Below 500, one request is enough to know; the error has the status and what to do."""
    server = serve()
    server.faults.add(Answer(status, "wrong"), times=None)
    with pytest.raises(StoreError, match=r"\(%d\).*%s" % (status, words)):
        over(server).all(HERE, {})
    assert 1 == server.traffic.count()


def test_half_an_answer_is_no_answer(serve, over):
    """A server that drips is cut off when the time for one attempt is over, and what came by then is not believed."""
    server = serve()
    server.faults.add(Drip(0.05), times=None)  # the status line is there after a second, the whole answer after ten
    store = over(server, trouble_seconds=2.0, attempt_seconds=1.2)
    with pytest.raises(StoreUnavailable, match="no whole answer came within 1 s"):
        store.insert(HERE, {"_key": "commit"})
