"""The ASN table in effect: the one that the manifest in the KV store names, else the one that ships with the app.

Knows the order of reading: the manifest (one request a run), then this search head's compiled copy, and only where
there is none the chunks, which are verified and compiled once. A manifest whose table cannot be had is an error: no
other table is used in its place. A store that does not answer is the usual StoreError.
"""
from __future__ import annotations

from typing import Callable, Optional

from .asn import AsnTable
from .asn_compile import compile_table
from .asn_documents import ASN, CURRENT, Manifest, chunk_keys, joined, unpacked
from .asn_local import LocalTables
from .errors import AsnTableError


class TableInEffect:
    """``open`` it once a run; ``shipped`` gives the table of the app's package."""

    def __init__(self, store, local: LocalTables, shipped: Callable[[], AsnTable]):
        self._store, self._local, self._shipped = store, local, shipped

    def manifest(self) -> Optional[Manifest]:
        """Which table is in effect; None for the one that ships."""
        return Manifest.of(self._store.get(ASN, [CURRENT]).get(CURRENT))

    def open(self) -> AsnTable:
        """The table in effect."""
        return self.of(self.manifest())

    def shipped(self) -> AsnTable:
        """The table of the app's package, whatever is in effect."""
        return self._shipped()

    def put(self, sha256: str, compiled: bytes) -> None:
        """Lay in what was compiled while it was installed, so that the next run here finds it."""
        self._local.put(sha256, compiled)

    def of(self, manifest: Optional[Manifest]) -> AsnTable:
        """The table that a manifest names; if another one is in effect meanwhile, that one."""
        if manifest is None:
            return self._shipped()
        self._local.sweep([manifest.sha256])
        table = self._local.open(manifest.sha256)
        if table is not None:
            return table
        try:
            return self._local.put(manifest.sha256, self._compiled(manifest))
        except AsnTableError:
            later = self.manifest()
            if later is None or later.sha256 == manifest.sha256:
                raise
            return self._local.open(later.sha256) or self._local.put(later.sha256, self._compiled(later))

    def _compiled(self, manifest: Manifest) -> bytes:
        content = joined(manifest, self._store.get(ASN, chunk_keys(manifest.sha256, manifest.chunks)))
        data = unpacked(manifest, content)
        return compile_table(data, data.about)[0]
