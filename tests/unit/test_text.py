"""Text as it is compared: lone surrogates, and what counts as non-empty text."""

import pytest

from teams_export_guard.text import clean, nonempty


@pytest.mark.parametrize(
    "text, expected",
    [("abc", "abc"), ("", ""), ("\ud800", "\ufffd"), ("a\udfffb\ud800", "a\ufffdb\ufffd"), ("\udc00\ud800",
    "\ufffd\ufffd")],
)
def test_lone_surrogates_become_replacement_characters(text, expected):
    """Every lone surrogate becomes U+FFFD, one for one."""
    assert expected == clean(text)


@pytest.mark.parametrize("text", ["É", "漢字", "\U0001f600", "\ufffd", "\0", "a\n", "\ud7ff\ue000"])
def test_other_characters_stay(text):
    """Nothing else is changed, not NUL and not what lies beside the surrogates."""
    assert text == clean(text)


def test_cleaned_text_is_utf8():
    """What is cleaned can be encoded, which a surrogate cannot."""
    with pytest.raises(UnicodeEncodeError):
        "\ud83d".encode("utf-8")
    assert b"\xef\xbf\xbd" == clean("\ud83d").encode("utf-8")


@pytest.mark.parametrize("value", [None, "", 0, 7, 1.5, True, [], ["a"], {"a": "b"}, b"a"])
def test_what_is_no_text_is_empty(value):
    """Absent, null, empty or not text gives the empty text."""
    assert "" == nonempty(value)


@pytest.mark.parametrize("value, expected", [("a", "a"), (" ", " "), ("0", "0"), ("\ud800", "\ufffd")])
def test_text_stays_cleaned(value, expected):
    """A text is given back, cleaned and not stripped."""
    assert expected == nonempty(value)
