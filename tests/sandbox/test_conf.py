"""Facts about reading an app's configuration, and about macros and lookups made of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sandbox.conf import SAVED_SEARCH, App, ConfError, Permissions, overlaid, parse
from sandbox.spl import Context, SplError, Unsupported, knowledge, run


@pytest.fixture
def app(tmp_path):
    def write(**files):
        for name, text in files.items():
            folder, _, leaf = name.partition("__")
            path = tmp_path / "my_app" / folder / leaf.replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return App(tmp_path / "my_app")

    return write


def test_settings_stand_under_stanzas():
    """Blanks round names and values go; a value may hold = and #; an empty value is kept."""
    assert parse("[a b]\nx = 1 # 2\n  y=p = q\nz =\n\n# note\n   # note\n[empty]\n") == {
        "a b": {"x": "1 # 2", "y": "p = q", "z": ""},
        "empty": {},
    }


def test_a_stanza_name_may_hold_brackets():
    """Up to the last bracket."""
    assert parse("[role(1)]\na=1\n[x[y]]\n") == {"role(1)": {"a": "1"}, "x[y]": {}}


def test_a_backslash_goes_on_in_the_next_line():
    """The lines are joined by a line feed; a # inside is part of the value, and the file may end there."""
    assert parse("[s]\nsearch = a \\\n | b \\\n# c\nd = 1\n")["s"] == {"search": "a \n | b \n# c", "d": "1"}
    assert parse("[s]\na = 1\\")["s"] == {"a": "1"}


def test_the_last_setting_of_a_name_counts():
    """Within a stanza, and when a stanza comes again."""
    assert parse("[s]\na=1\na=2\n[t]\n[s]\nb=3\n") == {"s": {"a": "2", "b": "3"}, "t": {}}


@pytest.mark.parametrize(
    "text, sentence", [("[s\n", "macros.conf, line 1"), ("[s]\n\njunk\n", "line 3"), ("= 5", "neither")]
)
def test_what_is_no_setting_is_refused(text, sentence):
    """With the file's name and line."""
    with pytest.raises(ConfError, match=sentence):
        parse(text, "macros.conf")


def test_default_holds_for_every_stanza():
    """What stands before the first stanza too; a stanza's own setting wins."""
    assert overlaid([parse("a = 0\n[default]\nb = 0\n[s]\nb = 1\n[t]\n")]) == {
        "s": {"a": "0", "b": "1"},
        "t": {"a": "0", "b": "0"},
    }


def test_local_wins_over_default_setting_by_setting(app):
    """A stanza may stand in either."""
    found = app(
        default__macros_dot_conf="[m]\ndefinition = a\ndescription = d\n",
        local__macros_dot_conf="[m]\ndefinition = b\n[n]\ndefinition=c\n",
    )
    assert found.conf("macros") == {"m": {"definition": "b", "description": "d"}, "n": {"definition": "c"}}


def test_a_missing_file_is_empty(app):
    """Not every app has every file; a missing stanza is said."""
    assert app(default__app_dot_conf="").conf("macros") == {}
    with pytest.raises(ConfError, match=r"macros.conf of the app my_app has no stanza \[x\]; it has: none"):
        app(default__app_dot_conf="").settings("macros", "x")


def test_a_changed_file_is_seen_at_once(app):
    """A file is parsed once for a text, so another text of the same length counts; who asks gets a copy of his own."""
    mine = app(default__app_dot_conf="[a]\nx = 1\n")
    mine.conf("app")["a"]["x"] = "changed"
    assert {"a": {"x": "1"}} == mine.conf("app")
    assert {"a": {"x": "2"}} == app(default__app_dot_conf="[a]\nx = 2\n").conf("app") == mine.conf("app")


def test_a_mark_at_the_start_of_a_file_is_no_part_of_it(app):
    """A file saved with a byte-order mark reads the same."""
    assert app(default__macros_dot_conf="\ufeff[m]\na=1\n").conf("macros") == {"m": {"a": "1"}}


def test_saved_searches_have_their_defaults(app):
    """Every setting of the table is there; own settings, known or not, are kept."""
    found = app(
        default__savedsearches_dot_conf="[S 1]\nsearch = x\nalert.severity = 5\naction.x = 1\n"
    ).saved_searches()
    assert found == {"S 1": {**SAVED_SEARCH, "search": "x", "alert.severity": "5", "action.x": "1"}}
    assert (found["S 1"]["enableSched"], found["S 1"]["counttype"], found["S 1"]["alert.expires"]) == (
        "0",
        "always",
        "24h",
    )


META = """[]
access = read : [ * ], write : [ admin, sc_admin ]
export = none
[macros]
export = system
[savedsearches/My%20Search]
access = read : [ power ], write : [ power ]
"""


