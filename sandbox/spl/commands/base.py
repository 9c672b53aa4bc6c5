"""What a command is once read, and the reading of option lists that most commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, FrozenSet, Iterable, List, Mapping, Optional, Tuple

from lark import Token

from ..context import Context
from ..errors import SyntaxFault, Unsupported, allowed
from ..parser import Command, Source, is_quoted, unquoted, words
from ..table import Table
from ..terms import like_name

NONE: FrozenSet[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """A ready command.

    `reads` are the fields that it looks at (None: all of them), `makes` those that it sets (or
    takes away) on every row; what it sets on some rows only it also reads. `closes` says that no field but those leaves
    it, so that the search need not extract any other.
    """

    name: str
    run: Callable[[Table, Context], Table]
    reads: Optional[FrozenSet[str]] = NONE
    makes: FrozenSet[str] = NONE
    closes: bool = False
    lookups: FrozenSet[str] = NONE
    functions: FrozenSet[str] = NONE
    inner: Tuple["Runnable", ...] = ()


class Runnable:
    """A compiled pipeline, as commands with subsearches see it."""

    steps: Tuple[Step, ...] = ()

    def run(self, context: Context) -> Table:
        """The pipeline's result."""
        raise NotImplementedError

    def over(self, table: Table, context: Context, progress: Optional[Callable[[float], None]] = None) -> Table:
        """The result of going on with these rows, as a part of the search that has them."""
        for number, step in enumerate(self.steps, 1):
            table = step.run(table, context)
            if progress:
                progress(number / len(self.steps))
        return table


@dataclass(frozen=True)
class Arguments:
    """What the reader of a command is given."""

    command: Command
    compile: Callable[[Source], Runnable]
    first: bool = False  # whether it begins the pipeline
    needed: Optional[FrozenSet[str]] = None  # the fields that later commands read; None: all
    compile_rest: Optional[Callable[[Source], Runnable]] = None  # for brackets whose commands get rows

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command.name

    @property
    def text(self) -> str:
        """The arguments as text; refuses subsearches."""
        return self.command.text

    def words(self) -> "Words":
        """The arguments as words; refuses subsearches."""
        return Words(self.name, words(self.text, self.name), self.text)


class Words:
    """A list of words that is taken from the front, by rules that many commands share."""

    def __init__(self, command: str, tokens: List[Token], source: str) -> None:
        self.command, self._tokens, self._source, self._at = command, tokens, source, 0

    def __bool__(self) -> bool:
        return self._at < len(self._tokens)

    def peek(self, ahead: int = 0) -> str:
        """The token ahead as written, or '' at the end."""
        place = self._at + ahead
        return str(self._tokens[place]) if place < len(self._tokens) else ""

    def take(self, what: str = "an argument") -> str:
        """The next token as written."""
        if not self:
            raise SyntaxFault("The command '%s' lacks %s." % (self.command, what))
        self._at += 1
        return str(self._tokens[self._at - 1])

    def value(self, what: str) -> str:
        """The next token without its quotes; a mark is no value."""
        token = self.take(what)
        if token in ("=", ",", "(", ")"):
            raise SyntaxFault("The command '%s' needs %s where it has '%s'." % (self.command, what, token))
        return unquoted(token)

    def rest(self) -> str:
        """The text from the next token on, which is then all taken."""
        if not self:
            return ""
        start = self._tokens[self._at].start_pos or 0
        self._at = len(self._tokens)
        return self._source[start:]

    def accept(self, *spelled: str) -> bool:
        """Takes the next token if it is one of these words, in any case."""
        if self.peek().lower() in spelled:
            self._at += 1
            return True
        return False

    def options(self, known: Iterable[str]) -> Dict[str, str]:
        """The name=value pairs at this place; an unknown name is refused."""
        found: Dict[str, str] = {}
        names = list(known)
        while self.peek(1) == "=":
            name = self.take()
            if name not in names:
                raise Unsupported(
                    "The command '%s' knows no option '%s' here; known: %s." % (self.command, name, allowed(names))
                )
            self.take()
            found[name] = self.value("a value for %s=" % name)
        return found

    def names(self, stop: Iterable[str] = ()) -> List[str]:
        """Field names up to the end or to one of the words, with or without commas."""
        found: List[str] = []
        while self and self.peek().lower() not in stop and self.peek(1) != "=":
            if not self.accept(","):
                found.append(self.value("a field name"))
        return found

    def quoted(self) -> bool:
        """Whether the next token is a quoted text."""
        return is_quoted(self.peek())

    def end(self) -> None:
        """Refuses whatever is left."""
        if self:
            raise Unsupported("The command '%s' cannot use '%s' here." % (self.command, self.rest()))


_TRUE, _FALSE = ("true", "t", "1", "yes", "y"), ("false", "f", "0", "no", "n")


def flag(options: Mapping[str, str], name: str, default: bool) -> bool:
    """A Boolean option: t, true, 1, f, false or 0."""
    value = options.get(name)
    if value is None:
        return default
    if value.lower() not in _TRUE + _FALSE:
        raise SyntaxFault("The option %s= takes true or false, not '%s'." % (name, value))
    return value.lower() in _TRUE


def whole(options: Mapping[str, str], name: str, default: int) -> int:
    """An option that is a whole number from 0."""
    value = options.get(name, str(default))
    if not value.isdigit():
        raise SyntaxFault("The option %s= takes a whole number, not '%s'." % (name, value))
    return int(value)


def wild(names: Iterable[str]) -> Optional[FrozenSet[str]]:
    """What a field list reads: these names, or everything if one of them is a pattern."""
    kept = frozenset(names)
    return None if any("*" in name for name in kept) else kept


def chosen(patterns: Iterable[str], fields: Iterable[str]) -> List[str]:
    """The fields that the patterns name, in the patterns' order; a plain name stays even if there is no such field."""
    columns = list(fields)
    picked: List[str] = []
    for pattern in patterns:
        picked += [name for name in columns if like_name(pattern)(name)] if "*" in pattern else [pattern]
    return list(dict.fromkeys(picked))
