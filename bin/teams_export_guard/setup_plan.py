"""From the settings of the set-up page to what is written where.

Knows which object of the app each setting is: a macro, a setting of the two Detect searches, a parameter of the alert
action, an entry of storage/passwords. Nothing is written that is as it is already, so writing again repairs a half
written change. Does no I/O.
"""

from typing import Dict, Iterable, List, Mapping, NamedTuple
from urllib.parse import quote

from .passwords import REALM, SECRETS
from .setup_rules import MACROS, definition

APP = "teams_export_guard"
BASE = "/servicesNS/nobody/%s/" % APP
DETECTING = ("Teams Export - Detect", "Teams Export - Detect late records")
ACTION = "teams_export_webhook"
WEBHOOK = ("url", "proxy", "ca_file")
ROLES = "Teams Export - Roles"


class Write(NamedTuple):
    """One request: ``what`` names it for people; without an ``optional`` one the settings are complete all the same."""

    what: str
    method: str
    path: str
    form: Mapping[str, str]
    optional: bool = False


def plan(document: Mapping, present: Mapping) -> List[Write]:
    """The requests that make the posted ``document`` true, in order, given the ``present`` settings."""
    changed = {name: value for name, value in document.items() if value != present.get(name)}
    return [*_secrets(document, present), *_macros(changed, present), *_action(changed), *_searches(changed),
            *_roles(changed), *_configured(present)]  # fmt: skip


def password_path(name: str) -> str:
    """Where the secret ``name`` is, below ``BASE``."""
    return "storage/passwords/" + quote("%s:%s:" % (REALM, name), safe="")


def _secrets(document, present) -> Iterable[Write]:
    for name, title in SECRETS.items():
        called = title[0].lower() + title[1:]
        if document.get(name):
            if present[name + "_stored"]:
                yield Write(called, "POST", BASE + password_path(name), {"password": document[name]})
            else:
                entry = {"realm": REALM, "name": name, "password": document[name]}
                yield Write(called, "POST", BASE + "storage/passwords", entry)
        elif document.get("remove_" + name) and present[name + "_stored"]:
            yield Write("the removal of " + called, "DELETE", BASE + password_path(name), {})


def _macros(changed, present) -> Iterable[Write]:
    wanted: Dict[str, str] = {}
    for name in MACROS:
        if name in changed and name in ("index", "sourcetype"):
            both = {**present, **changed}
            wanted["teams_export_index"] = definition(both["index"], both["sourcetype"])
        elif name in changed:
            wanted["teams_export_" + name] = changed[name]
    for macro, text in wanted.items():
        yield Write("the macro " + macro, "POST", BASE + "configs/conf-macros/" + macro, {"definition": text})


def _action(changed) -> Iterable[Write]:
    form = {"param." + name: changed["webhook_" + name] for name in WEBHOOK if "webhook_" + name in changed}
    if form:
        yield Write("the alert action", "POST", BASE + "configs/conf-alert_actions/" + ACTION, form)


def _searches(changed) -> Iterable[Write]:
    form = {}
    if "email_enabled" in changed:
        form["action.email"] = "1" if changed["email_enabled"] else "0"
    if "email_to" in changed:
        form["action.email.to"] = ", ".join(one.strip() for one in changed["email_to"].split(",") if one.strip())
    if "webhook_enabled" in changed:
        form["action." + ACTION] = "1" if changed["webhook_enabled"] else "0"
    for name in DETECTING if form else ():
        yield Write("the search " + name, "POST", BASE + "saved/searches/" + quote(name, safe=""), form)


def _roles(changed) -> Iterable[Write]:
    if "graph_enabled" in changed:
        form = {"is_scheduled": "1" if changed["graph_enabled"] else "0"}
        yield Write("the search " + ROLES, "POST", BASE + "saved/searches/" + quote(ROLES, safe=""), form)


def _configured(present) -> Iterable[Write]:
    if not present["configured"]:
        path = "/services/apps/local/" + APP
        yield Write("that the app is set up", "POST", path, {"configured": "true"}, optional=True)
