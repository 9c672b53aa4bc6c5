"""Facts about `sandbox.chunked`: the wire form, what it refuses, and that nothing is lost on the way."""
from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.chunked import (
    ChunkError,
    Frame,
    FrameReader,
    Table,
    decode_body,
    decode_multivalue,
    encode_body,
    encode_frame,
    encode_multivalue,
)

TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12) | st.text(st.sampled_from('$;,"\n\r\0 a'))
VALUES = st.none() | TEXT.filter(bool) | st.lists(TEXT, min_size=2, max_size=4)
NAMES = st.lists(TEXT.filter(lambda name: name and not name.startswith("__mv_")), min_size=1, max_size=4, unique=True)


@st.composite
def tables(draw):
    fields = draw(NAMES)
    rows = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(fields, VALUES)), max_size=4))
    return Table(fields, rows)


def read_all(data, sizes=(10**9,)):
    """Frames of a byte stream that arrives in pieces of the given sizes, over and over."""
    reader, frames, position, turn = FrameReader(), [], 0, 0
    while position < len(data):
        size = sizes[turn % len(sizes)]
        reader.feed(data[position : position + size])
        position, turn = position + size, turn + 1
        frames.extend(iter(reader.next_frame, None))
    reader.at_end_of_stream()
    return frames


# --- transcripts (form: platform reference 1.1, 1.2 and 1.5; the values are made up) ---------------------------------


def test_getinfo_has_the_bytes_of_a_recorded_splunkd():
    """The header counts bytes, the metadata is compact JSON in the order given, no line feed follows it."""
    dispatch_dir = "C:\\Splunk\\dispatch\\1600000000.7"
    searchinfo = {"args": [], "raw_args": [], "dispatch_dir": dispatch_dir, "earliest_time": "0"}
    frame = {"action": "getinfo", "preview": False, "streaming_command_will_restart": False, "searchinfo": searchinfo}
    metadata = (
        b'{"action":"getinfo","preview":false,"streaming_command_will_restart":false,"searchinfo":'
        b'{"args":[],"raw_args":[],"dispatch_dir":"C:\\\\Splunk\\\\dispatch\\\\1600000000.7","earliest_time":"0"}}'
    )
    assert b"chunked 1.0,%d,0\n" % len(metadata) + metadata == encode_frame(frame)


@pytest.mark.parametrize(
    "finished, rows, expected",
    [
        (False, [{"_time": "1", "user": "a"}, {"_time": "2", "user": "b"}], b"chunked 1.0,37,44\n"),
        (False, None, b"chunked 1.0,37,0\n"),
        (True, [{"_time": "5", "user": "e"}, {"_time": "6", "user": "f"}], b"chunked 1.0,36,44\n"),
    ],
)
def test_execute_requests_of_a_recorded_exchange(finished, rows, expected):
    """Two rows of two fields give 44 bytes of CSV; an execute request without a body announces length 0."""
    body = b"" if rows is None else encode_body(["_time", "user"], rows, quoting="minimal")
    whole = encode_frame({"action": "execute", "finished": finished}, body)
    assert whole.startswith(expected)
    assert whole.endswith(body)


def test_request_body_of_a_recorded_exchange():
    """All plain columns come first, then all __mv_ columns, which are empty for single values."""
    rows = [{"_time": "1", "user": "a"}, {"_time": "2", "user": "b"}]
    expected = b"_time,user,__mv__time,__mv_user\n1,a,,\n2,b,,\n"
    assert expected == encode_body(["_time", "user"], rows, quoting="minimal")


def test_splunkd_quotes_all_but_letters_and_digits():
    """Recorded headers read age,"_chunked_idx","__mv_age": an underscore or a dot brings quotes."""
    expected = b'age,"_chunked_idx","__mv_age","__mv__chunked_idx"\n7,"0.5",,\n'
    assert expected == encode_body(["age", "_chunked_idx"], [{"age": "7", "_chunked_idx": "0.5"}])


