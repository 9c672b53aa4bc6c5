"""Shorthand for examples counted by hand: events by their minute, one run of the model, and its rows in short.

Minutes are after EPOCH, a midnight. Options unless said otherwise: window 5 minutes, 3 messages or 3 records or
2 chats, history 1 day, training 2 days, no activation, dedup 2 h, settle 1 h, quarantine 1 day.
"""

from __future__ import annotations

from .model import Options, judge
from .synthetic import DAY, EPOCH, ROLES_TABLE, asn_lookup, event_of_ann, raw

OPTIONS = Options(3, 3, 2, 1, 300, 2 * DAY, 0, 7200, 3600, DAY, False)
PRIVATE, ONE, TWO = "10.0.0.1", "8.8.8.8", "9.9.9.9"  # no ASN, ASN 100, ASN 200
DAY2 = 2 * 1440  # minute of the third midnight
ADMIN = {
    "tenant": "t1",
    "user": "ann@t",
    "role": "Global Administrator",
    "assignment": "active",
    "expires": 0,
    "as_of": EPOCH,
}


def ev(minute, messages=3, ip=PRIVATE, chats=("c1",), **more):
    names = tuple("m%d" % number for number in range(messages))
    identity = more.pop("id", "r%s-%s-%s-%s" % (minute, messages, ip, "".join(chats)))
    return event_of_ann(id=identity, second=EPOCH + minute * 60, names=names, client_ip=ip, chats=chats, **more)


def quiet(minute, ip=PRIVATE, **more):
    """Activity that is not counted."""
    return ev(minute, 0, ip, operation="MessageSent", **more)


def run(*events, **kw):
    options = OPTIONS._replace(**kw.pop("options", {}))
    kw.setdefault("now", EPOCH + 10 * DAY)
    kw.setdefault("roles_table", ROLES_TABLE)
    return judge([raw(event) for event in events], options=options, asn_lookup=asn_lookup, **kw)


def result_ledger(*events, **kw):
    return run(*events, commit=True, **kw).ledger


def shown(result, *fields):
    rows = sorted(result.rows, key=lambda row: (row["alert_state"], row["triggered_at"] or 0))
    return [tuple(row[name] for name in ("alert_state",) + fields) for row in rows]


def minutes(result):
    return [(state, (moment - EPOCH) // 60) for state, moment in shown(result, "triggered_at")]
