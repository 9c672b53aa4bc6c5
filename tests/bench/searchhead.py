"""The built package on a search head of its own: unpacked, compiled for each Python, with a KV store behind it.

Knows where the package is and how splunkd starts its commands: by the bare interpreter, with no PYTHON* variable. All
collections are those of the package's own collections.conf.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Dict, List, Sequence

from sandbox.conf import App
from sandbox.kv import KVStore
from sandbox.rest import RestServer

from .measure import Work
from .streams import Stream

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = Path(__file__).with_name("commands")
APP = "teams_export_guard"
OPTIONS = ("activation=0d",)  # there is no history in the store, and what is found is to be raised


class Missing(RuntimeError):
    """Something that a benchmark needs is not there; the message says what to do."""


class SearchHead:
    """A context manager; ``folder`` is for it alone and is left for the caller to remove."""

    def __init__(self, folder: Path, pythons: Sequence[str]):
        packages = sorted((ROOT / "dist").glob(APP + "-*.tgz"))
        if not packages:
            raise Missing("There is no package in dist/: run `python3 package.py build` first.")
        self.folder = folder
        with tarfile.open(packages[-1]) as archive:
            archive.extractall(folder)  # noqa: S202 - our own package
        self.app = folder / APP
        self.env: Dict[str, str] = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        self.env["BENCH_LIB"] = str(self.app / "lib")
        for python in pythons:
            subprocess.run([python, "-m", "compileall", "-q", str(self.app)], check=True, env=self.env)
        self.kv = KVStore(folder / "kv.sqlite")
        define(self.kv, self.app)
        self.rest = RestServer(self.kv)

    def __enter__(self) -> "SearchHead":
        self.rest.start()
        return self

    def __exit__(self, *_) -> None:
        self.rest.stop()
        self.kv.close()

    def address(self, stream: Stream, options: Sequence[str] = OPTIONS) -> Stream:
        """The stream, as one that this search head sends."""
        stream.address(self.rest.url, self.rest.sessions.open("admin"), options)
        return stream

    def command(self, python: str, stream: Stream, name: str = "teamsexport") -> Work:
        """A command of the app over a stream."""
        return Work([python, str(self.app / "bin" / (name + ".py"))], stream.path, self._sink(python, name))

    def rival(self, python: str, name: str, source: Path) -> Work:
        """A script of tests/bench/commands/ over a file."""
        return Work([python, str(COMMANDS / (name + ".py"))], source, self._sink(python, name))

    def _sink(self, python: str, name: str) -> Path:
        return self.folder / ("%s-%s.out" % (name, version(python)))


def define(kv: KVStore, app: Path) -> None:
    """Define the collections of an app as its collections.conf does."""
    for name, settings in App(app).collections().items():
        kv.define(
            APP, name, _under("field.", settings), _under("accelerated_fields.", settings),
            settings.get("enforceTypes", "false").lower() in ("1", "true"),
        )


def _under(prefix: str, settings: Dict[str, str]) -> Dict[str, str]:
    return {name[len(prefix) :]: text for name, text in settings.items() if name.startswith(prefix)}


def version(python: str) -> str:
    """The full version of an interpreter."""
    said = [python, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(said, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def pythons() -> List[str]:
    """The interpreters that a run takes without being told: Splunk's versions where pyenv has them, else this one."""
    found = [Path.home() / ".pyenv" / "versions" / name / "bin" / "python" for name in ("3.9.18", "3.13.0")]
    return [str(path) for path in found if path.exists()] or [sys.executable]
