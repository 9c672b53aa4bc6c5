"""Reading Microsoft Graph: the token, pages, and what is tried again.

Knows the client credentials grant, ``@odata.nextLink`` (followed as it comes, and only to the host of Graph, because the
token goes with it), which answers mean "later" (429 and 5xx: as long as Retry-After asks, else capped exponential
back-off with jitter), a token that expires midway (a new one, once for each 401), and that all of it has a limit.
A page that is no page is a fault; an entry that violates its schema is counted, and the others stand. Time, sleep and
chance are arguments. Does not know what the entries mean.
"""

import json
from typing import Callable, Dict, List, Mapping, NamedTuple, Optional, Protocol
from urllib.parse import urlencode, urlsplit

from .errors import GraphError
from .graph_schema import Listing, violations
from .graph_settings import GraphSettings
from .retry import FIRST_PAUSE_SECONDS, TOO_MANY_REQUESTS, seconds_asked
from .text import clean

TOTAL_SECONDS = 1200.0  # for everything that is read, pauses included (ours); a page takes about half a second
ATTEMPTS = 6  # of one request (ours)
LONGEST_PAUSE_SECONDS = 60.0  # where Graph does not say how long (ours)
MOST_PAGES = 20000  # of one list (ours): 2 million entries at Graph's usual 100 a page
EXPIRED = 401

#: What the sign-in answers, and what to do. Source: Microsoft's "Microsoft Entra authentication error codes".
_HINTS = {
    "AADSTS7000215": "the stored secret is not the secret's value; its value, not its id, is needed",
    "AADSTS7000222": "the client secret has expired; make a new one and store it",
    "AADSTS700016": "there is no such application in this tenant; check client_id, tenant and cloud",
    "AADSTS90002": "there is no such tenant in this cloud; check tenant and cloud",
    "AADSTS700027": "the certificate is not one of the application's; upload it",
}


class Reply(NamedTuple):
    """What became of a request: an answer, or a ``fault`` and whether the same may succeed later (``again``)."""

    status: int = 0
    body: bytes = b""
    retry_after: str = ""  # the header, as it came
    fault: str = ""
    again: bool = False


