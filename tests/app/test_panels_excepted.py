"""What the other views show of exceptions: the overview, investigate and entity, over the sample with some in force."""


import pytest

from sandbox import sample
from teams_export_guard.documents import ALERTS as LEDGER
from teams_export_guard.documents import EXCEPTIONS, TRIAGE
from teams_export_guard.exception_requests import DAYS
from tests.app.excepted import ALERTS, ARCHIVE, BACKUP, COVERED, DRIFTED, EXPLORER, NOW, document
from tests.app.exception_panels import EVIL
from tests.app.views import APP, View

DAY = 86400
ADMIN, ANALYST = "teams_export_admin", "teams_export_analyst"
OVERVIEW, INVESTIGATE, ENTITY = View("overview"), View("investigate"), View("entity")
DAYS_30 = {"global_time.earliest": "-30d@d", "global_time.latest": "now"}
TYPED = {"triage_owner": "", "triage_comment": ""}
EXCEPTED_IDS = {ALERTS[pattern]["alert_id"] for pattern in COVERED}


def rows(splunkd, view, source, owner=ANALYST, **tokens):
    """The rows of a panel, as an analyst sees them."""
    job = view.run(splunkd, source, owner=owner, **{**DAYS_30, **TYPED, **tokens})
    assert job.error is None, job.error
    return [{name: value for name, value in row.items() if value is not None} for row in job.rows]


def of(pattern):
    return {"alert_id": ALERTS[pattern]["alert_id"]}


def whose(pattern):
    return {"tenant": sample.TENANT, "entity": ALERTS[pattern]["entity"]}


@pytest.fixture(scope="module")
def ledger(excepted):
    return excepted.search("| inputlookup teams_export_alerts", app=APP).rows


# -- the overview ---------------------------------------------------------------------------------


def test_what_is_excepted_is_not_open(excepted, ledger):
    """It has a number of its own, and is in none of the others; nor among the open ones by kind."""
    (found,) = rows(excepted, OVERVIEW, "ds_numbers")
    low = [row for row in ledger if row["severity"] == "low" and row["alert_id"] not in EXCEPTED_IDS]
    informational = [row for row in ledger if row["severity"] != "low"]
    assert [len(low), len(low), len(informational), len(EXCEPTED_IDS)] == [
        int(found[name]) for name in ("open_low", "untouched", "open_informational", "excepted")
    ]
    kinds = rows(excepted, OVERVIEW, "ds_variations")
    assert len(low) + len(informational) == sum(int(row["low"]) + int(row["informational"]) for row in kinds)


def test_what_somebody_said_of_an_excepted_alert_counts(own):
    """In progress, malicious and benign are what a person said, whatever an exception says."""
    said = {"1" * 32: "in_progress", "2" * 32: "malicious", "3" * 32: "benign", "4" * 32: None}
    own.kv.batch_save(APP, "nobody", LEDGER, [
        {"_key": key, "alert_id": key, "entity": "user:a", "tenant": "t", "variation": "multiple_chats", "severity": "low",
         "triggered_at": NOW - DAY, "exception": "k", "reason": "r."} for key in said
    ])  # fmt: skip
    own.kv.batch_save(APP, "nobody", TRIAGE, [{"_key": key, "status": status} for key, status in said.items() if status])
    (found,) = rows(own, OVERVIEW, "ds_numbers")
    assert {"open_low": "0", "untouched": "0", "in_progress": "1", "malicious": "1", "benign": "1",
            "open_informational": "0", "excepted": "4"} == found  # fmt: skip
    shown = {row["_alert_id"]: row["Status"] for row in rows(own, OVERVIEW, "ds_newest", status="excepted")}
    assert {"1" * 32: "In progress, excepted", "2" * 32: "Malicious, excepted", "3" * 32: "Benign, excepted",
            "4" * 32: "Excepted"} == shown  # fmt: skip
    colours = {one["match"] for one in OVERVIEW.definition["visualizations"]["viz_newest"]["context"]["statusColours"]}
    assert set(shown.values()) <= colours
    for name in (LEDGER, TRIAGE):
        own.kv.delete_query(APP, "nobody", name)


