"""Reading the text formats of ASN data, and counting what cannot be read."""
import pytest

from teams_export_guard import asn_sources
from teams_export_guard.asn_sources import About, AsnData
from teams_export_guard.errors import AsnTableError

RANGES = '1.0.0.0,1.0.0.255,64500,"One, Inc."\n2a00::,2a00::f,64501,Two\n'
IPTOASN = "1.0.0.0\t1.0.0.255\t64500\tAU\tOne, Inc.\n2a00::\t2a00::f\t64501\tNone\tTwo\n"
GEOLITE = ("network,autonomous_system_number,autonomous_system_organization\n"
           '1.0.0.0/24,64500,"One, Inc."\n2a00::/124,64501,Two\n')
V6 = 0x2A00 << 112


def read(*texts):
    data = AsnData()
    return data, [asn_sources.read(data, text.splitlines(keepends=True)) for text in texts]


@pytest.mark.parametrize("text, kind", [(RANGES, "ranges"), (IPTOASN, "iptoasn"), (GEOLITE, "geolite"),
                                        ("\ufeff" + GEOLITE, "geolite"), (RANGES.replace("\n", "\r\n"), "ranges")])
def test_each_format_is_told_by_its_first_line(text, kind):
    """The three formats give the same rows and names, whatever ends their lines."""
    data, kinds = read(text)
    assert [kind] == kinds
    assert [(0x01000000, 0x010000FF, 64500)] == data.ipv4
    assert [(V6, V6 + 15, 64501)] == data.ipv6
    assert {64500: "One, Inc.", 64501: "Two"} == data.organisations
    assert (2, 0) == (data.rows, data.bad)


def test_several_sources_add_up():
    """IPv4 and IPv6 in two files become one data set; the first name given to an AS number stays."""
    data, _ = read("1.0.0.0,1.0.0.255,64500,First\n", "2a00::,2a00::f,64500,Second\n")
    assert (2, {64500: "First"}) == (data.rows, data.organisations)


def test_a_range_that_is_not_routed_has_no_name():
    """IPtoASN writes AS number 0 for gaps; such a row is a range without a name."""
    data, _ = read("1.0.0.0\t1.0.0.255\t0\tNone\tNot routed\n")
    assert ([(0x01000000, 0x010000FF, 0)], {}) == (data.ipv4, data.organisations)


@pytest.mark.parametrize("row", [
    "1.0.0.9,1.0.0.1,64500,backwards", "1.0.0.0,2a00::1,64500,mixed", "1.0.0.0,1.0.0.256,64500,no address",
    "1.0.0.0,1.0.0.1,AS64500,prefix", "1.0.0.0,1.0.0.1,4294967296,too big", "1.0.0.0,1.0.0.1,-1,negative",
    "1.0.0.0,1.0.0.1,,empty", "1.0.0.0,1.0.0.1,٣,digits", "1.0.0.0,1.0.0.1", "1.0.0.0,1.0.0.1,1,a,b",
    '1.0.0.0,1.0.0.1,64500,"open', "nonsense",
])
def test_a_bad_row_is_counted_and_the_others_go_on(row):
    """One bad row between two good ones costs itself only, and is kept as the example."""
    data, _ = read("1.0.0.0,1.0.0.255,64500,One\n" + row + "\n1.0.1.0,1.0.1.255,64501,Two\n")
    assert (2, 1, row) == (data.rows, data.bad, data.bad_example)


@pytest.mark.parametrize("text", ["1.0.0.0\t1.0.0.255\n", "1.0.0.9\t1.0.0.1\t5\tX\tY\n"])
def test_bad_rows_of_iptoasn_are_counted_too(text):
    """A row of too few columns, and a range backwards."""
    data, _ = read(IPTOASN + text)
    assert (2, 1) == (data.rows, data.bad)


def test_a_block_with_host_bits_is_a_bad_row():
    """A CIDR block that does not begin at its network address is no block."""
    data, _ = read(GEOLITE + "1.0.0.1/24,64500,One\n")
    assert (2, 1) == (data.rows, data.bad)


@pytest.mark.parametrize("text", ["", "hello\n", "a,b,c\n", "{}\n"])
def test_an_unknown_format_is_an_error_that_names_the_known_ones(text):
    """Nothing is guessed about a file that begins otherwise."""
    with pytest.raises(AsnTableError, match="GeoLite2-ASN"):
        read(text)


