"""Putting a new table in the place of the old one, over a store in memory: what days and licences change."""

import pytest

from teams_export_guard import asn_compile
from teams_export_guard.asn import AsnTable
from teams_export_guard.asn_documents import ASN, CURRENT, Manifest
from teams_export_guard.asn_effect import TableInEffect
from teams_export_guard.asn_incoming import Incoming
from teams_export_guard.asn_install import Refresh
from teams_export_guard.asn_local import LocalTables
from teams_export_guard.asn_request import FIELDS, Request
from teams_export_guard.asn_sources import About, AsnData
from teams_export_guard.documents import LEASE
from teams_export_guard.errors import AsnRefused, LeaseLost, StoreUnavailable
from teams_export_guard.lease import RefreshLease
from teams_export_guard.store import MemoryStore
from tests import networks
from tests.support import Clock

ABOUT = About("n", "2026-06-17", "s", "a")
OTHER = "13.14.15.16"
DAY = 86400


def incoming(moved=None, kind="ranges", date="2026-06-17", bad=0):
    data = AsnData()
    data.ipv4, data.ipv6 = networks.rows(moved=moved)
    data.bad, data.bad_example = bad, "x" if bad else ""
    return Incoming(data, ABOUT._replace(date=date), kind)


@pytest.fixture(scope="module")
def first():
    return incoming()


@pytest.fixture(scope="module")
def second():
    return incoming({OTHER: 64500})


class Site:
    """A store, copies on a disk, a clock; ``refresh(incoming)`` gives the row."""

    def __init__(self, folder, shipped, store=None):
        self.store, self.clock = store or MemoryStore(), Clock(1_790_000_000.0)
        self.effect = TableInEffect(self.store, LocalTables(folder), lambda: shipped)

    def refresh(self, new, writes=True, **options):
        lease = RefreshLease(self.store, "test", self.clock, self.clock.sleep) if writes else None
        request = Request("lookup", ("a.csv",), **options)
        return Refresh(self.store, self.effect, request, "ann", self.clock(), lease).run(new)

    def manifest(self):
        return Manifest.of(self.store.get(ASN, [CURRENT]).get(CURRENT))

    def former(self, address=OTHER):
        return self.effect.open().former(address)

    def stored(self):
        return {key.partition(".")[0] for key in self.store.keys_where(ASN, [{"kind": "chunk"}])}


@pytest.fixture
def site(tmp_path, first):
    shipped = AsnTable(asn_compile.write_table(first.data.ipv4, first.data.ipv6, {}, ABOUT))
    return Site(tmp_path, shipped)


def test_a_row_has_every_field(site, first):
    """In order; the first table equals the one that ships."""
    row = site.refresh(first)
    assert FIELDS == list(row)
    assert ("installed", 0, "0.00", "0.00") == tuple(
        row[name] for name in "action changed_ranges changed_ipv4_percent lost_ipv6_percent".split())


def test_a_former_label_counts_for_97_days(site, first, second):
    """The next run after that makes the same table without it."""
    site.refresh(first)
    site.refresh(second)
    before = site.former()
    assert (networks.asn_at(OTHER),) == before
    site.clock.now += 96 * DAY
    assert ("unchanged", before) == (site.refresh(second)["action"], site.former())
    site.clock.now += DAY
    row = site.refresh(second)
    assert ("installed", ()) == (row["action"], site.former()) and "count no more" in row["reason"]
    assert "unchanged" == site.refresh(second)["action"]


def test_a_number_of_geolite_counts_for_30_days(site, second):
    """As long as its licence lets an old version be used; the table before it decides, not the new one."""
    site.refresh(incoming(kind="geolite"))
    site.refresh(second)
    site.clock.now += 29 * DAY
    assert 1 == len(site.former()) and "unchanged" == site.refresh(second)["action"]
    site.clock.now += DAY
    assert ("installed", ()) == (site.refresh(second)["action"], site.former())


def test_labels_are_carried_from_refresh_to_refresh(site, first, second):
    """The last number first, and a number that is back is no former one."""
    home = networks.asn_at(OTHER)
    for step, expected in ((first, ()), (second, (home,)), (incoming({OTHER: 64501}), (64500, home)),
                           (first, (64501, 64500))):
        site.clock.now += DAY
        site.refresh(step)
        assert expected == site.former()


def test_chunks_of_the_table_before_stay_a_day(site, first, second):
    """The refresh after that deletes them, though it finds nothing new."""
    site.refresh(first)
    old = site.manifest().sha256
    site.refresh(second)
    site.clock.now += DAY - 1
    site.refresh(second)
    assert {old, site.manifest().sha256} == site.stored()
    site.clock.now += 1
    site.refresh(second)
    assert {site.manifest().sha256} == site.stored()


