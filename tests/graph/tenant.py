"""A tenant as Microsoft Graph shows it: sign-in, lists in pages, and its refusals. Pure: requests in, answers out.

What it claims of Graph, and from where:

- client credentials at ``/{tenant}/oauth2/v2.0/token``; ``invalid_client`` with AADSTS7000215 for a wrong secret and
  AADSTS700016 for an unknown application (documented);
- ``value`` and ``@odata.nextLink``, an address that must come back as it was (documented; the form of the token is ours);
- ``$expand=principal`` on the three lists of assignments, ``$select`` and ``$top`` up to 999 on service principals,
  applications and members, and a 400 for ``$top`` elsewhere (documented as to what is supported; the refusal is ours);
- 400 ``AadPremiumLicenseRequired`` on the PIM lists of a tenant without Entra ID P2 (published error reports);
- properties that may not be read are null, while ``@odata.type`` and ``id`` are there (documented);
- 403 ``Authorization_RequestDenied``, 401 ``InvalidAuthenticationToken``, 429 with or without Retry-After (documented).

All names and ids are invented.
"""

from __future__ import annotations

import json
from typing import Dict, List, NamedTuple, Optional, Set, Tuple
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

from teams_export_guard.graph_client import Reply

LOGIN, GRAPH = "login.microsoftonline.com", "graph.microsoft.com"
TENANT, CLIENT = "7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10", "3f8b7a4e-52a9-4b0c-8d0e-6f3c2f1e9a77"
SECRET = "not~a.real-Secret_0123456789"
GLOBAL_ADMIN, TEAMS_ADMIN = "62e90394-69f5-4237-9190-012177145e10", "69091246-20e8-4a56-aa4d-066075b2a7a8"
CUSTOM = "c0ffee00-0000-4000-8000-000000000001"
ROLES = "roleManagement/directory/"


def guid(kind: int, number: int) -> str:
    """An id that nobody has."""
    return "%08x-0000-4000-8000-%012x" % (kind, number)


class Answer(NamedTuple):
    """An answer, or a way not to give one (``fault``: cut, drip, hang)."""

    status: int = 200
    body: bytes = b""
    headers: Tuple[Tuple[str, str], ...] = ()
    fault: str = ""


class Fault(NamedTuple):
    """What is answered instead, as often as it says, to requests whose address has ``part`` in it."""

    part: str
    answer: Answer


def said(status: int, body, *headers: Tuple[str, str]) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(body).encode("utf-8"), (("Content-Type", "application/json"), *headers))


def refused(status: int, code: str, message: str = "No.", *headers: Tuple[str, str]) -> Answer:
    """An error as Graph says it."""
    return said(status, {"error": {"code": code, "message": message, "innerError": {"request-id": guid(9, 9)}}}, *headers)


