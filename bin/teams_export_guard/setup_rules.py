"""The settings that the set-up page knows: their names, what each takes, and the document that changes them.

Knows every rule once: the page gets the same patterns that are used behind it. What becomes SPL is a name of a small
alphabet, so nothing that is typed there can end the definition that it stands in. Does no I/O.
"""

import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from . import retention
from .errors import SettingsError
from .graph_settings import CLOUDS
from .settings import OPTIONS, Settings, parse_arguments
from .webhook_settings import parse_params

LABELS = {
    "message_threshold": "Messages", "record_threshold": "Records (calls)", "chat_threshold": "Chats",
    "window": "Window", "training": "Training period", "activation": "Activation period",
    "dedup": "Deduplication period", "settle": "Settling time", "quarantine": "Quarantine of new networks",
    "history_days": "Days of history before a network can be new",
}  # fmt: skip
NAMES_LIMIT = 10  # of indexes or sourcetypes (ours): more belong into a macro of the admin's own

_INDEX = r"[a-z0-9_*][a-z0-9_*-]{0,79}"
_SOURCETYPE = r"[A-Za-z0-9_:.*-]{1,80}"
_SPAN = r"0|[0-9]{1,9}[smhdw]"
_NUMBER = r"0*[1-9][0-9]{0,17}"
_END = r"(?![\s\S])"  # the end of the text, where $ would let a line feed stand behind it
_GUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_ADDRESS = r'[^@\s,;"<>]{1,64}@[A-Za-z0-9.-]{1,190}'


def _several(one: str) -> str:
    return r"^\s*%s(?:\s*,\s*%s){0,%d}\s*%s" % (one, one, NAMES_LIMIT - 1, _END)


class Rule(NamedTuple):
    """What one setting takes. ``pattern`` is for Python, JSON Schema and JavaScript alike; flags have none.

    A ``secret`` goes in and never comes out; whether there is one is the setting ``<name>_stored``.
    """

    name: str
    group: str
    label: str
    pattern: str
    allowed: str
    default: str
    unit: str = ""
    secret: bool = False


class SecretField(NamedTuple):
    """A secret of ``passwords.SECRETS`` on the page: where it stands, its label, the fewest characters it has."""

    name: str
    group: str
    label: str
    least: int

    def rules(self):
        """The field for it, and the one that removes it."""
        pattern = r"^(?:[\x20-\x7e]{%d,500})?%s" % (self.least, _END)
        yield Rule(self.name, self.group, self.label, pattern, "nothing, or at least %d characters" % self.least, "",
                   secret=True)  # fmt: skip
        yield Rule("remove_" + self.name, self.group, "Remove the stored %s" % self.label.lower(), "", "true or false", "")


#: The least lengths are ours: a secret that can be guessed signs nothing, and what is shorter was cut when it was copied.
SECRET_FIELDS = (
    SecretField("webhook_secret", "webhook", "Secret", 16),
    SecretField("graph_secret", "graph", "Client secret", 16),
    SecretField("asn_key", "networks", "Licence key", 8),
)


def _tunables():
    defaults = Settings()._asdict()
    for option in OPTIONS:
        if option.name in ("mode", "explain"):
            continue
        number = option.unit in ("messages", "records", "chats") or option.name == "history_days"
        default = _default(option.name, defaults[option.name], number)
        pattern = "^(?:%s)%s" % (_NUMBER if number else _SPAN, _END)
        yield Rule(option.name, "thresholds", LABELS[option.name], pattern, option.allowed, default, option.meaning)


