"""Facts about `| teamsexportroleimport`, as the built package runs it."""

from __future__ import annotations

import pytest

from sandbox.hooks import KillAtRequest
from sandbox.invocation import Delivery
from tests.graph.changes import ADMIN, CSV, USER, change
from tests.protocol.records import burst
from tests.protocol.site import PRIVILEGED, good, said, the_error

REMOVE = {"Operation": "Remove member from role.", "CreationTime": "2026-09-21T11:00:00"}


def bring(site, rows, *arguments, **more):
    return site.search("teamsexportroleimport", arguments, rows, **more)


def held(site):
    return {key: one["assignment"] for key, one in site.documents(PRIVILEGED).items()}


def test_a_change_is_kept_and_taken_back(site):
    """The summary comes first."""
    summary, row = good(bring(site, [change()])).rows
    assert ("summary", "1", "added", "ann@contoso.example") == (summary["change"], summary["added"], row["change"], row["user"])
    good(bring(site, [change(**REMOVE)]))
    good(bring(site, [change()]))
    assert ["removed"] == list(held(site).values())


def test_who_got_a_role_is_privileged(site):
    """The way from the audit record to the verdict: known by his object id, though the record of then had another name."""
    good(bring(site, [change(OrganizationId="contoso", CreationTime="2024-12-24T00:00:00", ObjectId="old@contoso.example")]))
    rows = burst("new@contoso.example", UserKey=USER)
    (row,) = [row for row in site.judge(rows, "activation=0d").rows if row["alert_state"] != "none"]
    assert ("true", "Company Administrator") == (row["privileged"], row["roles"])


def test_many_rows_in_many_chunks(site):
    """All are joined; the answer comes with the last chunk."""
    rows = [dict(CSV, user="user%d@t" % number) for number in range(2500)]
    (summary, *others) = good(bring(site, rows, delivery=Delivery(probes=2, chunk_rows=1000))).rows
    assert ("2500", 2500, 2500) == (summary["added"], len(others), len(held(site)))


def test_bad_rows_are_said(site):
    """As warnings with an example; the others are kept."""
    outcome = bring(site, [change(CreationTime="x"), dict(CSV, role=""), change()])
    assert ("2", "1") == tuple(good(outcome).rows[0][name] for name in ("rejected", "added"))
    warnings = said(outcome, "WARN")
    assert "1 rows rejected: CreationTime is no UTC time, for example id-1" in warnings
    assert "1 rows rejected: role and role_template_id are both missing, for example ann@t" in warnings


def test_rows_of_a_csv_may_get_their_tenant_from_the_option(site):
    """And several starts write once."""
    good(bring(site, [dict(CSV, tenant="", role_template_id=ADMIN)], "tenant=t7", delivery=Delivery(probes=3)))
    assert ["t7"] == [one["tenant"] for one in site.documents(PRIVILEGED).values()]


def test_a_preview_and_a_dry_run_write_nothing(site):
    """They may only look."""
    good(bring(site, [change()], "dryrun=true"))
    good(bring(site, [change()], preview=True))
    assert [] == site.writes()


@pytest.mark.parametrize("user, allowed", [("teams_export_admin", True), ("teams_export_analyst", False), ("power", False)])
def test_who_may(site, user, allowed):
    """The app's admin; others are refused, and nothing is written."""
    assert allowed == (bring(site, [change()], user=user).error is None)
    assert allowed == bool(held(site))


def test_wrong_options_are_all_said(site):
    """Before a row is taken."""
    error = the_error(bring(site, [change()], "tenent=x", "dryrun=perhaps"))
    assert "did you mean tenant?" in error and "dryrun=perhaps" in error


def test_killed_at_every_request_and_run_again(site):
    """Wherever the process was killed, the same rows bring the same state, once the dead one's lease is over."""
    for number in range(1, 9):
        site.kv.delete_query("teams_export_guard", "nobody", PRIVILEGED)
        bring(site, [change(), CSV], on_step=KillAtRequest(site.rest.faults, number))
        site.rest.faults.clear()
        site.expire_lease()
        good(bring(site, [change(), CSV]))
        assert ["active", "active"] == list(held(site).values())
