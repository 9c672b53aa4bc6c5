"""The mail of the alerting searches, once it is switched on: recipients, subject, message, one for each alert."""

from contextlib import ExitStack

import pytest

from tests.protocol.alerting import APP, DETECT, Site

LATE = "Teams Export - Detect late records"


@pytest.fixture
def site(tmp_path, package):
    with ExitStack() as stack:
        yield Site(tmp_path, package, stack)


@pytest.mark.parametrize("name", [DETECT, LATE])
def test_mail_tells_what_happened(site, name):
    """Its subject names the alert and the entity; its message has the reason and leads to the page of the alert."""
    site.export("Ann@T")
    saved = site.splunkd.change(name, {"action.email": "1", "action.email.to": "soc@example.com", "alert.suppress": "0",
                                       "search": site.splunkd.saved_search(DETECT).search})
    run = site.splunkd.scheduler.run(saved, site.clock())
    (row,) = run.job.rows
    (mail,) = site.splunkd.actions.mails
    assert (("soc@example.com",), "%s (new): user:ann@t" % row["alert_name"]) == (mail.to, mail.subject)
    assert row["reason"] in mail.message
    assert "/app/%s/investigate?form.alert_id=%s" % (APP, row["alert_id"]) in mail.message
    assert "$" not in mail.subject + mail.message


def test_each_alert_is_a_mail(site):
    """Two users, two mails."""
    site.splunkd.change(DETECT, {"action.email": "1", "action.email.to": "soc@example.com"})
    site.export("Ann@T", "Bob@T")
    site.detect()
    assert {"user:ann@t", "user:bob@t"} == {mail.subject.rpartition(": ")[2] for mail in site.splunkd.actions.mails}


def test_no_mail_unless_it_is_switched_on(site):
    """As shipped."""
    site.export("Ann@T")
    site.detect()
    assert [] == site.splunkd.actions.mails
