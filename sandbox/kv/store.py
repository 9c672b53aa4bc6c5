"""KVStore: the operations of the KV store, by name.

Documents are JSON objects under (app, owner, collection, `_key`); owner `nobody` is the shared space. Writes replace
whole documents, the last writer wins, and nothing compares before it sets; an insert alone fails when the
key is taken. An answer over max_rows_per_query or max_size_per_result_mb is CUT, and only the log says so.

It knows nothing of HTTP, accounts and permissions (sandbox/rest), nor of conf files.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence, Tuple

from . import definitions, shaping
from .cutting import Cutter
from .database import Database, Pinned
from .definitions import Definition
from .documents import Entry, accelerated, prepared
from .errors import BadRequest, KeyExists, LimitExceeded, NotFound
from .limits import DEFAULTS, MEBIBYTE, Limits
from .query import kind
from .reading import Document, Search, matching, read

_definition = lru_cache(maxsize=256)(Definition.from_json)


class KVStore:
    """All collections of one search head, in one SQLite file; safe for several threads and processes."""

    def __init__(self, path: Path, limits: Limits = DEFAULTS):
        self._open(Database(path), limits)

    def _open(self, database: Database, limits: Limits) -> None:
        self.limits = limits
        self._database = database

    def snapshot(self) -> "KVStore":
        """The store as it is now, to read only: what a cluster member sees that lags behind."""
        store = KVStore.__new__(KVStore)
        store._open(Pinned(self._database), self.limits)
        return store

    def close(self) -> None:
        self._database.close()

    # ------------------------------------------------------------------ definitions

    def define(
        self,
        app: str,
        collection: str,
        field_types: Optional[Mapping[str, str]] = None,
        accelerations: Optional[Mapping[str, Any]] = None,
        enforce_types: bool = False,
    ) -> Definition:
        """Create a collection or change its definition; documents stay as they are."""
        definition = definitions.checked(app, collection, field_types, accelerations, enforce_types, self.limits)
        with self._database.write() as db:
            before = db.execute(
                "SELECT definition FROM collections WHERE app = ? AND name = ?", (app, collection)
            ).fetchone()
            db.execute(
                "INSERT INTO collections (app, name, definition) VALUES (?, ?, ?) "
                "ON CONFLICT (app, name) DO UPDATE SET definition = excluded.definition",
                (app, collection, definition.to_json()),
            )
            number, _ = self._collection(db, app, collection)
            if before and _definition(app, collection, before[0]).accelerations == definition.accelerations:
                return definition
            db.execute("DELETE FROM accelerated WHERE collection = ?", (number,))
            for seq, text in db.execute(
                "SELECT seq, document FROM documents WHERE collection = ?", (number,)
            ).fetchall():
                self._accelerate(db, number, seq, accelerated(definition, json.loads(text)))
        return definition

    def definition(self, app: str, collection: str) -> Definition:
        """What a collection declares; NotFound if the app has no such collection."""
        with self._database.read() as db:
            return self._collection(db, app, collection)[1]

    def definitions(self, app: Optional[str] = None) -> List[Definition]:
        """All collections, or those of one app, by app and name."""
        with self._database.read() as db:
            found = db.execute("SELECT app, name, definition FROM collections ORDER BY app, name").fetchall()
        return [_definition(*each) for each in found if app is None or each[0] == app]

    def drop(self, app: str, collection: str) -> None:
        """Remove a collection with all its documents."""
        with self._database.write() as db:
            number, _ = self._collection(db, app, collection)
            for table, column in (("accelerated", "collection"), ("documents", "collection"), ("collections", "id")):
                db.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))  # noqa: S608 - names of ours

    def _collection(self, db: sqlite3.Connection, app: str, collection: str) -> Tuple[int, Definition]:
        found = db.execute(
            "SELECT id, definition FROM collections WHERE app = ? AND name = ?", (app, collection)
        ).fetchone()
        if found is None:
            raise NotFound(f"Collection '{collection}' does not exist in app '{app}'.")
        return found[0], _definition(app, collection, found[1])

    # ------------------------------------------------------------------ reading

    def get(self, app: str, owner: str, collection: str, key: str) -> Document:
        """One document; NotFound if there is none."""
        with self._database.read() as db:
            number, _ = self._collection(db, app, collection)
            found = db.execute(
                "SELECT document FROM documents WHERE collection = ? AND owner = ? AND key = ?", (number, owner, key)
            ).fetchone()
        if found is None:
            raise NotFound()
        return json.loads(found[0])

    def find(
        self,
        app: str,
        owner: str,
        collection: str,
        query: Optional[Mapping[str, Any]] = None,
        *,
        sort: shaping.Spec = None,
        limit: Any = 0,
        skip: Any = 0,
        fields: shaping.Spec = None,
        shared: bool = False,
    ) -> List[Document]:
        """The matching documents, CUT without a word where limits.conf says so."""
        search = Search(query, sort, limit, skip, fields, shared)
        return self._read(app, owner, collection, search, Cutter(self.limits).cut)

    def find_all(
        self,
        app: str,
        owner: str,
        collection: str,
        query: Optional[Mapping[str, Any]] = None,
        *,
        sort: shaping.Spec = None,
        limit: Any = 0,
        skip: Any = 0,
        fields: shaping.Spec = None,
    ) -> List[Document]:
        """The matching documents, never cut: the way of lookups inside splunkd, which no REST limit bounds."""
        return self._read(app, owner, collection, Search(query, sort, limit, skip, fields), list)

    def batch_find(
        self, app: str, owner: str, collection: str, queries: Sequence[Mapping[str, Any]]
    ) -> List[List[Document]]:
        """The answers to several queries, in order; each is an object of `query sort limit skip fields shared`."""
        most = self.limits.max_queries_per_batch
        if not isinstance(queries, (list, tuple)) or not all(isinstance(each, dict) for each in queries):
            raise BadRequest('A batch find takes an array of objects, such as [{"query": {"a": 1}}].')
        if len(queries) > most:
            raise LimitExceeded("Too many queries for a single batch find", "max_queries_per_batch", most)
        unknown = sorted({name for each in queries for name in each} - set(Search._fields))
        if unknown:
            raise BadRequest(
                f"Unknown parts of a query in a batch find: {', '.join(unknown)}; allowed: {', '.join(Search._fields)}."
            )
        keep = Cutter(self.limits).cut
        with self._database.read() as db:
            place = self._collection(db, app, collection)
            return [self._kept(db, place, owner, Search(**each), keep) for each in queries]

    def _read(
        self,
        app: str,
        owner: str,
        collection: str,
        search: Search,
        keep: Callable[[Iterable[Document]], List[Document]],
    ) -> List[Document]:
        with self._database.read() as db:
            return self._kept(db, self._collection(db, app, collection), owner, search, keep)

    @staticmethod
    def _kept(
        db: sqlite3.Connection,
        place: Tuple[int, Definition],
        owner: str,
        search: Search,
        keep: Callable[[Iterable[Document]], List[Document]],
    ) -> List[Document]:
        with contextlib.closing(read(db, *place, owner, search)) as found:
            return keep(found)

    # ------------------------------------------------------------------ writing

    def insert(self, app: str, owner: str, collection: str, document: Mapping[str, Any]) -> str:
        """Write a new document and return its key; KeyExists if the key is taken."""
        with self._database.write() as db:
            number, definition = self._collection(db, app, collection)
            entry = prepared(definition, self.limits, owner, document)
            try:
                cursor = db.execute(
                    "INSERT INTO documents (collection, owner, key, document) VALUES (?, ?, ?, ?)",
                    (number, owner, entry.key, entry.text),
                )
            except sqlite3.IntegrityError:
                raise KeyExists() from None
            self._accelerate(db, number, cursor.lastrowid, entry.accelerated)
        return entry.key

    def replace(self, app: str, owner: str, collection: str, key: str, document: Mapping[str, Any]) -> str:
        """Put a whole document in the place of an existing one; NotFound if there is none."""
        with self._database.write() as db:
            number, definition = self._collection(db, app, collection)
            entry = prepared(definition, self.limits, owner, document, key)
            found = db.execute(
                "SELECT 1 FROM documents WHERE collection = ? AND owner = ? AND key = ?", (number, owner, key)
            ).fetchone()
            if found is None:
                raise NotFound()
            self._upsert(db, number, owner, entry)
        return key

    def batch_save(self, app: str, owner: str, collection: str, documents: Sequence[Mapping[str, Any]]) -> List[str]:
        """Write every document, new or in the place of the one of its key; the keys, in order."""
        most = self.limits.max_documents_per_batch_save
        if not isinstance(documents, (list, tuple)):
            raise BadRequest(f"A batch save takes an array of documents, not {kind(documents)}.")
        if len(documents) > most:
            raise LimitExceeded("Too many documents for a single batch save", "max_documents_per_batch_save", most)
        with self._database.write() as db:
            number, definition = self._collection(db, app, collection)
            entries = [prepared(definition, self.limits, owner, each) for each in documents]
            if sum(each.size for each in entries) > self.limits.max_size_per_batch_save_mb * MEBIBYTE:
                raise LimitExceeded(
                    "Too large a single batch save",
                    "max_size_per_batch_save_mb",
                    self.limits.max_size_per_batch_save_mb,
                )
            for entry in entries:
                self._upsert(db, number, owner, entry)
        return [entry.key for entry in entries]

    def delete(self, app: str, owner: str, collection: str, key: str) -> None:
        """Remove one document; NotFound if there is none."""
        if not self.delete_query(app, owner, collection, {"_key": key}):
            raise NotFound()

    def delete_query(self, app: str, owner: str, collection: str, query: Optional[Mapping[str, Any]] = None) -> int:
        """Remove what matches, all of the owner's documents without a query; how many they were."""
        with self._database.write() as db:
            number, definition = self._collection(db, app, collection)
            gone = [(seq,) for seq, _ in matching(db, number, definition, (owner,), query)]
            db.executemany("DELETE FROM accelerated WHERE seq = ?", gone)
            db.executemany("DELETE FROM documents WHERE seq = ?", gone)
        return len(gone)

    def _upsert(self, db: sqlite3.Connection, number: int, owner: str, entry: Entry) -> None:
        db.execute(
            "INSERT INTO documents (collection, owner, key, document) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (collection, owner, key) DO UPDATE SET document = excluded.document",
            (number, owner, entry.key, entry.text),
        )
        if entry.accelerated:
            (seq,) = db.execute(
                "SELECT seq FROM documents WHERE collection = ? AND owner = ? AND key = ?", (number, owner, entry.key)
            ).fetchone()
            before = db.execute("SELECT name, value FROM accelerated WHERE seq = ?", (seq,)).fetchall()
            if sorted(before) != sorted(set(entry.accelerated)):
                db.execute("DELETE FROM accelerated WHERE seq = ?", (seq,))
                self._accelerate(db, number, seq, entry.accelerated)

    @staticmethod
    def _accelerate(db: sqlite3.Connection, number: int, seq: int, accelerated: List[Tuple[str, str]]) -> None:
        db.executemany(
            "INSERT OR IGNORE INTO accelerated (collection, name, value, seq) VALUES (?, ?, ?, ?)",
            [(number, name, value, seq) for name, value in accelerated],
        )