@pytest.mark.parametrize("status, chosen", [
    ("open", lambda excepted: not excepted), ("excepted", bool), ("any", lambda excepted: True), ("new", lambda excepted: True),
])  # fmt: skip
def test_lists_have_the_alerts_of_the_chosen_status(excepted, ledger, status, chosen):
    """Excepted ones are no open ones; every list of the page has the same alerts."""
    wanted = [row for row in ledger if chosen(row["alert_id"] in EXCEPTED_IDS)]
    found = rows(excepted, OVERVIEW, "ds_newest", status=status)
    assert {row["alert_id"] for row in wanted} == {row["_alert_id"] for row in found}
    assert len(wanted) == sum(int(row["Alerts"]) for row in rows(excepted, OVERVIEW, "ds_entities", status=status))
    assert sum(int(row["message_count"]) for row in wanted) == sum(
        int(row["Messages"]) for row in rows(excepted, OVERVIEW, "ds_applications", status=status)
    )
    networks = {row["Network"] for row in rows(excepted, OVERVIEW, "ds_networks", status=status)}
    assert (status != "open") == ("AS16509" in networks)


def test_excepted_alerts_are_marked_and_come_last(excepted):
    """After the informational ones, in the list of any status."""
    found = rows(excepted, OVERVIEW, "ds_newest", status="any")
    assert EXCEPTED_IDS == {row["_alert_id"] for row in found if row["Status"] == "Excepted"}
    assert EXCEPTED_IDS == {row["_alert_id"] for row in found[-len(EXCEPTED_IDS):]}


def test_the_chart_has_them_apart(excepted, ledger):
    """A day's alerts add up to all that were triggered on it."""
    found = rows(excepted, OVERVIEW, "ds_over_time")
    assert len(EXCEPTED_IDS) == sum(int(row.get("Excepted", 0)) for row in found)
    assert len(ledger) == sum(int(value) for row in found for name, value in row.items() if name[0] != "_")
    assert "Excepted" in OVERVIEW.definition["visualizations"]["viz_over_time"]["options"]["seriesColorsByField"]


# -- investigate ----------------------------------------------------------------------------------


def facts(splunkd, pattern):
    return {row["Fact"]: row["Value"] for row in rows(splunkd, INVESTIGATE, "ds_facts", **of(pattern))}


def test_the_evidence_names_the_exception(excepted):
    """Until when, why and by whose word; without drift."""
    found = facts(excepted, "backup")
    assert "covers it until 2026-06-06: nightly backup, change 4711 (ann)" == found["Exception"]
    assert "Drift" not in found


@pytest.mark.parametrize("pattern, drift", [
    ("archive", "volume: 2000 messages are 10 times the usual 150 or more"),
    ("privileged", "variation: privileged_first_time is no variation of it"),
])  # fmt: skip
def test_the_evidence_names_the_drift(excepted, pattern, drift):
    """The kind, and the figures."""
    found = facts(excepted, pattern)
    assert ("one concerns it and does not cover it", drift) == (found["Exception"], found["Drift"])
    assert pattern in DRIFTED


def test_the_evidence_says_that_no_exception_concerns_it(excepted):
    """Of an alert that none is about."""
    found = facts(excepted, "all-three")
    assert "none concerns it" == found["Exception"] and "Drift" not in found


def test_the_evidence_names_the_table_of_the_networks(excepted, ledger):
    """By which the alert's networks were found, with its date; an alert of before it was kept says so."""
    (label,) = {row["asn_table"] for row in ledger}
    assert label and label == facts(excepted, "base")["Network table"]


def test_what_would_be_excepted_is_what_the_command_takes(excepted):
    """Whom with which application, the networks by name, the messages and operations of the alert."""
    (row,) = rows(excepted, INVESTIGATE, "ds_except", **of("chats"))
    assert "felix.iversen@harbourline.example with application %s on AS3292 (TDC Holding A/S)" % EXPLORER == row["Covers"]
    assert "20 messages within the window are usual; MessagesListed" == row["Bounds"]
    (row,) = rows(excepted, INVESTIGATE, "ds_except", **of("archive"))
    assert "Application %s on unknown networks" % ARCHIVE[4:] == row["Covers"]


def test_it_says_whether_the_alert_is_excepted_and_what_is_needed(excepted):
    """The reason is the comment as typed."""
    found = {pattern: rows(excepted, INVESTIGATE, "ds_except", **of(pattern))[0] for pattern in ("backup", "base")}
    assert ("excepted", "not excepted") == (found["backup"]["Now"], found["base"]["Now"])
    assert "needed: write it above, as the comment" == found["base"]["Reason"]
    (row,) = rows(excepted, INVESTIGATE, "ds_except", **of("base"), triage_comment='said "so"')
    assert ('said "so"', 'said "so"', ALERTS["base"]["alert_id"]) == (row["Reason"], row["_reason"], row["_alert_id"])


