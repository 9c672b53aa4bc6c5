"""Installed apps: unpacking a package into SPLUNK_HOME/etc/apps, and what the installed apps bring together.

Knows which objects of one app another app may use (metadata: export = system), and which of them an account may:
what it may not read is for it as if it were not there.  Reads configuration through `sandbox/conf.py`.
"""
from __future__ import annotations

import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import Callable, Dict, List, Mapping, Optional, Tuple, TypeVar

from sandbox.accounts import Role, roles_of_app
from sandbox.alert_actions import CustomAction
from sandbox.alerting import SavedSearch
from sandbox.conf import App, Permissions
from sandbox.invocation import CommandSpec
from sandbox.kv import KVStore
from sandbox.rest.access import Acl, Acls
from sandbox.rest.auth import ALL_OBJECTS, Account
from sandbox.spl import Lookup, Macro, ReadOnly
from sandbox.spl.knowledge import lookups, macros

T = TypeVar("T")
Objects = Callable[[str, str], List[Tuple[str, str]]]  # of an app and a name: the (kind, name) of all that is needed

CUSTOM_COMMANDS = "run_custom_command"  # the capability without which none can be run (authorize.conf.spec)
KEPT = ("local", "metadata/local.meta")  # what an upgrade leaves as it is


class PackageError(ValueError):
    """A package that cannot be installed; the message says why."""


def unpack(package: Path, apps: Path) -> App:
    """Unpack a .tgz into the folder of apps; an older version of the app goes, its local settings stay."""
    with tarfile.open(str(package), "r:gz") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
        members = archive.getmembers()
        name = _checked(package, members)
        target = apps / name
        _clear(target)
        for member in members:
            if not any(member.name.startswith("%s/%s" % (name, kept)) for kept in KEPT):
                archive.extract(member, str(apps))
    return App(target)


def _checked(package: Path, members: List[tarfile.TarInfo]) -> str:
    """The one top folder of a package without links and without ways out of it."""
    tops = {PurePosixPath(member.name).parts[0] for member in members}
    for member in members:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise PackageError("%s: %s is no plain file or folder inside the package" % (package.name, member.name))
    if len(tops) != 1:
        found = ", ".join(sorted(tops)) or "none"
        raise PackageError("%s must have one top folder but has: %s" % (package.name, found))
    return tops.pop()


def _clear(target: Path) -> None:
    for entry in target.iterdir() if target.is_dir() else ():
        if entry.is_dir() and entry.name not in ("local", "metadata"):
            shutil.rmtree(str(entry))


