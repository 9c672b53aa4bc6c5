"""Addresses and ASNs, as the contract's paragraph "ClientIP -> ASN" says.

Knows which texts are an address, its plain form, and which addresses have no ASN.
Does not know the ASN table: that is a function handed in, plain address -> (asn, organisation) or None.
"""

from __future__ import annotations

import ipaddress
import re

# "0/8 10/8 100.64/10 ... ff00::/8"
WITHOUT_ASN = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "100::/64",
        "2001:db8::/32",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
]


def plain(text):
    """The plain address in `text`, or "" where there is none (empty, `<null>`, a host name)."""
    # "`1.2.3.4`, `1.2.3.4:443`, `2001:db8::1`, `[2001:db8::1]:443`, `::ffff:1.2.3.4` normalise to the plain address."
    v4 = re.fullmatch(r"([0-9.]+)(:[0-9]+)?", text)
    v6 = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](:[0-9]+)?", text) or re.fullmatch(r"([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)", text)
    try:
        if v4:
            return str(ipaddress.IPv4Address(v4.group(1)))
        if v6:
            address = ipaddress.IPv6Address(v6.group(1))
            return str(address.ipv4_mapped or address)
    except ValueError:
        return ""
    return ""


def asn_of_address(address, asn_lookup):
    """(asn or None, organisation) of a plain address."""
    if address == "":
        return None, ""
    parsed = ipaddress.ip_address(address)
    # "private, loopback, link-local, multicast and reserved addresses have no ASN"
    if any(parsed.version == net.version and parsed in net for net in WITHOUT_ASN):
        return None, ""
    # "Every other address has what the table says."
    found = asn_lookup(address)
    if not found or not found[0]:
        return None, ""
    return found[0], found[1]


def asn_of_row(column, address, asn_lookup):
    """(asn or None, organisation): the `asn` column beside the row, or else the table."""
    asn, organisation = asn_of_address(address, asn_lookup)
    # "A non-empty `asn` column on a row wins over the table: digits, with or without `AS` before them;
    #  anything else there is unknown."
    if column == "":
        return asn, organisation
    digits = re.fullmatch(r"(?:AS)?([0-9]+)", column)
    said = int(digits.group(1)) if digits else 0
    if said == 0:
        return None, ""
    return said, organisation if said == asn else ""
