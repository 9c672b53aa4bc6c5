"""What a synchronisation with Microsoft Graph is told: tenant, application, cloud, proxy; and the hosts of each cloud.

Knows the options of ``| teamsexportroles`` and says all their faults at once. The secret is no option: it comes from
storage/passwords. A token goes to the hosts of ``CLOUDS`` and to no others. Does no I/O.
"""

import re
from typing import Dict, NamedTuple, Sequence

from .errors import SettingsError
from .settings import parse_boolean, texts
from .webhook_settings import ca_file_faults, proxy_faults

OPTIONS = ("tenant", "client_id", "cloud", "auth", "proxy", "ca_file", "dryrun")
AUTHS = ("secret", "certificate")

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Cloud(NamedTuple):
    """The hosts of one national cloud."""

    login: str
    graph: str


#: Source: Microsoft Graph documentation, "National cloud deployments" (concepts/deployments.md). GCC is in ``global``.
CLOUDS: Dict[str, Cloud] = {
    "global": Cloud("login.microsoftonline.com", "graph.microsoft.com"),
    "gcc_high": Cloud("login.microsoftonline.us", "graph.microsoft.us"),
    "dod": Cloud("login.microsoftonline.us", "dod-graph.microsoft.us"),
    "china": Cloud("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"),
}


class GraphSettings(NamedTuple):
    """Which tenant is read, as which application, and by which way."""

    tenant: str
    client_id: str
    cloud: str = "global"
    auth: str = "secret"
    proxy: str = ""
    ca_file: str = ""
    dryrun: bool = False

    @property
    def graph_host(self) -> str:
        """The only host that a token is shown to."""
        return CLOUDS[self.cloud].graph

    @property
    def token_url(self) -> str:
        """Where a token is asked for."""
        return "https://%s/%s/oauth2/v2.0/token" % (CLOUDS[self.cloud].login, self.tenant)

    @property
    def scope(self) -> str:
        """All application permissions that an admin has consented to."""
        return "https://%s/.default" % self.graph_host


def is_guid(text: str) -> bool:
    """Whether ``text`` is an id as Entra writes it, in lower case."""
    return bool(_GUID.fullmatch(text))


def parse(arguments: Sequence[str]) -> GraphSettings:
    """The settings in a command's arguments. Raises SettingsError with every fault."""
    given, faults = texts(arguments, OPTIONS)
    given.update((name, text.lower()) for name, text in given.items() if name not in ("proxy", "ca_file"))
    faults += _faults(given)
    if faults:
        raise SettingsError(faults)
    dryrun = parse_boolean(given.pop("dryrun", "false"))
    return GraphSettings(dryrun=bool(dryrun), **given)


def _faults(given):
    for name, what in (("tenant", "the id of the tenant"), ("client_id", "the application (client) id")):
        if not is_guid(given.get(name, "")):
            yield "%s=%s: allowed: %s, a GUID such as 01234567-89ab-cdef-0123-456789abcdef" % (
                name, given.get(name, ""), what)
    for name, allowed in (("cloud", CLOUDS), ("auth", AUTHS)):
        if name in given and given[name] not in allowed:
            yield "%s=%s: allowed: one of %s" % (name, given[name], ", ".join(allowed))
    if parse_boolean(given.get("dryrun", "false")) is None:
        yield "dryrun=%s: allowed: true or false" % given["dryrun"]
    yield from proxy_faults(given.get("proxy", ""))
    yield from ca_file_faults(given.get("ca_file", ""))
