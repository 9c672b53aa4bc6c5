"""Facts about the eval functions over single values: choosing, testing, text, numbers, time."""

from __future__ import annotations

import hashlib
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spl import Context, RunFault, SyntaxFault, Unsupported
from sandbox.spl.expression import expression
from sandbox.spl.functions import FUNCTIONS

ROW = {"n": "10", "s": "Abc def", "e": "", "mv": ["a", "b"], "ip": "10.1.2.3", "_raw": '{"Op":"MessagesListed"}'}


def value(source, **fields):
    return expression(source).run({**ROW, **fields}, Context(now=1790850645.5))


@pytest.mark.parametrize(
    "source, expected",
    [
        ('if(n=10,"yes","no")', "yes"),
        ('if(missing=1,"yes","no")', "no"),
        ("if(1=2,1,null())", None),
        ('case(n=9,"a",n=10,"b",true(),"c")', "b"),
        ('case(n=9,"a")', None),
        ('case(missing=1,"a",true(),"z")', "z"),
        ("coalesce(missing,n)", "10"),
        ("coalesce(missing,e,n)", ""),
        ("coalesce(missing)", None),
        ("coalesce(mv,1)", ["a", "b"]),
        ("nullif(n,10)", None),
        ("nullif(n,9)", "10"),
        ('nullif(missing,"x")', None),
        ("nullif(n,missing)", "10"),
        ('validate(n>5,"small",n<8,"large")', "large"),
        ('validate(n>5,"small")', None),
        ('validate(missing=1,"lacks")', "lacks"),
        ("in(n,9,10)", True),
        ("in(n,1,2)", False),
        ("in(missing,1)", None),
        ('in(mv,"b")', True),
        ("isnull(missing)", True),
        ("isnull(e)", False),
        ("isnotnull(missing)", False),
        ("isnotnull(mv)", True),
        ("isnum(n)", True),
        ("isnum(s)", False),
        ("isnum(missing)", False),
        ("isstr(s)", True),
        ("isstr(n)", False),
        ("isstr(missing)", False),
        ("typeof(n)", "Number"),
        ("typeof(s)", "String"),
        ("typeof(missing)", "Invalid"),
        ("typeof(1=1)", "Boolean"),
        ('cidrmatch("10.0.0.0/8",ip)', True),
        ('cidrmatch("11.0.0.0/8",ip)', False),
        ('cidrmatch("10.0.0.0/8",s)', False),
        ('cidrmatch("2001:db8::/32","2001:db8::1")', True),
        ("null()", None),
        ("true()", True),
        ("false()", False),
    ],
)
def test_choosing_and_testing(source, expected):
    """A null condition counts as false; an empty text is not null."""
    assert value(source) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("len(s)", 7),
        ("len(e)", 0),
        ("len(missing)", None),
        ("lower(s)", "abc def"),
        ("upper(s)", "ABC DEF"),
        ("substr(s,1,3)", "Abc"),
        ("substr(s,5)", "def"),
        ("substr(s,-3)", "def"),
        ("substr(s,-3,2)", "de"),
        ("substr(s,99)", ""),
        ("substr(s,-99,2)", "Ab"),
        ("substr(s,2,0)", ""),
        ("substr(missing,1)", None),
        (r'replace(s,"(\w)bc","<\1>")', "<A> def"),
        (r'replace(s,"(?<first>\w)bc","\1\1")', "AA def"),
        ('replace(s,"x","y")', "Abc def"),
        (r'replace(s," ","\n")', r"Abc\ndef"),
        (r'replace("a.b","\.","")', "ab"),
        (r'match(s,"^A.c")', True),
        (r'match(s,"def")', True),
        (r'match(s,"^def")', False),
        ('match(missing,"a")', None),
        (r'match("٣","\d")', False),
        ('like(s,"A%f")', True),
        ('like(s,"A_f")', False),
        ('like(missing,"a")', None),
        ('like(mv,"b")', True),
        ('trim("  a ")', "a"),
        ('trim("xxaxy","xy")', "a"),
        ('ltrim("xxax","x")', "ax"),
        ('rtrim("xxax","x")', "xxa"),
        ('split("a,b,",",")', ["a", "b", ""]),
        ('split("ab","")', ["a", "b"]),
        ('split("a","#")', ["a"]),
        ('printf("%05d|%s|%.2f|%x|%%",n,s,1.005,255)', "00010|Abc def|1.00|ff|%"),
        ('printf("plain")', "plain"),
        ('md5("a")', hashlib.md5(b"a", usedforsecurity=False).hexdigest()),
        ('sha256("ä")', hashlib.sha256("ä".encode()).hexdigest()),
    ],
)
def test_text(source, expected):
    """Counting from 1, negative places from the end, patterns found anywhere, groups in replacements."""
    assert value(source) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ('tonumber("12")', 12),
        ('tonumber("1.50")', 1.5),
        ('tonumber(" 7 ")', 7),
        ('tonumber("0A4",16)', 164),
        ('tonumber("x")', None),
        ('tonumber("12",2)', None),
        ("tonumber(missing)", None),
        ("tostring(n)", "10"),
        ("tostring(2.5)", "2.5"),
        ("tostring(1=1)", "True"),
        ("tostring(1=2)", "False"),
        ("tostring(missing)", None),
        ('tostring(12345.678,"commas")', "12,345.68"),
        ('tostring(1234567,"commas")', "1,234,567"),
        ('tostring(3661,"duration")', "01:01:01"),
        ('tostring(90061,"duration")', "1+01:01:01"),
        ('tostring(15,"hex")', "0xF"),
        ('tostring(9,"binary")', "1001"),
        ('tostring(s,"commas")', None),
        ("tostring(mv)", ["a", "b"]),
    ],
)
def test_conversion(source, expected):
    """What spells no number is null; Booleans become True and False."""
    assert value(source) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("floor(2.7)", 2),
        ("floor(-2.1)", -3),
        ("ceil(2.1)", 3),
        ("ceiling(2.1)", 3),
        ("abs(-5)", 5),
        ("floor(s)", None),
        ("round(3.5)", 4),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(2.555,2)", 2.56),
        ("round(1234,-2)", 1200),
        ("round(s)", None),
        ("max(1,3,2)", 3),
        ('max(1,"foo")', "foo"),
        ("min(1,3,missing)", 1),
        ('min("b","a")', "a"),
        ("max(missing)", None),
        ('max(split("3,10",","))', "10"),
    ],
)
def test_numbers(source, expected):
    """Halves round away from zero in decimal; a text is greater than any number."""
    assert value(source) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("now()", 1790850645),
        ("time()", 1790850645.5),
        ('relative_time(now(),"-1d@d")', 1790726400),
        ('relative_time(missing,"-1d")', None),
        ('strftime(1790850645,"%Y-%m-%dT%H:%M:%SZ")', "2026-10-01T10:30:45Z"),
        ('strftime("soon","%Y")', None),
        ('strptime("2026-10-01T10:30:45+0000","%Y-%m-%dT%H:%M:%S%z")', 1790850645),
        ('strptime("soon","%Y")', None),
        ('strptime(missing,"%Y")', None),
    ],
)
def test_time(source, expected):
    """Times are epoch seconds; what does not fit is null."""
    assert value(source) == expected


