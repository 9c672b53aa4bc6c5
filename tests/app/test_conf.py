"""default/, metadata/ and lookups/ say what the code says. Macros and saved searches: test_searches.py."""

import csv
import re
import shlex
from pathlib import Path

import pytest

from sandbox.packaging.plan import ASN_INFO, ASN_NAMES
from teams_export_guard import asn_request, exception_requests, graph_settings, retention, role_import, triage
from teams_export_guard.asn_documents import ASN, ASN_FIELDS, MANIFEST_FIELDS
from teams_export_guard.catalogue import VARIATIONS
from teams_export_guard.command import REQUIRED_FIELDS
from teams_export_guard.documents import COLLECTIONS, LEASE
from teams_export_guard.rows import FIELDS
from teams_export_guard.settings import COMMIT_MODES, MODES, OPTIONS
from tests.app.confs import SPL, TRANSFORMS, conf, dashboards
from tests.conftest import ROOT

#: Contract, section 3, "Rows it gives".
ROW = """_time alert_id alert_state alert_name variation matched_variations severity risk_score tenant entity entity_type user
user_key privileged roles window_start window_end triggered_at record_count message_count chat_count chat_id operation src_ip
asn as_org first_seen_asn app_id record_id message_threshold record_threshold chat_threshold baseline_days suppressed_count
escalated_from mitre_tactic_id mitre_technique_id description reason""".split()
#: What stands behind them since exceptions and table refreshes are known.
ADDED = "exception drift asn_table".split()
#: Contract, section 3, "Rows it takes".
TAKEN = """_time _raw OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation message_count record_count
chat_id record_id asn""".split()
#: The vendor alert that this app re-creates, word for word; the steps stand in one cell, numbered.
GOAL = "Attackers may leverage messages extraction from Microsoft Teams to collect sensitive data."
ACTIONS = (
    "Confirm that the exported messages were extracted from a certified and trusted entity.",
    "Determine if it is within the user's role to extract messages from Microsoft Teams.",
    "Follow further actions done by the account and validate that the exported conversations were not sent to an untrusted entity.",
)
COMMANDS = (
    "teamsexport", "teamsexportcommit", "teamsexporttriage", "teamsexportexception", "teamsexportretention", "teamsexportasn",
    "teamsexportroles", "teamsexportroleimport",
)
STORED = conf("collections.conf")


