"""Search heads for tests of refreshing: with files that an admin uploaded, and with a first table in effect."""

from __future__ import annotations

import pytest

from sandbox.installed import unpack
from tests import networks
from tests.protocol.asn.refreshing import ASN, RELABELLED, install
from tests.protocol.site import Site


@pytest.fixture(scope="module")
def home(package, tmp_path_factory):
    """The app in a home of its own: these tests upload files to it."""
    return unpack(package, tmp_path_factory.mktemp("asn") / "etc" / "apps")


@pytest.fixture(scope="module")
def uploaded(home):
    """Lookup files of an admin: a table, the same with one range relabelled, and bad ones."""
    first, second = networks.rows(), networks.rows(moved=RELABELLED)
    files = {
        "first.csv": networks.ranges_csv(first), "second.csv.gz": networks.zipped(networks.ranges_csv(second)),
        "page.csv": b"<!DOCTYPE html>\n<p>Log in, please, to go on, now</p>\n",
        "short.csv": networks.ranges_csv(networks.rows(count4=60_000)),
    }
    for name, content in files.items():
        (home.path / "lookups" / name).write_bytes(content)


@pytest.fixture
def head(sites, home, uploaded):
    """A search head on which nothing was installed."""
    return sites(home)


@pytest.fixture(scope="module")
def documents(home, uploaded, tmp_path_factory):
    """What the store holds once the first table is installed."""
    site = Site(home, tmp_path_factory.mktemp("first"))
    install(site, "first.csv", "force=true")
    found = list(site.documents(ASN).values())
    site.close()
    return found


@pytest.fixture
def refreshed(head, documents):
    """A search head with the first table in effect."""
    head.put(ASN, *documents)
    return head
