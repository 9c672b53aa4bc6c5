"""The audit records enter the data model Data Access, the alerts the data model Alerts; and nothing else does.

The tables are those of the Common Information Model 8.5.0, models Alerts and Data_Access, from a public catalogue made of
Splunk's splunk_data_model_objects_fields_850.csv: a model's tags, its recommended fields, and its prescribed values.
"""

import json

import pytest

from sandbox import sample
from tests.app.confs import SEARCHES, conf
from tests.app.searchtime import EVENTTYPES, PROPS, TAGS, aliases, evals, extracted, known, lookups, tags
from tests.app.test_conf import ROW, lookup
from tests.support import audit

RECORD = {"sourcetype": "o365:management:activity", "source": "https://manage.office.com/api/v1.0/t/activity/feed/audit/b"}
ACCESS_TAGS, ALERT_TAGS = {"data", "access"}, {"alert"}
#: Recommended field of Data Access -> where it comes from, or why it stays empty (the model itself says unknown then).
ACCESS = {
    "action": "lookup", "app": "alias", "dest": "alias", "object": "alias", "object_category": "lookup",
    "object_id": "alias", "signature": "alias", "src": "alias", "user": "alias", "user_name": "alias",
    "vendor_account": "alias", "vendor_product": "lookup",
    "object_attrs": "no attribute is changed by a read", "object_size": "a record does not say it",
}  # fmt: skip
ACCESS_ACTIONS = """accepted commented copied created deleted disabled downloaded enabled forwarded granted invited locked
modified moved read restarted revoked shared started stopped uncommented undeleted unlocked unshared uploaded""".split()
ACCESS_CATEGORIES = "collaboration file folder comment task note".split()
#: Recommended field of Alerts, and the optional ones that an alert can say, -> where it comes from.
ALERTS = {
    "app": "eval", "dest": "alias", "severity": "row", "signature_id": "alias", "src": "eval", "type": "eval",
    "user": "row", "user_name": "alias", "description": "row", "id": "alias", "mitre_technique_id": "row",
    "signature": "alias", "vendor_account": "alias",
}  # fmt: skip
ALERT_SEVERITIES = "critical high medium low informational unknown".split()
ALERT_TYPES = "alarm alert event task warning unknown".split()
AUDIT, ALERT_SOURCE = "o365:management:activity", "source::Teams Export - Detect*"


def record(**changes):
    """A record in the index, with the fields that its JSON has."""
    return {**extracted(audit(**changes)), **RECORD}


def summary(search="Teams Export - Detect", **changes):
    """An alert in a summary index, as the action summary_index writes it."""
    row = {
        "alert_id": "a1", "alert_name": "Title", "variation": "first_seen_asn", "severity": "low", "tenant": "t1",
        "user": "ann@t", "src_ip": ["192.0.2.1"], "app_id": "x", "description": "d", "mitre_technique_id": "T1213.005",
    }  # fmt: skip
    added = {"report": SEARCHES["Teams Export - Detect"]["action.summary_index.report"]}
    return {**row, **added, "sourcetype": "stash", "source": search, **changes}


def origin(stanza, field):
    """By which kind of setting a stanza gives a field."""
    if field in [new for _, new, _ in aliases(stanza)]:
        return "alias"
    if field in evals(stanza):
        return "eval"
    return "lookup" if any(field in outputs for _, _, outputs in lookups(stanza)) else "row"


# -- Data Access ----------------------------------------------------------------------------------


def test_every_recommended_field_of_data_access_is_mapped_or_explained():
    """Each comes from where the table says."""
    assert {field: why for field, why in ACCESS.items() if " " not in why} == {
        field: origin(AUDIT, field) for field, why in ACCESS.items() if " " not in why
    }
    assert {"row"} == {origin(AUDIT, field) for field, why in ACCESS.items() if " " in why}


@pytest.mark.parametrize("operation", [row["Operation"] for row in lookup("teams_export_operations.csv")])
def test_every_teams_graph_operation_enters_data_access(operation):
    """With all recommended fields that it can have, and prescribed values only."""
    fields = known(record(Operation=operation))
    assert ACCESS_TAGS == tags(fields)
    assert [] == [field for field, why in ACCESS.items() if " " not in why and not fields.get(field)]
    assert fields["action"] in ACCESS_ACTIONS and fields["object_category"] in ACCESS_CATEGORIES


def test_the_fields_say_who_read_what_of_whom():
    """User, address, tenant and conversation stand where the model has them."""
    fields = known(record(AppAccessContext={"ClientAppId": "a-1"}))
    assert ("Ann@T", "K-Ann", "8.8.8.8", "t1", "t1", "c1", "c1", "MicrosoftTeams", "MessagesExported", "a-1") == tuple(
        fields[name] for name in (
            "user", "user_id", "src", "dest", "vendor_account", "object", "object_id", "app", "signature", "application_id")
    )
    assert ("downloaded", "collaboration", "Microsoft Office 365 MicrosoftTeams") == (
        fields["action"], fields["object_category"], fields["vendor_product"])


