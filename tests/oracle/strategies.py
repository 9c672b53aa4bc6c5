"""Hypothesis strategies: synthetic histories in which the interesting things happen often.

Few tenants, actors, addresses and chats, so that they collide; moments on and beside the edges of windows, days,
settling, training, deduplication and quarantine; option values so small that two or three records are an export.
Does not know the model: it only makes input for it, and for whatever is compared with it.
"""

from __future__ import annotations

from collections import namedtuple

from hypothesis import strategies as st

from .model import Options
from .synthetic import (
    ACTORS,
    CHATS,
    CLIENT_IPS,
    COUNTED,
    DAY,
    EPOCH,
    TENANTS,
    Event,
    aggregated,
    is_counted,
    malformed,
    raw,
)

MINUTE, HOUR = 60, 3600
LAST_DAY = 6  # a history begins at EPOCH and ends within this many days

# What `judge` is called with, apart from the state and the tables.
History = namedtuple("History", "events rows options now earliest privileged")
Run = namedtuple("Run", "rows now earliest")


@st.composite
def options(draw):
    """Options that trigger often.

    `dedup` never exceeds `training` (beyond that, re-reading is not promised to be quiet).
    """
    training = draw(st.sampled_from((DAY, 2 * DAY, 3 * DAY)))
    return Options(
        message_threshold=draw(st.sampled_from((3, 4, 6))),
        record_threshold=draw(st.sampled_from((2, 3))),
        chat_threshold=draw(st.sampled_from((2, 3))),
        history_days=draw(st.sampled_from((1, 2))),
        window=draw(st.sampled_from((MINUTE, 5 * MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR))),
        training=training,
        activation=draw(st.sampled_from((0, 0, 0, DAY, min(training, 2 * DAY)))),
        dedup=draw(st.sampled_from((0, HOUR, 2 * HOUR, DAY, DAY))),
        settle=draw(st.sampled_from((0, HOUR, DAY))),
        quarantine=draw(st.sampled_from((0, 2 * HOUR, 2 * DAY, 14 * DAY))),
        explain=draw(st.booleans()),
    )


