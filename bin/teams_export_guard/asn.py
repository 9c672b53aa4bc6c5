"""Which autonomous system announces an address: a compact, read-only table.

The table is one file, made by ``asn_compile``; this module reads it from a buffer that somebody
else opened (``asn_file`` maps the file into memory). It knows no files, no special ranges (an
address of 10/8 is looked up like any other; ``addresses`` decides beforehand) and no other
spelling of an address than the plain one.

The file, every number in one byte order, every column beginning at a multiple of 8:

    magic 8 | order mark 4 | length of the description 4 | CRC-32 of the description 4 | zero 4
    description    JSON: name, date, source, attribution, ranges, CRC-32 of the columns, columns
    v4_index       4-byte  65,537 entries: where the ranges of each upper 16 bits begin
    v4_start       4-byte  first address of each IPv4 range; a range lasts until the next begins
    v4_asn         4-byte  its AS number, 0 for a gap
    v6_index       4-byte  65,537 entries, likewise
    v6_high v6_low 8-byte  first address of each IPv6 range, in two columns, so nothing is cut
    v6_asn         4-byte
    org_asn        4-byte  AS numbers that have a name, ascending
    org_end        4-byte  where each name ends in org_text; the first entry is 0
    org_text       bytes   the names, UTF-8
    former4_start  4-byte  first address of each IPv4 stretch with the same former labels, from 0 on
    former4_end    4-byte  where the labels of each stretch end in former_asn; the first entry is where they begin
    former6_high former6_low 8-byte, former6_end 4-byte   likewise of IPv6
    former_asn     4-byte  AS numbers that a stretch had in earlier tables, the last one first
    former_until   4-byte  the day (days since 1970, UTC) from which that does not matter any more

The first range of each family begins at address 0, so a lookup never falls before the table.
WARNING: ``asn_compile.write_table`` writes what is described here; change both together.
"""
from __future__ import annotations

import json
import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .errors import AsnTableError

MAGIC = b"TEG-ASN2"
HEAD = "8sIIII"  # magic, order mark, description length, description CRC-32, zero
ORDER_MARK = 0x01020304
ALIGNMENT = 8
COLUMNS = {"v4_index": "I", "v4_start": "I", "v4_asn": "I",
           "v6_index": "I", "v6_high": "Q", "v6_low": "Q", "v6_asn": "I",
           "org_asn": "I", "org_end": "I", "org_text": "B",
           "former4_start": "I", "former4_end": "I",
           "former6_high": "Q", "former6_low": "Q", "former6_end": "I", "former_asn": "I", "former_until": "I"}

_OCTETS = {str(number): number for number in range(256)}
_ZEROS = ["0"] * 8
_HALVES = struct.Struct(">QQ").unpack

Range = Tuple[int, int, int]  # first address, last address, AS number
Labels = Tuple[Tuple[int, int], ...]  # (former AS number, the day until which it counts), the last one first
Former = Tuple[int, int, Labels]  # first address, last address, what it was called


class Ranges(NamedTuple):
    """How many ranges of the table have an AS number."""

    ipv4: int
    ipv6: int


