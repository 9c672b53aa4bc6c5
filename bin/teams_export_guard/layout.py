"""Where our columns stand below a header, and rows as three texts: *source*, *figures* and *detail*.

A million rows are kept as such texts, because reading them apart at once would cost more than all the rest. They are CSV, as
they came: the source has the cells that are the same for all rows of one person, address and operation, and is read once;
the figures are time and counts, few of which are different ones; the detail has chats and ids, which are read where there
is a burst. Knows where they stand in a row, so that a pattern can take them out of many rows at once. Does not know what
they mean.
"""

import re
from operator import add
from typing import Dict, List, Mapping, NamedTuple, Pattern, Sequence, Tuple

from .columns import COLUMNS, FIGURES, MV, SEVERAL, SOURCE, Value, asn_text, decoded, encoded, single
from .csv_rows import ANY, CELL, FILLED, INSIDE, PAIRED, quoted, row_pattern, unquoted
from .text import clean, nonempty

#: What a column is kept in; one that is EMPTY must be so, and OTHER ones are not kept.
IN_SOURCE, IN_FIGURES, IN_DETAIL, EMPTY, OTHER = "source", "figures", "detail", "empty", "other"
_KEPT = {
    **dict.fromkeys(SOURCE, IN_SOURCE), **dict.fromkeys(FIGURES, IN_FIGURES),
    **dict.fromkeys(SEVERAL + [MV + name for name in SEVERAL], IN_DETAIL),
    **dict.fromkeys([MV + name for name in SOURCE + FIGURES], EMPTY),  # of columns that have one value
}
_CELLS = {IN_SOURCE: CELL, IN_FIGURES: CELL, IN_DETAIL: CELL, EMPTY: b"", OTHER: ANY}
_BESIDES_RAW = ("message_count", MV + "message_count", MV + "_raw", MV + "asn")  # empty where a row is a raw record

#: Source, figures and detail of a row.
Row = Tuple[bytes, bytes, bytes]


class _Run(NamedTuple):
    """Columns that stand side by side and are kept in the same text."""

    kind: str
    columns: List[int]


