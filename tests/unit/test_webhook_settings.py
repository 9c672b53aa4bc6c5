"""The action's parameters: defaults, limits, and that every fault is said at once and without the address."""

import pytest

from teams_export_guard.errors import SettingsError
from teams_export_guard.webhook_settings import NUMBERS, PARAMS, WebhookSettings, parse_params, retries_only
from tests.app.confs import conf

URL = "https://hooks.example.com/teams?x=1"


def faults(**params):
    with pytest.raises(SettingsError) as caught:
        parse_params({"url": URL, **params})
    return caught.value.faults


def test_defaults():
    """Only the address is needed."""
    assert WebhookSettings(URL, "", "", 5, 15, 60, 4, False) == parse_params({"url": URL})


def test_defaults_are_those_of_the_conf_file():
    """alert_actions.conf says the same, in the same order, and the address is empty there."""
    shipped = {name[len("param."):]: value for name, value in conf("alert_actions.conf")["teams_export_webhook"].items()
               if name.startswith("param.")}
    assert list(PARAMS) == list(shipped)
    assert parse_params({"url": URL}) == parse_params({**shipped, "url": URL})
    assert "" == shipped["url"]


def test_all_parameters():
    """Each as given; blanks around are dropped, what is not ours is left alone."""
    given = parse_params({
        "url": " %s " % URL, "proxy": "http://proxy:3128", "ca_file": "/etc/ca.pem", "connect_timeout": "1",
        "read_timeout": "2", "timeout": "6", "max_attempts": "7", "retry_only": "1", "verbose": "1",
    })
    assert WebhookSettings(URL, "http://proxy:3128", "/etc/ca.pem", 1, 2, 6, 7, True) == given
    assert "hooks.example.com" == given.host


@pytest.mark.parametrize("url", [
    "https://h", "https://hooks.example.com:8443/a/b?c=d", "https://10.0.0.7/x", "https://[2001:db8::1]:443/",
    "https://localhost/", "https://xn--bcher-kva.example/", "HTTPS://EXAMPLE.COM",
])
def test_addresses_that_are_taken(url):
    """Names and addresses, public or private: that is the admin's choice."""
    assert url == parse_params({"url": url}).url


@pytest.mark.parametrize("url, words", [
    ("", "url is not set; it must be an address that begins with https://"),
    ("http://h/x", "url must begin with https:// but begins with http://"),
    ("ftp://h/x", "begins with ftp://"), ("hooks.example.com", "url must begin with https://"),
    ("https://user@h/x", "url must not have a user name or a password"),
    ("https://user:secret@h/x", "url must not have a user name or a password"),
    ("https:///x", "url must name a host"), ("https://-h/x", "url must name a host"),
    ("https://h:99999/x", "url is no address"), ("https://h:0/x", "port from 1 to 65535"),
    ("https://h:x/x", "url is no address"), ("https://[::1/x", "url is no address"),
    ("https://h/a b", "must not have blanks"), ("https://h/\u00e4", "letters beyond ASCII"),
    ("https://b\u00fccher.example/", "letters beyond ASCII"), ("https://h/x#y", "must not have a part behind #"),
    ("https://h\\@evil/x", "must not have a user name"),
])
def test_addresses_that_are_refused(url, words):
    """With what is allowed."""
    assert any(words in fault for fault in faults(url=url)), faults(url=url)


def test_no_fault_repeats_a_secret():
    """Neither the password nor the path of a wrong address is said."""
    for url in ("http://user:s3cret@h/p4th", "https://h:s3cret/p4th", "ftp:s3cret", "s3cret", "https://h/p4th#s3cret"):
        said = "; ".join(faults(url=url, proxy="http://u:s3cret@p/p4th"))
        assert "s3cret" not in said and "p4th" not in said


@pytest.mark.parametrize("proxy", ["http://proxy:3128", "https://proxy", "http://10.0.0.1:8080/"])
def test_proxies_that_are_taken(proxy):
    """By http or https."""
    assert proxy == parse_params({"url": URL, "proxy": proxy}).proxy


@pytest.mark.parametrize("proxy, words", [
    ("proxy:3128", "proxy must begin with http:// or https://"), ("socks5://p", "begins with socks5://"),
    ("http://u:p@proxy", "proxy must not have a user name"), ("http://p/x", "must end behind its host and port"),
    ("http://p?x", "must end behind its host and port"),
])
def test_proxies_that_are_refused(proxy, words):
    """Credentials too."""
    assert any(words in fault for fault in faults(proxy=proxy))


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_numbers_have_limits(number):
    """Both ends are taken, what lies beyond and what is no number is not."""
    for value in (number.least, number.most):
        assert value == getattr(parse_params({"url": URL, number.name: str(value)}), number.name)
    for value in (number.least - 1, number.most + 1, "x", "1.5", "-1", "1e1", "9999999"):
        (fault,) = faults(**{number.name: str(value)})
        assert "from %d to %d but is '%s'" % (number.least, number.most, value) in fault


@pytest.mark.parametrize("path", ["ca.pem", "../ca.pem", "$HOME/ca.pem", "~/ca.pem"])
def test_ca_file_is_absolute(path):
    """A relative path depends on where splunkd was started."""
    assert faults(ca_file=path) == ("ca_file must be an absolute path, or begin with $SPLUNK_HOME/, but is '%s'" % path,)


def test_all_faults_at_once():
    """Five wrong settings are five faults."""
    assert 5 == len(faults(url="http://h", proxy="p", ca_file="x", timeout="0", retry_only="maybe"))


@pytest.mark.parametrize("value, expected", [("", False), ("0", False), ("false", False), ("1", True), ("True", True),
                                             ("maybe", True), (None, False)])
def test_retry_only_counts_however_wrong_the_rest_is(value, expected):
    """Rows of the retrying search never become alerts; what is not understood is taken as yes."""
    assert expected == retries_only({"retry_only": value})
