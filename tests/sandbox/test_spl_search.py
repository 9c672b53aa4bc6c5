"""Facts about the search command: filters, terms, time ranges, what is refused, and later searches."""

from __future__ import annotations

import json

import pytest

from sandbox.spl import Context, MemoryEvents, SyntaxFault, Unsupported, run

NOW = 1790850600  # 2026-10-01 10:30:00


def store(*raws, **given):
    events = MemoryEvents()
    for place, raw in enumerate(raws):
        events.add(
            raw if isinstance(raw, str) else json.dumps(raw), NOW - 60 * (len(raws) - place), index="main", **given
        )
    return events


def ids(spl, events, **context):
    table = run(spl + " | table Id", Context(events=events, now=NOW, **context))
    return [row.get("Id") for row in table]


EVENTS = store(
    {
        "Id": 1,
        "Operation": "MessagesExported",
        "Workload": "MicrosoftTeams",
        "UserId": "Ann@Example.com",
        "Size": 9,
        "tags": ["x", "y"],
    },
    {
        "Id": 2,
        "Operation": "MessagesListed",
        "Workload": "MicrosoftTeams",
        "UserId": "bob@example.com",
        "Size": 10,
        "a": {"b": "c d"},
    },
    {
        "Id": 3,
        "Operation": "UserLoggedIn",
        "Workload": "AzureActiveDirectory",
        "Note": "exported, messages; 10.1.2.3:443 path/to",
    },
    {"Id": 4, "Operation": "FileAccessed", "Size": "", "Big": None},
)


@pytest.mark.parametrize(
    "search, expected",
    [
        ("", [4, 3, 2, 1]),
        ("*", [4, 3, 2, 1]),
        ("microsoftteams", [2, 1]),
        ("MICROSOFTTEAMS", [2, 1]),
        ("Microsoft", []),
        ("Microsoft*", [2, 1]),
        ("*teams", [2, 1]),
        ("messages", [3]),
        ("messages*", [3, 2, 1]),
        ("exported messages", [3]),
        ('"exported, messages"', [3]),
        ('"messages, exported"', []),
        ("10.1.2.3", [3]),
        ("10.1.2", [3]),
        ("10.1.2.3:443", [3]),
        ("0.1.2.3", []),
        ("path/to", [3]),
        ("ann@example.com", [1]),
        ("example.com", [2, 1]),
        ("xample.com", []),
        ("MessagesExported OR MessagesListed", [2, 1]),
        ("NOT microsoftteams", [4, 3]),
        ("microsoftteams NOT bob", [1]),
        ("(MessagesExported OR UserLoggedIn) MicrosoftTeams", [1]),
        ("MessagesExported OR UserLoggedIn MicrosoftTeams", [1]),
        ("MessagesExported AND Ann", [1]),
        ("nothing", []),
        ("and", []),
    ],
)
def test_terms_are_whole_words_in_any_case(search, expected):
    """Words end at breakers; OR binds closer than AND, which may be left out; * stands for a part of a word."""
    assert [int(one) for one in ids("search " + search, EVENTS)] == expected


@pytest.mark.parametrize(
    "search, expected",
    [
        ("Operation=MessagesExported", [1]),
        ("Operation=messagesexported", [1]),
        ("operation=MessagesExported", []),
        ("Operation=Messages*", [2, 1]),
        ('Operation="Messages*"', [2, 1]),
        ("Operation!=Messages*", [4, 3]),
        ("NOT Operation=Messages*", [4, 3]),
        ("UserId!=bob*", [1]),
        ("NOT UserId=bob*", [4, 3, 1]),
        ("UserId=*", [2, 1]),
        ("NOT UserId=*", [4, 3]),
        ("Size>9", [2]),
        ("Size>=9", [2, 1]),
        ('Size<10 Size!=""', [1]),
        ("Size<10", [4, 1]),
        ("Size=9", [1]),
        ("Size=9.0", [1]),
        ("Size!=9", [4, 2]),
        ('a.b="c d"', [2]),
        ('"a.b"="c d"', [2]),
        ("tags{}=y", [1]),
        ("tags{}!=y", [1]),
        ("tags{}=z", []),
        ("Operation IN (MessagesExported, FileAccessed)", [4, 1]),
        ('Operation IN ("messages*")', [2, 1]),
        ("NOT Operation IN (MessagesExported)", [4, 3, 2]),
        ("Big=null", [4]),
        ("index=main", [4, 3, 2, 1]),
        ("index=other", []),
        ("index=MAIN sourcetype=o365:* host=localhost source=mem*", [4, 3, 2, 1]),
        ("sourcetype=x", []),
        ("(index=main OR index=b) Size=9", [1]),
        ("(index=a foo) OR (index=main Size=9)", [1]),
        ("Operation = FileAccessed", [4]),
    ],
)
def test_field_comparisons(search, expected):
    """Values in any case, names in theirs; != needs the field, NOT does not; any value of a multivalue will do."""
    assert [int(one) for one in ids(search, EVENTS)] == expected


