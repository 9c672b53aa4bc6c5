"""Facts about trouble that does not end: the command gives up with one clear error, and the next run makes it good."""

from __future__ import annotations

import pytest

from tests.protocol.endless import CASES
from tests.protocol.scenes import makes_it_good
from tests.protocol.site import LEASE, NETWORKS, the_error


@pytest.mark.parametrize("case", CASES)
def test_endless_trouble_is_one_clear_error(endless, undisturbed, case):
    """The search gives up with one sentence that names what happened, shows no row, and the next run makes it good."""
    site, coming = endless[case]
    error = the_error(coming.result())
    assert "The KV store could not be used within 60 seconds" in error
    assert "the next scheduled run covers the same span again" in error
    assert CASES[case].words in error, error
    assert makes_it_good(site, undisturbed[0])


def test_a_held_lease_is_waited_for_and_then_named(endless):
    """A run that cannot have the lease says who has it, shows no row, and leaves the lease alone."""
    site, coming = endless["held"]
    assert "search 42, process 7, abc" in the_error(coming.result())
    assert {LEASE} == {one[1] for one in site.requests() if one != NETWORKS}
    assert "search 42, process 7, abc" == site.documents(LEASE)["commit"]["holder"]
