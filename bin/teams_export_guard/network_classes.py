"""What kind of network an AS number is, as ``lookups/teams_export_networks.csv`` says.

The names that are allowed stand here and nowhere else. Knows no file; ``tables`` reads it and says a bad row's line.
"""

import re
from typing import Dict, Iterable, Iterator, Mapping

OFFICE, CLOUD, VPN, MOBILE, SERVICE = "office", "cloud", "vpn", "mobile", "service"
#: Name -> what it means.
MEANINGS = {
    OFFICE: "a network of your own organisation; you fill it in",
    CLOUD: "rented servers: a person seldom works from there",
    VPN: "VPN or proxy: says nothing about where somebody is",
    MOBILE: "a mobile operator: people pass through it with their phones",
    SERVICE: "a Microsoft service that acts for a user; the user's own network does not show",
}
CLASSES = tuple(MEANINGS)

_ASN = re.compile(r"[1-9][0-9]{0,9}")


class NetworkClasses(Mapping[int, str]):
    """AS number to class."""

    def __init__(self, rows: Iterable[Mapping] = ()):
        self._classes: Dict[int, str] = {int(row["asn"]): row["network_class"] for row in rows}

    def of(self, asn: int) -> str:
        """The class of a network, '' if none is given."""
        return self._classes.get(asn, "")

    def __getitem__(self, asn: int) -> str:
        return self._classes[asn]

    def __iter__(self) -> Iterator[int]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


def looks_right(row: Mapping) -> bool:
    """Whether a row has an AS number and one of the classes."""
    return bool(_ASN.fullmatch(row.get("asn") or "")) and row.get("network_class") in CLASSES
