"""Libraries: the virtual environments that have them, and the part of them that becomes lib/.

Everything is pinned by version and hash in three lists; each list is complete, so pip looks for no
further dependency, and each hash is that of a pure Python wheel, so what pip installs is the same on
every Python. lib/ is therefore copied from the virtual environment, by the record that pip left
there, every file checked against its checksum. Knows neither the app's code nor the package's plan.
"""
from __future__ import annotations

import base64
import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

from .errors import PackagingError

APP_LIST = "bin/requirements.txt"
OTHER_LISTS = ("sandbox/requirements.txt", "tests/requirements.txt")
ALL_LISTS = (APP_LIST, *OTHER_LISTS)
BROWSER_LIST = "tests/browser/requirements.txt"
APPINSPECT_LIST = "tests/packaging/appinspect.txt"  # by itself: it pins libraries that others need newer
PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
TOOL_SECONDS = 900  # a slow line may need minutes; a hanging one must end

#: Part of a library that the app does not ship: tests, type stubs, programs, pip's own notes, and a
#: module of the SDK that needs two more libraries and that nothing here uses.
LEFT_OUT = re.compile(r"(^|/)(tests|benchmarks|__pycache__)/|\.(pyi|pyc|typed)$|^\.\.|^splunklib/results\.py$"
                      r"|\.dist-info/(?!METADATA$|licenses/|LICEN[CS]E|NOTICE|AUTHORS)")


def say(text: str) -> None:
    """Progress, for the person who waits; stdout belongs to the command that was asked for."""
    print(f"package.py: {text}", file=sys.stderr, flush=True)


def environment(python: str, folder: Path, root: Path, names: Sequence[str] = ALL_LISTS) -> str:
    """The Python of a virtual environment that has the libraries of these lists; made anew when they change."""
    lists = [root / name for name in names]
    version = version_of(python) or "unknown"
    wanted = hashlib.sha256(b"\n".join([version.encode(), *(path.read_bytes() for path in lists)])).hexdigest()
    stamp = folder / "made-from"
    inside = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    if stamp.is_file() and stamp.read_text() == wanted:
        return inside
    say(f"making {folder.name} for Python {version}")
    _run([python, "-m", "venv", "--clear", str(folder)],
         "Making the virtual environment (on Debian it needs `apt-get install python3-venv`)")
    pip = [inside, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
           "--require-hashes", "--no-deps"]
    wheels = [name for name in names if name != APP_LIST]
    _run([*pip, *(word for name in wheels for word in ("-r", str(root / name)))], f"Installing {' and '.join(wheels)}")
    if APP_LIST in names:
        # setuptools is there now: the one library without a wheel is built with it, not with a downloaded one
        _run([*pip, "--no-build-isolation", "--use-pep517", "-r", str(root / APP_LIST)], f"Installing {APP_LIST}")
    stamp.write_text(wanted)
    return inside


def _run(command: List[str], doing: str) -> None:
    """Run a tool; if it fails, its last words are part of the sentence."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=TOOL_SECONDS)
    except subprocess.TimeoutExpired as fault:
        raise PackagingError(f"{doing} took more than {TOOL_SECONDS} s; is the network there?") from fault
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        said = " / ".join([line for line in lines if line.startswith("ERROR")] or lines[-3:]) or "it said nothing"
        network = "; the package index did not answer" if "after connection broken" in done.stdout else ""
        raise PackagingError(f"{doing} failed (exit code {done.returncode}){network}: {said}")


def version_of(python: str) -> Optional[str]:
    """The version of an interpreter, None if it cannot be started (a shim without its Python)."""
    try:
        done = subprocess.run([python, "-c", "import platform; print(platform.python_version())"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def find_python(minor: str) -> Optional[str]:
    """An interpreter of this minor version (``3.9``): from PATH, else from pyenv; None if absent."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in [shutil.which(f"python{minor}"), *map(str, sorted(pyenv.glob(f"{minor}.*/bin/python")))]:
        if python and (version_of(python) or "").startswith(f"{minor}."):
            return python
    return None


def site_packages(python: str) -> Path:
    """Where this Python keeps its pure libraries."""
    done = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                          stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return Path(done.stdout.strip())


def vendor(target: Path, requirements: str, site: Path) -> None:
    """Make the folder ``target`` with the content of lib/: all of it or, after a fault, nothing."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    for name, content in _installed(PIN.findall(requirements), site):
        file = part / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    try:
        part.replace(target)
    except OSError:  # another build was faster: its folder has the same content
        if not target.is_dir():
            raise
        shutil.rmtree(part)


def _installed(pins: List[Tuple[str, str]], site: Path) -> Iterator[Tuple[str, bytes]]:
    """The files of the pinned libraries that the app ships, each as its library delivered it."""
    for library, version in pins:
        record = site / f"{library.replace('-', '_')}-{version}.dist-info" / "RECORD"
        if not record.is_file():
            raise PackagingError(f"{library} {version} is not installed in .venv; delete .venv and start again.")
        for name, digest, _size in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            if LEFT_OUT.search(name):
                continue
            content = (site / name).read_bytes()
            found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if digest != f"sha256={found}":
                raise PackagingError(f"{name} was changed after its installation; delete .venv and start again.")
            yield name, content
