"""Compiled copies of ASN tables on this search head's disk: made once, then mapped by every run.

They lie in ``$SPLUNK_HOME/var/run/teams_export_guard``, never in the app's own folder, under the digest of the packed
table they were made of. A copy appears by renaming, so that two processes at once cannot harm each other, and is never
changed. Knows the disk; what is in effect is known by ``asn_effect``.
"""
from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Iterable, Optional

from .asn import MAGIC, AsnTable
from .asn_file import open_asn_table
from .errors import AsnTableError

FOLDER = ("var", "run", "teams_export_guard")
OLD_SECONDS = 86400  # a copy that no manifest names goes after this (ours); no search runs so long
ENDING = "." + MAGIC.decode("ascii").lower() + ".bin"  # another form of the table is another file


def splunk_home(app: Path) -> Path:
    """SPLUNK_HOME as splunkd tells it to its children, else two levels above etc/apps."""
    told = os.environ.get("SPLUNK_HOME")
    return Path(told) if told else app.parents[2]


class LocalTables:
    """The copies below one SPLUNK_HOME."""

    def __init__(self, home: Path):
        self._folder = Path(home, *FOLDER)

    def open(self, sha256: str) -> Optional[AsnTable]:
        """The copy made of the packed table with this digest; None if there is none that can be used."""
        try:
            return open_asn_table(self._path(sha256))
        except AsnTableError:  # missing, or cut by a full disk: it is made anew
            return None

    def put(self, sha256: str, content: bytes) -> AsnTable:
        """Keep a compiled table; where the disk refuses, it serves this run alone."""
        path = self._path(sha256)
        part = path.with_name("%s.%d.%s.part" % (sha256, os.getpid(), uuid.uuid4().hex[:8]))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(str(part), str(path))
        except OSError:  # Windows too, where a mapped file cannot be replaced: then there is one already
            _remove(part)
        return self.open(sha256) or AsnTable(content)

    def sweep(self, named: Iterable[str]) -> None:
        """Remove what no manifest names any more and is old, and what a killed process left."""
        kept = {sha256 + ENDING for sha256 in named}
        before = time.time() - OLD_SECONDS
        try:
            found = [entry for entry in os.scandir(str(self._folder)) if entry.name not in kept]
            old = [entry.path for entry in found if entry.is_file() and entry.stat().st_mtime < before]
        except OSError:  # no folder, or somebody else sweeps: next time
            return
        for path in old:
            if path.endswith((".bin", ".part")):
                _remove(Path(path))

    def _path(self, sha256: str) -> Path:
        return self._folder / (sha256 + ENDING)


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:  # gone already, or in use: the next sweep tries again
        return
