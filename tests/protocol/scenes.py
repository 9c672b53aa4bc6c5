"""One tenant's past and one run that meets everything: what kills, faults and concurrency are tried on.

Knows rows only. The run raises an alert, lets another rise, suppresses a repeat, learns in several batches, and leaves
something to be delivered.
"""

from __future__ import annotations

from tests.protocol.records import ABROAD, DAY, HOUR, OFF, TENANT, burst, history, raw, record
from tests.protocol.site import NOW, PRIVILEGED, states

ANN, BOB, CEM = "ann@contoso.example", "bob@contoso.example", "cem@contoso.example"
OPTIONS = (OFF, "record_threshold=10", "message_threshold=100")
RAISED = [("escalated", "user:" + ANN), ("new", "user:" + BOB), ("suppressed", "user:" + CEM)]  # what the run shows


def past(site):
    """Commit what lies behind the run: five quiet days, an alert of ann, another of cem."""
    site.put(
        PRIVILEGED,
        {
            "_key": "1",
            "tenant": TENANT,
            "user": CEM,
            "role": "Global Administrator",
            "assignment": "active",
            "as_of": NOW,
            "expires": 0,
        },
    )
    rows = history(ANN, 5) + history(BOB, 5) + history(CEM, 5)
    rows += burst(ANN, NOW - 3 * HOUR, 12) + burst(CEM, NOW - 8 * HOUR, 20)
    return site.commit(rows, *OPTIONS)


def run_rows(people=540):
    """The rows of the run; ``people`` colleagues sign in, which makes more than one batch of baseline documents."""
    rows = burst(ANN, NOW - 3 * HOUR, 12)  # as the past has them, and then the window goes on to more conversations
    rows += [
        raw(record("more-%d" % number, NOW - 3 * HOUR + 900, ANN, chat="other-%d" % number)) for number in range(5)
    ]
    rows += burst(BOB, NOW - 2 * HOUR, 20, ClientIP=ABROAD)
    rows += burst(CEM, NOW - 5 * HOUR, 20)
    for number in range(people):
        person = "person%d@contoso.example" % number
        rows.append(
            raw(
                record(
                    "in-%d" % number,
                    NOW - DAY + number * 60,
                    person,
                    0,
                    Workload="AzureActiveDirectory",
                    Operation="UserLoggedIn",
                )
            )
        )
    return rows


MEMBER = "user:" + ANN


def learned(site):
    """Commit twenty days of history, so that a burst of ann is an alert, and from a network well known."""
    site.commit(history(days=20), "mode=learn")
    site.rest.traffic.clear()
    return site


def makes_it_good(site, kept):
    """Whether the next run, the trouble being over, ends where a run without trouble ends."""
    site.rest.faults.clear()
    site.expire_lease()  # of a run that could not give it back
    return [("new", MEMBER)] == states(site.commit(burst())) and kept == site.kept()
