"""From a record's client address to its network: plain address, ASN, organisation.

Knows that an ``asn`` column wins over the table and that addresses which no route announces have no
ASN (contract, section 2). The table is an argument; ``asn.AsnTable`` is one, ``NoTable`` another.
*Unknown* is None and never "first seen". A network that a new table gives another number is the same network: the table
knows the numbers that an address had before.
"""

import re
from typing import Callable, Dict, FrozenSet, Mapping, Optional, Tuple

from .addresses import is_routable, plain_address
from .network_classes import NetworkClasses

_ASN_TEXT = re.compile(r"(?:AS)?([0-9]{1,18})")


NO_CLASSES = NetworkClasses()


class NoTable:
    """A table that knows no address; the smallest that ``Networks`` can work with."""

    name, date = "none", ""

    def lookup(self, address: str) -> Optional[int]:
        """The ASN that announces the plain routable ``address``, or None."""
        return None

    def organisation(self, asn: int) -> str:
        """The name of the organisation of ``asn``, '' if the table has none."""
        return ""

    def former(self, address: str) -> Tuple[int, ...]:
        """The ASNs that earlier tables gave ``address`` and this one does not, newest first."""
        return ()


class Networks:
    """Resolves each distinct address once."""

    def __init__(self, table=None, classes: NetworkClasses = NO_CLASSES):
        self.table = NoTable() if table is None else table
        #: Name and date of the table, as they stand on every alert.
        self.table_label = " of ".join(filter(None, (self.table.name, self.table.date)))
        self._classes = classes
        self._asns: Dict[str, Optional[int]] = {}
        self._organisations: Dict[int, str] = {}
        self._former: Dict[str, Tuple[int, ...]] = {}

    def asn(self, source) -> Optional[int]:
        """The ASN of a record's ``source``, None if it is unknown."""
        if source.asn_text:
            return parse_asn(source.asn_text)
        address = plain_address(source.client_ip)
        if address not in self._asns:
            self._asns[address] = self.table.lookup(address) if is_routable(address) else None
        return self._asns[address]

    def former(self, source) -> Tuple[int, ...]:
        """The ASNs that earlier tables gave the address of ``source``, newest first; none where its row says its ASN."""
        if source.asn_text:
            return ()
        address = plain_address(source.client_ip)
        if address not in self._former:
            self._former[address] = self.table.former(address) if is_routable(address) else ()
        return self._former[address]

    def organisation(self, asn: int) -> str:
        """The organisation of ``asn`` by the table, '' if it has none."""
        if asn not in self._organisations:
            self._organisations[asn] = self.table.organisation(asn)
        return self._organisations[asn]

    def class_of(self, asn: int) -> str:
        """The class of ``asn``, '' if it has none."""
        return self._classes.of(asn)


#: ASN -> for each of its addresses the ASNs that earlier tables gave it.
Formers = Mapping[int, FrozenSet[Tuple[int, ...]]]


def is_relabelled(asn: int, formers: Formers, holds: Callable[[int], bool]) -> bool:
    """Whether every address of ``asn`` had, by an earlier table, a number that ``holds``: the same network, renumbered."""
    earlier = formers.get(asn, frozenset())
    return bool(earlier) and all(any(map(holds, labels)) for labels in earlier)


def parse_asn(text: str) -> Optional[int]:
    """The number in ``64500`` or ``AS64500``; anything else, and AS 0, which is nobody's, is unknown."""
    match = _ASN_TEXT.fullmatch(text)
    return (int(match.group(1)) or None) if match else None