class AsnTable:
    """The table in a buffer (bytes, mmap): checked when made, then only read.

    ``name``, ``date``, ``source`` and ``attribution`` say what the data is and must be shown
    with it. The check covers the header and all sizes; ``verify`` also reads every byte.
    """

    def __init__(self, buffer: Any) -> None:
        view = memoryview(buffer)
        about, swap = _read_head(view)
        self.name = str(about["name"])
        self.date = str(about["date"])
        self.source = str(about["source"])
        self.attribution = str(about["attribution"])
        self.ranges = Ranges(*about["ranges"])
        self._body = view[about["begin"]:]
        self._body_crc = about["crc"]
        (self._v4_index, self._v4_start, self._v4_asn,
         self._v6_index, self._v6_high, self._v6_low, self._v6_asn,
         self._org_asn, self._org_end, self._org_text,
         self._former4_start, self._former4_end, self._former6_high, self._former6_low, self._former6_end,
         self._former_asn, self._former_until) = _read_columns(view, about, swap)

    def lookup(self, address: str) -> Optional[int]:
        """The AS number of a plain address; None where the table has none, or for no address."""
        return self.lookup_many((address,))[address]

    def lookup_many(self, addresses: Iterable[str]) -> Dict[str, Optional[int]]:
        """The same for many: every given address is a key of the answer."""
        octets, index, start, asns = _OCTETS, self._v4_index, self._v4_start, self._v4_asn
        found: Dict[str, Optional[int]] = {}
        for address in addresses:
            if ":" in address:
                found[address] = self._lookup_v6(address)
                continue
            try:
                a, b, c, d = address.split(".")
                upper = octets[a] << 8 | octets[b]
                number = upper << 16 | octets[c] << 8 | octets[d]
            except (ValueError, KeyError):  # no address
                found[address] = None
                continue
            at = bisect_right(start, number, index[upper], index[upper + 1]) - 1
            found[address] = asns[at] or None
        return found

    def _lookup_v6(self, address: str) -> Optional[int]:
        halves = _parse_v6(address)
        if halves is None:
            return None
        high, low = halves
        index, upper = self._v6_index, high >> 48
        at = _place_v6(self._v6_high, self._v6_low, high, low, index[upper], index[upper + 1])
        return self._v6_asn[at] or None

    def ipv4(self) -> Iterator[Range]:
        """Every IPv4 range that has an AS number, in order."""
        return _ranges(self._v4_start, self._v4_asn, 2 ** 32)

    def ipv6(self) -> Iterator[Range]:
        """Every IPv6 range that has an AS number, in order."""
        return _ranges(_starts_v6(self._v6_high, self._v6_low), self._v6_asn, 2 ** 128)

    def former4(self) -> Iterator[Former]:
        """Every IPv4 stretch with former labels, in order."""
        return self._formers(list(self._former4_start), self._former4_end, 2 ** 32)

    def former6(self) -> Iterator[Former]:
        """Every IPv6 stretch with former labels, in order."""
        return self._formers(_starts_v6(self._former6_high, self._former6_low), self._former6_end, 2 ** 128)

    def _formers(self, starts: List[int], ends: Any, beyond: int) -> Iterator[Former]:
        labels = list(zip(self._former_asn, self._former_until))
        for at, (start, following) in enumerate(zip(starts, [*starts[1:], beyond])):
            if ends[at] < ends[at + 1]:
                yield start, following - 1, tuple(labels[ends[at]:ends[at + 1]])

    def organisation(self, asn: int) -> str:
        """The name of an autonomous system, empty if the table has none."""
        at = bisect_left(self._org_asn, asn)
        if at == len(self._org_asn) or self._org_asn[at] != asn:
            return ""
        return bytes(self._org_text[self._org_end[at]:self._org_end[at + 1]]).decode("utf-8")

    def former(self, address: str) -> Tuple[int, ...]:
        """The other AS numbers that a plain address had in earlier tables, the last one first; () if none."""
        if ":" in address:
            halves = _parse_v6(address)
            if halves is None:
                return ()
            ends = self._former6_end
            at = _place_v6(self._former6_high, self._former6_low, *halves, 0, len(self._former6_high))
        else:
            number = _parse_v4(address)
            if number is None:
                return ()
            ends = self._former4_end
            at = bisect_right(self._former4_start, number) - 1
        if ends[at] == ends[at + 1]:  # as of most addresses
            return ()
        now = self.lookup(address)
        return tuple(asn for asn in self._former_asn[ends[at]:ends[at + 1]] if asn != now)

    def organisations(self) -> Iterator[Tuple[int, str]]:
        """Every AS number that has a name, ascending, with it. For builds and tests."""
        for asn in self._org_asn:
            yield asn, self.organisation(asn)

    def verify(self) -> None:
        """Read the whole table once; a changed byte is an AsnTableError. For builds and tests."""
        if zlib.crc32(self._body) != self._body_crc:
            raise AsnTableError("The ASN table is damaged: its checksum is wrong; build it anew.")


