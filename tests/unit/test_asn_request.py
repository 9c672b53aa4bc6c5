"""The options of teamsexportasn: what they ask for, and every fault at once."""

import pytest

from teams_export_guard.asn_request import OPTIONS, Request, is_date, parse
from teams_export_guard.errors import SettingsError

URL = "https://iptoasn.com/data/ip2asn-combined.tsv.gz"


def faults(*arguments):
    with pytest.raises(SettingsError) as caught:
        parse(arguments)
    return caught.value.faults


@pytest.mark.parametrize("arguments, request_", [
    (["source=shipped"], Request("shipped")),
    (["source=shipped", "url=", "account=", "dryrun=t", "force=1"], Request("shipped", dryrun=True, force=True)),
    (["source=lookup", "lookup=a.csv"], Request("lookup", ("a.csv",))),
    (["source=lookup", "lookup=a.csv", "lookup_ipv6=b.csv.gz", "format=geolite"],
     Request("lookup", ("a.csv", "b.csv.gz"), format="geolite")),
    (["source=url", "url=" + URL, "timeout=30", "account=4711", "ca_file=$SPLUNK_HOME/etc/ca.pem",
      "proxy=http://proxy:3128", "name=Ours", "date=2026-06-17", "attribution=a; b = c"],
     Request("url", url=URL, timeout=30, account="4711", ca_file="$SPLUNK_HOME/etc/ca.pem", proxy="http://proxy:3128",
             name="Ours", date="2026-06-17", attribution="a; b = c")),
])  # fmt: skip
def test_good_options(arguments, request_):
    """What is not given, or given empty as an empty macro does, is left to the source."""
    assert request_ == parse(arguments)


@pytest.mark.parametrize("arguments, words", [
    ([], "source=: allowed: one of shipped, lookup, url"),
    (["source=net"], "source=net: allowed"),
    (["source=lookup"], "lookup=: allowed: the name of a lookup file"),
    *[(["source=lookup", "lookup=" + name], "without a path") for name in
      ("../a.csv", "/etc/passwd", "a/b.csv", "a\\b.csv", ".a.csv", "a.txt", "a.csv\0", "a b.csv", "x" * 101 + ".csv")],
    (["source=url"], "url is not set"),
    (["source=url", "url=http://a.example/x"], "url must begin with https://"),
    (["source=url", "url=https://u:p@a.example/x"], "must not have a user name or a password"),
    (["source=shipped", "url=" + URL], "url: allowed only with source=url"),
    (["source=shipped", "format=ranges"], "format: allowed only with source=lookup or url"),
    (["source=lookup", "lookup=a.csv", "account=1"], "account: allowed only with source=url"),
    (["source=url", "url=" + URL, "format=csv"], "format=csv: allowed: one of ranges, iptoasn, geolite, packed"),
    (["source=url", "url=" + URL, "ca_file=ca.pem"], "ca_file must be an absolute path"),
    (["source=url", "url=" + URL, "proxy=ftp://a"], "proxy must begin with http:// or https://"),
    (["source=url", "url=" + URL, "account=a:b"], "account: allowed"),
    *[(["source=url", "url=" + URL, "timeout=" + text], "from 5 to 600") for text in ("4", "601", "x", "1.5", "-5")],
    *[(["source=url", "url=" + URL, "date=" + text], "YYYY-MM-DD") for text in ("2026-13-01", "20260101", "today")],
    (["source=url", "url=" + URL, "name=" + "x" * 501], "name: allowed: one line of at most 500 characters"),
    (["source=url", "url=" + URL, "attribution=a\nb"], "attribution: allowed: one line"),
    (["source=shipped", "dryrun=maybe"], "dryrun=maybe: allowed: true or false"),
    (["source=shipped", "source=shipped"], "source: the option is given twice"),
    (["source=shipped", "forse=true"], "did you mean force?"),
    (["source=shipped", "force"], "force: a value is missing"),
])
def test_one_fault(arguments, words):
    """Each says what was given, where that cannot be a secret, and what is allowed."""
    said = faults(*arguments)
    assert words in "; ".join(said)


def test_all_faults_at_once():
    """Four of them."""
    assert 4 == len(faults("source=lookup", "lookup=x", "dryrun=2", "zzz=1", "account=7"))


@pytest.mark.parametrize("argument", ["https://a.example/x?license_key=S3CRET", "url=https://a.example/ x?license_key=S3CRET",
                                      "url=http://a.example/x?license_key=S3CRET", "account=me:S3CRET",
                                      "license_key=S3CRET"])
def test_what_may_be_a_secret_is_not_repeated(argument):
    """Addresses carry keys, whatever is wrong with them."""
    assert "S3CRET" not in "; ".join(faults("source=url", argument))


def test_every_option_is_one_of_the_request():
    """No option is parsed and forgotten."""
    assert {"lookups" if name.startswith("lookup") else name for name in OPTIONS} == set(Request._fields)


@pytest.mark.parametrize("text, right", [("2026-06-17", True), ("2026-02-30", False), ("2026-6-7", False), ("", False)])
def test_dates(text, right):
    """Days that the calendar has."""
    assert right == is_date(text)
