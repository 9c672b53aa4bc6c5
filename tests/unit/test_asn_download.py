"""Fetching a file over https, against real servers with a CA of their own: what arrives, and what each failure is."""

from datetime import timedelta

import pytest

from teams_export_guard.asn_download import download
from teams_export_guard.asn_request import parse
from teams_export_guard.errors import DownloadFailed
from tests.https.authority import Authority
from tests.https.receiver import File, FileServer, Proxy

BODY = b"1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n" * 100
DAY = timedelta(days=1)
SECRET = "k3y-of-the-licence"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def serve(authority):
    """serve(file, ...) starts a server that is stopped at the end."""
    running = []

    def start(file, hosts=("localhost", "127.0.0.1"), by=authority, password=(), host="localhost", **validity):
        running.append(FileServer(by.certificate(*hosts, **validity), file, password=password, host=host).__enter__())
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def fetch(authority):
    """fetch(url, option=...) fetches, trusting the test's CA."""

    def fetch(url, secret="", most=10 ** 6, **options):
        options = {"ca_file": str(authority.path), **options}
        return download(parse(["source=url", "url=" + url, *("%s=%s" % item for item in options.items())]), secret, most)

    return fetch


def failure(fetch, *args, **options):
    with pytest.raises(DownloadFailed) as caught:
        fetch(*args, **options)
    assert "the table in effect stays" in str(caught.value)
    assert "https" not in str(caught.value).replace("not https", "") and SECRET not in str(caught.value)
    return str(caught.value)


def test_a_file_arrives_with_its_day(serve, fetch):
    """Byte for byte; the day is that of Last-Modified, and nobody's password is sent."""
    server = serve(File(BODY, headers=(("Last-Modified", "Wed, 17 Jun 2026 19:00:00 GMT"),)))
    assert (BODY, "2026-06-17") == fetch(server.url)
    assert "Authorization" not in server.requests[0].headers and "identity" == server.requests[0].headers["Accept-Encoding"]


@pytest.mark.parametrize("value", ["", "yesterday", "Wed, 99 Jun 2026 19:00:00 GMT"])
def test_a_day_that_cannot_be_read_is_none(serve, fetch, value):
    """The data may still be good."""
    assert "" == fetch(serve(File(BODY, headers=(("Last-Modified", value),))).url).date


def test_what_is_served_as_compressed_is_not_expanded(serve, fetch):
    """A small answer cannot grow here; what it holds is counted where it is unpacked."""
    assert b"\x1f\x8bwhatever" == fetch(serve(File(b"\x1f\x8bwhatever", headers=(("Content-Encoding", "gzip"),))).url).content


def test_the_account_and_its_key_are_sent(serve, fetch):
    """As HTTP basic authentication."""
    server = serve(File(BODY), password=("4711", SECRET))
    assert BODY == fetch(server.url, SECRET, account="4711").content


@pytest.mark.parametrize("account, secret", [("4711", "wrong"), ("4712", SECRET)])
def test_a_wrong_key_is_said(serve, fetch, account, secret):
    """With what it means, and without the key."""
    said = failure(fetch, serve(File(BODY), password=("4711", SECRET)).url, secret, account=account)
    assert "answered 401, the account or the licence key is wrong" in said


@pytest.mark.parametrize("status", [204, 400, 403, 404, 429, 500, 503])
def test_any_other_answer_than_200_is_a_failure(serve, fetch, status):
    """Nothing of its body is taken."""
    assert "the server answered %d" % status in failure(fetch, serve(File(BODY, status)).url)


def test_half_a_file_is_a_failure(serve, fetch):
    """The connection ends before the length that was announced."""
    assert "the answer broke off after" in failure(fetch, serve(File(BODY, fault="cut")).url)


@pytest.mark.parametrize("fault", ["drip", "hang"])
def test_a_slow_server_is_left_in_time(serve, fetch, fault):
    """Each byte comes in time, but the whole does not."""
    assert "did not end within 5 s" in failure(fetch, serve(File(BODY, fault=fault)).url, timeout=5)


