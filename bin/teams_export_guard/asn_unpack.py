"""From a file as it came to lines of text: plain, gzip, xz, or a zip with CSV files in it.

Knows how much may come out, so that a small file cannot fill the memory; what comes out is counted, not what the file
says of itself. Which kind it is, is told by its first bytes, not by its name. Knows no source and no meaning of a line.
"""
from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from typing import BinaryIO, Iterator, List, NamedTuple

from .errors import AsnTableError

UNPACKED_BYTES = 256 * 1000 * 1000  # ours; the largest public table has about 40 MB
BLOCK_BYTES = 1 << 20
XZ_MEMORY_BYTES = 128 * 1000 * 1000  # for the dictionary of xz (ours); preset 9 needs 65 MiB
MOST_MEMBERS = 1000  # of a zip (ours); GeoLite2's has six
#: The files of a GeoLite2 archive that hold ranges; another zip has all its CSV files read.
GEOLITE_BLOCKS = re.compile(r"(^|/)GeoLite2-ASN-Blocks-IPv[46]\.csv$")
GEOLITE_DATE = re.compile(r"GeoLite2-ASN-CSV_(\d{4})(\d\d)(\d\d)/")


class Unpacked(NamedTuple):
    """The text files that were in it, and the date that an archive says in its folder's name, or ''."""

    files: List[bytes]
    date: str


def unpack(content: bytes, most: int = UNPACKED_BYTES) -> Unpacked:
    """What is in ``content``, at most ``most`` bytes; AsnTableError if there is more, or it is damaged."""
    try:
        if content[:2] == b"\x1f\x8b":
            return Unpacked([_gunzip(content, most)], "")
        if content[:6] == b"\xfd7zXZ\x00":
            return Unpacked([_unxz(content, most)], "")
        if content[:4] == b"PK\x03\x04":
            return _unzip(content, most)
    except (EOFError, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError,
            zipfile.BadZipFile) as fault:
        raise AsnTableError("The data are packed and cannot be unpacked: %s." % (fault or type(fault).__name__)) from fault
    if len(content) > most:
        raise _too_much(most)
    return Unpacked([content], "")


def lines(file: bytes) -> Iterator[str]:
    """The lines of a text file; bytes that are no UTF-8 are replaced."""
    return iter(io.TextIOWrapper(io.BytesIO(file), "utf-8", "replace", newline="\n"))


def _too_much(most: int) -> AsnTableError:
    return AsnTableError("The data unpack to more than %d MB, which is allowed; nothing was written." % (most // 1000000))


def _gunzip(content: bytes, most: int) -> bytes:
    out = bytearray()
    rest = content
    while rest:  # a file may be several members one behind the other
        one = zlib.decompressobj(wbits=31)
        while not one.eof:
            block = one.decompress(rest, BLOCK_BYTES)
            if not block and not one.eof and not one.unconsumed_tail:
                raise EOFError("the file is cut short")
            out += block
            rest = one.unused_data if one.eof else one.unconsumed_tail
            if len(out) > most:
                raise _too_much(most)
        rest = rest.lstrip(b"\0")
    return bytes(out)


def _unxz(content: bytes, most: int) -> bytes:
    out = bytearray()
    one = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
    fed = content
    while not one.eof:
        if one.needs_input and not fed:
            raise EOFError("the file is cut short")
        out += one.decompress(fed, BLOCK_BYTES)
        fed = b""
        if len(out) > most:
            raise _too_much(most)
    return bytes(out)


def _unzip(content: bytes, most: int) -> Unpacked:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
        if not 0 < len(members) <= MOST_MEMBERS:
            raise ValueError("it has %d CSV files, where 1 to %d are allowed" % (len(members), MOST_MEMBERS))
        blocks = [one for one in members if GEOLITE_BLOCKS.search(one.filename)] or members
        files: List[bytes] = []
        for member in blocks:
            with archive.open(member) as file:
                files.append(_read(file, most - sum(map(len, files)), most))
    dated = GEOLITE_DATE.search(blocks[0].filename)
    return Unpacked(files, "-".join(dated.groups()) if dated else "")


def _read(file: BinaryIO, left: int, most: int) -> bytes:
    out = bytearray()
    for block in iter(lambda: file.read(BLOCK_BYTES), b""):
        out += block
        if len(out) > left:
            raise _too_much(most)
    return bytes(out)
