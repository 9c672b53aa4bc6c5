"""Facts about macros: expansion, arguments, nesting, validation, and what is refused."""

from __future__ import annotations

import pytest

from sandbox.spl import Context, Macro, RunFault, SyntaxFault, Unsupported, run
from sandbox.spl.macros import expand


def expanded(text, check=lambda source: True, used=None, **macros):
    return expand(
        text,
        {
            name.replace("_of_", "(") + (")" if "_of_" in name else ""): macro
            if isinstance(macro, Macro)
            else Macro(macro)
            for name, macro in macros.items()
        },
        check,
        used,
    )


def test_a_macro_is_replaced_by_its_definition():
    """The text between backticks names the stanza."""
    assert expanded("`base` foo", base="index=o365") == "index=o365 foo"


def test_macros_expand_inside_definitions():
    """A definition may call other macros, with its own arguments in theirs."""
    assert (
        expanded("`outer(a)`", outer_of_1=Macro("<`inner($x$,b)`>", ("x",)), inner_of_2=Macro("$l$+$r$", ("l", "r")))
        == "<a+b>"
    )


def test_the_number_of_arguments_picks_the_stanza():
    """name and name(1) are two macros."""
    assert expanded("`m` `m(x)`", m="none", m_of_1=Macro("one $a$", ("a",))) == "none one x"


@pytest.mark.parametrize(
    "call, expected",
    [
        ('`m("a, b")`', "a, b"),
        ("`m( a )`", "a"),
        ("`m(f(a, b))`", "f(a, b)"),
        (r'`m("say \"hi\"")`', 'say "hi"'),
        ('`m(x="a, b")`', 'x="a, b"'),
        ('`m("")`', ""),
    ],
)
def test_arguments_may_hold_commas_in_quotes_and_parentheses(call, expected):
    """Quotes round a whole argument are dropped; commas inside quotes or parentheses do not cut."""
    assert expanded(call, m_of_1=Macro("$a$", ("a",))) == expected


def test_marks_of_other_names_stay():
    """A $word$ that is no argument is text of the definition."""
    assert expanded("`m(x)`", m_of_1=Macro("$a$ $other$ 5$", ("a",))) == "x $other$ 5$"


def test_backticks_in_quotes_stay():
    """Inside double quotes nothing is expanded."""
    assert expanded('x="`m`" `m`', m="y") == 'x="`m`" y'


def test_an_empty_definition_leaves_nothing():
    """A macro may stand for nothing."""
    assert expanded("a `m` b", m="") == "a  b"


def test_the_names_taken_are_reported():
    """Every macro on the way is named as macros.conf spells it."""
    used = set()
    expanded("`a(1)`", used=used, a_of_1=Macro("`b`", ("x",)), b="c")
    assert used == {"a(1)", "b"}


def test_a_circle_of_macros_is_refused():
    """The sentence shows the way round."""
    with pytest.raises(SyntaxFault, match=r"`a` calls itself: a > b > a"):
        expanded("`a`", a="`b`", b="`a`")


@pytest.mark.parametrize(
    "call, sentence",
    [("`nope`", "`nope` is not defined"), ("`a(1,2)`", r"`a\(2\)` is not defined"), ("`a b`", "must look like")],
)
def test_what_is_no_macro_is_refused(call, sentence):
    """An unknown name, a wrong number of arguments and a bad form are said by name."""
    with pytest.raises((RunFault, SyntaxFault), match=sentence):
        expanded(call, a="x")


def test_iseval_is_refused_by_name():
    """A macro whose definition is an eval expression is not known here."""
    with pytest.raises(Unsupported, match="iseval=1"):
        expanded("`m`", m=Macro("1+1", iseval=True))


def test_args_must_fit_the_stanza():
    """A stanza m(2) whose args names one argument is a fault of the configuration."""
    with pytest.raises(RunFault, match="names 1 arguments in args, not 2"):
        expanded("`m(a,b)`", m_of_2=Macro("$x$", ("x",)))


def test_validation_guards_the_arguments():
    """A false or null validation stops the search with errormsg; a true one lets it run."""
    macro = Macro("| makeresults count=$n$", ("n",), "isnum($n$) AND $n$>0", "n must be a number above 0, not $n$")
    assert len(run("`m(3)`", Context(macros={"m(1)": macro}))) == 3
    with pytest.raises(RunFault, match="n must be a number above 0, not -1"):
        run("`m(-1)`", Context(macros={"m(1)": macro}))
