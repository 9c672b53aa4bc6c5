"""Lookup tables: CSV files and KV-store collections behind one port, and how a row is matched against them.

Sources: transforms.conf.spec (max_matches 1000, min_matches 0, default_match, case_sensitive_match true); Search
Reference "lookup", "inputlookup", "outputlookup". A matching entry's values are added; several entries make
multivalues; where fewer than min_matches match, default_match is given.
Inferred: an empty cell of a CSV file is an absent field; a KV true or false reads "true" or "false"; the KV store
keeps no empty text of ours as absent.
Not here: match_type, time fields, external and geo lookups: refused when the definition is read.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Protocol, Sequence, Tuple

from .errors import RunFault
from .table import Row
from .values import Value, multi, number, shown, text, texts

MAX_MATCHES = 1000  # transforms.conf.spec, max_matches


@dataclass(frozen=True)
class MatchOptions:
    """How a lookup definition matches."""

    case_sensitive: bool = True
    max_matches: int = MAX_MATCHES
    min_matches: int = 0
    default_match: str = ""


class Lookup(Protocol):
    """One lookup definition."""

    options: MatchOptions

    @property
    def fields(self) -> Sequence[str]:
        """The columns, in order."""

    def rows(self) -> List[Row]:
        """All entries in order; the caller changes none."""

    def write(self, rows: Iterable[Row], fields: Sequence[str], append: bool, key_field: Optional[str]) -> None:
        """Replaces the table, or adds to it."""


class Collection(Protocol):
    """What a KV lookup needs of a KV-store collection."""

    def read(self) -> List[Dict[str, Any]]:
        """Every document, with _key."""

    def replace_all(self, documents: List[Dict[str, Any]]) -> None:
        """Empties the collection and fills it."""

    def save(self, documents: List[Dict[str, Any]]) -> None:
        """Inserts the documents, replacing those with the same _key."""


class CsvLookup:
    """A CSV file with a header row. It is read again when the file has changed."""

    def __init__(self, path: Path, options: MatchOptions = MatchOptions()) -> None:
        self.path, self.options = path, options
        self._stamp: Tuple[int, int] = (-1, -1)
        self._fields: List[str] = []
        self._rows: List[Row] = []

    @property
    def fields(self) -> List[str]:
        """The header row."""
        self._load()
        return self._fields

    def rows(self) -> List[Row]:
        """See Lookup."""
        self._load()
        return self._rows

    def _load(self) -> None:
        try:
            state = self.path.stat()
        except FileNotFoundError:
            raise RunFault("The lookup file %s does not exist." % self.path.name) from None
        stamp = (state.st_mtime_ns, state.st_size)
        if stamp == self._stamp:
            return
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            self._fields = next(reader, [])
            self._rows = [
                {name: cell for name, cell in zip(self._fields, line) if cell != ""} for line in reader if line
            ]
        self._stamp = stamp

    def write(self, rows: Iterable[Row], fields: Sequence[str], append: bool, key_field: Optional[str]) -> None:
        """See Lookup. Inferred: appending keeps the file's columns; a multivalue's values are lines of one cell."""
        if key_field:
            raise RunFault("The lookup %s is a CSV file; key_field is for KV-store lookups." % self.path.name)
        kept: List[Row] = list(self.rows()) if append and self.path.exists() else []
        columns = list(self._fields) if kept else list(fields)
        with self.path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([text(row.get(name)) or "" for name in columns] for row in [*kept, *rows])


class KvLookup:
    """A KV-store collection, seen through the fields_list of its definition."""

    def __init__(
        self,
        collection: Collection,
        fields: Sequence[str],
        types: Mapping[str, str] = {},
        options: MatchOptions = MatchOptions(),
    ) -> None:
        self.fields, self.options = list(fields), options
        self._collection, self._types = collection, types

    def rows(self) -> List[Row]:
        """See Lookup."""
        out: List[Row] = []
        for document in self._collection.read():
            row = {name: _read(document.get(name)) for name in self.fields}
            out.append({name: value for name, value in row.items() if value is not None})
        return out

    def write(self, rows: Iterable[Row], fields: Sequence[str], append: bool, key_field: Optional[str]) -> None:
        """See Lookup. With key_field, that field's value becomes the document's _key."""
        documents = []
        for row in rows:
            document = {name: self._typed(name, row[name]) for name in self.fields if row.get(name) is not None}
            key = row.get(key_field) if key_field else row.get("_key")
            if key is not None:
                document["_key"] = str(text(key))
            documents.append(document)
        if append:
            self._collection.save(documents)
        else:
            self._collection.replace_all(documents)

    def _typed(self, name: str, value: Value) -> Any:
        kind = self._types.get(name, "string")
        if isinstance(value, list):
            return list(value)
        if kind in ("number", "time"):
            figure = number(value)
            return value if figure is None else figure
        if kind == "bool":
            return {"true": True, "1": True, "false": False, "0": False}.get(str(text(value)).lower(), value)
        return text(value)


class ReadOnly:
    """A lookup as those see it who may not write what is behind it. Unknown: how splunkd words the refusal."""

    def __init__(self, name: str, lookup: Lookup) -> None:
        self._name, self._lookup, self.options = name, lookup, lookup.options

    @property
    def fields(self) -> Sequence[str]:
        """See Lookup."""
        return self._lookup.fields

    def rows(self) -> List[Row]:
        """See Lookup."""
        return self._lookup.rows()

    def write(self, rows: Iterable[Row], fields: Sequence[str], append: bool, key_field: Optional[str]) -> None:
        """Refuses."""
        raise RunFault("The search's owner may read the lookup '%s' but not write it." % self._name)


def _read(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return shown(value)
    if isinstance(value, list):
        return multi([one for item in value for one in texts(_read(item))])
    return json.dumps(value, separators=(",", ":"))


class Matcher:
    """A lookup's entries, indexed by the fields that a search matches on."""

    def __init__(self, lookup: Lookup, keys: Sequence[str]) -> None:
        self._options = lookup.options
        self._fold: Callable[[str], str] = str if lookup.options.case_sensitive else str.lower
        self._index: Dict[Tuple[str, ...], List[Row]] = {}
        for entry in lookup.rows():
            own = tuple(self._fold(str(text(entry.get(key)) or "")) for key in keys)
            self._index.setdefault(own, []).append(entry)

    def find(self, values: Sequence[str]) -> List[Row]:
        """The matching entries, in table order, at most max_matches."""
        return self._index.get(tuple(self._fold(value) for value in values), [])[: self._options.max_matches]
