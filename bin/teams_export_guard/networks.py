"""From a record's client address to its network: plain address, ASN, organisation.

Knows that an ``asn`` column wins over the table and that addresses which no route announces have no
ASN (contract, section 2). The table is an argument; ``asn.AsnTable`` is one, ``NoTable`` another.
*Unknown* is None and never "first seen".
"""

import re
from typing import Dict, Mapping, Optional

from .addresses import is_routable, plain_address

_ASN_TEXT = re.compile(r"(?:AS)?([0-9]{1,18})")


class NoTable:
    """A table that knows no address; the smallest that ``Networks`` can work with."""

    name, date = "none", ""

    def lookup(self, address: str) -> Optional[int]:
        """The ASN that announces the plain routable ``address``, or None."""
        return None

    def organisation(self, asn: int) -> str:
        """The name of the organisation of ``asn``, '' if the table has none."""
        return ""


class Networks:
    """Resolves each distinct address once."""

    def __init__(self, table=None, classes: Optional[Mapping[int, str]] = None):
        self.table = NoTable() if table is None else table
        self._classes = {} if classes is None else classes
        self._asns: Dict[str, Optional[int]] = {}
        self._organisations: Dict[int, str] = {}

    @property
    def table_label(self) -> str:
        """Name and date of the table, as they stand on every alert."""
        return " of ".join(filter(None, (self.table.name, self.table.date)))

    def asn(self, record) -> Optional[int]:
        """The ASN of ``record``, None if it is unknown."""
        if record.asn_text:
            return parse_asn(record.asn_text)
        address = plain_address(record.client_ip)
        if address not in self._asns:
            self._asns[address] = self.table.lookup(address) if is_routable(address) else None
        return self._asns[address]

    def organisation(self, asn: int) -> str:
        """The organisation of ``asn`` by the table, '' if it has none."""
        if asn not in self._organisations:
            self._organisations[asn] = self.table.organisation(asn)
        return self._organisations[asn]

    def class_of(self, asn: int) -> str:
        """The class of ``asn`` (office, cloud, vpn, mobile, service), '' if it has none."""
        return self._classes.get(asn, "")


def parse_asn(text: str) -> Optional[int]:
    """The number in ``64500`` or ``AS64500``; anything else, and AS 0, which is nobody's, is unknown."""
    match = _ASN_TEXT.fullmatch(text)
    return (int(match.group(1)) or None) if match else None
