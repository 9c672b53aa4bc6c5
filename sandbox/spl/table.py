"""A search result on its way down the pipeline: named columns in order, and rows.

A row is a dict without entries for absent fields. Rows belong to the table: a command may change them in place only
if it made them. The table is also a sequence of its rows, so that a custom command may take it as one.
"""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, Sequence

from .values import Value

Row = Dict[str, Value]


class Table(Sequence[Row]):
    """Ordered field names and a list of rows."""

    def __init__(self, fields: Iterable[str] = (), rows: Iterable[Row] = ()) -> None:
        self.fields: List[str] = list(dict.fromkeys(fields))
        self.rows: List[Row] = list(rows)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Table":
        """A table whose columns are the rows' own keys, in order of first appearance."""
        kept = list(rows)
        fields: Dict[str, None] = {}
        for row in kept:
            fields.update(dict.fromkeys(row))
        return cls(fields, kept)

    def with_fields(self, names: Iterable[str]) -> "Table":
        """The same rows, with these columns added at the end where they are new."""
        return Table([*self.fields, *names], self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return "Table(%r, %d rows)" % (self.fields, len(self.rows))
