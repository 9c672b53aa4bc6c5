"""Reads the text formats in which ASN data come, and the packed one in which this repo keeps them.

    ranges    start,end,AS number,"name"             the CSV of @ip-location-db/asn, and of one's own
    iptoasn   start<TAB>end<TAB>AS number<TAB>country<TAB>name     AS number 0 = not routed; also with commas
    geolite   network,AS number,name                 GeoLite2-ASN, CIDR blocks that may be nested
    packed    see ``pack``                           lookups/asn/asn.tsv.xz, once decompressed

A CSV may begin with a header, as Splunk's lookups do; its columns are then found by their names (``HEADERS``).
Takes lines of text and gives one ``AsnData``. A row that cannot be read is counted, the first one
is kept as the example, and the others go on. Knows no files, and does not judge whether ranges
overlap: that is the work of ``asn_compile``.
"""
from __future__ import annotations

import csv
import ipaddress
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional

from .asn import Former, Labels, Range
from .errors import AsnTableError

PACKED_TITLE = "# ASN data of teams_export_guard, packed form 1"
LABELLED_TITLE = "# ASN data of teams_export_guard, packed form 2"  # with former labels
FORMATS = ("ranges", "iptoasn", "geolite", "packed")
HIGHEST_ASN = 2 ** 32 - 1  # RFC 6793: AS numbers have 32 bits
HIGHEST_ADDRESS = {4: 2 ** 32 - 1, 6: 2 ** 128 - 1}
#: What a column may be called in the header of a CSV, in lower case and with _ for anything between words.
HEADERS = {
    "first": "start start_ip first first_ip range_start ip_range_start from".split(),
    "last": "end end_ip last last_ip range_end ip_range_end to".split(),
    "asn": "asn as_number autonomous_system_number".split(),
    "name": "name as_name as_org org organization organisation as_description description "
            "autonomous_system_organization".split(),
    "country": "country country_code".split(),
}


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
        self.former4: List[Former] = []
        self.former6: List[Former] = []
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
    if first in (PACKED_TITLE, LABELLED_TITLE):
        _read_packed(data, rest)
        return "packed"
    columns = _header(first)
    if columns[0] == "network":
        return _read_rows(data, rest, "geolite", _geolite)
    if first.count("\t") >= 4:
        return _read_rows(data, _chain(first, rest), "iptoasn", _iptoasn)
    places = {kind: columns.index(name) for kind, names in HEADERS.items() for name in columns if name in names}
    if {"first", "last", "asn"} <= set(places):
        return _read_rows(data, rest, "iptoasn" if "country" in places else "ranges", _by_name(places))
    if len(columns) == 5 and _is_address(columns[0]):
        return _read_rows(data, _chain(first, rest), "iptoasn", _iptoasn_csv)
    if len(columns) >= 4:
        return _read_rows(data, _chain(first, rest), "ranges", _ranges)
    raise AsnTableError(f"The source begins with {first[:60]!r}, which is none of the formats: "
                        "start,end,asn,name (CSV), IPtoASN (TSV), GeoLite2-ASN (CSV with header).")


def _header(line: str) -> List[str]:
    """The cells of a first line as names of columns."""
    try:
        return [cell.strip().lower().replace(" ", "_") for cell in _cells(line)] or [""]
    except (csv.Error, StopIteration):
        return [""]


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _by_name(places: Dict[str, int]) -> Callable[[AsnData, str], None]:
    first, last, asn, name = (places.get(kind) for kind in ("first", "last", "asn", "name"))

    def one(data: AsnData, line: str) -> None:
        cells = _cells(line)
        try:
            data.add(cells[first], cells[last], cells[asn], "" if name is None else cells[name])
        except IndexError as fault:
            raise ValueError("too few cells") from fault

    return one


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


def _iptoasn_csv(data: AsnData, line: str) -> None:
    first, last, asn, _country, name = _cells(line)
    data.add(first, last, asn, name)


def _geolite(data: AsnData, line: str) -> None:
    network, asn, name = _cells(line)
    data.add_network(network, asn, name)


def pack(about: About, ipv4: Iterable[Range], ipv6: Iterable[Range],
         organisations: Dict[int, str], former4: Iterable[Former] = (), former6: Iterable[Former] = ()) -> Iterator[str]:
    """The packed form, line by line, of ranges that are in order and do not overlap.

    A title; ``# key: value`` lines; then three parts, each begun by ``@organisations``, ``@ipv4``
    or ``@ipv6``. A row of the first is: AS number less that of the row before, name. A row of the
    others: addresses left out since the range before (hexadecimal), length of the range
    (hexadecimal), AS number. Cells are parted by tabs. Small differences compress best.

    Where there are former labels, form 2 has them in two more parts, ``@former4`` and ``@former6``: addresses left out,
    length, and each label as ``AS number:day``, parted by blanks.
    """
    former = (("@former4", list(former4)), ("@former6", list(former6)))
    yield LABELLED_TITLE if any(rows for _, rows in former) else PACKED_TITLE
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
    for title, stretches in former:
        if stretches:
            yield title
        following = 0
        for start, end, labels in stretches:
            said = " ".join(f"{asn}:{day}" for asn, day in labels)
            yield f"{start - following:x}\t{end - start + 1:x}\t{said}"
            following = end + 1


def _read_packed(data: AsnData, lines: Iterable[str]) -> None:
    """Our own file: no row of it may be bad, so any fault is an AsnTableError."""
    about: Dict[str, str] = {}
    parts: Dict[str, List[str]] = {"@organisations": [], "@ipv4": [], "@ipv6": [], "@former4": [], "@former6": []}
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
        data.ipv4.extend(_unpack(parts["@ipv4"], 4, _asn))
        data.ipv6.extend(_unpack(parts["@ipv6"], 6, _asn))
        data.former4.extend(_unpack(parts["@former4"], 4, _labels))
        data.former6.extend(_unpack(parts["@former6"], 6, _labels))
    except (TypeError, ValueError) as fault:
        raise AsnTableError(f"The packed ASN data are damaged: {fault}.") from fault


def _unpack_organisations(data: AsnData, rows: Iterable[str]) -> None:
    asn = 0
    for row in rows:
        step, name = row.split("\t", 1)
        asn += int(step)
        if not 0 < asn <= HIGHEST_ASN:
            raise ValueError(f"{asn} is no AS number")
        data.organisations.setdefault(asn, name)


def _unpack(rows: Iterable[str], version: int, read_value: Callable[[str], Any]) -> Iterator[Any]:
    following, highest = 0, HIGHEST_ADDRESS[version]
    for row in rows:
        gap, length, said = row.split("\t")
        start = following + int(gap, 16)
        end = start + int(length, 16) - 1
        if not following <= start <= end <= highest:
            raise ValueError(f"{row[:60]!r} is no range behind the one before it")
        following = end + 1
        yield start, end, read_value(said)


def _asn(text: str) -> int:
    asn = int(text)
    if not 0 < asn <= HIGHEST_ASN:
        raise ValueError(f"{asn} is no AS number")
    return asn


def _labels(text: str) -> Labels:
    pairs = (label.split(":") for label in text.split(" "))
    return tuple((_asn(asn), _asn(day)) for asn, day in pairs)  # a day, like an AS number, has 32 bits
