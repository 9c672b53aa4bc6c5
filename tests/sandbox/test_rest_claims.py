"""The table of claims about Splunk is complete and well-formed."""

import re

import pytest

from sandbox.kv import KVStore
from sandbox.rest import RestServer
from sandbox.rest.claims import CLAIMS, STANDINGS


def test_every_route_has_a_claim(tmp_path):
    """Each method and resource that the server answers stands in the table with its source."""
    kv = KVStore(tmp_path / "kv.db")
    routes = list(RestServer(kv).routes)
    kv.close()
    readable = re.compile(r"[(][?]P<([a-z]+)>[^)]*[)]")
    named = {route.method + " " + readable.sub(r"{\1}", route.pattern) for route in routes}
    assert len(named) > 20
    assert set() == named - {claim.endpoint for claim in CLAIMS}


@pytest.mark.parametrize("claim", CLAIMS, ids=range(len(CLAIMS)))
def test_claim_is_whole(claim):
    """A claim has an endpoint, a behaviour, a source and one of the four standings; no source means unknown."""
    assert all(claim)
    assert claim.standing in STANDINGS
    assert ("no public source" == claim.source) <= ("unknown" == claim.standing)


def test_no_claim_twice():
    """No behaviour is claimed twice of one endpoint."""
    assert len(CLAIMS) == len({claim[:2] for claim in CLAIMS})
