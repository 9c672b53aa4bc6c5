"""Reading Graph over a port without a network: pages, tokens, what is tried again and what is refused."""

import json

import pytest

from teams_export_guard.errors import GraphError
from teams_export_guard.graph_client import ATTEMPTS, TOTAL_SECONDS, Effects, Graph
from teams_export_guard.graph_schema import ACTIVE, ASSIGNMENTS, DEFINITIONS, ELIGIBLE, SERVICE_PRINCIPALS, members_of
from teams_export_guard.graph_settings import GraphSettings
from tests.graph.tenant import CLIENT, GRAPH, LOGIN, SECRET, TENANT, Answer, Tenant, TenantWire, refused, said
from tests.support import Clock

TOO_MANY = refused(429, "TooManyRequests")


class Reading:
    """A Graph over a tenant, with a clock that only sleeping moves."""

    def __init__(self, tenant, secret=SECRET):
        self.clock, self.wire, self.slept = Clock(), TenantWire(tenant), []
        self.graph = Graph(
            GraphSettings(TENANT, CLIENT), lambda url: {"client_secret": secret},
            Effects(lambda settings: self.wire, self.clock, self.clock, self._sleep, lambda: 0.5),
        )

    def _sleep(self, seconds):
        self.slept.append(seconds)
        self.clock.sleep(seconds)

    def fails(self, listing=ASSIGNMENTS):
        with pytest.raises(GraphError) as fault:
            self.graph.entries(listing)
        return str(fault.value)


@pytest.fixture
def tenant():
    made = Tenant(page=2)
    for number in range(5):
        made.assign(made.user(number))
    return made


@pytest.fixture
def reading(tenant):
    return Reading(tenant)


# -- pages ----------------------------------------------------------------------------------------


def test_all_pages_are_read(tenant, reading):
    """Three pages of two, two and one entry, each once and in order, with principals."""
    found = reading.graph.entries(ASSIGNMENTS)
    assert [entry["principalId"] for entry in tenant.lists["roleAssignments"]] == [entry["principalId"] for entry in found]
    assert "User0@Contoso.example" == found[0]["principal"]["userPrincipalName"]
    assert 1 + 3 == len(reading.wire.sent) == reading.graph.requests


def test_the_next_link_goes_back_as_it_came(reading):
    """With its escapes."""
    reading.graph.entries(ASSIGNMENTS)
    assert reading.wire.sent[2][1].endswith("&$skiptoken=RFNwdAIAAQ%3D%3D~2")


def test_the_token_goes_to_graph_alone(reading):
    """The sign-in has the secret and no token, Graph a token and no secret."""
    reading.graph.entries(ASSIGNMENTS)
    (login, *others) = reading.wire.sent
    assert login[1].startswith("https://%s/" % LOGIN) and "Authorization" not in login[2]
    assert {("https://%s/v1.0" % GRAPH, "Bearer token-1")} == {
        (url[: len("https://%s/v1.0" % GRAPH)], headers["Authorization"]) for _, url, headers, _ in others}
    assert not any(SECRET.encode() in body for *_, body in others)


@pytest.mark.parametrize("link", [
    "https://graph.microsoft.com.evil.example/v1.0/x", "https://evil.example/v1.0/x", "http://graph.microsoft.com/v1.0/x",
    "https://graph.microsoft.com@evil.example/x", "https://graph.microsoft.com:444/x", "//evil.example/x", "/v1.0/x",
    "https://graph.microsoft.us/v1.0/x", "https://graph.microsoft.com/\r\nX: y", "https://[x/",
])  # fmt: skip
def test_a_next_link_elsewhere_is_refused(tenant, reading, link):
    """Nothing is asked there: the token would go with it. The sentence does not repeat the link."""
    tenant.fail("roleAssignments", said(200, {"value": [], "@odata.nextLink": link}))
    assert "is not at graph.microsoft.com" in reading.fails()
    assert 2 == len(reading.wire.sent)


def test_pages_in_a_circle_end(tenant, reading):
    """A page that names itself as the next is a fault, not a loop."""
    url = "https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments?$expand=principal"
    tenant.fail("roleAssignments", said(200, {"value": [], "@odata.nextLink": url}))
    assert "does not come to an end" in reading.fails()


@pytest.mark.parametrize("body, words", [
    (b"<html>", "is no JSON"), (b"", "is no JSON"), (b'{"value":', "is no JSON"), (b"\xff", "is no JSON"),
    (b"[" * 100000, "is no JSON"), (b"[]", "is no page"), (b'{"value": {}}', "is no page"), (b"{}", "'value' is a required"),
    (b'{"value": [], "@odata.nextLink": 7}', "is no page"),
])  # fmt: skip
def test_a_page_that_is_no_page_is_a_fault(tenant, reading, body, words):
    """Whatever came after it would be built on sand."""
    tenant.fail("roleAssignments", Answer(200, body))
    assert words in reading.fails()


