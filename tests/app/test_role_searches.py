"""The saved searches that fill the role holders, as shipped, over events and lookups of the sandbox."""

from __future__ import annotations

import json
import sys

import pytest

from sandbox.invocation import Delivery
from sandbox.splunkd import Splunkd
from teams_export_guard.documents import LEASE, PRIVILEGED
from tests.app.confs import SEARCHES
from tests.graph.changes import ADMIN, NOW, USER, change
from tests.graph.server import HOSTS, GraphServer
from tests.graph.tenant import CLIENT, SECRET, TENANT, Tenant
from tests.https.authority import Authority
from tests.protocol.records import record, stamp
from tests.support import store_secret

APP = "teams_export_guard"
ROLES, AUDIT, CSV = ("Teams Export - Roles" + end for end in ("", " from audit", " from CSV"))


@pytest.fixture(scope="module")
def head(package, tmp_path_factory):
    with Splunkd(tmp_path_factory.mktemp("head"), sys.executable, lambda: NOW, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        yield splunkd


@pytest.fixture(autouse=True)
def empty(head):
    for name in (PRIVILEGED, LEASE):
        head.kv.delete_query(APP, "nobody", name)


def held(head):
    return sorted((one["tenant"], one["source"], one["assignment"]) for one in head.kv.find_all(APP, "nobody", PRIVILEGED))


def add(head, text, at):
    head.events.add(text, at, at + 60, index="o365", sourcetype="o365:management:activity")


def test_changes_of_roles_are_found_among_all_records(head):
    """By their words; a Teams record and a change of a group are not read, and a second run changes nothing."""
    begin = NOW - 3600
    add(head, change(CreationTime=stamp(begin), Id="1")["_raw"], begin)
    add(head, change("app", CreationTime=stamp(begin), Id="2", Operation="Add eligible member to role.", ObjectId="x")["_raw"], begin)
    add(head, change(CreationTime=stamp(begin), Id="3", OrganizationId="t2", Operation="Remove member from role.")["_raw"], begin)
    add(head, change(CreationTime=stamp(begin), Id="4", OrganizationId="t3", Operation="Add member to group.")["_raw"], begin)
    add(head, json.dumps(record(5, begin)), begin)
    for added in ("3", "0"):
        job = head.dispatch(AUDIT)
        assert job.error is None
        assert ("3", added, "0") == tuple(job.rows[0][name] for name in ("rows", "added", "rejected"))
    assert [("t1", "audit", "active"), ("t1", "audit", "eligible"), ("t2", "audit", "removed")] == held(head)


def test_the_shipped_csv_is_empty_and_does_no_harm(head):
    """The search runs, and nothing comes of it."""
    job = head.dispatch(CSV)
    assert job.error is None and [] == held(head)


def test_a_csv_that_somebody_filled(head):
    """Its columns are those that the lookup is shipped with."""
    columns = "tenant,user,object_id,app_id,principal_type,role,role_template_id,assignment,as_of,expires"
    spl = ('| makeresults | eval tenant="t1", user="ann@t", object_id="%s", app_id="", principal_type="user", role="", '
           'role_template_id="%s", assignment="active", as_of="", expires="" | table %s | outputlookup teams_export_roles')
    assert head.search(spl % (USER, ADMIN, columns.replace(",", " ")), app=APP).error is None
    job = head.dispatch(CSV)
    assert (None, "1") == (job.error, job.rows[0]["added"])
    assert [("t1", "csv", "active")] == held(head)


def test_the_options_of_the_graph_search_are_the_macros(head, tmp_path):
    """As the set-up page and an admin write them; the way is the admin's proxy and CA file."""
    authority, tenant = Authority(tmp_path), Tenant()
    tenant.assign(tenant.user(1))
    store_secret(head.rest, SECRET, name="graph_secret")
    with GraphServer(tenant, authority.certificate(*HOSTS)) as server:
        values = {"tenant": TENANT, "client_id": CLIENT, "cloud": "global",
                  "network": "proxy=%s ca_file=%s" % (server.proxy, authority.path)}  # fmt: skip
        for name, value in values.items():
            head.local.write(head.apps.app(APP), "macros", "teams_export_graph_" + name, {"definition": value})
        job = head.dispatch(ROLES)
    assert (None, "1") == (job.error, job.rows[0]["added"])
    assert [(TENANT, "graph", "active")] == held(head)


def test_without_set_up_the_graph_search_says_what_is_missing(package, tmp_path):
    """Both ids, in one sentence."""
    with Splunkd(tmp_path, sys.executable, lambda: NOW, delivery=Delivery(probes=0)) as splunkd:
        splunkd.install(package)
        error = splunkd.dispatch(ROLES).error
    assert "tenant=: allowed:" in error and "client_id=: allowed:" in error


def test_nothing_more_than_its_word_is_asked_of_the_index():
    """The search for changes of roles is cheap: its words are looked up, and nothing else is read."""
    assert SEARCHES[AUDIT]["search"].startswith("`teams_export_index` `teams_export_role_terms` | fields _raw | ")
