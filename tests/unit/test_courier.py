"""One attempt to post, against real https servers with a CA of their own: what is sent, and what each failure is."""

from datetime import timedelta

import pytest

from teams_export_guard.courier import Courier
from teams_export_guard.retry import Outcome
from teams_export_guard.webhook_settings import parse_params
from tests.https.authority import Authority
from tests.https.receiver import CUT, DRIP, HANG, Proxy, Receiver, Reply

BODY, HEADERS = b'{"a":1}', {"Content-Type": "application/json", "X-One": "1"}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def receive(authority):
    """receive(*replies, hosts=...) starts a receiver that is stopped at the end."""
    running = []

    def start(*replies, hosts=("localhost", "127.0.0.1"), by=authority, **validity):
        running.append(Receiver(by.certificate(*hosts, **validity), *replies).__enter__())
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def post(authority):
    """post(url, **params) posts once, trusting the test's CA."""

    def post(url, seconds=20, **params):
        settings = parse_params({"url": url, "ca_file": str(authority.path), **params})
        return Courier(settings).post(BODY, HEADERS, seconds)

    return post


def test_body_and_headers_arrive(receive, post):
    """The body byte for byte, its length, our headers, and a name of our own instead of that of requests."""
    receiver = receive()
    assert Outcome() == post(receiver.url)
    (came,) = receiver.requests
    assert ("/hook", BODY, "1", "Teams-Export-Guard") == (
        came.path, came.body, came.headers["X-One"], came.headers["User-Agent"]
    )
    assert str(len(BODY)) == came.headers["Content-Length"]
    assert "Authorization" not in came.headers


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_delivered(receive, post, status):
    """Whatever the receiver answers, if it is a success."""
    assert "" == post(receive(Reply(status)).url).fault


@pytest.mark.parametrize("status, again", [(400, False), (401, False), (404, False), (410, False), (429, True),
                                           (500, True), (502, True), (503, True)])
def test_faults_say_whether_later_may_be_better(receive, post, status, again):
    """429 and 5xx may pass; another 4xx will not."""
    outcome = post(receive(Reply(status)).url)
    assert ("it answered %d" % status, again) == (outcome.fault, outcome.again)


def test_retry_after_is_handed_on(receive, post):
    """As the receiver wrote it."""
    assert "7" == post(receive(Reply(429, (("Retry-After", "7"),))).url).retry_after


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receive, post, status):
    """The place that is named gets nothing."""
    elsewhere = receive()
    outcome = post(receive(Reply(status, (("Location", elsewhere.url),))).url)
    assert ("it answered %d, and redirects are not followed" % status, False) == (outcome.fault, outcome.again)
    assert [] == elsewhere.requests


@pytest.mark.parametrize("hosts, validity, words", [
    (("elsewhere.example",), {}, "mismatch"),
    (("localhost",), {"begins": -2 * DAY, "ends": -DAY}, "expired"),
    (("localhost",), {"begins": DAY, "ends": 2 * DAY}, "not yet valid"),
])
def test_bad_certificates_are_refused(receive, post, hosts, validity, words):
    """Another name, expired, not yet valid: nothing is sent, and trying again is no use."""
    receiver = receive(hosts=hosts, **validity)
    outcome = post(receiver.url)
    assert outcome.fault.startswith("its certificate is not trusted: ")
    assert (True, False, []) == (words in outcome.fault, outcome.again, receiver.requests)


def test_another_ca_is_refused(receive, post, tmp_path):
    """A certificate of the right name from a CA that the admin did not name."""
    receiver = receive(by=Authority(tmp_path, "Other CA"))
    outcome = post(receiver.url)
    assert (True, False, []) == ("not trusted" in outcome.fault, outcome.again, receiver.requests)


def test_without_a_ca_file_the_public_cas_count(receive, post):
    """The test's own CA is none of certifi's."""
    receiver = receive()
    assert "not trusted" in post(receiver.url, ca_file="").fault
    assert [] == receiver.requests


def test_environment_changes_nothing(receive, post, monkeypatch, authority):
    """No proxy, no CA and no switch that turns verifying off is taken from it."""
    receiver = receive()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")  # splunkd sets it for its children
    assert "" == post(receiver.url).fault
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
    assert "not trusted" in post(receiver.url, ca_file="").fault


def test_ca_file_may_begin_with_splunk_home(receive, post, monkeypatch, authority):
    """As paths in conf files do."""
    monkeypatch.setenv("SPLUNK_HOME", str(authority.path.parent))
    assert "" == post(receive().url, ca_file="$SPLUNK_HOME/" + authority.path.name).fault


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_unusable_ca_file_is_a_fault(receive, post, tmp_path, content):
    """One that is missing or holds no certificate: nothing is sent."""
    path = tmp_path / "some.pem"
    if content is not None:
        path.write_text(content)
    receiver = receive()
    outcome = post(receiver.url, ca_file=str(path))
    assert outcome.fault.startswith(("the CA file cannot be used", "the TLS connection failed"))
    assert [] == receiver.requests


def test_nobody_listens(authority, post):
    """A refused connection may be accepted later; what is said has no address in it."""
    with Receiver(authority.certificate("localhost")) as receiver:
        url = receiver.url
    outcome = post(url)
    assert (True, True) == ("refused" in outcome.fault.lower(), outcome.again)
    assert "hook" not in outcome.fault


def test_unknown_host(post):
    """A name that is not there."""
    outcome = post("https://nowhere.invalid/hook")
    assert (True, True) == (outcome.fault.startswith("the connection failed"), outcome.again)


@pytest.mark.parametrize("reply", [HANG, DRIP], ids=["hang", "drip"])
def test_silence_and_drops_end_in_time(receive, post, reply):
    """A receiver that says nothing, or a byte at a time, costs the time that was given, and nothing is delivered."""
    outcome = post(receive(reply).url, seconds=1, read_timeout="1")
    assert (True, True) == (" in time" in outcome.fault or "within 1 s" in outcome.fault, outcome.again)


def test_cut_connection_may_be_tried_again(receive, post):
    """An answer that never begins because the connection ends."""
    assert post(receive(CUT).url).again


def test_proxy_is_asked_for_a_tunnel(receive, post):
    """The proxy sees the host and port, not the path; the receiver is verified through it."""
    receiver = receive()
    with Proxy() as proxy:
        assert "" == post(receiver.url, proxy=proxy.url).fault
    assert (["localhost:%d" % receiver.port], 1) == (proxy.asked, len(receiver.requests))


def test_certificate_is_verified_through_a_proxy(receive, post):
    """A tunnel makes no certificate good."""
    receiver = receive(hosts=("elsewhere.example",))
    with Proxy() as proxy:
        assert "not trusted" in post(receiver.url, proxy=proxy.url).fault
    assert [] == receiver.requests


def test_proxy_that_refuses(receive, post):
    """What it answers is said; it may let us through later."""
    with Proxy(407) as proxy:
        outcome = post(receive().url, proxy=proxy.url)
    assert (True, True) == ("407" in outcome.fault, outcome.again)


@pytest.mark.parametrize("url", ["https://localhost:{port}/secret-path", "https://nowhere.invalid/secret-path"])
def test_no_fault_repeats_the_address(receive, post, url):
    """The path of an address may be a secret; requests' own texts have it in them."""
    receiver = receive(hosts=("elsewhere.example",))
    assert "secret-path" not in post(url.format(port=receiver.port)).fault
