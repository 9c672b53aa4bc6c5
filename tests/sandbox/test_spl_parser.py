"""Facts about cutting a search into commands: pipes, brackets, quotes, comments, and what is refused."""

from __future__ import annotations

import pytest

from sandbox.spl import SyntaxFault
from sandbox.spl.parser import Source, pipeline, unquoted, without_comments, words


def names(text):
    return [command.name for command in pipeline(text).commands]


def test_text_without_a_leading_pipe_begins_with_search():
    """What stands before the first pipe is a search command, its word given or not."""
    assert names("index=o365 foo | stats count") == ["search", "stats"]
    assert names("search index=o365 | stats count") == ["search", "stats"]
    assert pipeline("search  index=o365").commands[0].text == "index=o365"


def test_a_leading_pipe_begins_with_the_named_command():
    """A generating command stands after a pipe."""
    assert names(" | makeresults | eval x=1") == ["makeresults", "eval"]


def test_a_first_word_that_only_begins_like_search_is_a_term():
    """searches is a word to look for, not the command search."""
    assert pipeline("searches foo").commands[0].text.strip() == "searches foo"


@pytest.mark.parametrize("text", ['| eval x="a|b"', '| eval x="[a"', r'| eval x="a\"|b"'])
def test_quotes_hide_pipes_and_brackets(text):
    """Inside double quotes a pipe, a bracket or an escaped quote cuts nothing."""
    assert names(text) == ["eval"]


def test_brackets_hold_a_pipeline_of_their_own():
    """A subsearch is parsed in its place, also one in another."""
    command = pipeline("foo [search bar [| inputlookup x] | fields a] baz").commands[0]
    inner = command.pieces[1]
    assert isinstance(inner, Source)
    assert [one.name for one in inner.commands] == ["search", "fields"]
    assert [type(piece).__name__ for piece in command.pieces] == ["str", "Source", "str"]


def test_a_command_that_takes_no_subsearch_says_so():
    """The text of a command with brackets is refused by the command's name."""
    with pytest.raises(SyntaxFault, match="'stats' takes no subsearch"):
        assert pipeline("| stats [search x]").commands[0].text


@pytest.mark.parametrize(
    "text", ["foo || stats count", "foo | ", "| ", "foo [bar", "foo bar]", '| eval x="open', "foo | [bar]", "| 5 x"]
)
def test_what_cannot_be_cut_is_refused(text):
    """Empty commands, open brackets and quotes, and commands without a name are syntax faults."""
    with pytest.raises(SyntaxFault):
        pipeline(text)


def test_an_empty_command_is_called_that():
    """The sentence says what is missing."""
    with pytest.raises(SyntaxFault, match="empty command between two pipes"):
        pipeline("foo | | stats count")


def test_comments_are_taken_out():
    """Three backticks on either side make a comment, over several lines too."""
    assert without_comments("a ```b | c\nd``` e").split() == ["a", "e"]


def test_backticks_in_quotes_are_no_comment():
    """A text in quotes keeps its backticks."""
    assert without_comments('x="```b```"') == 'x="```b```"'


def test_unquoting_removes_only_the_escapes_of_quotes_and_backslashes():
    r"""\" and \\ lose their backslash; \d keeps it, so that patterns stay whole."""
    assert unquoted(r'"a\"b\\c\d"') == 'a"b\\c\\d'
    assert unquoted("'a b'") == "a b"
    assert unquoted("plain") == "plain"


def test_words_are_cut_at_blanks_marks_and_quotes():
    """Names with dots, braces and signs are one word; quoted texts are one word each."""
    assert [str(word) for word in words('a{}.b -x, "c d" e=f (g)', "sort")] == [
        "a{}.b",
        "-x",
        ",",
        '"c d"',
        "e",
        "=",
        "f",
        "(",
        "g",
        ")",
    ]
