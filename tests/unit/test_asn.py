"""The compiled ASN table: what it answers, and what it refuses to open."""
import sys
from array import array

import pytest

from teams_export_guard import asn_compile, asn_sources
from teams_export_guard.asn import HEAD, AsnTable, Ranges
from teams_export_guard.asn_file import open_asn_table
from teams_export_guard.errors import AsnTableError, TeamsExportError

ABOUT = asn_sources.About("Test networks", "2026-06-17", "made here", "nobody; CC0")
ROWS = """\
1.0.0.0,1.0.0.255,64500,"One, Inc."
1.0.4.0,1.0.7.255,64501,Zwei GmbH
1.0.8.0,1.0.8.0,64502,
255.255.255.255,255.255.255.255,4294967295,Last
2001:4:112::,2001:4:112:ffff:ffff:ffff:ffff:ffff,64500,"One, Inc."
2a00::10,2a00::1f,64503,Träger
2a00::20,2a00::20,64504,Single
2a00:0:0:1::,2a00:0:0:1:ffff:ffff:ffff:ffff,64505,Next
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64506,End
"""
OTHER = "big" if sys.byteorder == "little" else "little"


def compiled(text=ROWS, byteorder="little"):
    data = asn_sources.AsnData()
    asn_sources.read(data, text.splitlines())
    return asn_compile.compile_table(data, ABOUT, byteorder)[0]


@pytest.fixture(scope="module", params=[sys.byteorder, OTHER])
def table(request):
    """The same rows in this machine's byte order and in the other."""
    return AsnTable(compiled(byteorder=request.param))


@pytest.mark.parametrize("address, asn", [
    ("1.0.0.0", 64500), ("1.0.0.255", 64500), ("1.0.7.255", 64501), ("1.0.8.0", 64502),
    ("255.255.255.255", 4294967295),
    ("2001:4:112::", 64500), ("2001:4:112:ffff:ffff:ffff:ffff:ffff", 64500),
    ("2a00::10", 64503), ("2a00::1f", 64503), ("2a00::20", 64504), ("2a00:0:0:1::", 64505),
    ("2A00::1F", 64503), ("2a00:0:0:0:0:0:0:1f", 64503),
    ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 64506),
])
def test_an_address_in_a_range_has_its_as_number(table, address, asn):
    """First, last and middle addresses of a range, of both families, resolve to its AS number."""
    assert asn == table.lookup(address)


@pytest.mark.parametrize("address", [
    "0.0.0.0", "1.0.1.0", "1.0.3.255", "1.0.8.1", "255.255.255.254",
    "::", "2001:4:111:ffff:ffff:ffff:ffff:ffff", "2001:4:113::", "2a00::f", "2a00::21", "2a00:0:0:2::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
])
def test_an_address_in_a_gap_has_none(table, address):
    """The addresses just outside a range are in no range."""
    assert table.lookup(address) is None


@pytest.mark.parametrize("text", [
    "", "host", "1.0.0", "1.0.0.0.0", "1.0.0.256", "01.0.0.0", "1.0.0.0:443", " 1.0.0.0", "1.0.0.٣", "1.0.0.-0",
    ":", ":::", "2a00::10::", "2a00:10", "2a00:0:0:0:0:0:0:0:10", "1:2:3:4:5:6:7::8", "2a00::00010", "2a00::1g",
    "2a00::0x1", "2a00::+1", "2a00::1_0", "2a00:: 10", "2a00::10 ", "2a00::1\t\t\t", "2a00::1234\t\t", "2a00::١",
    "[2a00::10]", "2a00::10%eth0", ":2a00::10", "2a00:0:0:0:0:0:0:10:",
])
def test_what_is_no_plain_address_has_none(text):
    """Text that is no plain address is unknown, even to a table that knows every address, and no exception."""
    table = AsnTable(compiled("0.0.0.0,255.255.255.255,1,All\n::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,1,All\n"))
    assert {text: None, "::1": 1, "1.0.0.0": 1} == table.lookup_many([text, "::1", "1.0.0.0"])


