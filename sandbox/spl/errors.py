"""What the search language can say went wrong: always one sentence, naming what was given.

    SplError                the search cannot be run
    +-- SyntaxFault         it is not SPL, or not of the form that the command takes
    +-- Unsupported         it is SPL, but not a part that this stand-in knows
    +-- RunFault            it was understood, and failed on the rows or objects at hand

Whose fault: the first two are the search text's, the third is that of the data or the configuration.
"""

from __future__ import annotations

from typing import Iterable


class SplError(Exception):
    """A search that cannot be run; the text is one sentence for the user."""


class SyntaxFault(SplError):
    """The text is not of the form that SPL or the command takes."""


class Unsupported(SplError):
    """A command, function or option that exists in SPL, perhaps, but not here."""


class RunFault(SplError):
    """The search was understood but failed on the rows or objects at hand."""


def allowed(names: Iterable[str]) -> str:
    """The names in order, for the tail of a refusal."""
    return ", ".join(sorted(names)) or "nothing"
