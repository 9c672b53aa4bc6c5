"""Facts about `sandbox.process`: what a command is given, and what each way of misbehaving does to the search."""
from __future__ import annotations

import base64
import json
import sys
import time

import pytest

from sandbox.chunked import decode_body
from sandbox.hooks import cancel_at, kill_at
from sandbox.invocation import CommandConfigError, CommandSpec, Delivery, SearchInfo, split_arguments, unquoted
from sandbox.process import Runner
from tests.sandbox.apps.installing import install_app

SEARCH = SearchInfo(
    sid="1600000000.7", search="search index=x | report", dispatch_dir="/dispatch/1600000000.7", session_key="key",
    earliest_time="1600000000", latest_time="1600003600.000",
)  # fmt: skip
QUICK = Delivery(probes=0, timeout=60)
ROWS = [{"a": str(number), "b": ["x", "y"], "_time": "1", "index": "i"} for number in range(5)]


@pytest.fixture
def run(tmp_path):
    """run(app, rows, args, delivery=..., ...) runs a fixture app's command in a fresh SPLUNK_HOME."""

    def run(app, rows=ROWS, args=(), delivery=QUICK, **more):
        spec = more.pop("spec", None) or install_app(tmp_path, app)
        return Runner(sys.executable, tmp_path, delivery).run(spec, SEARCH, args, rows, **more)

    run.home = tmp_path
    return run


def facts(outcome):
    """What the `report` command says it was given."""
    assert outcome.error is None, outcome.error
    (row,) = outcome.rows
    return json.loads(row["facts"])


def chunks(outcome):
    """The execute requests as `report` saw them: (finished, columns or None, number of rows)."""
    seen = []
    for metadata, encoded in facts(outcome)["requests"]:
        body = base64.b64decode(encoded)
        table = decode_body(body)
        assert {"action", "finished"} == set(metadata)
        seen.append((metadata["finished"], table.fields if body else None, len(table.rows)))
    return seen


# --- what the process is given ---------------------------------------------------------------------------------------


def test_no_arguments_and_a_foreign_working_directory(run):
    """The script gets no argument, and its working directory is not bin."""
    seen = facts(run("report"))
    assert 1 == len(seen["argv"])
    assert str(run.home) == seen["cwd"]


def test_environment_is_splunkds(run, monkeypatch):
    """SPLUNK_HOME and its kin are set; nothing of our own Python set-up leaks in."""
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    seen = facts(run("report"))
    assert str(run.home) == seen["env"]["SPLUNK_HOME"]
    assert str(run.home / "etc") == seen["env"]["SPLUNK_ETC"]
    assert str(run.home / "var" / "lib" / "splunk") == seen["env"]["SPLUNK_DB"]
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"} & set(seen["env"])
    assert str(run.home / "etc/apps/report/bin") == seen["path"][0]


def test_libraries_of_a_virtual_environment_are_out_of_reach(run):
    """The child runs the interpreter behind a virtual environment: our own site-packages is not on its path."""
    import hypothesis

    ours = hypothesis.__file__.rsplit("/hypothesis/", 1)[0]
    if sys.prefix == sys.base_prefix:
        pytest.skip("not in a virtual environment")
    assert ours not in facts(run("report"))["path"]


def test_getinfo_carries_all_keys_in_splunkds_order(run):
    """searchinfo has every recorded key; times are text, the search is URL-quoted, args are unquoted."""
    getinfo = facts(run("report", args=['x="a \\"b\\""', '"c d"', "e=f"]))["getinfo"]
    assert ["action", "preview", "streaming_command_will_restart", "searchinfo"] == list(getinfo)
    expected = {
        "args": ['x=a "b"', "c d", "e=f"],
        "raw_args": ['x="a \\"b\\""', '"c d"', "e=f"],
        "dispatch_dir": "/dispatch/1600000000.7",
        "sid": "1600000000.7",
        "app": "search",
        "owner": "admin",
        "username": "admin",
        "session_key": "key",
        "splunkd_uri": "https://127.0.0.1:8089",
        "splunk_version": "9.4.0",
        "search": "search%20index%3Dx%20%7C%20report",
        "command": "report",
        "maxresultrows": 50000,
        "earliest_time": "1600000000",
        "latest_time": "1600003600.000",
    }
    assert list(expected.items()) == list(getinfo["searchinfo"].items())


