"""The expression of the search command, as a test of a row or an event.

Sources: Search Reference "search"; Search Manual "Boolean expressions" (NOT, then OR, then AND), "Field
expressions", "Use wildcards"; "Difference between NOT and !=": field!=value needs the field to be there, NOT
field=value does not.
Documented: values and terms in any case, field names in their own; * is a wildcard, in quotes too; < and > compare
numbers by size and texts by code point; field=* asks that the field is there; NOT ( ), which format gives for no
rows, matches nothing (inferred from ( ) matching everything). A term is looked for in _raw as whole tokens; see
terms.py.
Inferred: field=5 takes 5.0 too; a multivalue matches if one of its values does, with != as well.
Refused: TERM(), CASE(), PREFIX(), ==, eventtype= and tag=.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, FrozenSet, List, Optional, Set, Tuple

from lark import Token, Tree

from .errors import SyntaxFault, Unsupported
from .parser import Node, tree, unquoted
from .source import Event
from .table import Row
from .terms import certain_tokens, finder, like
from .values import Value, compare, number, text, texts

Get = Callable[[Row, str], Value]
Test = Callable[[Row, Get], bool]
Clauses = List[FrozenSet[str]]  # of each set, one token must be in the raw text
TIMES = ("earliest", "latest", "_index_earliest", "_index_latest")
OPERATORS = ("AND", "OR", "NOT")
INDEXED = ("index", "sourcetype", "source", "host")
REFUSED_FIELDS = (
    "eventtype",
    "tag",
    "splunk_server",
    "savedsearch",
    "savedsplunk",
    "timeformat",
    "starttime",
    "endtime",
)


@dataclass(frozen=True)
class SearchTest:
    """A ready search expression, and what of it a store may use to look at fewer events."""

    test: Test
    fields: FrozenSet[str]
    clauses: Tuple[FrozenSet[str], ...]
    indexes: Optional[FrozenSet[str]]  # None: not narrowed at the top level
    sourcetypes: Optional[FrozenSet[str]]
    times: Tuple[Tuple[str, str], ...]  # time modifiers, as written

    def holds(self, row: Row) -> bool:
        """Whether a row of results matches."""
        return self.test(row, _of_row)


def _of_row(row: Row, name: str) -> Value:
    return row.get(name)


def lowered(event: Event, get: Get) -> str:
    """The raw text in lower case."""
    return str(text(get(event, "_raw")) or "").lower()


@lru_cache(maxsize=512)
def search_test(source: str) -> SearchTest:
    """The search expression; time modifiers may stand in its top-level conjunction only."""
    root = tree("search", source, "start", "search expression")
    parts = _conjuncts(root.children[0]) if root.children else []
    times = tuple((_name(part), unquoted(_value(part))) for part in parts if _is_time(part))
    rest = [part for part in parts if not _is_time(part)]
    fields: Set[str] = set()
    tests = [_build(part, fields) for part in rest]
    clauses = [clause for part in rest for clause in _clauses(part)]
    return SearchTest(
        _all(tests), frozenset(fields), tuple(clauses), _narrowed(rest, "index"), _narrowed(rest, "sourcetype"), times
    )


def row_test(source: str) -> SearchTest:
    """The expression of a search command later in the pipeline, where time modifiers mean nothing."""
    made = search_test(source)
    if made.times:
        raise Unsupported(
            "The time modifier %s= means something in the first search of a pipeline only." % made.times[0][0]
        )
    return made


def _conjuncts(node: Node) -> List[Node]:
    if isinstance(node, Tree) and node.data == "both":
        return [part for child in node.children for part in _conjuncts(child)]
    return [node]


def _name(node: Node) -> str:
    return unquoted(node.children[0].children[0])


def _value(node: Node, place: int = -1) -> Token:
    return node.children[place].children[0]


def _is_time(node: Node) -> bool:
    if not isinstance(node, Tree) or node.data != "comparison" or _name(node) not in TIMES:
        return False
    if str(node.children[1]) != "=":
        raise SyntaxFault("The time modifier %s takes '=', not '%s'." % (_name(node), node.children[1]))
    return True


def _narrowed(parts: List[Node], name: str) -> Optional[FrozenSet[str]]:
    """The values that the top level allows for an indexed field; several conditions are left to the test."""
    for part in parts:
        found = _allowed(part, name)
        if found is not None:
            return found
    return None


def _allowed(node: Node, name: str) -> Optional[FrozenSet[str]]:
    if not isinstance(node, Tree):
        return None
    if node.data == "either":
        sides = [_allowed(child, name) for child in node.children]
        return None if None in sides else frozenset().union(*sides)
    if node.data == "comparison" and _name(node) == name and str(node.children[1]) == "=":
        return frozenset({unquoted(_value(node)).lower()})
    if node.data == "within" and _name(node) == name:
        return frozenset(unquoted(child.children[0]).lower() for child in node.children[1:])
    return None


def _build(node: Node, fields: Set[str]) -> Test:
    if isinstance(node, Token):
        raise Unsupported("The search directive %s...) is not known to this stand-in." % node)
    if node.data == "both":
        return _all([_build(child, fields) for child in node.children])
    if node.data == "either":
        left, right = [_build(child, fields) for child in node.children]
        return lambda row, get: left(row, get) or right(row, get)
    if node.data == "negated":
        inner = _build(node.children[0], fields)
        return lambda row, get: not inner(row, get)
    if node.data == "everything":
        return lambda row, get: True
    if node.data == "term":
        if node.children[0] in OPERATORS:
            raise SyntaxFault(
                "The search expression cannot be read: '%s' stands where a term is due." % node.children[0]
            )
        fields.add("_raw")
        holds = finder(unquoted(node.children[0]))
        return lambda row, get: holds(lowered(row, get))
    name = _name(node)
    if name in TIMES:
        raise Unsupported(
            "The time modifier %s= may stand at the top level of a search only, not under OR, NOT or in ( )." % name
        )
    if name in REFUSED_FIELDS:
        raise Unsupported("Searching by %s= is not known to this stand-in." % name)
    fields.add(name)
    if node.data == "within":
        choices = [_compared(name, "=", child.children[0]) for child in node.children[1:]]
        return lambda row, get: any(one(row, get) for one in choices)
    return _compared(name, str(node.children[1]), _value(node))


def _all(tests: List[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda row, get: all(test(row, get) for test in tests)


def _compared(name: str, sign: str, written: Token) -> Test:
    wanted = unquoted(written)
    if sign == "==":
        raise Unsupported("The search command takes '=' here, not '=='.")
    if sign in ("=", "!="):
        one = _equal(wanted)

        def equal(row: Event, get: Get) -> bool:
            value = get(row, name)
            return one(value) if type(value) is str else any(one(single) for single in texts(value))

        if sign == "=":
            return equal
        return lambda row, get: any(not one(value) for value in texts(get(row, name)))
    return lambda row, get: any(compare(sign, value, wanted) for value in texts(get(row, name)))


def _equal(wanted: str) -> Callable[[str], bool]:
    figure = number(wanted)
    if figure is None:
        return like(wanted)
    same = like(wanted)
    return lambda value: same(value) or number(value) == figure


def _clauses(node: Node) -> Clauses:
    if not isinstance(node, Tree):
        return []
    if node.data == "both":
        return [clause for child in node.children for clause in _clauses(child)]
    if node.data == "either":
        sides = [_clauses(child) for child in node.children]
        return [frozenset().union(*(_narrowest(side) for side in sides))] if all(sides) else []
    if node.data == "term":
        return [frozenset({token}) for token in certain_tokens(unquoted(node.children[0]))]
    if node.data == "comparison" and str(node.children[1]) == "=":
        return _value_clauses(_name(node), [_value(node)])
    if node.data == "within":
        return _value_clauses(_name(node), [child.children[0] for child in node.children[1:]])
    return []


def _value_clauses(name: str, written: List[Token]) -> Clauses:
    """The tokens that an extracted field leaves in the raw text, if its value is sure to be spelled there."""
    if name in INDEXED or name.startswith("_"):
        return []
    sides = []
    for one in written:
        value = unquoted(one)
        plain = value.isascii() and not set(value) & set('"\\/') and number(value) is None
        sides.append([frozenset({token}) for token in certain_tokens(value)] if plain else [])
    if not all(sides):
        return []
    return sides[0] if len(sides) == 1 else [frozenset().union(*(_narrowest(side) for side in sides))]


def _narrowest(clauses: Clauses) -> FrozenSet[str]:
    """The clause that is likely to let the fewest events through: few alternatives, long words."""
    return min(clauses, key=lambda clause: (len(clause), -min(map(len, clause))))
