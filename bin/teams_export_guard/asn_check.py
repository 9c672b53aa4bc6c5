"""Whether a new ASN table may take the place of the one in effect, with the figures.

Two kinds of checks. What a table must have by itself (ranges enough, lines that can be read, a handful of well-known
addresses) nobody can set aside. How it compares with the table in effect (fewer ranges, addresses lost or relabelled,
an older date) is what ``force=true`` sets aside, for an admin who looked. All that fails is said at once. Pure.
"""
from __future__ import annotations

from datetime import date
from typing import Dict, List, NamedTuple, Tuple

from .asn_former import Changes

FAMILIES = ("IPv4", "IPv6")
#: The fewest ranges of a table of the whole Internet (ours); public ones had 400,000 and 80,000 or more in 2026.
LEAST_RANGES = {"IPv4": 100_000, "IPv6": 10_000}
LEAST_SHARE = 0.5  # of the ranges in effect (ours): half a download is less
MOST_BAD_SHARE = 0.01  # of all lines (ours)
MOST_MOVED_SHARE = 0.1  # of the known addresses that may have another AS number (ours)
MOST_LOST_SHARE = 0.25  # of the known addresses that may be unknown (ours)

_GOOGLE, _CLOUDFLARE, _QUAD9 = (15169,), (13335,), (19281,)
_MICROSOFT = (8075, 8068, 8069, 12076, 3598)
#: Well-known addresses, the AS numbers that are plausible for each, and why: a table that has these wrong would call
#: Microsoft's own networks, or everybody's resolver, new.
LANDMARKS: Tuple[Tuple[str, Tuple[int, ...], str], ...] = (
    ("8.8.8.8", _GOOGLE, "Google's public resolver"),
    ("1.1.1.1", _CLOUDFLARE, "Cloudflare's public resolver"),
    ("9.9.9.9", _QUAD9, "Quad9's public resolver"),
    ("20.190.128.1", _MICROSOFT, "Microsoft Entra sign-in"),
    ("40.126.0.1", _MICROSOFT, "Microsoft Entra sign-in"),
    ("52.112.0.1", _MICROSOFT, "Microsoft Teams"),
    ("2001:4860:4860::8888", _GOOGLE, "Google's public resolver"),
    ("2606:4700:4700::1111", _CLOUDFLARE, "Cloudflare's public resolver"),
    ("2620:fe::fe", _QUAD9, "Quad9's public resolver"),
    ("2603:1026::1", _MICROSOFT, "Microsoft 365"),
)


class Candidate(NamedTuple):
    """What is to be judged: a table that was compiled, and how its lines were read."""

    table: object  # has ``lookup`` and ``date``
    ranges: Dict[str, int]  # family -> ranges with an AS number
    lines: int  # that were read
    bad: int  # of those, which are no ranges
    bad_example: str


class Present(NamedTuple):
    """What is in effect."""

    ranges: Dict[str, int]
    date: str


def faults(new: Candidate) -> List[str]:
    """What is wrong with a table by itself, each with its figures and what is allowed."""
    said = []
    for family in FAMILIES:
        if new.ranges[family] < LEAST_RANGES[family]:
            said.append("it has %d %s ranges; allowed: at least %d"
                        % (new.ranges[family], family, LEAST_RANGES[family]))
    if new.bad > MOST_BAD_SHARE * (new.lines + new.bad):
        said.append("%d of its %d lines are no ranges (the first: %r); allowed: at most %g %%"
                    % (new.bad, new.lines + new.bad, new.bad_example, 100 * MOST_BAD_SHARE))
    for address, allowed, what in LANDMARKS:
        asn = new.table.lookup(address)
        if asn not in allowed:
            said.append("%s (%s) is %s in it; plausible: %s" % (
                address, what, "unknown" if asn is None else "AS%d" % asn, ", ".join("AS%d" % one for one in allowed)))
    return said


def objections(new: Candidate, present: Present, changes: Dict[str, Changes]) -> List[str]:
    """What speaks against it beside the table in effect, each with its figures and what is allowed."""
    said = []
    for family in FAMILIES:
        before, after, change = present.ranges[family], new.ranges[family], changes[family]
        if after < LEAST_SHARE * before:
            said.append("it has %d %s ranges where the table in effect has %d; allowed: at least %g %% of them"
                        % (after, family, before, 100 * LEAST_SHARE))
        if change.moved_share > MOST_MOVED_SHARE:
            said.append("%.1f %% of the known %s addresses get another AS number; allowed: at most %g %%"
                        % (100 * change.moved_share, family, 100 * MOST_MOVED_SHARE))
        if change.lost_share > MOST_LOST_SHARE:
            said.append("%.1f %% of the known %s addresses become unknown; allowed: at most %g %%"
                        % (100 * change.lost_share, family, 100 * MOST_LOST_SHARE))
    return said


def older(new_date: str, present_date: str) -> bool:
    """Whether both dates can be read and the new one is before the other."""
    try:
        return date.fromisoformat(new_date) < date.fromisoformat(present_date)
    except ValueError:
        return False
