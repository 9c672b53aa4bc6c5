"""REST routes for configuration: stanzas of an app's .conf files, shown with local over default and written to local.

Knows: configs/conf-<file>/<stanza> takes settings and keeps them in local/<file>.conf, where the next search finds
them; apps/local/<app> shows whether the app was set up and takes `configured`.  Who may write what stands in metadata.
Sources: REST API Reference Manual, "Configuration endpoint descriptions" (configs/conf-{file}, POST updates, 404 for
an unknown stanza) and "Application endpoint descriptions" (apps/local/{name}, `configured`); authorize.conf.spec
(edit_local_apps).  Inferred: the texts of refusals; that settings are not checked against a .spec.
"""
from __future__ import annotations

import threading
from typing import Dict, List, Mapping

from sandbox.conf import App, ConfError, read
from sandbox.installed import InstalledApps
from sandbox.rest.atom import Entity, feed
from sandbox.rest.auth import ALL_OBJECTS, Account
from sandbox.rest.exchange import HttpError, Request, Response
from sandbox.rest.routes import Route

_CONF = r"configs/conf-(?P<file>[a-z_]+)"
_APP = r"apps/local/(?P<name>[^/]+)"
EDIT_APPS = "edit_local_apps"
_HIDDEN = ("output_mode", "name")  # arguments that are no settings


class LocalConf:
    """Writes settings into the local layer of an app, one writer at a time."""

    def __init__(self, apps: InstalledApps) -> None:
        self._apps, self._lock = apps, threading.Lock()

    def write(self, app: App, file: str, stanza: str, settings: Mapping[str, str]) -> None:
        """Set these settings of a stanza, and keep what else is there; line feeds continue a line."""
        path = app.path / "local" / (file + ".conf")
        with self._lock:
            stanzas = read(path)
            stanzas.setdefault(stanza, {}).update(settings)
            lines: List[str] = []
            for name, kept in stanzas.items():
                lines.append("[%s]" % name)
                lines += ["%s = %s" % (key, value.replace("\n", "\\\n")) for key, value in kept.items()]
                lines.append("")
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(lines), encoding="utf-8")


class ConfRoutes:
    """The handlers of one stand-in."""

    def __init__(self, apps: InstalledApps, local: LocalConf) -> None:
        self._apps, self._local = apps, local

    def routes(self) -> List[Route]:
        return [
            Route("GET", _CONF, self.list),
            Route("GET", _CONF + "/(?P<stanza>[^/]+)", self.show),
            Route("POST", _CONF + "/(?P<stanza>[^/]+)", self.change),
            Route("GET", _APP, self.app),
            Route("POST", _APP, self.change_app),
        ]

    def list(self, request: Request) -> Response:
        app, file = self._app(request.app), request.groups["file"]
        stanzas = app.conf(file)
        permitted = [name for name in stanzas if permitted_to(request.user, app, file, name, "read")]
        return feed(request, "conf-" + file, [_stanza(app, file, name, stanzas[name]) for name in permitted])

    def show(self, request: Request) -> Response:
        app, file, name = self._app(request.app), request.groups["file"], request.groups["stanza"]
        stanzas = app.conf(file)
        if name not in stanzas or not permitted_to(request.user, app, file, name, "read"):
            raise HttpError(404, "Could not find object id=%s" % name)
        return feed(request, "conf-" + file, [_stanza(app, file, name, stanzas[name])])

    def change(self, request: Request) -> Response:
        app, file, name = self._app(request.app), request.groups["file"], request.groups["stanza"]
        if name not in app.conf(file):
            raise HttpError(404, "Could not find object id=%s" % name)
        demand(request.user, app, file, name)
        self._local.write(app, file, name, settings_of(request))
        return self.show(request)

    def app(self, request: Request) -> Response:
        app = self._app(request.groups["name"])
        conf = app.conf("app")
        content = {
            "configured": conf.get("install", {}).get("is_configured", "0").lower() in ("1", "true"),
            "label": conf.get("ui", {}).get("label", app.name),
            "version": conf.get("launcher", {}).get("version", ""),
            "visible": True,
            "disabled": False,
        }
        return feed(request, "localapps", [Entity("apps/local", app.name, app.name, content)])

    def change_app(self, request: Request) -> Response:
        app = self._app(request.groups["name"])
        if not request.user.can(EDIT_APPS):
            raise HttpError(403, "You (user=%s) lack the capability %s." % (request.user.name, EDIT_APPS))
        configured = request.form.get("configured", "")
        if configured.lower() not in ("true", "false", "1", "0"):
            raise HttpError(400, "configured must be true or false but is '%s'." % configured)
        self._local.write(app, "app", "install", {"is_configured": "1" if configured.lower() in ("true", "1") else "0"})
        return self.app(request)

    def _app(self, name: object) -> App:
        try:
            return self._apps.app(str(name))
        except KeyError:
            raise HttpError(404, "Could not find object id=%s" % name) from None


def settings_of(request: Request) -> Dict[str, str]:
    """The settings that a request brings; ConfError's kind of text is a 400."""
    found = {key: value for key, value in request.form.items() if key not in _HIDDEN}
    if any("\n[" in value or "\r" in value for value in found.values()):
        raise HttpError(400, "A setting must not look like a stanza.")
    return found


def permitted_to(user: Account, app: App, kind: str, name: str, right: str) -> bool:
    """Whether metadata lets a user read or write an object; admins may do everything."""
    return user.can(ALL_OBJECTS) or app.permissions().allows(kind, name, right, user.roles)


def demand(user: Account, app: App, kind: str, name: str) -> None:
    """403 unless the user may write an object."""
    if not permitted_to(user, app, kind, name, "write"):
        roles = ", ".join(app.permissions().roles(kind, name, "write"))
        raise HttpError(403, "User '%s' with roles { %s } cannot write: /nobody/%s/%s/%s { write : [ %s ] }"
                        % (user.name, ", ".join(sorted(user.roles)), app.name, kind, name, roles))  # fmt: skip


def _stanza(app: App, file: str, name: str, settings: Mapping[str, str]) -> Entity:
    return Entity("configs/conf-" + file, name, app.name, {**settings, "disabled": False})


__all__ = ["ConfError", "ConfRoutes", "LocalConf", "demand", "permitted_to", "settings_of"]
