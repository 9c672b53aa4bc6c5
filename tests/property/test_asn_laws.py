"""Laws of the ASN table, against ``ipaddress`` counting through all ranges."""
import ipaddress
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from teams_export_guard import asn_compile, asn_sources
from teams_export_guard.asn import AsnTable

ABOUT = asn_sources.About("n", "d", "s", "a")
BITS = {4: 32, 6: 128}
KINDS = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
# few different numbers, so that ranges meet, nest and touch; single bits reach every column of the table
NUMBERS = {version: st.one_of(
    st.integers(0, 2 ** bits - 1),
    st.sampled_from([0, 1, 2 ** bits - 1, 2 ** (bits - 1), 2 ** (bits // 2) - 1, 2 ** (bits // 2), 2 ** (bits - 16)]),
    st.integers(0, 40), st.integers(2 ** (bits // 2) - 20, 2 ** (bits // 2) + 20)) for version, bits in BITS.items()}
ASNS = st.sampled_from([0, 1, 2, 3, 64500, 2 ** 32 - 1])


@st.composite
def networks(draw):
    """CIDR blocks of both families and any prefix length, with AS numbers."""
    version = draw(st.sampled_from([4, 6]))
    length = draw(st.integers(0, BITS[version]) | st.just(BITS[version]))
    address = KINDS[version](draw(NUMBERS[version]))
    return ipaddress.ip_network((address, length), strict=False), draw(ASNS)


@st.composite
def ranges(draw):
    """Ranges that need be no CIDR blocks."""
    version = draw(st.sampled_from([4, 6]))
    first, last = sorted([draw(NUMBERS[version]), draw(NUMBERS[version])])
    return KINDS[version](first), KINDS[version](last), draw(ASNS)


def ranges_csv(rows):
    return "".join(f"{first},{last},{asn},{name(asn)}\n" for first, last, asn in rows)


def name(asn):
    return f"Organisation {asn}" if asn else ""


def table_of(text, byteorder="little"):
    data = asn_sources.AsnData()
    asn_sources.read(data, text.splitlines())
    assert data.bad == 0, data.bad_example
    return asn_compile.compile_table(data, ABOUT, byteorder)[0]


def brute_force(rows, address):
    """The AS number of the smallest range with the address, the lowest of equally small ones."""
    inside = [(int(last) - int(first), asn) for first, last, asn in rows
              if first.version == address.version and first <= address <= last]
    return min(inside, default=(0, 0))[1] or None


def edges(rows):
    """Both ends of every range, and the addresses just outside."""
    for first, last, _asn in rows:
        for number in (int(first) - 1, int(first), int(last), int(last) + 1):
            if 0 <= number < 2 ** BITS[first.version]:
                yield KINDS[first.version](number)


@given(st.lists(ranges(), min_size=1, max_size=12), st.lists(NUMBERS[4].map(KINDS[4]) | NUMBERS[6].map(KINDS[6])))
@settings(deadline=None)
def test_a_lookup_is_what_counting_through_the_ranges_gives(rows, others):
    """Of any ranges, at their edges and anywhere else, in either byte order."""
    addresses = [*edges(rows), *others]
    expected = {str(address): brute_force(rows, address) for address in addresses}
    for byteorder in ("little", "big"):
        table = AsnTable(table_of(ranges_csv(rows), byteorder))
        table.verify()
        assert expected == table.lookup_many(expected)
        assert expected == {address: table.lookup(address) for address in expected}


@given(st.lists(networks(), min_size=1, max_size=12))
@settings(deadline=None)
def test_the_three_formats_give_the_same_table(blocks):
    """Nested CIDR blocks compile to the same bytes from every format, and answer most specific first."""
    rows = [(block[0], block[-1], asn) for block, asn in blocks]
    geolite = "network,number,name\n" + "".join(f"{block},{asn},{name(asn)}\n" for block, asn in blocks)
    iptoasn = "".join(f"{first}\t{last}\t{asn}\tXX\t{name(asn)}\n" for first, last, asn in rows)
    content = table_of(geolite)
    assert content == table_of(iptoasn) == table_of(ranges_csv(rows))
    table = AsnTable(content)
    assert {str(address): brute_force(rows, address) for address in edges(rows)} == table.lookup_many(
        {str(address) for address in edges(rows)})


@given(st.lists(ranges(), min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_and_repetition_of_rows_change_nothing(rows, chance: random.Random):
    """Shuffled and doubled rows give the same bytes."""
    mixed = rows + chance.sample(rows, len(rows) // 2)
    chance.shuffle(mixed)
    assert table_of(ranges_csv(rows)) == table_of(ranges_csv(mixed))


@given(st.lists(ranges(), min_size=1, max_size=12))
@settings(deadline=None)
def test_the_packed_form_keeps_everything(rows):
    """Packing resolved ranges and reading them back gives the same table, said about alike."""
    data = asn_sources.AsnData()
    asn_sources.read(data, ranges_csv(rows).splitlines())
    (ipv4, ipv6), _report = asn_compile.resolve(data)
    back = asn_sources.AsnData()
    asn_sources.read(back, list(asn_sources.pack(ABOUT, ipv4, ipv6, data.organisations)))
    assert (ipv4, ipv6, data.organisations, ABOUT) == (back.ipv4, back.ipv6, back.organisations, back.about)


@given(st.text(alphabet="0123456789abcdefABCDEFxg:. _+-%[]\t٣", max_size=45) | st.text())
def test_any_text_is_either_an_address_or_unknown(text):
    """In a table of one range over everything, exactly the texts that are addresses are found.

    Left aside is what ``ipaddress`` takes besides plain addresses: a zone, and dotted ends of IPv6.
    """
    table = EVERYTHING
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        assert table.lookup(text) is None
    else:
        plain = "%" not in text and not (address.version == 6 and "." in text)
        assert (64500 if plain else None) == table.lookup(text)


EVERYTHING = AsnTable(table_of("0.0.0.0,255.255.255.255,64500,All\n"
                               "::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64500,All\n"))


@given(NUMBERS[6], st.sampled_from(["compressed", "exploded"]))
def test_every_spelling_of_an_ipv6_address_is_read(number, spelling):
    """Compressed and full spelling, lower and upper case."""
    text = getattr(ipaddress.IPv6Address(number), spelling)
    assert {64500} == set(EVERYTHING.lookup_many([text, text.upper()]).values())
