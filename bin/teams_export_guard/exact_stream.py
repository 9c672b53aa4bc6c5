"""Binary streams that say when they were cut: the input of a search, and the body of one of its requests.

Knows how many bytes were announced, and that Python 3.9's csv refuses NUL. Knows no protocol and no SDK.
"""

import io

from .errors import SearchInterrupted

BLOCK_BYTES = 65536  # of a body, read at a time (ours)
_REPLACEMENT = "\ufffd".encode()


class ExactStream:
    """A binary stream whose ``read(n)`` gives n bytes or says that the input was cut."""

    def __init__(self, stream):
        self._stream = stream

    def read(self, size, announced=None, before=0):
        """``size`` bytes, behind ``before`` others of those announced. Raises SearchInterrupted if the stream ends."""
        data = self._stream.read(size)
        if len(data) < size:
            raise SearchInterrupted(
                "The search was cut off: splunkd announced %d bytes and sent %d; nothing was written."
                % (size if announced is None else announced, before + len(data))
            )
        return data

    def readline(self):
        """One line, with its end; empty at the end of input."""
        return self._stream.readline()


class Body(io.BufferedIOBase):
    """The body of a request as a stream of its own, with U+FFFD for each NUL."""

    def __init__(self, stream, size):
        super().__init__()
        self._stream, self._size, self._read = stream, size, 0

    def readable(self):
        """See io."""
        return True

    def read1(self, size=-1):
        """The next block, whatever ``size`` asks. Raises SearchInterrupted if the input ends before."""
        size = min(BLOCK_BYTES, self._size - self._read)
        data = self._stream.read(size, self._size, self._read)
        self._read += size
        return data.replace(b"\0", _REPLACEMENT) if b"\0" in data else data
