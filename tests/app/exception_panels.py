"""The exceptions view as its tests use it: its panels as an analyst sees them, and what a click on a row chooses."""

from teams_export_guard.documents import EXCEPTIONS
from tests.app.views import APP, View

VIEW = View("exceptions")
ADMIN, ANALYST = "teams_export_admin", "teams_export_analyst"
GIVE = {"give:" + name: "" for name in ("tenant", "entity", "asn", "usual_messages", "operations", "reason", "days")}
END = {"end:" + name: "" for name in ("exception", "reason")}
WRITING = {"ds_give": GIVE, "ds_end": END}  # searches that write, with the tokens that they read
EVIL = ['" | outputlookup x', '" OR entity="*', '\\" | delete', "`secret`", "$row.x$ [| makeresults]"]  # typed by somebody


def rows(splunkd, source, owner=ANALYST, **tokens):
    """The rows of a panel, as an analyst sees them."""
    job = VIEW.run(splunkd, source, owner=owner, **tokens)
    assert job.error is None, job.error
    return [{name: value for name, value in row.items() if value is not None} for row in job.rows]


def one(splunkd, source, **how):
    """The only row of a panel."""
    (row,) = rows(splunkd, source, **how)
    return row


def kept(splunkd):
    """The exceptions that are kept."""
    return [{name: value for name, value in found.items() if name != "_user"}
            for found in splunkd.kv.find_all(APP, "nobody", EXCEPTIONS)]


def listed(splunkd, **tokens):
    """The rows of the table of exceptions, by key."""
    return {row["_exception"]: row for row in rows(splunkd, "ds_exceptions", **tokens)}


def chosen(row, names):
    """The tokens that a click on a row sets."""
    return {name: row.get("_" + name.partition(":")[2]) or "" for name in names}
