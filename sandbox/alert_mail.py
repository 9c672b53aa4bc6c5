"""The mails that alerts would send: rendered, kept, never sent.

Sources: alert_actions.conf.spec and savedsearches.conf.spec, [email] (SPEC): to, cc, bcc, subject, message.alert, and
useNSSubject, without which subject.alert is not looked at. The default texts are those that users of Splunk 9 quote.
"""
from __future__ import annotations

import re
from typing import Mapping, NamedTuple, Tuple

from sandbox.alert_tokens import Occasion, replaced
from sandbox.invocation import TRUE_WORDS

DEFAULTS = {
    "subject": "Splunk Alert: $name$",
    "subject.alert": "Splunk Alert: $name$",
    "message.alert": "The alert condition for '$name$' was triggered.",
}


class Mail(NamedTuple):
    """One mail as it would go out."""

    time: float
    search: str
    sid: str
    to: Tuple[str, ...]
    cc: Tuple[str, ...]
    bcc: Tuple[str, ...]
    subject: str
    message: str


def mail(settings: Mapping[str, str], occasion: Occasion) -> Mail:
    """The mail of one alert; `settings` are those of [email], those of the search over them."""
    merged = {**DEFAULTS, **{name: value for name, value in settings.items() if value}}
    named = merged.get("useNSSubject", "0").strip().lower() in TRUE_WORDS
    to, cc, bcc = (_addresses(replaced(merged.get(name, ""), occasion)) for name in ("to", "cc", "bcc"))
    subject = replaced(merged["subject.alert" if named else "subject"], occasion)
    message = replaced(merged["message.alert"], occasion)
    return Mail(occasion.fired.time, occasion.saved.name, occasion.fired.sid, to, cc, bcc, subject, message)


def _addresses(text: str) -> Tuple[str, ...]:
    return tuple(each for each in re.split(r"[,;\s]+", text) if each)
