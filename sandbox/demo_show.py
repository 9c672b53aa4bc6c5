"""What the demo prints: tables for people, one JSON document for machines.

Knows: the fields of alerts as the contract names them.
Does not know: where the alerts come from.
"""

from __future__ import annotations

import textwrap
import time
from typing import Callable, Dict, Iterable, List, Sequence, Tuple

from sandbox.demo_export import Judged
from sandbox.demo_files import Export
from sandbox.demo_replay import RISK, Replay
from sandbox.demo_verdict import NUMBERS, several

WIDTH = 118
SHOWN = (
    "alert_id alert_state alert_name variation matched_variations severity risk_score tenant entity entity_type user"
    " privileged roles triggered_at window_start window_end record_count message_count chat_count operation src_ip asn"
    " as_org first_seen_asn app_id baseline_days suppressed_count escalated_from reason"
).split()
NUMERIC = NUMBERS + ("risk_score", "baseline_days")
LISTED = "matched_variations roles operation src_ip asn as_org first_seen_asn app_id".split()
SCHEDULE = (
    "On the day with planted patterns every search ran on its own schedule, Detect every 10 minutes; on each quiet day"
    " Detect ran twice, Risk and Learn once, and Detect late records at its own time."
)
STATES = {  # of a backtest, as titles
    "new": "Alerts",
    "learning": "Would be alerts, but fall into the activation period",
    "suppressed": "Repeats within a day, one row for each who repeated; they raise nothing and count on an alert above",
}
NEXT = """Where to look next
  README.md                     how to install the app, what an alert means, how to tune it
  python3 package.py demo FILE  judge your own audit export
  python3 package.py sandbox    keep this stand-in running, with the sample in it
  sandbox/sample/plan.py        what is planted in the sample, and why each alert is as it is"""

Row = Dict[str, object]


def number(value: object) -> int:
    return int(float(str(value or 0)))


def when(value: object) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(number(value)))


def as_json(row: Row) -> Row:
    """An alert with numbers as numbers and multivalues as lists, whether it is a KV document or a row."""
    shown: Row = {}
    for name in SHOWN:
        value = row.get(name)
        shown[name] = number(value) if name in NUMERIC else several(value) if name in LISTED else str(value or "")
    return shown


def in_order(rows: Iterable[Row]) -> List[Row]:
    return sorted(map(as_json, rows), key=lambda row: (row["triggered_at"], row["entity"]))


def table(rows: Sequence[Row], name_of: Callable[[Row], str]) -> List[str]:
    """A line of figures and the reason for each alert."""
    who = {str(row["alert_id"]): name_of(row) for row in rows}
    wide = max([len(name) for name in who.values()] + [4])
    form = "%-16s  %-" + str(wide) + "s  %-21s  %-9s %8s %7s %5s  %s"
    lines = [form % ("time (UTC)", "who", "alert", "state", "messages", "records", "chats", "first seen")]
    lines.append("-" * min(WIDTH, len(lines[0])))
    for row in rows:
        networks = ", ".join("AS" + asn for asn in row["first_seen_asn"])
        counts = (row["message_count"], row["record_count"], row["chat_count"])
        words = (when(row["triggered_at"]), who[str(row["alert_id"])], row["variation"], row["alert_state"])
        lines.append(form % (words + counts + (networks,)))
        lines += textwrap.wrap(str(row["reason"]), WIDTH, initial_indent="    ", subsequent_indent="    ")
        if row["suppressed_count"]:
            hours = row["suppressed_count"]
            lines.append("    Repeats within a day that raised no alert of their own: in %d hours." % hours)
        if row["escalated_from"]:
            lines.append("    Follows, with more, the alert %s." % row["escalated_from"])
    return lines


def short(row: Row) -> str:
    """The entity without the domain of a user or the tail of an application's id."""
    kind, _, name = str(row["entity"]).partition(":")
    return name.partition("@")[0] if kind == "user" else "app " + name[:8]


def sample_text(replay: Replay, differences: Sequence[str]) -> str:
    rows = in_order(replay.ledger)
    lines = [""] + table(rows, short) + [""]
    lines.append("%d alerts. %s" % (len(rows), searches(replay)))
    lines += textwrap.wrap(SCHEDULE, WIDTH)
    if differences:
        lines += ["", "NOT as expected:"] + ["  " + sentence for sentence in differences]
    else:
        lines += ["", "Exactly the expected alerts (sandbox/sample/expected.json)."]
        lines += ["%d of them notify, each once; the other %d are base and only add risk." % notified(replay)]
    return "\n".join(lines + ["", NEXT, ""])


def notified(replay: Replay) -> Tuple[int, int]:
    """How many alerts notified somebody, and how many did not."""
    who = {str(firing.row.get("alert_id")) for firing in replay.firings if firing.search != RISK}
    return len(who), len(replay.ledger) - len(who)


def searches(replay: Replay) -> str:
    return "Searches run: %s." % ", ".join("%s %d" % item for item in sorted(replay.runs.items()))


def sample_document(replay: Replay, differences: Sequence[str]) -> Row:
    return {
        "source": "sample", "events": replay.events, "searches": replay.runs, "learned": replay.learned,
        "seconds": {step: round(seconds, 1) for step, seconds in replay.seconds.items()},
        "alerts": in_order(replay.ledger), "as_expected": not differences, "differences": list(differences),
    }  # fmt: skip


def export_lines(export: Export) -> List[str]:
    lines = ["%s: %s, %d records" % (export.path, export.shape, len(export.records))]
    for why, (count, first) in sorted(export.unusable.items()):
        lines.append("  not usable: %d %s, first at %s" % (count, why, first))
    return lines


def of_state(judged: Judged, state: str) -> List[Row]:
    return in_order(row for row in judged.rows if row.get("alert_state") == state)


def export_text(exports: Sequence[Export], judged: Judged) -> str:
    lines = [""]
    for export in exports:
        lines += export_lines(export)
    if judged.span:
        first, last = map(when, judged.span)
        lines.append("from %s to %s UTC, %d days with records" % (first, last, judged.days))
    lines += ["%s: %s" % message for message in judged.messages]
    for state, title in STATES.items():
        rows = of_state(judged, state)
        if rows or state == "new":
            lines += ["", "%s: %d" % (title, len(rows))] + (table(rows, short) if rows else [])
    seen = ", ".join("%s %d" % pair for pair in judged.operations[:8]) or "none"
    lines += ["", "Teams operations in the files: %s." % seen]
    for sentence in judged.limits:
        lines += textwrap.wrap(sentence, WIDTH, initial_indent="* ", subsequent_indent="  ")
    return "\n".join(lines + ["", NEXT, ""])


def export_document(exports: Sequence[Export], judged: Judged) -> Row:
    files = [
        {
            "path": export.path, "shape": export.shape, "records": len(export.records),
            "not_usable": {why: {"count": count, "first": first} for why, (count, first) in export.unusable.items()},
        }
        for export in exports
    ]  # fmt: skip
    return {
        "source": "files", "files": files, "span": judged.span, "days": judged.days,
        "activation_days": judged.activation,
        "limits": judged.limits, "messages": [list(message) for message in judged.messages],
        "operations": dict(judged.operations), "alerts": of_state(judged, "new"),
        "learning": of_state(judged, "learning"), "suppressed": of_state(judged, "suppressed"),
    }  # fmt: skip
