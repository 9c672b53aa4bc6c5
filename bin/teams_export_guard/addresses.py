"""Client addresses: from the wild forms of ``ClientIP`` to the plain address.

Knows the forms that audit records carry (``1.2.3.4:443``, ``[2001:db8::1]:443``,
``::ffff:1.2.3.4`` …) and which addresses can have no ASN (contract, section 2). The list is
spelt out because ``ipaddress.is_private`` differs between Python versions. Knows no ASN.
"""

import ipaddress
import re
from bisect import bisect_right
from functools import lru_cache

#: Addresses that no route announces: private, loopback, link-local, multicast, reserved (contract, section 2).
NO_ASN = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "::/128 ::1/128 100::/64 2001:db8::/32 fc00::/7 fe80::/10 ff00::/8"
    ).split()
)
#: By version the first and the last numbers of their ranges, which are in order.
_NO_ASN_RANGES = {
    version: tuple(zip(*sorted((int(n[0]), int(n[-1])) for n in NO_ASN if n.version == version))) for version in (4, 6)
}

_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::[0-9]{1,5})?")
_OCTET = r"(25[0-5]|2[0-4][0-9]|(?:1[0-9]|[1-9])?[0-9])"
_DOTTED = re.compile(r"\.".join([_OCTET] * 4))  # as ``ipaddress`` writes it, and much faster read
_WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}")


@lru_cache(maxsize=65536)
def plain_address(client_ip):
    """The plain address in ``client_ip``: dotted IPv4 or compressed lower-case IPv6; '' where there is none.

    An IPv4-mapped IPv6 address is its IPv4 address. A host name, ``<null>`` and text that is no
    address give ''.
    """
    if _DOTTED.fullmatch(client_ip):
        return client_ip
    text = client_ip.strip()
    match = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    if match:
        text = match.group(1)
    if "%" in text:  # a zone index is local to the host that wrote it
        text = text.partition("%")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


@lru_cache(maxsize=65536)
def is_routable(address):
    """True if the plain ``address`` can have an ASN, i.e. is none of ``NO_ASN`` and not ''."""
    if not address:
        return False
    dotted = _DOTTED.fullmatch(address)
    if dotted:
        version, number = 4, int.from_bytes(map(int, dotted.groups()), "big")
    else:
        parsed = ipaddress.ip_address(address)
        version, number = parsed.version, int(parsed)
    firsts, lasts = _NO_ASN_RANGES[version]
    place = bisect_right(firsts, number) - 1
    return place < 0 or number > lasts[place]
