"""Laws of former labels, against a model that remembers every refresh of every address."""
from hypothesis import given, settings
from hypothesis import strategies as st

from teams_export_guard import asn_compile, asn_sources
from teams_export_guard.asn import AsnTable
from teams_export_guard.asn_former import compare, expired, overlay, relabelled
from tests.property.test_asn_laws import ABOUT, BITS, KINDS

SIZE = 24  # of the space that is counted through, at either end of a family
LABEL_DAYS = 97
asns = st.sampled_from([1, 2, 3, 2 ** 32 - 1])


@st.composite
def flat(draw, values=asns, most=SIZE):
    """Sorted ranges that do not overlap, within ``most`` addresses."""
    ranges, at = [], 0
    while at < most:
        at += draw(st.integers(0, 4))
        end = at + draw(st.integers(0, 5))
        if end >= most:
            break
        ranges.append((at, end, draw(values)))
        at = end + 1
    return ranges


def point(ranges, number):
    """What sorted ranges say of a number, None for nothing."""
    return next((value for start, end, value in ranges if start <= number <= end), None)


def is_flat(ranges):
    """Whether ranges are sorted, not empty, and do not overlap."""
    edges = [edge for start, end, _ in ranges for edge in (start, end)]
    return edges == sorted(edges) and all(a[1] < b[0] for a, b in zip(ranges, ranges[1:]))


@given(flat(), flat())
def test_an_overlay_says_of_each_address_what_both_say(left, right):
    """Each address once, in order; what neither knows is left out."""
    laid = list(overlay(left, right))
    assert is_flat([(start, end, None) for start, end, _, _ in laid])
    for number in range(SIZE):
        said = [(a, b) for start, end, a, b in laid if start <= number <= end]
        both = (point(left, number), point(right, number))
        assert said == ([] if both == (None, None) else [both])


@given(flat(), flat())
def test_the_comparison_is_that_of_every_address(old, new):
    """Known, lost and moved addresses, and which number the moved ones had; neighbours are joined."""
    found = compare(old, new)
    pairs = {number: (point(old, number), point(new, number)) for number in range(SIZE)}
    known = {number for number, (before, _) in pairs.items() if before}
    lost = {number for number in known if not pairs[number][1]}
    moved = {number: pairs[number][0] for number in known - lost if pairs[number][0] != pairs[number][1]}
    assert (len(known), len(lost), len(moved)) == (found.known, found.lost, found.moved_addresses)
    assert moved == {number: point(found.moved, number) for number in range(SIZE) if point(found.moved, number)}
    assert is_flat(found.moved)
    assert not any(a[1] + 1 == b[0] and a[2] == b[2] for a, b in zip(found.moved, found.moved[1:]))


@given(flat())
def test_a_table_against_itself_moves_nothing(table):
    """Nor does it lose anything."""
    found = compare(table, table)
    assert ([], 0, 0.0, 0.0) == (found.moved, found.lost, found.moved_share, found.lost_share)


def tables(version, offset):
    """Ranges of a family, moved to another part of its space."""
    return lambda ranges: [(start + offset, end + offset, asn) for start, end, asn in ranges]


@st.composite
def chains(draw):
    """Days that pass before each of several tables of one family, at its beginning, its end, or across a column."""
    version = draw(st.sampled_from([4, 6]))
    offset = draw(st.sampled_from([0, 2 ** BITS[version] - SIZE, 2 ** (BITS[version] // 2) - SIZE // 2]))
    return version, offset, draw(st.lists(st.tuples(st.integers(0, 60), flat()), min_size=1, max_size=5))


class Model:
    """What every address was called, and when each name was taken away."""

    def __init__(self):
        self.now = {}
        self.before = {number: [] for number in range(SIZE)}

    def install(self, day, table):
        for number in range(SIZE):
            asn, old = point(table, number), self.now.get(number)
            if asn and old and asn != old:
                self.before[number].insert(0, (old, day))
            self.now[number] = asn
        self.day = day

    def former(self, number):
        young = [asn for asn, day in self.before[number] if self.day < day + LABEL_DAYS and asn != self.now[number]]
        return tuple(dict.fromkeys(young))


@given(chains())
@settings(deadline=None)
def test_former_labels_are_what_a_memory_of_all_refreshes_says(chain):
    """Through several refreshes, the compiled table knows of every address the others that it was, the last one first."""
    version, offset, steps = chain
    model, table, day = Model(), None, 0
    for days, ranges in steps:
        day += days
        moved = tables(version, offset)(ranges)
        ipv4, ipv6 = (moved, []) if version == 4 else ([], moved)
        former = ([], [])
        if table:
            former = tuple(
                relabelled(labels, compare(old, new).moved, day, day + LABEL_DAYS) for labels, old, new in
                ((table.former4(), table.ipv4(), ipv4), (table.former6(), table.ipv6(), ipv6)))
        table = AsnTable(asn_compile.write_table(ipv4, ipv6, {}, ABOUT, "little", *former))
        table.verify()
        model.install(day, ranges)
        assert former == (list(table.former4()), list(table.former6()))
        assert (ipv4, ipv6) == (list(table.ipv4()), list(table.ipv6()))
        for number in range(SIZE):
            address = str(KINDS[version](number + offset))
            assert model.former(number) == table.former(address)
            assert model.now[number] == table.lookup(address)
        outside = str(KINDS[version]((offset + 2 ** (BITS[version] - 1) + 99) % 2 ** BITS[version]))
        assert () == table.former(outside)
        assert not any(expired(labels, day) for labels in former)


@given(flat(), flat(), st.integers(1, 200))
def test_the_same_refresh_again_changes_no_label(old, new, later):
    """A second run finds nothing moved, and keeps what it has until its day."""
    former = relabelled((), compare(old, new).moved, 0, LABEL_DAYS)
    assert former == relabelled(former, compare(new, new).moved, 0, LABEL_DAYS)
    again = relabelled(former, (), later, later + LABEL_DAYS)
    assert again == (former if later < LABEL_DAYS else [])


@given(chains())
@settings(deadline=None)
def test_the_packed_form_keeps_former_labels(chain):
    """Packing and reading back gives the same labels, in both families."""
    _version, offset, steps = chain
    labels = [(start + offset, end + offset, ((asn, 20_000), (7, 19_999))) for start, end, asn in steps[0][1]]
    former6 = [(start, end, said) for start, end, said in labels]
    back = asn_sources.AsnData()
    asn_sources.read(back, list(asn_sources.pack(ABOUT, [(1, 2, 3)], [], {}, [], former6)))
    assert ([], former6, [(1, 2, 3)]) == (back.former4, back.former6, back.ipv4)
