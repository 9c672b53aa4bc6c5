"""Requests to splunkd over real sockets: retries, time-outs, and when to give up."""

import socket

import pytest

from sandbox.kv import KVStore as Stored
from sandbox.rest import RestServer
from sandbox.rest.faults import Answer, CloseMidway, Disconnect, Drip, Empty, Hang
from teams_export_guard.errors import StoreUnavailable
from teams_export_guard.transport import ATTEMPT_SECONDS, TROUBLE_SECONDS, Transport
from tests.support import Clock

DATA = "/servicesNS/nobody/app/storage/collections/data/c"


@pytest.fixture
def server(tmp_path):
    kv = Stored(tmp_path / "kv.db")
    kv.define("app", "c", {})
    with RestServer(kv) as running:
        yield running
    kv.close()


@pytest.fixture
def clock():
    return Clock(0.0)


@pytest.fixture
def transports(server, clock):
    made = []

    def make(uri=None, **more):
        made.append(
            Transport(
                uri or server.url, server.sessions.open("admin"), **{"clock": clock, "sleep": clock.sleep, **more}
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def transport(transports):
    return transports()


def dead_uri():
    """The address of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "http://127.0.0.1:%d" % probe.getsockname()[1]


def test_budget_leaves_room_below_a_minute():
    """Failed attempts, and the last one's time-out, end before the contract's 60 seconds."""
    assert TROUBLE_SECONDS < 60
    assert ATTEMPT_SECONDS < TROUBLE_SECONDS


def test_answer(transport):
    """Status and body of what the server says."""
    assert (200, b"[]") == transport.request("GET", DATA)


def test_token_and_type_go_with_a_request(server, transport):
    """The session's account is the one that is asked for; a body is JSON."""
    assert 201 == transport.request("POST", DATA, b'{"_key": "a"}').status
    assert ["admin"] == [one.account for one in server.traffic.records()]


def test_connection_is_kept(transport):
    """Several requests go over one connection."""
    transport.request("GET", DATA)
    kept = transport._connection.sock
    transport.request("GET", DATA)
    assert kept is transport._connection.sock


@pytest.mark.parametrize("path, status", [(DATA + "/none", 404),
("/servicesNS/nobody/app/storage/collections/data/none", 404)])
def test_refusals_are_answers(server, transport, path, status):
    """What is below 500 is the caller's to understand: one request, no retry."""
    assert status == transport.request("GET", path).status
    assert 1 == transport.requests


def test_bad_session_is_an_answer(server, clock):
    """401 is not tried again."""
    stranger = Transport(server.url, "nobody's", clock=clock, sleep=clock.sleep)
    assert (401, 0.0) == (stranger.request("GET", DATA).status, clock.now)
    stranger.close()


@pytest.mark.parametrize("effect", [Answer(503), Answer(500), Disconnect(), CloseMidway(0.5)])
def test_trouble_that_passes(server, transport, clock, effect):
    """5xx, a closed connection, half an answer: tried again until it works, with growing pauses."""
    server.faults.add(effect, times=3)
    assert (200, b"[]") == transport.request("GET", DATA)
    assert (4, pytest.approx(1.7)) == (transport.requests, clock.now)


def test_empty_answer_is_trouble_where_a_body_is_needed(server, transport):
    """200 with nothing in it is tried again if asked for, else given back."""
    server.faults.add(Empty(), times=1)
    assert b"" == transport.request("GET", DATA).body
    server.faults.add(Empty(), times=1)
    assert b"[]" == transport.request("GET", DATA, needs_body=True).body


def test_trouble_that_lasts(server, transport, clock):
    """The sentence names the request and the last fault; pauses count as trouble."""
    server.faults.add(Answer(503), times=None)
    with pytest.raises(StoreUnavailable, match=r"within 60 seconds \(last attempt: GET .*/c: it answered 503\)"):
        transport.request("GET", DATA + "?query=secret")
    assert clock.now <= TROUBLE_SECONDS


def test_query_is_left_out_of_the_sentence(server, transport):
    """It may hold names of users."""
    server.faults.add(Answer(503), times=None)
    with pytest.raises(StoreUnavailable) as caught:
        transport.request("GET", DATA + "?query=secret")
    assert "secret" not in str(caught.value)


def test_trouble_is_shared_by_all_requests(server, transport, clock):
    """What earlier requests spent is not given again."""
    server.faults.add(Answer(503), times=9)
    transport.request("GET", DATA)
    spent = clock.now
    server.faults.add(Answer(503), times=None)
    with pytest.raises(StoreUnavailable):
        transport.request("GET", DATA)
    assert 20 < spent < clock.now <= TROUBLE_SECONDS


def test_nobody_listens(transports):
    """A refused connection is trouble like any other, and said by name."""
    with pytest.raises(StoreUnavailable, match="ConnectionRefusedError"):
        transports(dead_uri()).request("GET", DATA)


def test_server_that_comes_back(server, transports, clock):
    """Restarted between two requests, it is connected to anew."""
    transport = transports()
    transport.request("GET", DATA)
    transport._connection.sock.shutdown(socket.SHUT_RDWR)
    assert 200 == transport.request("GET", DATA).status


@pytest.mark.parametrize("effect", [Hang(), Drip(pause=0.05)])
def test_attempt_that_never_ends(server, transports, effect):
    """A server that hangs, or drips bytes so that no socket time-out helps, is cut off after the attempt's time."""
    server.faults.add(effect, times=None)
    transport = transports(trouble_seconds=0.05, attempt_seconds=0.3)
    with pytest.raises(StoreUnavailable):
        transport.request("GET", DATA)
    assert 1 == transport.requests


def test_hanging_attempt_is_followed_by_another(server, transports):
    """The second attempt opens a new connection and succeeds."""
    server.faults.add(Hang(), times=1)
    assert 200 == transports(attempt_seconds=0.3).request("GET", DATA).status


def test_write_that_arrived_without_an_answer_is_repeated(server, transport):
    """The same document again: the key is taken, which the caller sees as 409."""
    server.faults.add(Answer(503, handled=True), times=1)
    assert 409 == transport.request("POST", DATA, b'{"_key": "a"}').status


def test_closing_twice(transport):
    """Closing is no fault, before the first request, after the last, and again."""
    transport.close()
    transport.request("GET", DATA)
    transport.close()
    transport.close()
    assert 200 == transport.request("GET", DATA).status


@pytest.mark.parametrize(
    "uri, host, port, verified",
    [("https://127.0.0.1:8089", "127.0.0.1", 8089, False), ("https://localhost", "localhost", 8089, False),
     ("https://[::1]:9000", "::1", 9000, False), ("https://splunk.example.com:8089", "splunk.example.com", 8089, True)],
)
def test_only_loopback_is_taken_without_a_certificate(uri, host, port, verified):
    """Any other host must show a certificate that the machine trusts."""
    connection = Transport(uri, "t")._open(1.0)
    assert (host, port, verified, verified) == (
        connection.host, connection.port, connection._context.check_hostname, bool(connection._context.verify_mode)
    )


def test_slow_answers_use_up_the_time_for_trouble(server, clock):
    """Answers that take longer than 5 seconds are used, but after a minute of them the run gives up."""

    class Slow(Transport):
        def _once(self, *request):
            clock.sleep(14)
            return super()._once(*request)

    slow = Slow(server.url, server.sessions.open("admin"), clock=clock, sleep=clock.sleep)
    answered = 0
    with pytest.raises(StoreUnavailable, match="could not be used within 60 seconds"):
        for _ in range(10):
            assert 200 == slow.request("GET", DATA).status
            answered += 1
    slow.close()
    assert 14 * (answered + 1) < 60


def test_quick_answers_never_use_it_up(server, clock):
    """A long run of quick requests may take minutes."""

    class Quick(Transport):
        def _once(self, *request):
            clock.sleep(4)
            return super()._once(*request)

    quick = Quick(server.url, server.sessions.open("admin"), clock=clock, sleep=clock.sleep)
    assert {200} == {quick.request("GET", DATA).status for _ in range(30)}
    quick.close()
