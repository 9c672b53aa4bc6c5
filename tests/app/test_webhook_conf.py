"""The webhook's conf files, specs, form and icon say what the code says."""

import re
import struct

import pytest

from teams_export_guard.documents import DEAD_LETTERS
from teams_export_guard.webhook_settings import NUMBERS, PARAMS
from tests.app.confs import SEARCHES, conf
from tests.conftest import ROOT

NAME, RETRY = "teams_export_webhook", "Teams Export - Retry webhook"
STANZA = conf("alert_actions.conf")[NAME]
PREFIX = "action.%s.param." % NAME


def spec(name):
    return (ROOT / "README" / name).read_text(encoding="utf-8")


def test_action_is_declared_as_splunk_asks_for():
    """A custom action with JSON on Python 3, a label, a description, an icon that is there, and Splunk's own maxtime."""
    assert ("1", "json", "python3", "3.9, 3.13", "5m", "Teams Export webhook") == tuple(
        STANZA[name] for name in ("is_custom", "payload_format", "python.version", "python.required", "maxtime", "label")
    )
    assert STANZA["description"].endswith(".")
    assert (ROOT / "bin" / (NAME + ".py")).is_file()


def test_icon_is_a_square_of_48_pixels():
    """As Splunk Web shows it in the list of actions."""
    data = (ROOT / "appserver" / "static" / STANZA["icon_path"]).read_bytes()
    assert (b"\x89PNG\r\n\x1a\n", (48, 48)) == (data[:8], struct.unpack(">II", data[16:24]))


def test_specs_name_every_parameter():
    """Both, in the order of the code; limits and defaults are those of the code."""
    text = spec("alert_actions.conf.spec")
    assert list(PARAMS) == re.findall(r"^param\.(\w+) = <", text, re.M)
    assert list(PARAMS) == re.findall(r"^%s(\w+) = <" % re.escape(PREFIX), spec("savedsearches.conf.spec"), re.M)
    for number in NUMBERS:
        part = text.partition("param.%s = " % number.name)[2].partition("\n\n")[0]
        assert re.search(r"\b%d to %d\b" % (number.least, number.most), part)
        assert "Default: %d" % number.default in part


def test_form_names_parameters_only():
    """No field for a secret, and none that the code does not know; every field has a label."""
    text = (ROOT / "default/data/ui/alerts" / (NAME + ".html")).read_text(encoding="utf-8")
    names = re.findall(r'name="([^"]+)"', text)
    assert {name[len(PREFIX):] for name in names} <= set(PARAMS)
    assert all(name.startswith(PREFIX) for name in names) and "url" in text
    assert re.findall(r'<label [^>]*for="([^"]+)"', text) == re.findall(r'<input [^>]*id="([^"]+)"', text)
    assert "<script" not in text


@pytest.mark.parametrize("word", ["secret", "password", "token", "key"])
def test_no_secret_is_a_parameter(word):
    """Secrets are in storage/passwords."""
    assert not [name for name in PARAMS if word in name]


def test_retrying_search_runs_the_action_only_if_something_is_owed():
    """It reads the letters that are to be tried again; its rows are no alerts."""
    one = SEARCHES[RETRY]
    assert ("1", "1", "0") == (one["action." + NAME], one[PREFIX + "retry_only"], one["alert.track"])
    assert one["search"].startswith("| inputlookup %s where retry=1 " % DEAD_LETTERS)
    assert ("number of events", "greater than", "0") == (one["counttype"], one["relation"], one["quantity"])


def test_no_search_but_the_retrying_one_says_retry_only():
    """A search that raises alerts with it would lose them."""
    assert [RETRY] == [name for name, one in SEARCHES.items() if PREFIX + "retry_only" in one]
