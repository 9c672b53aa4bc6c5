"""Who may do what: the roles of the app beside Splunk's own, through REST and searches, on the built package.

`teams_export_analyst` reads what was found and says what it was; `teams_export_admin` also commits, deletes and sets up;
power and user, which every Splunk has, do neither.
"""

import re
import sys
import time

import pytest

from sandbox.invocation import Delivery
from sandbox.rest.caller import Caller
from sandbox.splunkd import Splunkd
from sandbox.view_routes import files
from teams_export_guard.asn_documents import ASN, ASN_FIELDS
from teams_export_guard.documents import ALERTS, EXCEPTIONS, HISTORY, LEASE, PRIVILEGED, TRIAGE
from teams_export_guard.documents import COLLECTIONS as DETECTION
from tests.app.confs import SEARCHES, conf

APP = "teams_export_guard"
COLLECTIONS = {**DETECTION, ASN: ASN_FIELDS}
ADMINS, ANALYST, OTHERS = ("admin", "teams_export_admin"), "teams_export_analyst", ("power", "user")
ROLES = (*ADMINS, ANALYST, *OTHERS)
SPLUNKS_OWN = {"admin", "sc_admin"}
OWN = {"teams_export_admin", "teams_export_analyst"}
SAID = {TRIAGE, HISTORY}  # what an analyst writes
DATA = "/servicesNS/nobody/%s/storage/collections/data/%%s" % APP
SAVED = "/servicesNS/nobody/%s/saved/searches/%%s" % APP
WRITING = re.compile(r"teamsexport(commit|retention|asn|roles|roleimport)\b")
COMMITTING = sorted(name for name, one in SEARCHES.items() if WRITING.search(one["search"]))
NOW = 1_790_000_000
#: A minute in which somebody exports much: judging it reads every collection that judging reads.
EXPORT = (
    '| makeresults | eval OrganizationId="t", UserId="ann@t", UserKey="", UserType="0", ClientIP="", ClientAppId="", '
    'Workload="MicrosoftTeams", Operation="MessagesExported", message_count=500, record_count=1 | '
)


def access(stanza):
    """(readers, writers) of a stanza of default.meta, * being everybody."""
    found = re.findall(r"(?:read|write) : \[ ([^\]]*) \]", conf("default.meta", "metadata")[stanza]["access"])
    return tuple({role.strip() for role in roles.split(",")} for roles in found)


# -- what the files say ---------------------------------------------------------------------------


def test_roles_in_metadata_exist():
    """Each is Splunk's own, or declared in authorize.conf; power and user are not trusted with anything."""
    own = {stanza[len("role_"):] for stanza in conf("authorize.conf")}
    named = set().union(*(set().union(*access(name)) for name, one in conf("default.meta", "metadata").items()
                          if "access" in one))
    assert OWN == own
    assert {"*"} | SPLUNKS_OWN | own == named


def test_nobody_but_admins_writes_and_both_roles_read_what_was_found():
    """Analysts write what they say of alerts, and nothing else."""
    for stanza, one in conf("default.meta", "metadata").items():
        if "access" in one:
            readers, writers = access(stanza)
            allowed = SPLUNKS_OWN | {"teams_export_admin"} | ({ANALYST} if stanza.split("/")[-1] in SAID else set())
            assert SPLUNKS_OWN <= writers <= allowed, stanza
            assert "*" in readers or SPLUNKS_OWN <= readers <= SPLUNKS_OWN | OWN, stanza
    for stanza in ("collections", "views", "savedsearches"):
        assert SPLUNKS_OWN | OWN == access(stanza)[0]


def test_the_app_s_admin_is_an_analyst_with_what_setting_up_needs():
    """Least privilege: the analyst is a user, and the admin an analyst; no capability comes in by importing power."""
    roles = conf("authorize.conf")
    assert {"importRoles": "user"} == roles["role_teams_export_analyst"]
    assert "teams_export_analyst" == roles["role_teams_export_admin"]["importRoles"]
    own = {key for key, value in roles["role_teams_export_admin"].items() if value == "enabled"}
    assert {"schedule_search", "list_storage_passwords", "edit_storage_passwords"} == own


def test_saved_searches_run_with_the_rights_of_who_dispatches_them():
    """Otherwise whoever may read one could commit or delete by dispatching it, with the rights of its owner."""
    assert {"user"} == {one.get("dispatchAs") for one in SEARCHES.values()}


