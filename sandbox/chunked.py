"""The chunked 1.0 protocol between splunkd and a search command, as bytes in and bytes out.

Knows the frame (`chunked 1.0,<metadata bytes>,<body bytes>` + line feed + JSON metadata + CSV body), the CSV body with
its `__mv_` columns, and how to say in one sentence what is wrong with a reply.  Does no input or output, starts no
process, and does not know what the metadata means.

A cell is None (absent or empty, CSV cannot tell the two apart), a str, or a list of two or more str.  Where each rule
comes from stands in `sandbox/claims.py`.
"""
from __future__ import annotations

import csv
import io
import json
import re
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

Value = Union[None, str, List[str]]
Row = Dict[str, Value]

MV_PREFIX = "__mv_"
LINE_ENDINGS = ("\n", "\r\n")
QUOTINGS = ("splunkd", "minimal")

_MAGIC = b"chunked 1.0,"
_HEADER = re.compile(rb"chunked 1\.0,([0-9]{1,12}),([0-9]{1,12})\n")
_HEADER_LIMIT = len(_MAGIC) + 12 + 1 + 12 + 1  # bytes; a longer first line is no header
_MV_ITEM = re.compile(r"\$((?:[^$]|\$\$)*)\$(;|\Z)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CELL_LIMIT = 2**31 - 1  # characters; the csv module stops at 128 Ki of its own accord


class ChunkError(ValueError):
    """Bytes that are not what the protocol asks for; the message says which rule they break."""


class Frame(NamedTuple):
    """One request or reply: its metadata and the bytes of its body."""

    metadata: Dict[str, object]
    body: bytes = b""


class Table(NamedTuple):
    """A decoded body: the plain columns in their order, and the rows."""

    fields: List[str]
    rows: List[Row]


# --- frames ---------------------------------------------------------------------------------------------------------


def encode_frame(metadata: Mapping[str, object], body: bytes = b"") -> bytes:
    """One frame; the metadata is compact JSON in the order given."""
    encoded = _utf8(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")))
    return b"%s%d,%d\n%s%s" % (_MAGIC, len(encoded), len(body), encoded, body)


class FrameReader:
    """Takes a byte stream in pieces of any size and gives its frames; strict about header, lengths and metadata."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lengths: Optional[Tuple[int, int]] = None

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def announced(self) -> Optional[int]:
        """Metadata plus body bytes of the frame under way, as soon as its header is complete."""
        self._read_header()
        return None if self._lengths is None else sum(self._lengths)

    def next_frame(self) -> Optional[Frame]:
        """The next complete frame, or None while bytes are missing."""
        self._read_header()
        if self._lengths is None:
            return None
        metadata_length, body_length = self._lengths
        end = metadata_length + body_length
        if len(self._buffer) < end:
            return None
        raw_metadata = bytes(self._buffer[:metadata_length])
        body = bytes(self._buffer[metadata_length:end])
        del self._buffer[:end]
        self._lengths = None
        return Frame(_metadata(raw_metadata), body)

    def pending(self) -> int:
        """How many bytes have come that no frame has used yet (a header that was read counts as used)."""
        return len(self._buffer)

    def at_end_of_stream(self) -> None:
        """Raise if the stream must not end here: inside a frame, or with bytes left over."""
        self._read_header()
        if self._lengths is not None:
            raise ChunkError(
                "the stream ended after %d of the %d bytes that the header announced (metadata %d, body %d)"
                % (len(self._buffer), sum(self._lengths), *self._lengths)
            )
        if self._buffer:
            raise ChunkError("the stream ended inside a header: %s" % _shown(self._buffer))

    def _read_header(self) -> None:
        if self._lengths is not None or not self._buffer:
            return
        line_end = self._buffer.find(b"\n", 0, _HEADER_LIMIT)
        if line_end < 0:
            start = bytes(self._buffer[: len(_MAGIC)])
            if len(self._buffer) >= _HEADER_LIMIT or not _MAGIC.startswith(start):
                raise ChunkError("expected 'chunked 1.0,<metadata>,<body>' but got %s" % _shown(self._buffer))
            return
        match = _HEADER.fullmatch(bytes(self._buffer[: line_end + 1]))
        if match is None:
            raise ChunkError("expected 'chunked 1.0,<metadata>,<body>' but got %s" % _shown(self._buffer))
        del self._buffer[: line_end + 1]
        self._lengths = (int(match.group(1)), int(match.group(2)))


def _metadata(raw: bytes) -> Dict[str, object]:
    try:
        value = json.loads(raw.decode("utf-8"))
    except ValueError as error:
        raise ChunkError("the %d bytes of metadata are not JSON (%s): %s" % (len(raw), error, _shown(raw))) from None
    if not isinstance(value, dict):
        raise ChunkError("the metadata must be a JSON object but is %s" % _shown(raw))
    return value


def _shown(data: Union[bytes, bytearray], limit: int = 60) -> str:
    text = bytes(data[:limit]).decode("utf-8", "backslashreplace")
    return repr(text) + ("..." if len(data) > limit else "")


# --- multivalues ----------------------------------------------------------------------------------------------------


def encode_multivalue(items: Sequence[str]) -> str:
    """`$a$;$b$`, with `$` doubled inside an item."""
    return ";".join("$%s$" % item.replace("$", "$$") for item in items)


def decode_multivalue(text: str) -> List[str]:
    """The items of a `__mv_` cell; raises ChunkError if it is not of the form `$a$;$b$`."""
    items = []
    position = 0
    while True:
        match = _MV_ITEM.match(text, position)
        if match is None:
            raise ChunkError("a %s cell must look like $a$;$b$ but is %.60r" % (MV_PREFIX, text))
        items.append(match.group(1).replace("$$", "$"))
        position = match.end()
        if match.group(2) == "":
            return items


# --- bodies ---------------------------------------------------------------------------------------------------------


def encode_body(
    fields: Sequence[str], rows: Iterable[Mapping[str, Value]], line_ending: str = "\n", quoting: str = "splunkd"
) -> bytes:
    """The CSV of a request: all plain columns first, then all `__mv_` columns; no columns at all gives no bytes.

    `quoting` "splunkd" puts everything but ASCII letters and digits in quotes; "minimal" only what CSV needs.
    """
    if line_ending not in LINE_ENDINGS or quoting not in QUOTINGS:
        raise ValueError("line_ending must be LF or CR LF and quoting one of %s" % (QUOTINGS,))
    _check_fields(fields)
    quote = _quote_splunkd if quoting == "splunkd" else _quote_minimal
    lines = []
    if fields:
        lines.append(",".join([quote(name) for name in fields] + [quote(MV_PREFIX + name) for name in fields]))
    for row in rows:
        if not fields:
            raise ValueError("rows need at least one field")
        plain, multi = _cells(fields, row, quote)
        lines.append(",".join(plain + multi))
    lines.append("")
    return _utf8(line_ending.join(lines))


def decode_body(body: bytes) -> Table:
    """Fields and rows of a CSV body; `__mv_` columns may stand anywhere, each beside the field it belongs to."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ChunkError("the body is not UTF-8 (%s)" % error) from None
    lines = _csv_lines(text)
    header = next(lines, None)
    if header is None:
        return Table([], [])
    fields = [name for name in header if not name.startswith(MV_PREFIX)]
    _check_header(header, fields)
    plain = [(name, header.index(name)) for name in fields]
    multi = [(name[len(MV_PREFIX) :], index) for index, name in enumerate(header) if name.startswith(MV_PREFIX)]
    rows = []
    for number, cells in enumerate(lines, start=1):
        if len(cells) != len(header):
            raise ChunkError("row %d has %d cells, the header has %d" % (number, len(cells), len(header)))
        row: Row = {name: cells[index] or None for name, index in plain}
        for name, index in multi:
            if cells[index]:
                items = decode_multivalue(cells[index])
                row[name] = items if len(items) > 1 else items[0] or None
        rows.append(row)
    return Table(fields, rows)


def _csv_lines(text: str) -> Iterator[List[str]]:
    """The non-empty lines of a CSV text.  Python 3.9's csv refuses NUL, so NUL travels as a character not in use."""
    stand_in = next(char for char in map(chr, range(0xF0000, 0xFFFFE)) if char not in text) if "\0" in text else None
    if stand_in:
        text = text.replace("\0", stand_in)
    previous = csv.field_size_limit(_CELL_LIMIT)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            if cells:
                yield [cell.replace(stand_in, "\0") for cell in cells] if stand_in else cells
    except csv.Error as error:
        raise ChunkError("the body is not CSV (%s)" % error) from None
    finally:
        csv.field_size_limit(previous)


def _check_fields(fields: Sequence[str]) -> None:
    wrong = [name for name in fields if not name or name.startswith(MV_PREFIX)]
    if wrong or len(set(fields)) != len(fields):
        raise ValueError("field names must be distinct, not empty and without %s: %r" % (MV_PREFIX, list(fields)))


def _check_header(header: Sequence[str], fields: Sequence[str]) -> None:
    if len(set(header)) != len(header):
        twice = sorted({name for name in header if list(header).count(name) > 1})
        raise ChunkError("the body names a column twice: %s" % ", ".join(twice))
    known = set(fields)
    orphans = [n for n in header if n.startswith(MV_PREFIX) and n[len(MV_PREFIX) :] not in known]
    if orphans:
        raise ChunkError("the body has %s without the column it belongs to" % ", ".join(orphans))


def _cells(
    fields: Sequence[str], row: Mapping[str, Value], quote: Callable[[str], str]
) -> Tuple[List[str], List[str]]:
    plain, multi = [], [""] * len(fields)
    for place, name in enumerate(fields):
        value = row.get(name)
        if value is None:
            plain.append("")
        elif isinstance(value, str):
            plain.append(quote(value))
        elif isinstance(value, list):
            plain.append(quote("\n".join(value)))
            if len(value) > 1:
                multi[place] = quote(encode_multivalue(value))
        else:
            raise TypeError("field %s must be None, str or a list of str but is %r" % (name, value))
    return plain, multi


def _quote_splunkd(text: str) -> str:
    if (text.isascii() and text.isalnum()) or not text:
        return text
    return '"%s"' % text.replace('"', '""')


def _quote_minimal(text: str) -> str:
    if any(char in text for char in ',"\r\n') or text.startswith(" "):
        return '"%s"' % text.replace('"', '""')
    return text


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode("utf-8")
