#!/usr/bin/env python3
"""Builds, tests and demonstrates the app. Needs the standard library of Python 3.9 and newer only.

    python3 package.py demo [FILE...] [--json]     the main job on a machine without Splunk
    python3 package.py test [PYTEST ARGS]          all the set-up and all the tests
    python3 package.py build                       dist/teams_export_guard-<version>.tgz
    python3 package.py sandbox                     the sandbox with the dashboards
    python3 package.py asn SOURCE... -o OUT        an ASN table from a ranges CSV, IPtoASN or GeoLite2-ASN
    python3 package.py asn --refresh ARCHIVE.tgz   new ASN data for the repo, from the npm package's archive

What else it needs it makes in `.venv*` (libraries, pinned by hash), `build/` (caches) and `dist/`.
Progress goes to stderr; stdout belongs to the command. The plan of the package and the handling of
libraries are in `sandbox/packaging/`; here are the commands, and the way from ASN data to the table.
"""
from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import sys
import tarfile
import zlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, List, Optional

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "bin"))

from sandbox.packaging.errors import PackagingError
from sandbox.packaging.libraries import APP_LIST, environment, say, site_packages, vendor
from sandbox.packaging.plan import APP, ASN_INFO, ASN_NAMES, ASN_NOTICE, ASN_TABLE, archive, plan
from sandbox.packaging.testing import run_all
from sandbox.packaging.webclient import webclient
from teams_export_guard import asn, asn_compile, asn_sources
from teams_export_guard.errors import AsnTableError

FOLDERS = ("README", "appserver", "bin", "default", "lookups", "metadata", "static")
ASN_DATA = "lookups/asn/asn.tsv.xz"
ASN_LICENCE = "lookups/asn/ATTRIBUTION.txt"
TOP_FILES = {"app.conf": "default/app.conf", "README.md": "README.md", "LICENSE": "LICENSE", ASN_LICENCE: ASN_NOTICE}
NPM_NAME = "@ip-location-db/asn"
NPM_SOURCES = "RouteViews, NRO and DB-IP"
NPM_CREDIT = ("RouteViews (routeviews.org), NRO (nro.net), and IP Geolocation by DB-IP (https://db-ip.com), "
              "merged by ip-location-db; CC BY 4.0")


def own_python() -> str:
    """The Python of .venv."""
    return environment(sys.executable, ROOT / ".venv", ROOT)


def write(path: Path, content: bytes) -> None:
    """Replace a file as a whole: a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


# ---- build ----

def build() -> Path:
    """Write the package and name it; all faults are one PackagingError."""
    files, version, faults = plan(collect())
    if faults:
        raise PackagingError("\n".join(faults))
    target, content = ROOT / "dist" / f"{APP}-{version}.tgz", archive(files)
    write(target, content)
    say(f"{target.relative_to(ROOT)}: {len(files)} files, {len(content)} bytes, "
        f"sha256 {hashlib.sha256(content).hexdigest()}")
    return target


def collect() -> Dict[str, bytes]:
    """Every file that could belong to the package, under its name there."""
    found = {f"{folder}/{name}": content for folder in FOLDERS for name, content in _files(ROOT / folder).items()}
    tops = {name: ROOT / source for source, name in TOP_FILES.items()}
    if (ROOT / ASN_DATA).is_file():
        tops[ASN_TABLE] = asn_table()
    found.update({name: path.read_bytes() for name, path in tops.items() if path.is_file()})
    if ASN_TABLE in found:
        found[ASN_INFO] = asn_info(found[ASN_TABLE])
        found[ASN_NAMES] = asn_names(found[ASN_TABLE])
    lib = _cached("lib-{}", ROOT / APP_LIST, ROOT / "sandbox/packaging/libraries.py")
    if not lib.is_dir():
        vendor(lib, (ROOT / APP_LIST).read_text(encoding="utf-8"), site_packages(own_python()))
    found.update({f"lib/{name}": content for name, content in _files(lib).items()})
    return found


def _files(folder: Path) -> Dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _cached(kind: str, *inputs: Path) -> Path:
    """Where in build/ lies what is made from ``inputs``: its name changes with their content."""
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    (ROOT / "build").mkdir(exist_ok=True)
    return ROOT / "build" / kind.format(digest.hexdigest()[:16])


# ---- ASN data ----

def asn_table() -> Path:
    """The table of the committed ASN data, compiled once for each state of data and compiler."""
    target = _cached("asn-{}.bin", ROOT / ASN_DATA, *sorted((ROOT / "bin" / APP).glob("asn*.py")))
    if not target.is_file():
        say(f"compiling {ASN_DATA}")
        data = read_asn([ROOT / ASN_DATA])
        table, report = asn_compile.compile_table(data, data.about)
        if report.bad or report.overlapping:
            raise PackagingError(f"{ASN_DATA} is damaged: {report}.")
        write(target, table)
    return target


def asn_info(content: bytes) -> bytes:
    """What a table says of itself, as the lookup that the dashboards read: true for whatever table it is made from."""
    table, text = asn.AsnTable(content), io.StringIO()
    row = {"name": table.name, "date": table.date, "source": table.source, "attribution": table.attribution,
           "ipv4_ranges": table.ranges.ipv4, "ipv6_ranges": table.ranges.ipv6}
    writer = csv.DictWriter(text, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


def asn_names(content: bytes) -> bytes:
    """Who every AS number of a table belongs to, as the lookup that the dashboards read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["asn", "as_org"])
    writer.writerows(asn.AsnTable(content).organisations())
    return text.getvalue().encode()


