"""An app's macros and lookups, made of its configuration and of the KV store.

Sources: macros.conf.spec, transforms.conf.spec, collections.conf.spec. A lookup definition is a CSV file (filename)
or a collection (external_type = kvstore); a CSV file can also be named itself. Collections hold their documents
under the owner nobody.
Inferred: CSV lookups of a definition match with case unless case_sensitive_match = false.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Protocol

from ..conf import App, Stanza
from .errors import Unsupported
from .lookups import MAX_MATCHES, CsvLookup, KvLookup, Lookup, MatchOptions
from .macros import Macro

NOBODY = "nobody"
REFUSED = ("external_cmd", "match_type", "time_field", "filter", "advanced_filter")
_YES = ("1", "true", "t", "yes", "y")


class Store(Protocol):
    """What is needed of the KV store; sandbox/kv/store.py is one."""

    limits: Any

    def find_all(self, app: str, owner: str, collection: str) -> List[Dict[str, Any]]:
        """Every document of a collection."""

    def batch_save(self, app: str, owner: str, collection: str, documents: List[Dict[str, Any]]) -> List[str]:
        """Inserts or replaces documents."""

    def delete_query(self, app: str, owner: str, collection: str, query: Optional[Mapping[str, Any]] = None) -> int:
        """Deletes documents."""


class StoredCollection:
    """A collection of an app in the KV store, as lookups use it."""

    def __init__(self, store: Store, app: str, name: str, owner: str = NOBODY) -> None:
        self._store, self._place = store, (app, owner, name)

    def read(self) -> List[Dict[str, Any]]:
        """Every document."""
        return self._store.find_all(*self._place)

    def replace_all(self, documents: List[Dict[str, Any]]) -> None:
        """These documents and no other."""
        self._store.delete_query(*self._place)
        self.save(documents)

    def save(self, documents: List[Dict[str, Any]]) -> None:
        """Inserts or replaces, in batches that the store takes."""
        size = self._store.limits.max_documents_per_batch_save
        for start in range(0, len(documents), size):
            self._store.batch_save(*self._place, documents[start : start + size])


def macros(app: App) -> Dict[str, Macro]:
    """The app's macros by stanza name, such as base or base(2)."""
    found = {}
    for name, settings in app.conf("macros").items():
        arguments = tuple(part.strip() for part in settings.get("args", "").split(",") if part.strip())
        found[name] = Macro(
            settings.get("definition", ""),
            arguments,
            settings.get("validation", ""),
            settings.get("errormsg", ""),
            _yes(settings, "iseval"),
        )
    return found


def lookups(app: App, store: Optional[Store] = None) -> Dict[str, Lookup]:
    """The app's lookup definitions by name, and its CSV files by file name."""
    found: Dict[str, Lookup] = {path.name: CsvLookup(path) for path in sorted((app.path / "lookups").glob("*.csv"))}
    for name, settings in app.conf("transforms").items():
        if settings.get("external_type") == "kvstore":
            if store is not None:
                found[name] = _kv_lookup(app, name, settings, store)
        elif "filename" in settings:
            found[name] = CsvLookup(app.lookup_file(settings["filename"]), _options(name, settings))
    return found


def _kv_lookup(app: App, name: str, settings: Stanza, store: Store) -> KvLookup:
    collection = settings.get("collection", "")
    fields = [part.strip() for part in settings.get("fields_list", "").split(",") if part.strip()]
    types = {
        key[len("field.") :]: kind
        for key, kind in app.collections().get(collection, {}).items()
        if key.startswith("field.")
    }
    return KvLookup(StoredCollection(store, app.name, collection), fields, types, _options(name, settings))


def _options(name: str, settings: Stanza) -> MatchOptions:
    for key in REFUSED:
        if settings.get(key):
            raise Unsupported(
                "The lookup '%s' sets %s in transforms.conf, which this stand-in does not know." % (name, key)
            )
    return MatchOptions(
        case_sensitive=_yes(settings, "case_sensitive_match", "true"),
        max_matches=int(settings.get("max_matches", MAX_MATCHES)),
        min_matches=int(settings.get("min_matches", 0)),
        default_match=settings.get("default_match", ""),
    )


def _yes(settings: Stanza, key: str, default: str = "false") -> bool:
    return settings.get(key, default).strip().lower() in _YES
