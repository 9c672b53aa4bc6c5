"""What a run does not read of the ledger decides nothing: triggers placed with all alerts and with those within reach."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from teams_export_guard.ledger import Ledger, reach
from teams_export_guard.settings import HOUR, MINUTE, Settings
from tests.support import MIDNIGHT, OWNER, alert, judgement

LAWS = hypothesis_settings(max_examples=1000, deadline=None)
WINDOW = 300  # of judgement()


@st.composite
def ledgers(draw):
    """(settings, stored alerts around MIDNIGHT, judgements from MIDNIGHT on), with spans that meet at their edges."""
    settings = Settings(
        window=WINDOW, dedup=draw(st.sampled_from((0, 10 * MINUTE, HOUR, 2 * HOUR))),
        quarantine=draw(st.sampled_from((0, HOUR, 3 * HOUR))),
    )
    edges = st.sampled_from((0, WINDOW, settings.dedup, settings.quarantine, settings.dedup + HOUR))
    near = st.builds(lambda edge, minutes: edge // MINUTE + minutes, edges, st.integers(-65, 65) | st.integers(-1, 1))
    found = []
    for number, back in enumerate(draw(st.lists(near, max_size=6, unique=True))):
        anchor, later = MIDNIGHT - back * MINUTE, draw(st.integers(0, WINDOW // MINUTE - 1)) * MINUTE
        triggered = anchor + later
        far = settings.dedup // MINUTE - 1  # how many minutes away the farthest repeat is that it may keep
        repeats = draw(st.lists(st.just(far) | st.integers(-far, far), max_size=2) if far > 0 else st.just([]))
        hours = frozenset((triggered + one * MINUTE) // HOUR * HOUR for one in repeats)
        found.append(alert(
            alert_id="a%d" % number, anchor_start=anchor, triggered_at=triggered, delivered=True,
            window_start=anchor - draw(st.sampled_from((0, MINUTE, WINDOW - MINUTE))), suppressed_hours=hours,
            first_seen_asn=frozenset(draw(st.sets(st.integers(1, 3), max_size=2))),
        ))
    minutes = sorted(draw(st.sets(st.integers(0, 70) | st.just(59), min_size=1, max_size=2)))
    return settings, found, [judgement(minute) for minute in minutes]


def placed(settings, alerts, judgements):
    """What becomes of each judgement, what is quarantined for it, and the alerts that this changes."""
    ledger, said = Ledger(alerts, frozenset(), settings), []
    for one in judgements:
        start = one.trigger.window_start
        kept = {guard.asn for guard in ledger.guards() if start - guard.start < settings.quarantine}
        place = ledger.take(OWNER, one)
        said.append((kept, place.outcome, place.near and place.near.alert_id))
    return said, [entry.alert for entry in ledger.entries.values() if entry.alert != entry.stored]


@LAWS
@given(ledgers())
def test_alerts_beyond_reach_decide_nothing(case):
    """Placements, quarantine and changes are the same with all alerts and with those triggered after ``reach``."""
    settings, alerts, judgements = case
    since = reach([one.trigger.window_start for one in judgements], settings)
    within = [one for one in alerts if one.triggered_at > since]
    assert placed(settings, alerts, judgements) == placed(settings, within, judgements)
