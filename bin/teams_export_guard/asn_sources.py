"""Reads the text formats in which ASN data come, and the packed one in which this repo keeps them.

    ranges    start,end,AS number,"name"             the CSV of @ip-location-db/asn
    iptoasn   start<TAB>end<TAB>AS number<TAB>country<TAB>name     AS number 0 = not routed
    geolite   network,AS number,name                 GeoLite2-ASN, CIDR blocks that may be nested
    packed    see ``pack``                           lookups/asn/asn.tsv.xz, once decompressed

Takes lines of text and gives one ``AsnData``. A row that cannot be read is counted, the first one
is kept as the example, and the others go on. Knows no files, and does not judge whether ranges
overlap: that is the work of ``asn_compile``.
"""
from __future__ import annotations

import csv
import ipaddress
from typing import Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .errors import AsnTableError

PACKED_TITLE = "# ASN data of teams_export_guard, packed form 1"
HIGHEST_ASN = 2 ** 32 - 1  # RFC 6793: AS numbers have 32 bits
Range = Tuple[int, int, int]  # first address, last address, AS number


class About(NamedTuple):
    """What the product says about the data."""

    name: str
    date: str
    source: str
    attribution: str


class AsnData:
    """The rows of one or more sources, as they came; ``organisations`` has the first name given."""

    def __init__(self) -> None:
        self.ipv4: List[Range] = []
        self.ipv6: List[Range] = []
        self.organisations: Dict[int, str] = {}
        self.about: Optional[About] = None
        self.bad = 0
        self.bad_example = ""

    @property
    def rows(self) -> int:
        """How many rows were good."""
        return len(self.ipv4) + len(self.ipv6)

    def add(self, first: str, last: str, asn: str, name: str) -> None:
        """One range by the text of its columns; a ValueError says that it is no range."""
        start, end = ipaddress.ip_address(first), ipaddress.ip_address(last)
        if start.version != end.version or start > end:
            raise ValueError(f"{first} to {last} is no range")
        self._add(start.version, int(start), int(end), asn, name)

    def add_network(self, network: str, asn: str, name: str) -> None:
        """One range by its CIDR block."""
        block = ipaddress.ip_network(network)
        self._add(block.version, int(block[0]), int(block[-1]), asn, name)

    def _add(self, version: int, start: int, end: int, asn: str, name: str) -> None:
        if not (asn.isascii() and asn.isdigit() and int(asn) <= HIGHEST_ASN):
            raise ValueError(f"{asn!r} is no AS number")
        number = int(asn)
        (self.ipv4 if version == 4 else self.ipv6).append((start, end, number))
        if number and name:
            self.organisations.setdefault(number, name)


def read(data: AsnData, lines: Iterable[str]) -> str:
    """Add the rows of one source to ``data``; its format, told by its first line, is the answer."""
    rest = iter(lines)
    first = next(rest, "").rstrip("\r\n").lstrip("\ufeff")
    if first == PACKED_TITLE:
        _read_packed(data, rest)
        return "packed"
    columns = first.split(",")
    if columns[0] == "network":
        return _read_rows(data, rest, "geolite", _geolite)
    if first.count("\t") >= 4:
        return _read_rows(data, _chain(first, rest), "iptoasn", _iptoasn)
    if len(columns) >= 4:
        return _read_rows(data, _chain(first, rest), "ranges", _ranges)
    raise AsnTableError(f"The source begins with {first[:60]!r}, which is none of the formats: "
                        "start,end,asn,name (CSV), IPtoASN (TSV), GeoLite2-ASN (CSV with header).")


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _read_rows(data: AsnData, lines: Iterable[str], name: str,
               one: Callable[[AsnData, str], None]) -> str:
    for line in lines:
        text = line.rstrip("\r\n")
        if not text:
            continue
        try:
            one(data, text)
        except (ValueError, csv.Error):
            data.bad += 1
            data.bad_example = data.bad_example or text[:200]
    return name


def _cells(line: str) -> List[str]:
    """The cells of one CSV line; each line alone, so an open quote spoils no other."""
    return next(csv.reader([line], strict=True))


def _ranges(data: AsnData, line: str) -> None:
    first, last, asn, name = _cells(line)
    data.add(first, last, asn, name)


def _iptoasn(data: AsnData, line: str) -> None:
    first, last, asn, _country, name = line.split("\t", 4)
    data.add(first, last, asn, name)


def _geolite(data: AsnData, line: str) -> None:
    network, asn, name = _cells(line)
    data.add_network(network, asn, name)


def pack(about: About, ipv4: Iterable[Range], ipv6: Iterable[Range],
         organisations: Dict[int, str]) -> Iterator[str]:
    """The packed form, line by line, of ranges that are in order and do not overlap.

    A title; ``# key: value`` lines; then three parts, each begun by ``@organisations``, ``@ipv4``
    or ``@ipv6``. A row of the first is: AS number less that of the row before, name. A row of the
    others: addresses left out since the range before (hexadecimal), length of the range
    (hexadecimal), AS number. Cells are parted by tabs. Small differences compress best.
    """
    yield PACKED_TITLE
    for key, value in about._asdict().items():
        yield f"# {key}: {value}"
    yield "@organisations"
    before = 0
    for asn in sorted(organisations):
        yield f"{asn - before}\t{organisations[asn]}"
        before = asn
    for title, ranges in (("@ipv4", ipv4), ("@ipv6", ipv6)):
        yield title
        following = 0
        for start, end, asn in ranges:
            yield f"{start - following:x}\t{end - start + 1:x}\t{asn}"
            following = end + 1


def _read_packed(data: AsnData, lines: Iterable[str]) -> None:
    """Our own file: no row of it may be bad, so any fault is an AsnTableError."""
    about: Dict[str, str] = {}
    parts: Dict[str, List[str]] = {"@organisations": [], "@ipv4": [], "@ipv6": []}
    part: Optional[List[str]] = None
    for line in lines:
        text = line.rstrip("\n")
        if part is None and text.startswith("# "):
            key, _, value = text[2:].partition(": ")
            about[key] = value
        elif text in parts:
            part = parts[text]
        elif part is not None:
            part.append(text)
    try:
        data.about = About(**about)
        _unpack_organisations(data, parts["@organisations"])
        data.ipv4.extend(_unpack_ranges(parts["@ipv4"]))
        data.ipv6.extend(_unpack_ranges(parts["@ipv6"]))
    except (TypeError, ValueError) as fault:
        raise AsnTableError(f"The packed ASN data are damaged: {fault}.") from fault


def _unpack_organisations(data: AsnData, rows: Iterable[str]) -> None:
    asn = 0
    for row in rows:
        step, name = row.split("\t", 1)
        asn += int(step)
        data.organisations.setdefault(asn, name)


def _unpack_ranges(rows: Iterable[str]) -> Iterator[Range]:
    following = 0
    for row in rows:
        gap, length, asn = row.split("\t")
        start = following + int(gap, 16)
        following = start + int(length, 16)
        yield start, following - 1, int(asn)
