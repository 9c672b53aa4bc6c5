"""The networks that people and applications of the sample come from.

Knows: for each network a prefix of public addresses and the AS number that the ASN table of the app
gives for every address in it. The contract gives documentation ranges (192.0.2.0/24 and such) no ASN,
so a sample that is to show "first seen ASN" has to use public addresses. These prefixes lie inside
the large, old allocations of well-known operators; no address stands for a real person or machine.
Does not know: the ASN table (tests/app compares the two).
"""

from __future__ import annotations

import ipaddress
from typing import Dict, NamedTuple

from .draw import number


class Network(NamedTuple):
    """A block of addresses with one AS number; 0 is none."""

    prefix: str
    asn: int
    operator: str


NETWORKS: Dict[str, Network] = {
    # offices
    "office-frankfurt": Network("62.23.0.0/16", 8220, "Colt"),
    "office-copenhagen": Network("80.160.0.0/13", 3292, "TDC"),
    "office-newyork": Network("71.112.0.0/12", 701, "Verizon"),
    # homes
    "home-telekom": Network("91.0.0.0/10", 3320, "Deutsche Telekom"),
    "home-telekom6": Network("2003:c0::/26", 3320, "Deutsche Telekom"),
    "home-vodafone": Network("88.64.0.0/12", 3209, "Vodafone Germany"),
    "home-tdc": Network("87.48.0.0/13", 3292, "TDC"),
    "home-comcast": Network("73.0.0.0/8", 7922, "Comcast"),
    "home-comcast6": Network("2601:600::/24", 7922, "Comcast"),
    "home-att": Network("108.192.0.0/11", 7018, "AT&T"),
    # phones
    "mobile-de": Network("77.0.0.0/12", 6805, "Telefonica Germany"),
    "mobile-dk": Network("94.144.0.0/13", 9158, "Telenor Denmark"),
    "mobile-us": Network("172.32.0.0/11", 21928, "T-Mobile USA"),
    # clouds that applications live in, and Microsoft's own, which often stands in for the user's address
    "cloud-amazon": Network("3.128.0.0/10", 16509, "Amazon"),
    "cloud-google": Network("35.208.0.0/13", 15169, "Google"),
    "cloud-microsoft": Network("20.64.0.0/10", 8075, "Microsoft"),
    "cloud-microsoft6": Network("2603:1020::/32", 8075, "Microsoft"),
    # hosting that nobody in the tenant uses, until a planted pattern does
    "hosting-digitalocean6": Network("2400:6180::/48", 14061, "DigitalOcean"),
    "hosting-hetzner": Network("95.216.0.0/15", 24940, "Hetzner"),
    "hosting-m247": Network("146.70.64.0/18", 9009, "M247"),
    "hosting-ovh": Network("54.36.0.0/14", 16276, "OVH"),
    "hosting-vultr": Network("45.76.0.0/15", 20473, "Vultr (The Constant Company)"),
    # addresses that have no ASN
    "private": Network("10.20.0.0/16", 0, "the tenant's own, behind a gateway"),
}

_SPANS = {
    name: (int(block.network_address), block.num_addresses)
    for name, block in ((n, ipaddress.ip_network(w.prefix)) for n, w in NETWORKS.items())
}


def address(network: str, *names: object) -> str:
    """The address in `network` that belongs to these names for ever, in its plain form."""
    first, size = _SPANS[network]
    return str(ipaddress.ip_address(first + 1 + number("address", network, *names) % (size - 2)))


def with_port(plain: str, port: int) -> str:
    """As Exchange and Entra write it: `1.2.3.4:443`, `[2001:db8::1]:443`."""
    return "[%s]:%d" % (plain, port) if ":" in plain else "%s:%d" % (plain, port)


def mapped(plain: str) -> str:
    """As Teams writes an IPv4 address: `::ffff:1.2.3.4`. IPv6 stays as it is."""
    return plain if ":" in plain else "::ffff:" + plain