def test_too_big_a_file_is_a_failure(serve, fetch):
    """The bytes that came are counted."""
    assert "more than 1 MB" in failure(fetch, serve(File(b"x" * 1_000_001)).url)
    assert 1_000_000 == len(fetch(serve(File(b"x" * 1_000_000)).url).content)


def test_an_empty_file_is_a_failure(serve, fetch):
    """It is no table."""
    assert "sent nothing" in failure(fetch, serve(File(b"")).url)


def test_a_redirect_to_https_is_followed_without_the_password(serve, fetch):
    """The password goes to the address that the admin named, and to no other."""
    behind = serve(File(BODY))
    before = serve(File(b"", 302, (("Location", behind.url + "?signed=x"),)), password=("4711", SECRET))
    assert BODY == fetch(before.url, SECRET, account="4711").content
    (came,) = behind.requests
    assert ("/data?signed=x", False) == (came.path, "Authorization" in came.headers)


def test_a_redirect_on_the_same_server_has_no_password_either(serve, fetch):
    """A server that asks for it twice is refused."""
    server = serve(File(b"", 307, (("Location", "/elsewhere"),)), password=("4711", SECRET))
    assert "answered 401" in failure(fetch, server.url, SECRET, account="4711")
    assert [True, False] == ["Authorization" in one.headers for one in server.requests]


@pytest.mark.parametrize("location", ["http://localhost:1/data", "https://a:b@localhost/data", "file:///etc/passwd", "",
                                      "https://:99/"])
def test_a_redirect_elsewhere_is_not_followed(serve, fetch, location):
    """Without TLS, with a password in it, to a file, to nowhere."""
    server = serve(File(b"", 302, (("Location", location),)))
    assert "redirected to an address that is not https" in failure(fetch, server.url)
    assert 1 == len(server.requests)


def test_a_circle_of_redirects_ends(serve, fetch):
    """After three."""
    server = serve(File(b"", 302, (("Location", "/data"),)))
    assert "redirected more than 3 times" in failure(fetch, server.url)
    assert 4 == len(server.requests)


@pytest.mark.parametrize("hosts, validity, words", [
    (("elsewhere.example",), {}, "mismatch"),
    (("localhost",), {"begins": -2 * DAY, "ends": -DAY}, "expired"),
])
def test_a_bad_certificate_is_refused(serve, fetch, hosts, validity, words):
    """Another name, expired: nothing is asked for."""
    server = serve(File(BODY), hosts=hosts, **validity)
    said = failure(fetch, server.url)
    assert ("its certificate is not trusted" in said, words in said, []) == (True, True, server.requests)


def test_a_certificate_of_another_ca_is_refused(serve, fetch, tmp_path):
    """Also where it has the right name; without a CA file the public ones count."""
    assert "not trusted" in failure(fetch, serve(File(BODY), by=Authority(tmp_path, "Other CA")).url)
    assert "not trusted" in failure(fetch, serve(File(BODY)).url, ca_file="")


def test_a_redirect_to_a_bad_certificate_is_refused(serve, fetch, tmp_path):
    """Every server on the way is verified."""
    behind = serve(File(BODY), by=Authority(tmp_path, "Other CA"))
    assert "not trusted" in failure(fetch, serve(File(b"", 302, (("Location", behind.url),))).url)
    assert [] == behind.requests


def test_the_environment_changes_nothing(serve, fetch, monkeypatch):
    """No proxy is taken from it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert BODY == fetch(serve(File(BODY)).url).content


def test_a_proxy_is_used_and_sees_no_secret(serve, fetch):
    """It tunnels; one that refuses is said."""
    server = serve(File(BODY), password=("4711", SECRET))
    with Proxy() as proxy:
        assert BODY == fetch(server.url, SECRET, account="4711", proxy=proxy.url).content
        assert [server.url.split("/")[2]] == proxy.asked
    with Proxy(status=403) as proxy:
        assert "the proxy could not be reached or refused" in failure(fetch, server.url, proxy=proxy.url)


def test_nobody_listens(fetch, serve, authority):
    """Said without the address."""
    with FileServer(authority.certificate("localhost"), File(BODY)) as gone:
        url = gone.url
    assert "the connection failed" in failure(fetch, url)
