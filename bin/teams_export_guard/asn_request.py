"""What ``| teamsexportasn`` was asked for: where a new ASN table comes from, and how.

Knows the options, which go with which source, and that all faults are said at once without repeating an address or a
secret. Does no I/O.
"""
from __future__ import annotations

import re
from datetime import date as calendar
from typing import Dict, NamedTuple, Sequence

from .asn_sources import FORMATS
from .errors import SettingsError
from .settings import parse_boolean, texts
from .webhook_settings import address_faults, ca_file_faults, proxy_faults

SOURCES = ("shipped", "lookup", "url")
OPTIONS = ("source", "lookup", "lookup_ipv6", "url", "format", "account", "proxy", "ca_file", "timeout", "name", "date",
           "attribution", "dryrun", "force")
#: Which options only one source has a use for.
OF_SOURCE = {"lookup": "lookup", "lookup_ipv6": "lookup", "url": "url", "account": "url", "proxy": "url",
             "ca_file": "url", "timeout": "url"}
NOT_SHIPPED = ("format", "name", "date", "attribution")
FIELDS = ("_time action name date source attribution ipv4_ranges ipv6_ranges sha256 changed_ranges changed_ipv4_percent "
          "changed_ipv6_percent lost_ipv4_percent lost_ipv6_percent former_ranges lines rejected rejected_example "
          "unordered overlapping reason").split()
TIMEOUT_SECONDS, LEAST_TIMEOUT, MOST_TIMEOUT = 120, 5, 600  # of a whole download (ours)
TEXT_LIMIT = 500  # characters of name and attribution (ours)

_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.csv(\.gz)?")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.@-]{1,100}")
_LINE = re.compile(r"[^\x00-\x1f]*")


class Request(NamedTuple):
    """The options, checked; what was not given is empty."""

    source: str
    lookups: tuple = ()  # one file name, or two: IPv4 and IPv6
    url: str = ""
    format: str = ""
    account: str = ""
    proxy: str = ""
    ca_file: str = ""
    timeout: int = TIMEOUT_SECONDS
    name: str = ""
    date: str = ""
    attribution: str = ""
    dryrun: bool = False
    force: bool = False


def parse(arguments: Sequence[str]) -> Request:
    """The request in a command's arguments. Raises SettingsError with every fault."""
    given, said = texts(arguments, OPTIONS, secretive=True)
    given = {name: value for name, value in given.items() if value or name == "source"}
    said += _faults(given)
    if said:
        raise SettingsError(said)
    return Request(
        given["source"], tuple(given[name] for name in ("lookup", "lookup_ipv6") if name in given),
        timeout=int(given.get("timeout", TIMEOUT_SECONDS)),
        dryrun=bool(parse_boolean(given.get("dryrun", "false"))), force=bool(parse_boolean(given.get("force", "false"))),
        **{name: given.get(name, "") for name in "url format account proxy ca_file name date attribution".split()},
    )


def _faults(given: Dict[str, str]):
    source = given.get("source", "")
    if source not in SOURCES:
        yield "source=%s: allowed: one of %s" % (source, ", ".join(SOURCES))
    for name in given:
        wanted = OF_SOURCE.get(name, source)
        if source in SOURCES and (wanted != source or (source == "shipped" and name in NOT_SHIPPED)):
            only = " or ".join(SOURCES[1:]) if name in NOT_SHIPPED else wanted
            yield "%s: allowed only with source=%s" % (name, only)
    if source == "lookup" and "lookup" not in given:
        yield "lookup=: allowed: the name of a lookup file of this app, such as networks.csv"
    for name in ("lookup", "lookup_ipv6"):
        if name in given and not _FILE.fullmatch(given[name]):
            yield ("%s=%s: allowed: the plain name of a lookup file of this app, ending in .csv or .csv.gz, without a path"
                   % (name, given[name][:100]))
    if source == "url" or "url" in given:
        yield from address_faults("url", given.get("url", ""), ("https",))
    yield from proxy_faults(given.get("proxy", ""))
    yield from ca_file_faults(given.get("ca_file", ""))
    if given.get("format", FORMATS[0]) not in FORMATS:
        yield "format=%s: allowed: one of %s; without it the data say it" % (given["format"], ", ".join(FORMATS))
    if "account" in given and not _ACCOUNT.fullmatch(given["account"]):
        yield "account: allowed: the account id, at most 100 letters, digits or _ . @ -"
    if "timeout" in given:
        number = int(given["timeout"]) if re.fullmatch(r"[0-9]{1,6}", given["timeout"]) else -1
        if not LEAST_TIMEOUT <= number <= MOST_TIMEOUT:
            yield ("timeout=%s: allowed: whole seconds for the whole download, from %d to %d"
                   % (given["timeout"], LEAST_TIMEOUT, MOST_TIMEOUT))
    if "date" in given and not is_date(given["date"]):
        yield "date=%s: allowed: the date of the data as YYYY-MM-DD" % given["date"]
    for name in ("name", "attribution"):
        text = given.get(name, "")
        if len(text) > TEXT_LIMIT or not _LINE.fullmatch(text):
            yield "%s: allowed: one line of at most %d characters" % (name, TEXT_LIMIT)
    for name in ("dryrun", "force"):
        if parse_boolean(given.get(name, "false")) is None:
            yield "%s=%s: allowed: true or false" % (name, given[name])


def is_date(text: str) -> bool:
    """Whether ``text`` is a day, as YYYY-MM-DD."""
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text) and calendar.fromisoformat(text))
    except ValueError:
        return False