class InstalledApps:
    """All apps of one stand-in, by name."""

    def __init__(self, kv: KVStore) -> None:
        self._kv = kv
        self._apps: Dict[str, App] = {}

    def add(self, app: App) -> None:
        """Take an app in: its commands are checked, its collections defined."""
        self._apps[app.name] = app
        _commands(app)
        for name, settings in app.collections().items():
            types = {key[len("field.") :]: kind for key, kind in settings.items() if key.startswith("field.")}
            prefix = "accelerated_fields."
            accelerations = {key[len(prefix) :]: text for key, text in settings.items() if key.startswith(prefix)}
            enforce = settings.get("enforceTypes", "false").strip().lower() in ("1", "true")
            self._kv.define(app.name, name, types, accelerations, enforce)

    def app(self, name: str) -> App:
        return self._apps[name]

    def names(self) -> List[str]:
        """The installed apps, in the order of their names."""
        return sorted(self._apps)

    def macros(self, seen_from: str, account: Optional[Account] = None) -> Dict[str, Macro]:
        """The macros that a search in an app sees: its own, then those of others that are exported."""
        found = {app: macros(self._apps[app]) for app in self._apps}
        return self._visible(seen_from, found, lambda app, name: [("macros", name)], account)

    def lookups(self, seen_from: str, account: Optional[Account] = None) -> Dict[str, Lookup]:
        """The lookup definitions and lookup files that a search in an app sees."""
        found: Dict[str, Dict[str, Lookup]] = {}
        behind = {app: _behind_lookups(self._apps[app]) for app in self._apps}
        for name, app in self._apps.items():
            permissions, of = app.permissions(), behind[name]
            found[name] = {
                each: lookup if _allowed(permissions, *of(each)[-1], "write", account) else ReadOnly(each, lookup)
                for each, lookup in lookups(app, self._kv).items()
            }
        return self._visible(seen_from, found, lambda app, name: behind[app](name), account)

    def commands(self, seen_from: str, account: Optional[Account] = None) -> Dict[str, CommandSpec]:
        """The custom commands that a search in an app sees."""
        if account is not None and not account.can(CUSTOM_COMMANDS):
            return {}
        found = {app: _commands(self._apps[app]) for app in self._apps}
        return self._visible(seen_from, found, lambda app, name: [("commands", name)], account)

    def allowed(self, app: str, kind: str, name: str, right: str, account: Account) -> bool:
        """Whether an account may read or write an object of an app."""
        return _allowed(self._apps[app].permissions(), kind, name, right, account)

    def alert_actions(self, seen_from: str) -> Dict[str, CustomAction]:
        """The stanzas of alert_actions.conf that a search in an app sees."""
        found = {
            name: {key: CustomAction(key, name, app.path, stanza) for key, stanza in app.conf("alert_actions").items()}
            for name, app in self._apps.items()
        }
        return self._visible(seen_from, found, lambda app, name: [("alert_actions", name)], None)

    def saved_searches(self) -> List[SavedSearch]:
        """The saved searches of all apps as their files have them, by name."""
        found = [
            SavedSearch(name, app.name, settings)
            for app in self._apps.values()
            for name, settings in app.saved_searches().items()
        ]
        return sorted(found, key=lambda saved: (saved.name, saved.app))

    def roles(self) -> Dict[str, Role]:
        found: Dict[str, Role] = {}
        for app in self._apps.values():
            found.update(roles_of_app(app.conf("authorize")))
        return found

    def acls(self) -> Acls:
        """Who may read and write the apps and their collections."""
        apps = self._apps.values()
        collections = {(app.name, name): _acl(app, "collections", name) for app in apps for name in app.collections()}
        return Acls(collections, {app.name: _acl(app, "", "") for app in apps})

    def _visible(
        self, seen_from: str, objects: Mapping[str, Mapping[str, T]], of: Objects, account: Optional[Account]
    ) -> Dict[str, T]:
        found: Dict[str, T] = {}
        for app in sorted(self._apps, key=lambda name: name == seen_from):  # the own app comes last and wins
            permissions = self._apps[app].permissions()
            for name, value in objects[app].items():
                needed = of(app, name)
                shared = app == seen_from or all(permissions.exported(*each) for each in needed)
                if shared and all(_allowed(permissions, *each, "read", account) for each in needed):
                    found[name] = value
        return found


def _allowed(permissions: Permissions, kind: str, name: str, right: str, account: Optional[Account]) -> bool:
    """Whether an account may do it; without one, nobody asks."""
    free = account is None or ALL_OBJECTS in account.capabilities
    return free or permissions.allows(kind, name, right, account.roles)


def _behind_lookups(app: App) -> Callable[[str], List[Tuple[str, str]]]:
    """Says what a lookup is made of: its definition, if it has one, and the file or the collection behind it.

    Inferred: that a collection must be readable, and exported, for a lookup on it (a public app's issue on the former).
    """
    transforms = app.conf("transforms")

    def behind(name: str) -> List[Tuple[str, str]]:
        settings = transforms.get(name)
        if settings is None:
            return [("lookups", name)]
        if "filename" in settings:
            return [("transforms", name), ("lookups", settings["filename"])]
        return [("transforms", name), ("collections", settings.get("collection", ""))]

    return behind


def _commands(app: App) -> Dict[str, CommandSpec]:
    return {name: CommandSpec.from_stanza(name, app.path, stanza) for name, stanza in app.commands().items()}


def _acl(app: App, kind: str, name: str) -> Acl:
    permissions = app.permissions()
    return Acl(
        read=permissions.roles(kind, name, "read"),
        write=permissions.roles(kind, name, "write"),
        exported=permissions.exported(kind, name),
        around=permissions.readers(kind, name)[:-1],
    )
