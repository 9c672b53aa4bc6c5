"""Retention: how long alerts and what was said of them are kept, and what may go without changing a verdict.

Knows why nothing younger may go. A trigger that is still judged is at most 97 days old (contract, section 2, with its
training and a day taken off); an alert matters to it through deduplication or quarantine, whichever reaches further,
and a window of at most a day. So an alert that is older than these together decides nothing any more. A sighting
matters as far as a horizon reaches back: 97 days and the day that is cut to midnight; two more are left as room.
What goes is therefore nothing that a committing run beside it could need, and no lease is taken (``repository`` bears
with an alert that goes between listing and reading). All this counts from the clock: a search over a time range that
ended days ago is judged with what is left.

Alerts go by their age alone, whatever was said of them: a period of keeping that nobody's forgetting can prolong. How
many had no verdict is counted. An alert is older than any word on it, so its triage and its whole history outlive it.
Does no I/O.
"""

from typing import NamedTuple, Sequence

from .documents import ALERTS, BASELINE, DEAD_LETTERS, HISTORY, TRIAGE
from .errors import SettingsError
from .settings import DAY, RETENTION_DAYS, Settings, pairs, parse_span, unknown

OPTIONS = ("keep", "dedup", "quarantine")
WINDOW_DAYS = 1  # the longest window
BASELINE_DAYS = RETENTION_DAYS + 2  # after its last day a sighting is in no horizon
#: collection -> the field that tells its documents' age
AGES = ((ALERTS, "triggered_at"), (TRIAGE, "updated"), (HISTORY, "changed"), (DEAD_LETTERS, "first_tried"))
FIELDS = "_time keep_days deleted_before alerts unclosed_alerts triage triage_history dead_letters baseline".split()


class Retention(NamedTuple):
    """How long things are kept, in days."""

    keep: int

    def queries(self, now: float):
        """(collection, query) of everything that goes at ``now``."""
        before = now - self.keep * DAY
        yield from ((collection, {field: {"$lt": before}}) for collection, field in AGES)
        yield BASELINE, {"last_seen": {"$lt": now - BASELINE_DAYS * DAY}}


def least_days(dedup: int, quarantine: int) -> int:
    """The fewest days that alerts must be kept, given the two spans in seconds."""
    return RETENTION_DAYS + WINDOW_DAYS + -(-max(dedup, quarantine) // DAY)


def parse(arguments: Sequence[str]) -> Retention:
    """The retention that a command's arguments ask for. Raises SettingsError with every fault."""
    defaults = Settings()
    spans, faults = {"dedup": defaults.dedup, "quarantine": defaults.quarantine}, []
    for name, value in pairs(arguments):
        if name not in OPTIONS:
            faults.append(unknown(name, value, OPTIONS))
            continue
        spans[name] = parse_span(value or "")
        if spans[name] is None:
            faults.append("%s=%s: allowed: a span such as 400d (s, m, h, d or w)" % (name, value or ""))
    if not faults:
        least = least_days(spans["dedup"], spans["quarantine"])
        keep = spans.get("keep")
        if keep is None:
            faults.append("keep: a value is missing; allowed: whole days from %dd" % least)
        elif keep % DAY or keep < least * DAY:
            faults.append(
                "keep=%gd: allowed: whole days from %dd, which deduplication, quarantine and late records need"
                % (keep / DAY, least)
            )
    if faults:
        raise SettingsError(faults)
    return Retention(spans["keep"] // DAY)


def row(retention: Retention, deleted, unclosed: int, now: float) -> dict:
    """What the command shows: how many documents of each collection went, and how many alerts without a verdict."""
    return {
        "_time": now, "keep_days": retention.keep, "deleted_before": now - retention.keep * DAY,
        "alerts": deleted[ALERTS], "unclosed_alerts": unclosed, "triage": deleted[TRIAGE],
        "triage_history": deleted[HISTORY], "dead_letters": deleted[DEAD_LETTERS], "baseline": deleted[BASELINE],
    }