def test_many_are_looked_up_at_once(table):
    """Every given address is a key of the answer, with or without an AS number."""
    assert {"1.0.0.7": 64500, "1.0.1.0": None, "2a00::11": 64503, "x": None} == table.lookup_many(
        iter(["1.0.0.7", "1.0.1.0", "2a00::11", "x"]))


@pytest.mark.parametrize("asn, name", [
    (64500, "One, Inc."), (64503, "Träger"), (4294967295, "Last"),
    (64502, ""), (0, ""), (1, ""), (10 ** 18, ""),
])
def test_an_as_number_has_the_name_that_came_with_it(table, asn, name):
    """Names are found by AS number; one without a name, or unknown, gives the empty text."""
    assert name == table.organisation(asn)


def test_the_table_says_what_it_is(table):
    """Name, date, source, credit and the number of ranges are those it was compiled with."""
    assert (*ABOUT, Ranges(ipv4=4, ipv6=5)) == (
        table.name, table.date, table.source, table.attribution, table.ranges)


def test_a_table_without_ranges_of_a_family_knows_none_of_it():
    """A table of IPv4 alone answers None for every IPv6 address."""
    table = AsnTable(compiled("1.0.0.0,1.0.0.255,64500,One\n"))
    assert {"1.0.0.1": 64500, "2001::1": None} == table.lookup_many(["1.0.0.1", "2001::1"])


def test_a_file_is_mapped(tmp_path):
    """A table in a file answers as one in memory does."""
    path = tmp_path / "table.bin"
    path.write_bytes(compiled())
    table = open_asn_table(path)
    table.verify()
    assert 64503 == table.lookup("2a00::11")


WHOLE = compiled()
HEAD_SIZE = 24


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"),
    (b"TEG-ASN1", "cut short: 8 bytes"),
    (b"MaxMind.com" + bytes(100), "no ASN table of this app"),
    (WHOLE[:8] + b"\x02\x02\x03\x04" + WHOLE[12:], "byte order mark"),
    (WHOLE[:30] + b"?" + WHOLE[31:], "description is not whole"),
    (WHOLE[:60], "description is not whole"),
    (WHOLE[:HEAD_SIZE - 1], "cut short: 23 bytes"),
    (WHOLE[:5000], "cut short: 5000 bytes, where its column v4_index ends at"),
    (WHOLE[:-1], "cut short"),
    (WHOLE[:-20], "cut short"),
    (WHOLE + b"\0" * 8, "bytes where"),
])
def test_a_damaged_or_foreign_file_is_one_clear_error(tmp_path, content, words):
    """Whatever is wrong with the file, opening it is one AsnTableError that names file and fault."""
    path = tmp_path / "table.bin"
    path.write_bytes(content)
    with pytest.raises(AsnTableError) as caught:
        open_asn_table(path)
    assert "table.bin" in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_file_is_one_clear_error(tmp_path):
    """A missing file is an error of the app's own tree, not the operating system's."""
    with pytest.raises(TeamsExportError, match=r"none\.bin cannot be opened: No such file"):
        open_asn_table(tmp_path / "none.bin")


def test_a_changed_byte_in_the_columns_is_found_by_reading_all():
    """``verify`` notices a change that opening does not look for, and passes the unchanged table."""
    AsnTable(WHOLE).verify()
    table = AsnTable(WHOLE[:-10] + bytes([WHOLE[-10] ^ 1]) + WHOLE[-9:])
    with pytest.raises(AsnTableError, match="checksum"):
        table.verify()


def test_numbers_of_the_platform_have_the_width_of_the_file():
    """The columns are read in place, so the machine's numbers must be 4 and 8 bytes wide."""
    assert (4, 8, "8sIIII") == (array("I").itemsize, array("Q").itemsize, HEAD)
