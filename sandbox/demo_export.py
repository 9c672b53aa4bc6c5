"""The user's own exports, judged by the built package in `mode=backtest`.

Knows: how the records of the files get into the index, which activation period they allow, and what
cannot be judged from them.
Does not know: how the files are read (demo_files.py), nor how anything is judged.
"""

from __future__ import annotations

from collections import Counter
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from sandbox.demo_files import Export, Record
from sandbox.demo_replay import APP, checked

DAY = 86400
ACTIVATION_DAYS = 14  # the app's own default
TRAINING_DAYS = 30  # likewise
INDEX_DELAY = 60  # seconds from an event's time to its index time
SEARCH = "`teams_export_index` | teamsexport mode=backtest activation=%dd"
NAME = "backtest"


class Judged(NamedTuple):
    """What a backtest over the files gave, and what to know about it."""

    rows: List[Dict[str, object]]
    messages: List[Tuple[str, str]]
    span: Optional[Tuple[int, int]]  # event times of the first and the last record
    days: int  # distinct UTC days with records
    activation: int  # days
    limits: List[str]  # sentences: what could not be judged, and why
    operations: List[Tuple[str, int]]  # the Teams operations, the most frequent first


def judge(splunkd, exports: List[Export], say: Callable[[str], None]) -> Judged:
    """Loads the records and replays them alone, from an empty baseline and ledger."""
    records = [record for export in exports for record in export.records]
    times = [record.time for record in records if record.time is not None]
    span = (min(times), max(times)) if times else None
    days = len({moment // DAY for moment in times})
    activation, now = allowed_activation(days), splunkd.clock()
    for record in records:
        moment = record.time if record.time is not None else (span[1] if span else 0)
        splunkd.events.add(record.raw, moment, min(moment + INDEX_DELAY, now))  # all of it is there now
    say("judging %d records of %d days" % (len(records), days))
    job = checked(splunkd.search(SEARCH % activation, app=APP), NAME, span[1] if span else 0)
    limits = what_is_missing(days, activation)
    rows = [dict(row) for row in job.rows]
    return Judged(rows, list(job.messages), span, days, activation, limits, operations(records))


def allowed_activation(days: int) -> int:
    """14 days, as in the app; none where the files are not longer than that, for nothing could be raised."""
    return ACTIVATION_DAYS if days > ACTIVATION_DAYS else 0


def what_is_missing(days: int, activation: int) -> List[str]:
    found = []
    if activation:
        found.append(
            "The first %d days are the activation period: what happened in them is shown as learning, not as an alert."
            % activation
        )
    else:
        found.append(
            "The files cover %d days, not more than the activation period of %d: it is switched off, so everything is"
            " judged, with little to compare it with." % (days, ACTIVATION_DAYS)
        )
    if days < TRAINING_DAYS:
        found.append(
            "History before the first record is unknown (the app compares with %d days): a first seen network may only"
            " be new to these files." % TRAINING_DAYS
        )
    found.append("No role data was loaded: whether a user is privileged is unknown, and that variation cannot match.")
    return found


def operations(records: List[Record]) -> List[Tuple[str, int]]:
    return Counter(record.operation for record in records if record.workload == "MicrosoftTeams").most_common()
