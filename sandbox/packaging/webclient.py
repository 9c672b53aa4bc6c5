"""The dashboard client of the sandbox's pages: Splunk's own, from the npm registry, as one script.

Built once for each state of the npm project in sandbox/web, into build/. Nothing of it is part of the package. Knows
npm and esbuild; what is built stands in the project.
"""
from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .errors import PackagingError
from .libraries import say

PROJECT = "sandbox/web"
INPUTS = ("package.json", "package-lock.json", ".npmrc", "build.mjs", "src")
SECONDS = 900  # a slow line may need minutes for the libraries, a hanging one must end


def webclient(root: Path) -> Path:
    """The folder with main.js and main.css; PackagingError says in a sentence why it cannot be made."""
    project = root / PROJECT
    files = [path for name in INPUTS for path in ([project / name] if (project / name).is_file() else
                                                  sorted((project / name).rglob("*")))]  # fmt: skip
    digest = hashlib.sha256()
    for path in files:
        if path.is_file():
            digest.update(b"%s\0%s\0" % (path.relative_to(project).as_posix().encode(), path.read_bytes()))
    target = root / "build" / ("web-%s" % digest.hexdigest()[:16])
    if not (target / "main.js").is_file():
        _build(project, target)
    return target


def _build(project: Path, target: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise PackagingError("The dashboards need node and npm, and they are not there (Debian: nodejs, npm).")
    work = target.with_name("%s.%d.part" % (target.name, os.getpid()))
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in INPUTS:
        source = project / name
        (shutil.copytree if source.is_dir() else shutil.copy)(str(source), str(work / name))
    say("building the dashboard client (npm libraries of about 550 MB, for the tests and the sandbox only)")
    _run([npm, "ci"], work, "Installing the libraries of the dashboard client")
    _run(["node", "build.mjs", "made"], work, "Building the dashboard client")
    try:
        (work / "made").replace(target)
    except OSError:  # another build was faster: its folder has the same content
        if not (target / "main.js").is_file():
            raise
    shutil.rmtree(work, ignore_errors=True)


def _run(command, folder: Path, doing: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS)  # fmt: skip
    except subprocess.TimeoutExpired as fault:
        raise PackagingError("%s took more than %d s; is the network there?" % (doing, SECONDS)) from fault
    if done.returncode:
        said = " / ".join([line.strip() for line in done.stdout.splitlines() if line.strip()][-4:])
        raise PackagingError("%s failed (exit code %d): %s" % (doing, done.returncode, said or "it said nothing"))
