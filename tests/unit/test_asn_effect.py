"""Which ASN table is in effect, over a store in memory and copies on a real disk."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from teams_export_guard import asn_compile
from teams_export_guard.asn import AsnTable
from teams_export_guard.asn_documents import (
    ASN,
    CHUNK_BYTES,
    CURRENT,
    MANIFEST_FIELDS,
    Manifest,
    chunk_documents,
    compressed,
    digest,
    joined,
)
from teams_export_guard.asn_effect import TableInEffect
from teams_export_guard.asn_local import FOLDER, OLD_SECONDS, LocalTables, splunk_home
from teams_export_guard.asn_sources import About, pack
from teams_export_guard.errors import AsnTableError, StoreUnavailable
from teams_export_guard.schema import violations
from teams_export_guard.store import MemoryStore

SHIPPED = AsnTable(asn_compile.write_table([(0x08080800, 0x080808FF, 1)], [], {}, About("shipped", "2026-01-01", "s", "a")))


def put(store, asn=2, name="new", **changes):
    """Install a table in which 8.8.8.0/24 has that number; the manifest."""
    about = About(name, "2026-07-01", "here", "nobody")
    content = compressed("".join(line + "\n" for line in pack(about, [(0x08080800, 0x080808FF, asn)], [], {})).encode())
    manifest = Manifest(*about, "ranges", 1, 0, digest(content), "", "", 1, 0, 0, 5.0, "ann")._replace(**changes)
    store.save(ASN, [*chunk_documents(content), manifest.document()], lambda: None)
    return manifest


class Counting(MemoryStore):
    """A store that counts the calls of ``get``, and does something before the n-th."""

    def __init__(self):
        super().__init__()
        self.asked, self.before = 0, {}

    def get(self, collection, keys):
        self.asked += 1
        self.before.get(self.asked, lambda: None)()
        return super().get(collection, keys)


@pytest.fixture
def store():
    return Counting()


@pytest.fixture
def effect(store, tmp_path):
    return TableInEffect(store, LocalTables(tmp_path), lambda: SHIPPED)


def copies(tmp_path):
    folder = tmp_path.joinpath(*FOLDER)
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_without_a_manifest_it_is_the_one_that_ships(effect, store, tmp_path):
    """Nothing is written then."""
    assert SHIPPED is effect.open()
    assert (1, []) == (store.asked, copies(tmp_path))


def test_it_is_compiled_once(effect, store, tmp_path):
    """The first run fetches the parts, the others map the copy."""
    manifest = put(store)
    assert [2, 2, 2] == [effect.open().lookup("8.8.8.8") for _ in range(3)]
    assert 4 == store.asked
    assert [manifest.sha256] == [name.partition(".")[0] for name in copies(tmp_path)]
    assert ("new", "2026-07-01", "nobody") == (effect.open().name, effect.open().date, effect.open().attribution)


def test_a_table_that_was_replaced_while_it_was_read_gives_way_to_the_new_one(effect, store):
    """The manifest was read before two refreshes, the parts behind them."""
    put(store)

    def refreshes():
        store.delete(ASN, {"kind": "chunk"})
        put(store, 3)

    store.before[2] = refreshes
    assert 3 == effect.open().lookup("8.8.8.8")


@pytest.mark.parametrize("change, words", [
    (lambda store, one: store.delete(ASN, {"_key": one.sha256 + ".0"}), "1 of its 1 parts are missing"),
    (lambda store, one: store.save(ASN, [{"_key": one.sha256 + ".0", "data": "no base64!"}], lambda: None), "is damaged"),
    (lambda store, one: store.save(ASN, [{"_key": one.sha256 + ".0", "data": "AAAA"}], lambda: None), "digest is wrong"),
    (lambda store, one: store.save(ASN, [{"_key": one.sha256 + ".0"}], lambda: None), "digest is wrong"),
    (lambda store, one: put(store, chunks=3), "2 of its 3 parts are missing"),
])
def test_a_table_that_is_not_whole_is_an_error(effect, store, tmp_path, change, words):
    """Never another table, and nothing is kept on the disk."""
    change(store, put(store))
    with pytest.raises(AsnTableError, match=words) as caught:
        effect.open()
    assert "new of 2026-07-01" in str(caught.value) and [] == copies(tmp_path)


@pytest.mark.parametrize("document", [
    {}, {"sha256": "x", "chunks": 1}, {"sha256": "a" * 64}, {"sha256": "a" * 64, "chunks": 0},
    {"sha256": "a" * 64, "chunks": 101}, {"sha256": "A" * 64, "chunks": 1}, {"sha256": 5, "chunks": 1},
    {"sha256": "a" * 64, "chunks": "1"}, {"sha256": "a" * 64, "chunks": 1, "installed": "now"},
])
def test_a_damaged_manifest_is_an_error(effect, store, document):
    """Somebody else wrote it; what is wrong is said."""
    assert violations("ASN_MANIFEST", document)
    store.save(ASN, [dict(document, _key=CURRENT)], lambda: None)
    with pytest.raises(AsnTableError, match=r"is damaged \(.+force=true"):
        effect.open()


def test_an_outage_is_an_outage(effect, store):
    """Whatever copies there are: which table is in effect, only the store knows."""

    def fails():
        raise StoreUnavailable("no answer")

    put(store)
    effect.open()
    store.before[store.asked + 1] = fails
    with pytest.raises(StoreUnavailable):
        effect.open()


def test_content_that_is_no_packed_table_is_an_error(effect, store):
    """Though its digest is right."""
    for text in (b"1.0.0.0,1.0.0.255,13335,Net\n", b"<html>"):
        content = compressed(text)
        put(store, sha256=digest(content))
        store.save(ASN, chunk_documents(content), lambda: None)
        with pytest.raises(AsnTableError, match="cannot be used"):
            effect.open()


def test_a_manifest_survives_its_document(store):
    """Every field, and the document has no other."""
    manifest = put(store)
    document = store.get(ASN, [CURRENT])[CURRENT]
    assert manifest == Manifest.of(document)
    assert {"_key", *MANIFEST_FIELDS} == set(document)


def test_large_content_is_cut_into_parts_and_joined():
    """Each below the store's limits; the order is that of the numbers, not of the keys as text."""
    content = os.urandom(11 * CHUNK_BYTES + 5)
    documents = chunk_documents(content)
    assert 12 == len(documents) and max(len(one["data"]) for one in documents) <= 800_000
    manifest = Manifest("n", "d", "s", "a", "f", 1, 1, digest(content), "", "", 12, 0, 0, 0.0, "")
    assert content == joined(manifest, {one["_key"]: one for one in reversed(documents)})
    with pytest.raises(AsnTableError, match="allowed: at most"):
        chunk_documents(bytes(101 * CHUNK_BYTES))


