"""lookup, inputlookup and outputlookup. Sources: Search Reference pages of the same names; matching is in
../lookups.py.

lookup: without OUTPUT every field of the table but the matched ones is added. OUTPUT overwrites, OUTPUTNEW leaves a
row alone that has one of the output fields already. inputlookup's where takes a search expression. outputlookup
passes its rows on; by default it replaces the table, also by an empty one (override_if_empty=true); append=true
adds; key_field names the field that becomes _key of the document added or replaced.
Inferred: a subsearch in inputlookup's where becomes text there, as it does for search (Search Manual "About
subsearches": its result is used as an argument of the command around it).
Inferred: where nothing matches, OUTPUT takes the fields away that it would have set; a row without one of the match
fields matches nothing; a multivalue is looked up value by value; OUTPUTNEW skips a row only where all its output
fields are there.
Not here: event_time_field, update, create_context, max, createinapp, output_format.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import product
from typing import Callable, Dict, List, Optional, Tuple

from ..context import Context
from ..errors import RunFault, SyntaxFault, Unsupported, allowed
from ..lookups import Lookup, Matcher
from ..parser import Source
from ..parser import words as tokens
from ..search_expression import SearchTest, row_test
from ..table import Row, Table
from ..values import Value, multi, texts
from .base import Arguments, Step, Words, flag, whole
from .subsearch import subsearch_text

Names = List[Tuple[str, str]]  # the table's field, the row's field


def named(name: str, context: Context) -> Lookup:
    """The lookup definition or file of a name."""
    found = context.lookups.get(name)
    if found is None:
        raise RunFault("The lookup '%s' is not defined; known here: %s." % (name, allowed(context.lookups)))
    return found


def _known(name: str, lookup: Lookup, fields: List[str]) -> None:
    missing = [field for field in fields if field not in lookup.fields]
    if missing:
        raise RunFault("The lookup '%s' has no field '%s'; it has: %s." % (name, missing[0], allowed(lookup.fields)))


def _names(words: Words, stop: Tuple[str, ...]) -> Names:
    found: Names = []
    while words and words.peek().lower() not in stop:
        if words.accept(","):
            continue
        own = words.value("a field name")
        found.append((own, words.value("a field name") if words.accept("as") else own))
    return found


def lookup(arguments: Arguments) -> Step:
    """Reads lookup [local=bool] name field [AS field] ... [OUTPUT|OUTPUTNEW field [AS field] ...]."""
    words = arguments.words()
    words.options(["local"])
    name = words.value("the name of a lookup")
    keys = _names(words, ("output", "outputnew"))
    only_new = words.peek().lower() == "outputnew"
    listed = words.accept("output", "outputnew")
    outputs = _names(words, ())
    if not keys or (listed and not outputs):
        raise SyntaxFault("The command 'lookup' needs a field to match, and fields after OUTPUT.")

    def run(table: Table, context: Context) -> Table:
        source = named(name, context)
        matched = [own for own, _ in keys]
        targets = outputs or [(field, field) for field in source.fields if field not in matched]
        _known(name, source, [*matched, *(own for own, _ in targets)])
        matcher = Matcher(source, matched)
        adding = lru_cache(maxsize=None)(partial(_adding, matcher, targets, source))
        rows = [_added(row, keys, targets, only_new, adding) for row in table.rows]
        return Table([*table.fields, *(target for _, target in targets)], rows)

    reads = frozenset(field for _, field in keys) | (
        frozenset(field for _, field in outputs) if only_new else frozenset()
    )
    return Step("lookup", run, reads=reads, makes=frozenset(target for _, target in outputs), lookups=frozenset({name}))


def _adding(matcher: Matcher, targets: Names, source: Lookup, *asked: Tuple[str, ...]) -> Dict[str, Value]:
    """What the lookup has for the values of a row's match fields; null where it has nothing."""
    entries = [entry for values in product(*asked) for entry in matcher.find(values)]
    added: Dict[str, List[str]] = {
        target: [one for entry in entries for one in texts(entry.get(own))] for own, target in targets
    }
    if len(entries) < source.options.min_matches:
        missing = source.options.min_matches - len(entries)
        added = {target: values + [source.options.default_match] * missing for target, values in added.items()}
    return {target: multi(values) for target, values in added.items()}


def _added(
    row: Row, keys: Names, targets: Names, only_new: bool, adding: Callable[..., Dict[str, Value]]
) -> Row:
    if only_new and all(row.get(target) is not None for _, target in targets):
        return row
    changed = dict(row)
    for target, value in adding(*[tuple(texts(row.get(field))) for _, field in keys]).items():
        if only_new and row.get(target) is not None:
            continue
        if value is not None:
            changed[target] = value
        else:
            changed.pop(target, None)
    return changed


def inputlookup(arguments: Arguments) -> Step:
    """Reads inputlookup [append=bool] [start=n] [max=n] name [where expression, with subsearches]."""
    pieces = arguments.command.pieces
    inner = tuple(arguments.compile(piece) for piece in pieces if isinstance(piece, Source))
    begin = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    words = Words(arguments.name, tokens(begin, arguments.name), begin)
    options = words.options(["append", "start", "max", "strict"])
    name = words.value("the name of a lookup")
    filtered = words.accept("where")
    said = words.rest() if filtered else ""
    words.end()
    if inner and not filtered:
        raise SyntaxFault("The command 'inputlookup' takes a subsearch after where only.")
    rest, test = pieces[1:], row_test(said) if filtered and not inner else None
    start, most, keep = whole(options, "start", 0), whole(options, "max", 0), flag(options, "append", False)
    if not (arguments.first or keep):
        raise SyntaxFault("The command 'inputlookup' must come first in a pipeline, or have append=true.")

    def wanted(context: Context) -> Optional[SearchTest]:
        if not inner:
            return test
        found = iter(inner)
        filled = ["( %s )" % subsearch_text(next(found), context) if isinstance(one, Source) else one for one in rest]
        return row_test(said + "".join(filled))

    def run(table: Table, context: Context) -> Table:
        source, condition = named(name, context), wanted(context)
        rows = [dict(row) for row in source.rows() if condition is None or condition.holds(row)]
        rows = rows[start : start + most] if most else rows[start:]
        return Table([*table.fields, *source.fields], [*table.rows, *rows])

    return Step("inputlookup", run, lookups=frozenset({name}), inner=inner)


def outputlookup(arguments: Arguments) -> Step:
    """Reads outputlookup [append=] [key_field=] [override_if_empty=] [create_empty=] name."""
    words = arguments.words()
    known = ("append", "key_field", "override_if_empty", "create_empty")
    options = words.options(known)
    name = words.value("the name of a lookup")
    options.update(words.options(known))
    words.end()
    added, key_field = flag(options, "append", False), options.get("key_field")
    emptied = flag(options, "override_if_empty", True)
    if key_field and not added:
        raise Unsupported("The command 'outputlookup' knows key_field= only together with append=true here.")

    def run(table: Table, context: Context) -> Table:
        target = named(name, context)
        if table.rows or (emptied and not added):
            target.write(table.rows, table.fields, added, key_field)
        return table

    return Step("outputlookup", run, reads=None, lookups=frozenset({name}))


COMMANDS = {"lookup": lookup, "inputlookup": inputlookup, "outputlookup": outputlookup}
