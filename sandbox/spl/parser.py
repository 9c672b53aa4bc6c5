"""Text to trees: the four grammars, each built once, and the cutting of a search into commands.

Knows quoting, brackets and comments. Does not know any command; sources: Splunk Search Manual, "Anatomy of a
search", "Use subsearches", "Add comments to searches" (three backticks on either side).
Inferred: inside double quotes neither brackets, pipes nor backticks mean anything; a backslash keeps the next
character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, List, Tuple, Union

from lark import Lark, Token
from lark.exceptions import LarkError, UnexpectedInput

from .errors import SyntaxFault

_GRAMMARS = Path(__file__).parent / "grammar"
_STARTS = {
    "pipeline": ["pipeline"],
    "search": ["start"],
    "eval": ["assignments", "expression", "clauses"],
    "words": ["start"],
}
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|```.*?```', re.DOTALL)
_NAME = re.compile(r"\s*([A-Za-z_]\w*)")
Node = Any  # of a parse tree: lark types children as Tree or Token, and which it is the grammars say
EXCERPT = 60  # characters of the faulty text that an error shows


@dataclass(frozen=True)
class Source:
    """A pipeline as written: its commands in order."""

    commands: Tuple["Command", ...]
    implied: bool = False  # the first command has no name of its own: it is taken for `search`


@dataclass(frozen=True)
class Command:
    """One command: its name and its arguments, text and subsearches in the order written."""

    name: str
    pieces: Tuple[Union[str, Source], ...]

    @property
    def text(self) -> str:
        """The arguments, for a command that takes no subsearch."""
        for piece in self.pieces:
            if isinstance(piece, Source):
                raise SyntaxFault("The command '%s' takes no subsearch in [ ] here." % self.name)
        return "".join(self.pieces).strip()


@lru_cache(maxsize=None)
def _grammar(name: str) -> Lark:
    source = (_GRAMMARS / (name + ".lark")).read_text(encoding="utf-8")
    return Lark(source, start=_STARTS[name], parser="lalr", maybe_placeholders=False)


def tree(grammar: str, text: str, start: str, what: str) -> Node:
    """The parse tree, or one sentence that shows where the text stops making sense."""
    try:
        return _grammar(grammar).parse(text, start=start)
    except UnexpectedInput as fault:
        at = fault.pos_in_stream
        if at is None or at < 0 or at >= len(text):
            raise SyntaxFault("The %s ends too early: %s" % (what, _excerpt(text))) from None
        raise SyntaxFault("The %s cannot be read at '%s' in: %s" % (what, text[at : at + 20], _excerpt(text))) from None
    except LarkError as fault:  # pragma: no cover - lark promises UnexpectedInput for bad text
        raise SyntaxFault("The %s cannot be read: %s" % (what, fault)) from None


def words(text: str, command: str) -> List[Token]:
    """The arguments of a command as words, quoted texts and marks."""
    return list(tree("words", text, "start", "argument list of '%s'" % command).children)


def without_comments(text: str) -> str:
    """The search with every ```comment``` taken out."""
    return _COMMENT.sub(lambda found: found.group(1) or " ", text)


def pipeline(text: str) -> Source:
    """A search, macros expanded and comments gone, cut into commands."""
    return _source(tree("pipeline", text.strip(), "pipeline", "search"), text)


def _source(node: Node, text: str) -> Source:
    segments = [
        [child if isinstance(child, str) else _source(child.children[0], text) for child in segment.children]
        for segment in node.children
    ]
    generating = len(segments) > 1 and _blank(segments[0])
    if generating:
        segments = segments[1:]
    commands = []
    for place, pieces in enumerate(segments):
        if _blank(pieces) and place + (not generating):
            raise SyntaxFault("There is an empty command between two pipes in: %s" % _excerpt(text))
        commands.append(_command(pieces, implicit=not generating and place == 0))
    return Source(tuple(commands), not generating and not _is_search(_text_of(segments[0])))


def subpipeline(source: Source) -> Source:
    """What stands in the brackets of a command that goes on with its own rows: the first word is a command there."""
    if not source.implied:
        return source
    return Source((_command(list(source.commands[0].pieces), implicit=False), *source.commands[1:]))


def _text_of(pieces: List[Union[str, Source]]) -> str:
    return pieces[0] if pieces and isinstance(pieces[0], str) else ""


def _is_search(text: str) -> bool:
    return re.match(r"\s*search(\s|$)", text) is not None


def _command(pieces: List[Union[str, Source]], implicit: bool) -> Command:
    first = _text_of(pieces)
    named = _NAME.match(first)
    word = named.group(1) if named else ""
    if implicit and not _is_search(first):
        return Command("search", _merged(pieces))
    if not word:
        raise SyntaxFault("A command must start with its name, not with: %s" % _excerpt(first or "["))
    return Command(word, _merged([first[named.end() :], *pieces[1:]]))


def _merged(pieces: List[Union[str, Source]]) -> Tuple[Union[str, Source], ...]:
    merged: List[Union[str, Source]] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += str(piece)
        else:
            merged.append(str(piece) if isinstance(piece, str) else piece)
    return tuple(merged)


def _blank(pieces: List[Union[str, Source]]) -> bool:
    return all(isinstance(piece, str) and not piece.strip() for piece in pieces)


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT else flat[:EXCERPT] + "..."


def unquoted(token: str) -> str:
    """The text of a word or of a quoted text; inside quotes a backslash before a quote or a backslash goes away."""
    if len(token) >= 2 and token[0] == token[-1] and token[0] in "\"'":
        return re.sub(r'\\(["\'\\])', r"\1", token[1:-1])
    return str(token)


def is_quoted(token: str) -> bool:
    """Whether a token was written in double quotes."""
    return len(token) >= 2 and token[0] == token[-1] == '"'