def test_numbers_compare_by_size_and_texts_by_code_point():
    """10 is above 9, and so is 9a as a text; an empty text is below every number."""
    events = store({"Id": 1, "v": "10"}, {"Id": 2, "v": "9a"}, {"Id": 3, "v": "1"})
    assert ids("v>9", events) == ["2", "1"]


@pytest.mark.parametrize("indexes, expected", [(("main",), ["1"]), (("other",), []), ((), [])])
def test_without_index_the_default_indexes_are_searched(indexes, expected):
    """As the role's settings say."""
    assert ids("Id=1", EVENTS, default_indexes=indexes) == expected


def test_every_index_leaves_out_the_internal_ones():
    """index=* does not reach _internal; index=_* does."""
    events = MemoryEvents()
    events.add('{"Id":1}', NOW, index="_internal")
    assert ids("index=*", events) == []
    assert ids("index=_*", events) == ["1"]


@pytest.mark.parametrize(
    "search, expected",
    [
        ("earliest=-2m", ["4", "3"]),
        ("earliest=-2m latest=-1m", ["3"]),
        ("latest=-2m", ["2", "1"]),
        ("earliest=%d latest=now" % (NOW - 60), ["4"]),
        ("earliest=-3m@m latest=-2m@m", ["2"]),
        ("(earliest=-2m Id=3) Operation=*", ["3"]),
        ("_index_earliest=-1m", ["4"]),
        ("_index_latest=-3m", ["1"]),
    ],
)
def test_time_modifiers_narrow_the_search(search, expected):
    """From earliest, up to but without latest, of event time or index time."""
    assert ids(search, EVENTS) == expected


def test_the_text_wins_over_the_range_beside_it():
    """earliest= in the search replaces the given range's start, and with it alone the search ends now."""
    assert ids("earliest=-4m", EVENTS, earliest=NOW - 60) == ["4", "3", "2", "1"]
    assert ids("earliest=-10m", EVENTS, latest=NOW - 120) == ["4", "3", "2", "1"]
    assert ids("latest=-3m", EVENTS, earliest=NOW - 240) == ["1"]


def test_the_range_beside_the_search_holds():
    """earliest is included, latest is not, and both clocks count."""
    assert ids("*", EVENTS, earliest=NOW - 180, latest=NOW - 60) == ["3", "2"]
    assert ids("*", EVENTS, index_earliest=NOW - 60) == ["4"]


def test_without_a_range_the_future_is_searched_too():
    """No bound is no bound."""
    events = MemoryEvents()
    events.add('{"Id":1}', NOW + 1000, index="main")
    assert ids("*", events) == ["1"]
    assert ids("* earliest=0", events) == []


def test_the_newest_events_come_first():
    """Of equal times the later arrival comes first."""
    events = MemoryEvents()
    for place, time in enumerate([5, 9, 9, 7]):
        events.add('{"Id":%d}' % place, time)
    assert ids("*", events) == ["2", "1", "3", "0"]


@pytest.mark.parametrize(
    "search, sentence",
    [
        ("foo OR earliest=-1h", "top level"),
        ("NOT latest=now", "top level"),
        ("earliest>5", "takes '='"),
        ("a==b", "not '=='"),
        ("TERM(a)", r"TERM\("),
        ("CASE(a)", r"CASE\("),
        ("eventtype=x", "eventtype="),
        ("tag=x", "tag="),
        ("earliest=tomorrow", "tomorrow"),
    ],
)
def test_what_the_search_command_does_not_know_here_is_refused(search, sentence):
    """Each by its name."""
    with pytest.raises((SyntaxFault, Unsupported), match=sentence):
        run("search " + search, Context(now=NOW))


@pytest.mark.parametrize("search", ["(", "a=", "=b", "a IN ()", "a IN b", "a,b", '"open', "NOT", "OR a"])
def test_what_is_no_search_expression_is_refused(search):
    """The sentence says that the search cannot be read."""
    with pytest.raises(SyntaxFault, match=r"cannot be read|ends too early"):
        run("search " + search, Context())


def test_a_later_search_filters_rows():
    """Fields of the rows, case-insensitively; terms look at _raw."""
    rows = [{"i": 1, "s": "New", "_raw": "foo bar"}, {"i": 2, "s": "known"}, {"i": 3}]
    context = Context(commands=["given"], run_custom=lambda *given: rows)
    assert [row["i"] for row in run('| given | search s IN ("new","escalated")', context)] == [1]
    assert [row["i"] for row in run("| given | search NOT s=known", context)] == [1, 3]
    assert [row["i"] for row in run("| given | search foo", context)] == [1]
    assert [row["i"] for row in run("| given | search ", context)] == [1, 2, 3]
    with pytest.raises(Unsupported, match="earliest= means something in the first search"):
        run("| given | search earliest=-1h", context)