PACKED = list(asn_sources.pack(About("n", "d", "s: t", "a"), [(16, 31, 7), (32, 32, 9)], [(V6, V6, 7)],
                               {7: "Seven\tTabs", 9: "Nine"}))


def test_the_packed_form_is_as_documented():
    """Differences: hexadecimal gap and length, then the AS number; names by steps of AS numbers."""
    assert [
        "# ASN data of teams_export_guard, packed form 1",
        "# name: n", "# date: d", "# source: s: t", "# attribution: a",
        "@organisations", "7\tSeven\tTabs", "2\tNine",
        "@ipv4", "10\t10\t7", "0\t1\t9",
        "@ipv6", "2a00" + "0" * 28 + "\t1\t7",
    ] == PACKED


def test_the_packed_form_reads_back():
    """Ranges, names and what is said about the data survive."""
    data, kinds = read("\n".join(PACKED) + "\n")
    assert ["packed"] == kinds
    assert About("n", "d", "s: t", "a") == data.about
    assert ([(16, 31, 7), (32, 32, 9)], [(V6, V6, 7)]) == (data.ipv4, data.ipv6)
    assert {7: "Seven\tTabs", 9: "Nine"} == data.organisations


@pytest.mark.parametrize("change", [
    ("# date: d", "# when: d"), ("10\t10\t7", "10\t7"), ("10\t10\t7", "10\txyz\t7"), ("2\tNine", "two\tNine"),
])
def test_a_damaged_packed_form_is_an_error(change):
    """Our own data have no bad rows to count: any fault is an error."""
    with pytest.raises(AsnTableError, match="damaged"):
        read("\n".join(PACKED).replace(*change))


HEADED = [
    ("start,end,asn,name", "1.0.0.0,1.0.0.255,13335,Net", "ranges"),
    ("\ufeffstart_ip,end_ip,AS_number,as_org,note", "1.0.0.0,1.0.0.255,13335,Net,x", "ranges"),
    ("name,asn,Range End,Range Start", "Net,13335,1.0.0.255,1.0.0.0", "ranges"),
    ("start,end,asn", "1.0.0.0,1.0.0.255,13335", "ranges"),
    ("range_start,range_end,AS_number,country_code,AS_description", "1.0.0.0,1.0.0.255,13335,US,Net", "iptoasn"),
    ("1.0.1.0,1.0.1.255,0,None,Not routed", '1.0.0.0,1.0.0.255,13335,US,"Net, Inc."', "iptoasn"),
]


@pytest.mark.parametrize("header, row, kind", HEADED)
def test_a_csv_may_name_its_columns_as_lookups_do(header, row, kind):
    """By the names that the formats use, in any order and case; IPtoASN with commas is known by its country."""
    data = asn_sources.AsnData()
    assert kind == asn_sources.read(data, [header + "\n", row + "\n", "1.0.0.0\n"])
    assert (16777216, 16777471, 13335) in data.ipv4 and (1, "1.0.0.0") == (data.bad, data.bad_example)


@pytest.mark.parametrize("row", ["-1\t1\t5", "0\t0\t5", "0\t1\t0", "0\t1\t4294967296", "100000000\t1\t5", "0\t100000001\t5",
                                 "0\t1\t-5", "0\t1"])
def test_a_packed_row_must_be_a_range_behind_the_one_before(row):
    """The packed form comes over the network too: nothing in it may wrap round or overlap."""
    text = [asn_sources.PACKED_TITLE, "# name: n", "# date: d", "# source: s", "# attribution: a", "@organisations",
            "@ipv4", "1\t1\t5", row]
    with pytest.raises(AsnTableError, match="packed ASN data are damaged"):
        asn_sources.read(asn_sources.AsnData(), [line + "\n" for line in text])


@pytest.mark.parametrize("labels", ["", "5", "5:", "0:1", "5:-1", "5:1 ", "5:1:2"])
def test_a_packed_label_is_a_number_and_a_day(labels):
    """Anything else is a fault of the whole."""
    text = [asn_sources.LABELLED_TITLE, "# name: n", "# date: d", "# source: s", "# attribution: a", "@former4",
            "1\t1\t" + labels]
    with pytest.raises(AsnTableError, match="packed ASN data are damaged"):
        asn_sources.read(asn_sources.AsnData(), [line + "\n" for line in text])
