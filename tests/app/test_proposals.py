"""Proposals: for which applications an exception is worth giving, from the baseline and the ledger alone."""


import pytest

from sandbox import sample
from teams_export_guard.alerts import Evidence
from teams_export_guard.baseline import Key
from teams_export_guard.documents import ALERTS, BASELINE, EXCEPTIONS, TRIAGE, alert_document, baseline_document
from tests.app.confs import SEARCHES
from tests.app.excepted import ARCHIVE, BACKUP, NOW, document
from tests.app.exception_panels import ADMIN, GIVE, VIEW, chosen, kept, one, rows
from tests.app.views import APP
from tests.support import alert

DAY, HOUR = 86400, 3600
WHO = "app:0f1e2d3c-0000-4000-8000-000000000001"
SEARCH = "Teams Export - Propose exceptions"


@pytest.fixture
def head(own):
    """The same, empty."""
    for name in (ALERTS, BASELINE, EXCEPTIONS, TRIAGE):
        own.kv.delete_query(APP, "nobody", name)
    return own


def seen(head, feature, value="*", days=range(1, 32), entity=WHO):
    """A sighting on each of some days before NOW, an hour into the day."""
    minutes = {(NOW - day * DAY) // DAY: NOW - day * DAY + HOUR for day in days}
    head.kv.batch_save(APP, "nobody", BASELINE, [baseline_document(Key("t1", entity, feature, value), minutes)])


def raised(head, number=1, age=1, asn=(), messages=200, **more):
    """An alert of the application some days before NOW."""
    made = alert(number)._replace(tenant="t1", entity=WHO, alert_id="%032x" % number, window_start=NOW - age * DAY,
                                  triggered_at=NOW - age * DAY + HOUR)  # fmt: skip
    evidence = Evidence(message_count=messages, asn=tuple(asn), operation=("MessagesExported",))
    head.kv.batch_save(APP, "nobody", ALERTS, [alert_document(made._replace(evidence=evidence, **more))])


def proposed(head, owner="teams_export_analyst"):
    """What the saved search lists."""
    job = head.search(SEARCHES[SEARCH]["search"], app=APP, owner=owner)
    assert job.error is None, job.error
    return [{name: value for name, value in row.items() if value is not None} for row in job.rows]


# -- over the sample ------------------------------------------------------------------------------


def test_the_sample_s_backup_and_archive_are_proposed(filled):
    """On the network of the one, on an unknown one of the other; with the figures of their alerts."""
    found = {row["entity"]: row for row in proposed(filled)}
    assert {BACKUP: ("16509", "2950", "MessagesExported", "1", "1", "31", "31"),
            ARCHIVE: ("unknown", "2000", "MessagesExported", "1", "1", "31", "31")} == {
        entity: tuple(row[name] for name in (
            "asn", "usual_messages", "operations", "alerts", "covered", "export_days", "possible_days"))
        for entity, row in found.items()
    }  # fmt: skip


def test_the_page_lists_what_the_saved_search_lists(filled):
    """In words, with the options of the command in hidden columns."""
    found = {row["_entity"]: row for row in rows(filled, "ds_proposals", new_reason="asked", new_days="30")}
    assert {row["entity"] for row in proposed(filled)} == set(found)
    assert ("AS16509 (Amazon.com, Inc.)", "31 of 31 days, since 2026-02-08", "2950 messages, MessagesExported", "asked") == tuple(
        found[BACKUP][name] for name in ("Networks", "Exported", "Usual", "Reason")
    )
    assert {"give:tenant": sample.TENANT, "give:entity": BACKUP, "give:asn": "16509", "give:usual_messages": "2950",
            "give:operations": "MessagesExported", "give:reason": "asked", "give:days": "30"} == chosen(found[BACKUP], GIVE)  # fmt: skip
    assert {"needed: write it above"} == {row["Reason"] for row in rows(filled, "ds_proposals")}


def test_with_an_exception_in_force_only_what_it_does_not_cover_is_proposed(excepted):
    """The backup is covered; the archive's volume went beyond its exception."""
    assert [ARCHIVE] == [row["entity"] for row in proposed(excepted)]


# -- what is asked of an application --------------------------------------------------------------


def test_one_that_exports_daily_on_known_networks_is_proposed(head):
    """With the networks of its whole activity, and the greatest of its alerts."""
    seen(head, "export"), seen(head, "asn", "64500"), seen(head, "asn", "7", range(15, 20))
    raised(head, 1, asn=(7, 64500), messages=300), raised(head, 2, age=3, asn=(64500,))
    (row,) = proposed(head)
    assert ("64500,7", "300", "2", "2", "31 31") == (
        row["asn"], row["usual_messages"], row["alerts"], row["covered"], "%(export_days)s %(possible_days)s" % row
    )


@pytest.mark.parametrize("days, found", [
    (range(1, 16), 1),  # the first sighting is 14 days and 23 hours old
    (range(1, 15), 0),  # 13 days and 23 hours
    ([1, *range(3, 31)], 1), ([*range(1, 28), 30], 1),  # 29 and 28 of 30 days
    (range(4, 31), 1), (range(5, 31), 0),  # 27 of the 30 up to yesterday, and 26
    ([*range(1, 31, 2)], 0),  # every other day
])  # fmt: skip
def test_how_often_and_how_long(head, days, found):
    """On 90 percent of the days or more since its first export, which is more than 14 days ago, up to yesterday."""
    seen(head, "export", days=days)
    raised(head)
    assert found == len(proposed(head))


@pytest.mark.parametrize("days, found", [(range(1, 16), 1), ([14], 0), ([1], 0)])
def test_each_of_its_networks_must_be_old(head, days, found):
    """One that was first seen within 14 days makes it none, whatever the others."""
    seen(head, "export"), seen(head, "asn", "64500"), seen(head, "asn", "7", days)
    raised(head, asn=(64500,))
    assert found == len(proposed(head))


def test_what_the_exception_would_not_have_covered_is_counted(head):
    """An alert from a network that was never learned, or from an unknown one where others are known."""
    seen(head, "export"), seen(head, "asn", "64500")
    raised(head, 1, asn=(64500,)), raised(head, 2, 3, asn=(9, 64500)), raised(head, 3, 5)
    assert [("3", "1")] == [(row["alerts"], row["covered"]) for row in proposed(head)]


def test_without_alerts_nothing_is_proposed(head):
    """Nor of alerts that are excepted."""
    seen(head, "export")
    assert [] == proposed(head)
    raised(head, exception="k")
    assert [] == proposed(head)


def test_users_are_not_proposed(head):
    """Whatever they do every day."""
    seen(head, "export", entity="user:ann@t")
    raised(head, entity="user:ann@t")
    assert [] == proposed(head)


def test_what_was_malicious_is_not_proposed(head):
    """One alert of it that was closed so is enough."""
    seen(head, "export")
    raised(head, 1), raised(head, 2, age=20)
    assert 1 == len(proposed(head))
    head.kv.batch_save(APP, "nobody", TRIAGE, [{"_key": "%032x" % 2, "status": "malicious"}])
    assert [] == proposed(head)


@pytest.mark.parametrize("changes, found", [
    ({}, 0), ({"tenant": "*"}, 0), ({"tenant": "t2"}, 1), ({"entity": "", "app_id": WHO[4:]}, 0), ({"expires": NOW}, 1),
    ({"owner": ""}, 1), ({"start": NOW - DAY + 1}, 0), ({"entity": "user:ann@t", "app_id": WHO[4:]}, 1),
    ({"start": NOW + DAY, "expires": NOW + 2 * DAY}, 0),
])  # fmt: skip
def test_what_somebody_has_excepted_already_is_not_proposed(head, changes, found):
    """By an exception of it that is valid and not over, also one that begins later: of alerts of before, that is the answer."""
    seen(head, "export")
    raised(head)
    given = dict(document("backup"), tenant="t1", entity=WHO, start=NOW - DAY + 2, expires=NOW + DAY)
    head.kv.batch_save(APP, "nobody", EXCEPTIONS, [{**given, **changes}])
    assert found == len(proposed(head))


def test_an_alert_since_then_is_a_new_reason(head):
    """What went beyond it is proposed, without the alerts of before."""
    seen(head, "export")
    raised(head, 1, age=5), raised(head, 2, age=1, messages=5000)
    given = dict(document("backup"), tenant="t1", entity=WHO, start=NOW - 2 * DAY, expires=NOW + DAY)
    head.kv.batch_save(APP, "nobody", EXCEPTIONS, [given])
    assert [("1", "5000")] == [(row["alerts"], row["usual_messages"]) for row in proposed(head)]


# -- accepting ------------------------------------------------------------------------------------


def test_a_proposal_is_accepted_from_the_panel(head):
    """As the app's admin: the row's exception is kept, the proposal is gone; the same again changes nothing."""
    seen(head, "export"), seen(head, "asn", "64500")
    raised(head, asn=(64500,))
    row = one(head, "ds_proposals", new_reason="nightly | delete", new_days="7")
    values = chosen(row, GIVE)
    assert "Saved" in one(head, "ds_give", owner=ADMIN, **values)["Result"]
    (now,) = kept(head)
    assert ("t1", WHO, "64500", 200, "MessagesExported", "nightly | delete", ADMIN, 7 * DAY) == tuple(
        now[name] for name in ("tenant", "entity", "asn", "usual_messages", "operations", "reason", "owner")
    ) + (now["expires"] - now["start"],)
    assert "Nothing to change" in one(head, "ds_give", owner=ADMIN, **values)["Result"]
    assert [] == proposed(head)
    assert "Nothing to propose" == one(head, "ds_proposals")["Application"]


def test_a_proposal_without_a_reason_is_refused(filled):
    """By the command, which says what is missing."""
    row = next(row for row in rows(filled, "ds_proposals") if row["_entity"] == BACKUP)
    job = VIEW.run(filled, "ds_give", owner=ADMIN, **chosen(row, GIVE))
    assert "reason=: allowed: why this is right" in job.error


def test_no_event_is_read():
    """Neither by the page nor by the saved search."""
    assert "| `teams_export_proposals`" == SEARCHES[SEARCH]["search"]
    assert not [name for name, each in VIEW.data_sources.items() if "`teams_export_index`" in each["options"]["query"]]
