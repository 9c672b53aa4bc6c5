"""The SQLite file under the KV store."""

import contextlib

import pytest

from sandbox.kv.access import KeyRange, Keys
from sandbox.kv.database import Database, rows


@pytest.fixture
def database(tmp_path):
    with contextlib.closing(Database(tmp_path / "kv.db")) as opened:
        yield opened


def put(db, *keys):
    db.executemany(
        "INSERT INTO documents (collection, owner, key, document) VALUES (1, 'o', ?, '{}')", [(key,) for key in keys]
    )


def keys(database):
    with database.read() as db:
        return [key for (key,) in db.execute("SELECT key FROM documents ORDER BY key").fetchall()]


def test_write_is_kept_whole_or_not_at_all(database):
    """An exception inside a write undoes all of it, and the next write works."""
    with pytest.raises(ZeroDivisionError), database.write() as db:
        put(db, "a", "b")
        raise ZeroDivisionError
    assert [] == keys(database)
    with database.write() as db:
        put(db, "c")
    assert ["c"] == keys(database)


def test_reader_does_not_wait_for_a_writer(database):
    """While a write is under way, others read the state before it."""
    with database.write() as db:
        put(db, "a")
        assert [] == keys(database)
    assert ["a"] == keys(database)


def test_more_keys_than_a_statement_takes(database):
    """Any number of keys can be asked for at once; those that are missing are left out."""
    wanted = [f"k{number:05d}" for number in range(2500)]
    with database.write() as db:
        put(db, *reversed(wanted))
        path = Keys((*wanted, "absent"))
        assert 2500 == len(list(rows(db, 1, ("o",), path)))
        assert [] == list(rows(db, 2, ("o",), path)) + list(rows(db, 1, ("p",), path))


@pytest.mark.parametrize("path", [KeyRange(), Keys(("b", "a", "c"))])
def test_rows_come_as_written_or_by_key(database, path):
    """The order is that of the first writing, or by key in either direction."""
    with database.write() as db:
        put(db, "b", "c", "a")
        order = {by_key: [seq for seq, _ in rows(db, 1, ("o",), path, by_key=by_key)] for by_key in (0, 1, -1)}
    assert {0: [1, 2, 3], 1: [3, 1, 2], -1: [2, 1, 3]} == order
