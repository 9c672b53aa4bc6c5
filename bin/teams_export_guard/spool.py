"""A place for what a run puts aside: in memory while it is little, then in a file that has no name.

Knows temporary files: splunkd gives every search a folder of its own, which the SDK makes the place of them. The file is
gone when the run ends, however it ends. Does not know what is put there.
"""

import io
import tempfile
from typing import BinaryIO, Optional, Tuple

MEMORY_BYTES = 8 * 1024 * 1024  # held in memory before there is a file (ours)


class TemporarySpool:
    """See ``intake.Spool``."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES, folder: Optional[str] = None):
        self._memory_bytes, self._folder = memory_bytes, folder
        self._file: BinaryIO = io.BytesIO()
        self._end, self._is_at_end = 0, True

    def put(self, data: bytes) -> Tuple[int, int]:
        """See ``intake.Spool``."""
        address = self._end, len(data)
        if self._end <= self._memory_bytes < self._end + len(data):
            held, self._file = self._file, tempfile.TemporaryFile(dir=self._folder)
            self._file.write(held.getvalue())
            self._is_at_end = True
        if not self._is_at_end:  # a seek empties the file's buffer
            self._file.seek(self._end)
            self._is_at_end = True
        self._file.write(data)
        self._end += len(data)
        return address

    def get(self, address: Tuple[int, int]) -> bytes:
        """See ``intake.Spool``."""
        start, length = address
        self._is_at_end = False
        self._file.seek(start)
        return self._file.read(length)

    def close(self) -> None:
        """Give the file up."""
        self._file.close()
