"""One child process with three pipes, driven request by request.

Knows how splunkd's child processes are set up (environment, working directory, bare interpreter) and how to write and
read at once without a deadlock: one thread for each pipe, the caller waits on a queue with a deadline.  Does not know
what the frames mean; that is `sandbox/process.py`.
"""
from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import IO, Dict, Optional, Sequence, cast

from sandbox.chunked import ChunkError, Frame, FrameReader

_READ_SIZE = 1 << 16  # bytes for one read of a pipe
_STDERR_LIMIT = 1 << 20  # bytes of standard error that are kept
_KILL_WAIT = 10.0  # seconds for a killed process to be gone


class ChildEnded(Exception):
    """The child closed its output where a reply was due."""


class ChildTimedOut(Exception):
    """No complete reply came in time; the text says how much of it did."""


class ChildTooBig(Exception):
    """The child announced a bigger reply than maxchunksize allows."""


@lru_cache(maxsize=None)
def bare_interpreter(python: str) -> str:
    """The interpreter behind `python` outside any virtual environment, so that the app meets no foreign library."""
    code = "import sys; print(sys.base_prefix); print('python%d.%d' % sys.version_info[:2]); print(sys.prefix)"
    found = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, timeout=60, check=True, text=True)
    base_prefix, name, prefix = found.stdout.splitlines()
    if prefix == base_prefix:
        return python
    candidates = [Path(base_prefix, "bin", name), Path(base_prefix, "python.exe"), Path(os.path.realpath(python))]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate)
    raise FileNotFoundError("no interpreter behind the virtual environment of %s in %s" % (python, base_prefix))


def environment(home: Path) -> Dict[str, str]:
    """What splunkd gives its children; nothing of our own environment passes but the bare minimum of the system."""
    variables = {
        "SPLUNK_HOME": str(home),
        "SPLUNK_DB": str(home / "var" / "lib" / "splunk"),
        "SPLUNK_ETC": str(home / "etc"),
        "SPLUNK_SERVER_NAME": "Splunkd",
        "SPLUNK_WEB_NAME": "splunkweb",
        "PYTHONHTTPSVERIFY": "0",
        "HOME": str(home),
        "PATH": os.pathsep.join([str(home / "bin"), os.defpath]),
    }
    for name in ("SystemRoot", "TZ"):  # Windows cannot open a socket without SystemRoot
        if name in os.environ:
            variables[name] = os.environ[name]
    return variables


class Child:
    """A running command.  `request` writes, `read_frame` reads one reply, `finish` ends it in order, `kill` at once."""

    def __init__(self, argv: Sequence[str], env: Dict[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            cwd=str(cwd),
            bufsize=0,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.cancelled = False
        self._reader = FrameReader()
        self._output: "queue.Queue[Optional[bytes]]" = queue.Queue()
        self._input: "queue.Queue[Optional[bytes]]" = queue.Queue()
        self._stderr = bytearray()
        self._ended = False
        self._threads = [
            threading.Thread(target=run, daemon=True) for run in (self._pump_in, self._pump_out, self._pump_err)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def stderr(self) -> str:
        return bytes(self._stderr).decode("utf-8", "replace")

    @property
    def returncode(self) -> Optional[int]:
        return self._process.poll()

    def request(self, data: bytes) -> None:
        """Queue one request; raises ChunkError if the child has said something that nobody asked for."""
        while not self._output.empty():
            self._take(self._output.get())
        if self._reader.pending():
            raise ChunkError("there must be exactly one reply to each request, but more bytes came after a reply")
        self._input.put(data)

    def read_frame(self, deadline: float, max_bytes: int = 0) -> Frame:
        """The one reply to the last request; `deadline` is on the monotonic clock, `max_bytes` 0 means no limit."""
        while True:
            frame = self._reader.next_frame()
            announced = self._reader.announced() if frame is None else len(frame.body)
            if max_bytes and (announced or 0) > max_bytes:
                raise ChildTooBig("announced %d bytes, maxchunksize is %d" % (announced or 0, max_bytes))
            if frame is not None:
                if self._reader.pending():
                    raise ChunkError("there must be exactly one reply to each request, but more bytes follow it")
                return frame
            if self._ended:
                self._reader.at_end_of_stream()
                raise ChildEnded()
            self._take(self._wait(deadline))

    def cancel(self) -> None:
        """Ask the driver to close the input without a final chunk, as splunkd does for a cancelled search."""
        self.cancelled = True

    def kill(self) -> None:
        """SIGKILL, to the process and to whatever it started."""
        if hasattr(os, "killpg"):
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return  # it is gone already, which is what was wanted
        else:
            self._process.kill()

    def finish(self, deadline: float) -> int:
        """Close the input, take the output to its end (which must be empty) and wait; the return code."""
        self._input.put(None)
        surplus = False
        while not self._ended:
            data = self._wait(deadline)
            surplus = surplus or bool(data)
            self._take(data)
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise ChildTimedOut() from None
        if surplus or self._reader.pending():
            raise ChunkError("there must be exactly one reply to each request, but more bytes came after the last")
        return self._process.returncode

    def close(self) -> None:
        """Kill it if it still runs, and give back pipes and threads."""
        self.kill()
        self._input.put(None)
        self._process.wait(_KILL_WAIT)
        for thread in self._threads:
            thread.join(_KILL_WAIT)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _wait(self, deadline: float) -> Optional[bytes]:
        try:
            return self._output.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            announced = self._reader.announced()
            got = "nothing" if announced is None else "%d of %d announced bytes" % (self._reader.pending(), announced)
            raise ChildTimedOut(got) from None

    def _take(self, data: Optional[bytes]) -> None:
        if data is None:
            self._ended = True
        else:
            self._reader.feed(data)

    def _pump_in(self) -> None:
        pipe = cast(IO[bytes], self._process.stdin)
        broken = False
        while True:
            data = self._input.get()
            if data is None:
                break
            view = memoryview(data)
            while view and not broken:
                try:
                    view = view[pipe.write(view) :]
                except BrokenPipeError:
                    broken = True  # the child is gone: the reader sees the end of its output and says so
        try:
            pipe.close()
        except BrokenPipeError:
            return  # nothing was waiting to be written

    def _pump_out(self) -> None:
        pipe = cast(IO[bytes], self._process.stdout)
        for data in iter(lambda: pipe.read(_READ_SIZE), b""):
            self._output.put(data)
        self._output.put(None)

    def _pump_err(self) -> None:
        pipe = cast(IO[bytes], self._process.stderr)
        for data in iter(lambda: pipe.read(_READ_SIZE), b""):
            self._stderr += data[: max(0, _STDERR_LIMIT - len(self._stderr))]
