"""Puts a fixture app where splunkd would have it, SPLUNK_HOME/etc/apps/<name>, or into a package."""
from __future__ import annotations

import configparser
import importlib.util
import shutil
import tarfile
from pathlib import Path

from sandbox.invocation import CommandSpec

APPS = Path(__file__).parent


def install_app(home: Path, name: str) -> CommandSpec:
    """Unpack one fixture app and read its command's stanza; `echo` also gets the Splunk SDK into its lib folder."""
    target = home / "etc" / "apps" / name
    shutil.copytree(APPS / name, target)
    shutil.copy(APPS / "wire.py", target / "bin")
    if name == "echo":
        found = importlib.util.find_spec("splunklib")
        assert found is not None and found.submodule_search_locations, "the tests need splunk-sdk"
        shutil.copytree(next(iter(found.submodule_search_locations)), target / "lib" / "splunklib")
    conf = configparser.ConfigParser(interpolation=None)
    conf.read(target / "default" / "commands.conf")
    return CommandSpec.from_stanza(name, target, dict(conf[name]))


def package(folder: Path, name: str) -> Path:
    """A fixture app as an installable package."""
    path = folder / (name + ".tgz")
    with tarfile.open(str(path), "w:gz") as archive:
        archive.add(str(APPS / name), name, filter=lambda member: None if "__pycache__" in member.name else member)
        archive.add(str(APPS / "wire.py"), name + "/bin/wire.py")
    return path
