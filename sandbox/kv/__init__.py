"""The KV store of the stand-in.

  limits.py       the numbers of limits.conf [kvstore], each with its source
  errors.py       what the store says no with, each with its HTTP status
  query.py        the documented query language: parse once, then match documents
  shaping.py      sort, limit, skip and fields: from matched documents to an answer
  fieldtypes.py   declared types of fields and what they do to a value
  definitions.py  what a collection declares: field types and accelerations
  access.py       which part of a query the database can answer by itself
  documents.py    one document on its way in: checked, converted, ready to be written
  reading.py      a search on its way out: matched, ordered, trimmed
  cutting.py      the silent cut of answers that are too long
  database.py     the SQLite file: connections, transactions, tables
  store.py        KVStore: the operations, by name

It knows nothing of HTTP, of accounts or of conf files.
"""

from .definitions import Definition
from .errors import BadRequest, KeyExists, KVError, LimitExceeded, NotFound
from .limits import Limits
from .store import KVStore

__all__ = ["BadRequest", "Definition", "KVError", "KVStore", "KeyExists", "LimitExceeded", "Limits", "NotFound"]