def test_what_a_killed_refresh_left_goes(site, first):
    """Chunks that no manifest names; nobody else writes any, because there is the lease."""
    site.store.save(ASN, [{"_key": "f" * 64 + ".0", "kind": "chunk", "sha256": "f" * 64}], lambda: None)
    site.refresh(first)
    assert {site.manifest().sha256} == site.stored()


def test_an_older_table_is_kept_out_unless_it_is_forced(site, first, second):
    """And an equally old one is not older."""
    site.refresh(second)
    row = site.refresh(incoming(date="2026-06-16"))
    assert "kept" == row["action"] and "of 2026-06-17 and newer; force=true" in row["reason"]
    assert "installed" == site.refresh(first)["action"]
    assert "installed" == site.refresh(incoming(date="2026-06-16"), force=True)["action"]


def test_what_compares_can_be_forced_and_what_the_table_is_cannot(site, first):
    """Half of its numbers are others; one of the landmarks is wrong."""
    plain = [start for start, _, asn in first.data.ipv4 if asn == networks.asn_of(start >> networks.SHIFT4)]
    moved = {str(networks.IPv4Address(start)): 64500 + at for at, start in enumerate(plain[::5])}
    strange, wrong = incoming(moved), incoming({"8.8.8.8": 64500})
    site.refresh(first)
    with pytest.raises(AsnRefused, match=r"20\.0 % of the known IPv4 addresses get another .+ \(force=true sets this aside\)"):
        site.refresh(strange)
    assert "would refuse" == site.refresh(strange, writes=False)["action"]
    assert "installed" == site.refresh(strange, force=True)["action"]
    for force in (False, True):
        with pytest.raises(AsnRefused, match=r"8.8.8.8 .* is AS64500 in it"):
            site.refresh(wrong, force=force)


def test_too_many_lines_that_are_no_ranges(site, first):
    """One in a hundred is too many for a table that a machine wrote."""
    with pytest.raises(AsnRefused, match=r"2000 of its .* lines are no ranges"):
        site.refresh(incoming(bad=2000, date="2026-06-18"))


def test_a_store_that_does_not_delete_is_no_failure(tmp_path, first, second):
    """The table is installed; what is old goes next time, which is said."""

    class Keeping(MemoryStore):
        def delete(self, collection, query):
            if collection == ASN:
                raise StoreUnavailable("no answer")
            super().delete(collection, query)

    shipped = AsnTable(asn_compile.write_table(first.data.ipv4, first.data.ipv6, {}, ABOUT))
    site = Site(tmp_path, shipped, Keeping())
    site.refresh(first)
    site.refresh(second)
    row = site.refresh(incoming({OTHER: 64501}))
    assert "installed" == row["action"] and "older tables are not deleted yet (no answer)" in row["reason"]
    assert 3 == len(site.stored())


class Robbed(MemoryStore):
    """A store in which somebody takes the lease right after ``verb`` of the table's documents."""

    def __init__(self, verb):
        super().__init__()
        self._verb = verb

    def _done(self, verb, collection):
        if (verb, collection) == (self._verb, ASN):
            super().save(LEASE, [{"_key": "asn", "holder": "thief", "expires": 2_000_000_000}], lambda: None)

    def save(self, collection, documents, before_batch):
        super().save(collection, documents, before_batch)
        self._done("save", collection)

    def keys_where(self, collection, queries):
        found = super().keys_where(collection, queries)
        self._done("list", collection)
        return found


def test_a_lease_lost_while_chunks_are_saved_puts_no_table_into_effect(tmp_path, site, first):
    """The store is asked right before the manifest, though it was a moment ago."""
    robbed = Site(tmp_path, site.effect.shipped(), Robbed("save"))
    with pytest.raises(LeaseLost, match="thief"):
        robbed.refresh(first)
    assert robbed.manifest() is None


def test_a_lease_lost_before_deleting_deletes_nothing(tmp_path, site, first):
    """Whoever has it now may be writing the very chunks that no manifest names yet."""
    robbed = Site(tmp_path, site.effect.shipped(), Robbed("list"))
    robbed.store.save(ASN, [{"_key": "f" * 64 + ".0", "kind": "chunk", "sha256": "f" * 64}], lambda: None)
    assert "lost its lease to thief" in robbed.refresh(first)["reason"]
    assert {"f" * 64, robbed.manifest().sha256} == robbed.stored()
