"""The webhook's secret, from storage/passwords.

Knows where it is kept: realm ``teams_export_guard``, name ``webhook_secret``. That there is none is an
answer; anything else but the secret is a fault, because nothing may then be sent unsigned.
"""

import json
from urllib.parse import quote

from .errors import SecretUnavailable, StoreUnavailable
from .kvstore import APP
from .transport import Transport

REALM = "teams_export_guard"
NAME = "webhook_secret"
PATH = "/servicesNS/nobody/%s/storage/passwords/%s?output_mode=json" % (APP, quote("%s:%s:" % (REALM, NAME), safe=""))

_HINTS = {
    401: "the session is not valid any more",
    403: "the search's owner lacks the capability list_storage_passwords; a search owned by nobody or an admin has it",
}


def webhook_secret(transport: Transport) -> str:
    """The secret; empty if none is stored. Raises SecretUnavailable."""
    try:
        answer = transport.request("GET", PATH)
    except StoreUnavailable as error:
        raise SecretUnavailable("The webhook's secret cannot be read: %s." % error.fault) from error
    if answer.status == 404:
        return ""
    if answer.status != 200:
        hint = _HINTS.get(answer.status, "an unexpected answer")
        raise SecretUnavailable("The webhook's secret cannot be read: splunkd answered %d, %s." % (answer.status, hint))
    try:
        secret = json.loads(answer.body.decode("utf-8"))["entry"][0]["content"]["clear_password"]
    except (ValueError, LookupError, TypeError) as error:
        raise SecretUnavailable("The webhook's secret cannot be read: splunkd's answer has none in it.") from error
    if not isinstance(secret, str) or not secret:
        raise SecretUnavailable("The webhook's secret cannot be read: splunkd's answer has an empty one in it.")
    return secret
