"""What every test may use: the app's modules on the path, and the built package on a search head of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT / "bin", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def package():
    """The built package: the one that package.py hands over, else one built now."""
    given = os.environ.get("TEAMS_EXPORT_GUARD_PACKAGE")
    if given:
        return Path(given)
    built = subprocess.run(
        [sys.executable, str(ROOT / "package.py"), "build"], stdout=subprocess.PIPE, text=True, check=True, timeout=900
    )
    return ROOT / built.stdout.split()[-1]


@pytest.fixture(scope="session")
def installed(package, tmp_path_factory):
    """The app, unpacked into a SPLUNK_HOME that all tests share and none writes to."""
    from sandbox.installed import unpack

    return unpack(package, tmp_path_factory.mktemp("splunk") / "etc" / "apps")


@pytest.fixture(scope="session")
def filled(package, tmp_path_factory):
    """A search head with the sample in it: its history is learned, the alerts of its planted day are raised.

    All tests share it, so they only read; its clock stands still at the end of the planted day.
    """
    from sandbox import sample, serve
    from sandbox.splunkd import Splunkd

    now = serve.PLANTED + sample.DAY
    with Splunkd(tmp_path_factory.mktemp("filled"), sys.executable, lambda: now) as splunkd:
        splunkd.install(package)
        serve.load_sample(splunkd)
        serve.fill(splunkd)
        yield splunkd


@pytest.fixture(scope="session")
def excepted(package, tmp_path_factory):
    """The same with the exceptions of tests/app/excepted.py, given before the planted day; all tests only read it."""
    from sandbox.splunkd import Splunkd
    from tests.app.excepted import NOW, fill_with_exceptions

    with Splunkd(tmp_path_factory.mktemp("excepted"), sys.executable, lambda: NOW) as splunkd:
        splunkd.install(package)
        fill_with_exceptions(splunkd)
        yield splunkd


@pytest.fixture
def sites(installed, tmp_path):
    """sites(limits=..., routes=...) makes a search head; all of them are stopped at the end.

    Its KV store is empty unless ``before(folder)`` puts one there.
    """
    from tests.protocol.site import Site

    made = []

    def make(app=installed, before=None, **more):
        folder = tmp_path / ("site%d" % len(made))
        folder.mkdir()
        if before:
            before(folder)
        made.append(Site(app, folder, **more))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(sites):
    """One search head with an empty KV store."""
    return sites()