def edges(opts):
    """Distances at which something in the contract begins or ends, each with its neighbours."""
    sizes = (opts.window, opts.dedup, opts.settle, opts.training, opts.quarantine % (3 * DAY), DAY, HOUR)
    near = {size + step for size in sizes for step in (-MINUTE, 0, MINUTE)} | {0, MINUTE, 2 * MINUTE}
    # beyond a window but within deduplication, where suppression and escalation live
    apart = [2 * opts.window, 3 * opts.window, opts.dedup // 2 // MINUTE * MINUTE, HOUR // 2] * 3
    return sorted(size for size in near if size >= 0) + apart


@st.composite
def moments(draw, opts, count):
    """`count` moments, each on an edge seen from an earlier one, or at a fresh place."""
    steps = st.sampled_from(edges(opts))
    fresh = st.builds(
        lambda day, minute: EPOCH + day * DAY + minute * MINUTE,
        st.integers(0, LAST_DAY - 2),
        st.sampled_from((0, 1, 59, 60, 600, 719, 720, 1380, 1438, 1439)),
    )
    chosen = [draw(fresh)]
    while len(chosen) < count:
        kind = draw(st.integers(0, 5))
        if kind == 0:
            chosen.append(draw(fresh))
        else:
            sign = -1 if kind == 1 else 1
            moment = draw(st.sampled_from(chosen)) + sign * draw(steps)
            chosen.append(min(max(moment, EPOCH), EPOCH + LAST_DAY * DAY - 1))
    return [moment // MINUTE * MINUTE + draw(st.sampled_from((0, 1, 59))) for moment in chosen]


def asn_columns():
    """The `asn` column: mostly absent."""
    return st.sampled_from((None, None, None, None, "", "400", "AS400", "AS0100", "0", "-", "AS"))


@st.composite
def profiles(draw):
    """An Event without id and second: who did what from where, how much. The first tenant and actor come most often."""
    counted = draw(st.sampled_from((True, True, True, True, False)))
    names = 60 if draw(st.integers(0, 9)) == 9 else draw(st.sampled_from((0, 1, 2, 3, 4, 6, 6)))
    return Event(
        id="r%d",
        second=0,
        tenant=draw(st.sampled_from(TENANTS[:1] * 8 + TENANTS[1:])),
        actor=ACTORS[draw(st.sampled_from((0,) * 8 + (1, 2, 2, 3, 4)))],
        workload="MicrosoftTeams" if counted else draw(st.sampled_from(("MicrosoftTeams", "AzureActiveDirectory"))),
        operation=draw(st.sampled_from(COUNTED if counted else ("MessageSent", "UserLoggedIn"))),
        client_ip=draw(st.sampled_from(CLIENT_IPS)),
        asn=draw(asn_columns()),
        names=tuple("n%d" % (index // 2 if names == 3 else index) for index in range(names)),
        chats=tuple(draw(st.lists(st.sampled_from(CHATS[:1] * 3 + CHATS + ("",)), min_size=1, max_size=4))),
    )


@st.composite
def event_lists(draw, opts, max_events=18):
    """Distinct events, their Ids unique within the tenant; most are alike, so that one suppresses the other."""
    seconds = draw(moments(opts, draw(st.integers(3, max_events))))
    kinds = draw(st.lists(profiles(), min_size=1, max_size=4))
    events = []
    for number, second in enumerate(seconds):
        kind = draw(st.sampled_from(kinds))
        if draw(st.integers(0, 4)) == 0:
            kind = kind._replace(client_ip=draw(st.sampled_from(CLIENT_IPS)))
        name = draw(st.sampled_from(("r%d", "r%d", "\ud800%d", "\x01%d", "\xc9%d")))
        events.append(kind._replace(id=name % number, second=second))
    return events


@st.composite
def differing_copy(draw, event):
    """The same Id again, later or with other content, or the very same; its `asn` column stays (nothing ranks that)."""
    return event._replace(
        second=event.second + draw(st.sampled_from((0, 0, 30, 60, 3600))),
        names=draw(st.sampled_from((event.names, ("n0",), ("n0", "n1", "n2", "n3")))),
        client_ip=draw(st.sampled_from((event.client_ip, "9.9.9.9"))),
    )


@st.composite
def privileged_rows(draw, max_rows=3):
    """Rows of the privileged collection, with expiry and age on and beside the edges that windows begin at."""
    moment = st.builds(
        lambda day, offset: EPOCH + day * DAY + offset,
        st.integers(0, LAST_DAY),
        st.sampled_from((-1, 0, 1, MINUTE, 12 * HOUR, -7 * DAY, -7 * DAY - 1)),
    )
    row = st.fixed_dictionaries(
        {
            "tenant": st.sampled_from(("t1", "t1", "*", "t2")),
            "user": st.sampled_from(("ann@t", "ANN@T", "", "bob@t", "svc")),
            "object_id": st.sampled_from(("", "", "K-ANN", "k-svc")),
            "app_id": st.sampled_from(("", "app-1", "APP-2")),
            "principal_type": st.just("user"),
            "role": st.sampled_from(("Global Administrator", "global administrator", "Reports Reader", "")),
            "role_template_id": st.sampled_from(("", "r-teams", "r-read", "r-unheard-of")),
            "assignment": st.sampled_from(("active", "active", "eligible", "removed")),
            "source": st.just("test"),
            "as_of": moment,
            "expires": st.one_of(st.sampled_from(("", 0, "0", None)), moment),
        }
    )
    return draw(st.lists(row, max_size=max_rows))


@st.composite
def histories(draw, max_events=18, copies=True, bad=True):
    """One run's input: raw and aggregated rows mixed, copies and malformed rows among them, in any order."""
    opts = draw(options())
    events = draw(event_lists(opts, max_events))
    split = draw(st.integers(0, len(events)))
    rows = [raw(event) for event in events[:split]] + aggregated(events[split:])
    if copies and split:
        for event in draw(st.lists(st.sampled_from(events[:split]), max_size=4)):
            rows.append(raw(draw(differing_copy(event))))
    if copies:
        rows += draw(st.lists(st.sampled_from(rows), max_size=3))
    if bad:
        rows += draw(st.lists(st.sampled_from(malformed()), max_size=3))
    rows = draw(st.permutations(rows))
    last = max(event.second for event in events)
    now = draw(
        st.sampled_from((EPOCH + LAST_DAY * DAY, last + MINUTE, last - DAY, last + 97 * DAY - opts.training - DAY))
    )
    earliest = draw(st.sampled_from((0, 0, 0, 0, 0, EPOCH, events[0].second // MINUTE * MINUTE)))
    earliest += draw(st.sampled_from((0, -opts.window, -opts.window + MINUTE, 30))) if earliest else 0
    return History(events, rows, opts, now, earliest, draw(privileged_rows()))


@st.composite
def schedules(draw, max_events=18, max_runs=4, late=True):
    """(History, [Run, ...]): runs in time order, each reading two windows again, records arriving late in some.

    A run sees what has happened between its earliest and its now and has arrived by then; the last one sees all of it.
    """
    history = draw(histories(max_events, copies=False, bad=False))
    opts, events = history.options, history.events
    last = max(event.second for event in events) + MINUTE
    steps = st.sampled_from((MINUTE, MINUTE, 2 * MINUTE, opts.window, HOUR, DAY))
    cut = st.builds(lambda event, step: event.second // MINUTE * MINUTE + step, st.sampled_from(events), steps)
    cuts = draw(st.lists(cut, min_size=1, max_size=max_runs - 1))
    nows = sorted(min(moment, last) // MINUTE * MINUTE for moment in cuts + [last])
    delays = draw(st.lists(st.sampled_from((0, 0, 0, 1, 2)), min_size=len(events), max_size=len(events)))
    runs, earliest = [], 0
    for number, now in enumerate(nows):
        final = number == len(nows) - 1
        arrived = [
            event
            for event, delay in zip(events, delays)
            if event.second < now
            and (final or not late or sum(event.second < past for past in nows[: number + 1]) > delay)
        ]
        start = 0 if final and late else earliest
        seen = [event for event in arrived if event.second >= start]
        runs.append(Run([raw(event) for event in seen], now, start))
        earliest = max(now - 2 * opts.window - draw(st.sampled_from((0, opts.window, HOUR, DAY))), 0)
    return history, runs


def counted_only(events):
    """The counted ones among `events`."""
    return [event for event in events if is_counted(event)]
