"""The app's secrets, from storage/passwords.

Knows where they are kept: realm ``teams_export_guard``, one name for each. That there is none is an
answer; anything else but the secret is a fault, because nothing may then be sent without it.
"""

import json
from urllib.parse import quote

from .errors import SecretUnavailable, StoreUnavailable
from .kvstore import APP
from .transport import Transport

REALM = "teams_export_guard"
NAME = "webhook_secret"
#: All secrets of the app: the name of the entry, and what messages call it.
SECRETS = {
    NAME: "The webhook's secret",
    "graph_secret": "The client secret for Microsoft Graph",
    "asn_key": "The licence key of the ASN source",
}
CERTIFICATE = "graph_certificate"  # key and certificate in PEM, instead of graph_secret; too long for the set-up page
PATH = "/servicesNS/nobody/%s/storage/passwords/%s?output_mode=json"

_HINTS = {
    401: "the session is not valid any more",
    403: "the search's owner lacks the capability list_storage_passwords; a search owned by nobody or an admin has it",
}


def entry(name: str) -> str:
    """The name of a secret's entry, as it stands in an address."""
    return quote("%s:%s:" % (REALM, name), safe="")


def webhook_secret(transport: Transport) -> str:
    """The webhook's secret; empty if none is stored. Raises SecretUnavailable."""
    return stored_secret(transport, NAME, SECRETS[NAME])


def stored_secret(transport: Transport, name: str, title: str) -> str:
    """The secret ``name``, which messages call ``title``; empty if none is stored. Raises SecretUnavailable."""

    def fault(text):
        return SecretUnavailable("%s cannot be read: %s." % (title, text))

    try:
        answer = transport.request("GET", PATH % (APP, entry(name)))
    except StoreUnavailable as error:
        raise fault(error.fault) from error
    if answer.status == 404:
        return ""
    if answer.status != 200:
        hint = _HINTS.get(answer.status, "an unexpected answer")
        raise fault("splunkd answered %d, %s" % (answer.status, hint))
    try:
        secret = json.loads(answer.body.decode("utf-8"))["entry"][0]["content"]["clear_password"]
    except (ValueError, LookupError, TypeError) as error:
        raise fault("splunkd's answer has none in it") from error
    if not isinstance(secret, str) or not secret:
        raise fault("splunkd's answer has an empty one in it")
    return secret