@pytest.mark.parametrize(
    "text, arguments",
    [
        ("a=1 b", ["a=1", "b"]),
        ("a=1,b", ["a=1", "b"]),
        ('b = "two"', ["b", "=", '"two"']),
        ('x="a, b" c', ['x="a, b"', "c"]),
        ('x="a \\" b" c', ['x="a \\" b"', "c"]),
        ("", []),
    ],
)
def test_arguments_are_split_at_blanks_and_commas(text, arguments):
    """Commas go, quotes hold an argument together, blanks round = split it."""
    assert arguments == split_arguments(text)


def test_unquoting_leaves_other_quotes_alone():
    """Only a quoted value or a quoted argument loses its quotes."""
    assert ["a=b", "a", '"a=b" c', "a=b=c", "a="] == [
        unquoted(text) for text in ['a="b"', '"a"', '"a=b" c', "a=b=c", "a="]
    ]


# --- how the rows travel ---------------------------------------------------------------------------------------------


def test_few_rows_for_an_events_command_are_one_finished_chunk(run):
    """Five rows reach an events command as one chunk with finished:true."""
    assert [(True, ["a", "b", "_time", "index"], 5)] == chunks(run("report"))


@pytest.mark.parametrize("size, counts", [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (2500, [5])])
def test_chunk_size(run, size, counts):
    """Rows come in chunks of the given size; only the last is finished."""
    seen = chunks(run("report", delivery=Delivery(probes=0, chunk_rows=size)))
    assert counts == [rows for _, _, rows in seen]
    assert [False] * (len(counts) - 1) + [True] == [finished for finished, _, _ in seen]


def test_empty_chunk_and_empty_final_chunk(run):
    """On demand a header-only chunk comes midstream and the last chunk has no rows."""
    seen = chunks(run("report", delivery=Delivery(probes=0, chunk_rows=3, empty_chunk=True, empty_final=True)))
    columns = ["a", "b", "_time", "index"]
    assert [(False, columns, 3), (False, columns, 0), (False, columns, 2), (True, columns, 0)] == seen


def test_bodies_of_length_zero(run):
    """On demand a chunk without rows has no header either."""
    seen = chunks(run("report", delivery=Delivery(probes=0, empty_final=True, empty_header=False)))
    assert (True, None, 0) == seen[-1]


def test_no_rows_at_all_still_reach_the_command(run):
    """A search without rows runs the command with one finished chunk."""
    assert [(True, None, 0)] == chunks(run("report", rows=[]))
    (seen,) = facts(run("report", rows=[], fields=["a"], spec=spec_of(run, "report")))["requests"]
    assert ["a"] == decode_body(base64.b64decode(seen[1])).fields


def spec_of(run, app):
    app_dir = run.home / "etc" / "apps" / app
    return CommandSpec.from_stanza(app, app_dir, {"chunked": "true", "filename": app + ".py"})


@pytest.mark.parametrize(
    "kind, columns",
    [
        ("events", ["a", "_time", "index"]),
        ("reporting", ["a"]),
        ("stateful", ["a", "_chunked_idx"]),
        ("streaming", ["a", "_chunked_idx"]),
    ],
)
def test_required_fields_choose_the_columns(run, kind, columns):
    """Only required columns that exist are sent; events adds internal ones, streaming and stateful _chunked_idx."""
    delivery = Delivery(probes=0, empty_final=False)
    args = ["type=" + kind, "required_fields=a|absent"]
    if kind in ("events", "reporting"):
        assert columns == chunks(run("report", args=args, delivery=delivery))[0][1]
    else:
        outcome = run("report", args=args, delivery=delivery)
        assert "_chunked_idx" in outcome.error  # `report` does not give it back, which is a fault of its own


def test_withheld_fields_come_back(run):
    """A stateful command that asks for one field: the others are put back by index, an empty chunk ends the search."""
    rows = [{"a": str(number), "b": [str(number), "y"], "c": None} for number in range(5)]
    outcome = run("selected", rows=rows, delivery=Delivery(probes=0, chunk_rows=3))
    assert outcome.error is None
    assert 3 == outcome.requests
    expected = {"c": None, "columns": "a _chunked_idx __mv_a __mv__chunked_idx"}
    assert [dict(expected, a=a + "!", b=[a, "y"]) for a in ("0", "2", "3")] == outcome.rows


