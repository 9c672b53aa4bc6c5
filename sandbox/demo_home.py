"""The folders in which a demo keeps its stand-in for splunkd: a fresh one for each run, under build/.

Knows: that a run that was killed leaves its folder behind, and that another run may be going on.
Does not know: what lies in the folder.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

BUILD = Path(__file__).resolve().parent.parent / "build"
PREFIX = "sandbox-home-"  # then the number of the process that owns it


@contextmanager
def fresh_home(build: Path = BUILD) -> Iterator[Path]:
    """A new, empty folder that is gone afterwards; those of dead runs are removed first."""
    build.mkdir(parents=True, exist_ok=True)
    for folder in build.glob(PREFIX + "*"):
        if not _is_alive(folder.name[len(PREFIX) :]):
            shutil.rmtree(str(folder), ignore_errors=True)
    home = build / (PREFIX + str(os.getpid()))
    home.mkdir()
    try:
        yield home
    finally:
        shutil.rmtree(str(home), ignore_errors=True)


def _is_alive(number: str) -> bool:
    """Whether a process has this number. Our own number on an old folder is that of a dead one."""
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
