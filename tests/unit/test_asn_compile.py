"""From ranges in any order to a table: overlaps, gaps, counts and bytes."""
import lzma
import re
from pathlib import Path

import pytest

from teams_export_guard import asn_compile, asn_sources
from teams_export_guard.asn import AsnTable
from teams_export_guard.errors import AsnTableError

ROOT = Path(__file__).resolve().parents[2]
ABOUT = asn_sources.About("n", "d", "s", "a")


def read(text):
    data = asn_sources.AsnData()
    asn_sources.read(data, text.splitlines())
    return data


@pytest.mark.parametrize("ranges, flat, overlapping", [
    ([], [], 0),
    ([(0, 9, 1)], [(0, 9, 1)], 0),
    ([(0, 9, 1), (10, 19, 2)], [(0, 9, 1), (10, 19, 2)], 0),
    ([(0, 9, 1), (10, 19, 1)], [(0, 19, 1)], 0),
    ([(0, 9, 1), (11, 19, 1)], [(0, 9, 1), (11, 19, 1)], 0),
    ([(0, 99, 1), (10, 19, 2)], [(0, 9, 1), (10, 19, 2), (20, 99, 1)], 1),
    ([(0, 99, 1), (10, 19, 0)], [(0, 9, 1), (20, 99, 1)], 1),
    ([(0, 99, 1), (10, 19, 2), (12, 13, 3)], [(0, 9, 1), (10, 11, 2), (12, 13, 3), (14, 19, 2), (20, 99, 1)], 2),
    ([(0, 99, 1), (10, 19, 1)], [(0, 99, 1)], 1),
    ([(0, 99, 1), (10, 19, 2), (30, 30, 3)], [(0, 9, 1), (10, 19, 2), (20, 29, 1), (30, 30, 3), (31, 99, 1)], 2),
    ([(0, 9, 1), (9, 10, 2)], [(0, 8, 1), (9, 10, 2)], 1),
    ([(0, 99, 1), (0, 9, 2)], [(0, 9, 2), (10, 99, 1)], 1),
    ([(0, 99, 1), (90, 99, 2)], [(0, 89, 1), (90, 99, 2)], 1),
    ([(0, 9, 2), (0, 9, 1)], [(0, 9, 1)], 1),
    ([(0, 99, 1), (95, 104, 2)], [(0, 94, 1), (95, 104, 2)], 1),
    ([(0, 9, 1), (5, 104, 2)], [(0, 9, 1), (10, 104, 2)], 1),
    ([(0, 2 ** 128 - 1, 1)], [(0, 2 ** 128 - 1, 1)], 0),
    ([(5, 5, 0)], [], 0),
])
def test_the_smallest_range_has_an_address(ranges, flat, overlapping):
    """Nested, equal and partly overlapping ranges; AS number 0 leaves a gap; neighbours join."""
    assert (flat, overlapping) == asn_compile.flatten(ranges)
    assert (flat, overlapping) == asn_compile.flatten(reversed(ranges))


def test_the_report_counts_what_was_noticed():
    """Rows, bad rows with an example, rows out of order, overlaps and the ranges that came of it."""
    data = read("1.0.1.0,1.0.1.255,64501,Two\n1.0.0.0,1.0.0.255,64500,One\nbad\n1.0.0.5,1.0.0.5,64502,In\n")
    _, report = asn_compile.compile_table(data, ABOUT)
    assert asn_compile.Report(rows=3, bad=1, bad_example="bad", unordered=1, overlapping=1, ranges=4) == report
    assert "3 rows, 1 bad (the first: 'bad'), 1 out of order, 1 overlapping; 4 ranges in the table" == str(report)


@pytest.mark.parametrize("text, words", [("1.0.0.0,x,1,y\n", "'1.0.0.0,x,1,y'"), ("network,a,b\n", "no usable row")])
def test_a_source_without_a_usable_row_is_an_error(text, words):
    """An empty table would make every network unknown without a word; it is refused."""
    with pytest.raises(AsnTableError, match=re.escape(words)):
        asn_compile.compile_table(read(text), ABOUT)


def test_equal_rows_give_equal_bytes():
    """The table depends on nothing but rows and description."""
    text = "1.0.0.0,1.0.0.255,64500,One\n2a00::,2a00::1,64501,Two\n"
    assert asn_compile.compile_table(read(text), ABOUT) == asn_compile.compile_table(read(text), ABOUT)


def test_a_name_that_is_no_unicode_still_compiles():
    """A lone surrogate in a name is replaced, as UTF-8 has none."""
    table = AsnTable(asn_compile.write_table([(0, 1, 5)], [], {5: "a\ud800b"}, ABOUT))
    assert "a?b" == table.organisation(5)


@pytest.fixture(scope="module")
def committed():
    """The data that ship with the app."""
    data = asn_sources.AsnData()
    with lzma.open(ROOT / "lookups/asn/asn.tsv.xz", "rt", encoding="utf-8", newline="\n") as lines:
        asn_sources.read(data, lines)
    return data


def test_the_committed_data_are_the_whole_release(committed):
    """515,158 ranges, in order and free of overlap, as many as the release has rows."""
    _, report = asn_compile.resolve(committed)
    assert asn_compile.Report(515158, 0, "", 0, 0, 515158) == report
    assert (411961, 103197, 91065) == (len(committed.ipv4), len(committed.ipv6), len(committed.organisations))


def test_the_licence_text_speaks_of_the_committed_data(committed):
    """Version, date and credits in ATTRIBUTION.txt are those of the data."""
    text = (ROOT / "lookups/asn/ATTRIBUTION.txt").read_text(encoding="utf-8")
    package, version = committed.about.source.rsplit(" ", 1)
    for line in (f"Package: {package}", f"Version: {version}", f"Date: {committed.about.date}"):
        assert line in text.splitlines()
    for credit in ("RouteViews", "NRO", "IP Geolocation by DB-IP", "https://db-ip.com", "CC BY 4.0"):
        assert credit in committed.about.attribution
        assert credit in text


# Rows of the release's CSV, read by eye: an ordinary one of each family, the shortest IPv6 range of a
# /64 with two owners, and both sides of its one overlap (the smaller range, 215.0.0.0 on, has it).
@pytest.mark.parametrize("address, asn, name", [
    ("1.0.0.1", 13335, "Cloudflare, Inc."), ("223.255.254.9", 55415, "Marina Bay Sands Pte Ltd"),
    ("2001:200:1ba::5", 24047, "Internet Systems Consortium, Inc."), ("2001:4:112::1", 112, "DNS-OARC"),
    ("214.255.255.255", 749, None), ("215.0.0.0", 721, "DoD Network Information Center"), ("215.0.255.255", 721, None),
    ("1.0.1.0", None, None), ("2001:4:113::", None, None),
])
def test_the_committed_table_answers_as_the_release_says(committed_table, address, asn, name):
    """Spot checks against the release's own rows."""
    assert asn == committed_table.lookup(address)
    assert name is None or name == committed_table.organisation(asn)


@pytest.fixture(scope="module")
def committed_table(committed):
    """The table that the build makes of them."""
    table = AsnTable(asn_compile.compile_table(committed, committed.about)[0])
    table.verify()
    return table
