"""Search heads on which the app was only just installed, at the end of the sample's planted day."""

import contextlib
import sys

import pytest

from sandbox import sample, serve
from sandbox.splunkd import Splunkd

NOW = serve.PLANTED + sample.DAY


@contextlib.contextmanager
def _installed(package, folder):
    with Splunkd(folder, sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        yield splunkd


@pytest.fixture(scope="session")
def bare(package, tmp_path_factory):
    """One for all tests, which only read it: no event, no alert."""
    with _installed(package, tmp_path_factory.mktemp("bare")) as splunkd:
        yield splunkd


@pytest.fixture(scope="module")
def own(package, tmp_path_factory):
    """One for the tests of a file, which write."""
    with _installed(package, tmp_path_factory.mktemp("own")) as splunkd:
        yield splunkd


@pytest.fixture
def head(package, tmp_path):
    """One for a test alone."""
    with _installed(package, tmp_path / "own") as splunkd:
        yield splunkd