def test_copies_that_no_manifest_names_go_when_they_are_old(effect, store, tmp_path):
    """And what a killed process left; a young one may still be in use, another file is not ours."""
    old = put(store)
    effect.open()
    folder = tmp_path.joinpath(*FOLDER)
    for name in ("b" * 64 + ".part", "notes.txt"):
        (folder / name).write_text("x")
    current = put(store, 3)
    effect.open()
    assert 4 == len(copies(tmp_path))
    for path in folder.iterdir():
        os.utime(path, (time.time() - OLD_SECONDS - 60,) * 2)
    effect.open()
    assert 2 == len(copies(tmp_path)) and not any(old.sha256 in name for name in copies(tmp_path))
    (kept,) = folder.glob(current.sha256 + "*")
    assert kept.stat().st_mtime < time.time() - OLD_SECONDS  # not made anew


def test_a_disk_that_refuses_serves_the_run_from_memory(store, tmp_path):
    """A file lies where the folder should be."""
    (tmp_path / FOLDER[0]).write_text("in the way")
    put(store)
    assert 2 == TableInEffect(store, LocalTables(tmp_path), lambda: SHIPPED).open().lookup("8.8.8.8")


def test_splunk_home_is_what_splunkd_says(monkeypatch, tmp_path):
    """Else two levels above etc/apps."""
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path))
    assert tmp_path == splunk_home(tmp_path / "x")
    monkeypatch.delenv("SPLUNK_HOME")
    assert tmp_path == splunk_home(tmp_path / "etc" / "apps" / "teams_export_guard")


def test_many_processes_may_lay_in_the_same_copy(tmp_path):
    """Each finds a whole one, and no part is left behind."""
    content = asn_compile.write_table([(0, 9, 5)], [], {}, About("n", "d", "s", "a"))
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(lambda _: LocalTables(tmp_path).put("c" * 64, content), range(40)))
    for table in tables:
        table.verify()
    assert 1 == len(copies(tmp_path))
