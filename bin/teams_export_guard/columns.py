"""The columns that rows are made of, and a row as two texts: its *source* and its *share*.

Knows the columns (contract, section 3) and how splunkd writes several values (``$a$;$b$`` in ``__mv_``, beside the plain
column). A million rows are kept as such texts, because reading them apart at once would cost more than all the rest: the
source text is the same for all rows of one person, address and operation, and is read once; the share text holds what
differs from minute to minute. Does not know what the values mean.
"""

import re
from operator import itemgetter
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .text import clean, nonempty

Value = Union[str, Sequence[str], None]

SOURCE = "OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation asn".split()
SHARE = "_time message_count record_count".split()
SEVERAL = "chat_id record_id".split()
COLUMNS = SOURCE + SHARE + SEVERAL
MV = "__mv_"
SEPARATOR = "\0"  # no value holds one: where rows come in, it becomes U+FFFD
_NUL = ("\0", "\ufffd")

_ENCODED = re.compile(r"\$((?:\$\$|[^$])*)\$(?:;|$)")  # as the SDK reads it


def decoded(text: str) -> List[str]:
    """The values in the text of a ``__mv_`` column."""
    return [value.replace("$$", "$") for value in _ENCODED.findall(text)]


def encoded(values: Sequence[str]) -> str:
    """The text of a ``__mv_`` column that holds ``values``."""
    return ";".join("$%s$" % value.replace("$", "$$") for value in values)


def single(value: Value) -> str:
    """The text of a column; '' where it is absent or has several values."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    return nonempty(value)


def several(value: Value) -> Tuple[str, ...]:
    """The values of a multivalue column, sorted and distinct; newlines part them where ``__mv_`` was lost."""
    values = value if isinstance(value, (list, tuple)) else (value or "").split("\n")
    return tuple(sorted({nonempty(item) for item in values} - {""}))


def asn_text(value: Value) -> str:
    """The ``asn`` column as one text: several values are no number, hence unknown."""
    return clean("\n".join(value) if isinstance(value, (list, tuple)) else value or "")


class Layout:
    """Where our columns stand below one header, and how a row (a list of texts) becomes two texts.

    Of columns of the same name the first counts; a ``__mv_`` column that is not empty takes the place of its plain one.
    """

    def __init__(self, header: Sequence[str]):
        at: Dict[str, int] = {}
        for index, name in enumerate(header):
            if name.startswith(MV):
                at[name] = index
            else:
                at.setdefault(name, index)
        self.header, self.width, self._at = tuple(header), len(header), at
        self.count_at = at.get("message_count")  # where it is not empty, a row is an aggregated one
        self._raw_at, self._asn_at = at.get("_raw"), at.get("asn")
        besides = ("message_count", MV + "message_count", MV + "_raw", MV + "asn")
        self._besides_raw = [at[name] for name in besides if name in at]
        mvs = [MV + name for name in SOURCE + SHARE]  # of one value each: almost always empty, so one text has them all
        self._source = [name for name in SOURCE + mvs if name in at]
        self._share = [name for name in SHARE + SEVERAL + [MV + name for name in SEVERAL] if name in at]
        self.source_of, self.share_of = self._picker(self._source), self._picker(self._share)
        place = {name: index for index, name in reversed(list(enumerate(self._share)))}
        #: Where a column, and its ``__mv_`` column, stand in a share; None if the header lacks it.
        self.places = {name: (place.get(name), place.get(MV + name)) for name in SHARE + SEVERAL}

    def _picker(self, names):
        """What takes the columns out of a row, always as a tuple."""
        while len(names) < 2:  # one column alone would come as a text
            names.append(names[0] if names else "message_count")
        return itemgetter(*(self._at.get(name, 0) for name in names))

    def source_text(self, row: Sequence[str]) -> str:
        """The source text of a row as wide as the header."""
        return SEPARATOR.join(self.source_of(row))

    def share_text(self, row: Sequence[str]) -> str:
        """The share text of a row as wide as the header."""
        return SEPARATOR.join(self.share_of(row))

    def raw(self, row: Sequence[str]) -> Optional[Tuple[str, str]]:
        """``_raw`` and ``asn`` of a row that has nothing else to say; None of any other."""
        if self._raw_at is None or len(row) != self.width:
            return None
        for index in self._besides_raw:
            if row[index]:
                return None
        raw = row[self._raw_at]
        return (raw, "" if self._asn_at is None else clean(row[self._asn_at])) if raw else None

    def mapping(self, row: Sequence[str]) -> Dict[str, Value]:
        """Our columns of a row, and ``_raw``: a text, or a list of texts; a row that is cut short lacks the last ones."""
        found = {name: row[self._at[name]] for name in [*COLUMNS, "_raw"] if self._at.get(name, len(row)) < len(row)}
        for name in [*COLUMNS, "_raw"]:
            index = self._at.get(MV + name, len(row))
            if index < len(row) and row[index]:
                found[name] = decoded(row[index])
        return found

    def source(self, text: str) -> Dict[str, Value]:
        """The columns of a source text; a list for each, also of the share's, that has several values."""
        return _read(self._source, text.split(SEPARATOR))

    def share(self, pieces: Sequence[str]) -> Dict[str, Value]:
        """The columns of one share, of ``shares``."""
        return _read(self._share, pieces)

    def shares(self, text: str) -> "Shares":
        """Share texts, joined by the separator, column by column."""
        return Shares(self, text.split(SEPARATOR), len(self._share))


def _read(names, pieces) -> Dict[str, Value]:
    found: Dict[str, Value] = {}
    for name, piece in zip(names, pieces):
        if not name.startswith(MV):
            found[name] = piece
        elif piece:
            found[name[len(MV):]] = decoded(piece)
    return found


class Shares:
    """The shares of several rows below one layout."""

    def __init__(self, layout: Layout, pieces: List[str], width: int):
        self._layout, self._pieces, self._width = layout, pieces, width

    def __len__(self) -> int:
        return len(self._pieces) // self._width

    def column(self, name: str) -> List[str]:
        """The plain texts of a column, one for each row."""
        place, _ = self._layout.places[name]
        return [""] * len(self) if place is None else self._pieces[place :: self._width]

    def several(self, index: int, name: str) -> Tuple[str, str]:
        """The texts of a multivalue column in one row: plain, and of its ``__mv_`` column."""
        first = index * self._width
        plain, multiple = self._layout.places[name]
        pieces = self._pieces
        return "" if plain is None else pieces[first + plain], "" if multiple is None else pieces[first + multiple]

    def mapping(self, index: int) -> Dict[str, Value]:
        """The columns of one row's share."""
        return self._layout.share(self._pieces[index * self._width : (index + 1) * self._width])


#: The layout of rows that come as mappings: each value of its own kind, several only where several are meant.
PLAIN = Layout(SOURCE + SHARE + SEVERAL + [MV + name for name in SEVERAL])


def plain_row(mapping: Mapping[str, Value]) -> List[str]:
    """A mapping as a row below ``PLAIN``: several values where one belongs are none."""
    row = [asn_text(mapping.get(name)) if name == "asn" else single(mapping.get(name)) for name in SOURCE + SHARE]
    values = [mapping.get(name) for name in SEVERAL]
    row += ["" if isinstance(value, (list, tuple)) else clean(value or "") for value in values]
    row += [encoded(list(map(nonempty, value))) if isinstance(value, (list, tuple)) else "" for value in values]
    return [text.replace(*_NUL) if "\0" in text else text for text in row]
