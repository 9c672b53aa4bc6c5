"""Facts about lookup, inputlookup, outputlookup and the tables behind them."""

from __future__ import annotations

import pytest

from sandbox.spl import Context, CsvLookup, KvLookup, MatchOptions, RunFault, SyntaxFault, Unsupported, run

OPERATIONS = "Operation,counted,meaning\nMessagesExported,1,\nMessagesListed,1,listed\nMessageRead,0,read\n"


class Documents:
    """A collection in memory."""

    def __init__(self, *documents):
        self.documents = {document["_key"]: document for document in documents}

    def read(self):
        return list(self.documents.values())

    def replace_all(self, documents):
        self.documents = {}
        self.save(documents)

    def save(self, documents):
        for document in documents:
            key = document.get("_key", "made%d" % len(self.documents))
            self.documents[key] = {**document, "_key": key}


@pytest.fixture
def csv(tmp_path):
    def write(text, **options):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return CsvLookup(path, MatchOptions(**options))

    return write


def ran(spl, lookups, *rows):
    context = Context(lookups=lookups, commands=["given"], run_custom=lambda *_: [dict(row) for row in rows])
    return run(("| given" if rows else "") + spl, context)


def test_a_match_adds_the_entry_s_values(csv):
    """OUTPUT names what is added; a row without a match, or without the field, gets nothing."""
    table = ran(
        "| lookup ops Operation OUTPUT counted",
        {"ops": csv(OPERATIONS)},
        {"Operation": "MessageRead"},
        {"Operation": "Other"},
        {},
    )
    assert table.rows == [{"Operation": "MessageRead", "counted": "0"}, {"Operation": "Other"}, {}]
    assert table.fields == ["Operation", "counted"]


def test_without_output_every_other_field_is_added(csv):
    """An empty cell is an absent field."""
    table = ran(
        "| lookup ops Operation",
        {"ops": csv(OPERATIONS)},
        {"Operation": "MessagesListed"},
        {"Operation": "MessagesExported"},
    )
    assert table.rows == [
        {"Operation": "MessagesListed", "counted": "1", "meaning": "listed"},
        {"Operation": "MessagesExported", "counted": "1"},
    ]


def test_fields_have_names_on_either_side(csv):
    """table field AS row field, for matching and for output; names with blanks in quotes."""
    table = ran(
        '| lookup local=true ops Operation AS op OUTPUT counted AS "is counted", meaning AS m',
        {"ops": csv(OPERATIONS)},
        {"op": "MessageRead"},
    )
    assert table.rows == [{"op": "MessageRead", "is counted": "0", "m": "read"}]


@pytest.mark.parametrize(
    "word, rows",
    [
        ("OUTPUT", [{"Operation": "MessageRead", "counted": "0"}, {"Operation": "Other"}]),
        ("OUTPUTNEW", [{"Operation": "MessageRead", "counted": "old"}, {"Operation": "Other", "counted": "old"}]),
    ],
)
def test_output_overwrites_and_outputnew_does_not(csv, word, rows):
    """OUTPUT takes an old value away where nothing matches."""
    given = [{"Operation": name, "counted": "old"} for name in ("MessageRead", "Other")]
    assert ran("| lookup ops Operation %s counted" % word, {"ops": csv(OPERATIONS)}, *given).rows == rows


def test_outputnew_fills_the_fields_that_are_not_there(csv):
    """Of several output fields each is left alone where the row has it."""
    table = ran("| lookup t k OUTPUTNEW v w", {"t": csv("k,v,w\na,1,2\n")}, {"k": "a", "v": "old"})
    assert table.rows == [{"k": "a", "v": "old", "w": "2"}]


def test_case_counts_unless_the_definition_says_else(csv):
    """case_sensitive_match is true by default."""
    given = {"Operation": "messageread"}
    assert ran("| lookup t Operation OUTPUT counted", {"t": csv(OPERATIONS)}, given).rows == [given]
    assert ran("| lookup t Operation OUTPUT counted", {"t": csv(OPERATIONS, case_sensitive=False)}, given).rows == [
        {**given, "counted": "0"}
    ]


