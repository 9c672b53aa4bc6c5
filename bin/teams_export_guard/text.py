"""Text as it is compared and hashed.

Knows one rule: lone surrogates become U+FFFD before anything is compared or hashed (contract,
section 2, "Failure"). JSON can spell them as escapes; UTF-8, which carries our output, cannot.
Knows nothing of records.
"""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text):
    """``text`` with every lone surrogate replaced by U+FFFD."""
    if text.isascii():
        return text
    return _SURROGATE.sub("\ufffd", text)


def nonempty(value):
    """``value`` cleaned if it is a non-empty text, else the empty text (absent, null, number, list …)."""
    if isinstance(value, str) and value:
        return clean(value)
    return ""
