"""The conf files of this repository as values, for the tests that hold them to the code."""

import configparser
import csv

from tests.conftest import ROOT


def conf(name, folder="default"):
    """A conf file as stanza to settings; a stanza or setting given twice is an error."""
    parser = configparser.ConfigParser(
        delimiters="=", comment_prefixes="#", inline_comment_prefixes=None, interpolation=None, default_section="\0",
        strict=True
    )
    parser.optionxform = str
    text = (ROOT / folder / name).read_text(encoding="utf-8").replace("\n[]\n", "\n[<all>]\n")
    parser.read_string(text)
    return {stanza: dict(parser[stanza]) for stanza in parser.sections()}


def lookup(name):
    """The rows of a CSV lookup of this repository."""
    with (ROOT / "lookups" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MACROS = conf("macros.conf")
SEARCHES = conf("savedsearches.conf")
TRANSFORMS = conf("transforms.conf")
SPL = {"macro " + name: one["definition"] for name, one in MACROS.items()}
SPL.update((name, one["search"]) for name, one in SEARCHES.items())


def dashboards():
    """The text of every dashboard and every page script, if there are any."""
    folders = [ROOT / "default" / "data", ROOT / "appserver"]
    return [
        path.read_text(encoding="utf-8", errors="replace")
        for one in folders
        if one.exists()
        for path in one.rglob("*.*")
        if path.is_file()
    ]
