"""Triggers: the minutes at which an entity has exported enough.

Knows windows and evidence (contract, section 2, "Trigger"). Works on one entity's counted records;
knows no baseline, no alert, no clock.
"""

from bisect import bisect_left
from typing import Iterator, List, NamedTuple, Sequence, Tuple

from .settings import MINUTE


class Span(NamedTuple):
    """What the minutes (t - window, t] hold: t, the earliest minute with a counted record, sums."""

    minute: int
    window_start: int
    messages: int
    records: int


class Trigger(NamedTuple):
    """A minute that reaches a threshold, with the counted records of its window as evidence.

    ``messages`` are those of the evidence, which may be more than those up to the minute.
    """

    minute: int
    window_start: int
    window_end: int
    evidence: Tuple
    messages: int


def spans(records: Sequence, window: int) -> Iterator[Span]:
    """One span for each minute with a record. ``records`` are one entity's, in order of minute."""
    messages = count = first = index = 0
    while index < len(records):
        minute = records[index].minute
        while index < len(records) and records[index].minute == minute:
            messages += records[index].messages
            count += records[index].records
            index += 1
        while records[first].minute <= minute - window:
            messages -= records[first].messages
            count -= records[first].records
            first += 1
        yield Span(minute, records[first].minute, messages, count)


def reaches(span: Span, settings) -> bool:
    """Whether a span holds as many messages or records as a threshold asks."""
    return span.messages >= settings.message_threshold or span.records >= settings.record_threshold


def is_judged(span: Span, settings, earliest, oldest) -> bool:
    """Whether a reaching span is taken: its minutes lie in what the search read, and it is not too old.

    ``earliest`` is the search's earliest time or None, ``oldest`` the earliest minute whose training
    period the baseline still holds, or None. Epoch seconds.
    """
    if earliest is not None and span.minute - settings.window + MINUTE < earliest:
        return False
    return oldest is None or span.minute >= oldest


def triggers(records: Sequence, settings, earliest=None, oldest=None) -> List[Trigger]:
    """The triggers among one entity's counted ``records``, which are in order of minute."""
    minutes = [record.minute for record in records]
    found, evidence_of = [], {}
    for span in spans(records, settings.window):
        if not reaches(span, settings) or not is_judged(span, settings, earliest, oldest):
            continue
        start, end = span.window_start, span.window_start + settings.window
        if start not in evidence_of:
            evidence = tuple(records[bisect_left(minutes, start) : bisect_left(minutes, end)])
            evidence_of[start] = evidence, sum(record.messages for record in evidence)
        found.append(Trigger(span.minute, start, end, *evidence_of[start]))
    return found
