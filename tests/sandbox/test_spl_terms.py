"""Facts about words in raw text, and about what a search tells the event store so that it looks at fewer events."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, MemoryEvents, run
from sandbox.spl.search_expression import search_test
from sandbox.spl.terms import finder, tokens


def ids(spl, events):
    return [row["Id"] for row in run(spl + " | table Id", Context(events=events))]


@pytest.mark.parametrize(
    "search, expected",
    [
        ("MicrosoftTeams", [{"microsoftteams"}]),
        ("a.b foo*bar *x y*", [{"a"}, {"b"}]),
        ('"two words"', [{"two"}, {"words"}]),
        ("A OR b", [{"a", "b"}]),
        ("a OR NOT b", []),
        ("(aa bb) OR cc", [{"aa", "cc"}]),
        ("NOT a", []),
        ("Op=MessagesExported", [{"messagesexported"}]),
        ("Op!=x", []),
        ("Op=Mess*", []),
        ("Op=5", []),
        ('Op="a\\"b"', []),
        ("Op=ü", []),
        ("Op=a/b", []),
        ("index=x host=y", []),
        ("Op IN (one, two)", [{"one", "two"}]),
        ("Op IN (one, t*)", []),
        ("Op<abc", []),
        ("( )", []),
        ("NOT ( )", []),
    ],
)
def test_the_store_is_told_words_that_an_event_must_hold(search, expected):
    """Only words that are sure to be in the raw text; alternatives stay together."""
    assert [set(clause) for clause in search_test(search).clauses] == expected


@pytest.mark.parametrize(
    "search, indexes, sourcetypes",
    [
        ("index=A sourcetype=b:c x", {"a"}, {"b:c"}),
        ("(index=a OR index=b)", {"a", "b"}, None),
        ("index IN (a, b*)", {"a", "b*"}, None),
        ("index=a OR foo", None, None),
        ("index!=a", None, None),
        ("NOT index=a", None, None),
    ],
)
def test_the_store_is_told_indexes_and_source_types(search, indexes, sourcetypes):
    """Only what the top level of the search demands."""
    test = search_test(search)
    assert (test.indexes, test.sourcetypes) == (indexes, sourcetypes)


WORDS = st.lists(st.sampled_from(["alpha", "Beta", "gam-ma", "x.y", "ALPHA1", "be ta"]), min_size=1, max_size=4)


@given(st.lists(WORDS, max_size=8), WORDS, st.booleans())
def test_what_is_pushed_down_loses_nothing(texts, words, either):
    """A store that uses the words gives the events that one without them would."""

    class Blind(MemoryEvents):
        def scan(self, *given):
            return super().scan(*given[:-1], [])

    search = (" OR " if either else " ").join('"%s"' % word for word in words)
    stores = MemoryEvents(), Blind()
    for place, text in enumerate(texts):
        for one in stores:
            one.add(json.dumps({"Id": place, "t": " ".join(text)}), place)
    assert ids(search, stores[0]) == ids(search, stores[1])


@given(st.text("ab-_. ,", max_size=12), st.text("ab-.", min_size=1, max_size=4))
def test_a_term_is_found_as_whole_words_only(text, term):
    """Both ends of the term stand at a breaker or at an end of the text."""
    breaker = r"[\[\]<>(){}|!;,'\"*\n\r \t&?+/:=@.\-$#%\\_]"
    start = "" if re.match(breaker, term) else "(?<![ab])"
    end = "" if re.match(breaker, term[-1]) else "(?![ab])"
    assert finder(term)(text) == bool(re.search(start + re.escape(term) + end, text))


def test_tokens_are_cut_at_all_breakers():
    """In lower case, major and minor breakers alike."""
    assert tokens("A-b c:D_e (f)") == {"a", "b", "c", "d", "e", "f"}