def test_several_matches_make_multivalues(csv):
    """In table order, at most max_matches; two keys must match together."""
    text = "k,l,v\na,1,x\na,2,y\na,1,z\n"
    assert ran("| lookup t k OUTPUT v", {"t": csv(text)}, {"k": "a"}).rows == [{"k": "a", "v": ["x", "y", "z"]}]
    assert ran("| lookup t k OUTPUT v", {"t": csv(text, max_matches=1)}, {"k": "a"}).rows == [{"k": "a", "v": "x"}]
    assert ran("| lookup t k l OUTPUT v", {"t": csv(text)}, {"k": "a", "l": 1}).rows == [
        {"k": "a", "l": 1, "v": ["x", "z"]}
    ]


def test_a_multivalue_is_looked_up_value_by_value(csv):
    """The matches of all values are put together."""
    assert ran("| lookup t k OUTPUT v", {"t": csv("k,v\na,1\nb,2\n")}, {"k": ["b", "z", "a"]}).rows == [
        {"k": ["b", "z", "a"], "v": ["2", "1"]}
    ]


def test_default_match_fills_up_to_min_matches(csv):
    """Where fewer entries match."""
    lookup = csv("k,v\na,1\n", min_matches=1, default_match="none")
    assert ran("| lookup t k OUTPUT v", {"t": lookup}, {"k": "a"}, {"k": "b"}).rows == [
        {"k": "a", "v": "1"},
        {"k": "b", "v": "none"},
    ]


def test_reading_a_table(csv):
    """All entries with the table's columns; where takes a search expression."""
    table = ran("| inputlookup ops", {"ops": csv(OPERATIONS)})
    assert table.fields == ["Operation", "counted", "meaning"]
    assert len(table) == 3
    assert [
        row["Operation"] for row in ran("| inputlookup ops where counted=1 Operation=*listed", {"ops": csv(OPERATIONS)})
    ] == ["MessagesListed"]
    assert [row["Operation"] for row in ran("| inputlookup start=1 max=1 ops", {"ops": csv(OPERATIONS)})] == [
        "MessagesListed"
    ]


def test_append_keeps_the_rows_at_hand(csv):
    """Without it the command must come first."""
    lookups = {"t": csv("k\na\n")}
    assert ran("| inputlookup append=t t", lookups, {"k": "x"}).rows == [{"k": "x"}, {"k": "a"}]
    with pytest.raises(SyntaxFault, match="'inputlookup' must come first"):
        ran("| inputlookup t", lookups, {"k": "x"})


def test_a_changed_file_is_read_again(csv, tmp_path):
    """The table is that of the moment of the search."""
    lookup = csv("k\na\n")
    assert len(ran("| inputlookup t", {"t": lookup})) == 1
    (tmp_path / "t.csv").write_text("k\na\nb\n", encoding="utf-8")
    assert len(ran("| inputlookup t", {"t": lookup})) == 2


def test_cells_may_hold_commas_quotes_and_lines(csv):
    """As CSV has it; a mark at the start of the file is no part of the first name."""
    table = ran("| inputlookup t", {"t": csv('\ufeffk,v\n"a, ""b""","1\n2"\n')})
    assert table.rows == [{"k": 'a, "b"', "v": "1\n2"}]


def test_reading_hands_out_rows_of_its_own(csv):
    """A search cannot change the table in memory."""
    lookup = csv("k\na\n")
    ran("| inputlookup t", {"t": lookup}).rows[0]["k"] = "changed"
    assert lookup.rows() == [{"k": "a"}]


def test_writing_a_csv_table(csv):
    """Replaced by default, rows passed on; append adds under the file's own columns."""
    lookup = csv("k,v\na,1\n")
    assert ran("| outputlookup t", {"t": lookup}, {"v": "2", "m": ["x", "y"]}).rows == [{"v": "2", "m": ["x", "y"]}]
    assert (list(lookup.fields), lookup.rows()) == (["v", "m"], [{"v": "2", "m": "x\ny"}])
    ran("| outputlookup append=true t", {"t": lookup}, {"v": "3", "other": "lost"})
    assert lookup.rows() == [{"v": "2", "m": "x\ny"}, {"v": "3"}]


