"""Reading the user's own audit exports.

Knows: the three shapes in which Office 365 audit records are exported (JSON lines, a JSON array, the
CSV of Purview and of Search-UnifiedAuditLog with its column AuditData), each also as .gz, and the
encodings that PowerShell writes. What is not a JSON object is counted as not usable, with the first
place where it was seen.
Does not know: what a usable record needs; the app judges that and gives its reasons.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import sys
import zlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

GZIP_MAGIC = b"\x1f\x8b"
AUDIT_DATA = "auditdata"  # the column, and the member of a wrapped record, in any case
DELIMITERS = ",;\t"
SHAPES = "JSON lines, a JSON array, or a CSV with the column AuditData, each also as .gz"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class ExportError(Exception):
    """A file that cannot be used at all: one sentence that names it."""


class Record(NamedTuple):
    """One record: its text, and the little of it that the demo looks at."""

    raw: str
    time: Optional[int]  # epoch seconds; None where CreationTime cannot be read
    record_id: str
    workload: str
    operation: str


Item = Union[Record, Tuple[str, str]]  # a record, or (where, why) there is none


class Export(NamedTuple):
    """What one file holds."""

    path: str
    shape: str
    records: List[Record]
    unusable: Dict[str, Tuple[int, str]]  # why -> (how many, the first place)


def read_export(path: str) -> Export:
    """Everything usable in one file. Raises ExportError when the file as a whole is not."""
    text = _decoded(path, _unpacked(path, _bytes(path)))
    shape, items = _items(path, text)
    records: List[Record] = []
    unusable: Dict[str, Tuple[int, str]] = {}
    for item in items:
        if isinstance(item, Record):
            records.append(item)
        else:
            count, first = unusable.get(item[1], (0, item[0]))
            unusable[item[1]] = (count + 1, first)
    if not records:
        detail = "".join(": %s at %s" % (why, first) for why, (_, first) in list(unusable.items())[:1])
        raise ExportError("%s holds no audit record%s; it was read as %s." % (path, detail, shape))
    return Export(path, shape, records, unusable)


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except IsADirectoryError:
        raise ExportError("%s is a directory; give a file: %s." % (path, SHAPES)) from None
    except OSError as error:
        raise ExportError("%s cannot be read: %s." % (path, error.strerror)) from error


def _unpacked(path: str, data: bytes) -> bytes:
    if not data.startswith(GZIP_MAGIC):
        if path.endswith(".gz"):
            raise ExportError("%s is named .gz but is not gzip data." % path)
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ExportError("%s cannot be decompressed, it is damaged or cut short: %s." % (path, error)) from error


def _decoded(path: str, data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ExportError("%s is not text: byte %d is not %s." % (path, error.start, encoding)) from error
    if not text.strip():
        raise ExportError("%s is empty; it should be %s." % (path, SHAPES))
    return text


def _items(path: str, text: str) -> Tuple[str, Iterator[Item]]:
    first = text.lstrip()[0]
    if first == "[":
        return "a JSON array", _of_array(path, text)
    if first == "{":
        return "JSON lines", _of_lines(text)
    return "a CSV with AuditData", _of_csv(path, text)


def _of_array(path: str, text: str) -> Iterator[Item]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExportError("%s starts as a JSON array but is not JSON: %s." % (path, error)) from error
    for number, value in enumerate(values, 1):
        yield _unwrapped(value, "element %d" % number)


def _of_lines(text: str) -> Iterator[Item]:
    whole = _whole(text)
    if whole is not None:
        yield whole
        return
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: records may hold U+2028
        line = line.strip()
        if line:
            yield _parsed(line, "line %d" % number)


def _whole(text: str) -> Optional[Item]:
    """A file that is one record, written over many lines."""
    if text.lstrip().split("\n", 1)[0].strip() != "{":
        return None
    item = _parsed(text, "line 1")
    return item if isinstance(item, Record) else None


def _of_csv(path: str, text: str) -> Iterator[Item]:
    if text.startswith("#TYPE"):  # the first line of PowerShell's Export-Csv
        text = text.partition("\n")[2]
    head = text.partition("\n")[0]
    delimiter = next((d for d in DELIMITERS if AUDIT_DATA in _columns(head, d)), None)
    if delimiter is None:
        raise ExportError("%s is none of %s." % (path, SHAPES))
    column = _columns(head, delimiter).index(AUDIT_DATA)
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    try:
        for row in rows:
            if rows.line_num == 1 or not row:
                continue
            cell = row[column] if column < len(row) else ""
            yield _parsed(cell, "line %d" % rows.line_num) if cell else ("line %d" % rows.line_num, "no AuditData")
    except csv.Error as error:
        raise ExportError("%s is not CSV at line %d: %s." % (path, rows.line_num, error)) from error


def _columns(head: str, delimiter: str) -> List[str]:
    return [name.strip().strip('"').lower() for name in head.split(delimiter)]


def _parsed(text: str, where: str) -> Item:
    """The record that `text` is, with its text unchanged, or the one that is wrapped in it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return where, "not JSON"
    if isinstance(value, dict) and _wrapper(value) is None:
        return _record(text, value)
    return _unwrapped(value, where)


def _unwrapped(value: object, where: str) -> Item:
    """The record that `value` is, or that it holds in its member AuditData, as an object or as text."""
    if not isinstance(value, dict):
        return where, "not a JSON object"
    name = _wrapper(value)
    inner = value if name is None else value[name]
    if isinstance(inner, str):
        return _parsed(inner, where)
    if not isinstance(inner, dict):
        return where, "AuditData is not an object"
    text = json.dumps(inner, ensure_ascii=False)
    if not text.isascii() and _LONE_SURROGATE.search(text):
        text = json.dumps(inner)  # a lone surrogate exists only as an escape; it cannot be written otherwise
    return _record(text, inner)


def _wrapper(value: Dict[str, object]) -> Optional[str]:
    return next((name for name in value if name.lower() == AUDIT_DATA), None)


def _record(raw: str, value: Dict[str, object]) -> Record:
    texts = (value.get(name) for name in ("Id", "Workload", "Operation"))
    return Record(raw, _seconds(value.get("CreationTime")), *(t if isinstance(t, str) else "" for t in texts))


def _seconds(text: object) -> Optional[int]:
    """Epoch seconds of a CreationTime, which is UTC with or without `Z` or a fraction."""
    if not isinstance(text, str):
        return None
    try:
        return int(datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp())
    except ValueError:
        return None
