"""The alert's texts and its variations, as one table in order of precedence.

The titles, the description and the severities are those of the vendor alert that this app
re-creates. The scores are ours. Goal and investigative actions, which a row does not carry, stand
in ``lookups/teams_export_texts.csv``, and a test holds the two together.
"""

from functools import lru_cache
from typing import FrozenSet, NamedTuple

PRIVILEGED_FIRST_TIME = "privileged_first_time"
FIRST_SEEN_ASN = "first_seen_asn"
MULTIPLE_CHATS = "multiple_chats"
BASE = "base"

_MESSAGES = "User exported multiple messages in Microsoft Teams via Graph API"
DESCRIPTION = "A user exported multiple messages in Microsoft Teams via Graph API."
MITRE_TACTIC_ID = "TA0009"
MITRE_TECHNIQUE_ID = "T1213.005"


class Variation(NamedTuple):
    """One variation: its title, its severity, and what it adds to the risk score."""

    name: str
    title: str
    severity: str
    score: int


#: In order of precedence: an alert is of the first variation that it matches.
VARIATIONS = (
    Variation(PRIVILEGED_FIRST_TIME, _MESSAGES + " by a privileged user for the first time", "low", 30),
    Variation(FIRST_SEEN_ASN, _MESSAGES + " from a first seen ASN", "low", 25),
    Variation(MULTIPLE_CHATS, "User exported multiple chats in Microsoft Teams via Graph API", "low", 15),
    Variation(BASE, _MESSAGES, "informational", 10),
)
_BY_NAME = {variation.name: variation for variation in VARIATIONS}
_ORDER = {variation.name: position for position, variation in enumerate(VARIATIONS)}


def by_precedence(matches):
    """``matches`` (names of variations) as a list in order of precedence."""
    return sorted(matches, key=_ORDER.__getitem__)


@lru_cache(maxsize=None)
def variation_of(matches: FrozenSet[str]) -> Variation:
    """The variation of an alert with these ``matches``, of which ``base`` always is one."""
    return _BY_NAME[by_precedence(matches)[0]]


def risk_score(matches) -> int:
    """0 to 100: the sum over all that match (contract, section 3)."""
    return sum(_BY_NAME[name].score for name in matches)