@pytest.mark.parametrize(
    "kind, name, right, roles",
    [
        ("macros", "m", "read", ("*",)),
        ("macros", "m", "write", ("admin", "sc_admin")),
        ("savedsearches", "My Search", "read", ("power",)),
        ("savedsearches", "Other", "write", ("admin", "sc_admin")),
    ],
)
def test_the_most_special_stanza_counts(kind, name, right, roles):
    """Object, kind, app, in that order."""
    assert Permissions(parse(META)).roles(kind, name, right) == roles


def test_rights_belong_to_roles():
    """* is everybody; without a stanza everybody reads and admin writes."""
    rights = Permissions(parse(META))
    assert rights.allows("macros", "m", "read", ["user"])
    assert not rights.allows("macros", "m", "write", ["user", "power"])
    assert rights.allows("macros", "m", "write", ["user", "admin"])
    assert not rights.allows("savedsearches", "My Search", "read", ["user"])
    assert Permissions({}).roles("x", "y", "write") == ("admin",)


def test_export_is_said_per_kind():
    """system shows the object to other apps, none does not."""
    rights = Permissions(parse(META))
    assert rights.exported("macros", "m")
    assert not rights.exported("lookups", "l")


def test_local_permissions_win(app):
    """local.meta over default.meta."""
    found = app(
        metadata__default_dot_meta=META,
        metadata__local_dot_meta="[macros/m]\naccess = read : [ user ], write : [ user ]\n",
    )
    assert found.permissions().roles("macros", "m", "write") == ("user",)


def test_macros_of_an_app(app):
    """Arguments in order; iseval and validation are carried along."""
    found = knowledge.macros(
        app(
            default__macros_dot_conf="[m(2)]\nargs = a, b\ndefinition = $a$ $b$\niseval = 1\n"
            "validation = v\nerrormsg = e\n[n]\n"
        )
    )
    assert found["m(2)"].arguments == ("a", "b")
    assert (found["m(2)"].iseval, found["m(2)"].validation, found["m(2)"].errormsg) == (True, "v", "e")
    assert found["n"].definition == ""


class Store:
    """A KV store of one list, with a small batch size."""

    limits = SimpleNamespace(max_documents_per_batch_save=2)

    def __init__(self):
        self.documents, self.sizes = {}, []

    def find_all(self, app, owner, collection):
        assert (app, owner, collection) == ("my_app", "nobody", "things")
        return list(self.documents.values())

    def batch_save(self, app, owner, collection, documents):
        self.sizes.append(len(documents))
        for document in documents:
            self.documents[document["_key"]] = document
        return list(self.documents)

    def delete_query(self, app, owner, collection, query=None):
        self.documents.clear()
        return 0


TRANSFORMS = """[ops]
filename = ops.csv
case_sensitive_match = false
max_matches = 1
[things]
external_type = kvstore
collection = things
fields_list = _key, n, t
[extraction]
REGEX = x
"""


def test_lookups_of_an_app(app):
    """CSV definitions, CSV files by name, and collections through the store; other transforms are no lookups."""
    store = Store()
    found = knowledge.lookups(
        app(
            default__transforms_dot_conf=TRANSFORMS,
            default__collections_dot_conf="[things]\nfield.n = number\n",
            lookups__ops_dot_csv="Op,v\nA,1\nA,2\n",
        ),
        store,
    )
    assert sorted(found) == ["ops", "ops.csv", "things"]
    assert run('| makeresults | eval Op="a" | lookup ops Op OUTPUT v | table v', Context(lookups=found)).rows == [
        {"v": "1"}
    ]
    assert len(run("| inputlookup ops.csv", Context(lookups=found))) == 2
    run(
        "| makeresults count=5 | streams | outputlookup things",
        Context(
            lookups=found,
            commands=["streams"],
            run_custom=lambda *_: [{"_key": "k%d" % place, "n": str(place), "t": place} for place in range(5)],
        ),
    )
    assert store.documents["k4"] == {"_key": "k4", "n": 4, "t": "4"}
    assert store.sizes == [2, 2, 1]
    assert run("| inputlookup things where n>3", Context(lookups=found)).rows == [{"_key": "k4", "n": "4", "t": "4"}]


def test_without_a_store_there_are_no_collections(app):
    """Static checks do without one."""
    assert sorted(knowledge.lookups(app(default__transforms_dot_conf=TRANSFORMS))) == ["ops"]


def test_match_types_are_refused(app):
    """A lookup by network or wildcard would match otherwise here; the sentence names definition and setting."""
    with pytest.raises(Unsupported, match="'ops' sets match_type"):
        knowledge.lookups(app(default__transforms_dot_conf="[ops]\nfilename = ops.csv\nmatch_type = CIDR(ip)\n"))
    assert issubclass(Unsupported, SplError)
