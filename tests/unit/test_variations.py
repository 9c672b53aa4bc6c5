"""What a trigger means against the baseline: horizon, settling, poison guard, activation, matches."""

import pytest

from teams_export_guard.baseline import Baseline, Key
from teams_export_guard.networks import Networks
from teams_export_guard.privileged import Assignment, Privileged, Roles
from teams_export_guard.settings import Settings
from teams_export_guard.variations import Guard, Judge, midnight
from tests.support import MIDNIGHT, OWNER, ShortTable, record, trigger_of

DAY = 86400
SETTINGS = Settings(
    window=300, training=10, activation=2, history_days=2, settle=3600, quarantine=5 * DAY, chat_threshold=2
)
START = MIDNIGHT + 20 * DAY + 12 * 3600  # noon
HORIZON = (midnight(START) - 10 * DAY, START - 3600)
ADMIN = Privileged(
    [Assignment("t1", "ann@t", "", "", "Admin", "", "active", START, 0)], Roles([{"role": "Admin", "privileged": "1"}])
)

NOBODY = Privileged()


NETWORKS = Networks(ShortTable({"8.8.8.8": (100, "Hundred"), "9.9.9.9": (200, "Two")}))


def seen(activity=(), asn=(), export=(), tenant=()):
    """The baseline with sightings at these moments."""
    whole = Baseline()
    for moments, entity, feature, value in (
        (activity, OWNER[1], "activity", "*"), (asn, OWNER[1], "asn", "100"), (export, OWNER[1], "export", "*"),
        (tenant, "*", "activity", "*"),
    ):
        for moment in moments:
            whole.observe(Key("t1", entity, feature, value), moment)
    return whole


def judged(baseline, guards=(), settings=SETTINGS, roles=NOBODY, networks=NETWORKS, **changes):
    evidence = (record(**{"minute": 0, "client_ip": "8.8.8.8", **changes})._replace(minute=START),)
    trigger = trigger_of(evidence, START, settings.window)
    return Judge(baseline, roles, networks, settings).judge(OWNER, trigger, guards)


ACTIVE = [START - 2 * DAY, START - 3 * DAY]  # two days of history


def test_unseen_network_is_first_seen():
    """A known ASN without a sighting in the horizon, for an entity with enough history."""
    said = judged(seen(ACTIVE))
    assert (frozenset({"first_seen_asn", "base"}), frozenset({100})) == (said.matches, said.first_seen_asn)


@pytest.mark.parametrize("moment, known", [(HORIZON[0], True), (HORIZON[0] - 60, False), (HORIZON[1] - 60, True),
(HORIZON[1], False)])
def test_horizon_of_networks(moment, known):
    """From the midnight before the training period to the settling time, half open."""
    assert known == ("first_seen_asn" not in judged(seen(ACTIVE, asn=[moment])).matches)


@pytest.mark.parametrize("moment, known", [(HORIZON[0], True), (HORIZON[0] - 60, False), (HORIZON[1] - 60, True),
(HORIZON[1], False)])
def test_horizon_of_exports(moment, known):
    """An export in the horizon makes a privileged entity's next one no first; outside it does not."""
    assert known == ("privileged_first_time" not in judged(seen(export=[moment]), roles=ADMIN).matches)


def test_unknown_network_is_never_first_seen():
    """No ASN, no match."""
    said = judged(seen(ACTIVE), client_ip="10.0.0.1")
    assert (frozenset({"base"}), frozenset()) == (said.matches, said.first_seen_asn)


def test_network_needs_history():
    """One active day less than history_days, and no network is called new."""
    said = judged(seen(ACTIVE[:1]))
    assert (1, frozenset({"base"}), frozenset()) == (said.history_days, said.matches, said.first_seen_asn)


def test_history_counts_distinct_days():
    """Two moments of one day are one day; a day of settling is none."""
    assert 1 == judged(seen([ACTIVE[0], ACTIVE[0] + 60, START - 60])).history_days


@pytest.mark.parametrize(
    "guard, known",
    [
        (Guard(100, START - 2 * DAY), False), (Guard(100, START - DAY), True), (Guard(200, START - 2 * DAY), True),
        (Guard(100, START - 5 * DAY), True), (Guard(100, START - 5 * DAY + 60), False),
    ],
)
def test_poison_guard(guard, known):
    """Sightings from the alert's start on do not count, for its ASN, while it is younger than quarantine."""
    said = judged(seen(ACTIVE, asn=[START - 2 * DAY]), [guard])
    assert known == (100 in said.known_asns)


def test_quarantine_can_be_switched_off():
    """quarantine=0 guards nothing."""
    said = judged(seen(ACTIVE, asn=[START - 2 * DAY]), [Guard(100, START - 2 * DAY)], SETTINGS._replace(quarantine=0))
    assert 100 in said.known_asns


