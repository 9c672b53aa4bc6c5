"""From a file as it came to text: gzip, xz, zip, plain, and files that want to fill the memory."""

import gzip
import io
import lzma
import zipfile

import pytest

from teams_export_guard.asn_unpack import lines, unpack
from teams_export_guard.errors import AsnTableError

TEXT = b"1.0.0.0,1.0.0.255,13335,Net\n" * 100_000  # 2.8 MB, several blocks


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("content", [
    TEXT, gzip.compress(TEXT), lzma.compress(TEXT, preset=0), zipped(**{"a.csv": TEXT}),
    gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]), gzip.compress(TEXT) + b"\0" * 512,
])
def test_the_same_text_comes_out_of_every_packing(content):
    """Told by the first bytes; gzip may be several members, and padded."""
    assert ([TEXT], "") == unpack(content)


@pytest.mark.parametrize("content", [gzip.compress(TEXT), lzma.compress(TEXT, preset=0), zipped(**{"a.csv": TEXT}), TEXT])
def test_no_more_comes_out_than_is_allowed(content):
    """Whatever the file says of itself; the exact size is allowed."""
    assert len(TEXT) == len(unpack(content, len(TEXT)).files[0])
    with pytest.raises(AsnTableError, match="unpack to more than 2 MB"):
        unpack(content, len(TEXT) - 1)


def test_a_bomb_is_stopped_early():
    """A few kB that would be 1 GB."""
    one = gzip.compress(b"\0" * 10 ** 7)
    for bomb in (one * 100, zipped(**{"a%d.csv" % number: b"\0" * 10 ** 7 for number in range(20)})):
        with pytest.raises(AsnTableError, match="unpack to more than 15 MB"):
            unpack(bomb, 15 * 10 ** 6)


@pytest.mark.parametrize("content", [
    gzip.compress(TEXT)[:-20], gzip.compress(TEXT)[:500], gzip.compress(TEXT)[:3], lzma.compress(TEXT, preset=0)[:-20],
    lzma.compress(TEXT, preset=0)[:50], zipped(**{"a.csv": TEXT})[:-20], zipped(**{"a.csv": TEXT})[:100],
    b"\x1f\x8b" + b"x" * 100, b"\xfd7zXZ\x00" + b"x" * 100, b"PK\x03\x04" + b"x" * 100, zipped(**{"a.txt": TEXT}),
    gzip.compress(TEXT) + b"rubbish",
])
def test_a_damaged_file_is_one_clear_error(content):
    """Cut, spoilt, or without a CSV in it."""
    with pytest.raises(AsnTableError, match=r"cannot be unpacked: .+"):
        unpack(content)


def test_a_changed_byte_is_found():
    """The checksums of the packings are kept."""
    for content in (gzip.compress(TEXT), zipped(**{"a.csv": TEXT})):
        spoilt = bytearray(content)
        spoilt[len(spoilt) // 2] ^= 1
        with pytest.raises(AsnTableError):
            unpack(bytes(spoilt))


def test_of_geolite_the_two_files_with_ranges_are_read():
    """In the order of the archive, with the date of its folder."""
    folder = "GeoLite2-ASN-CSV_20260617/"
    packed = zipped(**{folder + "GeoLite2-ASN-Blocks-IPv4.csv": b"four", folder + "COPYRIGHT.txt": b"x",
                       folder + "other.csv": b"y", folder + "GeoLite2-ASN-Blocks-IPv6.csv": b"six"})
    assert ([b"four", b"six"], "2026-06-17") == unpack(packed)


def test_lines_are_text_whatever_their_bytes():
    """Bytes that are no UTF-8 are replaced; only a line feed ends a line."""
    assert ["a\ufffd\r\n", "b\x0bc"] == list(lines(b"a\xff\r\nb\x0bc"))