def test_a_lost_chunk_index_is_an_error(run):
    """Who asks for required_fields must give _chunked_idx back."""
    assert "must carry the _chunked_idx" in run("unindexed").error


def test_sdk_command_gives_the_rows_back(run):
    """A command on the Splunk SDK sees each row once, with multivalues, and knows which chunk is the last."""
    outcome = run("echo", args=['mark="m m"'], delivery=Delivery(probes=2, chunk_rows=2, line_ending="\r\n"))
    assert outcome.error is None
    assert "events" == outcome.info.type
    assert [dict(row, mark="m m", final=str(int(n > 3))) for n, row in enumerate(ROWS)] == outcome.rows


def test_generating_commands_are_asked_until_they_have_finished(run):
    """A generating command gets requests without rows until it says finished."""
    outcome = run("generates", rows=[])
    assert [{"n": "1"}, {"n": "2"}] == outcome.rows


def test_a_generating_command_must_come_first(run):
    """Behind another command it is refused before it is asked for anything; other commands may stand anywhere."""
    outcome = run("generates", rows=[], begins=False)
    assert "must be the first command of a search" in outcome.error and 0 == outcome.requests
    assert run("report", begins=False).error is None


# --- probes, preview, cancel -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("probes", [0, 1, 3])
def test_probes_get_getinfo_only(run, probes):
    """Each probe is a process that gets getinfo, with another dispatch_dir or none, and then the end of its input."""
    run("report", delivery=Delivery(probes=probes))
    lines = (run.home / "notes.txt").read_text().splitlines()
    spawns = [line.rsplit("=", 1)[1] for line in lines if line.startswith("spawn")]
    assert probes + 1 == len(spawns) == lines.count("eof")
    assert 1 == spawns.count(SEARCH.dispatch_dir)
    assert (probes + 1) // 2 == spawns.count("")


def test_a_failing_probe_fails_the_search(run):
    """If getinfo gets no answer the search ends with Splunk's own words."""
    outcome = run("noinfo", delivery=Delivery(probes=1))
    assert outcome.error.startswith("Getinfo probe failed for external search command 'noinfo'")
    assert 2 == len(outcome.notes.errors())


def test_preview_is_told_in_getinfo(run):
    """A preview run is a process of its own with preview:true."""
    assert facts(run("report", preview=True))["getinfo"]["preview"] is True
    assert facts(run("report", spec=spec_of(run, "report")))["getinfo"]["preview"] is False


def test_cancel_is_the_end_of_input_without_a_finished_chunk(run):
    """A cancelled search: the command meets the end of its input, what it has given so far is kept."""
    outcome = run("echo", delivery=Delivery(probes=0, chunk_rows=1), on_step=cancel_at("reply", 2))
    assert (True, None, 0, 2) == (outcome.cancelled, outcome.error, outcome.returncode, outcome.requests)
    assert ["0", "0"] == [row["final"] for row in outcome.rows]


@pytest.mark.parametrize(
    "step, number, rows", [("spawn", 0, 0), ("getinfo", 0, 0), ("chunk", 2, 1), ("reply", 2, 2), ("final", 5, 5)]
)
def test_kill_at_a_chosen_point(run, step, number, rows):
    """A kill -9 at any point is an error of the search; the rows of the replies before it are kept."""
    outcome = run("echo", delivery=Delivery(probes=0, chunk_rows=1), on_step=kill_at(step, number))
    assert -9 == outcome.returncode
    assert rows == len(outcome.rows)
    assert "signal 9" in outcome.error


def test_kill_from_another_thread(run):
    """Whoever holds the child may kill it at any time, for instance when a request comes in elsewhere."""
    held = []
    outcome = run("hangs", on_step=lambda step, n, child: step == "chunk" and (held.append(child), child.kill()))
    assert 1 == len(held)
    assert "signal 9" in outcome.error


