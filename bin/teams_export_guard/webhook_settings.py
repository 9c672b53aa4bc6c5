"""The settings of the alert action *Teams Export webhook*, from its parameters.

Knows the names and limits of ``param.*`` in alert_actions.conf and savedsearches.conf, and which
addresses may be posted to: https only, no user name or password in an address. Whether the host is
public or private is the admin's choice. Texts never repeat an address, whose path may be a secret.
"""

import re
from typing import List, Mapping, NamedTuple, Sequence
from urllib.parse import urlsplit

from .errors import SettingsError


class Number(NamedTuple):
    """A whole number among the parameters."""

    name: str
    default: int
    least: int
    most: int
    unit: str


#: The values are ours. ``timeout`` stays below the 5 minutes that Splunk gives an alert action (maxtime), and, with
#: one alert a row, all actions of one search share 300 s (limits.conf [scheduler] max_per_result_alerts_time).
NUMBERS = (
    Number("connect_timeout", 5, 1, 30, "seconds to connect"),
    Number("read_timeout", 15, 1, 60, "seconds between two parts of the answer"),
    Number("timeout", 60, 5, 200, "seconds for one alert, with all attempts and pauses"),
    Number("max_attempts", 4, 1, 10, "attempts for one alert"),
)
PARAMS = ("url", "proxy", "ca_file", *(number.name for number in NUMBERS), "retry_only")

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?|[0-9a-f:.]*:[0-9a-f:.]*")  # a name or IPv4, or IPv6
_ABSOLUTE = re.compile(r"/|\$SPLUNK_HOME/|[A-Za-z]:[\\/]")
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


class WebhookSettings(NamedTuple):
    """What the action was told."""

    url: str
    proxy: str
    ca_file: str
    connect_timeout: int
    read_timeout: int
    timeout: int
    max_attempts: int
    retry_only: bool

    @property
    def host(self) -> str:
        """The receiver, as logs name it."""
        return urlsplit(self.url).netloc


def parse_params(params: Mapping) -> WebhookSettings:
    """The settings; SettingsError names all faults at once. Parameters that are not ours are left alone."""
    given = {name: str(params.get(name) or "").strip() for name in PARAMS}
    faults = [*address_faults("url", given["url"], ("https",)), *proxy_faults(given["proxy"])]
    faults += ca_file_faults(given["ca_file"])
    numbers = {}
    for number in NUMBERS:
        text = given[number.name] or str(number.default)
        numbers[number.name] = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else -1
        if not number.least <= numbers[number.name] <= number.most:
            faults.append("%s (%s) must be a whole number from %d to %d but is '%s'"
                          % (number.name, number.unit, number.least, number.most, text))
    retry_only = _FLAGS.get(given["retry_only"].lower())
    if retry_only is None:
        faults.append("retry_only must be 0 or 1 but is '%s'" % given["retry_only"])
    if faults:
        raise SettingsError(faults)
    return WebhookSettings(given["url"], given["proxy"], given["ca_file"], retry_only=retry_only, **numbers)


def retries_only(params: Mapping) -> bool:
    """Whether the rows of the search are no alerts, however wrong the other settings are."""
    return _FLAGS.get(str(params.get("retry_only") or "").strip().lower(), True)


def address_faults(name: str, text: str, schemes: Sequence[str]) -> List[str]:
    """What is wrong with an address; its text is not repeated."""
    if not text:
        return ["%s is not set; it must be an address that begins with %s" % (name, _allowed(schemes))]
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # its text repeats what is wrong, which may be a password
        return ["%s is no address: a host is expected, and a port from 1 to 65535 if there is one" % name]
    faults = []
    if not _PRINTABLE.fullmatch(text):
        faults.append("%s must not have blanks, control characters or letters beyond ASCII" % name)
    if parts.scheme not in schemes:
        given = "with %s://" % parts.scheme if parts.scheme and "://" in text else "otherwise"
        faults.append("%s must begin with %s but begins %s" % (name, _allowed(schemes), given))
    elif "@" in parts.netloc:
        faults.append("%s must not have a user name or a password" % name)
    elif not _HOST.fullmatch((parts.hostname or "").lower()):
        faults.append("%s must name a host" % name)
    if port == 0:
        faults.append("%s must have a port from 1 to 65535 but has 0" % name)
    if "#" in text:
        faults.append("%s must not have a part behind #" % name)
    return faults


def _allowed(schemes):
    return " or ".join(scheme + "://" for scheme in schemes)


def ca_file_faults(text: str) -> List[str]:
    """What is wrong with the path of a CA file; there may be none."""
    if not text or _ABSOLUTE.match(text):
        return []
    return ["ca_file must be an absolute path, or begin with $SPLUNK_HOME/, but is '%s'" % text]


def proxy_faults(text: str) -> List[str]:
    """What is wrong with the address of a proxy; there may be none."""
    if not text:
        return []
    faults = address_faults("proxy", text, ("http", "https"))
    if not faults and (urlsplit(text).path not in ("", "/") or urlsplit(text).query):
        faults.append("proxy must end behind its host and port")
    return faults
