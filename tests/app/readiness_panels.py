"""The readiness view as its tests use it: panels, verdicts, and what the scheduler leaves of a run."""

from sandbox import sample, serve
from sandbox.alerting import SavedSearch
from sandbox.jobs import Job
from sandbox.scheduler_log import INDEX, lines_of
from tests.app.views import APP, View

VIEW = View("readiness")
NOW = serve.PLANTED + sample.DAY
DAY = 86400
ROLES = ("admin", "teams_export_admin", "teams_export_analyst")
GUARD = "Teams Export - "
COUNTED = ("MessagesListed", "MessagesExported")


def rows(splunkd, source, owner="admin"):
    job = VIEW.run(splunkd, source, owner)
    assert job.error is None
    return job.rows


def verdicts(splunkd, owner="admin"):
    return {row["check"]: row["verdict"] for row in rows(splunkd, "ds_checks", owner)}


def save(splunkd, collection, *documents):
    splunkd.kv.batch_save(APP, "nobody", collection, list(documents))


def ran(splunkd, name, ago, seconds=1.5, found=0, error=None, said=()):
    """Leaves what the scheduler writes about a run of one of the app's searches, which ended some seconds ago."""
    saved = SavedSearch(GUARD + name, APP, {})
    job = Job("sid-%d" % ago, "search", seconds=0.0, rows=[{}] * found, error=error, messages=list(said))
    for line in lines_of(saved, job, NOW - ago, ()):
        text = line.text.replace("run_time=0.000", "run_time=%.3f" % seconds)
        splunkd.events.add(text, line.time, index=INDEX, sourcetype=line.sourcetype)
