"""The SQLite file under the KV store: connections, transactions, tables and the SQL of an access path.

Write-ahead logging lets readers go on beside one writer; every write takes the write lock at its start
(BEGIN IMMEDIATE), so that a read inside it is of the newest state. With synchronous=NORMAL an acknowledged
write outlives the death of the process, which is what the stand-in promises, not a power cut.
Connections are pooled: a thread borrows one for the length of an operation. Each process opens its own Database.

It does not know what a document means; documents come and go as JSON text.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import Dict, Generator, Iterator, List, Optional, Sequence, Tuple, Union

from .access import KeyRange, Keys, Probe, Union_
from .access import Path as AccessPath
from .errors import BadRequest

BUSY_SECONDS = 30.0  # how long a writer waits for another one
CACHE_KIB = 64 * 1024  # of a connection: keys come in no order, so pages of the whole index are met again and again
KEYS_IN_A_STATEMENT = 500  # SQLite before 3.32 takes at most 999 parameters
_SQL_OF = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

_TABLES = (
    """CREATE TABLE IF NOT EXISTS collections (
         id INTEGER PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL,
         UNIQUE (app, name))""",
    """CREATE TABLE IF NOT EXISTS documents (
         seq INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL,
         document TEXT NOT NULL, UNIQUE (collection, owner, key))""",
    """CREATE TABLE IF NOT EXISTS accelerated (
         collection INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
         PRIMARY KEY (collection, name, value, seq)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS accelerated_seq ON accelerated (seq)",
)
Row = Tuple[int, str]


class Database:
    """One file, any number of threads and processes."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self._lock = threading.Lock()
        self._idle: List[sqlite3.Connection] = []
        self._prepare()

    def _prepare(self) -> None:
        """Turn the file to WAL and make the tables; of two processes that do so at once SQLite may fail one."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                with self.read() as db:
                    db.execute("PRAGMA journal_mode = WAL").fetchone()
                with self.write() as db:
                    for statement in _TABLES:
                        db.execute(statement)
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(str(self.path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -%d" % CACHE_KIB)
        return db

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection; each statement sees the newest committed state."""
        with self._lock:
            db = self._idle.pop() if self._idle else None
        if db is None:
            db = self._connect()
        try:
            yield db
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            with self._lock:
                self._idle.append(db)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: all of it is kept, or nothing if an exception leaves the block."""
        with self.read() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()


class Pinned(Database):
    """The state of a database at one moment, to read only: later writes are not seen through it."""

    def __init__(self, source: Database):
        self.path = source.path
        self._turn = threading.RLock()
        self._db = self._connect()
        self._db.execute("BEGIN")
        self._db.execute("SELECT COUNT(*) FROM collections").fetchone()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            yield self._db

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        raise BadRequest("This view of the KV store is for reading only.")
        yield  # pragma: no cover - makes this function a generator, as contextmanager needs

    def close(self) -> None:
        self._db.close()


def rows(
    db: sqlite3.Connection,
    collection: int,
    owners: Sequence[str],
    path: AccessPath,
    *,
    by_key: int = 0,
    most: Optional[int] = None,
) -> Generator[Row, None, None]:
    """The (seq, document) of an access path, as first written, or by key if `by_key` is 1 or -1.

    Close it before the connection goes back: a cursor left open would hold the connection to an old state.
    """
    if isinstance(path, KeyRange):
        yield from _range(db, collection, owners, path, by_key, most)
        return
    found: Dict[int, Tuple[str, str]] = {}
    for part in path.parts if isinstance(path, Union_) else (path,):
        for seq, key, document in _leaf(db, collection, owners, part):
            found[seq] = (key, document)
    order = sorted(found, key=(lambda seq: found[seq][0]) if by_key else None, reverse=by_key < 0)
    yield from ((seq, found[seq][1]) for seq in order)


def _range(
    db: sqlite3.Connection, collection: int, owners: Sequence[str], path: KeyRange, by_key: int, most: Optional[int]
) -> Iterator[Row]:
    sql = ["SELECT seq, document FROM documents WHERE collection = ? AND owner IN", _marks(owners)]
    values: List[Union[int, str]] = [collection, *owners]
    for op, key in path.bounds:
        sql.append(f"AND key {_SQL_OF[op]} ?")
        values.append(key)
    sql.append({0: "ORDER BY seq", 1: "ORDER BY key, seq", -1: "ORDER BY key DESC, seq"}[by_key])
    if most is not None:
        sql.append("LIMIT ?")
        values.append(most)
    with contextlib.closing(db.execute(" ".join(sql), values)) as cursor:
        yield from cursor


def _leaf(
    db: sqlite3.Connection, collection: int, owners: Sequence[str], part: Union[Keys, Probe]
) -> Iterator[Tuple[int, str, str]]:
    if isinstance(part, Probe):
        sql = (
            "SELECT DISTINCT d.seq, d.key, d.document FROM accelerated a JOIN documents d ON d.seq = a.seq "
            "WHERE a.collection = ? AND a.name = ? AND a.value >= ? AND a.value < ? AND d.owner IN "
        )
        values = [collection, part.name, part.first, part.behind, *owners]
        yield from db.execute(sql + _marks(owners), values)
        return
    sql = "SELECT seq, key, document FROM documents WHERE collection = ? AND key IN "
    for start in range(0, len(part.keys), KEYS_IN_A_STATEMENT):
        some = part.keys[start : start + KEYS_IN_A_STATEMENT]
        yield from db.execute(sql + _marks(some) + " AND owner IN " + _marks(owners), [collection, *some, *owners])


def _marks(values: Sequence[str]) -> str:
    return "(" + ", ".join("?" * len(values)) + ")"
