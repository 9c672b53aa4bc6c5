"""The tables that ship with the app, read from a folder."""

import pytest

from teams_export_guard.errors import AsnTableError, TableError
from teams_export_guard.privileged import Assignment
from teams_export_guard.tables import OPERATIONS, PRIVILEGED_ROLES, Tables
from tests.conftest import ROOT


def folder(tmp_path, name, text, encoding="utf-8"):
    (tmp_path / "lookups").mkdir(exist_ok=True)
    (tmp_path / "lookups" / name).write_bytes(text.encode(encoding))
    return Tables(tmp_path)


def admin(role):
    return Assignment("*", "u", "", "", role, "", "active", 0, 0)


def test_shipped_tables_can_be_read():
    """The lookups of this repository: two counted operations, and Global Administrator is privileged."""
    tables = Tables(ROOT)
    assert frozenset({"MessagesExported", "MessagesListed"}) == tables.operations()
    assert [True, False] == [
        tables.roles().is_privileged(admin(role)) for role in ("global administrator", "Reports Reader")
    ]


def test_counted_operations(tmp_path):
    """Those with counted=1; other columns are not looked at."""
    tables = folder(tmp_path, OPERATIONS, "Operation,note,counted\nA,x,1\nB,,0\nC,,1\n")
    assert frozenset("AC") == tables.operations()


@pytest.mark.parametrize("text", ["Operation,counted\r\nA,1\r\n", "\ufeffOperation,counted\nA,1\n",
"Operation,counted\nA,1\n\n,\n"])
def test_files_of_other_programs(tmp_path, text):
    """Windows line ends, a byte order mark and empty lines are no faults."""
    assert frozenset("A") == folder(tmp_path, OPERATIONS, text).operations()


@pytest.mark.parametrize(
    "text, said",
    [
        ("Operation,counted\nA,1\nB,yes\nC,\n", r"has 2 bad rows \(line 3: counted: 'yes'"),
        ("Operation,counted\n,1\n", r"has 1 bad rows \(line 2: Operation: ''"), ("Operation,counted\nA\n",
        r"line 2: counted: None"),
        ("Operation\nA\n", "'counted' is a required property"), ("Operation,counted\n", "is a required property"), ("",
        "required"),
    ],
)
def test_bad_operations(tmp_path, text, said):
    """A bad row, a column that is missing, no rows: said with the line and the reason."""
    with pytest.raises(TableError, match=said):
        folder(tmp_path, OPERATIONS, text).operations()


def test_bad_roles(tmp_path):
    """Roles are held to their schema too."""
    good = "role,role_template_id,privileged\nAdmin,,1\n"
    assert folder(tmp_path, PRIVILEGED_ROLES, good).roles().is_privileged(admin("Admin"))
    with pytest.raises(TableError, match="line 3: privileged: '2'"):
        folder(tmp_path, PRIVILEGED_ROLES, good + "X,,2\n").roles()


def test_file_that_is_missing(tmp_path):
    """Said with its name."""
    with pytest.raises(TableError, match=r"lookup teams_export_operations\.csv cannot be read"):
        Tables(tmp_path).operations()


def test_file_in_another_encoding(tmp_path):
    """Bytes that are no UTF-8 are a fault of the file."""
    with pytest.raises(TableError, match="cannot be read"):
        folder(tmp_path, OPERATIONS, "Operation,counted\né,1\n", "latin-1").operations()


def test_networks_need_the_compiled_table(tmp_path):
    """Without the file the package is incomplete, which is said."""
    with pytest.raises(AsnTableError, match=r"teams_export_asn\.bin is missing"):
        Tables(tmp_path).networks()


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    """A folder that is not there is no fault until then."""
    Tables(tmp_path / "none")