class Layout:
    """What a header says of the rows below it.

    Of columns of the same name the first counts; a ``__mv_`` column that is not empty takes the place of its plain one.
    ``aggregated`` and ``raw`` are patterns of rows that can be taken many at a time, None if there can be none: aggregated
    rows (``CsvRows.many``), for ``columns``, and raw records (``CsvRows.many_doubled``), for ``raw_and_asn``.
    """

    def __init__(self, header: Sequence[str]):
        at: Dict[str, int] = {}
        for index, name in enumerate(header):
            if name.startswith(MV):
                at[name] = index
            else:
                at.setdefault(name, index)
        self.header, self._at = tuple(header), at
        runs = self._runs()
        kinds = [run.kind for run in runs if run.kind != OTHER]
        self._is_usual = kinds == [IN_FIGURES, IN_SOURCE, IN_FIGURES, IN_DETAIL]
        self._groups = [[at for at, one in enumerate(kinds) if one == kind] for kind in (IN_SOURCE, IN_FIGURES, IN_DETAIL)]
        self._names: Dict[str, List[str]] = {IN_SOURCE: [], IN_FIGURES: [], IN_DETAIL: []}
        for kind, columns in runs:
            self._names.get(kind, []).extend(self.header[index] for index in columns)
        self._apart = {kind: re.compile(b",".join([b"(%s)" % ANY] * len(names))) for kind, names in self._names.items()}
        self.aggregated = self._pattern(runs) if "message_count" in at else None
        self.raw = self._raw_pattern() if "_raw" in at else None

    def _kind(self, index: int) -> str:
        name = self.header[index]
        return _KEPT.get(name, OTHER) if self._at[name] == index else OTHER

    def _runs(self) -> List[_Run]:
        runs: List[_Run] = []
        for index in range(len(self.header)):
            kind = self._kind(index)
            if runs and kind in (runs[-1].kind, EMPTY):
                runs[-1].columns.append(index)
            else:
                runs.append(_Run(IN_FIGURES if kind == EMPTY else kind, [index]))
        return runs

    def _pattern(self, runs: List[_Run]) -> Pattern[bytes]:
        last = {run.kind: number for number, run in enumerate(runs)}
        texts = []
        for number, run in enumerate(runs):
            text, comma = b",".join(map(self._cell, run.columns)), b"," if run is not runs[-1] else b""
            if run.kind == OTHER:
                texts.append(text + comma)
            elif number < last[run.kind]:
                texts.append(b"(%s,)" % text)  # so that the groups of one kind, side by side, are CSV
            else:
                texts.append(b"(%s)%s" % (text, comma))
        return row_pattern(b"".join(texts))

    def _cell(self, index: int) -> bytes:
        if self.header[index] == "message_count":
            return FILLED  # that is what makes a row an aggregated one
        return _CELLS[self._kind(index)]

    def _raw_pattern(self) -> Pattern[bytes]:
        cells = {self._at[name]: b"" for name in _BESIDES_RAW if name in self._at}
        cells[self._at["_raw"]] = INSIDE
        if "asn" in self._at:
            cells[self._at["asn"]] = b"(%s)" % PAIRED
        return row_pattern(b",".join(cells.get(index, PAIRED) for index in range(len(self.header))))

    def columns(self, found: Sequence[Tuple[bytes, ...]]) -> Tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]]:
        """Sources, figures and details of the rows that ``aggregated`` found, of which there is at least one."""
        if self._is_usual:
            times, sources, counts, details, _ = zip(*found)
            return sources, list(map(add, times, counts)), details
        sources, figures, details = (
            [b"".join([groups[at] for at in places]) for groups in found] for places in self._groups
        )
        return sources, figures, details

    def raw_and_asn(self, groups: Tuple[bytes, ...]) -> Tuple[bytes, str]:
        """``_raw``, and the text of ``asn``, empty if there is none, of a row that ``raw`` found."""
        if "asn" not in self._at:
            return groups[0].replace(b"\0", b'"'), ""
        raw, asn = groups[:2] if self._at["_raw"] < self._at["asn"] else groups[1::-1]
        return raw.replace(b"\0", b'"'), unquoted(asn.replace(b"\0", b'""'))

    def mapping(self, row: Sequence[str]) -> Dict[str, Value]:
        """Our columns of a row, and ``_raw``: a text, or a list of texts; a row that is cut short lacks the last ones."""
        found = {name: row[self._at[name]] for name in [*COLUMNS, "_raw"] if self._at.get(name, len(row)) < len(row)}
        for name in [*COLUMNS, "_raw"]:
            index = self._at.get(MV + name, len(row))
            if index < len(row) and row[index]:
                found[name] = decoded(row[index])
        return found

    def source(self, text: bytes) -> Dict[str, str]:
        """The columns of a source."""
        return self._read(IN_SOURCE, text)

    def figures(self, text: bytes) -> Dict[str, str]:
        """The columns of figures."""
        return self._read(IN_FIGURES, text)

    def _read(self, kind: str, text: bytes) -> Dict[str, str]:
        return dict(zip(self._names[kind], map(unquoted, self._apart[kind].fullmatch(text).groups())))

    def detail(self, text: bytes) -> Dict[str, bytes]:
        """The cells of a detail."""
        return dict(zip(self._names[IN_DETAIL], self._apart[IN_DETAIL].fullmatch(text).groups()))


#: A detail, and the layout that it is below.
Detail = Tuple[Layout, bytes]

#: The layout of rows that come as mappings: each value of its own kind, several only where several are meant.
PLAIN = Layout(SOURCE + FIGURES + SEVERAL + [MV + name for name in SEVERAL])


def plain_row(mapping: Mapping[str, Value]) -> Row:
    """The texts of a mapping below ``PLAIN``: several values where one belongs are none."""
    source = [asn_text(mapping.get(name)) if name == "asn" else single(mapping.get(name)) for name in SOURCE]
    figures = [single(mapping.get(name)) for name in FIGURES]
    values = [mapping.get(name) for name in SEVERAL]
    detail = ["" if isinstance(value, (list, tuple)) else clean(value or "") for value in values]
    detail += [encoded(list(map(nonempty, value))) if isinstance(value, (list, tuple)) else "" for value in values]
    return tuple(b",".join(quoted(text.replace("\0", "\ufffd")) for text in texts) for texts in (source, figures, detail))
