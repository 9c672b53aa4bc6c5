"""From a record's client address to its network."""

import pytest

from teams_export_guard.network_classes import NetworkClasses
from teams_export_guard.networks import Networks, NoTable, parse_asn
from tests.support import ShortTable, record

TABLE = ShortTable({"8.8.8.8": (100, "Hundred"), "10.0.0.1": (666, "Nobody's"), "2600::1": (300, "")})


class CountingTable(ShortTable):
    """A table that counts how often it is asked."""

    asked = 0

    def lookup(self, address):
        self.asked += 1
        return super().lookup(address)


@pytest.mark.parametrize("text, asn", [("64500", 64500), ("AS64500", 64500), ("0100", 100), ("AS0100", 100),
("4294967295", 4294967295)])
def test_asn_texts(text, asn):
    """Digits, with or without AS before them."""
    assert asn == parse_asn(text)


@pytest.mark.parametrize("text", ["", "AS", "as100", "-", "100,200", "100\n200", " 100", "AS 100", "1.5", "-1", "١",
"0", "AS0", "100\n"])
def test_other_texts_are_unknown(text):
    """Anything else, and AS 0, which is nobody's, is unknown."""
    assert parse_asn(text) is None


def test_address_has_what_the_table_says():
    """A routable address is looked up in its plain form."""
    assert [100, 100, 300, None] == [
        Networks(TABLE).asn(record(client_ip=ip).source) for ip in ("8.8.8.8", "::ffff:8.8.8.8", "[2600::1]:443", "9.9.9.9")
    ]


def test_address_without_a_network_is_not_looked_up():
    """A private address is unknown even if a table lists it."""
    assert Networks(TABLE).asn(record(client_ip="10.0.0.1").source) is None


def test_asn_column_wins_over_the_table():
    """A non-empty ``asn`` column decides, for a private address too."""
    networks = Networks(TABLE)
    assert [7, 7] == [networks.asn(record(client_ip=ip, asn_text="AS7").source) for ip in ("8.8.8.8", "10.0.0.1")]


def test_bad_asn_column_is_unknown():
    """Text that is no number does not fall back to the table."""
    assert Networks(TABLE).asn(record(asn_text="Google").source) is None


def test_distinct_address_is_looked_up_once():
    """The table is asked once for each plain address, also where it has none."""
    table = CountingTable({})
    networks = Networks(table)
    for ip in ("8.8.8.8", "8.8.8.8:443", "9.9.9.9", "8.8.8.8"):
        networks.asn(record(client_ip=ip).source)
    assert 2 == table.asked


def test_organisations_come_from_the_table():
    """An ASN that the table names has its name, another one none."""
    networks = Networks(TABLE)
    assert ["Hundred", "", ""] == [networks.organisation(asn) for asn in (100, 300, 7)]


def test_no_table_knows_nothing():
    """Without a table every address is unknown, and an ``asn`` column still counts."""
    networks = Networks()
    assert (None, 7, "") == (networks.asn(record().source), networks.asn(record(asn_text="7").source), networks.organisation(7))
    assert "none" == NoTable.name


def test_former_numbers_of_the_record_s_address():
    """In its plain form, of a routable address alone."""
    table = ShortTable({}, {"8.8.8.8": (5, 6), "10.0.0.1": (7,)})
    networks = Networks(table)
    assert [(5, 6), (5, 6), (), ()] == [
        networks.former(record(client_ip=ip).source) for ip in ("8.8.8.8", "[::ffff:8.8.8.8]:443", "10.0.0.1", "9.9.9.9")
    ]


def test_no_table_relabels_what_the_row_itself_says():
    """Where the row's own ``asn`` column decided, there are no former numbers."""
    table = ShortTable({}, {"8.8.8.8": (5,)})
    assert () == Networks(table).former(record(client_ip="8.8.8.8", asn_text="AS7").source)
    assert () == Networks().former(record(client_ip="8.8.8.8").source)


def test_a_network_has_the_class_of_its_number():
    """Where the table of classes has one."""
    networks = Networks(classes=NetworkClasses([{"asn": "100", "network_class": "cloud"}]))
    assert ["cloud", ""] == [networks.class_of(100), networks.class_of(200)]