@pytest.mark.parametrize("option, left", [("", 0), ("override_if_empty=false", 1), ("append=t", 1)])
def test_no_rows_empty_the_table_unless_told(option, left):
    """override_if_empty is true by default."""
    documents = Documents({"_key": "1", "a": "x"})
    ran("| search a=none | outputlookup %s t" % option, {"t": KvLookup(documents, ["_key", "a"])}, {"a": "y"})
    assert len(documents.documents) == left


def test_a_collection_is_seen_through_its_fields():
    """Numbers, truth values, lists and objects as text; other fields and _key stay hidden unless listed."""
    lookup = KvLookup(
        Documents({"_key": "1", "n": 5.0, "b": True, "l": ["x", 2], "o": {"a": 1}, "z": None, "hidden": 1}),
        ["n", "b", "l", "o", "z"],
    )
    assert ran("| inputlookup t", {"t": lookup}).rows == [{"n": "5", "b": "true", "l": ["x", "2"], "o": '{"a":1}'}]
    assert KvLookup(Documents({"_key": "1"}), ["_key"]).rows() == [{"_key": "1"}]


def test_a_collection_is_looked_up():
    """By text, whatever the type in the store."""
    lookup = KvLookup(Documents({"_key": "1", "id": 7, "v": "x"}), ["id", "v"])
    assert ran("| lookup t id OUTPUT v", {"t": lookup}, {"id": "7"}).rows == [{"id": "7", "v": "x"}]


def test_writing_a_collection():
    """Only the listed fields, in the types of the collection; _key of the row, or of key_field, names the document."""
    documents = Documents({"_key": "old", "a": "1"})
    lookup = KvLookup(documents, ["a", "n", "b"], {"n": "number", "b": "bool"})
    ran("| outputlookup t", {"t": lookup}, {"_key": "k", "a": 5, "n": "7", "b": "true", "other": 1})
    assert documents.read() == [{"_key": "k", "a": "5", "n": 7, "b": True}]
    ran("| outputlookup append=t key_field=a t", {"t": lookup}, {"a": "k", "n": "x"}, {"a": "new"})
    assert documents.documents == {"k": {"_key": "k", "a": "k", "n": "x"}, "new": {"_key": "new", "a": "new"}}
    ran("| outputlookup append=true t", {"t": lookup}, {"a": "z"})
    assert len(documents.documents) == 3


@pytest.mark.parametrize(
    "spl, sentence",
    [
        ("| lookup nope k", "'nope' is not defined; known here: t"),
        ("| lookup t z", "'t' has no field 'z'; it has: k, v"),
        ("| lookup t k OUTPUT z", "has no field 'z'"),
        ("| lookup t", "needs a field to match"),
        ("| lookup t k OUTPUT", "fields after OUTPUT"),
        ("| lookup update=t t k", "'lookup' knows no option 'update'"),
        ("| outputlookup max=5 t", "no option 'max'"),
        ("| outputlookup key_field=k t", "only together with append=true"),
        ("| outputlookup append=t key_field=k t", "key_field is for KV-store"),
        ("| inputlookup append=t nope", "'nope' is not defined"),
    ],
)
def test_what_cannot_be_looked_up_is_said(csv, spl, sentence):
    """The lookup, the field or the option by name."""
    with pytest.raises((RunFault, SyntaxFault, Unsupported), match=sentence):
        ran(spl, {"t": csv("k,v\na,1\n")}, {"k": "a"})


def test_a_missing_file_is_said(tmp_path):
    """By its name."""
    with pytest.raises(RunFault, match=r"gone.csv does not exist"):
        ran("| inputlookup t", {"t": CsvLookup(tmp_path / "gone.csv")})


def test_inputlookup_takes_a_subsearch_in_where(csv):
    """Beside other conditions; without rows it matches nothing; it stands after where only."""
    lookups = {"ops": csv(OPERATIONS)}
    inner = "[| inputlookup ops where Operation=MessagesListed | fields Operation]"
    found = ran("| inputlookup ops where counted=1 " + inner, lookups)
    assert ["MessagesListed"] == [row["Operation"] for row in found]
    none = "[| inputlookup ops where Operation=nothing | fields Operation]"
    assert [] == ran("| inputlookup ops where counted=1 " + none, lookups).rows
    with pytest.raises(SyntaxFault, match="after where only"):
        ran("| inputlookup ops " + inner, lookups)
