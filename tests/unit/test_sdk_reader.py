"""The bulk reader against the SDK's own, over the same streams; and the SDK's own where its version is another one."""

import csv
import io
import json
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from splunklib.searchcommands import Configuration

from teams_export_guard import sdk
from teams_export_guard.columns import COLUMNS, MV
from teams_export_guard.layout import Layout
from tests.conftest import ROOT

OURS = [*COLUMNS, "_raw"]
INFO = {
    "args": [], "raw_args": [], "dispatch_dir": tempfile.gettempdir(), "sid": "1", "app": "search", "owner": "admin",
    "username": "admin", "session_key": "", "splunkd_uri": "", "splunk_version": "9.4.0", "search": "", "command": "collect",
    "maxresultrows": 50000, "earliest_time": "0", "latest_time": "0",
}  # fmt: skip


class _Collecting(sdk.BulkCommand):
    """Gives the rows back as JSON, by the way that they came."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def start(self, arguments):
        pass

    def take_all(self, header, rows):
        layout = Layout(header)
        self.seen += [("bulk", layout.mapping(row)) for row in rows]

    def take(self, row):
        self.seen.append(("sdk", {name: value for name, value in row.items() if name in OURS}))

    def rows(self):
        return [{"seen": json.dumps(self.seen)}]


@Configuration()
class Bulk(_Collecting):
    """By the bulk reader."""


@Configuration()
class Other(_Collecting):
    """Written for another version of the SDK."""

    written_for = "2.0.0"


def frame(metadata, body=b""):
    head = json.dumps(metadata).encode()
    return b"chunked 1.0,%d,%d\n%s%s" % (len(head), len(body), head, body)


def stream(*bodies):
    """A whole search, as splunkd sends it; the last body is its final chunk."""
    chunks = [
        frame({"action": "execute", "finished": number == len(bodies)}, body) for number, body in enumerate(bodies, 1)
    ]
    return b"".join([frame({"action": "getinfo", "preview": False, "searchinfo": INFO}), *chunks])


def read_by(kind, data):
    """(rows, replies) of a command over a stream."""
    command, out = kind(), io.BytesIO()
    command.run(["collect"], io.BytesIO(data), out)
    return command.seen, out.getvalue()


def same(*bodies):
    """The rows of these bodies, which both readers give alike, and the same number of replies."""
    (bulk, ours), (own, theirs) = read_by(Bulk, stream(*bodies)), read_by(Other, stream(*bodies))
    assert {"bulk"} >= {way for way, _ in bulk} and {"sdk"} >= {way for way, _ in own}
    assert [row for _, row in own] == [row for _, row in bulk]
    assert ours.count(b"chunked 1.0,") == theirs.count(b"chunked 1.0,") == 1 + len(bodies)
    return [row for _, row in bulk]


def test_written_for_the_sdk_that_is_vendored():
    """Else the fast reader would never be used."""
    assert sdk.SDK_VERSION == sdk.sdk_version == Bulk.written_for


HEAD = b"_time,UserId,chat_id,__mv__time,__mv_UserId,__mv_chat_id\n"


@pytest.mark.parametrize("body, users", [
    (HEAD + b'1,"a@x","c",,,\n', ["a@x"]),
    (HEAD + b'1,"a,""b""\nc","c",,,\r\n2,b,,,,\r\n', ['a,"b"\nc', "b"]),
    (HEAD + b"1,\xff\xc3\xa4\xe2\x82,,,,\n", ["\ufffd\u00e4\ufffd"]),
    (HEAD + b"1,a\0b\xc3\0,,,,\n", ["a\ufffdb\ufffd\ufffd"]),
    (HEAD + "1,a\u2028b\x0bc\x1cd\x85e,,,,\n".encode(), ["a\u2028b\x0bc\x1cd\x85e"]),
    (HEAD + b'1,"a\nb","c",,"$a$;$b$",\n', [["a", "b"]]),
    (HEAD + b'1,"a$;$b",,,"$a$$;$$b$;$$",\n', [["a$;$b", ""]]),
    (HEAD + b"1\n\n2,b,c,,,,more\n", [None, None, "b"]),
    (HEAD + b"1,a,c,,,", ["a"]),
    (HEAD + b'1,"' + b"x" * 200_000 + b'",,,,\n', ["x" * 200_000]),
    (HEAD, []),
    (b"", []),
    (b"\n\n", None),
])  # fmt: skip
def test_both_readers_give_the_same_rows(body, users):
    """Quotes, line ends in values and other ends, broken UTF-8, NUL, several values, short and long rows, empty bodies."""
    rows = same(body)
    assert users is None or users == [row.get("UserId") for row in rows]


def test_chunks_may_have_other_headers():
    """Each has its own; the rows of all of them come."""
    assert ["a", "b", "c"] == [row["UserId"] for row in same(b"UserId\na\n", b"", b"x,UserId\n1,b\n", b"UserId,x\nc,1\n")]


CELLS = st.one_of(
    st.text(st.sampled_from('a,"\n$;\r\u00e4 '), max_size=6), st.sampled_from(["", "", "$a$;$b$", "$$$a$$$", "x"])
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.data())
def test_both_readers_agree_on_any_table(data):
    """Any columns in any order, ours and others, with and without their ``__mv_`` columns."""
    names = [*OURS, *(MV + name for name in OURS), "other", "__mv_other"]
    header = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=8))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=4))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *rows])  # splunkd quotes all these
    same(text.getvalue().encode())


def test_an_unexpected_action_is_an_error_of_both():
    """The search fails, and says why."""
    data = frame({"action": "getinfo", "preview": False, "searchinfo": INFO}) + frame({"action": "dance"})
    for kind in (Bulk, Other):
        command, out = kind(), io.BytesIO()
        with pytest.raises(SystemExit):
            command.run(["collect"], io.BytesIO(data), out)
        assert b"Expected execute action, not dance" in out.getvalue()


def started(script):
    """What a fresh interpreter prints."""
    begin = "import sys\nsys.path.insert(0, %r)\nfrom teams_export_guard import sdk\n" % str(ROOT / "bin")
    return subprocess.run([sys.executable, "-c", begin + script], check=True, capture_output=True, text=True).stdout.split()


def test_a_start_imports_nothing_of_http():
    """The SDK's client, which none of our commands uses, stays away, and so does the set-up of logging."""
    names = "ssl http.client email splunklib.client splunklib.binding logging.handlers".split()
    assert [] == started("print(*[name for name in %r if name in sys.modules])" % names)


def test_what_was_left_out_comes_when_it_is_asked_for():
    """A command's service is the SDK's own, and the modules are the real ones for whoever imports them."""
    assert ["splunklib.client", "splunklib.client", "1"] == started(
        "from splunklib.searchcommands import environment, search_command\n"
        "import splunklib.client, logging.config\n"
        "service = search_command.Service(host='127.0.0.1', port=1)\n"
        "print(type(service).__module__, splunklib.client.Service.__module__)\n"
        "try: environment.fileConfig('/nowhere')\n"
        "except (KeyError, FileNotFoundError): print(int(environment.fileConfig is not logging.config.fileConfig))\n"
    )
