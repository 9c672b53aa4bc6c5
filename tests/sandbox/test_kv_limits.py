"""The limits of the KV store: what is cut, what is refused."""

import logging

import pytest

from sandbox.kv import BadRequest, KVStore, LimitExceeded, Limits

HERE = ("app", "nobody", "c")


@pytest.fixture
def make(tmp_path):
    """Makes stores over one file, with the collection c of the app."""
    made = []

    def build(limits=None, **definition):
        store = KVStore(tmp_path / "kv.db", limits or Limits())
        made.append(store)
        store.define("app", "c", **definition)
        return store

    yield build
    for store in made:
        store.close()


@pytest.fixture
def kv(make):
    return make()


def numbered(count, **more):
    return [{"_key": f"k{number:06d}", "n": number, **more} for number in range(count)]


def test_answer_is_cut_without_a_word_at_the_row_limit(make, caplog):
    """Over max_rows_per_query the rest of the rows is missing, no error is raised, and only the log tells."""
    kv = make(Limits(max_rows_per_query=10))
    kv.batch_save(*HERE, numbered(25))
    with caplog.at_level(logging.WARNING):
        assert list(range(10)) == [each["n"] for each in kv.find(*HERE, sort="n")]
        assert [10, 5] == [len(each) for each in kv.batch_find(*HERE, [{"limit": 20}, {"query": {"n": {"$lt": 5}}}])]
    assert "Too many rows in result, max_rows_per_query=10" in caplog.text


def test_answer_at_the_row_limit_is_whole_and_silent(make, caplog):
    """Exactly max_rows_per_query rows are not a cut."""
    kv = make(Limits(max_rows_per_query=10))
    kv.batch_save(*HERE, numbered(10))
    with caplog.at_level(logging.WARNING):
        assert 10 == len(kv.find(*HERE))
    assert "" == caplog.text


def test_answer_is_cut_at_the_size_limit(make, caplog):
    """Over max_size_per_result_mb the answer ends before the row that does not fit."""
    kv = make(Limits(max_size_per_result_mb=1))
    kv.batch_save(*HERE, numbered(4, filler="x" * 300000))
    with caplog.at_level(logging.WARNING):
        assert 3 == len(kv.find(*HERE))
        assert 4 == len(kv.find(*HERE, fields="n"))
    assert 1 == caplog.text.count("Result size too large, max_size_per_result_mb=1048576")


def test_batch_answers_share_a_size_limit(make):
    """The answers of one batch_find are cut where together they pass max_size_per_batch_result_mb."""
    kv = make(Limits(max_size_per_batch_result_mb=1))
    kv.batch_save(*HERE, numbered(2, filler="x" * 300000))
    assert [2, 1, 0] == [len(each) for each in kv.batch_find(*HERE, [{}, {}, {}])]


def test_lookups_are_not_cut(make):
    """find_all() gives every row, whatever limits.conf says of REST answers."""
    kv = make(Limits(max_rows_per_query=10))
    kv.batch_save(*HERE, numbered(25))
    assert 25 == len(kv.find_all(*HERE))


def test_too_many_documents_in_a_batch_save(make):
    """One document too many is a 400 with Splunk's words, and nothing is saved; the limit itself passes."""
    kv = make()
    with pytest.raises(LimitExceeded) as refusal:
        kv.batch_save(*HERE, numbered(1001))
    assert (
        "Request exceeds API limits - see limits.conf for details. (Too many documents for a single batch save, "
        "max_documents_per_batch_save=1000)"
    ) == str(refusal.value)
    assert [] == kv.find(*HERE)
    assert 1000 == len(kv.batch_save(*HERE, numbered(1000)))


def test_too_many_queries_in_a_batch_find(kv):
    """One query too many is a 400 that names the limit; the limit itself passes."""
    with pytest.raises(LimitExceeded, match="max_queries_per_batch=1000"):
        kv.batch_find(*HERE, [{"limit": 1}] * 1001)
    assert 1000 == len(kv.batch_find(*HERE, [{"limit": 1}] * 1000))


def test_too_large_a_write(make):
    """A batch over max_size_per_batch_save_mb and a document over its size are 400."""
    kv = make(Limits(max_size_per_batch_save_mb=1, max_document_mb=2))
    with pytest.raises(LimitExceeded, match="max_size_per_batch_save_mb=1"):
        kv.batch_save(*HERE, numbered(4, filler="x" * 300000))
    kv.insert(*HERE, {"a": "x" * 2000000})
    with pytest.raises(BadRequest, match="at most 2 MB"):
        kv.insert(*HERE, {"a": "x" * 2200000})


@pytest.mark.parametrize(
    "field, value, fits",
    [
        ("fast", "x" * 1024, True),
        ("fast", "x" * 1025, False),
        ("fast", "é" * 513, False),
        ("slow", "x" * 1025, True),
        ("_key", "x" * 1024, True),
        ("_key", "é" * 513, False),
    ],
)
def test_indexed_field_has_a_kilobyte(make, field, value, fits):
    """An accelerated field and _key take 1024 bytes of UTF-8, other fields any."""
    kv = make(accelerations={"i": {"fast": 1}})
    if fits:
        kv.insert(*HERE, {field: value})
    else:
        with pytest.raises(BadRequest, match="at most 1024 bytes"):
            kv.insert(*HERE, {field: value})