# --- commands that misbehave -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "app, sentence",
    [
        ("tworeplies", "exactly one reply to each request"),
        ("latereply", "exactly one reply to each request"),
        ("exits", "Error in 'exits' command: External search command exited unexpectedly with non-zero error code 1."),
        ("exitslate", "External search command exited unexpectedly with non-zero error code 3."),
        ("noinfo", "Getinfo probe failed for external search command 'noinfo': it ended without a reply"),
        ("hangs", "External search command 'hangs' was killed: no reply within the maxwait of 1 s"),
        ("prints", "expected 'chunked 1.0,<metadata>,<body>' but got 'starting up"),
        ("toolong", "no reply within the time-out of 4 s (205 of 210 announced bytes came)"),
        ("cutshort", "the stream ended after 205 of the 210 bytes that the header announced (metadata"),
        ("tooshort", "exactly one reply to each request"),
        ("bulky", "maxchunksize is 1000"),
    ],
)  # fmt: skip
def test_each_fault_has_its_sentence(run, app, sentence):
    """A fault of the command ends the search with an error that says which."""
    chunk_rows = 2 if app == "tworeplies" else 50000
    delivery = Delivery(probes=0, timeout=4 if app == "toolong" else 60, chunk_rows=chunk_rows)
    outcome = run(app, delivery=delivery)
    assert sentence in outcome.error
    assert ("ERROR", outcome.error) in outcome.notes.messages


def test_a_reply_that_never_ends_meets_the_time_out(run):
    """A command that announces more than it sends and stays is killed after the time-out."""
    spec = install_app(run.home, "hangs")
    spec = CommandSpec(spec.name, spec.app_dir, spec.filename)
    began = time.monotonic()
    outcome = run("hangs", spec=spec, delivery=Delivery(probes=0, timeout=1.5))
    assert "time-out of 1.5 s" in outcome.error
    assert time.monotonic() - began < 60


def test_standard_error_is_collected(run):
    """What a command writes to standard error is kept for search.log."""
    assert "a line for search.log" in run("exits").stderr


def test_big_requests_and_early_big_replies_do_not_block(run):
    """A command may flood both outputs before it reads its request."""
    rows = [{"a": "x" * 1000} for _ in range(5000)]
    outcome = run("flood", rows=rows, delivery=Delivery(probes=0, chunk_rows=2500))
    assert outcome.error is None
    assert 2000000 == len(outcome.rows)


def test_messages_metrics_and_unknown_keys(run):
    """Inspector messages and metrics are collected; keys that splunkd does not know are reported as WARN."""
    notes = run("speaks").notes
    unsupported = "Unsupported metadata field sent by custom search command: "
    assert ("INFO", "hello") == notes.messages[1]
    warnings = [text for level, text in notes.messages if level == "WARN"]
    assert {unsupported + "maxinputs", unsupported + "mood", "careful"} < set(warnings)
    assert any("LOUD" in text for text in warnings)
    assert {"judging": [0.5, 1, 2, 3]} == notes.metrics


def test_fatal_error_of_a_reply(run):
    """The `error` of a reply is the error of the search."""
    assert "Error in 'speaks' command: no table" == run("speaks", args=["error"]).error


def test_the_commands_own_words_are_the_error_if_it_exits(run):
    """A command that says ERROR and leaves with code 1: its own sentence is the error, splunkd's is a message."""
    outcome = run("speaks", args=["exit"])
    assert "the store cannot be read" == outcome.error
    assert any("non-zero error code 1" in text for _, text in outcome.notes.messages)


def test_additional_arguments_in_the_stanza_are_refused(tmp_path):
    """command.arg.1 would make the SDK fall back to protocol v1."""
    with pytest.raises(CommandConfigError, match=r"command\.arg\.1"):
        install_app(tmp_path, "version1")


@pytest.mark.parametrize("stanza, word", [({}, "chunked"), ({"chunked": "true", "filename": "no.py"}, "bin/no.py")])
def test_stanzas_that_cannot_run_are_refused(tmp_path, stanza, word):
    """A command must be chunked and its script must exist."""
    with pytest.raises(CommandConfigError, match=word):
        CommandSpec.from_stanza("x", tmp_path, stanza)


def test_a_process_started_ahead_serves_the_next_search(tmp_path):
    """It is told nothing before its own search, gives the same rows, and one that nobody needs is ended."""
    spec = install_app(tmp_path, "echo")
    runner = Runner(sys.executable, tmp_path, Delivery(probes=0, timeout=60, ahead=True))
    outcomes = [runner.run(spec, SEARCH, (), ROWS) for _ in range(3)]
    assert [None] * 3 == [outcome.error for outcome in outcomes]
    assert outcomes[0].rows == outcomes[2].rows
    waiting = runner.started(spec, ahead=False)
    assert waiting.returncode is None
    waiting.close()
    runner.started(spec, ahead=True).close()
    runner.close()
    runner.close()
