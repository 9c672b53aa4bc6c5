"""Where a new ASN table comes from: the app's package, an uploaded lookup file, or a download.

Knows what each source says of itself (name, date, the credit that its licence asks for) and that a password belongs to a
download with an account. Gives the data as they came; whether they are good is decided by ``asn_check``.
"""
from __future__ import annotations

from datetime import datetime, timezone
from typing import List, NamedTuple

from .asn import AsnTable
from .asn_request import Request
from .asn_sources import About, AsnData, read
from .asn_unpack import lines, unpack
from .errors import AsnRefused, SecretUnavailable, SettingsError
from .passwords import REALM, stored_secret
from .tables import Tables

KEY = "asn_key"
KEY_TITLE = "The licence key of the network data"
FILE_BYTES = 64 * 1000 * 1000  # of an uploaded file (ours), as of a download
NOT_GIVEN = "not given: whoever installed the table answers for its licence"
#: Format -> what the data are called, and the credit.
CREDITS = {
    "iptoasn": ("IPtoASN", "IPtoASN (https://iptoasn.com), public domain (PDDL 1.0)"),
    "geolite": (
        "GeoLite2 ASN", "This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com",
    ),
}


class Incoming(NamedTuple):
    """Data of one source; ``about.source`` says where they are from, without anything secret."""

    data: AsnData
    about: About
    format: str


class _File(NamedTuple):
    content: bytes
    date: str  # of the file, '' if unknown


def incoming(request: Request, tables: Tables, transport, now: float) -> Incoming:
    """The data that a request asks for."""
    today = _day(now)
    if request.date > today:
        raise SettingsError(["date=%s: allowed: a day that has begun; today is %s (UTC)" % (request.date, today)])
    if request.source == "shipped":
        return shipped(tables.shipped_asn())
    if request.source == "lookup":
        uploaded = [tables.uploaded(name, FILE_BYTES) for name in request.lookups]
        files = [_File(one.content, _day(one.written)) for one in uploaded]
        return _read(request, files, ", ".join(request.lookups), today)
    from .asn_download import download, host_of  # requests costs a tenth of a second

    secret = ""
    if request.account:
        secret = stored_secret(transport, KEY, KEY_TITLE)
        if not secret:
            raise SecretUnavailable("An account is given but no licence key is stored (realm %s, name %s); nothing was "
                                    "fetched." % (REALM, KEY))
    came = download(request, secret)
    return _read(request, [_File(came.content, came.date)], host_of(request.url), today)


def shipped(table: AsnTable) -> Incoming:
    """The data of a compiled table."""
    data = AsnData()
    data.ipv4, data.ipv6 = list(table.ipv4()), list(table.ipv6())
    data.organisations = dict(table.organisations())
    data.about = About(table.name, table.date, table.source, table.attribution)
    return Incoming(data, data.about, "packed")


def _read(request: Request, files: List[_File], where: str, today: str) -> Incoming:
    data, formats, dates = AsnData(), set(), [file.date for file in files]
    for file in files:
        opened = unpack(file.content)
        dates.append(opened.date)
        formats |= {read(data, lines(text)) for text in opened.files}
    kind = " and ".join(sorted(formats))
    if len(formats) > 1 or request.format not in ("", kind):
        wanted = "format=%s was asked for" % request.format if request.format else "one format is allowed"
        raise AsnRefused("The data are in the format %s, where %s; the table in effect stays." % (kind, wanted))
    name, credit = CREDITS.get(kind, (where, NOT_GIVEN))
    dated = dates[-1] or max(dates[:len(files)]) or today  # an archive's own date says more than that of the file
    about = data.about or About(name, min(dated, today), "%s from %s" % (kind, where), credit)
    said = {"name": request.name, "date": request.date, "attribution": request.attribution}
    return Incoming(data, about._replace(**{key: text for key, text in said.items() if text}), kind)


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d")
