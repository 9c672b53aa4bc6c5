"""The KV store over splunkd's REST API: the port of ``store`` with its limits kept.

Knows paths, batches and answers (limits.conf [kvstore]: 1000 documents a save, 1000 queries a find,
50 MB a save, and results that are *cut silently* above 50,000 rows or 50 MB, from where they are too long to their
end). No answer is trusted that may have been cut: lists are paged by ``_key``, until an answer is empty; questions
behind the last one that was answered are asked again, until none is; and so that this is seldom, the last question of
a request is for a document that is known to be there. Knows no document's meaning.
"""

import json
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Sequence
from urllib.parse import quote, urlencode

from .errors import StoreError, StoreUnavailable
from .transport import Transport

APP = "teams_export_guard"
BATCH_DOCUMENTS = 1000  # max_documents_per_batch_save, max_queries_per_batch
BATCH_QUESTIONS = BATCH_DOCUMENTS - 1  # and the one whose answer is known
BATCH_BYTES = 40 * 1000 * 1000  # below max_size_per_batch_save_mb = 50
PAGE_DOCUMENTS = 1000
SAVE_ATTEMPTS = 3  # of a batch of which not all documents were saved

_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_HINTS = {
    401: "the search's session is not valid any more",
    403: "the search's owner may not do that (roles teams_export_admin or admin may; teams_export_analyst may triage)",
    404: "the collection is not there; is the app teams_export_guard installed and enabled on this search head?",
}


class Found(NamedTuple):
    """The answers to the questions of one request, and the places of those that may be empty because they were cut."""

    answers: List[list]
    unsure: Sequence[int]


