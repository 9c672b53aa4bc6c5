"""A made-up table of networks that passes for one of the whole Internet: large enough, with the well-known addresses.

Knows the least that ``asn_check`` asks for. No number in it, but those of the landmarks, says anything of the real
Internet. Rows are (first, last, AS number) in integers; the writers give the text of each format.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from ipaddress import IPv4Address, IPv6Address

from teams_export_guard.asn_check import LANDMARKS, LEAST_RANGES

SHIFT4, SHIFT6 = 14, 96  # every range is a /18, or a /32
BEGIN4, BEGIN6 = 1 << 24, 0x20010000 << SHIFT6
COUNT4, COUNT6 = LEAST_RANGES["IPv4"] + 100, LEAST_RANGES["IPv6"] + 100


def asn_of(number):
    """The AS number of the range with that number; neighbours differ."""
    return 100_000 + number % 5000


def asn_at(address):
    """The AS number of an IPv4 address that is no landmark."""
    return asn_of(int(IPv4Address(address)) >> SHIFT4)


def rows(moved=None, count4=COUNT4, count6=COUNT6):
    """(IPv4 rows, IPv6 rows); ``moved`` is plain address -> the AS number that its range has instead."""
    said = {address: allowed[0] for address, allowed, _ in LANDMARKS}
    said.update(moved or {})
    fixed4 = {int(IPv4Address(one)) >> SHIFT4: asn for one, asn in said.items() if ":" not in one}
    fixed6 = {int(IPv6Address(one)) >> SHIFT6: asn for one, asn in said.items() if ":" in one}
    numbers4 = dict.fromkeys((BEGIN4 >> SHIFT4) + number for number in range(count4))
    numbers6 = dict.fromkeys(sorted({*fixed6, *((BEGIN6 >> SHIFT6) + number for number in range(count6))}))
    return tuple(
        [(number << shift, (number + 1 << shift) - 1, fixed.get(number) or asn_of(number)) for number in numbers]
        for numbers, shift, fixed in ((numbers4, SHIFT4, fixed4), (numbers6, SHIFT6, fixed6))
    )


def _texts(table):
    for kind, ranges in zip((IPv4Address, IPv6Address), table):
        for first, last, asn in ranges:
            yield str(kind(first)), str(kind(last)), asn


def iptoasn(table):
    """As IPtoASN serves it, unpacked."""
    return "".join("%s\t%s\t%d\tZZ\tNet %d\n" % (first, last, asn, asn) for first, last, asn in _texts(table)).encode()


def ranges_csv(table, header=True):
    """A lookup of one's own, with a header as Splunk's have it."""
    text = "".join("%s,%s,%d,Net %d\n" % (first, last, asn, asn) for first, last, asn in _texts(table))
    return (("start,end,asn,name\n" if header else "") + text).encode()


def geolite(table, version):
    """One of the two CSV files of GeoLite2-ASN."""
    kind, ranges, length = ((IPv4Address, table[0], 18), (IPv6Address, table[1], 32))[version == 6]
    lines = ["network,autonomous_system_number,autonomous_system_organization"]
    return "\n".join([*lines, *("%s/%d,%d,Net %d" % (kind(first), length, asn, asn) for first, _, asn in ranges), ""]).encode()


def geolite_zip(table, day="20260601"):
    """The archive of both, as MaxMind serves it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for version in (4, 6):
            archive.writestr("GeoLite2-ASN-CSV_%s/GeoLite2-ASN-Blocks-IPv%d.csv" % (day, version), geolite(table, version))
        archive.writestr("GeoLite2-ASN-CSV_%s/LICENSE.txt" % day, "a licence\n")
    return packed.getvalue()


def zipped(text):
    """As gzip packs it."""
    return gzip.compress(text, 1)
