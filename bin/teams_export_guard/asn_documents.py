"""The ASN table as documents of the KV store: chunks of one packed text, and one manifest that names them.

The packed form (``asn_sources.pack``) is compressed with xz, cut into pieces below the KV store's limits and kept as
base64 text under ``<sha256>.<number>``, so the chunks of two tables never meet. The document ``current`` says which
table is in effect; it is written last and read first. Does no I/O; who writes in which order is known by
``asn_install``, who reads by ``asn_effect``.
"""
from __future__ import annotations

import base64
import binascii
import hashlib
import lzma
from typing import Dict, List, Mapping, NamedTuple, Optional

from .asn_sources import AsnData, read
from .asn_unpack import lines, unpack
from .errors import AsnTableError
from .schema import violations

ASN = "teams_export_asn"
CURRENT = "current"
MANIFEST, CHUNK = "manifest", "chunk"  # kinds of documents
CHUNK_BYTES = 600_000  # before base64 (ours): 800 kB a document, where the KV store takes 16 MB
MOST_CHUNKS = 100  # ours; the table that ships needs 5
XZ_PRESET = 1  # 2.6 MB in 0.6 s; preset 6 makes 2.1 MB in 9 s
#: What the manifest says, in this order; a lookup shows it. The chunks have the last two fields, and sha256.
MANIFEST_FIELDS = (
    "kind name date source attribution format ipv4_ranges ipv6_ranges sha256 data_sha256 previous_sha256 chunks "
    "changed_ranges former_ranges installed installed_by"
).split()
ASN_FIELDS = MANIFEST_FIELDS + ["number", "data"]


class Manifest(NamedTuple):
    """The table in effect; ``installed`` is epoch seconds, ``data_sha256`` is over the data without former labels."""

    name: str
    date: str
    source: str
    attribution: str
    format: str
    ipv4_ranges: int
    ipv6_ranges: int
    sha256: str
    data_sha256: str
    previous_sha256: str
    chunks: int
    changed_ranges: int
    former_ranges: int
    installed: float
    installed_by: str

    def document(self) -> dict:
        """The document of it."""
        return dict(self._asdict(), _key=CURRENT, kind=MANIFEST)

    @classmethod
    def of(cls, document: Optional[Mapping]) -> Optional["Manifest"]:
        """The manifest in the document ``current``; None if there is none. Raises AsnTableError if it is damaged."""
        if document is None:
            return None
        said = violations("ASN_MANIFEST", dict(document)) if not _looks_right(document) else []
        if said:
            raise AsnTableError("The document %s of %s, which says which network table is in effect, is damaged (%s); "
                                "run | teamsexportasn source=shipped force=true." % (CURRENT, ASN, "; ".join(said)))
        texts = {name: str(document.get(name) or "") for name in cls._fields}
        numbers = "ipv4_ranges ipv6_ranges chunks changed_ranges former_ranges".split()
        return cls(**{**texts, **{name: int(document.get(name) or 0) for name in numbers},
                      "installed": float(document.get("installed") or 0)})


def _looks_right(document: Mapping) -> bool:
    sha256, chunks = document.get("sha256"), document.get("chunks")
    return (
        isinstance(sha256, str) and len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")
        and isinstance(chunks, (int, float)) and 1 <= chunks <= MOST_CHUNKS
        and all(isinstance(document.get(name) or 0, (int, float))
                for name in "ipv4_ranges ipv6_ranges changed_ranges former_ranges installed".split())
    )


def digest(content: bytes) -> str:
    """SHA-256 in hex digits."""
    return hashlib.sha256(content).hexdigest()


def compressed(text: bytes) -> bytes:
    """The packed form as it is stored."""
    return lzma.compress(text, preset=XZ_PRESET)


def chunk_documents(content: bytes) -> List[dict]:
    """The documents of compressed content."""
    pieces = [content[at:at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
    if len(pieces) > MOST_CHUNKS:
        raise AsnTableError("The table has %d bytes when packed; allowed: at most %d."
                            % (len(content), MOST_CHUNKS * CHUNK_BYTES))
    sha256 = digest(content)
    return [{"_key": key, "kind": CHUNK, "sha256": sha256, "number": number,
             "data": base64.b64encode(piece).decode("ascii")}
            for number, (key, piece) in enumerate(zip(chunk_keys(sha256, len(pieces)), pieces))]


def chunk_keys(sha256: str, count: int) -> List[str]:
    """The keys of the chunks, in order."""
    return ["%s.%d" % (sha256, number) for number in range(count)]


def joined(manifest: Manifest, documents: Dict[str, dict]) -> bytes:
    """The compressed content that the manifest names; AsnTableError if a chunk is missing or damaged."""
    keys = chunk_keys(manifest.sha256, manifest.chunks)
    missing = sum(key not in documents for key in keys)
    if missing:
        raise damaged(manifest, "%d of its %d parts are missing" % (missing, manifest.chunks))
    try:
        content = b"".join(base64.b64decode(str(documents[key].get("data") or ""), validate=True) for key in keys)
    except (binascii.Error, ValueError) as fault:
        raise damaged(manifest, "a part of it is damaged") from fault
    if digest(content) != manifest.sha256:
        raise damaged(manifest, "its digest is wrong")
    return content


def unpacked(manifest: Manifest, content: bytes) -> AsnData:
    """The data in compressed content."""
    data = AsnData()
    try:
        for file in unpack(content).files:
            read(data, lines(file))
    except AsnTableError as fault:
        raise damaged(manifest, str(fault).rstrip(".")) from fault
    if data.about is None:
        raise damaged(manifest, "it is not in the packed form")
    return data


def damaged(manifest: Manifest, why: str) -> AsnTableError:
    """The error of a table that a manifest names and that cannot be used."""
    return AsnTableError(
        "The network table in effect (%s of %s) cannot be used: %s; nothing else is used in its place. Run | "
        "teamsexportasn with force=true." % (manifest.name or "no name", manifest.date or "no date", why)
    )
