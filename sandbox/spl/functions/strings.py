r"""Text: Search Reference, "Text functions", "Conversion functions", "Cryptographic functions".

Patterns are PCRE in Splunk and Python's here: (?<name>...) is rewritten, letters and digits are ASCII, and a
construct that Python does not know is refused. replace() takes \1 to \9 for the groups. substr() counts from 1, and
from the end if negative.
Inferred: substr from 0 reads from 1; trim's second argument is a set of characters (its page's example); split by
"" gives the characters.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Callable, Dict

from ..errors import RunFault, Unsupported
from ..values import Value, number, text
from .base import MANY, Function, strict


@lru_cache(maxsize=1024)
def pattern(source: str) -> "re.Pattern[str]":
    """A PCRE pattern as Python's."""
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", source), re.ASCII)
    except re.error as fault:
        raise Unsupported("The pattern '%s' cannot be read here: %s." % (source, fault)) from None


@lru_cache(maxsize=1024)
def _like(mask: str) -> "re.Pattern[str]":
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in mask), re.DOTALL)


def like(value: Value, mask: Value) -> Value:
    """Whether the whole text fits the mask, % standing for anything and _ for one character; case matters."""
    if value is None or mask is None:
        return None
    if isinstance(value, list):
        return any(like(one, mask) for one in value)
    return _like(str(text(mask))).fullmatch(str(text(value))) is not None


@strict(2, 2)
def match(value: Value, regex: Value) -> Value:
    """Whether the pattern is found anywhere in the text."""
    return pattern(str(text(regex))).search(str(text(value))) is not None


@lru_cache(maxsize=1024)
def _template(by: str) -> str:
    r"""A replacement as Python's: \1 to \9 are groups, any other backslash is one."""
    return re.sub(r"\\(\d)", r"\\g<\1>", re.sub(r"\\(?!\d)", r"\\\\", by))


@strict(3, 3)
def replace(value: Value, regex: Value, by: Value) -> Value:
    """Every place where the pattern is found, replaced."""
    try:
        return pattern(str(text(regex))).sub(_template(str(text(by))), str(text(value)))
    except (re.error, IndexError) as fault:
        raise RunFault("The eval function 'replace' cannot use '%s': %s." % (by, fault)) from None


@strict(2, 3)
def substr(value: Value, start: Value, length: Value = None) -> Value:
    """The part from a place on, of a length or to the end."""
    whole, first, count = str(text(value)), number(start), number(length)
    if first is None:
        return None
    begin = max(0, len(whole) + int(first)) if first < 0 else max(0, int(first) - 1)
    return whole[begin:] if length is None else whole[begin : begin + max(0, int(count or 0))]


@strict(1, 2)
def tonumber(value: Value, base: Value = 10) -> Value:
    """The number that a text spells in a base from 2 to 36, else null."""
    radix = number(base)
    if radix == 10:
        return number(text(value).strip())
    try:
        return int(str(text(value)), int(radix))
    except ValueError:
        return None


def _commas(figure: float) -> str:
    return "{:,}".format(figure) if isinstance(figure, int) else "{:,.2f}".format(figure)


def _duration(figure: float) -> str:
    days, rest = divmod(int(figure), 86400)
    clock = "%02d:%02d:%02d" % (rest // 3600, rest % 3600 // 60, rest % 60)
    return "%d+%s" % (days, clock) if days else clock


_STYLES: Dict[str, Callable[[float], str]] = {
    "commas": _commas,
    "duration": _duration,
    "hex": lambda figure: "0x%X" % int(figure),
    "binary": lambda figure: "{:b}".format(int(figure)),
}


@strict(1, 2, multi=(0,), nulls=True)
def tostring(value: Value, style: Value = None) -> Value:
    """As text: True, False, a number, or one in the style commas (two decimals, if any), duration, hex or binary.

    Documented: a Boolean gives True or False. Inferred: null gives null, "hex" has capitals, a multivalue stays one.
    """
    if style is None or value is None:
        return value if isinstance(value, list) else text(value)
    figure = number(value)
    if style not in _STYLES:
        raise Unsupported(
            "The eval function 'tostring' knows the styles %s here, not '%s'." % (", ".join(_STYLES), style)
        )
    return None if figure is None else _STYLES[str(style)](figure)


_DIRECTIVE = re.compile(r"%[-+ 0#]*\d*(?:\.\d+)?([a-zA-Z%])")


@strict(1, MANY)
def printf(form: Value, *values: Value) -> Value:
    """C's printf with %d %i %s %f %e %g %x %X %o %c; inferred: what should be a number and is none counts as 0."""
    waiting, out, at = list(values), [], 0
    whole = str(text(form))
    for found in _DIRECTIVE.finditer(whole):
        kind = found.group(1)
        out.append(whole[at : found.start()])
        at = found.end()
        if kind == "%":
            out.append("%")
        elif kind not in "disfegxXoc" or not waiting:
            raise Unsupported("The eval function 'printf' cannot use '%s' in '%s' here." % (found.group(), whole))
        else:
            value = waiting.pop(0)
            out.append(
                found.group()
                % (
                    text(value)
                    if kind in "sc"
                    else (int(number(value) or 0) if kind in "dixXo" else float(number(value) or 0))
                )
            )
    return "".join(out) + whole[at:]


def _digest(name: str) -> Function:
    def digest(value: Value) -> Value:
        return hashlib.new(name, str(text(value)).encode("utf-8")).hexdigest()

    digest.__name__ = name
    return strict(1, 1)(digest)


def _trimmed(name: str, cut: Callable[[str, str], str]) -> Function:
    def trim(value: Value, signs: Value = " \t") -> Value:
        return cut(str(text(value)), str(text(signs)))

    trim.__name__ = name
    return strict(1, 2)(trim)


@strict(1, 1)
def len_(value: Value) -> Value:
    """The number of characters (Splunk counts bytes of UTF-8 in old versions; inferred)."""
    return len(str(text(value)))


@strict(1, 1)
def lower(value: Value) -> Value:
    """In lower case."""
    return str(text(value)).lower()


@strict(1, 1)
def upper(value: Value) -> Value:
    """In capitals."""
    return str(text(value)).upper()


@strict(2, 2)
def split(value: Value, sign: Value) -> Value:
    """The parts between the separators, as a multivalue."""
    whole = str(text(value))
    return list(whole) if sign == "" else whole.split(str(text(sign)))


FUNCTIONS: Dict[str, Function] = {
    "like": strict(2, 2, multi=(0,))(like),
    "match": match,
    "replace": replace,
    "substr": substr,
    "tonumber": tonumber,
    "tostring": tostring,
    "printf": printf,
    "len": len_,
    "lower": lower,
    "upper": upper,
    "split": split,
    "trim": _trimmed("trim", str.strip),
    "ltrim": _trimmed("ltrim", str.lstrip),
    "rtrim": _trimmed("rtrim", str.rstrip),
    "md5": _digest("md5"),
    "sha256": _digest("sha256"),
}