def _default(name, value, number):
    if number:
        return str(value)
    if name in ("training", "activation"):
        return "%dd" % value
    return "%dh" % (value // 3600) if value % 86400 else "%dd" % (value // 86400)


RULES: Tuple[Rule, ...] = (
    Rule("index", "records", "Index", _several(_INDEX), "names of indexes, with commas between them", "o365"),
    Rule("sourcetype", "records", "Sourcetype", _several(_SOURCETYPE), "names of sourcetypes, with commas between them",
         "o365:management:activity"),
    *_tunables(),
    Rule("retention", "keeping", "Keep alerts", "^(?:%s)%s" % (_SPAN, _END), "whole days such as 400d", "400d",
         "how long alerts, and what was said of them, are kept"),
    Rule("email_enabled", "email", "Send e-mail", "", "true or false", ""),
    Rule("email_to", "email", "Recipients", r"^\s*" + _END + "|" + _several(_ADDRESS),
         "addresses, with commas between them", ""),
    Rule("webhook_enabled", "webhook", "Post to a webhook", "", "true or false", ""),
    Rule("webhook_url", "webhook", "Address", r"^(?:https://[\x21-\x7e]{1,2000})?" + _END,
         "an address that begins with https://", ""),
    Rule("webhook_proxy", "webhook", "Proxy", r"^(?:https?://[\x21-\x7e]{1,500})?" + _END,
         "nothing, or an address that begins with http:// or https://", ""),
    Rule("webhook_ca_file", "webhook", "CA file", r"^[^\x00-\x1f]{0,500}" + _END,
         "nothing, or an absolute path on the search head", ""),
    Rule("graph_enabled", "graph", "Read role holders daily", "", "true or false", ""),
    Rule("graph_tenant", "graph", "Tenant id", r"^(?:%s)?%s" % (_GUID, _END), "nothing, or a GUID", ""),
    Rule("graph_client_id", "graph", "Application (client) id", r"^(?:%s)?%s" % (_GUID, _END), "nothing, or a GUID", ""),
    Rule("graph_cloud", "graph", "Cloud", "^(?:%s)%s" % ("|".join(CLOUDS), _END), "one of " + ", ".join(CLOUDS), "global",
         "where the tenant is; GCC is in global"),
    *(rule for field in SECRET_FIELDS for rule in field.rules()),
)  # fmt: skip
BY_NAME: Dict[str, Rule] = {rule.name: rule for rule in RULES}
#: Settings that are a macro of their own, teams_export_<name>.
PLAIN_MACROS = (
    *(rule.name for rule in RULES if rule.group in ("thresholds", "keeping")), "graph_tenant", "graph_client_id", "graph_cloud",
)  # fmt: skip
MACROS = ("index", "sourcetype", *PLAIN_MACROS)

#: The document that is posted: any of the settings, and nothing else.
DOCUMENT = {
    "title": "the settings of the set-up page",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        rule.name: {"type": "string", "pattern": rule.pattern} if rule.pattern else {"type": "boolean"}
        for rule in RULES
    },
}


class Fault(NamedTuple):
    """What is wrong with one setting."""

    field: str
    given: str
    allowed: str


def faults(document: object, present: Mapping[str, object]) -> List[Fault]:
    """Everything that is wrong with a posted document, given the ``present`` settings that it changes."""
    found = _shape(document)
    if not isinstance(document, dict):
        return found
    wrong = {fault.field for fault in found}
    sound = {name: value for name, value in document.items() if name not in wrong}
    whole = {**present, **sound}
    return sorted([*found, *_half_a_search(sound, whole, wrong), *_times(sound, whole), *_switches(whole),
                   *_graph(document, whole, wrong)])  # fmt: skip


def _shape(document) -> List[Fault]:
    import jsonschema  # only where somebody sets something up: it costs a tenth of a second

    found = []
    for error in jsonschema.Draft202012Validator(DOCUMENT).iter_errors(document):
        if error.validator == "additionalProperties":
            unknown = sorted(set(document) - set(BY_NAME))
            found += [Fault(name, "a setting that is not known", ", ".join(BY_NAME)) for name in unknown]
        elif error.path:
            name = str(error.path[0])
            given = "something that is not shown" if BY_NAME[name].secret else str(document[name])[:100]
            found.append(Fault(name, given, BY_NAME[name].allowed))
        else:
            found.append(Fault("", type(document).__name__, "an object of settings"))
    return found