@pytest.mark.parametrize("entry, example", [
    ({"id": "bad-1", "principalId": "", "roleDefinitionId": "x"}, "bad-1"), ({"id": "bad-2"}, "bad-2"),
    ({"id": "bad-3", "principalId": "p", "roleDefinitionId": "x", "principal": []}, "bad-3"),
    ({"roleDefinitionId": 3}, "without an id"), ("text", "no object"), (None, "no object"),
])  # fmt: skip
def test_a_bad_entry_is_counted_and_the_others_stand(tenant, reading, entry, example):
    """With its id as an example."""
    tenant.lists["roleAssignments"].insert(1, entry)
    tenant.expanded = lambda one: one
    assert 5 == len(reading.graph.entries(ASSIGNMENTS))
    assert (1, example) == reading.graph.bad["active assignments"][:2]


@pytest.mark.parametrize("ends, good", [
    (None, True), ("2030-01-01T00:00:00Z", True), ("2030-01-01T00:00:00.287Z", True), ("", False), ("soon", False),
    ("2030-02-30T00:00:00Z", False), ("2030-01-01T00:00:00+02:00", False), (1893456000, False),
])  # fmt: skip
def test_the_end_of_a_schedule_is_a_time_or_null(tenant, reading, ends, good):
    """Graph writes UTC with a Z; anything else is a bad entry and no guess."""
    tenant.make_eligible(tenant.user(9), ends=ends)
    assert good == bool(reading.graph.entries(ELIGIBLE))


# -- what is tried again --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_later_may_be_better(tenant, reading, status):
    """Throttling and trouble of the server's are waited out with growing pauses."""
    tenant.fail("roleAssignments", refused(status, "Busy"), 3)
    assert 5 == len(reading.graph.entries(ASSIGNMENTS))
    assert [0.75, 1.5, 3.0] == reading.slept


@pytest.mark.parametrize("header, seconds", [
    ("7", 7.0), ("0", 1.0), ("90", 90.0), ("Mon, 21 Sep 2026 14:13:30 GMT", 10.0), ("nonsense", 0.75), ("", 0.75),
    ("-3", 0.75),
])  # fmt: skip
def test_retry_after_is_kept_to(tenant, reading, header, seconds):
    """Seconds or a date, however long; anything else counts as nothing said."""
    reading.clock.now = 1_790_000_000.0  # 2026-09-21T14:13:20Z
    tenant.fail("roleAssignments", refused(429, "TooManyRequests", "Wait.", ("Retry-After", header)))
    reading.graph.entries(ASSIGNMENTS)
    assert [seconds] == reading.slept


@pytest.mark.parametrize("header", ["1200", "86400"])
def test_waiting_longer_than_there_is_time_is_not_begun(tenant, reading, header):
    """The sentence says how long Graph asked for."""
    tenant.fail("roleAssignments", refused(429, "TooManyRequests", "Wait.", ("Retry-After", header)))
    fault = reading.fails()
    assert header + " s would have to pass" in fault and "nothing was written" in fault
    assert [] == reading.slept


def test_attempts_end(tenant, reading):
    """After so many the reading fails, and says what the last one met."""
    tenant.fail("roleAssignments", refused(503, "Busy"), 99)
    assert "no answer for the active assignments in %d attempts (the last: it answered 503)" % ATTEMPTS in reading.fails()
    assert ATTEMPTS == sum("roleAssignments" in url for _, url, _, _ in reading.wire.sent)


def test_the_time_of_all_requests_together_is_bounded(tenant, reading):
    """Each could be waited for; all of them cannot."""
    reading.graph.entries(ASSIGNMENTS)
    reading.clock.sleep(TOTAL_SECONDS)
    assert "was not read within 20 minutes" in reading.fails()


def test_a_broken_connection_is_tried_again(tenant, reading):
    """As long as there are attempts."""
    tenant.fail("roleAssignments", Answer(fault="cut"), 2)
    assert 5 == len(reading.graph.entries(ASSIGNMENTS))
    assert 2 == len(reading.slept)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 302])
def test_other_answers_are_final(tenant, reading, status):
    """They are not tried again; what Graph says is passed on."""
    tenant.fail("roleAssignments", refused(status, "SomeCode", "Because of this."), 9)
    assert "(%d SomeCode: Because of this.)" % status in reading.fails()
    assert [] == reading.slept


