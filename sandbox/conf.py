"""An unpacked app's configuration: .conf files, default/ overlaid by local/, and who may read and write what.

Sources: splunk's *.conf.spec and the Admin Manual, "Configuration file structure" and "Configuration file
precedence". Settings are name = value under [stanza]; a backslash at the end of a line goes on in the next one; a
line that begins with # is a comment; what stands before the first stanza, or in [default], holds for every stanza
of the file; local/ wins over default/, setting by setting.
Inferred: a continued line is joined by a line feed; a # further on in a line belongs to the value.
Knows neither SPL nor the KV store; `sandbox/spl/knowledge.py` makes macros and lookups of this.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Tuple

Stanza = Dict[str, str]
Conf = Dict[str, Stanza]
DEFAULT = "default"
LAYERS = (("default", "default.meta"), ("local", "local.meta"))  # the later one wins
_ACCESS = re.compile(r"(read|write)\s*:\s*\[([^\]]*)\]")

SAVED_SEARCH: Mapping[str, str] = {
    # savedsearches.conf.spec: what a saved search is without the setting
    "search": "",
    "description": "",
    "disabled": "0",
    "dispatchAs": "owner",
    "is_visible": "1",
    "enableSched": "0",
    "cron_schedule": "",
    "max_concurrent": "1",
    "realtime_schedule": "1",
    "schedule_window": "0",
    "schedule_priority": "default",
    "allow_skew": "0",
    "dispatch.earliest_time": "",
    "dispatch.latest_time": "",
    "dispatch.index_earliest": "",
    "dispatch.index_latest": "",
    "dispatch.ttl": "2p",
    "dispatch.max_count": "500000",
    "dispatch.max_time": "0",
    "counttype": "always",
    "relation": "",
    "quantity": "",
    "alert_condition": "",
    "actions": "",
    "alert.track": "auto",
    "alert.severity": "3",
    "alert.expires": "24h",
    "alert.digest_mode": "1",
    "alert.suppress": "0",
    "alert.suppress.period": "",
    "alert.suppress.fields": "",
    "alert.suppress.group_name": "",
}


class ConfError(ValueError):
    """A configuration file that cannot be read; the text names file and line."""


def parse(text: str, name: str = "the text") -> Conf:
    """The stanzas of a .conf text, as written; those without settings too."""
    stanzas: Conf = {}
    stanza = DEFAULT
    for place, line in _lines(text):
        if line.startswith("["):
            if not line.rstrip().endswith("]"):
                raise ConfError("%s, line %d: a stanza must end with ], not: %s" % (name, place, line))
            stanza = line.rstrip()[1:-1]
            stanzas.setdefault(stanza, {})
            continue
        key, sign, value = line.partition("=")
        if not sign or not key.strip():
            raise ConfError("%s, line %d: neither [stanza] nor name = value: %s" % (name, place, line))
        stanzas.setdefault(stanza, {})[key.strip()] = value.strip()
    return stanzas


def _lines(text: str) -> Iterable[Tuple[int, str]]:
    """The settings and stanza heads with the number of their first line."""
    held: List[str] = []
    start = 0
    for place, line in enumerate(text.splitlines(), 1):
        if not held:
            start, line = place, line.lstrip()
            if not line or line.startswith("#"):
                continue
        if line.endswith("\\"):
            held.append(line[:-1])
            continue
        yield start, "\n".join([*held, line])
        held = []
    if held:
        yield start, "\n".join(held)


_parsed = lru_cache(maxsize=64)(parse)  # every search asks for the same few files: read each time, parsed once for a text


def _shared(path: Path) -> Conf:
    """A .conf file, not to be changed; none if there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return {}
    return _parsed(text, path.name)


def read(path: Path) -> Conf:
    """A .conf file, the caller's own; none if there is no such file."""
    return {stanza: dict(settings) for stanza, settings in _shared(path).items()}


