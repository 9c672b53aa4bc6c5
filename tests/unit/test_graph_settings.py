"""What a synchronisation with Microsoft Graph may be told."""

import pytest

from teams_export_guard.errors import SettingsError
from teams_export_guard.graph_settings import CLOUDS, GraphSettings, parse

TENANT, CLIENT = "tenant=7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10", "client_id=3F8B7A4E-52A9-4B0C-8D0E-6F3C2F1E9A77"


def test_defaults_and_case():
    """Ids are compared in lower case, as audit records have them; the cloud is the global one."""
    expected = GraphSettings("7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10", "3f8b7a4e-52a9-4b0c-8d0e-6f3c2f1e9a77")
    assert expected == parse([TENANT, CLIENT])
    assert ("global", "secret", "", "", False) == expected[2:]


@pytest.mark.parametrize("cloud, login, graph", [
    ("global", "login.microsoftonline.com", "graph.microsoft.com"),
    ("gcc_high", "login.microsoftonline.us", "graph.microsoft.us"),
    ("dod", "login.microsoftonline.us", "dod-graph.microsoft.us"),
    ("china", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"),
])  # fmt: skip
def test_each_cloud_has_its_hosts(cloud, login, graph):
    """As Microsoft's page on national clouds has them; the token is for the Graph of the same cloud."""
    settings = parse([TENANT, CLIENT, "cloud=" + cloud])
    assert "https://%s/%s/oauth2/v2.0/token" % (login, settings.tenant) == settings.token_url
    assert (graph, "https://%s/.default" % graph) == (settings.graph_host, settings.scope)


def test_no_cloud_is_left_out():
    """The four that the options allow."""
    assert {"global", "gcc_high", "dod", "china"} == set(CLOUDS)


def test_all_options():
    """A proxy, a CA file and a dry run; what is split at blanks is put together."""
    given = parse([TENANT, CLIENT, "proxy=http://proxy.example:3128", "ca_file=/etc/ca.pem", "dryrun", "=", "true"])
    assert ("http://proxy.example:3128", "/etc/ca.pem", True) == (given.proxy, given.ca_file, given.dryrun)


@pytest.mark.parametrize("arguments, words", [
    ([], ["tenant=: allowed: the id of the tenant, a GUID", "client_id=: allowed: the application (client) id"]),
    (["tenant=contoso.example", CLIENT], ["tenant=contoso.example"]),
    ([TENANT + "/..", CLIENT, "cloud=gov", "auth=password", "dryrun=perhaps"],
     ["tenant=", "cloud=gov: allowed: one of global, gcc_high", "auth=password", "dryrun=perhaps"]),
    ([TENANT, CLIENT, "proxy=ftp://x", "ca_file=ca.pem"], ["proxy must begin with http:// or https://", "ca_file must be"]),
    ([TENANT, CLIENT, "proxy=http://me:pw@proxy"], ["proxy must not have a user name"]),
    ([TENANT, CLIENT, "tennant=x"], ["did you mean tenant?"]),
    ([TENANT, TENANT, CLIENT, "dryrun"], ["tenant: the option is given twice", "dryrun: a value is missing"]),
])  # fmt: skip
def test_every_fault_is_said_at_once(arguments, words):
    """With what was given and what is allowed."""
    with pytest.raises(SettingsError) as fault:
        parse(arguments)
    assert [] == [word for word in words if word not in str(fault.value)]