class Tenant:
    """One tenant. Its lists may be changed at any time; ``asked`` are the paths that were asked for."""

    def __init__(self, page: int = 100):
        self.page = page
        self.secret = SECRET
        self.premium = True
        self.readable: Set[str] = {"user", "group", "servicePrincipal"}  # kinds whose properties may be read
        self.denied: Set[str] = set()  # beginnings of paths without permission
        self.objects: Dict[str, dict] = {}
        self.lists: Dict[str, List[dict]] = {
            name: [] for name in ("roleAssignments", "roleAssignmentScheduleInstances", "roleEligibilityScheduleInstances")
        }
        self.members: Dict[str, List[str]] = {}
        self.definitions = [
            {"id": GLOBAL_ADMIN, "templateId": GLOBAL_ADMIN, "displayName": "Global Administrator", "isBuiltIn": True},
            {"id": TEAMS_ADMIN, "templateId": TEAMS_ADMIN, "displayName": "Teams Administrator", "isBuiltIn": True},
            {"id": CUSTOM, "templateId": CUSTOM, "displayName": "Reader of everything", "isBuiltIn": False},
        ]
        self.applications: List[dict] = []
        self.faults: List[Fault] = []
        self.asked: List[str] = []
        self.tokens: Dict[str, int] = {}  # token -> requests that it is still good for
        self.token_uses = 10**9
        self.signed_in = 0

    # -- what is in it ------------------------------------------------------------------------

    def user(self, number: int, name: str = "") -> str:
        """A user's id."""
        upn = name or "User%d@Contoso.example" % number
        return self.add("user", guid(1, number), userPrincipalName=upn, displayName=upn.partition("@")[0])

    def group(self, number: int, *members: str) -> str:
        """The id of a group with these members."""
        key = self.add("group", guid(2, number), displayName="Group %d" % number)
        self.members[key] = list(members)
        return key

    def application(self, number: int, publisher: Optional[str] = None) -> str:
        """A service principal's id."""
        verified = {"displayName": publisher, "verifiedPublisherId": publisher and str(number), "addedDateTime": None}
        return self.add(
            "servicePrincipal", guid(3, number), appId=guid(4, number), displayName="App %d" % number,
            appOwnerOrganizationId=TENANT, servicePrincipalType="Application", verifiedPublisher=verified,
        )

    def add(self, kind: str, key: str, **properties) -> str:
        """A directory object of any kind; its id."""
        self.objects[key] = dict(properties, id=key, **{"@odata.type": "#microsoft.graph." + kind})
        return key

    def assign(self, principal: str, role: str = GLOBAL_ADMIN, ends: Optional[str] = None, scope: str = "/") -> None:
        """An active assignment, and its schedule instance."""
        entry = {"id": "a-%s-%s" % (principal, role[:8]), "principalId": principal, "roleDefinitionId": role,
                 "directoryScopeId": scope}  # fmt: skip
        self.lists["roleAssignments"].append(entry)
        self.lists["roleAssignmentScheduleInstances"].append(
            dict(entry, startDateTime=None, endDateTime=ends, assignmentType="Assigned", memberType="Direct"))

    def make_eligible(self, principal: str, role: str = GLOBAL_ADMIN, starts: Optional[str] = None,
                      ends: Optional[str] = None) -> None:
        """An eligible assignment."""
        self.lists["roleEligibilityScheduleInstances"].append(
            {"id": "e-%s-%s" % (principal, role[:8]), "principalId": principal, "roleDefinitionId": role,
             "directoryScopeId": "/", "appScopeId": None, "startDateTime": starts, "endDateTime": ends,
             "memberType": "Direct"})  # fmt: skip

    # -- answering ----------------------------------------------------------------------------

    def fail(self, part: str, answer: Answer, times: int = 1) -> None:
        """Answer the next requests for addresses with ``part`` in them so."""
        self.faults += [Fault(part, answer)] * times

    def answer(self, method: str, host: str, target: str, headers: Dict[str, str], body: bytes) -> Answer:
        """The answer to one request."""
        self.asked.append(target)
        for fault in self.faults:
            if fault.part in host + target:
                self.faults.remove(fault)
                return fault.answer
        if host == LOGIN:
            return self._token(method, target, dict(parse_qsl(body.decode("ascii"))))
        if host != GRAPH or method != "GET":
            return refused(404, "ResourceNotFound")
        token = headers.get("Authorization", "").partition("Bearer ")[2]
        if self.tokens.get(token, 0) <= 0:
            return refused(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        self.tokens[token] -= 1
        parts = urlsplit(target)
        if any(parts.path.startswith("/v1.0/" + beginning) for beginning in self.denied):
            return refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        return self._list(parts.path[len("/v1.0/"):], parts.query)

    def _token(self, method, target, form):
        if (method, target) != ("POST", "/%s/oauth2/v2.0/token" % TENANT):
            return self._unauthorised(400, 90002, "Tenant not found.")
        if form.get("grant_type") != "client_credentials" or form.get("scope") != "https://%s/.default" % GRAPH:
            return self._unauthorised(400, 70011, "The provided value for scope is not valid.")
        if form.get("client_id") != CLIENT:
            return self._unauthorised(400, 700016, "Application was not found in the directory.")
        if not self.proves(form):
            return self._unauthorised(401, 7000215, "Invalid client secret provided. Ensure that it is the secret's value.")
        self.signed_in += 1
        token = "token-%d" % self.signed_in
        self.tokens[token] = self.token_uses
        return said(200, {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token})

    def proves(self, form: Dict[str, str]) -> bool:
        """Whether a sign-in proves who it is."""
        return form.get("client_secret") == self.secret

    @staticmethod
    def _unauthorised(status, code, text):
        return said(status, {"error": "invalid_client", "error_codes": [code], "error_description":
                             "AADSTS%d: %s Trace ID: %s Correlation ID: %s" % (code, text, guid(8, 1), guid(8, 2))})

    def _list(self, path, query):
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        name = path[len(ROLES):] if path.startswith(ROLES) else path
        if "$top" in asked and (path.startswith(ROLES) or not 1 <= int(asked["$top"]) <= 999):
            return refused(400, "BadRequest", "The query option $top is not supported.")
        if name in self.lists:
            if name != "roleAssignments" and not self.premium:
                return refused(400, "AadPremiumLicenseRequired",
                               "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.")
            entries = self.lists[name]
        elif name == "roleDefinitions":
            entries = self.definitions
        elif name == "servicePrincipals":
            entries = [one for one in self.objects.values() if one["@odata.type"].endswith("servicePrincipal")]
        elif name == "applications":
            entries = self.applications
        elif name.startswith("groups/") and name.endswith("/transitiveMembers"):
            if name.split("/")[1] not in self.members:
                return refused(404, "Request_ResourceNotFound", "Resource does not exist.")
            entries = [self.seen(self.objects[key]) for key in self.members[name.split("/")[1]]]
        else:
            return refused(404, "ResourceNotFound", "No such resource.")
        if "$select" in asked:
            names = set(asked["$select"].split(",")) | {"@odata.type"}
            entries = [{key: value for key, value in entry.items() if key in names} for entry in entries]
        return self._paged(path, query, asked, entries)

    def _paged(self, path, query, asked, entries):
        size = min(int(asked.get("$top", self.page)), max(self.page, 1))
        begin = int(asked.get("$skiptoken", "0").rpartition("~")[2])
        body = {"@odata.context": "https://%s/v1.0/$metadata#%s" % (GRAPH, path), "value": entries[begin:begin + size]}
        if asked.get("$expand") == "principal":
            body["value"] = [self.expanded(entry) for entry in body["value"]]
        if begin + size < len(entries):
            kept = "&".join(part for part in query.split("&") if part and not part.startswith("$skiptoken"))
            token = quote("RFNwdAIAAQ==~%d" % (begin + size), safe="")
            body["@odata.nextLink"] = "https://%s/v1.0/%s?%s" % (
                GRAPH, path, "&".join(filter(None, (kept, "$skiptoken=" + token))))
        return said(200, body)

    def expanded(self, entry):
        """An assignment with its principal."""
        known = self.objects.get(entry["principalId"])
        return dict(entry, principal=self.seen(known) if known else None)

    def seen(self, one):
        """A directory object, as far as it may be read."""
        if one["@odata.type"].rpartition(".")[2] in self.readable:
            return one
        return {key: value if key in ("id", "@odata.type") else None for key, value in one.items()}


class TenantWire:
    """The port of ``graph_client`` over a tenant, without a network; remembers what was sent."""

    def __init__(self, tenant: Tenant):
        self._tenant = tenant
        self.sent: List[tuple] = []
        self.closed = False

    def send(self, method, url, headers, body, seconds):
        """See ``graph_client.Wire``."""
        self.sent.append((method, url, dict(headers), body))
        parts = urlsplit(url)
        answer = self._tenant.answer(method, parts.netloc, parts.path + ("?" + parts.query if parts.query else ""),
                                     headers, body)  # fmt: skip
        if answer.fault:
            return Reply(fault="the connection failed", again=True)
        return Reply(answer.status, answer.body, dict(answer.headers).get("Retry-After", ""))

    def close(self):
        """See ``graph_client.Wire``."""
        self.closed = True