def lookup(name):
    with (ROOT / "lookups" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# -- app, commands, metadata --------------------------------------------------------------------


def test_app_is_called_what_the_contract_calls_it():
    """Id, folder name and label."""
    app = conf("app.conf", ".")
    assert ("teams_export_guard", "teams_export_guard", "Teams Export Guard") == (
        app["package"]["id"], app["id"]["name"], app["ui"]["label"]
    )


def test_app_has_one_version():
    """Both places of app.conf agree."""
    app = conf("app.conf", ".")
    assert app["launcher"]["version"] == app["id"]["version"]
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", app["id"]["version"])


def test_commands_are_declared():
    """Both, chunked, with a script that is there, on Python 3, not in previews."""
    commands = conf("commands.conf")
    assert COMMANDS == tuple(commands)
    for name, one in commands.items():
        assert (ROOT / "bin" / one["filename"]).is_file()
        assert ("true", "python3", "false", name + ".py") == (
            one["chunked"], one["python.version"], one["run_in_preview"], one["filename"]
        )


def test_all_commands_but_the_reading_one_are_risky():
    """They write, so Splunk asks before a link may run them."""
    risky = [name for name, one in conf("commands.conf").items() if one.get("is_risky") == "true"]
    assert list(COMMANDS[1:]) == risky


def test_every_script_is_a_command_an_alert_action_or_a_handler():
    """No script in bin/ is left over."""
    scripts = {name + ".py" for name in (*COMMANDS, *conf("alert_actions.conf"))}
    scripts |= {one["script"] for one in conf("restmap.conf").values()}
    assert scripts == {path.name for path in (ROOT / "bin").glob("*.py")}


@pytest.mark.parametrize("name, modes", [("teamsexport", MODES), ("teamsexportcommit", COMMIT_MODES)])
def test_search_bar_knows_every_option(name, modes):
    """searchbnf has the options of settings.OPTIONS in their order, with the modes of the command."""
    syntax = conf("searchbnf.conf")[name + "-command"]["syntax"]
    kinds = {
        "window": "span",
        "training": "span",
        "activation": "span",
        "dedup": "span",
        "settle": "span",
        "quarantine": "span",
        "explain": "bool",
        "mode": "|".join(modes),
    }
    expected = [(option.name, kinds.get(option.name, "int")) for option in OPTIONS]
    assert expected == re.findall(r"\((\w+)=<([^>]+)>\)\?", syntax)
    assert syntax.startswith(name + " (")


@pytest.mark.parametrize("name, module, needed", [
    ("teamsexporttriage", triage, {"alert_id", "status"}), ("teamsexportretention", retention, {"keep"}),
    ("teamsexportexception", exception_requests, {"reason"}), ("teamsexportasn", asn_request, {"source"}),
    ("teamsexportroles", graph_settings, {"tenant", "client_id"}), ("teamsexportroleimport", role_import, set()),
])  # fmt: skip
def test_search_bar_knows_every_option_of_the_other_commands(name, module, needed):
    """With those that must be given outside of brackets, and the statuses in words."""
    entry = conf("searchbnf.conf")[name + "-command"]
    found = re.findall(r"(\()?(\w+)=<([^>]+)>", entry["syntax"])
    assert sorted(module.OPTIONS) == sorted(option for _, option, _ in found)
    assert needed == {option for bracket, option, _ in found if not bracket}
    assert {"|".join(triage.STATUSES)} >= {kind for _, option, kind in found if option in ("status", "from")}
    for text in (value for key, value in entry.items() if key.startswith("example")):
        assert module.parse(shlex.split(text.partition(name)[2]))


def test_rows_have_the_fields_of_the_contract():
    """Every field, in the contract's order; what was added later stands behind."""
    assert ROW + ADDED == FIELDS


def test_command_asks_for_the_columns_that_rows_are_made_of():
    """No more and no less than the contract lists."""
    assert TAKEN == REQUIRED_FIELDS


# -- collections and lookups --------------------------------------------------------------------


def test_collections_have_the_fields_of_the_code():
    """collections.conf equals documents.COLLECTIONS and the table of networks, field by field and in order."""
    assert {**COLLECTIONS, ASN: ASN_FIELDS} == {
        name: [setting[len("field."):] for setting in one if setting.startswith("field.")] for name,
        one in STORED.items()
    }


def test_accelerated_fields_exist():
    """What is accelerated is a field of its collection."""
    for name, one in STORED.items():
        for setting, fields in one.items():
            if setting.startswith("accelerated_fields."):
                assert set(re.findall(r'"(\w+)"', fields)) <= set({**COLLECTIONS, ASN: ASN_FIELDS}[name])


def test_every_collection_but_the_lease_has_a_lookup():
    """Of the same name, with all of its fields; of the table of networks, with what is said of it and without data."""
    shown = {**COLLECTIONS, ASN: MANIFEST_FIELDS}
    kv = {name: one for name, one in TRANSFORMS.items() if one.get("external_type") == "kvstore"}
    assert {name: name for name in shown if name != LEASE} == {
        name: one["collection"] for name, one in kv.items()
    }
    for name, one in kv.items():
        assert ["_key", *shown[name]] == re.split(r",\s*", one["fields_list"])


def test_every_lookup_file_is_declared_and_there():
    """transforms.conf and the CSV files in lookups/ are the same; two more are made by the build."""
    declared = {one["filename"] for one in TRANSFORMS.values() if "filename" in one}
    made = {Path(name).name for name in (ASN_INFO, ASN_NAMES)}
    assert {*made, *(path.name for path in (ROOT / "lookups").glob("*.csv"))} == declared
    assert {name + ".csv" for name, one in TRANSFORMS.items() if "filename" in one} == declared


def test_every_lookup_is_used():
    """By a search, a macro or a dashboard, by the code, or by itself on events."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bin").rglob("*.py"))
    automatic = [value for one in conf("props.conf").values() for value in one.values()]
    texts = "\n".join([code, *SPL.values(), *dashboards(), *automatic])
    assert set() == {name for name in TRANSFORMS if not re.search(r"\b%s\b" % name, texts)}


def test_texts_equal_the_catalogue():
    """Titles and severities of every variation, in order of precedence."""
    assert [(one.name, one.title, one.severity) for one in VARIATIONS] == [
        (row["variation"], row["alert_name"], row["severity"]) for row in lookup("teams_export_texts.csv")
    ]


def test_texts_are_the_seeds_own():
    """The goal, and the investigative actions as numbered steps, word for word."""
    actions = " ".join("%d. %s" % step for step in enumerate(ACTIONS, 1))
    assert {(GOAL, actions)} == {
        (row["goal"], row["investigative_actions"]) for row in lookup("teams_export_texts.csv")
    }


def test_counted_operations_are_those_of_the_contract():
    """MessagesExported and MessagesListed count by default."""
    assert ["MessagesExported", "MessagesListed"] == [
        row["Operation"] for row in lookup("teams_export_operations.csv") if row["counted"] == "1"
    ]


# -- applications -------------------------------------------------------------------------------


def test_microsoft_s_own_applications_are_named_once():
    """By the id of the application in lower case, each with its publisher and whether anybody may sign in with it."""
    rows = lookup("teams_export_first_party.csv")
    ids = [row["app_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    assert {("Microsoft", "0"), ("Microsoft", "1")} == {(row["publisher"], row["anybody"]) for row in rows}
    assert all(row["application"] and bool(row["note"]) == (row["anybody"] == "1") for row in rows)


@pytest.mark.parametrize("app_id", ["d3590ed6-52b3-4102-aeff-aad2292ab01c", "1fec8e78-bce4-4aaf-ab1b-5451cc387264"])
def test_what_attack_tools_sign_in_with_by_default_is_marked(app_id):
    """The name says nothing of who uses it."""
    (row,) = [row for row in lookup("teams_export_first_party.csv") if row["app_id"] == app_id]
    assert "1" == row["anybody"] and "attack tools" in row["note"]
