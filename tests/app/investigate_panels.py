"""The investigate view as its tests use it: its panels as an analyst sees them, and the tokens of what writes."""

import time

from sandbox import sample, serve
from tests.app.views import APP, View

VIEW = View("investigate")
NOW = serve.PLANTED + sample.DAY
DAY, HOUR = 86400, 3600
ANALYST = "teams_export_analyst"
ALERTS = {alert["pattern"]: alert for alert in sample.expected()["alerts"]}
TYPED = {"triage_owner": "", "triage_comment": ""}
CHOSEN = {"triage:" + name: "" for name in ("alert_id", "status", "from", "owner", "comment")}
NOBODY = "0" * 32  # no alert has this id
EXCEPTED = {"except:" + name: "" for name in ("alert_id", "reason")}
WRITING = {"ds_save": ("teamsexporttriage", CHOSEN), "ds_except_save": ("teamsexportexception", EXCEPTED)}
PANELS = sorted(set(VIEW.data_sources) - set(WRITING))


def rows(splunkd, source, alert_id, **tokens):
    """The rows of a panel for an alert, as an analyst sees them."""
    job = VIEW.run(splunkd, source, owner=ANALYST, alert_id=alert_id, **{**TYPED, **tokens})
    assert job.error is None, job.error
    return [{name: value for name, value in row.items() if value is not None} for row in job.rows]


def one(splunkd, source, alert_id):
    (row,) = rows(splunkd, source, alert_id)
    return row


def of(pattern):
    return ALERTS[pattern]["alert_id"]


def clock(seconds, form="%Y-%m-%d %H:%M"):
    return time.strftime(form, time.gmtime(seconds))


def documents(splunkd, alert_id):
    (row,) = splunkd.search('| inputlookup teams_export_alerts where alert_id="%s"' % alert_id, app=APP).rows
    return row
