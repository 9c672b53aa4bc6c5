"""Reading a collection: from a search to the documents that it asks for, in order.

It puts the parts together: query.py says what matches, access.py how to get at it, database.py gets it, shaping.py
orders and trims. How much of an answer the caller is shown is the store's.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
from typing import Any, Dict, Generator, Iterable, Iterator, NamedTuple, Optional, Sequence, Tuple

from . import access, shaping
from .database import rows
from .definitions import Definition
from .query import parse

NOBODY = "nobody"
Document = Dict[str, Any]


class Search(NamedTuple):
    """What a caller asks for, unchecked; each part as REST takes it."""

    query: Any = None
    sort: shaping.Spec = None
    limit: Any = 0
    skip: Any = 0
    fields: shaping.Spec = None
    shared: bool = False


def read(
    db: sqlite3.Connection, number: int, definition: Definition, owner: str, search: Search
) -> Generator[Document, None, None]:
    """The documents of a search; close it before the connection goes back."""
    order, projection = shaping.parse_sort(search.sort), shaping.parse_fields(search.fields)
    first, count = shaping.parse_count("skip", search.skip), shaping.parse_count("limit", search.limit)
    last = first + count if count else None
    owners = (owner, NOBODY) if search.shared and owner != NOBODY else (owner,)
    by_key = order[0][1] if len(order) == 1 and order[0][0] == "_key" else 0
    most = last if by_key or not order else None
    with contextlib.closing(matching(db, number, definition, owners, search.query, by_key, most)) as found:
        documents: Iterator[Document] = (document for _, document in found)
        ordered: Iterable[Document] = shaping.ordered(list(documents), order) if order and not by_key else documents
        for document in itertools.islice(ordered, first, last):
            yield document if projection is None else projection.apply(document)


def matching(
    db: sqlite3.Connection,
    number: int,
    definition: Definition,
    owners: Sequence[str],
    query: Any,
    by_key: int = 0,
    most: Optional[int] = None,
) -> Generator[Tuple[int, Document], None, None]:
    """The (seq, document) of what matches; `most` is how many of them the caller will look at."""
    predicate = parse(query)
    plan = access.plan(predicate, definition.accelerated())
    enough = most if plan.exact else None
    with contextlib.closing(rows(db, number, owners, plan.path, by_key=by_key, most=enough)) as found:
        for seq, text in found:
            document = json.loads(text)
            if plan.exact or predicate.matches(document):
                yield seq, document
