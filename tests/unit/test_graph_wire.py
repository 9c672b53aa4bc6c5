"""One request to Graph, against a real https server with a CA of its own, through a real proxy."""

import pytest

from teams_export_guard.graph_client import Effects, Graph
from teams_export_guard.graph_schema import ASSIGNMENTS
from teams_export_guard.graph_settings import GraphSettings
from teams_export_guard.graph_wire import HttpsWire
from tests.graph.server import HOSTS, GraphServer
from tests.graph.tenant import CLIENT, GRAPH, SECRET, TENANT, Answer, Tenant, said
from tests.https.authority import Authority
from tests.support import Clock

URL = "https://%s/v1.0/x?$a=%%7e%%2F~" % GRAPH


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def serve(authority):
    """serve(hosts) starts a Graph that is stopped at the end."""
    running = []

    def start(*hosts, by=authority):
        running.append(GraphServer(Tenant(page=2), by.certificate(*(hosts or HOSTS))).__enter__())
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def wires(authority):
    """wires(server) makes a wire through its proxy; all are closed at the end."""
    made = []

    def make(server, ca_file=str(authority.path)):
        made.append(HttpsWire(server.proxy, ca_file))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_requests_arrive_as_they_are(serve, wires):
    """Method, address with its escapes, headers and body; nothing from the environment."""
    server = serve()
    seen = []
    server.tenant.answer = lambda *request: seen.append(request) or said(200, {"a": 1})
    reply = wires(server).send("POST", URL, {"X-One": "1"}, b"a=b", 20)
    assert (200, b'{"a": 1}', "", "") == (reply.status, reply.body, reply.retry_after, reply.fault)
    ((method, host, target, headers, body),) = seen
    assert ("POST", GRAPH, b"a=b", "1") == (method, host, body, headers["X-One"])
    assert "Teams-Export-Guard" == headers["User-Agent"]
    assert "$a=" in target and "%2F" in target
    assert [GRAPH + ":443"] == server.connects


def test_one_connection_serves_many_requests(serve, wires):
    """The proxy is asked once for each host."""
    server = serve()
    wire = wires(server)
    for _ in range(3):
        wire.send("GET", URL, {}, b"", 20)
    assert [GRAPH + ":443"] == server.connects


def test_redirects_are_not_followed(serve, wires):
    """The token would go along; the answer is handed on."""
    server = serve()
    server.tenant.fail("x", Answer(302, b"", (("Location", "https://login.microsoftonline.com/y"),)))
    assert 302 == wires(server).send("GET", URL, {}, b"", 20).status
    assert 1 == len(server.tenant.asked)


def test_retry_after_is_handed_on(serve, wires):
    """As it came."""
    server = serve()
    server.tenant.fail("x", Answer(429, b"", (("Retry-After", "7"),)))
    assert "7" == wires(server).send("GET", URL, {}, b"", 20).retry_after


@pytest.mark.parametrize("fault", ["cut", "cut-before"])
def test_a_cut_answer_is_a_fault(serve, wires, fault):
    """Not an answer that is shorter; later may be better. The next request has a connection of its own."""
    server = serve()
    server.tenant.fail("x", Answer(200, b'{"value": []}', (), fault))
    wire = wires(server)
    reply = wire.send("GET", URL, {}, b"", 20)
    assert (True, 0) == (reply.again, reply.status) and reply.fault
    assert 401 == wire.send("GET", URL, {}, b"", 20).status


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_an_answer_that_does_not_end_is_left(serve, wires, fault):
    """Also one that sends a byte now and then, which no socket's time-out meets."""
    server = serve()
    server.tenant.fail("x", Answer(200, b"", (), fault))
    reply = wires(server).send("GET", URL, {}, b"", 0.5)
    assert ("no whole answer came within 0 s", True) == (reply.fault, reply.again)


def test_a_certificate_that_is_not_trusted_is_refused(serve, wires, tmp_path):
    """Of another CA, for another name, or with no CA file at all; it is not tried again and nothing is sent."""
    server, other = serve(), Authority(tmp_path, "Other CA")
    for reply in (wires(server, ca_file=str(other.path)).send("GET", URL, {}, b"", 20),
                  wires(server, ca_file="").send("GET", URL, {}, b"", 20),
                  wires(serve("evil.example")).send("GET", URL, {}, b"", 20)):  # fmt: skip
        assert "its certificate is not trusted" in reply.fault and not reply.again
    assert [] == server.tenant.asked


def test_a_proxy_that_refuses_is_said(serve, wires):
    """With what it answered."""
    reply = wires(serve()).send("GET", "https://elsewhere.example/", {}, b"", 20)
    assert "the proxy could not be reached or refused" in reply.fault and "403" in reply.fault


def test_a_ca_file_that_is_not_there_is_said(serve, wires):
    """And nothing is sent without it."""
    server = serve()
    assert wires(server, ca_file="/nowhere/ca.pem").send("GET", URL, {}, b"", 20).fault
    assert [] == server.tenant.asked


def test_an_answer_without_end_in_size_is_refused(serve, wires):
    """Memory is not a Graph's to fill."""
    server = serve()
    server.tenant.fail("x", Answer(200, b" " * (64 * 1024 * 1024 + 1)))
    reply = wires(server).send("GET", URL, {}, b"", 60)
    assert "larger than" in reply.fault and not reply.again


def test_a_whole_list_through_trouble(serve, wires):
    """Cut, throttled, broken and expired on its way, and yet each entry once."""
    server, clock = serve(), Clock()
    for number in range(9):
        server.tenant.assign(server.tenant.user(number))
    for answer in (Answer(200, b"{", (), "cut"), Answer(503), Answer(429, b"", (("Retry-After", "1"),))):
        server.tenant.fail("skiptoken", answer)
    server.tenant.token_uses = 3
    graph = Graph(GraphSettings(TENANT, CLIENT), lambda url: {"client_secret": SECRET},
                  Effects(lambda settings: wires(server), clock, clock, clock.sleep, lambda: 0.5))  # fmt: skip
    found = [entry["principalId"] for entry in graph.entries(ASSIGNMENTS)]
    assert [entry["principalId"] for entry in server.tenant.lists["roleAssignments"]] == found
