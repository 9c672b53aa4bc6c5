"""A synthetic tenant for the demo and the tests: 45 days of audit records and the alerts that follow.

Knows: nothing by itself; this is the front of the package.
    events()            every event as (raw, time, indextime), by index time
    privileged_rows(t)  the role data as of t
    expected()          the alerts that the replay must give, and the entities that must have none
Does not know: the app and the sandbox.
"""

from .history import Event, events
from .outcome import expected
from .roles import privileged_rows
from .tenant import DAY, DAYS, HISTORY_DAYS, PLANTED_DAY, START, TENANT

__all__ = [
    "DAY",
    "DAYS",
    "HISTORY_DAYS",
    "PLANTED_DAY",
    "START",
    "TENANT",
    "Event",
    "events",
    "expected",
    "privileged_rows",
]  # fmt: skip
