"""What splunkd hands over: keys, results of one and of several, files, and damage."""

import csv
import gzip
import io
import json

import pytest

from teams_export_guard.action_payload import read_payload, read_results
from teams_export_guard.errors import ActionPayloadError
from teams_export_guard.notification import Origin

#: The keys of a published payload (Splunk 8.0), with synthetic values.
PAYLOAD = {
    "results_link": "http://splunk.example.com:8000/app/search/search?q=x", "sid": "scheduler__nobody__x_at_1_2",
    "owner": "nobody", "search_uri": "/servicesNS/nobody/x/saved/searches/y", "search_name": "y",
    "results_file": "", "server_host": "splunk.example.com", "result": {"a": "1", "_si": ["s", "main"]},
    "configuration": {"url": "https://h/"}, "app": "teams_export_guard", "server_uri": "https://127.0.0.1:8089",
    "session_key": "key",
}


def read(**changes):
    given = {name: value for name, value in {**PAYLOAD, **changes}.items() if value is not None}
    return read_payload(io.BytesIO(json.dumps(given).encode("utf-8")))


def write(path, *rows):
    """A results file as splunkd writes it: every column twice, the second time for several values."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *("__mv_" + name for name in names)])
        for row in rows:
            values = [row.get(name, "") for name in names]
            plain = ["\n".join(value) if isinstance(value, list) else value for value in values]
            several = [";".join("$%s$" % item.replace("$", "$$") for item in value) if isinstance(value, list) else ""
                       for value in values]
            writer.writerow([*plain, *several])
    return str(path)


def test_payload():
    """Configuration, where splunkd is, and which search it was."""
    payload = read()
    assert ({"url": "https://h/"}, "https://127.0.0.1:8089", "key") == (
        payload.params, payload.server_uri, payload.session_key
    )
    assert Origin("y", PAYLOAD["sid"], "teams_export_guard", PAYLOAD["results_link"]) == payload.origin
    assert (PAYLOAD["result"],) == payload.rows


def test_search_without_a_name():
    """A search that is not saved has none; that is no fault."""
    assert ("", "") == read(search_name=None, results_link=None).origin[::3]


ROWS = [{"a": "1", "m": ["x", "y$z;", "$"]}, {"a": "2", "m": "one"}, {"a": "", "m": "\u00e4\nb"}]


@pytest.mark.parametrize("name", ["results.csv.gz", "results.csv"])
def test_results_file_has_every_row(tmp_path, name):
    """In the order of the file; several values are a list, with dollars and semicolons in them."""
    assert tuple(ROWS) == read(results_file=write(tmp_path / name, *ROWS)).rows


def test_one_result_is_taken_from_the_payload(tmp_path):
    """Where a search alerts for each result, the file may hold others too."""
    folder = tmp_path / "per_result_alert"
    folder.mkdir()
    path = write(folder / "tmp_0.csv.gz", *ROWS)
    assert (PAYLOAD["result"],) == read(results_file=path).rows
    assert tuple(ROWS) == read(results_file=path, result=None).rows


def test_result_id_says_that_it_is_one_result(tmp_path):
    """As newer versions of splunkd do, wherever the file lies."""
    path = write(tmp_path / "results.csv.gz", *ROWS)
    assert (PAYLOAD["result"],) == read(results_file=path, result_id=1).rows


def test_no_results():
    """Neither a file nor a result: no rows."""
    assert () == read(result=None).rows


def test_nul_and_bytes_that_are_no_text_are_replaced(tmp_path):
    """Python 3.9 refuses NUL in CSV; nothing of it fails the action."""
    path = tmp_path / "r.csv"
    path.write_bytes(b'a,__mv_a\n"x\0\xff",\n')
    assert [{"a": "x\ufffd\ufffd"}] == read_results(str(path))


@pytest.mark.parametrize("content", [None, b"no gzip", gzip.compress(b"a,b\n1,2\n")[:-6]])
def test_unreadable_results_file(tmp_path, content):
    """Missing, of another form, or cut off: one sentence that names it without its folders."""
    path = tmp_path / "results.csv.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ActionPayloadError, match=r"results file results\.csv\.gz cannot be read"):
        read(results_file=str(path))


@pytest.mark.parametrize("data, words", [(b"", "is no JSON"), (b"{", "is no JSON"), (b"\xff", "is no JSON"),
                                         (b"[]", "is no JSON object"), (b"{}", "lacks configuration, session_key, server_uri")])
def test_damaged_payload(data, words):
    """Each is a sentence; what is missing is named at once."""
    with pytest.raises(ActionPayloadError, match=words):
        read_payload(io.BytesIO(data))


@pytest.mark.parametrize("name, value", [("configuration", "x"), ("session_key", ""), ("session_key", 1),
                                         ("server_uri", None)])
def test_keys_that_are_needed(name, value):
    """Of the right type, and not empty."""
    with pytest.raises(ActionPayloadError, match=r"lacks %s\." % name):
        read(**{name: value})


def test_configuration_may_be_empty():
    """Then the settings say what is missing."""
    assert {} == read(configuration={}).params