def test_reply_of_a_recorded_exchange():
    """A reply of the SDK interleaves the __mv_ columns and ends lines with CR LF."""
    reply = b'chunked 1.0,18,38\n{"finished":false}call,__mv_call,rows,__mv_rows\r\n1,,2,\r\n'
    (frame,) = read_all(reply)
    assert {"finished": False} == frame.metadata
    assert Table(["call", "rows"], [{"call": "1", "rows": "2"}]) == decode_body(frame.body)


# --- bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings(ending):
    """Requests can be written with LF and with CR LF, and both are read."""
    body = encode_body(["a"], [{"a": "1"}], line_ending=ending)
    assert ('a,"__mv_a"' + ending + "1," + ending).encode() == body
    assert Table(["a"], [{"a": "1"}]) == decode_body(body)


def test_header_only_and_empty_bodies():
    """A body may be a header line alone, or no bytes at all."""
    assert Table(["a"], []) == decode_body(encode_body(["a"], []))
    assert b"" == encode_body([], [])
    assert Table([], []) == decode_body(b"")


def test_dollar_is_doubled_in_multivalues():
    """The wire form of a multivalue is $a$;$b$ with $ doubled."""
    assert "$a$;$5$$;$$$;$$" == encode_multivalue(["a", "5$;$", ""])
    assert ["a", "5$;$", ""] == decode_multivalue("$a$;$5$$;$$$;$$")


@pytest.mark.parametrize("text", ["a", "$a", "a$", "$a$b$", "$a$;", "$a$;b", ";$a$", "$", "$a$$"])
def test_malformed_multivalues_are_refused(text):
    """A __mv_ cell of any other form raises, it is not guessed at."""
    with pytest.raises(ChunkError, match="must look like"):
        decode_multivalue(text)


@given(st.lists(TEXT, min_size=1))
def test_multivalue_round_trip(items):
    """Every list of texts survives, empty ones and those full of $ and ; included."""
    assert items == decode_multivalue(encode_multivalue(items))


@given(tables(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["splunkd", "minimal"]))
def test_body_round_trip(table, ending, quoting):
    """Quotes, line ends, NUL, $ and any Unicode text come back as they went, in single and in multivalues."""
    assert table == decode_body(encode_body(table.fields, table.rows, ending, quoting))


@given(tables())
def test_plain_csv_reader_agrees_on_the_plain_columns(table):
    """A reader that knows nothing of us sees the same plain text (Python's own csv, without NUL)."""
    body = encode_body(table.fields, table.rows).decode()
    if "\0" in body:
        return
    lines = list(csv.reader(io.StringIO(body, newline="")))
    assert table.fields == lines[0][: len(table.fields)]
    for row, cells in zip(table.rows, lines[1:]):
        for name, cell in zip(table.fields, cells):
            value = row[name]
            assert ("\n".join(value) if isinstance(value, list) else value or "") == cell


def test_one_item_is_a_single_value():
    """A list of one item is sent as a single value, and a __mv_ cell of one item is read as one."""
    assert encode_body(["a"], [{"a": "x"}]) == encode_body(["a"], [{"a": ["x"]}])
    assert [{"a": "x"}] == decode_body(b"a,__mv_a\nx,$x$\n").rows


def test_lone_surrogates_become_the_replacement_character():
    """Text that UTF-8 cannot hold does not stop a request."""
    assert [{"a": "\ufffd"}] == decode_body(encode_body(["a"], [{"a": "\ud800"}])).rows


@pytest.mark.parametrize(
    "body, sentence",
    [
        (b"a,b\n1\n", "row 1 has 1 cells, the header has 2"),
        (b"a,b\n1,2\n1,2,3\n", "row 2 has 3 cells"),
        (b"a,a\n1,2\n", "names a column twice: a"),
        (b"a,__mv_b\n1,2\n", "__mv_b without the column"),
        (b"a\n\xff\n", "not UTF-8"),
        (b'a\n"x"y\n', "not CSV"),
        (b'a\n"x\n', "not CSV"),
    ],
)
def test_broken_bodies_are_refused(body, sentence):
    """A reply body that is not a rectangle of UTF-8 CSV raises with the reason."""
    with pytest.raises(ChunkError, match=sentence):
        decode_body(body)


