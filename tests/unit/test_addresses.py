"""From the wild forms of ClientIP to the plain address, and which of those have no network."""

import pytest

from teams_export_guard.addresses import NO_ASN, is_routable, plain_address


@pytest.mark.parametrize(
    "given, plain",
    [
        ("1.2.3.4", "1.2.3.4"), ("1.2.3.4:443", "1.2.3.4"), (" 1.2.3.4 ", "1.2.3.4"), ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:DB8:0:0::1]", "2001:db8::1"), ("::ffff:1.2.3.4", "1.2.3.4"),
        ("[::ffff:1.2.3.4]:443", "1.2.3.4"), ("::FFFF:0102:0304", "1.2.3.4"), ("fe80::1%eth0", "fe80::1"),
        ("[1.2.3.4]:80", "1.2.3.4"), ("0.0.0.0", "0.0.0.0"), ("::", "::"),
    ],
)
def test_wild_forms_give_the_plain_address(given, plain):
    """Port, brackets, mapping, zone, case and blanks are taken off."""
    assert plain == plain_address(given)


@pytest.mark.parametrize(
    "given",
    ["", "<null>", "host.example.com", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4:", "1.2.3.4:443x", "[::1", "::1]",
    "1.2.3.4/24",
     "01.2.3.4", "١.2.3.4", "1.2.3.4\0", "[]:443", "12345"],
)
def test_what_is_no_address(given):
    """A host name, ``<null>`` and broken text give no address."""
    assert "" == plain_address(given)


@pytest.mark.parametrize(
    "network",
    "0/8 10/8 100.64/10 127/8 169.254/16 172.16/12 192.0.0/24 192.0.2/24 192.168/16 198.18/15 198.51.100/24 203.0.113/24 "
    "224/4 240/4 ::/128 ::1/128 100::/64 2001:db8::/32 fc00::/7 fe80::/10 ff00::/8".split(),
)
def test_networks_of_the_contract_have_no_asn(network):
    """First and last address of each network that contract section 2 lists are not routable."""
    start, length = network.split("/")
    if ":" not in start:
        start = ".".join((start.split(".") + ["0"] * 3)[:4])
    (found,) = [one for one in NO_ASN if "%s/%s" % (start, length) == str(one)]
    assert (False, False) == (is_routable(str(found[0])), is_routable(str(found[-1])))


@pytest.mark.parametrize(
    "address",
    "1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 "
    "172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 "
    "198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 ::2 100:0:0:1:: 2001:db7:ffff::1 2001:db9:: "
    "fbff::1 fe7f::1 fec0::1 feff::1 2600::1".split(),
)
def test_neighbours_of_those_networks_are_routable(address):
    """The addresses just outside may have an ASN."""
    assert is_routable(address)


def test_no_address_is_not_routable():
    """The empty text, which stands for no address, has no network."""
    assert not is_routable("")
