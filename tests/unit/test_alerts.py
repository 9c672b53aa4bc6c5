"""One alert: its id, its evidence, and how it grows."""

import hashlib

from teams_export_guard.alerts import Alert, alert_id
from teams_export_guard.networks import Networks
from teams_export_guard.settings import Settings
from tests.support import MIDNIGHT, OWNER, ShortTable, alert, evidence_of, judgement, judgement_on, record

NETWORKS = Networks(ShortTable({"8.8.8.8": (100, "Hundred"), "9.9.9.9": (20, "Two")}))


def evidence(*records):
    return evidence_of(records, NETWORKS)


def test_alert_id_is_the_hash_of_the_contract():
    """First 32 hex digits of SHA-256 over tenant, entity and start, joined by bare line feeds, in UTF-8."""
    expected = hashlib.sha256("t1\nuser:é\n1767571200".encode()).hexdigest()[:32]
    assert expected == alert_id("t1", "user:é", MIDNIGHT)


def test_alert_id_tells_the_windows_apart():
    """Another tenant, entity or start is another alert."""
    assert 4 == len({alert_id("t1", "e", 0), alert_id("t2", "e", 0), alert_id("t1", "f", 0), alert_id("t1", "e", 60)})


def test_evidence_adds_up_records_and_messages():
    """Sums of what the rows stand for; chats are distinct."""
    seen = evidence(record(messages=3, records=2, chats=("a", "b")), record(messages=4, records=1, chats=("b",)))
    assert (3, 7, 2) == seen[:3]


def test_evidence_lists_are_sorted_and_distinct():
    """Addresses in their plain form, private ones too; numbers by size."""
    seen = evidence(
        record(client_ip="8.8.8.8:443", app_id="b", operation="Y", ids=("r2",)), record(client_ip="9.9.9.9",
        app_id="a", ids=("r1",)),
        record(client_ip="10.0.0.1"), record(client_ip="8.8.8.8"), record(client_ip="<null>"),
    )
    assert ("10.0.0.1", "8.8.8.8", "9.9.9.9") == seen.src_ip
    assert ((20, 100), ("Hundred", "Two"), ("a", "b")) == (seen.asn, seen.as_org, seen.app_id)
    assert (("MessagesExported", "Y"), ("r0", "r1", "r2")) == (seen.operation, seen.record_id)


def test_evidence_cuts_chats_and_ids_at_a_hundred():
    """The smallest hundred are listed; the count is of all."""
    names = tuple("%03d" % number for number in range(150))
    seen = evidence(record(chats=names, ids=names))
    assert (150, names[:100], names[:100]) == (seen.chat_count, seen.chat_id, seen.record_id)


def test_joining_evidence_takes_back_nothing():
    """Counts by the greatest, sets by union, names as they were."""
    one = evidence(record(messages=9, user="b", chats=("a",)))
    two = evidence(record(messages=1, records=5, user="a", chats=("b",)))
    joined = one.join(two)
    assert (5, 9, 1, "b", ("a", "b")) == (
        joined.record_count,
        joined.message_count,
        joined.chat_count,
        joined.user,
        joined.chat_id,
    )


def test_joining_keeps_the_smallest_hundred():
    """Lists that are cut stay cut."""
    low, high = (tuple("%s%03d" % (letter, number) for number in range(100)) for letter in "ab")
    joined = evidence(record(ids=high)).join(evidence(record(ids=low)))
    assert low == joined.record_id


def test_joining_fills_an_empty_name():
    """A name that was not known is taken from what joins."""
    assert "a" == evidence(record(user="")).join(evidence(record(user="a"))).user


def test_raised_alert_says_what_its_trigger_says():
    """Anchor, window and minute of the trigger; thresholds of the settings; new and not delivered."""
    said = judgement(
        7, matches=("base", "multiple_chats"), baseline_days=9, roles=frozenset({"Admin"}), privileged="true"
    )
    raised = Alert.raised(OWNER, said, Settings(window=300, chat_threshold=2), "before")
    start = MIDNIGHT + 420
    assert (*OWNER, alert_id(*OWNER, start), start, start, start, start + 300) == raised[:7]
    assert ("multiple_chats", (100, 20, 2), 9, "before", "new", False) == (
        raised.variation, raised.thresholds, raised.baseline_days, raised.escalated_from, raised.state, raised.delivered
    )


def test_raised_alert_has_the_smallest_names():
    """User and key are the smallest of several, empty ones apart."""
    records = (record(user="b", user_key=""), record(user="a", user_key="K2"), record(user="", user_key="K1"))
    seen = Alert.raised(OWNER, judgement_on(records), Settings()).evidence
    assert ("a", "K1") == (seen.user, seen.user_key)


def test_owning_is_overlap_with_the_anchor_window():
    """A window that begins within one window before or after the anchor's start overlaps; the next minute does not."""
    raised = alert(10)
    assert [False, True, True, True, False] == [raised.owns(judgement(minute), 300) for minute in (5, 6, 10, 14, 15)]


def test_joined_window_does_not_move_the_anchor():
    """The span grows; anchor, id and trigger stay."""
    raised = alert(10)
    grown = raised.joined(judgement(6)).joined(judgement(14))
    assert (MIDNIGHT + 360, MIDNIGHT + 1140) == (grown.window_start, grown.window_end)
    assert raised[:5] == grown[:5]


def test_joining_a_trigger_is_a_union():
    """Matches, networks and roles by union; privileged never goes back."""
    grown = alert(privileged="true").joined(
        judgement(1, matches=("base", "first_seen_asn"), first_seen_asn=frozenset({7}), roles=frozenset({"R"}),
        privileged="false")
    )
    assert (frozenset({"base", "first_seen_asn"}), frozenset({7}), "true", frozenset({"R"})) == grown[7:11]


def test_joining_rises_from_unknown():
    """What was unknown may become false, and false true."""
    assert ["false", "true"] == [alert(privileged=p).joined(judgement(privileged=q)).privileged for p, q in
                                 (("unknown", "false"), ("false", "true"))]
