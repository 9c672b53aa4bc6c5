"""Facts about `| teamsexportroles`, as the built package runs it against a Graph on loopback."""

from __future__ import annotations

import time

import pytest

from sandbox.invocation import Delivery
from tests.graph.rsa import RsaKey
from tests.graph.server import HOSTS, GraphServer
from tests.graph.tenant import CLIENT, SECRET, TENANT, Answer, Tenant, guid, refused
from tests.https.authority import Authority
from tests.protocol.records import burst
from tests.protocol.site import PRIVILEGED, good, said, the_error
from tests.support import store_secret

APPLICATIONS = "teams_export_applications"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def graph(authority):
    """A Graph with three users, one of them eligible, and a group with an application."""
    tenant = Tenant(page=2)
    tenant.assign(tenant.user(1, "Ann@Contoso.example"))
    tenant.assign(tenant.group(1, tenant.user(2), tenant.application(1, "Contoso Ltd")))
    tenant.make_eligible(tenant.user(3), ends="2038-01-01T00:00:00Z")
    with GraphServer(tenant, authority.certificate(*HOSTS)) as server:
        yield server


@pytest.fixture
def synchronise(site, graph, authority):
    """synchronise(*arguments) runs the command as an admin who stored the secret; `secret=` stores another or none."""

    def run(*arguments, secret=SECRET, tenant=TENANT, **more):
        if secret and not getattr(site, "has_secret", False):
            store_secret(site.rest, secret, name="graph_secret")
            site.has_secret = True
        given = ["tenant=" + tenant, "client_id=" + CLIENT, "proxy=" + graph.proxy, "ca_file=%s" % authority.path]
        return site.search("teamsexportroles", [*given, *arguments], **more)

    return run


def held(site):
    return {(one["object_id"], one["assignment"], one["via"]) for one in site.documents(PRIVILEGED).values()}


EVERYBODY = {
    (guid(1, 1), "active", ""), (guid(2, 1), "active", ""), (guid(1, 2), "active", "Group 1"),
    (guid(3, 1), "active", "Group 1"), (guid(1, 3), "eligible", ""),
}  # fmt: skip


def test_it_fills_the_role_holders(site, graph, synchronise):
    """By Microsoft's own host names, through the proxy, and says what it changed."""
    summary, *changes = good(synchronise()).rows
    assert ("summary", "true", "5", "5", "1") == tuple(
        summary[name] for name in "change written rows added applications".split())
    assert ["added"] * 5 == [row["change"] for row in changes]
    assert EVERYBODY == held(site)
    (application,) = site.documents(APPLICATIONS).values()
    assert ("App 1", "Contoso Ltd", "unknown") == tuple(application[name] for name in ("application", "publisher", "certified"))
    assert {"%s:443" % host for host in HOSTS} == set(graph.connects)


def test_who_was_read_is_privileged(site, synchronise):
    """An export by her is an alert of that kind: the way from Graph to the verdict, through the KV store."""
    good(synchronise())
    rows = burst("Ann@Contoso.example", start=int(time.time()) - 3600, OrganizationId=TENANT)
    (row,) = [row for row in site.judge(rows, "activation=0d", latest_time="0").rows if row["alert_state"] != "none"]
    assert ("true", "Global Administrator", "privileged_first_time") == (row["privileged"], row["roles"], row["variation"])


def test_running_again_changes_nothing(site, synchronise):
    """The same documents, a younger moment."""
    good(synchronise())
    before = site.documents(PRIVILEGED)
    (summary,) = good(synchronise()).rows
    assert ("0", "0", "0") == tuple(summary[name] for name in ("added", "removed", "changed"))
    assert set(before) == set(site.documents(PRIVILEGED))


def test_a_dry_run_writes_nothing(site, synchronise):
    """It shows what it would do, and takes no lease."""
    summary, *changes = good(synchronise("dryrun=true")).rows
    assert ("false", "5", 5) == (summary["written"], summary["added"], len(changes))
    assert [] == site.writes()


def test_several_starts_read_once(graph, synchronise):
    """Splunk starts a command more often than once, all but one time for getinfo only."""
    good(synchronise(delivery=Delivery(probes=3)))
    assert 1 == graph.tenant.signed_in


def test_who_lost_a_role_goes(site, graph, synchronise):
    """The row of the change says who."""
    good(synchronise())
    graph.tenant.lists["roleEligibilityScheduleInstances"].clear()
    summary, change = good(synchronise()).rows
    assert ("1", "removed", guid(1, 3)) == (summary["removed"], change["change"], change["object_id"])
    assert EVERYBODY - {(guid(1, 3), "eligible", "")} == held(site)


def test_without_p2_a_warning_says_so(graph, synchronise):
    """And the summary; the run succeeds."""
    graph.tenant.premium = False
    outcome = synchronise()
    assert "false" == good(outcome).rows[0]["eligible_read"]
    assert any("no Microsoft Entra ID P2" in text for text in said(outcome, "WARN"))


