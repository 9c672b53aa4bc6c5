"""Runs one command with a file on standard input and prints what it took, as JSON: `launch.py INPUT OUTPUT ARGV...`.

It is a process of its own because Linux counts the memory of whoever starts a process as that process's peak until it
is replaced: the starter must be smaller than anything that is measured. So it imports next to nothing.
"""

import os
import sys
import time


def main(source, sink, argv):
    """Print CPU seconds (user and system, of the command and what it waited for), wall seconds, peak KiB, exit code."""
    begin = time.monotonic()
    child = os.posix_spawn(
        argv[0], argv, os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, source, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, sink, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ],
    )
    _, status, usage = os.wait4(child, 0)
    print('{"cpu": %.6f, "wall": %.6f, "peak": %d, "code": %d}' % (
        usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss, os.waitstatus_to_exitcode(status)
    ))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