def test_a_missing_permission_is_named(tenant, reading):
    """That of the list, and that an admin has to consent."""
    tenant.denied.add("roleManagement")
    assert "needs the application permission RoleManagement.Read.Directory, with admin consent" in reading.fails()


# -- tokens ---------------------------------------------------------------------------------------


def test_one_token_serves_all(reading):
    """It is asked for once."""
    for listing in (ASSIGNMENTS, DEFINITIONS):
        reading.graph.entries(listing)
    assert 1 == sum("oauth2" in url for _, url, _, _ in reading.wire.sent)


def test_a_token_that_expires_midway_is_fetched_anew(tenant, reading):
    """Good for two pages each: nothing is lost and nothing doubled."""
    tenant.token_uses = 2
    assert 5 == len(reading.graph.entries(ASSIGNMENTS))
    assert 2 == tenant.signed_in


def test_a_new_token_that_is_refused_is_the_end(tenant, reading):
    """One new token for each 401, no more."""
    tenant.token_uses = 0
    assert "401 InvalidAuthenticationToken" in reading.fails()
    assert 1 == tenant.signed_in


@pytest.mark.parametrize("change, words", [
    (lambda tenant: setattr(tenant, "secret", "other"), "its value, not its id, is needed"),
    (lambda tenant: tenant.fail("oauth2", said(400, {"error": "x", "error_description": "AADSTS700016: No."})), "no such application"),
    (lambda tenant: tenant.fail("oauth2", said(400, {"error": "unauthorized_client"})), "(400 unauthorized_client): without a"),
    (lambda tenant: tenant.fail("oauth2", Answer(418, b"tea")), "(418): without a reason"),
    (lambda tenant: tenant.fail("oauth2", said(200, {"token_type": "Bearer"})), "has no token in it"),
    (lambda tenant: tenant.fail("oauth2", said(200, {"token_type": "mac", "access_token": "x"})), "has no token in it"),
    (lambda tenant: tenant.fail("oauth2", said(200, {"token_type": "Bearer", "access_token": "a\r\nb"})), "has no token in it"),
])  # fmt: skip
def test_a_refused_sign_in_says_what_to_do(tenant, reading, change, words):
    """Without the secret in the sentence; Graph is not asked."""
    change(tenant)
    fault = reading.fails()
    assert words in fault and SECRET not in fault
    assert 1 == len(reading.wire.sent)


def test_the_sign_in_is_tried_again_too(tenant, reading):
    """It may be throttled as well."""
    tenant.fail("oauth2", TOO_MANY, 2)
    assert 5 == len(reading.graph.entries(ASSIGNMENTS))


# -- lists that may be missing --------------------------------------------------------------------


def test_without_p2_the_pim_lists_are_missing_and_nothing_else(tenant, reading):
    """AadPremiumLicenseRequired leaves them unread; the assignments are read."""
    tenant.premium = False
    assert [None, None] == [reading.graph.spared(listing) for listing in (ACTIVE, ELIGIBLE)]
    assert 5 == len(reading.graph.spared(ASSIGNMENTS))
    assert {"schedules of active assignments", "eligible assignments"} == set(reading.graph.missing)


def test_a_missing_permission_for_pim_is_no_missing_licence(tenant, reading):
    """Then eligible role holders exist and are not seen: a fault."""
    tenant.denied.add("roleManagement/directory/roleEligibility")
    with pytest.raises(GraphError):
        reading.graph.spared(ELIGIBLE)


def test_service_principals_may_be_unreadable(tenant, reading):
    """Who is privileged is known without them."""
    tenant.denied.add("servicePrincipals")
    assert reading.graph.spared(SERVICE_PRINCIPALS) is None


def test_members_may_not_be_unreadable_but_a_group_may_be_gone(tenant, reading):
    """Without the members of a group somebody privileged would count as not privileged."""
    key = tenant.group(1, tenant.user(1))
    assert 1 == len(reading.graph.spared(members_of(key)))
    assert reading.graph.spared(members_of(key.replace("2", "3"))) is None
    tenant.denied.add("groups")
    with pytest.raises(GraphError, match=r"GroupMember.Read.All"):
        reading.graph.spared(members_of(key))


def test_an_error_that_is_no_error_of_graph_is_said_all_the_same(tenant, reading):
    """A page of a proxy, a list, nothing: only the status is known."""
    for body in (b"<html>", b"[]", json.dumps({"error": "text"}).encode(), b""):
        tenant.fail("roleAssignments", Answer(400, body))
        assert "(400)" in reading.fails()
