"""Connections, the log of requests, and what a test may make go wrong."""

import dataclasses
import http.client
import socket
import threading

import pytest

from sandbox.kv import KVStore
from sandbox.rest import Caller, RestServer
from sandbox.rest.faults import Answer, CloseMidway, Delay, Disconnect, Drip, Empty, HalfSave, Hang, Stale, on
from sandbox.rest.traffic import Traffic

HERE = "/servicesNS/nobody/app/storage/collections/data/c"


@pytest.fixture
def server(tmp_path):
    kv = KVStore(tmp_path / "kv.db")
    kv.define("app", "c")
    with RestServer(kv) as running:
        yield running
    kv.close()


@pytest.fixture
def admin(server):
    return Caller(server.url, server.sessions.open("admin"))


def raw(server, text):
    """What the server answers to these bytes until it closes; the client never closes first."""
    host, _, port = server.url.rpartition("//")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_close_is_answered_when_asked_for(server):
    """`Connection: Close` is answered with `Connection: close` and a closed connection."""
    answer = raw(server, b"GET /services/server/info HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nConnection: close\r\n" in answer


def test_connection_is_kept_otherwise(server, admin):
    """Without that, several requests go over one connection."""
    with Caller(server.url, admin.key, keep=True) as caller:
        caller.post(HERE, {"_key": "k"})
        before = caller._connection.sock
        assert [200, 404, 200] == [caller.get(path).status for path in (HERE + "/k", HERE + "/none", HERE)]
        assert before is caller._connection.sock


def test_body_without_a_length_is_411(server):
    """A chunked body is refused, and the connection closed."""
    answer = raw(server, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 411 ")


def test_traffic_is_logged(server, admin):
    """Each request leaves method, path, query, status, bytes and account."""
    admin.post(HERE, {"_key": "k"})
    admin.get(HERE, limit=1)
    Caller(server.url).get(HERE)
    one, two, three = server.traffic.records()
    assert ("POST", HERE, "", 201, len('{"_key": "k"}'), len('{"_key": "k"}'), "admin", None) == dataclasses.astuple(
        one
    )
    assert ("GET", "limit=1", 200, 0, len(admin.get(HERE).body)) == (
        two.method,
        two.query,
        two.status,
        two.request_bytes,
        two.response_bytes,
    )
    assert (401, None) == (three.status, three.account)
    assert (3, 0, 4) == (
        server.traffic.count("GET"),
        server.traffic.count("DELETE"),
        server.traffic.count(containing="/data/"),
    )
    server.traffic.clear()
    assert 0 == server.traffic.count()


def test_answer_meets_the_next_requests_only(server, admin):
    """Three times 503, then the real answers again; other resources are not touched."""
    fault = server.faults.add(Answer(503, "KV store is starting"), times=3)
    assert 200 == admin.get("/services/server/info").status
    assert [(503, "KV store is starting")] * 3 == [
        (reply.status, reply.text) for reply in (admin.get(HERE), admin.post(HERE, {}), admin.delete(HERE))
    ]
    assert [] == admin.get(HERE).json
    assert (3, 0) == (fault.met, fault.left)
    assert ["Answer"] * 3 + [None] == [each.fault for each in server.traffic.records(containing="/data/")]


def test_answer_without_end_until_cleared(server, admin):
    """With times=None every request that fits meets it, until clear()."""
    server.faults.add(Answer(500), times=None, when=on("POST", "batch_save"))
    assert [500, 500, 200] == [
        admin.post(HERE + "/batch_save", []).status,
        admin.post(HERE + "/batch_save", []).status,
        admin.get(HERE).status,
    ]
    server.faults.clear()
    assert 200 == admin.post(HERE + "/batch_save", []).status


def test_fault_happens_at_least_once(server):
    """A fault that never happens is a mistake of the test."""
    with pytest.raises(ValueError, match="at least once"):
        server.faults.add(Answer(), times=0)


@pytest.mark.parametrize("handled", [False, True])
def test_handled_decides_whether_it_was_written(server, admin, handled):
    """The same failure may come before the work or after it."""
    server.faults.add(Answer(503, handled=handled))
    assert 503 == admin.post(HERE, {"_key": "k"}).status
    server.faults.add(Disconnect(handled=handled))
    with pytest.raises(http.client.RemoteDisconnected):
        admin.post(HERE, {"_key": "l"})
    assert (["k", "l"] if handled else []) == [each["_key"] for each in admin.get(HERE).json]
    assert [0] == [each.status for each in server.traffic.records() if each.fault == "Disconnect"]


def test_hang_never_answers_and_stop_lets_go(server, admin):
    """A request that hangs gets nothing; the client's own time-out ends it, and the server still stops."""
    fault = server.faults.add(Hang(), times=None)
    impatient = Caller(server.url, admin.key, timeout=0.2)
    with pytest.raises(socket.timeout):
        impatient.get(HERE)
    ended = []

    def patient():
        try:
            admin.get(HERE)
        except (OSError, http.client.HTTPException) as error:
            ended.append(error)

    waiting = threading.Thread(target=patient)
    waiting.start()
    while fault.met < 2:
        waiting.join(0.01)
    server.stop()
    waiting.join(30)
    assert 1 == len(ended)


def test_drip_sends_byte_by_byte(server, admin):
    """A dripping answer arrives in single bytes, whole in the end."""
    admin.post(HERE, {"_key": "k"})
    server.faults.add(Drip(pause=0.001))
    assert ["k"] == [each["_key"] for each in admin.get(HERE).json]


def test_drip_outlives_a_timeout_of_the_socket(server, admin):
    """Each byte comes in time for the socket, so that nothing but the stop of the server ends it."""
    server.faults.add(Drip(pause=0.05))
    got, started = [], threading.Event()

    def read():
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as connection:
            connection.sendall(f"GET {HERE} HTTP/1.1\r\nHost: x\r\nAuthorization: Splunk {admin.key}\r\n\r\n".encode())
            for byte in iter(lambda: connection.recv(1), b""):
                got.append(byte)
                if len(got) == 3:
                    started.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert started.wait(30)
    server.stop()
    reader.join(30)
    assert b"".join(got).startswith(b"HTT")
    assert b"\r\n\r\n" not in b"".join(got)


def test_connection_closed_midway(server, admin):
    """The head promises a length that does not come."""
    admin.post(HERE, {"_key": "k", "a": "x" * 100})
    server.faults.add(CloseMidway(0.5))
    with pytest.raises(http.client.IncompleteRead) as broken:
        admin.get(HERE)
    assert broken.value.partial.startswith(b'[{"')
    server.faults.add(CloseMidway(0))
    with pytest.raises(http.client.IncompleteRead):
        admin.get(HERE)


def test_empty_body_with_200(server, admin):
    """The work is done, the answer is 200 and empty."""
    server.faults.add(Empty())
    assert (200, b"") == admin.post(HERE + "/batch_save", [{"_key": "k"}])[::2]
    assert 1 == len(admin.get(HERE).json)


@pytest.mark.parametrize("status, keys", [(500, None), (200, ["k0", "k1"])])
def test_half_a_batch_is_saved(server, admin, status, keys):
    """Half of a batch is saved, and the answer is a failure or, with 200, has fewer keys; other requests are whole."""
    server.faults.add(HalfSave(status), times=None)
    reply = admin.post(HERE + "/batch_save", [{"_key": f"k{number}"} for number in range(4)])
    assert (status, keys) == (reply.status, reply.json if keys else None)
    assert ["k0", "k1"] == [each["_key"] for each in admin.get(HERE).json]
    assert 201 == admin.post(HERE, {}).status


def test_delay_answers_late_but_right(server, admin):
    """A delay changes nothing but time."""
    server.faults.add(Delay(0.05))
    assert 201 == admin.post(HERE, {}).status


def test_stale_reads_see_the_past_and_writes_the_present(server, admin):
    """Reads from a snapshot miss later writes, which are made all the same."""
    admin.post(HERE, {"_key": "old"})
    past = server.kv.snapshot()
    server.faults.add(Stale(past), times=None)
    assert 201 == admin.post(HERE, {"_key": "new"}).status
    assert ["old"] == [each["_key"] for each in admin.get(HERE).json]
    assert [["old"]] == [[each["_key"] for each in answer] for answer in admin.post(HERE + "/batch_find", [{}]).json]
    assert 404 == admin.get(HERE + "/new").status
    server.faults.clear()
    assert ["old", "new"] == [each["_key"] for each in admin.get(HERE).json]
    past.close()


def test_server_starts_once_and_stops_twice(tmp_path):
    """A second start is refused; a second stop does nothing; a stopped server has no URL."""
    kv = KVStore(tmp_path / "kv.db")
    server = RestServer(kv)
    server.start()
    with pytest.raises(RuntimeError, match="already listens"):
        server.start()
    server.stop()
    server.stop()
    with pytest.raises(RuntimeError, match="does not listen"):
        assert server.url
    kv.close()


def test_it_listens_on_loopback_only(server):
    """The address is 127.0.0.1."""
    assert server.url.startswith("http://127.0.0.1:")


def test_settling_waits_for_what_is_worked_on():
    """A request that is under way keeps the traffic from being settled; its end lets it."""
    traffic = Traffic()
    with traffic.under_way():
        with pytest.raises(TimeoutError, match="1 requests are still worked on"):
            traffic.settle(0.01)
    traffic.settle(0)
