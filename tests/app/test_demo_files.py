"""The demo's readers of exports: every shape gives the same records, and every fault is one sentence."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest

from sandbox.demo_files import ExportError, read_export


def record(number, **more):
    return dict({"CreationTime": "2026-03-10T09:%02d:00" % number, "Id": "id-%d" % number}, **more)


def raw(number, **more):
    return json.dumps(record(number, **more), ensure_ascii=False)


def purview(*cells, delimiter=",", head="RecordId,CreationDate,AuditData"):
    text = io.StringIO()
    rows = csv.writer(text, delimiter=delimiter)
    rows.writerow(head.split(","))
    for number, cell in enumerate(cells):
        rows.writerow(["r%d" % number, "2026-03-10", cell])
    return text.getvalue()


@pytest.fixture
def export(tmp_path):
    """Writes a file with the given content, reads it as an export."""

    def read(content, name="export"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_export(str(path))

    return read


SHAPES = {
    "lines": raw(1) + "\n" + raw(2) + "\n",
    "lines without a last line feed": raw(1) + "\r\n\r\n" + raw(2),
    "array": "\n [" + raw(1) + "," + raw(2) + "]",
    "purview": purview(raw(1), raw(2)),
    "purview, semicolons": purview(raw(1), raw(2), delimiter=";"),
    "purview, quoted head": '"RecordId","AuditData"\r\n"a","%s"\r\n"b","%s"\r\n'
    % (raw(1).replace('"', '""'), raw(2).replace('"', '""')),
    "powershell": "#TYPE Deserialized\r\n" + purview(raw(1), raw(2)),
    "wrapped": json.dumps([{"AuditData": raw(1)}, {"auditData": record(2)}]),
}


@pytest.mark.parametrize("packed", (False, True), ids=("plain", "gz"))
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_records(shape, packed, export):
    """JSON lines, an array and a CSV give the same two records, also when compressed."""
    content = SHAPES[shape].encode("utf-8")
    found = export(gzip.compress(content), "e.gz") if packed else export(content)
    assert [record(1), record(2)] == [json.loads(one.raw) for one in found.records]
    assert [1773133260, 1773133320] == [one.time for one in found.records]
    assert ["id-1", "id-2"] == [one.record_id for one in found.records]
    assert {} == found.unusable


@pytest.mark.parametrize("encoding", ("utf-8", "utf-8-sig", "utf-16"))
def test_encodings_of_powershell_are_read(encoding, export):
    """UTF-8 with and without a mark, and UTF-16 with one, give the same text."""
    found = export(purview(raw(1, UserId="Zoë")).encode(encoding))
    assert "Zoë" == json.loads(found.records[0].raw)["UserId"]


def test_one_record_may_be_written_over_many_lines(export):
    """A file that is one indented object is one record."""
    assert 1 == len(export(json.dumps(record(1), indent=2)).records)


def test_a_line_separator_within_a_record_does_not_cut_it(export):
    """U+2028 is legal within a JSON text and ends no line."""
    assert ["id-1"] == [one.record_id for one in export(raw(1, ItemName="a\u2028b") + "\n").records]


def test_lines_keep_their_text(export):
    """The text of a JSON line is kept as it is: the add-on would index the same."""
    text = '{"Id":"x",  "CreationTime":"2026-03-10T09:00:00"}'
    assert text == export(text + "\n").records[0].raw


def test_large_cells_are_read(export):
    """A cell of a CSV may be far larger than the csv module's usual limit of 131,072 characters."""
    found = export(purview(raw(1, Messages=[{"Id": str(n)} for n in range(40000)])))
    assert 40000 == len(json.loads(found.records[0].raw)["Messages"])


def test_a_time_that_cannot_be_read_is_none(export):
    """A CreationTime that is absent or no time leaves the record, without a time."""
    found = export("\n".join((raw(1, CreationTime="soon"), '{"Id": "x"}', raw(1, CreationTime=5), raw(3))))
    assert [None, None, None, 1773133380] == [one.time for one in found.records]


def test_lone_surrogates_stay_escapes(export):
    """A text that UTF-8 cannot write keeps its escape, so that it can be indexed."""
    assert '"\\ud800"' in export('[{"Id": "\\ud800"}]').records[0].raw


def test_what_is_not_a_record_is_counted_by_reason(export):
    """Lines that are no JSON, and JSON that is no object, are counted, with the first place."""
    found = export("\n".join((raw(1), "oops", "[1]", '"text"', "{cut", raw(2))))
    assert 2 == len(found.records)
    assert {"not JSON": (2, "line 2"), "not a JSON object": (2, "line 3")} == found.unusable


def test_cells_that_are_not_records_are_counted_by_reason(export):
    """Rows without AuditData, and cells that are no JSON, are counted."""
    found = export(purview(raw(1), "", "{cut") + "short\r\n")
    assert {"no AuditData": (2, "line 3"), "not JSON": (1, "line 4")} == found.unusable


BROKEN = {
    "empty": (b" \n", "is empty"),
    "not text": (b'{"Id": "\xff"}', "byte 8 is not utf-8"),
    "no shape": (b"Id,CreationTime\n1,2\n", "is none of JSON lines"),
    "a cut array": (b'[{"Id": "x"}, {"Id"', "is not JSON"),
    "an empty array": (b"[]", "holds no audit record"),
    "no record": (b'{cut\n{"also\n', "holds no audit record: not JSON at line 1"),
    "cut gzip": (gzip.compress(b'{"Id": "x"}\n' * 99)[:-9], "damaged or cut short"),
    "a cut cell": (b'AuditData\n"{""Id"": ""x', "holds no audit record: not JSON at line 2"),
    "only the head": (b"RecordId,AuditData\n", "holds no audit record"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_clear_sentence(name, export):
    """Each way in which a file as a whole cannot be used names the file and the fault, in one line."""
    content, fault = BROKEN[name]
    with pytest.raises(ExportError) as caught:
        export(content)
    assert fault in str(caught.value)
    assert "export" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_gz_that_is_not_gzip_is_said(export):
    """A name that ends in .gz promises gzip data."""
    with pytest.raises(ExportError, match="is not gzip data"):
        export(raw(1), "records.gz")


def test_files_that_cannot_be_opened_are_said(tmp_path):
    """A missing file and a directory are faults of the caller, in one sentence."""
    with pytest.raises(ExportError, match="cannot be read: No such file or directory"):
        read_export(str(tmp_path / "absent.json"))
    with pytest.raises(ExportError, match="is a directory"):
        read_export(str(tmp_path))