def read_asn(paths: List[Path]) -> asn_sources.AsnData:
    """The rows of text files in any of the known formats, also as .gz or .xz."""
    openers = {".gz": gzip.open, ".xz": lzma.open}
    data = asn_sources.AsnData()
    for path in paths:
        try:
            with openers.get(path.suffix, open)(path, "rt", encoding="utf-8", errors="replace", newline="\n") as lines:
                kind = asn_sources.read(data, lines)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as fault:
            raise PackagingError(f"{path} cannot be read: {getattr(fault, 'strerror', None) or fault}.") from fault
        except AsnTableError as fault:
            raise PackagingError(f"{path}: {fault}") from fault
        say(f"{path.name}: {kind}, {data.rows} rows so far")
    return data


def compile_asn(paths: List[Path], out: Path, name: str, date: Optional[str], attribution: str) -> None:
    """The table of the user's own sources."""
    data = read_asn(paths)
    newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), timezone.utc)
    about = data.about or asn_sources.About(name or paths[0].name, date or f"{newest:%Y-%m-%d}",
                                            ", ".join(path.name for path in paths), attribution)
    table, report = asn_compile.compile_table(data, about)
    write(out, table)
    write(out.with_name(Path(ASN_INFO).name), asn_info(table))
    write(out.with_name(Path(ASN_NAMES).name), asn_names(table))
    print(f"{out}: {len(table)} bytes, data of {about.date}; {report}")


def refresh_asn(package: Path) -> None:
    """Replace the repo's ASN data by those of the npm package's archive; say so in the licence text."""
    data = asn_sources.AsnData()
    with tarfile.open(package) as tar:
        version = str(json.load(tar.extractfile("package/package.json"))["version"])
        for member in ("package/asn-ipv4.csv", "package/asn-ipv6.csv"):
            asn_sources.read(data, io.TextIOWrapper(tar.extractfile(member), "utf-8", newline="\n"))
    stamp = version.rpartition(".")[2]  # year, month, day, hour
    date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}"
    about = asn_sources.About(NPM_SOURCES, date, f"{NPM_NAME} {version}", NPM_CREDIT)
    (ipv4, ipv6), report = asn_compile.resolve(data)
    text = "".join(f"{line}\n" for line in asn_sources.pack(about, ipv4, ipv6, data.organisations))
    write(ROOT / ASN_DATA, lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    licence = (ROOT / ASN_LICENCE).read_text(encoding="utf-8")
    for key, value in (("Version", version), ("Date", date)):
        licence = re.sub(f"(?m)^{key}: .*$", f"{key}: {value}", licence)
    write(ROOT / ASN_LICENCE, licence.encode())
    print(f"{ASN_DATA}: data of {date}; {report}")


# ---- test, demo, sandbox ----

def test(arguments: List[str]) -> int:
    """Run all tests, or those that pytest's arguments choose."""
    return run_all(arguments, str(build()), ROOT)


def start(module: str, arguments: List[str]) -> None:
    """Become a part of the sandbox, with the built package; signals then reach it and nobody else."""
    package, python = build(), own_python()
    os.execve(python, [python, "-m", module, "--package", str(package), *arguments],
              {**os.environ, "PYTHONPATH": str(ROOT)})


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="package.py", description=__doc__.partition("\n")[0])
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="the main job on a machine without Splunk")
    demo.add_argument("files", nargs="*", metavar="FILE", help="an Office 365 audit export; none: the sample history")
    demo.add_argument("--json", action="store_true", help="print the alerts for machines")
    commands.add_parser("test", help="all the set-up and all the tests; further arguments go to pytest")
    commands.add_parser("build", help=f"write dist/{APP}-<version>.tgz")
    commands.add_parser("sandbox", help="the sandbox with the dashboards, until interrupted")
    asn = commands.add_parser("asn", help="make an ASN table, or refresh the committed ASN data")
    asn.add_argument("sources", nargs="+", type=Path, metavar="SOURCE",
                     help=f"ranges CSV, IPtoASN TSV or GeoLite2-ASN CSV; with --refresh the archive of {NPM_NAME}")
    asn.add_argument("-o", "--output", type=Path, metavar="OUT", help="the table to write")
    asn.add_argument("--refresh", action="store_true", help=f"replace {ASN_DATA}")
    asn.add_argument("--name", default="", help="what the product calls the data (default: the file's name)")
    asn.add_argument("--date", help="date of the data (default: that of the newest file)")
    asn.add_argument("--attribution", default="", help="the credit that the licence of the data asks for")
    return top


def main(arguments: List[str]) -> int:
    """Run one command; a fault is said, one sentence a line, and is exit code 1."""
    options, rest = parser().parse_known_args(arguments)
    if rest and options.command != "test":
        parser().error(f"unknown argument {rest[0]!r} for {options.command}")
    try:
        if options.command == "test":
            return test(rest)
        if options.command == "demo":
            start("sandbox.demo", [*options.files, *(["--json"] if options.json else [])])
        elif options.command == "sandbox":
            start("sandbox.serve", ["--client", str(webclient(ROOT))])
        elif options.command == "build":
            print(build().relative_to(ROOT))
        elif options.refresh and len(options.sources) == 1 and not options.output:
            refresh_asn(options.sources[0])
        elif options.output and not options.refresh:
            compile_asn(options.sources, options.output, options.name, options.date, options.attribution)
        else:
            parser().error("asn needs SOURCE... -o OUT, or --refresh and one archive")
    except (PackagingError, AsnTableError) as fault:
        for sentence in str(fault).splitlines():
            say(sentence)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
