"""The sample with exceptions that were given two days before its planted day, for the tests that show them.

Knows what each of them makes of the planted alerts: which it covers, and what goes beyond which. Documents are those that
the command would write, but of the sample's time: a command's own clock is the machine's.
"""

from sandbox import sample, serve
from sandbox.sample.tenant import APPS, PEOPLE
from teams_export_guard.documents import EXCEPTIONS
from teams_export_guard.exception_requests import end, give, parse

APP = "teams_export_guard"
NOW = serve.PLANTED + sample.DAY
GIVEN = serve.PLANTED - 2 * sample.DAY
ALERTS = {alert["pattern"]: alert for alert in sample.expected()["alerts"]}
EXPLORER = APPS["explorer"].client_id
BACKUP, ARCHIVE = ("app:" + APPS[key].client_id for key in ("backup", "archive"))

#: name -> options as somebody would type them; said on which day before GIVEN
GIVING = {
    "backup": (0, {"entity": BACKUP, "asn": "AS16509", "usual_messages": 3000, "operations": "MessagesExported",
                   "reason": "nightly backup, change 4711", "owner": "ann"}),
    "archive": (0, {"entity": ARCHIVE, "asn": "unknown", "usual_messages": 150, "operations": "MessagesExported",
                    "reason": "compliance archive", "days": 10}),
    "chats": (0, {"entity": ALERTS["chats"]["entity"], "app_id": EXPLORER, "usual_messages": 100,
                  "operations": "MessagesListed", "reason": "writes the minutes"}),
    "privileged": (0, {"entity": ALERTS["privileged"]["entity"], "app_id": EXPLORER, "variation": "multiple_chats",
                       "usual_messages": 500, "operations": "MessagesListed,MessagesExported", "reason": "tests the tool"}),
    "class": (0, {"app_id": EXPLORER, "network_class": "office", "usual_messages": 20, "operations": "MessagesListed",
                  "reason": "from our offices"}),
    "over": (80, {"entity": BACKUP, "asn": "64500", "usual_messages": 100, "operations": "MessagesExported",
                  "reason": "before the move", "days": 30}),
    "stopped": (5, {"entity": ARCHIVE, "asn": "64501,64502", "usual_messages": 100, "operations": "MessagesExported",
                    "reason": "a trial"}),
}  # fmt: skip
COVERED = {"backup": "backup", "chats": "chats"}  # planted alert -> the exception that covers it
DRIFTED = {"archive": ["volume"], "privileged": ["variation"]}  # planted alert -> what went beyond
INVALID = {"_key": "by hand", "tenant": "*", "entity": "user:" + PEOPLE[3].user.lower(), "usual_messages": 0, "start": GIVEN,
           "expires": GIVEN + 400 * sample.DAY, "reason": "everything that she does", "operations": "MessagesListed"}  # fmt: skip


def document(name):
    """The document of one of them."""
    before, options = GIVING[name]
    request = parse(["%s=%s" % item for item in options.items()])
    made = give(request, None, [], "kim", GIVEN - before * sample.DAY).document
    if name == "stopped":
        return end(parse(["end=" + made["_key"], "reason=the trial is over"]), made, "kim", GIVEN).document
    return made


def fill_with_exceptions(splunkd):
    """The sample's history and planted day, judged with these exceptions."""
    documents = [document(name) for name in GIVING]
    splunkd.kv.batch_save(APP, "nobody", EXCEPTIONS, [*documents, INVALID])
    serve.load_sample(splunkd)
    serve.fill(splunkd)
