"""makeresults, addinfo, rex and noop. Sources: Search Reference "makeresults", "addinfo", "rex", "noop".

makeresults gives rows with _time only; annotate=true adds empty _raw, host, source, sourcetype columns. addinfo
adds the search's time range, id and time; an open end reads +Infinity. rex extracts named groups; a row that does
not match stays as it is; max_match above 1, or 0 for no limit, makes multivalues.
Inferred: addinfo's info_min_time is 0.000 where there is no bound, and times show milliseconds; rex over a
multivalue looks at each value.
Not here: makeresults' format and data, rex's mode=sed and offset_field.
"""

from __future__ import annotations

from typing import Dict, List

from ..context import Context
from ..errors import SyntaxFault
from ..functions.strings import pattern
from ..table import Row, Table
from ..values import Value, multi, texts
from .base import Arguments, Step, flag, whole

ANNOTATED = ("_raw", "host", "source", "sourcetype", "splunk_server", "splunk_server_group")


def makeresults(arguments: Arguments) -> Step:
    """Reads makeresults [count=n] [annotate=bool]."""
    words = arguments.words()
    options = words.options(["count", "annotate"])
    words.end()
    if not arguments.first:
        raise SyntaxFault("The command 'makeresults' must come first in a pipeline.")
    count, annotated = whole(options, "count", 1), flag(options, "annotate", False)

    def run(table: Table, context: Context) -> Table:
        return Table(["_time", *(ANNOTATED if annotated else ())], [{"_time": int(context.now)} for _ in range(count)])

    return Step("makeresults", run, makes=frozenset({"_time"}))


def _instant(value: object, absent: str) -> str:
    return absent if value is None else "%.3f" % value


def addinfo(arguments: Arguments) -> Step:
    """Reads addinfo."""
    arguments.words().end()

    def run(table: Table, context: Context) -> Table:
        span = context.span
        info = {
            "info_min_time": _instant(span["earliest"], "0.000"),
            "info_max_time": _instant(span["latest"], "+Infinity"),
            "info_search_time": _instant(context.now, ""),
            "info_sid": context.sid,
        }
        return Table([*table.fields, *info], [{**row, **info} for row in table])

    return Step("addinfo", run, makes=frozenset({"info_min_time", "info_max_time", "info_search_time", "info_sid"}))


def rex(arguments: Arguments) -> Step:
    """Reads rex [field=name] [max_match=n] "pattern with (?<name>...)"."""
    words = arguments.words()
    options = words.options(["field", "max_match"])
    if not words.quoted():
        raise SyntaxFault("The command 'rex' needs a pattern in double quotes.")
    source = words.take()[1:-1].replace('\\"', '"')
    options.update(words.options(["field", "max_match"]))
    words.end()
    wanted, name, most = pattern(source), options.get("field", "_raw"), whole(options, "max_match", 1)
    groups = list(wanted.groupindex)
    if not groups:
        raise SyntaxFault("The command 'rex' needs a named group (?<name>...) in its pattern: %s" % source)

    def run(table: Table, context: Context) -> Table:
        rows: List[Row] = []
        for row in table:
            found = [hit for value in texts(row.get(name)) for hit in wanted.finditer(value)]
            added: Dict[str, Value] = {}
            for hit in found[:most] if most else found:
                for group in groups:
                    if hit.group(group) is not None:
                        added[group] = multi([*texts(added.get(group)), hit.group(group)])
            rows.append({**row, **added})
        return Table([*table.fields, *groups], rows)

    return Step("rex", run, reads=frozenset({name, *groups}), makes=frozenset(groups))


def noop(arguments: Arguments) -> Step:
    """Reads noop, whose options change nothing here."""
    return Step("noop", lambda table, context: table)


COMMANDS = {"makeresults": makeresults, "addinfo": addinfo, "rex": rex, "noop": noop}
