"""Makes the compact ASN table out of ranges that may be out of order, nested or overlapping.

Rule for an address that several ranges claim: the smallest range has it; of equally small ones
the lowest AS number. So nested CIDR blocks resolve most specific first, a more specific block
with AS number 0 (not routed) leaves a gap, and the order of the rows changes nothing. Neighbours
of the same AS number become one range. Equal input gives equal bytes.

Takes ``asn_sources.AsnData``, gives bytes and a ``Report``; knows no files. The bytes are
described in ``asn``, which reads them.
"""
from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from heapq import heappop, heappush
from typing import Any, Dict, Iterable, List, NamedTuple, Tuple

from .asn import ALIGNMENT, COLUMNS, HEAD, MAGIC, ORDER_MARK, Former, Labels, Range
from .asn_sources import About, AsnData
from .errors import AsnTableError

BITS = {"v4": 32, "v6": 128}
LOW = 2 ** 64 - 1  # mask of the lower column of an IPv6 address


class Report(NamedTuple):
    """What was found in the rows; a user reads it after compiling."""

    rows: int
    bad: int
    bad_example: str
    unordered: int  # rows that begin before the row above them
    overlapping: int  # rows that begin inside an earlier range
    ranges: int  # ranges with an AS number in the table

    def __str__(self) -> str:
        bad = f" (the first: {self.bad_example!r})" if self.bad else ""
        return (f"{self.rows} rows, {self.bad} bad{bad}, {self.unordered} out of order, "
                f"{self.overlapping} overlapping; {self.ranges} ranges in the table")


def compile_table(data: AsnData, about: About, byteorder: str = "little") -> Tuple[bytes, Report]:
    """The table of ``data`` in the given byte order, and what was noticed on the way."""
    (ipv4, ipv6), report = resolve(data)
    return write_table(ipv4, ipv6, data.organisations, about, byteorder, data.former4, data.former6), report


def resolve(data: AsnData) -> Tuple[Tuple[List[Range], List[Range]], Report]:
    """The ranges of both families in order and free of overlap; no good row at all is an error."""
    if not data.rows:
        bad = f"; the first of {data.bad} bad ones is {data.bad_example!r}" if data.bad else ""
        raise AsnTableError(f"The source has no usable row{bad}.")
    flat = flatten(data.ipv4), flatten(data.ipv6)
    report = Report(data.rows, data.bad, data.bad_example,
                    _unordered(data.ipv4) + _unordered(data.ipv6),
                    flat[0][1] + flat[1][1], len(flat[0][0]) + len(flat[1][0]))
    return (flat[0][0], flat[1][0]), report


def _unordered(ranges: List[Range]) -> int:
    return sum(later[0] < earlier[0] for earlier, later in zip(ranges, ranges[1:]))


def flatten(ranges: Iterable[Range]) -> Tuple[List[Range], int]:
    """Ranges that do not overlap, in order, by the rule above; and how many began in another.

    A sweep over the addresses. ``active`` holds the ranges begun so far, smallest on top; those
    that have ended are dropped when they come to the top.
    """
    flat: List[Range] = []
    active: List[Tuple[int, int, int]] = []
    at, reach, overlapping = 0, -1, 0
    for start, end, asn in sorted(ranges) + [(2 ** 128, 2 ** 128, 0)]:
        while active and at < start:
            _size, number, last = active[0]
            if last < at:
                heappop(active)
                continue
            stop = min(last, start - 1)
            if number and flat and flat[-1][1] == at - 1 and flat[-1][2] == number:
                flat[-1] = (flat[-1][0], stop, number)
            elif number:
                flat.append((at, stop, number))
            at = stop + 1
        at = start
        overlapping += start <= reach
        reach = max(reach, end)
        heappush(active, (end - start, asn, end))
    return flat, overlapping