def test_searchmatch_takes_search_syntax():
    """Terms look at _raw, field comparisons at the row."""
    assert value('searchmatch("n=10 messageslisted")') is True
    assert value('searchmatch("n=11")') is False
    with pytest.raises(SyntaxFault, match="'searchmatch' takes a search in double quotes"):
        value("searchmatch(s)")


@pytest.mark.parametrize(
    "source", ["lower(mv)", "len(mv)", 'match(mv,"a")', 'replace(s,mv,"x")', 'strftime(mv,"%Y")', "split(mv,s)"]
)
def test_a_multivalue_where_one_value_is_meant_is_refused(source):
    """What Splunk makes of it is not documented; the sentence names the function."""
    name = source.split("(")[0]
    with pytest.raises(RunFault, match="'%s' was given a multivalue" % name):
        value(source)


@pytest.mark.parametrize(
    "source, sentence",
    [
        ('match(s,"(")', "pattern"),
        (r'match(s,"\R")', "pattern"),
        ('tostring(n,"roman")', "'roman'"),
        ('printf("%d")', "%d"),
        ('printf("%y",1)', "%y"),
        ('cidrmatch("net",ip)', "network"),
        ("case(1=1)", "'case' takes at least 2"),
        ("case(1=1,2,3=3)", "pairs"),
        (r'replace(s,"a","\9")', "'replace' cannot use"),
    ],
)
def test_what_a_function_cannot_use_is_said(source, sentence):
    """A bad pattern, style or format is one sentence."""
    with pytest.raises((RunFault, Unsupported, SyntaxFault), match=sentence):
        value(source)


@given(st.decimals(-(10**6), 10**6, places=4), st.integers(0, 3))
def test_rounding_is_decimal(figure, places):
    """round() agrees with decimal arithmetic, halves away from zero."""
    exact = figure.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert value("round(x,p)", x=str(figure), p=places) == float(exact)


@given(st.text(max_size=12), st.integers(1, 14), st.integers(0, 14))
def test_substr_is_a_slice(whole, start, length):
    """Counting from 1."""
    assert value("substr(t,a,b)", t=whole, a=start, b=length) == whole[start - 1 : start - 1 + length]


def test_every_function_is_spelled_in_lower_case():
    """The table's names are SPL's, so that a refusal can name them."""
    assert all(name == name.lower() for name in FUNCTIONS)
