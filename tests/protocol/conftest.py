"""What the tests of the built package share: a run without trouble, and the runs whose trouble does not end.

The latter last until the command gives up, a minute. They wait and need no processor, so all of them are started before
the first test and judged by the last ones (``test_endless``).
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.protocol.endless import CASES
from tests.protocol.records import burst
from tests.protocol.scenes import MEMBER, learned
from tests.protocol.site import ALERTS, LEASE, QUICK, Site, states

LAST_RESORT = replace(QUICK, timeout=150.0)  # seconds; the contract's are 60, but a test's machine may be slow


@pytest.fixture(scope="session")
def undisturbed(installed, tmp_path_factory):
    """(what the store holds after the run without a fault, its number of requests)."""
    site = learned(Site(installed, tmp_path_factory.mktemp("undisturbed")))
    assert [("new", MEMBER)] == states(site.commit(burst()))
    assert [] == json.loads(next(iter(site.documents(ALERTS).values()))["first_seen_asn"])
    found = site.kept(), len(site.requests())
    site.close()
    return found


@pytest.fixture(scope="session")
def endless(installed, tmp_path_factory):
    """The searches that meet endless trouble, all started at once: name of the case to (site, outcome to come)."""
    found = {}
    held = Site(installed, tmp_path_factory.mktemp("held"))
    held.put(LEASE, {"_key": "commit", "holder": "search 42, process 7, abc", "expires": int(time.time()) + 3600})
    with ThreadPoolExecutor(len(CASES) + 1) as pool:

        def start(site, command):
            return site, pool.submit(site.search, command, [], burst(), delivery=LAST_RESORT)

        found["held"] = start(held, "teamsexportcommit")
        for name, case in CASES.items():
            site = learned(Site(installed, tmp_path_factory.mktemp("endless")))
            site.rest.faults.add(case.fault, times=None, **({"when": case.when} if case.when else {}))
            found[name] = start(site, case.command)
        yield found
    for site, _ in found.values():
        site.close()


def pytest_collection_modifyitems(items):
    """The tests that wait for the endless ones come last."""
    items.sort(key=lambda item: "endless" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def _early(request):
    """Starts the endless ones before the first test, if a test that asks for them is to run."""
    if any("endless" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("endless")
