"""Facts about fetching the table of networks, as an admin has it: the built package, an https server with a CA of one's
own that `ca_file` names, and the licence key in storage/passwords."""

from __future__ import annotations

import gzip

import pytest

from sandbox.installed import unpack
from tests import networks
from tests.https.authority import Authority
from tests.https.receiver import File, FileServer, Proxy
from tests.protocol.records import burst
from tests.protocol.site import good, said, the_error
from tests.support import store_secret

ASN = "teams_export_asn"
KEY = "l1cence-k3y"
OTHER = "13.14.15.16"


@pytest.fixture(scope="module")
def home(package, tmp_path_factory):
    """The app in a home of its own: the runs leave compiled tables there."""
    return unpack(package, tmp_path_factory.mktemp("url") / "etc" / "apps")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def serve(authority):
    """serve(body, ...) starts a server that is stopped at the end."""
    running = []

    def start(body=b"", password=(), by=authority, **file):
        running.append(FileServer(by.certificate("localhost"), File(body, **file), password=password).__enter__())
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def head(sites, home, authority):
    """A search head; ``head.fetch(url, ...)`` refreshes from there."""
    site = sites(home)

    def fetch(url, *arguments, **more):
        return site.search(
            "teamsexportasn", ["source=url", "url=" + url, "ca_file=%s" % authority.path, "force=true", *arguments], **more)

    site.fetch = fetch
    return site


@pytest.fixture(scope="module")
def table():
    return networks.rows()


def test_iptoasn_arrives_and_the_next_detection_uses_it(head, serve, table):
    """The date is that of Last-Modified, the credit that of the format, the source names the host and no more."""
    server = serve(networks.zipped(networks.iptoasn(table)), headers=(("Last-Modified", "Wed, 01 Jul 2026 19:00:00 GMT"),))
    (row,) = good(head.fetch(server.url + "?token=t0ken")).rows
    assert ("installed", "IPtoASN", "2026-07-01", "iptoasn from localhost") == tuple(
        row[name] for name in "action name date source".split())
    assert "PDDL" in head.documents(ASN)["current"]["attribution"]
    outcome = head.judge(burst(ClientIP=OTHER), "activation=0d")
    assert [str(networks.asn_at(OTHER))] == [one["asn"] for one in outcome.rows]
    assert any("networks by IPtoASN of 2026-07-01" in text for text in said(outcome, "INFO"))
    assert "t0ken" not in str(head.documents(ASN))


def test_geolite_arrives_through_its_redirect_with_the_account_and_key(head, serve, table):
    """The storage behind it is asked without them; the former labels of such a table count for 30 days."""
    behind = serve(networks.geolite_zip(table, "20260701"))
    before = serve(status=302, headers=(("Location", behind.url),), password=("4711", KEY))
    store_secret(head.rest, KEY, name="asn_key")
    outcome = head.fetch(before.url, "account=4711", "format=geolite")
    (row,) = good(outcome).rows
    assert ("installed", "GeoLite2 ASN", "2026-07-01") == tuple(row[name] for name in "action name date".split())
    assert [False] == ["Authorization" in one.headers for one in behind.requests]
    assert KEY not in str((outcome.rows, outcome.notes.messages, outcome.stderr, head.documents(ASN)))


@pytest.mark.parametrize("key, words", [
    ("", "no licence key is stored (realm teams_export_guard, name asn_key)"),
    ("wr0ng", "the server answered 401, the account or the licence key is wrong"),
])
def test_a_missing_or_wrong_key(head, serve, table, key, words):
    """Said; without one nothing is asked."""
    server = serve(b"x", password=("4711", KEY))
    if key:
        store_secret(head.rest, key, name="asn_key")
    error = the_error(head.fetch(server.url, "account=4711"))
    assert words in error and "wr0ng" not in error
    assert (bool(key), {}) == (bool(server.requests), head.documents(ASN))


def page(**file):
    return dict({"body": b"<!DOCTYPE html>\n<p>Sign in, please, or go, away</p>\n"}, **file)


@pytest.mark.parametrize("file, words", [
    (page(), "begins with '<!DOCTYPE html>'"),
    (page(status=503), "the server answered 503"),
    ({"body": b"x" * 1000, "fault": "cut"}, "the answer broke off"),
    ({"body": b"x" * 1000, "fault": "drip"}, "did not end within 5 s"),
    ({"body": gzip.compress(b"\0" * 10 ** 7) * 30}, "unpack to more than 256 MB"),
    ({"body": gzip.compress(b"1.0.0.0\t1.0.0.255\t1\tZZ\tNet\n" * 9999)[:-50]}, "cannot be unpacked"),
    ({"body": b"1.0.0.0\t1.0.0.255\t1\tZZ\tNet\n" * 9999}, "ranges; allowed: at least 100000"),
    ({"status": 302, "headers": (("Location", "http://localhost/x"),)}, "not https"),
])
def test_whatever_comes_instead_of_a_table_changes_nothing(head, serve, file, words):
    """A page, an outage, half a file, a drip, a bomb, a stub, a redirect off TLS: one sentence, nothing written."""
    error = the_error(head.fetch(serve(**file).url, "timeout=5"))
    assert words in error
    assert ({}, []) == (head.documents(ASN), [one for one in head.writes() if one[1] == ASN])


def test_a_certificate_that_is_not_trusted(head, serve, table, tmp_path):
    """Nothing is asked of such a server."""
    server = serve(b"x", by=Authority(tmp_path, "Other CA"))
    assert "its certificate is not trusted" in the_error(head.fetch(server.url))
    assert [] == server.requests


def test_a_proxy(head, serve, table):
    """That of the options, and it sees a tunnel."""
    server = serve(networks.zipped(networks.iptoasn(table)))
    with Proxy() as proxy:
        assert "installed" == good(head.fetch(server.url, "proxy=" + proxy.url)).rows[0]["action"]
        assert 1 == len(proxy.asked)


def test_the_daily_search_runs_as_shipped(package, tmp_path):
    """Teams Export - Networks, from its macros: the table that ships goes into the store, and Readiness shows its credit."""
    import sys

    from sandbox.splunkd import Splunkd

    with Splunkd(tmp_path, sys.executable) as splunkd:
        splunkd.install(package)
        shown = splunkd.search("| `teams_export_asn_table`", app="teams_export_guard").rows
        job = splunkd.dispatch("Teams Export - Networks")
        assert job.error is None and ["installed"] == [row["action"] for row in job.rows]
        (row,) = splunkd.search("| `teams_export_asn_table`", app="teams_export_guard").rows
        assert "https://db-ip.com" in row["attribution"] and row["installed"]
        assert [{name: row[name] for name in ("name", "date", "source", "attribution")}] == [
            {name: one[name] for name in ("name", "date", "source", "attribution")} for one in shown]
        assert ["unchanged"] == [row["action"] for row in splunkd.dispatch("Teams Export - Networks").rows]
        figures = splunkd.search("| `teams_export_asn_table` | `teams_export_networks_table`", app="teams_export_guard").rows
        assert row["attribution"] in [one["Value"] for one in figures if one["Figure"] == "Credit"]
