"""Declared types of fields, and what they do to a value."""

import pytest

from sandbox.kv import BadRequest
from sandbox.kv.fieldtypes import convert

BIG = 2**70


@pytest.mark.parametrize(
    "declared, given, kept",
    [
        ("number", 39, 39),
        ("number", "39", 39),
        ("number", "-1.5", -1.5),
        ("number", "1e3", 1000.0),
        ("number", BIG, float(BIG)),
        ("time", "1700000000.25", 1700000000.25),
        ("time", 17, 17),
        ("bool", True, True),
        ("bool", "true", True),
        ("bool", "False", False),
        ("bool", 1, True),
        ("bool", "0", False),
        ("string", "x", "x"),
        ("string", 5, "5"),
        ("string", 1.5, "1.5"),
        ("string", True, "true"),
        ("number", None, None),
        ("string", None, None),
        ("number1", "x", "x"),
        ("array", [1], [1]),
    ],
)
def test_fitting_value_is_converted(declared, given, kept):
    """A value that can be read in the declared type comes back in it; null and unknown types leave it alone."""
    found = convert({"f": given}, {"f": declared}, False)["f"]
    assert (kept, type(kept)) == (found, type(found))


@pytest.mark.parametrize(
    "declared, given",
    [
        ("number", "x"),
        ("number", ""),
        ("number", " 1"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", True),
        ("number", [1]),
        ("number", "٣"),
        ("time", "2026-01-01"),
        ("bool", "yes"),
        ("bool", 2),
        ("string", [1]),
        ("string", {"a": 1}),
    ],
)
def test_unfit_value_loses_only_its_field(declared, given):
    """Without enforceTypes a value of another type is dropped and the rest of the document stays."""
    assert {"other": given} == convert({"f": given, "other": given}, {"f": declared}, False)


def test_unfit_value_fails_the_write_when_enforced():
    """With enforceTypes the same value is a 400 that names field, type and what came."""
    with pytest.raises(BadRequest, match="Field 'f' must be of type number, not string"):
        convert({"f": "x"}, {"f": "number"}, True)


def test_undeclared_field_keeps_its_json_type():
    """A field without a declaration stays what it is."""
    document = {"a": "39", "b": [1], "c": {"d": None}}
    assert document == convert(document, {"z": "number"}, True)
