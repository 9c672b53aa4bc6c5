"""Whether a new table may be installed: each limit from both sides, with the figures in the sentence."""

import pytest

from teams_export_guard.asn_check import (
    FAMILIES,
    LANDMARKS,
    LEAST_RANGES,
    MOST_BAD_SHARE,
    Candidate,
    Present,
    faults,
    objections,
    older,
)
from teams_export_guard.asn_former import Changes
from tests.support import ShortTable

RIGHT = {address: (allowed[0], "x") for address, allowed, _ in LANDMARKS}


def candidate(ranges4=LEAST_RANGES["IPv4"], ranges6=LEAST_RANGES["IPv6"], bad=0, lines=1000, **changed):
    table = ShortTable({**RIGHT, **changed.get("addresses", {})})
    return Candidate(table, dict(zip(FAMILIES, (ranges4, ranges6))), lines, bad, "rubbish")


def changes(known=1000, lost=0, moved=0):
    return {family: Changes(known, lost, moved, []) for family in FAMILIES}


PRESENT = Present({"IPv4": 200_000, "IPv6": 20_000}, "2026-06-17")


def test_a_good_table_has_no_fault():
    """At the least that is allowed of everything."""
    assert [] == faults(candidate(bad=10, lines=990))
    assert [] == objections(candidate(), PRESENT, changes(moved=100, lost=250))


@pytest.mark.parametrize("change, words", [
    ({"ranges4": LEAST_RANGES["IPv4"] - 1}, "it has 99999 IPv4 ranges; allowed: at least 100000"),
    ({"ranges6": LEAST_RANGES["IPv6"] - 1}, "it has 9999 IPv6 ranges; allowed: at least 10000"),
    ({"bad": 11, "lines": 989}, "11 of its 1000 lines are no ranges (the first: 'rubbish'); allowed: at most 1 %"),
    ({"addresses": {"8.8.8.8": (64500, "x")}}, "8.8.8.8 (Google's public resolver) is AS64500 in it; plausible: AS15169"),
    ({"addresses": {"2603:1026::1": (None, "x")}}, "2603:1026::1 (Microsoft 365) is unknown in it; plausible: AS8075"),
])
def test_what_is_wrong_with_a_table_by_itself(change, words):
    """One fault each."""
    (said,) = faults(candidate(**change))
    assert words in said


@pytest.mark.parametrize("new, change, words", [
    ({"ranges4": 99_999}, {}, "it has 99999 IPv4 ranges where the table in effect has 200000; allowed: at least 50 % of them"),
    ({}, {"moved": 101}, "10.1 % of the known IPv4 addresses get another AS number; allowed: at most 10 %"),
    ({}, {"lost": 251}, "25.1 % of the known IPv6 addresses become unknown; allowed: at most 25 %"),
])
def test_what_speaks_against_a_table_beside_the_one_in_effect(new, change, words):
    """In figures."""
    assert words in "; ".join(objections(candidate(**new), PRESENT, changes(**change)))


def test_all_is_said_at_once():
    """Every check that fails."""
    assert 4 == len(faults(candidate(1, 1, bad=500, addresses={"1.1.1.1": (1, "x")})))


def test_landmarks_are_of_both_families_and_have_reasons():
    """A table of one family alone, or of one operator, would not pass for good."""
    assert {True, False} == {":" in address for address, _, _ in LANDMARKS}
    assert all(what and allowed for _, allowed, what in LANDMARKS)
    assert 0 < MOST_BAD_SHARE < 0.05


@pytest.mark.parametrize("new, present, answer", [
    ("2026-06-16", "2026-06-17", True), ("2026-06-17", "2026-06-17", False), ("2026-06-18", "2026-06-17", False),
    ("", "2026-06-17", False), ("2026-06-17", "d", False),
])
def test_older(new, present, answer):
    """A date that cannot be read says nothing."""
    assert answer == older(new, present)