def test_settle_can_be_switched_off():
    """settle=0 lets everything before the window count, and nothing in it."""
    off = SETTINGS._replace(settle=0)
    assert [True, False] == [100 in judged(seen(ACTIVE, asn=[m]), settings=off).known_asns for m in (START - 60, START)]


def test_privileged_first_time():
    """A privileged entity without an export in the horizon; unknown never matches."""
    said = judged(seen(), roles=ADMIN)
    assert ("true", frozenset({"Admin"})) == (said.privileged, said.roles)
    assert "privileged_first_time" in said.matches
    assert ("unknown", frozenset({"base"})) == (judged(seen()).privileged, judged(seen()).matches)


def test_multiple_chats():
    """As many distinct chats as the threshold; the same chat twice is one."""
    evidence = (record(chats=("a",)), record(chats=("a",)), record(chats=("b",)))
    assert [1, 2] == [trigger_of(evidence[:count], MIDNIGHT, 300).chats for count in (2, 3)]
    assert [True, False, False] == [
        "multiple_chats" in judged(seen(), chats=chats).matches for chats in (("a", "b"), ("a",), ())
    ]


def test_base_always_holds():
    """Every trigger matches base."""
    assert "base" in judged(seen()).matches


@pytest.mark.parametrize(
    "moments, days, learning",
    [
        ([START - DAY, START - 2 * DAY], 2, False), ([START - DAY], 1, True), ([START - DAY, midnight(START)], 1, True),
        ([START - DAY, HORIZON[0]], 2, False), ([START - DAY, HORIZON[0] - 60], 1, True), ([START - DAY,
        midnight(START) - 60], 1, True),
    ],
)
def test_activation_counts_whole_days_of_the_tenant(moments, days, learning):
    """Days before the trigger's own midnight, settling or not, back to the start of training."""
    said = judged(seen(tenant=moments))
    assert (days, learning) == (said.baseline_days, said.learning)


def test_activation_can_be_switched_off():
    """activation=0 never learns."""
    assert not judged(seen(), settings=SETTINGS._replace(activation=0)).learning


# -- networks that a new table gives another number ----------------------------------------------


def relabelled(former, addresses=(("8.8.8.8", 300),)):
    """Networks by a table that gives addresses these numbers, and knows what earlier tables gave them."""
    return Networks(ShortTable({address: (asn, "New") for address, asn in addresses}, former))


def two(first, second):
    """A trigger of two records with these addresses."""
    evidence = tuple(record(0, client_ip=address)._replace(minute=START) for address in (first, second))
    return trigger_of(evidence, START, SETTINGS.window)


KNOWN = seen(ACTIVE, asn=ACTIVE)  # ASN 100


@pytest.mark.parametrize("former, new", [
    ((100,), frozenset()), ((400, 100), frozenset()), ((400,), frozenset({300})), ((), frozenset({300})),
])  # fmt: skip
def test_a_new_number_alone_is_not_first_seen(former, new):
    """Where an earlier table gave the address a number that was seen; another number before that changes nothing."""
    said = judged(KNOWN, networks=relabelled({"8.8.8.8": former}))
    assert (new, frozenset({300}) - new) == (said.first_seen_asn, said.relabelled)


def test_every_address_of_the_network_must_have_been_renumbered():
    """One that always had the new number is a network never seen."""
    addresses = (("8.8.8.8", 300), ("9.9.9.9", 300))
    for former, new in (({"8.8.8.8": (100,)}, {300}), ({"8.8.8.8": (100,), "9.9.9.9": (100,)}, set())):
        judge = Judge(KNOWN, NOBODY, relabelled(former, addresses), SETTINGS)
        assert new == judge.judge(OWNER, two("8.8.8.8", "9.9.9.9")).first_seen_asn


def test_a_guard_on_the_former_number_holds_for_the_new_one():
    """What an alert keeps from being known does not become known by a refresh of the table."""
    networks = relabelled({"8.8.8.8": (100,)})
    assert frozenset({300}) == judged(KNOWN, [Guard(100, START - 4 * DAY)], networks=networks).first_seen_asn


def test_a_row_s_own_number_has_no_former_ones():
    """It does not come from the table."""
    networks = relabelled({"8.8.8.8": (100,)})
    assert frozenset({300}) == judged(KNOWN, networks=networks, asn_text="300").first_seen_asn


def test_exports_are_counted_where_they_are_asked_for():
    """Of whom is not privileged too: an alert may be of a privileged entity by another trigger."""
    said = judged(seen(export=[START - 2 * DAY, START - 3 * DAY, START]))
    assert ("unknown", 2) == (said.privileged, said.export_days())
