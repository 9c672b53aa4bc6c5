"""The signature of a request: its form, what it covers, and that receivers can check it as they are told to."""

import re

import pytest

from teams_export_guard.signature import UNSIGNED, signature
from tests.conftest import ROOT

BODY, SECRET, NOW = '{"a":"\u00e4"}'.encode(), "s3cret", 1_790_000_000.9


@pytest.fixture(scope="module")
def is_genuine():
    """The function that README/webhook-receiver.md gives to receivers."""
    text = (ROOT / "README" / "webhook-receiver.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(code, names)  # noqa: S102 - our own page
    return names["is_genuine"]


def test_form_and_value():
    """The digest is what ``printf '1790000000.x' | openssl dgst -sha256 -hmac key`` prints."""
    digest = "02fe707613c56edbc067bd795508cd28f6a707393b57db33e113b7a1ba44a1b9"
    assert "t=1790000000,v1=" + digest == signature("key", b"x", NOW)


def test_receivers_can_check_it(is_genuine):
    """With the code on the page for receivers."""
    assert is_genuine(signature(SECRET, BODY, NOW), BODY, SECRET, now=lambda: NOW + 60)


@pytest.mark.parametrize("body, secret, later", [(BODY + b" ", SECRET, 0), (BODY, "other", 0), (BODY, SECRET, 301),
                                                 (BODY, SECRET, -301)])
def test_anything_changed_is_refused(is_genuine, body, secret, later):
    """Another body, another secret, or too long ago or ahead."""
    assert not is_genuine(signature(SECRET, BODY, NOW), body, secret, now=lambda: NOW + later)


def test_time_is_signed(is_genuine):
    """An old request with a new time does not pass."""
    header = signature(SECRET, BODY, NOW).replace("t=1790000000", "t=1790009999")
    assert not is_genuine(header, BODY, SECRET, now=lambda: 1790009999)


@pytest.mark.parametrize("header", ["", UNSIGNED, "t=,v1=", "t=x,v1=y", "v1=00", "t=1790000000", "=,=,"])
def test_headers_of_another_form_are_refused(is_genuine, header):
    """And raise nothing."""
    assert not is_genuine(header, BODY, SECRET, now=lambda: NOW)


def test_without_a_secret_it_says_so():
    """Nothing that looks like a signature."""
    assert "unsigned" == signature("", BODY, NOW)
