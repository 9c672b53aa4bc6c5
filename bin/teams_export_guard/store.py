"""The port to the KV store, and the store in memory that states its contract.

A document is a dict with ``_key``. Whole documents are replaced; there is no compare-and-swap, and
``insert`` is the only call that can tell "already there". ``kvstore.KVStore`` speaks to splunkd;
``MemoryStore`` serves backtests without a store, and tests. Knows nothing of what documents mean.
"""

import operator
from typing import Callable, Dict, Iterator, List, Mapping, Protocol, Sequence

_ORDERINGS = {"$lt": operator.lt, "$gt": operator.gt}


class DocumentStore(Protocol):
    """What the app needs of the KV store. Every call raises StoreError if the answer cannot be trusted."""

    def get(self, collection: str, keys: Sequence[str]) -> Dict[str, dict]:
        """The documents with these ``_key``s, by key; a key without a document is left out."""

    def each(self, collection: str, keys: Sequence[str]) -> Iterator[dict]:
        """The same documents one after the other, each once, in any order: for many of which few are kept."""

    def keys_where(self, collection: str, queries: Sequence[Mapping]) -> List[str]:
        """The ``_key``s of all documents that match any of ``queries``.

        A query is field to value, or to ``{"$lt": number}`` or ``{"$gt": number}``; all must hold. A field that is
        absent matches nothing.
        """

    def all(self, collection: str, query: Mapping) -> List[dict]:
        """All documents that match ``query``, read in pages."""

    def save(self, collection: str, documents: Sequence[dict], before_batch: Callable[[], None]) -> None:
        """Insert or replace ``documents``; ``before_batch`` is called before each batch and may raise."""

    def insert(self, collection: str, document: dict) -> bool:
        """Insert one document; False if its ``_key`` is taken."""

    def delete(self, collection: str, query: Mapping) -> None:
        """Delete the documents that match ``query``."""


class MemoryStore:
    """The port over dicts. Keeps copies, so that nobody shares a document with it."""

    def __init__(self):
        self.collections: Dict[str, Dict[str, dict]] = {}

    def _of(self, collection):
        return self.collections.setdefault(collection, {})

    def get(self, collection, keys):
        """See ``DocumentStore``."""
        held = self._of(collection)
        return {key: dict(held[key]) for key in keys if key in held}

    def each(self, collection, keys):
        """See ``DocumentStore``."""
        held = self._of(collection)
        yield from (dict(held[key]) for key in dict.fromkeys(keys) if key in held)

    def keys_where(self, collection, queries):
        """See ``DocumentStore``."""
        return [document["_key"] for query in queries for document in self.all(collection, query)]

    def all(self, collection, query):
        """See ``DocumentStore``."""
        matching = (one for one in self._of(collection).values() if _matches(one, query))
        return sorted((dict(one) for one in matching), key=lambda one: one["_key"])

    def save(self, collection, documents, before_batch):
        """See ``DocumentStore``."""
        before_batch()
        self._of(collection).update((document["_key"], dict(document)) for document in documents)

    def insert(self, collection, document):
        """See ``DocumentStore``."""
        held = self._of(collection)
        if document["_key"] in held:
            return False
        held[document["_key"]] = dict(document)
        return True

    def delete(self, collection, query):
        """See ``DocumentStore``."""
        for document in self.all(collection, query):
            del self._of(collection)[document["_key"]]


def _matches(document: Mapping, query: Mapping) -> bool:
    for field, wanted in query.items():
        held = document.get(field)
        if isinstance(wanted, Mapping):
            if held is None or not all(_ORDERINGS[name](held, number) for name, number in wanted.items()):
                return False
        elif held != wanted:
            return False
    return True
