"""Search macros: backticked names replaced by their definitions, before anything is parsed.

Sources: macros.conf.spec; Knowledge Manager Manual, "Use search macros in searches" and "Define search macros in
Settings". A macro with arguments is defined under [name(count)]; $argument$ marks in the definition are replaced by
the text given. An argument in double quotes may hold commas and parentheses; the outer quotes are dropped (public
content passes a bare name as "Name" and gets the name), a backslash before a quote is dropped with them.
Inferred: backticks inside double quotes outside a macro call stay as they are.
Not here: iseval=1, refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, List, Mapping, Optional, Set, Tuple

from .errors import RunFault, SyntaxFault, Unsupported, allowed
from .parser import unquoted

_CALL = re.compile(r'"(?:[^"\\]|\\.)*"|`([^`]*)`', re.DOTALL)
_FORM = re.compile(r"\s*([\w.:-]+)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[(),]|[^"\\(),]+', re.DOTALL)
_MARK = re.compile(r"\$(\w+)\$")


@dataclass(frozen=True)
class Macro:
    """One stanza of macros.conf."""

    definition: str
    arguments: Tuple[str, ...] = ()
    validation: str = ""
    errormsg: str = ""
    iseval: bool = False


Check = Callable[[str], Optional[bool]]  # evaluates a validation expression; a dependency that would else be circular


def expand(text: str, macros: Mapping[str, Macro], check: Check, used: Optional[Set[str]] = None) -> str:
    """The search with every macro replaced, and in `used` the names (as macros.conf spells them) that it took."""
    return _expand(text, macros, check, used if used is not None else set(), ())


def _expand(text: str, macros: Mapping[str, Macro], check: Check, used: Set[str], inside: Tuple[str, ...]) -> str:
    def replaced(found: "re.Match[str]") -> str:
        if found.group(1) is None:
            return found.group(0)
        name, values = _call(found.group(1))
        key = "%s(%d)" % (name, len(values)) if values else name
        if key in inside:
            raise SyntaxFault("The macro `%s` calls itself: %s." % (key, " > ".join((*inside, key))))
        used.add(key)
        body = _body(key, values, macros, check)
        return _expand(body, macros, check, used, (*inside, key))

    return _CALL.sub(replaced, text)


def _body(key: str, values: List[str], macros: Mapping[str, Macro], check: Check) -> str:
    macro = macros.get(key)
    if macro is None:
        raise RunFault("The macro `%s` is not defined; known here: %s." % (key, allowed(macros)))
    if macro.iseval:
        raise Unsupported("The macro `%s` has iseval=1, which this stand-in does not know." % key)
    if len(macro.arguments) != len(values):
        raise RunFault("The macro `%s` names %d arguments in args, not %d." % (key, len(macro.arguments), len(values)))
    given = dict(zip(macro.arguments, values))

    def filled(source: str) -> str:
        return _MARK.sub(lambda mark: given.get(mark.group(1), mark.group(0)), source)

    if macro.validation and check(filled(macro.validation)) is not True:
        raise RunFault(
            filled(macro.errormsg)
            or "The arguments of the macro `%s` fail its validation: %s." % (key, ", ".join(values))
        )
    return filled(macro.definition)


def _call(inner: str) -> Tuple[str, List[str]]:
    form = _FORM.match(inner)
    if form is None:
        raise SyntaxFault("A macro call must look like `name` or `name(argument, ...)`, not `%s`." % inner)
    name, listed = form.group(1), form.group(2)
    return name, [] if listed is None or not listed.strip() else [_argument(part) for part in _split(listed)]


def _split(listed: str) -> List[str]:
    parts, depth = [""], 0
    for piece in _PART.findall(listed):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _argument(part: str) -> str:
    stripped = part.strip()
    whole = re.fullmatch(r'"(?:[^"\\]|\\.)*"', stripped, re.DOTALL)
    return unquoted(stripped) if whole else stripped