@pytest.mark.parametrize("fault, words", [
    (lambda tenant: tenant.denied.add("roleManagement"), "RoleManagement.Read.Directory, with admin consent"),
    (lambda tenant: tenant.denied.add("groups"), "GroupMember.Read.All, with admin consent"),
    (lambda tenant: setattr(tenant, "secret", "another"), "AADSTS7000215"),
    (lambda tenant: tenant.fail("roleDefinitions", Answer(200, b"<html>")), "is no JSON"),
    (lambda tenant: tenant.fail("roleDefinitions", refused(429, "x", "Wait.", ("Retry-After", "99999"))), "99999 s would have"),
    (lambda tenant: [entries.clear() for entries in tenant.lists.values()], "every tenant has one"),
])  # fmt: skip
def test_what_fails_writes_nothing_and_says_why(site, graph, synchronise, fault, words):
    """In one sentence without a secret; what was known stays."""
    good(synchronise())
    site.rest.traffic.clear()
    fault(graph.tenant)
    error = the_error(synchronise())
    assert words in error and SECRET not in error and "token-" not in error
    assert [] == site.writes()
    assert EVERYBODY == held(site)


def test_without_a_secret_nothing_is_sent(graph, synchronise):
    """The sentence says where to store one."""
    assert "No secret is stored for Microsoft Graph" in the_error(synchronise(secret=""))
    assert [] == graph.connects


def test_a_certificate_in_place_of_a_secret(site, graph, synchronise):
    """The assertion is for the sign-in of this cloud, by this application, and signed with the stored key."""
    key, seen = RsaKey(), []

    def proves(form):
        seen.append((form["client_assertion_type"], key.opened(form["client_assertion"])[1]))
        return "client_secret" not in form

    graph.tenant.proves = proves
    store_secret(site.rest, key.pkcs8 + key.certificate, name="graph_certificate")
    good(synchronise("auth=certificate", secret=""))
    ((kind, claims),) = seen
    assert "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" == kind
    assert ("https://login.microsoftonline.com/%s/oauth2/v2.0/token" % TENANT, CLIENT, CLIENT) == (
        claims["aud"], claims["iss"], claims["sub"])
    assert EVERYBODY == held(site)


@pytest.mark.parametrize("stored, words", [("", "No certificate is stored"), ("nonsense that is long enough", "cannot be used")])
def test_without_a_usable_certificate_nothing_is_sent(site, graph, synchronise, stored, words):
    """The sentence says what is missing, and nothing of what is there."""
    if stored:
        store_secret(site.rest, stored, name="graph_certificate")
    error = the_error(synchronise("auth=certificate", secret=""))
    assert words in error and "nonsense" not in error
    assert [] == graph.connects


def test_a_certificate_that_is_not_trusted_is_refused(site, graph):
    """Without the CA file the proxy's certificate counts for nothing, and no secret leaves."""
    store_secret(site.rest, SECRET, name="graph_secret")
    error = the_error(site.search("teamsexportroles", ["tenant=" + TENANT, "client_id=" + CLIENT, "proxy=" + graph.proxy]))
    assert "its certificate is not trusted" in error
    assert [] == graph.tenant.asked


def test_wrong_options_are_all_said(site):
    """At once, before anything is asked."""
    error = the_error(site.search("teamsexportroles", ["tenant=contoso", "cloud=moon", "dry=run"]))
    assert [] == [word for word in ("tenant=contoso", "client_id=", "cloud=moon", "dry=run") if word not in error]


@pytest.mark.parametrize("user, allowed", [("teams_export_admin", True), ("teams_export_analyst", False), ("power", False)])
def test_who_may(synchronise, site, user, allowed):
    """The app's admin; others are refused before anything is asked or written."""
    outcome = synchronise(user=user)
    assert allowed == (outcome.error is None)
    assert allowed == bool(site.documents(PRIVILEGED))


def test_a_lease_that_is_held_is_waited_for(site, synchronise):
    """And taken when it has expired; it is given up at the end."""
    site.put("teams_export_lease", {"_key": "roles." + TENANT, "holder": "dead", "expires": 1})
    good(synchronise())
    assert {} == site.documents("teams_export_lease")


def test_twenty_thousand_principals(site, graph, synchronise):
    """All of them, in pages of a hundred."""
    graph.tenant.page = 100
    for number in range(100, 20100):
        graph.tenant.assign(graph.tenant.user(number), "69091246-20e8-4a56-aa4d-066075b2a7a8")
    (summary, *changes) = good(synchronise(delivery=Delivery(probes=0, timeout=600.0))).rows
    assert ("20005", 20005) == (summary["rows"], len(changes))
    assert 20005 == len(site.documents(PRIVILEGED))
