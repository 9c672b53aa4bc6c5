"""What kind of network an AS number is: the file that ships, and what its rows must be."""

import lzma

import pytest

from teams_export_guard import asn_sources
from teams_export_guard.errors import TableError
from teams_export_guard.network_classes import CLASSES, NetworkClasses, looks_right
from teams_export_guard.schema import violations
from teams_export_guard.tables import NETWORK_CLASSES, Tables
from tests.app.confs import lookup
from tests.conftest import ROOT

HEADER = "asn,network_class,note\n"


def classes(tmp_path, text):
    (tmp_path / "lookups").mkdir()
    (tmp_path / "lookups" / NETWORK_CLASSES).write_text(text)
    return Tables(tmp_path).network_classes()


def test_the_file_that_ships_has_every_class_but_office():
    """Which only the customer knows."""
    assert set(CLASSES) - {"office"} == {row["network_class"] for row in lookup(NETWORK_CLASSES)}
    shipped = Tables(ROOT).network_classes()
    assert ["service", "cloud", "vpn", "mobile", ""] == [shipped.of(asn) for asn in (8075, 16509, 209103, 21928, 64500)]


def test_every_number_that_ships_belongs_to_who_the_note_names():
    """By the organisation names of the table that ships."""
    data = asn_sources.AsnData()
    with lzma.open(ROOT / "lookups/asn/asn.tsv.xz", "rt", encoding="utf-8", newline="\n") as lines:
        asn_sources.read(data, lines)
    for row in lookup(NETWORK_CLASSES):
        assert data.organisations[int(row["asn"])] == row["note"].partition(": ")[0], row


def test_an_empty_file_is_no_fault(tmp_path):
    """Whoever wants no classes deletes the rows."""
    assert 0 == len(classes(tmp_path, HEADER))


@pytest.mark.parametrize("text, said", [
    ("64500,office,x\n64501,Cloud,y\n", r"1 bad rows \(line 3: network_class: 'Cloud' is not one of \['office'"),
    ("AS64500,cloud,x\n", r"line 2: asn: 'AS64500'"), ("0,cloud,x\n", "line 2: asn"), (",cloud,x\n", "line 2: asn"),
    ("64500\n", "line 2: network_class"), ("64500,cloud,x\n64500,vpn,y\n", "AS64500 cloud in line 2 and vpn in line 3"),
])
def test_a_bad_row_is_said_with_its_line(tmp_path, text, said):
    """An unknown class, a number that is none, two classes for one number."""
    with pytest.raises(TableError, match=said):
        classes(tmp_path, HEADER + text)


@pytest.mark.parametrize("row", [
    {"asn": "1", "network_class": "vpn"}, {"asn": "01", "network_class": "vpn"}, {"asn": "1", "network_class": ""},
    {"asn": None, "network_class": "vpn"}, {"asn": "1"}, {"asn": "12345678901", "network_class": "vpn"},
    {"asn": "1\n", "network_class": "vpn"}, {"asn": "٣", "network_class": "vpn"},
])
def test_the_cheap_test_agrees_with_the_schema(row):
    """Which words the reason."""
    assert looks_right(row) == (not violations("NETWORK_ROW", row))


def test_a_number_that_is_listed_twice_alike_has_its_class(tmp_path):
    """Lookups are written by hand."""
    assert "vpn" == classes(tmp_path, HEADER + "64500,vpn,x\n64500,vpn,y\n").of(64500)
    assert "" == NetworkClasses().of(1)


def test_classes_are_a_mapping():
    """Of AS number to class, as whoever judges takes them."""
    found = NetworkClasses([{"asn": "64500", "network_class": "vpn"}])
    assert ({64500: "vpn"}, "vpn", None) == (dict(found), found[64500], found.get(1))