def _half_a_search(document, whole, wrong) -> List[Fault]:
    """Beside a search of the admin's own, which has no names to keep, both lists are needed or neither."""
    both = ("index", "sourcetype")
    if not any(name in document for name in both):
        return []
    return [Fault(name, "", BY_NAME[name].allowed) for name in both if not whole[name] and name not in wrong]


def _times(document, whole) -> List[Fault]:
    names = [rule.name for rule in RULES if rule.group == "thresholds"]
    said = []
    for name in names:
        try:
            parse_arguments(["%s=%s" % (name, whole[name]), *_together(name, whole)])
        except SettingsError as error:
            if name in document or name in ("training", "activation"):
                said += [Fault(name, str(whole[name]), text.partition("allowed: ")[2]) for text in error.faults
                         if text.startswith(name + "=")]  # fmt: skip
    try:
        retention.parse(["%s=%s" % (option, whole[name]) for option, name in
                         (("keep", "retention"), ("dedup", "dedup"), ("quarantine", "quarantine"))])  # fmt: skip
    except SettingsError as error:
        if not said:
            given = str(whole["retention"])
            said += [Fault("retention", given, text.partition("allowed: ")[2]) for text in error.faults]
    return said


def _together(name, whole):
    """What must be given beside an option for its own bound to be known."""
    if name == "activation":
        return ["training=%s" % whole["training"]]
    return ["activation=0d"] if name == "training" else []


def _switches(whole) -> List[Fault]:
    found = []
    if whole["email_enabled"] and not str(whole["email_to"]).strip():
        found.append(Fault("email_to", "", "at least one address while e-mail is on"))
    if whole["webhook_enabled"] or whole["webhook_url"]:
        given = {name: whole["webhook_" + name] for name in ("url", "proxy", "ca_file")}
        try:
            parse_params(given)
        except SettingsError as error:
            found += [Fault("webhook_" + text.split(" ")[0], "", text) for text in error.faults]
    for field in SECRET_FIELDS:
        if whole.get(field.name) and whole.get("remove_" + field.name):
            found.append(Fault("remove_" + field.name, "true", "either a new secret, or none any more"))
    return found


def _graph(document, whole, wrong) -> List[Fault]:
    """Tenant and application go together; who reads daily needs both, and the secret."""
    if not any(name.startswith("graph_") or name == "remove_graph_secret" for name in document):
        return []
    ids = ("graph_tenant", "graph_client_id")
    needed = whole["graph_enabled"] or any(whole[name] for name in ids)
    found = [Fault(name, "", "a GUID, beside the other id") for name in ids if needed and not whole[name]]
    secret = whole.get("graph_secret") or (whole.get("graph_secret_stored") and not whole.get("remove_graph_secret"))
    if whole["graph_enabled"] and not secret:
        found.append(Fault("graph_secret", "nothing", "the client secret, while role holders are read daily"))
    return [fault for fault in found if fault.field not in wrong]


def definition(indexes: str, sourcetypes: str) -> str:
    """The search for the audit records, from two lists of names that keep to their rules."""
    return " ".join(_any(field, text) for field, text in (("index", indexes), ("sourcetype", sourcetypes)))


def _any(field, text):
    terms = ["%s=%s" % (field, name.strip()) for name in text.split(",")]
    return terms[0] if len(terms) == 1 else "(%s)" % " OR ".join(terms)


def names_in(text: str) -> Optional[Tuple[str, str]]:
    """(indexes, sourcetypes) of a definition that this page wrote, or that reads like one; None for another search."""
    found = []
    rest = text.strip()
    for field, one in (("index", _INDEX), ("sourcetype", _SOURCETYPE)):
        term = "%s=\"?%s\"?" % (field, one)
        match = re.match(r"(?:%s|\(\s*%s(?:\s+OR\s+%s)*\s*\))(?:\s+|$)" % (term, term, term), rest)
        if match is None:
            return None
        found.append(", ".join(re.findall(r"%s=\"?(%s)\"?" % (field, one), match.group(0))))
        rest = rest[match.end():]
    return (found[0], found[1]) if not rest else None
