"""The plan of the package: which files, under which names, and everything that is wrong with them.

Pure: takes the files found (name in the package -> content) and gives the files of the package, so
that all faults are known before anything is written. Knows what Splunk and its app vetting ask of a
package (one id, one version, no native code, no local settings) and what this app cannot do without.
Does not know where files come from.
"""
from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from pathlib import PurePosixPath
from typing import Dict, List, NamedTuple, Tuple

APP = "teams_export_guard"
ASN_TABLE = "bin/asn/teams_export_asn.bin"
ASN_NOTICE = "bin/asn/teams_export_asn.ATTRIBUTION.txt"
ASN_INFO = "lookups/teams_export_asn_info.csv"  # what the dashboards say of the table; the build writes it
ASN_NAMES = "lookups/teams_export_asn_names.csv"  # who the AS numbers belong to; the build writes it
REQUIRED = ("README.md", "LICENSE", "default/app.conf", "default/commands.conf", "metadata/default.meta",
            f"bin/{APP}/__init__.py", "lib/splunklib/__init__.py", ASN_TABLE, ASN_NOTICE, ASN_INFO, ASN_NAMES)

#: Lies in the repo's folders and is quietly no part of the package.
LEFT_OUT = re.compile(r"(^|/)(\.[^/]*|__pycache__)(/|$)|\.pyc$|^metadata/local\.meta$"
                      r"|^lookups/asn/|^bin/requirements\.txt$")
#: Must not lie there: native code and archives, leftovers of merges, and files that vetting refuses.
FORBIDDEN = re.compile(r"\.(so|pyd|dll|dylib|exe|o|a|whl|egg|tgz|spl|zip|gz|xz|orig|rej)$"
                       r"|(^|/)(passwords|limits)\.conf$|(^|/)local/")
PORTABLE = re.compile(r"[A-Za-z0-9_./@+ -]{1,80}")  # with the app's folder it fits into USTAR's 100 characters
VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9a-z.]+)?")
NAMED_FILES = (("commands", "bin"), ("transforms", "lookups"))  # conf whose `filename` lies in the folder

MODIFIED = 1767225600  # 2026-01-01 UTC: the time of every file in the package
FILE_MODE, FOLDER_MODE = 0o644, 0o755

Stanzas = Dict[str, Dict[str, str]]


class Plan(NamedTuple):
    """The package to be: it may be written if there are no faults."""

    files: Dict[str, bytes]  # path below the app's folder -> content
    version: str
    faults: List[str]


def plan(found: Dict[str, bytes]) -> Plan:
    """The files of the package from all that was found, and every fault at once."""
    files = {name: found[name] for name in sorted(found) if not LEFT_OUT.search(name)}
    identity = read_conf(files.get("default/app.conf", b""))
    faults = [f"{name} is missing." for name in REQUIRED if name not in files]
    faults += [f"{name} must not be in the package." for name in files if FORBIDDEN.search(name)]
    faults += [f"{name!r} is no portable name: at most 80 of A-Z a-z 0-9 _ . / @ + - and space are allowed."
               for name in files if not PORTABLE.fullmatch(name)]
    faults += _names_without_file(files) + _identity_faults(identity)
    files["app.manifest"] = manifest(identity)
    return Plan(files, identity.get("launcher", {}).get("version", ""), faults)


def _names_without_file(files: Dict[str, bytes]) -> List[str]:
    faults = []
    for conf, folder in NAMED_FILES:
        for stanza, settings in read_conf(files.get(f"default/{conf}.conf", b"")).items():
            path = f"{folder}/{settings['filename']}" if "filename" in settings else ""
            if path and path not in files:
                faults.append(f"{path} is missing, which [{stanza}] of default/{conf}.conf names.")
    return faults


def _identity_faults(identity: Stanzas) -> List[str]:
    faults = []
    for stanza, key in (("package", "id"), ("id", "name")):
        value = identity.get(stanza, {}).get(key, "")
        if value != APP:
            faults.append(f"app.conf says {key} = {value!r} in [{stanza}], where {APP!r} is needed.")
    launched, identified = (identity.get(stanza, {}).get("version", "") for stanza in ("launcher", "id"))
    if not VERSION.fullmatch(launched):
        faults.append(f"app.conf says version = {launched!r} in [launcher], where one like 1.2.3 is needed.")
    if identified != launched:
        faults.append(f"app.conf says version = {identified!r} in [id], but {launched!r} in [launcher].")
    return faults


def read_conf(content: bytes) -> Stanzas:
    """The stanzas of a Splunk .conf file; a backslash at its end continues a line."""
    stanzas: Stanzas = {}
    settings = stanzas.setdefault("default", {})
    for line in re.sub(r"\\\r?\n", "", content.decode("utf-8", "replace")).splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            settings = stanzas.setdefault(text[1:-1], {})
        elif "=" in text and not text.startswith("#"):
            key, _, value = text.partition("=")
            settings[key.strip()] = value.strip()
    return stanzas


def manifest(identity: Stanzas) -> bytes:
    """app.manifest (schema 2.0.0), all of it from app.conf."""
    launcher, label = identity.get("launcher", {}), identity.get("ui", {}).get("label", "")
    empty = {"name": None, "text": None, "uri": None}
    text = json.dumps({
        "schemaVersion": "2.0.0",
        "info": {
            "title": label,
            "id": {"group": None, "name": APP, "version": launcher.get("version", "")},
            "author": [{"name": launcher.get("author", ""), "email": None, "company": None}],
            "releaseDate": None,
            "description": launcher.get("description", ""),
            "classification": {"intendedAudience": None, "categories": [], "developmentStatus": None},
            "commonInformationModels": None,
            "license": {"name": "Apache-2.0", "text": "LICENSE", "uri": None},
            "privacyPolicy": empty,
            "releaseNotes": empty,
        },
        "dependencies": None,
        "tasks": None,
        "inputGroups": None,
        "incompatibleApps": None,
        "platformRequirements": None,
        "supportedDeployments": ["_standalone", "_distributed", "_search_head_clustering"],
        "targetWorkloads": ["_search_heads"],
    }, indent=2)
    return (text + "\n").encode("ascii")


def archive(files: Dict[str, bytes]) -> bytes:
    """The .tgz, the same bytes for the same files: USTAR, sorted, no owner, one time, plain modes."""
    contents = {f"{APP}/{name}": content for name, content in files.items()}
    folders = {str(parent) for name in contents for parent in PurePosixPath(name).parents} - {"."}
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=packed, mtime=0) as stream, \
            tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders.union(contents)):
            tar.addfile(*_member(name, contents.get(name)))
    return packed.getvalue()


def _member(name: str, content: bytes | None) -> Tuple[tarfile.TarInfo, io.BytesIO]:
    """A file, or a folder where there is no content; owner and group stay 0 and nameless."""
    info = tarfile.TarInfo(name)
    info.mtime, info.mode = MODIFIED, FILE_MODE
    if content is None:
        info.type, info.mode = tarfile.DIRTYPE, FOLDER_MODE
    info.size = len(content or b"")
    return info, io.BytesIO(content or b"")
