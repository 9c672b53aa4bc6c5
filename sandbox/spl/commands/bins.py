"""bin, also spelled bucket and discretize. Source: Search Reference "bin".

_time is cut down to the start of its span, in UTC. Of any other number the bin's name is its range, such as 10-20.
Inferred: what is no number stays as it is; spans of weeks count from the epoch.
Not here: bins, minspan, start, end, aligntime; spans of months; logarithmic spans.
"""

from __future__ import annotations

from ..context import Context
from ..errors import SyntaxFault
from ..table import Row, Table
from ..timespec import binned, seconds
from ..values import Value, number, plain, shown
from .base import Arguments, Step


def bin_(arguments: Arguments) -> Step:
    """Reads bin [span=...] field [span=...] [AS name]."""
    words = arguments.words()
    options = words.options(["span"])
    name = words.value("a field")
    options.update(words.options(["span"]))
    target = words.value("a name") if words.accept("as") else name
    options.update(words.options(["span"]))
    words.end()
    if "span" not in options:
        raise SyntaxFault("The command 'bin' needs span= here.")
    cut = _time_bin(options["span"]) if name == "_time" else _range_bin(options["span"])

    def run(table: Table, context: Context) -> Table:
        rows = []
        for old in table:
            row: Row = dict(old)
            value = row.get(name)
            if value is not None:
                row[target] = cut(value)
            rows.append(row)
        return Table([*table.fields, target], rows)

    return Step("bin", run, reads=frozenset({name, target}), makes=frozenset({target}))


def _time_bin(span: str):
    length = seconds(span)

    def cut(value: Value) -> Value:
        figure = number(value)
        return value if figure is None else binned(figure, length)

    return cut


def _range_bin(span: str):
    length = number(span)
    if not length or length < 0:
        raise SyntaxFault(
            "The command 'bin' needs a number above 0 as span, not '%s', for a field other than _time." % span
        )

    def cut(value: Value) -> Value:
        figure = number(value)
        if figure is None:
            return value
        start = plain(figure // length * length)
        return "%s-%s" % (shown(start), shown(plain(start + length)))

    return cut


COMMANDS = {"bin": bin_, "bucket": bin_, "discretize": bin_}