class KVStore:
    """The collections of our app, whatever app the search runs in."""

    def __init__(self, transport: Transport, app: str = APP):
        self._transport = transport
        self._base = "/servicesNS/nobody/%s/storage/collections/data/" % quote(app, safe="")
        self._known: Dict[str, str] = {}  # collection -> the key of a document that was there a moment ago
        self.read = self.written = 0  # documents

    def get(self, collection: str, keys: Sequence[str]) -> Dict[str, dict]:
        """The documents with these keys, by key."""
        return {document["_key"]: document for document in self.each(collection, keys)}

    def each(self, collection: str, keys: Sequence[str]) -> Iterator[dict]:
        """The documents with these keys, as they come; those that may have been cut off are asked for until none comes."""
        asked = list(dict.fromkeys(keys))
        while asked:
            unsure: List[str] = []
            for batch in _batches(asked, BATCH_QUESTIONS):
                batched = self._batch_find(collection, [{"query": {"_key": key}} for key in batch])
                for key, documents in zip(batch, batched.answers):
                    for document in documents:
                        if document.get("_key") != key:
                            raise StoreError("The KV store answered a question for another document of %s." % collection)
                        self.read += 1
                        yield document
                unsure += [batch[place] for place in batched.unsure]
            asked = unsure

    def keys_where(self, collection: str, queries: Sequence[Mapping]) -> List[str]:
        """The keys of all documents that match any of ``queries``; each is asked on until no key comes."""
        keys: List[str] = []
        asked = [(dict(query), "") for query in queries]  # and the last key that came of it
        while asked:
            further = []
            for batch in _batches(asked, BATCH_QUESTIONS):
                batched = self._batch_find(collection, [
                    {"query": _beyond(*one), "fields": "_key", "sort": "_key", "limit": PAGE_DOCUMENTS} for one in batch
                ])
                for (query, _), page in zip(batch, batched.answers):
                    keys += [document["_key"] for document in page]
                    if page:
                        further.append((query, page[-1]["_key"]))
                further += [batch[place] for place in batched.unsure]
            asked = further
        return keys

    def all(self, collection: str, query: Mapping) -> List[dict]:
        """All documents that match ``query``."""
        found = list(self._pages(collection, query))
        self.read += len(found)
        return found

    def save(self, collection: str, documents: Sequence[dict], before_batch: Callable[[], None]) -> None:
        """Insert or replace ``documents`` in batches, each answered with all its keys."""
        for batch in _batches(_encoded(documents), BATCH_DOCUMENTS, BATCH_BYTES):
            before_batch()
            body = b"[" + b",".join(text for _, text in batch) + b"]"
            wanted = {key for key, _ in batch}
            for _ in range(SAVE_ATTEMPTS):
                saved = self._json("POST", self._path(collection, "batch_save"), body)
                if isinstance(saved, list) and wanted <= set(map(str, saved)):
                    break
                before_batch()
            else:
                raise StoreUnavailable(
                    "The KV store saved only %d of %d documents of %s; nothing is lost, the next scheduled run covers "
                    "the same span again." % (len(saved) if isinstance(saved, list) else 0, len(batch), collection)
                )
            self.written += len(batch)

    def insert(self, collection: str, document: dict) -> bool:
        """Insert one document; False if its key is taken (409)."""
        answer = self._transport.request("POST", self._path(collection), _encode(document))
        if answer.status == 409:
            return False
        self._expect(answer, "POST", collection)
        return True

    def delete(self, collection: str, query: Mapping) -> None:
        """Delete the documents that match ``query``."""
        path = self._path(collection) + "?" + urlencode({"query": json.dumps(query)})
        self._expect(self._transport.request("DELETE", path), "DELETE", collection)

    def _pages(self, collection, query) -> Iterable[dict]:
        after = ""
        while True:
            asked = {"query": json.dumps(_beyond(query, after)), "sort": "_key", "limit": PAGE_DOCUMENTS}
            page = self._json("GET", self._path(collection) + "?" + urlencode(asked))
            if not isinstance(page, list):
                raise StoreError("The KV store answered a query of %s with no list." % collection)
            if not page:
                return
            yield from page
            after = page[-1]["_key"]

    def _batch_find(self, collection, asked) -> Found:
        """Ask these questions, and one more whose answer is known: if that one comes, nothing before it was cut off."""
        known = self._known.get(collection) if len(asked) > 1 else None
        questions = [*asked, dict(asked[-1], query={"_key": known})] if known else asked
        answers = self._json("POST", self._path(collection, "batch_find"), _encode(questions))
        if not isinstance(answers, list) or len(answers) != len(questions):
            raise StoreError("The KV store cut its answer to %d questions about %s." % (len(questions), collection))
        answered = [place for place, documents in enumerate(answers) if documents]
        if not answered:
            return Found(answers[: len(asked)], ())  # one document is never too much
        self._known[collection] = answers[answered[-1]][-1].get("_key")
        return Found(answers[: len(asked)], range(answered[-1] + 1, len(asked)))

    def _path(self, collection, last=""):
        return self._base + quote(collection, safe="") + ("/" + last if last else "")

    def _json(self, method, path, body=None):
        answer = self._transport.request(method, path, body, needs_body=True)
        self._expect(answer, method, path)
        try:
            return json.loads(answer.body.decode("utf-8"))
        except ValueError as error:
            raise StoreError("The KV store's answer to %s %s is no JSON." % (method, path.partition("?")[0])) from error

    def _expect(self, answer, method, what):
        if answer.status >= 300:
            said = answer.body.decode("utf-8", "replace").strip()
            hint = _HINTS.get(answer.status, said[:300])
            asked = "%s %s" % (method, what.partition("?")[0])
            raise StoreError("The KV store refused %s (%d): %s." % (asked, answer.status, hint))


def _beyond(query, key) -> dict:
    """``query``, of the documents behind ``key``; of all, if it is empty."""
    return {"$and": [dict(query), {"_key": {"$gt": key}}]} if key else dict(query)


def _encode(value) -> bytes:
    return _TO_JSON.encode(value).encode("utf-8")


def _encoded(documents):
    return ((document["_key"], _encode(document)) for document in documents)


def _batches(items: Iterable, most: int, most_bytes: int = 0) -> Iterable[list]:
    """``items`` in lists of at most ``most``; (key, text) pairs also of at most ``most_bytes`` of text."""
    batch, size = [], 0
    for item in items:
        length = len(item[1]) + 1 if most_bytes else 0
        if batch and (len(batch) == most or (most_bytes and size + length > most_bytes)):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