def overlaid(layers: Iterable[Conf]) -> Conf:
    """Several files as one; the settings of later ones win. [default] is spread over the stanzas and goes."""
    merged: Conf = {}
    for layer in layers:
        for stanza, settings in layer.items():
            merged.setdefault(stanza, {}).update(settings)
    common = merged.pop(DEFAULT, {})
    return {stanza: {**common, **settings} for stanza, settings in merged.items()}


class App:
    """One unpacked app."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.name = self.path.name

    def conf(self, name: str) -> Conf:
        """A configuration such as "macros", local over default."""
        return overlaid(_shared(self.path / folder / (name + ".conf")) for folder, _ in LAYERS)

    def settings(self, name: str, stanza: str) -> Stanza:
        """One stanza of a configuration."""
        found = self.conf(name)
        if stanza not in found:
            raise ConfError(
                "%s.conf of the app %s has no stanza [%s]; it has: %s."
                % (name, self.name, stanza, ", ".join(sorted(found)) or "none")
            )
        return found[stanza]

    def saved_searches(self) -> Conf:
        """The saved searches, each with every setting that is known here."""
        return {name: {**SAVED_SEARCH, **settings} for name, settings in self.conf("savedsearches").items()}

    def commands(self) -> Conf:
        """The custom search commands."""
        return self.conf("commands")

    def collections(self) -> Conf:
        """The KV-store collections."""
        return self.conf("collections")

    def lookup_file(self, filename: str) -> Path:
        """Where a CSV lookup file of the app lies."""
        return self.path / "lookups" / filename

    def permissions(self) -> "Permissions":
        """Who may do what."""
        return Permissions(overlaid_meta(_shared(self.path / "metadata" / meta) for _, meta in LAYERS))


def overlaid_meta(layers: Iterable[Conf]) -> Conf:
    """The .meta files as one; [] is the app itself and is spread over nothing."""
    merged: Conf = {}
    for layer in layers:
        for stanza, settings in layer.items():
            merged.setdefault(stanza, {}).update(settings)
    return merged


class Permissions:
    """metadata/*.meta: the roles that may read and write an object, and whether other apps see it.

    Source: default.meta.spec, "Interaction of ACLs across app-level, category level, and specific object": whoever uses
    an object must be able to read the app, the kind and the object, and whoever changes it to write the object too;
    exporting changes nothing about that. A layer without the setting is as the one above it: [kind/name], [kind], [].
    Inferred: without any, everybody reads and admin writes, and nothing is exported.
    """

    def __init__(self, stanzas: Conf) -> None:
        self._stanzas = stanzas

    def _setting(self, kind: str, name: str, key: str) -> str:
        for stanza in ("%s/%s" % (kind, name), "%s/%s" % (kind, name.replace(" ", "%20")), kind, ""):
            if key in self._stanzas.get(stanza, {}):
                return self._stanzas[stanza][key]
        return ""

    def roles(self, kind: str, name: str, right: str) -> Tuple[str, ...]:
        """The roles with the right "read" or "write"; "*" is everybody."""
        access = dict(_ACCESS.findall(self._setting(kind, name, "access")))
        if right not in access:
            return {"read": ("*",), "write": ("admin",)}[right]
        return tuple(role.strip() for role in access[right].split(",") if role.strip())

    def readers(self, kind: str, name: str) -> Tuple[Tuple[str, ...], ...]:
        """The roles that may read the app, the kind and the object; one of each is needed."""
        return tuple(self.roles(*layer, "read") for layer in (("", ""), (kind, ""), (kind, name)))

    def allows(self, kind: str, name: str, right: str, roles: Iterable[str]) -> bool:
        """Whether the roles have the right."""
        held = frozenset(roles)
        needed = [*self.readers(kind, name), *([self.roles(kind, name, "write")] if right == "write" else [])]
        return all("*" in granted or held.intersection(granted) for granted in needed)

    def exported(self, kind: str, name: str) -> bool:
        """Whether other apps see the object."""
        return self._setting(kind, name, "export").lower() == "system"
