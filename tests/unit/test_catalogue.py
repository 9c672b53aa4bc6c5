"""The variations: precedence, texts, severities and scores."""

import pytest

from teams_export_guard import catalogue
from teams_export_guard.catalogue import VARIATIONS, by_precedence, risk_score, variation_of

P, F, M, B = "privileged_first_time", "first_seen_asn", "multiple_chats", "base"


@pytest.mark.parametrize(
    "name, title, severity",
    [
        (P, "User exported multiple messages in Microsoft Teams via Graph API by a privileged user for the first time",
        "low"),
        (F, "User exported multiple messages in Microsoft Teams via Graph API from a first seen ASN", "low"),
        (M, "User exported multiple chats in Microsoft Teams via Graph API", "low"),
        (B, "User exported multiple messages in Microsoft Teams via Graph API", "informational"),
    ],
)
def test_titles_and_severities_are_those_of_the_seed(name, title, severity):
    """Each variation has the seed's title and severity."""
    assert (title, severity) == variation_of(frozenset({name}))[1:3]


def test_precedence_is_that_of_the_contract():
    """Privilege before network before chats before base."""
    assert [P, F, M, B] == [variation.name for variation in VARIATIONS] == by_precedence({B, M, F, P})


@pytest.mark.parametrize("matches, expected", [({B}, B), ({B, M}, M), ({B, M, F}, F), ({B, F, P}, P), ({B, M, P}, P)])
def test_first_match_names_the_variation(matches, expected):
    """An alert is of the first variation that it matches."""
    assert expected == variation_of(frozenset(matches)).name


@pytest.mark.parametrize(
    "matches, score", [({B}, 10), ({B, P}, 40), ({B, F}, 35), ({B, M}, 25), ({B, F, M}, 50), ({B, P, F, M}, 80)]
)
def test_score_adds_up_what_matches(matches, score):
    """10 + 30 for privilege + 25 for the network + 15 for the chats."""
    assert score == risk_score(matches)


def test_texts_that_every_row_carries():
    """Tactic, technique and description are the seed's."""
    assert ("TA0009", "T1213.005", "A user exported multiple messages in Microsoft Teams via Graph API.") == (
        catalogue.MITRE_TACTIC_ID, catalogue.MITRE_TECHNIQUE_ID, catalogue.DESCRIPTION,
    )
