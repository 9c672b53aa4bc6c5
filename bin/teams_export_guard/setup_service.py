"""The set-up page's REST endpoint: what is set, and changing it with the rights of whoever asks.

Knows what splunkd hands to a persistent handler and what it takes back. Every request that it makes carries the
caller's own session, so nobody sets more than he may. A secret goes in and never comes out.
"""

import json
from typing import Callable, Dict, List, Mapping, Optional, Tuple
from urllib.parse import quote, urlencode

from .errors import StoreUnavailable
from .passwords import SECRETS
from .setup_plan import ACTION, BASE, DETECTING, ROLES, WEBHOOK, password_path, plan
from .setup_rules import BY_NAME, PLAIN_MACROS, RULES, definition, faults, names_in
from .transport import FORM, Transport

SECONDS = 20.0  # of trouble with splunkd, in all; somebody waits at the page

_TRUE = ("1", "true")


class Refused(Exception):
    """splunkd refused a request: its status, and a sentence."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


def answer(in_string, connect: Optional[Callable[[str, str], Transport]] = None) -> dict:
    """The answer to one request as splunkd hands it over (JSON text): ``status`` and ``payload``."""
    asked = json.loads(in_string)
    make = connect or (lambda uri, token: Transport(uri, token, trouble_seconds=SECONDS))
    transport = make(asked["server"]["rest_uri"], asked["session"]["authtoken"])
    try:
        status, said = _answered(asked, Splunkd(transport))
    except Refused as error:
        status, said = error.status, {"error": str(error)}
    except StoreUnavailable as error:
        status, said = 503, {"error": "splunkd did not answer (%s); nothing more was written. Try again." % error.fault}
    finally:
        transport.close()
    return {"status": status, "payload": json.dumps(said), "headers": {"Content-Type": "application/json"}}


def _answered(asked: Mapping, splunkd: "Splunkd") -> Tuple[int, dict]:
    if asked["method"] == "GET":
        return _shown(dict(map(tuple, asked.get("query", []))), splunkd)
    if asked["method"] != "POST":
        return 405, {"error": "GET shows the settings, POST changes them."}
    try:
        document = json.loads(asked.get("payload") or "")
    except ValueError:
        return 400, {"error": "The body is no JSON; an object of settings is expected: %s." % ", ".join(BY_NAME)}
    present = splunkd.present()
    found = faults(document, present)
    if found:
        return 400, {"error": "Nothing was written: %d settings cannot be taken." % len(found),
                     "faults": [fault._asdict() for fault in found]}  # fmt: skip
    return _written(splunkd, plan(document, present))


def _shown(query: Mapping[str, str], splunkd: "Splunkd") -> Tuple[int, dict]:
    if "index" in query or "sourcetype" in query:  # the page asks which search these names make
        names = {"index": query.get("index", ""), "sourcetype": query.get("sourcetype", "")}
        found = faults(names, splunkd.present())
        if found:
            return 400, {"error": "These are no names.", "faults": [fault._asdict() for fault in found]}
        return 200, {"definition": definition(indexes=names["index"], sourcetypes=names["sourcetype"])}
    return 200, {"settings": splunkd.present(), "rules": [rule._asdict() for rule in RULES]}


def _written(splunkd: "Splunkd", writes) -> Tuple[int, dict]:
    """Carry the writes out in order; at the first that fails, say what was written and what was not."""
    done: List[str] = []
    for write in writes:
        try:
            splunkd.write(write)
        except (Refused, StoreUnavailable) as error:
            if write.optional and isinstance(error, Refused):
                return 200, {"written": done, "note": "%s was not kept: %s" % (_capital(write.what), error)}
            text = "%s could not be written: %s Written before: %s. Save again to go on." % (
                _capital(write.what), getattr(error, "fault", error), ", ".join(done) or "nothing")
            return getattr(error, "status", 503), {"error": text, "written": done}
        done.append(write.what)
    return 200, {"written": done}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


class Splunkd:
    """The settings as splunkd has them, over a ``transport`` that has the caller's session."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def present(self) -> Dict[str, object]:
        """All settings that the page knows, and what it must know besides."""
        stanzas = self._get("configs/conf-macros?count=0")
        macros = {stanza["name"]: stanza["content"].get("definition", "") for stanza in stanzas}
        search, roles = (self._get("saved/searches/" + quote(name, safe=""))[0] for name in (DETECTING[0], ROLES))
        (action,) = self._get("configs/conf-alert_actions/" + ACTION)
        names = names_in(macros.get("teams_export_index", ""))
        found: Dict[str, object] = {"custom_search": "" if names else macros.get("teams_export_index", "")}
        found["index"], found["sourcetype"] = names or ("", "")
        for name in PLAIN_MACROS:
            found[name] = macros.get("teams_export_" + name, BY_NAME[name].default).strip()
        content = search["content"]
        found["email_enabled"] = str(content.get("action.email", "0")).lower() in _TRUE
        found["email_to"] = str(content.get("action.email.to") or "")
        found["webhook_enabled"] = str(content.get("action." + ACTION, "0")).lower() in _TRUE
        found.update(("webhook_" + name, str(action["content"].get("param." + name) or "")) for name in WEBHOOK)
        found["graph_enabled"] = str(roles["content"].get("is_scheduled", "0")).lower() in _TRUE
        found.update((name + "_stored", self._exists(password_path(name))) for name in SECRETS)
        found["configured"] = self._configured()
        return found

    def write(self, write) -> None:
        """Carry one write out. Raises Refused with splunkd's own words."""
        body = urlencode(write.form).encode("ascii") if write.method == "POST" else None
        self._expect(self._transport.request(write.method, write.path + "?output_mode=json", body, kind=FORM))

    def _get(self, path: str) -> List[dict]:
        join = "&" if "?" in path else "?"
        found = self._transport.request("GET", BASE + path + join + "output_mode=json", needs_body=True)
        return json.loads(self._expect(found).decode("utf-8"))["entry"]

    def _exists(self, path: str) -> bool:
        found = self._transport.request("GET", BASE + path + "?output_mode=json")
        if found.status == 404:
            return False
        self._expect(found)
        return True

    def _configured(self) -> bool:
        path = "/services/apps/local/teams_export_guard?output_mode=json"
        found = self._transport.request("GET", path, needs_body=True)
        (entry,) = json.loads(self._expect(found).decode("utf-8"))["entry"]
        return str(entry["content"].get("configured", "0")).lower() in _TRUE

    @staticmethod
    def _expect(found) -> bytes:
        if found.status < 300:
            return found.body
        try:
            text = "; ".join(one["text"] for one in json.loads(found.body.decode("utf-8"))["messages"])
        except (ValueError, LookupError, TypeError):
            text = found.body.decode("utf-8", "replace")[:300]
        if found.status in (401, 403):
            text = "You may not do that; it needs the role admin, sc_admin or teams_export_admin. (%s)" % text
        raise Refused(found.status, text)
