"""The layers hold: who imports whom, and what the core never touches.

The layers are read from the picture in bin/teams_export_guard/__init__.py, so that it cannot go out of date.
"""

import ast
import re
import subprocess
import sys

import pytest

import teams_export_guard
from tests.conftest import ROOT

PACKAGE = ROOT / "bin" / "teams_export_guard"
LAYERS = "values state decision shell".split()
FORBIDDEN = "splunklib socket ssl http.client urllib.request requests jsonschema logging.handlers".split()
CLOCKS_AND_FILES = {
    ("time", "time"),
    ("time", "monotonic"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("Path", "open"),
    ("os", "environ"),
    ("time", "sleep"),
}


def drawn():
    """The modules of each layer, in order, as the picture has them."""
    layers = {}
    for name in LAYERS:
        lines = re.search(r"^    %s +(.+(?:\n {15}.+)*)$" % name, teams_export_guard.__doc__, re.M).group(1)
        layers[name] = re.findall(r"[a-z_]+", lines)
    return layers


DRAWN = drawn()
ORDER = [module for name in LAYERS for module in DRAWN[name]]
CORE = [module for name in LAYERS[:-1] for module in DRAWN[name]]


def tree(module):
    return ast.parse((PACKAGE / (module + ".py")).read_text(encoding="utf-8"))


def imported(parsed):
    """The app's modules that a module imports, at its top or anywhere within."""
    found = set()
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("teams_export_guard"):
            found.add("an absolute import of " + node.module)
        elif isinstance(node, ast.Import):
            found |= {
                "an absolute import of " + alias.name
                for alias in node.names
                if alias.name.startswith("teams_export_guard")
            }
    return found


def touched(parsed):
    """What a module calls or reads of clocks and files."""
    found = set()
    for node in ast.walk(parsed):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("open", "print", "input")
        ):
            found.add(node.func.id)
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in CLOCKS_AND_FILES
        ):
            found.add("%s.%s" % (node.value.id, node.attr))
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "os", "pathlib", "io"):
            found.add("from %s import" % node.module)
        if isinstance(node, ast.Import):
            found |= {
                alias.name for alias in node.names if alias.name in ("time", "os", "pathlib", "io", "random", "uuid")
            }
    return found


def test_picture_shows_every_module():
    """Each file of the package stands in the picture once, and nothing else does."""
    assert sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__") == sorted(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_module_imports_only_from_those_before_it(module):
    """The picture is a line: no cycles, no arrow upwards."""
    assert set() == imported(tree(module)) - set(ORDER[: ORDER.index(module)])


@pytest.mark.parametrize("module", CORE)
def test_core_reads_no_clock_and_no_file(module):
    """No time.time, no datetime.now, no open: time, tables and state are arguments."""
    assert set() == touched(tree(module))


def test_only_the_named_modules_meet_the_outside():
    """transport, courier, asn_download and graph_wire meet the network, the last three by requests; asn_file, asn_local,
    spool, tables and action_payload the disk; sdk alone splunk-sdk."""
    meets = {"socket": set(), "requests": set(), "disk": set(), "sdk": set()}
    for module in ORDER:
        for node in ast.walk(tree(module)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
            for name in names:
                if name.split(".")[0] in ("socket", "ssl", "http"):
                    meets["socket"].add(module)
                elif name.split(".")[0] == "requests":
                    meets["requests"].add(module)
                elif name in ("pathlib", "mmap", "gzip", "tempfile"):
                    meets["disk"].add(module)
                elif name.split(".")[0] == "splunklib":
                    meets["sdk"].add(module)
    assert {
        "socket": {"transport", "courier"}, "requests": {"courier", "asn_download", "graph_wire"},
        "disk": {"asn_file", "asn_local", "tables", "action_payload", "spool"}, "sdk": {"sdk"},
    } == meets


def test_core_can_be_imported_without_libraries():
    """In a fresh interpreter without lib/, every core module comes in, and none of the heavy ones with it."""
    script = (
        "import sys, importlib\n"
        "sys.path.insert(0, %r)\n"
        "for name in %r: importlib.import_module('teams_export_guard.' + name)\n"
        "print(' '.join(name for name in %r if name in sys.modules))\n"
    ) % (str(ROOT / "bin"), CORE, FORBIDDEN)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=120
    )
    assert ("", 0, "") == (done.stderr, done.returncode, done.stdout.strip())


@pytest.mark.parametrize(
    "line, seen",
    [
        ("from .engine import judge", {"engine"}), ("from . import engine", {"engine"}),
        ("import teams_export_guard.engine", None),
        ("def f():\n    from .engine import judge", {"engine"}), ("import json", set()),
    ],
)
def test_guard_sees_imports(line, seen):
    """The guard finds an import however it is written."""
    found = imported(ast.parse(line))
    assert found == seen if seen is not None else found


@pytest.mark.parametrize(
    "line", ["import time", "from time import time", "datetime.now()", "open('x')", "Path.open", "x = time.time",
    "import os"]
)
def test_guard_sees_clocks_and_files(line):
    """The guard finds a clock or a file however it is reached."""
    assert touched(ast.parse(line))
