"""What a run puts aside comes back as it was, from memory and from a file."""

import contextlib

import pytest

from teams_export_guard.spool import TemporarySpool


@pytest.mark.parametrize("memory_bytes", [0, 1, 10**6])
def test_what_is_put_aside_comes_back(memory_bytes):
    """In any order, between other puts, as often as it is asked for."""
    with contextlib.closing(TemporarySpool(memory_bytes)) as spool:
        parts = [b"one", b"", b"three" * 1000]
        addresses = [spool.put(part) for part in parts]
        assert parts[::-1] == [spool.get(address) for address in addresses[::-1]]
        last = spool.put(b"last")
        assert [b"one", b"last", b"one"] == [spool.get(address) for address in (addresses[0], last, addresses[0])]


def test_the_file_has_no_name(tmp_path):
    """Nothing is left in the folder for temporary files, not even while it is in use."""
    with contextlib.closing(TemporarySpool(0, str(tmp_path))) as spool:
        spool.put(b"x")
        assert [] == list(tmp_path.iterdir())