# -- what happens ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def head(package, tmp_path_factory):
    """A search head with the app and an alert in its ledger; tests leave behind what they found."""
    with Splunkd(tmp_path_factory.mktemp("roles"), sys.executable, lambda: NOW, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        splunkd.kv.batch_save(APP, "nobody", ALERTS, [{"_key": "a" * 32, "tenant": "t", "triggered_at": 1}])
        yield splunkd


def kept(head):
    """All documents of the app."""
    return {name: head.kv.find_all(APP, "nobody", name) for name in COLLECTIONS}


@pytest.fixture
def call(head):
    """call(role) is a client with that role's session."""
    return lambda role: Caller(head.rest.url, head.rest.sessions.open(role))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_who_reads_and_who_writes_a_collection(call, collection, role):
    """Through REST: reading, saving, and deleting are allowed or answered with 403."""
    reads = role not in OTHERS
    writes = role in ADMINS or (role == ANALYST and collection in SAID)
    path = DATA % collection
    assert (200 if reads else 403) == call(role).get(path).status
    assert (200 if writes else 403) == call(role).post(path + "/batch_save", [{"_key": "probe"}]).status
    assert (200 if writes else 403) == call(role).delete(path, query={"_key": "probe"}).status


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("collection", sorted(set(COLLECTIONS) - {LEASE}))
@pytest.mark.parametrize("app", [APP, "search"])
def test_lookups_follow_the_rights_on_their_collections(head, collection, role, app):
    """A search reads a collection's lookup, from any app, if its owner may read the collection."""
    job = head.search("| inputlookup %s" % collection, owner=role, app=app)
    assert (role not in OTHERS) == (job.error is None), job.error


@pytest.mark.parametrize("role", ROLES)
def test_a_lookup_is_no_way_round_the_right_to_write(head, role):
    """outputlookup into the ledger is for admins."""
    spl = '| makeresults | eval _key="probe" | table _key | outputlookup append=true teams_export_alerts'
    assert (role in ADMINS) == (head.search(spl, owner=role, app=APP).error is None)
    assert ["a" * 32] == [one["_key"] for one in head.kv.find_all(APP, "nobody", ALERTS) if one["_key"] != "probe"]
    head.kv.delete_query(APP, "nobody", ALERTS, {"_key": "probe"})


@pytest.mark.parametrize("role", ROLES)
def test_everybody_has_the_macros_and_tables_that_other_searches_stand_on(head, role):
    """A macro and a table work from any app for any role; which applications are trusted is not for everybody."""
    assert head.search("| makeresults | eval a=`teams_export_text(b,c)`", owner=role).error is None
    assert head.search("| inputlookup teams_export_operations", owner=role).error is None
    job = head.search("| inputlookup teams_export_trusted", owner=role)
    assert (role not in OTHERS) == (job.error is None)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("command, roles", [
    (EXPORT + "teamsexport activation=0d", (*ADMINS, ANALYST)),
    (EXPORT + "teamsexportcommit activation=0d", ADMINS),
    ("| teamsexporttriage alert_id=%s status=in_progress" % ("a" * 32), (*ADMINS, ANALYST)),
    ("| teamsexportexception entity=user:x asn=64500 usual_messages=1 operations=a reason=r", ADMINS),
    ("| teamsexportretention keep=3650000d", ADMINS),
    ("| teamsexportasn source=shipped", ADMINS),
    ('| makeresults | eval tenant="t", user="x@t", role="r" | teamsexportroleimport', ADMINS),
])  # fmt: skip
def test_who_may_run_a_command(head, command, roles, role):
    """From any app; for whoever may not it is an error, and nothing is written."""
    before = kept(head)
    job = head.search(command, owner=role, latest="now")
    assert (role in roles) == (job.error is None), job.error
    if role not in roles:
        assert before == kept(head)
    head.kv.delete_query(APP, "nobody", ALERTS, {"entity": "user:ann@t"})
    for name in (*SAID, EXCEPTIONS, ASN, PRIVILEGED):
        head.kv.delete_query(APP, "nobody", name)


@pytest.mark.parametrize("role", OTHERS)
def test_who_may_not_say_what_an_alert_was_is_told_who_may(head, role):
    """The sentence says what was refused, and names the roles that may."""
    job = head.search("| teamsexporttriage alert_id=%s status=in_progress" % ("a" * 32), owner=role)
    assert "403" in job.error and "teams_export_analyst" in job.error


@pytest.mark.parametrize("role", ROLES)
def test_dashboards_are_for_the_app_s_roles(head, call, role):
    """Others find no view, neither in the list nor by name; an analyst all but the set-up page."""
    views = [path.stem for path in files(head.apps.app(APP), "views") if path.stem != "setup" or role in ADMINS]
    listed = call(role).get("/servicesNS/nobody/%s/data/ui/views" % APP, output_mode="json").json["entry"]
    assert ([] if role in OTHERS else views) == [entry["name"] for entry in listed]
    assert role in ADMINS or 404 == call(role).get("/servicesNS/nobody/%s/data/ui/views/setup" % APP).status
    for name in views:
        status = call(role).get("/servicesNS/nobody/%s/data/ui/views/%s" % (APP, name)).status
        assert (404 if role in OTHERS else 200) == status


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", SEARCHES)
def test_who_sees_and_who_changes_a_saved_search(call, name, role):
    """Analysts see them, which Triggered Alerts needs; admins change them."""
    path = SAVED % name.replace(" ", "%20")
    assert (404 if role in OTHERS else 200) == call(role).get(path).status
    expected = 200 if role in ADMINS else 404 if role in OTHERS else 403
    assert expected == call(role).form(path, description="as it was").status


@pytest.mark.parametrize("name", COMMITTING)
def test_an_analyst_cannot_commit_by_way_of_a_saved_search(head, call, name):
    """Dispatching one runs it with the analyst's rights: it fails, and nothing is written."""
    before = kept(head)
    answer = call(ANALYST).form((SAVED % name.replace(" ", "%20")) + "/dispatch", output_mode="json")
    if answer.status < 300:
        job = head.jobs.get(answer.json["sid"])
        while job.state == "RUNNING":
            time.sleep(0.02)
            job = head.jobs.get(answer.json["sid"])
        assert "FAILED" == job.state and job.error
    assert before == kept(head)