def write_table(ipv4: Iterable[Range], ipv6: Iterable[Range], organisations: Dict[int, str],
                about: About, byteorder: str = "little",
                former4: Iterable[Former] = (), former6: Iterable[Former] = ()) -> bytes:
    """The bytes of the table; the ranges are in order, do not overlap and have AS numbers."""
    ipv4, ipv6 = list(ipv4), list(ipv6)
    columns = {**_v4_columns(_with_gaps(ipv4, BITS["v4"])),
               **_v6_columns(_with_gaps(ipv6, BITS["v6"])), **_names(organisations),
               **_former_columns(list(former4), list(former6))}
    body = b"".join(_aligned(_bytes(columns[name], byteorder)) for name in COLUMNS)
    description = {**about._asdict(), "ranges": [len(ipv4), len(ipv6)], "crc": zlib.crc32(body),
                   "columns": {name: len(columns[name]) for name in COLUMNS}}
    text = json.dumps(description).encode("ascii")
    mark = "<" if byteorder == "little" else ">"
    text += b" " * (-(len(text) + struct.calcsize(mark + HEAD)) % ALIGNMENT)
    head = struct.pack(mark + HEAD, MAGIC, ORDER_MARK, len(text), zlib.crc32(text), 0)
    return head + text + body


def _with_gaps(ranges: List[Range], bits: int) -> List[Tuple[int, int]]:
    """First address and AS number of every stretch from 0 to the end, gaps with number 0."""
    stretches: List[Tuple[int, int]] = []
    following = 0
    for start, end, asn in ranges:
        if start > following:
            stretches.append((following, 0))
        stretches.append((start, asn))
        following = end + 1
    if following < 2 ** bits:
        stretches.append((following, 0))
    return stretches


def _v4_columns(stretches: List[Tuple[int, int]]) -> Dict[str, Any]:
    return {"v4_index": _index(stretches, 16),
            "v4_start": array("I", (start for start, _ in stretches)),
            "v4_asn": array("I", (asn for _, asn in stretches))}


def _v6_columns(stretches: List[Tuple[int, int]]) -> Dict[str, Any]:
    return {"v6_index": _index(stretches, 112),
            "v6_high": array("Q", (start >> 64 for start, _ in stretches)),
            "v6_low": array("Q", (start & LOW for start, _ in stretches)),
            "v6_asn": array("I", (asn for _, asn in stretches))}


def _former_columns(former4: List[Former], former6: List[Former]) -> Dict[str, Any]:
    labels: List[Tuple[int, int]] = []
    starts4, ends4 = _labelled(former4, BITS["v4"], labels)
    starts6, ends6 = _labelled(former6, BITS["v6"], labels)
    return {"former4_start": array("I", starts4), "former4_end": ends4,
            "former6_high": array("Q", (start >> 64 for start in starts6)),
            "former6_low": array("Q", (start & LOW for start in starts6)), "former6_end": ends6,
            "former_asn": array("I", (asn for asn, _ in labels)), "former_until": array("I", (day for _, day in labels))}


def _labelled(stretches: List[Former], bits: int, labels: List[Tuple[int, int]]) -> Tuple[List[int], Any]:
    """Where the stretches and the gaps between them begin, and where their labels, added to ``labels``, end there."""
    starts: List[int] = []
    ends = array("I", [len(labels)])
    following = 0

    def begin(start: int, said: Labels) -> None:
        labels.extend(said)
        starts.append(start)
        ends.append(len(labels))

    for start, end, said in stretches:
        if start > following:
            begin(following, ())
        begin(start, said)
        following = end + 1
    if following < 2 ** bits:
        begin(following, ())
    return starts, ends


def _index(stretches: List[Tuple[int, int]], shift: int) -> Any:
    """For each value of the upper 16 bits, and one beyond: how many stretches begin below it."""
    index = array("I")
    for at, (start, _asn) in enumerate(stretches):
        index.extend([at] * ((start >> shift) + 1 - len(index)))
    index.extend([len(stretches)] * (2 ** 16 + 1 - len(index)))
    return index


def _names(organisations: Dict[int, str]) -> Dict[str, Any]:
    asns = sorted(organisations)
    names = [organisations[asn].encode("utf-8", "replace") for asn in asns]
    ends = array("I", [0])
    for name in names:
        ends.append(ends[-1] + len(name))
    return {"org_asn": array("I", asns), "org_end": ends, "org_text": array("B", b"".join(names))}


def _bytes(column: Any, byteorder: str) -> bytes:
    if byteorder != sys.byteorder:
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


def _aligned(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % ALIGNMENT)
