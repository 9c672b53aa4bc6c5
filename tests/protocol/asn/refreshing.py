"""Refreshing the table of networks as tests do it: the command, what it leaves, and what the next detection says."""

from __future__ import annotations

from tests.protocol.records import burst
from tests.protocol.site import good, said

ASN = "teams_export_asn"
ANN = "user:ann@contoso.example"
OTHER = "13.14.15.16"  # an address without a landmark
RELABELLED = {OTHER: 64500}


def refresh(site, *arguments, **more):
    return site.search("teamsexportasn", arguments, **more)


def install(site, lookup="first.csv", *arguments, **more):
    """Install an uploaded table; its row. The first one differs from the table that ships, so it needs force."""
    return good(refresh(site, "source=lookup", "lookup=" + lookup, "date=2026-07-01", *arguments, **more)).rows[0]


def manifest(site):
    return site.documents(ASN).get("current")


def tables(site):
    """The digests of the tables whose chunks are stored."""
    return {one["sha256"] for one in site.documents(ASN).values() if one["kind"] == "chunk"}


def judged(site, address=OTHER):
    """The network of an export from an address, as the next detection names it."""
    rows = site.judge(burst(ClientIP=address), "activation=0d").rows
    return [row["asn"] for row in rows]


def summary(outcome):
    """What the run says of the table it used."""
    (text,) = [text for text in said(outcome, "INFO") if "networks by" in text]
    return text.partition("networks by ")[2].partition(" (")[0]