@pytest.mark.parametrize("changes", [{"Workload": "Exchange"}, {"Operation": "ChatCreated"}, {"Operation": "FileDownloaded"}])
def test_other_records_enter_no_model(changes):
    """Neither another workload nor an operation that is no read through Graph."""
    assert set() == tags(known(record(**changes)))


def test_what_the_add_on_says_is_left_alone():
    """A field that is already there keeps its value."""
    theirs = {"user": "u", "src": "s", "action": "modified", "vendor_product": "v", "object_id": "o"}
    fields = known({**record(), **theirs})
    assert theirs == {name: fields[name] for name in theirs}


def test_the_add_ons_sourcetype_has_no_calculated_field_of_ours():
    """Two apps that calculate one field of one sourcetype overrule each other; names of classes are our own."""
    assert {} == evals(AUDIT)
    assert {True} == {only_new for _, _, only_new in aliases(AUDIT)}
    assert {"teams_export_guard"} == {key.partition("-")[2] for key in PROPS[AUDIT]}


def test_records_of_the_sample_enter_data_access():
    """Exactly those of Teams with an operation of the table; each has a user, an action and a tenant."""
    operations = {row["Operation"] for row in lookup("teams_export_operations.csv")}
    inside = 0
    for event in sample.events()[:20000]:
        try:
            parsed = json.loads(event.raw)
        except ValueError:
            continue
        if not isinstance(parsed, dict):
            continue
        fields = known({**extracted(parsed), **RECORD})
        wanted = parsed.get("Workload") == "MicrosoftTeams" and parsed.get("Operation") in operations
        assert (ACCESS_TAGS if wanted else set()) == tags(fields), event.raw[:200]
        inside += wanted
        assert not wanted or (fields["action"] and fields["user"])
    assert inside > 100


# -- Alerts ---------------------------------------------------------------------------------------


def test_every_recommended_field_of_alerts_is_mapped():
    """By alias, by calculation, or as the row has it."""
    assert ALERTS == {field: origin(ALERT_SOURCE, field) for field in ALERTS}
    assert set() == {field for field, why in ALERTS.items() if why == "row"} - set(ROW)


@pytest.mark.parametrize("search", ["Teams Export - Detect", "Teams Export - Detect late records"])
def test_alerts_in_a_summary_index_enter_alerts(search):
    """With every field of the table, and prescribed values only."""
    fields = known(summary(search))
    assert ALERT_TAGS == tags(fields)
    assert [] == [field for field in ALERTS if not fields.get(field)]
    assert fields["severity"] in ALERT_SEVERITIES and fields["type"] in ALERT_TYPES
    assert ("a1", "t1", ["192.0.2.1"], "Title") == (fields["id"], fields["dest"], fields["src"], fields["signature"])


def test_severities_of_alerts_are_prescribed():
    """Those of every variation."""
    assert {row["severity"] for row in lookup("teams_export_texts.csv")} <= set(ALERT_SEVERITIES)


def test_the_source_of_an_alert_without_address_is_its_application():
    """An application's own records often have no address."""
    alert = summary()
    del alert["src_ip"]
    assert "x" == known(alert)["src"]


def test_findings_of_enterprise_security_are_no_alerts():
    """They have the same source and sourcetype, but not the field that the action adds; CIM models them elsewhere."""
    finding = summary()
    del finding["report"]
    assert set() == tags(known(finding))


def test_every_detecting_search_says_the_report_that_the_event_type_looks_for():
    """Switched off as shipped."""
    for name in ("Teams Export - Detect", "Teams Export - Detect late records"):
        one = SEARCHES[name]
        assert ("0", "summary", "teams_export_alert") == tuple(
            one["action.summary_index" + key] for key in ("", "._name", ".report"))


# -- the files ------------------------------------------------------------------------------------


def test_tags_are_of_event_types_that_exist():
    """One stanza each."""
    assert set(TAGS) == {"eventtype=" + name for name in EVENTTYPES}


def test_the_table_for_data_access_has_every_operation():
    """The same ones as teams_export_operations.csv, in its order."""
    assert [row["Operation"] for row in lookup("teams_export_operations.csv")] == [
        row["Operation"] for row in lookup("teams_export_cim.csv")
    ]


def test_models_see_our_knowledge_from_their_own_app():
    """Event types, tags, props and lookups are exported."""
    meta = conf("default.meta", "metadata")
    assert {"system"} == {meta[name]["export"] for name in ("eventtypes", "tags", "props", "transforms")}