def _read_head(view: memoryview) -> Tuple[Dict[str, Any], bool]:
    """The description, and whether the numbers are in the other byte order than this machine's."""
    size = struct.calcsize("=" + HEAD)
    if view.nbytes < size:
        raise AsnTableError(f"The ASN table is cut short: {view.nbytes} bytes, where its header alone has {size}.")
    magic = bytes(view[:len(MAGIC)])
    if magic != MAGIC:
        raise AsnTableError(f"This is no ASN table of this app: it begins with {magic!r}, not with {MAGIC!r}.")
    order = next((order for order in "=<>" if struct.unpack_from(order + HEAD, view)[1] == ORDER_MARK), None)
    if order is None:
        raise AsnTableError("The ASN table is damaged: its byte order mark is wrong.")
    _magic, _mark, length, crc, _zero = struct.unpack_from(order + HEAD, view)
    text = bytes(view[size:size + length])
    if zlib.crc32(text) != crc:
        raise AsnTableError("The ASN table is damaged or cut short: its description is not whole.")
    about = json.loads(text)
    about["begin"] = size + length
    return about, order != "="


def _read_columns(view: memoryview, about: Dict[str, Any], swap: bool) -> List[Any]:
    columns, at = [], about["begin"]
    for name, code in COLUMNS.items():
        width = struct.calcsize("=" + code)
        end = at + about["columns"][name] * width
        if end > view.nbytes:
            raise AsnTableError(f"The ASN table is cut short: {view.nbytes} bytes, "
                                f"where its column {name} ends at {end}.")
        columns.append(_column(view[at:end], code, width, swap))
        at = end + -end % ALIGNMENT
    if at != view.nbytes:
        raise AsnTableError(f"The ASN table has {view.nbytes} bytes where {at} are described.")
    return columns


def _column(raw: memoryview, code: str, width: int, swap: bool) -> Any:
    """The numbers of a column: in place, or as a swapped copy on the other byte order."""
    if not swap or width == 1:
        return raw.cast(code)
    copy = array(code)
    copy.frombytes(raw)
    copy.byteswap()
    return copy


def _place_v6(highs: Any, lows: Any, high: int, low: int, begin: int, end: int) -> int:
    """Which stretch an IPv6 address is in: the last, from ``begin`` to before ``end``, that does not start behind it."""
    at = bisect_right(highs, high, begin, end) - 1
    if highs[at] == high and lows[at] > low:
        at = bisect_right(lows, low, bisect_left(highs, high, 0, at), at) - 1
    return at


def _starts_v6(highs: Any, lows: Any) -> List[int]:
    return [high << 64 | low for high, low in zip(highs, lows)]


def _ranges(starts: Any, asns: Any, beyond: int) -> Iterator[Range]:
    starts = list(starts)
    for start, following, asn in zip(starts, [*starts[1:], beyond], asns):
        if asn:
            yield start, following - 1, asn


def _parse_v4(text: str) -> Optional[int]:
    """An IPv4 address in plain spelling as a number, None for anything else."""
    try:
        a, b, c, d = (_OCTETS[octet] for octet in text.split("."))
    except (ValueError, KeyError):
        return None
    return a << 24 | b << 16 | c << 8 | d


def _parse_v6(text: str) -> Optional[Tuple[int, int]]:
    """Upper and lower 64 bits of an IPv6 address in plain spelling, None for anything else."""
    if "::" in text:
        head, _, tail = text.partition("::")
        groups = head.split(":") if head else []
        rest = tail.split(":") if tail else []
        zeros = 8 - len(groups) - len(rest)
        if zeros < 1:
            return None
        groups += _ZEROS[:zeros] + rest
    else:
        groups = text.split(":")
    if len(groups) != 8 or "" in groups or " " in text:
        return None
    digits = ("%4s%4s%4s%4s%4s%4s%4s%4s" % tuple(groups)).replace(" ", "0")
    if len(digits) != 32:  # a group of five or more
        return None
    try:
        return _HALVES(bytes.fromhex(digits))
    except (ValueError, struct.error):  # not hexadecimal
        return None
