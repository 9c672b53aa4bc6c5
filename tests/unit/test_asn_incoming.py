"""Where a new table comes from: its name, date and credit by source and format."""

import gzip
import os

import pytest

from teams_export_guard import asn_compile, asn_sources
from teams_export_guard.asn import AsnTable
from teams_export_guard.asn_incoming import NOT_GIVEN, incoming, shipped
from teams_export_guard.asn_request import parse
from teams_export_guard.errors import AsnRefused, AsnTableError, SettingsError, TableError
from teams_export_guard.tables import Tables
from tests import networks

NOW = 1782000000.0  # 2026-06-21
WRITTEN = NOW - 3 * 86400  # 2026-06-18
SMALL = networks.rows(count4=20, count6=20)


@pytest.fixture
def take(tmp_path):
    """take({name: content}, option=...) reads these lookup files."""

    def take(files, *arguments):
        folder = tmp_path / "lookups"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
            os.utime(folder / name, (WRITTEN, WRITTEN))
        names = ["%s=%s" % item for item in zip(("lookup", "lookup_ipv6"), files)]
        return incoming(parse(["source=lookup", *names, *arguments]), Tables(tmp_path), None, NOW)

    return take


@pytest.mark.parametrize("content, kind, name, credit", [
    (networks.iptoasn(SMALL), "iptoasn", "IPtoASN", "public domain"),
    (gzip.compress(networks.iptoasn(SMALL)), "iptoasn", "IPtoASN", "public domain"),
    (networks.ranges_csv(SMALL), "ranges", "a.csv", NOT_GIVEN),
    (networks.geolite(SMALL, 4), "geolite", "GeoLite2 ASN", "MaxMind"),
])
def test_a_lookup_file(take, content, kind, name, credit):
    """Its format says name and credit, the day it was written its date."""
    came = take({"a.csv": content})
    assert (kind, name, "2026-06-18", kind + " from a.csv") == (came.format, *came.about[:3])
    assert credit in came.about.attribution
    assert SMALL[0] == came.data.ipv4


def test_two_files_of_one_format(take):
    """As GeoLite2 comes, unpacked."""
    came = take({"four.csv": networks.geolite(SMALL, 4), "six.csv": networks.geolite(SMALL, 6)})
    assert SMALL == (came.data.ipv4, came.data.ipv6)
    with pytest.raises(AsnRefused, match="geolite and iptoasn, where one format is allowed"):
        take({"four.csv": networks.geolite(SMALL, 4), "six.csv": networks.iptoasn(SMALL)})


def test_an_archive_says_its_own_date(take):
    """Which counts more than that of the file."""
    assert "2026-06-02" == take({"a.csv": networks.geolite_zip(SMALL, "20260602")}).about.date


def test_a_date_to_come_is_not_believed(take):
    """A clock that is wrong would keep every later table out; the admin's own word is refused."""
    assert "2026-06-21" == take({"a.csv": networks.geolite_zip(SMALL, "20990101")}).about.date
    with pytest.raises(SettingsError, match="date=2026-06-22: allowed: a day that has begun; today is 2026-06-21"):
        take({"a.csv": networks.iptoasn(SMALL)}, "date=2026-06-22")


def test_what_the_admin_says_counts(take):
    """Name, date and credit."""
    came = take({"a.csv": networks.iptoasn(SMALL)}, "name=N", "date=2026-06-01", "attribution=A")
    assert ("N", "2026-06-01", "A") == (came.about.name, came.about.date, came.about.attribution)


def test_another_format_than_asked_for_is_refused(take):
    """Both are named."""
    with pytest.raises(AsnRefused, match="are in the format iptoasn, where format=geolite was asked for"):
        take({"a.csv": networks.iptoasn(SMALL)}, "format=geolite")
    assert "iptoasn" == take({"a.csv": networks.iptoasn(SMALL)}, "format=iptoasn").format


@pytest.mark.parametrize("content", [b"", b"<html>\n<body>Sign in</body>\n", b"\x1f\x8bx"])
def test_what_is_no_table_is_an_error(take, content):
    """Nothing, a page, a damaged file."""
    with pytest.raises(AsnTableError):
        take({"a.csv": content})


def test_a_file_that_is_not_there(tmp_path):
    """The sentence says where it must be."""
    with pytest.raises(TableError, match=r"none.csv cannot be read .*shared in the app"):
        incoming(parse(["source=lookup", "lookup=none.csv"]), Tables(tmp_path), None, NOW)


def test_the_table_that_ships_is_taken_apart_without_loss():
    """Ranges, names and what is said of it; compiled again it is the same."""
    about = asn_sources.About("n", "2026-01-01", "s", "a")
    content = asn_compile.write_table(*SMALL, {15169: "Google"}, about)
    came = shipped(AsnTable(content))
    assert (SMALL, {15169: "Google"}, about) == ((came.data.ipv4, came.data.ipv6), came.data.organisations, came.about)
    assert content == asn_compile.compile_table(came.data, came.about)[0]