@pytest.mark.parametrize("fields", [["a", "a"], ["__mv_a"], [""]])
def test_impossible_request_columns_are_refused(fields):
    """A request with equal, empty or __mv_ column names cannot be written."""
    with pytest.raises(ValueError, match="field names"):
        encode_body(fields, [])


def test_values_of_other_types_are_refused():
    """Only text travels: a number is the caller's mistake."""
    with pytest.raises(TypeError, match="field a"):
        encode_body(["a"], [{"a": 1}])  # type: ignore[dict-item]


# --- frames ----------------------------------------------------------------------------------------------------------

JSON_OBJECTS = st.dictionaries(TEXT, st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3), max_size=4)


@given(st.lists(st.tuples(JSON_OBJECTS, st.binary(max_size=40)), max_size=4), st.lists(st.integers(1, 30), min_size=1))
def test_any_cut_of_the_stream_gives_the_same_frames(parts, sizes):
    """However the bytes arrive, the same frames come out."""
    frames = [Frame(metadata, body) for metadata, body in parts]
    data = b"".join(encode_frame(*frame) for frame in frames)
    assert frames == read_all(data, sizes)
    assert frames == read_all(data, (1,))


def test_lengths_are_bytes_not_characters():
    """A header counts bytes of UTF-8."""
    frame = encode_frame({"a": "\u00e4"}, "\u00e4".encode())
    assert frame.startswith(b"chunked 1.0,10,2\n")
    assert {"a": "\u00e4"} == json.loads(frame.split(b"\n", 1)[1][:10])


@pytest.mark.parametrize(
    "data",
    [b"hello\n", b"h", b"chunked 2.0,1,1\n", b"chunked 1.0,-1,0\n", b"chunked 1.0,2\n", b"chunked 1.0,2,0,\n", b"\n",
     b"chunked 1.0," + b"9" * 40, b"chunked 1.0,2, 0\n{}"],
)
def test_anything_else_than_a_header_is_refused_at_once(data):
    """Stray output is reported as soon as it cannot be the start of a header, with what was found."""
    reader = FrameReader()
    reader.feed(data)
    with pytest.raises(ChunkError, match=r"expected 'chunked 1\.0,"):
        reader.next_frame()


@pytest.mark.parametrize("raw", [b"{]", b"[1]", b"null", b"\xff\xff", b""])
def test_metadata_must_be_a_json_object(raw):
    """Metadata that is not one JSON object in UTF-8 is refused."""
    reader = FrameReader()
    reader.feed(b"chunked 1.0,%d,0\n" % len(raw) + raw)
    with pytest.raises(ChunkError, match="metadata"):
        reader.next_frame()


@pytest.mark.parametrize("length", range(1, len(b"chunked 1.0,2,3\n{}abc")))
def test_a_stream_must_not_end_inside_a_frame(length):
    """Whatever is cut off, the end of the stream says so; a whole frame may end it."""
    reader = FrameReader()
    reader.feed(b"chunked 1.0,2,3\n{}abc"[:length])
    assert reader.next_frame() is None
    with pytest.raises(ChunkError, match="the stream ended"):
        reader.at_end_of_stream()


def test_bytes_after_a_frame_are_counted():
    """What follows a frame is left for the caller to judge, and the announced size is known before the body is."""
    reader = FrameReader()
    reader.feed(b"chunked 1.0,2,3\n{}a")
    assert 5 == reader.announced()
    reader.feed(b"bcxyz")
    assert Frame({}, b"abc") == reader.next_frame()
    assert 3 == reader.pending()
