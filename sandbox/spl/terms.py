"""Words in raw events: how text is cut into tokens, and whether a search term is in it.

Sources: segmenters.conf.spec (default major and minor breakers), Search Manual "Event segmentation and searching":
a term is found only as whole tokens, in any case; * stands for any characters but major breakers.
Inferred: a term may begin and end at a minor breaker as well as at a major one (Splunk indexes both forms); a run
of letters that is not ASCII is one token with its neighbours. The multi-character breakers (%20 and its like) are
not modelled.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Callable, FrozenSet, List

MAJOR = "[]<>(){}|!;,'\"*\n\r \t&?+"
MINOR = "/:=@.-$#%\\_"
_BREAKERS = frozenset(MAJOR + MINOR)
_TOKEN = re.compile("[^%s]+" % re.escape(MAJOR + MINOR))
_NOT_MAJOR = "[^%s]*" % re.escape(MAJOR)
_EDGE = re.escape(MAJOR + MINOR)


def tokens(text: str) -> FrozenSet[str]:
    """The tokens of a text, in lower case: what an event store may index."""
    return frozenset(_TOKEN.findall(text.lower()))


def certain_tokens(term: str) -> List[str]:
    """The tokens that any text with this term is sure to hold; those next to a * are not certain."""
    sure = []
    for found in _TOKEN.finditer(term.lower()):
        before, after = term[found.start() - 1 : found.start()], term[found.end() : found.end() + 1]
        if before != "*" and after != "*":
            sure.append(found.group())
    return sure


@lru_cache(maxsize=4096)
def finder(term: str) -> Callable[[str], bool]:
    """A test for a text that holds the term, given the text in lower case."""
    wanted = term.lower()
    if wanted.strip("*") == "":
        return lambda text: True
    if "*" in wanted:
        pattern = re.compile(
            "(?<![^%s])%s(?![^%s])" % (_EDGE, _NOT_MAJOR.join(re.escape(part) for part in wanted.split("*")), _EDGE)
        )
        return lambda text: pattern.search(text) is not None

    def holds(text: str) -> bool:
        at = text.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            if (at == 0 or text[at - 1] in _BREAKERS or wanted[0] in _BREAKERS) and (
                end == len(text) or text[end] in _BREAKERS or wanted[-1] in _BREAKERS
            ):
                return True
            at = text.find(wanted, at + 1)
        return False

    return holds


@lru_cache(maxsize=4096)
def like(pattern: str) -> Callable[[str], bool]:
    """A test for a whole text against a pattern with *, in any case, as the search command compares field values."""
    wanted = pattern.lower()
    if "*" not in wanted:
        return lambda text: text == wanted or text.lower() == wanted
    compiled = re.compile(".*".join(re.escape(part) for part in wanted.split("*")), re.DOTALL)
    return lambda text: compiled.fullmatch(text.lower()) is not None


@lru_cache(maxsize=1024)
def like_name(pattern: str) -> Callable[[str], bool]:
    """A test for a field name against a pattern with *; field names have their own case."""
    compiled = re.compile("(.*)".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None