@pytest.fixture
def alone(own, excepted):
    """A search head with the chats alert and no exception."""
    own.kv.delete_query(APP, "nobody", EXCEPTIONS)
    (alert,) = [one for one in excepted.kv.find_all(APP, "nobody", LEDGER) if one["_key"] == ALERTS["chats"]["alert_id"]]
    own.kv.batch_save(APP, "nobody", LEDGER, [alert])
    return own


@pytest.mark.parametrize("reason", ["writes the minutes", *EVIL])
def test_an_alert_is_excepted_from_the_panel(alone, reason):
    """As the app's admin, for 90 days; whatever is typed stays one value."""
    (row,) = rows(alone, INVESTIGATE, "ds_except", **of("chats"), triage_comment=reason)
    chosen = {"except:alert_id": row["_alert_id"], "except:reason": row["_reason"]}
    (saved,) = rows(alone, INVESTIGATE, "ds_except_save", owner=ADMIN, **of("chats"), **chosen)
    (kept,) = alone.kv.find_all(APP, "nobody", EXCEPTIONS)
    assert (reason, ADMIN) == (saved["Reason"], saved["Owner"]) and saved["Result"].startswith("Saved")
    assert (reason, ALERTS["chats"]["entity"], EXPLORER, "3292", 20, DAYS * DAY) == tuple(
        kept[name] for name in ("reason", "entity", "app_id", "asn", "usual_messages")
    ) + (kept["expires"] - kept["start"],)


def test_an_analyst_cannot_except(alone):
    """The message names the command; the text above says who may."""
    chosen = {"except:alert_id": ALERTS["chats"]["alert_id"], "except:reason": "x"}
    job = INVESTIGATE.run(alone, "ds_except_save", owner=ANALYST, **of("chats"), **chosen)
    assert "teamsexportexception" in job.error
    assert [] == alone.kv.find_all(APP, "nobody", EXCEPTIONS)
    text = INVESTIGATE.definition["visualizations"]["viz_step_4"]["options"]["markdown"]
    assert "only `teams_export_admin` and admins may" in text


# -- the entity -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern, names", [
    ("backup", {"backup", "over"}), ("archive", {"archive", "stopped"}), ("chats", {"chats", "class"}),
    ("base", {"class"}),  # by the application that it exported with
])  # fmt: skip
def test_an_entity_has_the_exceptions_that_concern_it(excepted, pattern, names):
    """Those that name it, and those of an application that it exported with; ended ones too."""
    found = rows(excepted, ENTITY, "ds_exceptions", **whose(pattern))
    assert sorted(document(name)["reason"] for name in names) == sorted(row["Reason"].partition(" (")[0] for row in found)


def test_exceptions_of_another_tenant_do_not_concern_it(own):
    """Those of every tenant do."""
    for tenant, count in (("t1", 1), ("t2", 0), ("*", 1)):
        own.kv.delete_query(APP, "nobody", EXCEPTIONS)
        own.kv.batch_save(APP, "nobody", EXCEPTIONS, [dict(document("backup"), tenant=tenant)])
        found = rows(own, ENTITY, "ds_exceptions", tenant="t1", entity=BACKUP)
        assert count == len([row for row in found if row["State"] != "none"])


def test_an_entity_without_exceptions_says_so(excepted):
    """In a sentence."""
    (row,) = rows(excepted, ENTITY, "ds_exceptions", tenant=sample.TENANT, entity="user:nobody@harbourline.example")
    assert "none" == row["State"] and row["Reason"].startswith("No exception concerns")


@pytest.mark.parametrize("pattern, counts, statuses", [
    ("backup", ("1", "0"), ["Excepted"]), ("archive", ("1", "1"), ["New"]), ("stronger-2", ("2", "2"), ["New", "New"]),
])  # fmt: skip
def test_an_entity_s_alerts_are_kept_and_marked(excepted, pattern, counts, statuses):
    """An excepted one is kept and listed, and not open."""
    (found,) = rows(excepted, ENTITY, "ds_alert_counts", **whose(pattern))
    assert counts == (found["alerts"], found["open"])
    assert statuses == [row["Status"] for row in rows(excepted, ENTITY, "ds_alert_list", **whose(pattern))]


@pytest.mark.parametrize("evil", [*EVIL, "user:*"])
def test_a_token_is_a_value_and_no_search(excepted, evil):
    """Whatever the address says as entity or tenant, no exception concerns it."""
    for tokens in ({"tenant": sample.TENANT, "entity": evil}, {"tenant": evil, "entity": evil}):
        (row,) = rows(excepted, ENTITY, "ds_exceptions", **tokens)
        assert "none" == row["State"]