class Wire(Protocol):
    """The port to the network."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Reply:
        """Send one request; the reply within so many seconds. Raises nothing."""

    def close(self) -> None:
        """Drop the connections."""


class Effects(NamedTuple):
    """What reading needs of the world. ``clock`` measures, ``now`` tells the time of day, ``chance`` is in [0, 1)."""

    wire: Callable[[GraphSettings], Wire]
    clock: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


class Bad(NamedTuple):
    """Entries of one list that could not be used: how many, and the first."""

    count: int
    example: str
    fault: str


class Graph:
    """One reading of one tenant; ``credential(token_url)`` gives the fields that prove who asks."""

    def __init__(self, settings: GraphSettings, credential: Callable[[str], Mapping[str, str]], effects: Effects):
        self._settings, self._credential, self._effects = settings, credential, effects
        self._wire = effects.wire(settings)
        self._deadline = effects.clock() + TOTAL_SECONDS
        self._token = ""
        self.bad: Dict[str, Bad] = {}  # by the name of the list
        self.missing: Dict[str, GraphError] = {}  # likewise
        self.requests = 0

    def close(self) -> None:
        """Drop the connections."""
        self._wire.close()

    # -- lists --------------------------------------------------------------------------------

    def entries(self, listing: Listing) -> List[dict]:
        """All valid entries of a list. Raises GraphError."""
        url: Optional[str] = "https://%s/v1.0/%s" % (self._settings.graph_host, listing.path)
        found: List[dict] = []
        seen = set()
        while url:
            if url in seen or len(seen) >= MOST_PAGES:
                raise GraphError("Microsoft Graph does not come to an end of the %s (page %d)." % (listing.name, len(seen)))
            seen.add(url)
            page = self._page(url, listing)
            found += [entry for entry in page["value"] if self._usable(entry, listing)]
            url = self._next(page.get("@odata.nextLink"), listing)
        return found

    def spared(self, listing: Listing) -> Optional[List[dict]]:
        """The same, or None where Graph refuses the list in a way that leaves the rest valid; ``missing`` says how."""
        try:
            return self.entries(listing)
        except GraphError as error:
            if error.code in listing.spared or str(error.status) in listing.spared:
                self.missing[listing.name] = error
                return None
            raise

    def _page(self, url, listing) -> dict:
        page = self._json(self._asked(url, listing), listing.name)
        faults = violations("PAGE", page)
        if faults:
            raise GraphError("Microsoft Graph's answer for the %s is no page (%s)." % (listing.name, "; ".join(faults)[:200]))
        return page

    def _usable(self, entry, listing) -> bool:
        faults = violations(listing.entry, entry)
        if faults:
            known = self.bad.get(listing.name)
            example = str(entry.get("id") or entry.get("appId") or "without an id") if isinstance(entry, dict) else "no object"
            self.bad[listing.name] = known._replace(count=known.count + 1) if known else Bad(1, example, faults[0][:200])
        return not faults

    def _next(self, link, listing) -> Optional[str]:
        if link is None:
            return None
        try:
            parts = urlsplit(link)
            ours = (parts.scheme, parts.netloc.lower()) == ("https", self._settings.graph_host)
        except ValueError:
            ours = False
        if not ours or not link.isascii() or not link.isprintable() or " " in link:
            raise GraphError(
                "Microsoft Graph's next page of the %s is not at %s; it was not asked for, because the token goes with it."
                % (listing.name, self._settings.graph_host)
            )
        return link

    # -- requests -----------------------------------------------------------------------------

    def _asked(self, url, listing) -> Reply:
        """The successful reply to a request with a token."""
        fresh = not self._token
        while True:
            if not self._token:
                self._token = self._signed_in()
            headers = {"Authorization": "Bearer " + self._token, "Accept": "application/json"}
            reply = self._tried("GET", url, headers, b"", "the %s" % listing.name)
            if reply.status == EXPIRED and not fresh:
                self._token, fresh = "", True
                continue
            if not 200 <= reply.status < 300:
                raise self._refusal(reply, listing)
            return reply

    def _refusal(self, reply, listing) -> GraphError:
        code, message = _graph_error(reply.body)
        said = " ".join(filter(None, (str(reply.status), code))) + (": " + message if message else "")
        hint = ""
        if reply.status in (EXPIRED, 403) and code not in listing.spared:
            hint = " The app registration needs the application permission %s, with admin consent." % listing.permission
        return GraphError("Microsoft Graph refused the %s (%s).%s" % (listing.name, said, hint), reply.status, code)

    def _signed_in(self) -> str:
        settings = self._settings
        form = {"client_id": settings.client_id, "scope": settings.scope, "grant_type": "client_credentials",
                **self._credential(settings.token_url)}  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        reply = self._tried("POST", settings.token_url, headers, urlencode(form).encode("ascii"), "the sign-in")
        if reply.status != 200:
            code, said = _token_error(reply.body)
            hint = _HINTS.get(code, said or "without a reason")
            raise GraphError(
                "Microsoft Entra refused the sign-in of the application %s in the tenant %s (%d%s): %s."
                % (settings.client_id, settings.tenant, reply.status, " " + code if code else "", hint), reply.status, code,
            )
        token = self._json(reply, "sign-in")
        faults = violations("TOKEN", token)
        if faults:
            raise GraphError("Microsoft Entra's answer to the sign-in has no token in it.")
        return token["access_token"]

    def _tried(self, method, url, headers, body, what) -> Reply:
        """The reply that is no reason to wait, after as many attempts as it takes and is allowed."""
        effects = self._effects
        for attempt in range(1, ATTEMPTS + 1):
            left = self._deadline - effects.clock()
            if left <= 0:
                raise self._out_of_time(what, "the time is up")
            self.requests += 1
            reply = self._wire.send(method, url, headers, body, left)
            fault = reply.fault or "it answered %d" % reply.status
            again = reply.again if reply.fault else reply.status == TOO_MANY_REQUESTS or reply.status >= 500
            if not again:
                if reply.fault:
                    raise GraphError("Microsoft Graph could not be asked for %s: %s." % (what, fault))
                return reply
            if attempt == ATTEMPTS:
                break
            pause = self._pause(attempt, reply)
            if effects.clock() + pause >= self._deadline:
                raise self._out_of_time(what, "%s and %.0f s would have to pass" % (fault, pause))
            effects.sleep(pause)
        raise GraphError("Microsoft Graph gave no answer for %s in %d attempts (the last: %s); nothing was written."
                         % (what, ATTEMPTS, fault), reply.status)  # fmt: skip

    def _pause(self, failures, reply) -> float:
        asked = seconds_asked(reply.retry_after, self._effects.now())
        if asked is not None:
            return max(asked, FIRST_PAUSE_SECONDS)
        ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (failures - 1))
        return ceiling * (0.5 + self._effects.chance() / 2)

    @staticmethod
    def _out_of_time(what, why) -> GraphError:
        return GraphError("Microsoft Graph was not read within %.0f minutes: for %s %s; nothing was written."
                          % (TOTAL_SECONDS / 60, what, why))  # fmt: skip

    @staticmethod
    def _json(reply, what):
        try:
            return json.loads(reply.body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise GraphError("Microsoft Graph's answer for the %s is no JSON." % what) from error


def _parsed(body) -> dict:
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _graph_error(body):
    """(code, message) of an error of Graph; empty texts where there are none."""
    said = _parsed(body).get("error")
    if not isinstance(said, dict):
        return "", ""
    return _line(said.get("code"), 80), _line(said.get("message"), 200)


def _token_error(body):
    """(AADSTS code or OAuth error, first sentence) of a refused sign-in."""
    said = _parsed(body)
    text = _line(said.get("error_description"), 200)
    code, colon, rest = text.partition(":")
    if colon and code.startswith("AADSTS"):
        return code, rest.strip().partition(" Trace ID")[0].rstrip(".")
    return _line(said.get("error"), 80), text.rstrip(".")


def _line(value, most) -> str:
    return " ".join(clean(value).split())[:most].rstrip() if isinstance(value, str) else ""
