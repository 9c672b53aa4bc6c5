"""Triggers: the minutes at which an entity has exported enough.

Knows windows and evidence (contract, section 2, "Trigger"). Works on one entity's counted records;
knows no baseline, no alert, no clock.
"""

from bisect import bisect_left
from itertools import accumulate, chain, islice
from operator import sub
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .records import Record, Source
from .settings import MINUTE


class Timeline(NamedTuple):
    """One entity's counted rows in order of minute, column by column; ``record_of(i)`` is the record of row i."""

    minutes: Sequence[int]
    messages: Sequence[int]
    records: Sequence[int]
    record_of: Callable[[int], Record]


class Span(NamedTuple):
    """What the minutes (t - window, t] hold: t, the earliest minute with a counted record, sums."""

    minute: int
    window_start: int
    messages: int
    records: int


class Stretch(Sequence):
    """Records of one entity from one place to another, in order of minute, without a copy: windows overlap much."""

    def __init__(self, records: Sequence[Record], minutes: Sequence[int], begin: int, end: int):
        self._records, self._minutes, self.begin, self.end = records, minutes, begin, end

    def __len__(self):
        return self.end - self.begin

    def __getitem__(self, index):
        return self._records[self.begin : self.end][index]

    def __iter__(self):
        return iter(self._records[self.begin : self.end])

    def since(self, minute: int) -> Sequence[Record]:
        """Those not before ``minute``."""
        return self._records[bisect_left(self._minutes, minute, self.begin, self.end) : self.end]


class Trigger(NamedTuple):
    """A minute that reaches a threshold, with the counted records of its window as evidence.

    ``messages`` are those of the evidence, which may be more than those up to the minute; ``chats`` is the number of its
    distinct chats, ``sources`` are its distinct sources.
    """

    minute: int
    window_start: int
    window_end: int
    evidence: Stretch
    messages: int
    chats: int
    sources: Tuple[Source, ...]


def starts_of_crowds(minutes: Sequence[int], most: Sequence[int], settings) -> List[int]:
    """From which of the rows at ``minutes``, which are in order, a window may reach a threshold; none if there is no place.

    ``most`` are the messages and the records that a row has at most. It takes at least threshold / most rows, and those
    must lie within one window.
    """
    thresholds = settings.message_threshold, settings.record_threshold
    least = min((-(-threshold // amount) for threshold, amount in zip(thresholds, most) if amount), default=0)
    if not least:
        return []
    lengths = map(sub, minutes[least - 1 :], minutes)
    return [place for place, length in enumerate(lengths) if length < settings.window]


def reaches(rows: Timeline, starts: Sequence[int], settings) -> bool:
    """Whether a window that begins with a row at one of the places ``starts`` reaches a threshold."""
    messages, records = ([0, *accumulate(amounts)] for amounts in (rows.messages, rows.records))
    for start in starts:
        end = bisect_left(rows.minutes, rows.minutes[start] + settings.window, start)
        if (
            messages[end] - messages[start] >= settings.message_threshold
            or records[end] - records[start] >= settings.record_threshold
        ):
            return True
    return False


def spans(rows: Timeline, window: int, messages: int = 0, records: int = 0) -> Iterator[Span]:
    """One span for each minute with a row, if it holds at least so many messages or so many records."""
    minutes = rows.minutes
    some = many = first = 0
    for minute, more_messages, more_records, following in zip(
        minutes, rows.messages, rows.records, chain(islice(minutes, 1, None), (None,))
    ):
        some += more_messages
        many += more_records
        if following == minute:
            continue
        while minutes[first] <= minute - window:
            some -= rows.messages[first]
            many -= rows.records[first]
            first += 1
        if some >= messages or many >= records:
            yield Span(minute, minutes[first], some, many)


def reaching(rows: Timeline, settings) -> Iterator[Span]:
    """The spans that hold as many messages or records as a threshold asks."""
    return spans(rows, settings.window, settings.message_threshold, settings.record_threshold)


def is_judged(span: Span, settings, earliest, oldest) -> bool:
    """Whether a reaching span is taken: its minutes lie in what the search read, and it is not too old.

    ``earliest`` is the search's earliest time or None, ``oldest`` the earliest minute whose training
    period the baseline still holds, or None. Epoch seconds.
    """
    if earliest is not None and span.minute - settings.window + MINUTE < earliest:
        return False
    return oldest is None or span.minute >= oldest


class _Tally:
    """How often each thing is held; tells when it becomes another set of things."""

    def __init__(self):
        self._times = {}
        self.changed = False

    def put(self, key, value):
        """One more ``value``; equal keys are the same thing."""
        held = self._times.get(key)
        self.changed = self.changed or held is None
        self._times[key] = (value, held[1] + 1 if held else 1)

    def take(self, key):
        """One less."""
        value, times = self._times[key]
        if times == 1:
            del self._times[key]
            self.changed = True
        else:
            self._times[key] = value, times - 1

    def __len__(self):
        return len(self._times)

    def things(self):
        """What is held, each once."""
        self.changed = False
        return tuple(value for value, _ in self._times.values())


class _Window:
    """What the records of a window hold, while it moves on over one entity's records."""

    def __init__(self, records: Sequence[Record]):
        self._records = records
        self._begin = self._end = self._messages = 0
        self._chats, self._sources = _Tally(), _Tally()
        self._listed: Tuple[Source, ...] = ()

    def move(self, begin: int, end: int) -> Tuple[int, int, Tuple[Source, ...]]:
        """Messages, number of chats and sources between two places, neither before that of the last call."""
        chats, sources = self._chats, self._sources
        for record in self._records[max(self._end, begin) : end]:
            self._messages += record.messages
            sources.put(id(record.source), record.source)  # rows of one source share it
            for chat in record.chats:
                chats.put(chat, chat)
        for record in self._records[self._begin : min(self._end, begin)]:
            self._messages -= record.messages
            sources.take(id(record.source))
            for chat in record.chats:
                chats.take(chat)
        self._begin, self._end = begin, end
        if sources.changed:
            self._listed = sources.things()
        return self._messages, len(chats), self._listed


def triggers(rows: Timeline, settings, earliest=None, oldest=None) -> List[Trigger]:
    """The triggers among one entity's counted ``rows``. Only those of their evidence are made records."""
    taken = [span for span in reaching(rows, settings) if is_judged(span, settings, earliest, oldest)]
    records: List[Optional[Record]] = [None] * len(rows.minutes) if taken else []
    window, found, known, held = _Window(records), [], 0, {}
    for span in taken:
        start, end = span.window_start, span.window_start + settings.window
        if start not in held:
            begin, behind = bisect_left(rows.minutes, start), bisect_left(rows.minutes, end)
            for index in range(max(begin, known), behind):
                records[index] = rows.record_of(index)
            known = behind
            held = {start: (Stretch(records, rows.minutes, begin, behind), *window.move(begin, behind))}
        found.append(Trigger(span.minute, start, end, *held[start]))
    return found
