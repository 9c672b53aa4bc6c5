"""The columns that rows are made of, and the values of one column.

Knows their names (contract, section 3) and how splunkd writes several values (``$a$;$b$`` in ``__mv_``, beside the plain
column). Does not know what the values mean, nor rows.
"""

import re
from typing import List, Sequence, Tuple, Union

from .text import clean, nonempty

Value = Union[str, Sequence[str], None]

SOURCE = "OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation asn".split()
FIGURES = "_time message_count record_count".split()
SEVERAL = "chat_id record_id".split()
COLUMNS = SOURCE + FIGURES + SEVERAL
MV = "__mv_"

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
