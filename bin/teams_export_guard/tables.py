"""The tables of an app folder: lookups, files that were uploaded as such, and the compiled ASN table that ships.

Knows file names and columns, and that a row which violates its schema is a fault of the file, said
with its line. What the rows mean is known by ``privileged``, ``records`` and ``networks``.
"""

import csv
from pathlib import Path
from typing import Callable, FrozenSet, List, NamedTuple, Optional

from . import network_classes
from .asn import AsnTable
from .asn_file import open_asn_table
from .errors import AsnTableError, TableError
from .network_classes import NetworkClasses
from .networks import Networks
from .privileged import Roles
from .schema import violations

OPERATIONS = "teams_export_operations.csv"
PRIVILEGED_ROLES = "privileged_roles.csv"
NETWORK_CLASSES = "teams_export_networks.csv"
ASN_TABLE = "teams_export_asn.bin"  # not among the lookups: app vetting takes nothing but CSV there


def app_folder() -> Path:
    """Where this app is installed."""
    return Path(__file__).resolve().parents[2]


class Uploaded(NamedTuple):
    """A lookup file as it is, and when it was written (epoch seconds)."""

    content: bytes
    written: float


class Tables:
    """The tables of one app folder; each is read when it is first asked for.

    ``in_effect`` gives the ASN table that a refresh put in the place of the one that ships (``asn_effect``).
    """

    def __init__(self, app: Path, in_effect: Optional[Callable[[], AsnTable]] = None):
        self._lookups, self._asn = Path(app, "lookups"), Path(app, "bin", "asn")
        self._in_effect = in_effect or self.shipped_asn

    def _rows(self, name: str) -> List[dict]:
        path = self._lookups / name
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return [row for row in csv.DictReader(file) if any(row.values())]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise TableError("The lookup %s cannot be read: %s." % (name, error)) from error

    def _checked(self, name: str, schema: str, looks_right: Callable[[dict], bool], may_be_empty=False) -> List[dict]:
        """The rows of a file; the reason of a bad one comes from its schema, which ``looks_right`` agrees with."""
        rows = self._rows(name)
        bad = [(line, row) for line, row in enumerate(rows, 2) if not looks_right(row)]
        if bad or not (rows or may_be_empty):
            line, row = bad[0] if bad else (2, {})
            said = "; ".join(violations(schema, row))
            raise TableError("The lookup %s has %d bad rows (line %d: %s)." % (name, len(bad) or 1, line, said))
        return rows

    def operations(self) -> FrozenSet[str]:
        """The counted operations."""
        rows = self._checked(
            OPERATIONS, "OPERATION_ROW", lambda row: bool(row.get("Operation")) and row.get("counted") in ("0", "1")
        )
        return frozenset(row["Operation"] for row in rows if row["counted"] == "1")

    def roles(self) -> Roles:
        """The roles that count as privileged."""
        return Roles(
            self._checked(
                PRIVILEGED_ROLES, "ROLE_ROW",
                lambda row: bool(row.get("role")) and isinstance(row.get("role_template_id"), str)
                and row.get("privileged") in ("0", "1"),
            )
        )

    def network_classes(self) -> NetworkClasses:
        """What kind of network an AS number is; one AS number has one class."""
        first_line: dict = {}
        rows = self._checked(NETWORK_CLASSES, "NETWORK_ROW", network_classes.looks_right, may_be_empty=True)
        for line, row in enumerate(rows, 2):
            before = first_line.setdefault(row["asn"], (line, row["network_class"]))
            if before[1] != row["network_class"]:
                raise TableError("The lookup %s calls AS%s %s in line %d and %s in line %d; one class is allowed." % (
                    NETWORK_CLASSES, row["asn"], before[1], before[0], row["network_class"], line))
        return NetworkClasses(rows)

    def networks(self) -> Networks:
        """Addresses to ASNs by the table in effect, and what kind of network each is."""
        return Networks(self._in_effect(), self.network_classes())

    def shipped_asn(self) -> AsnTable:
        """The ASN table that the build laid in."""
        path = self._asn / ASN_TABLE
        if not path.is_file():
            raise AsnTableError("The ASN table %s is missing; install the app's package again." % ASN_TABLE)
        return open_asn_table(path)

    def uploaded(self, name: str, most: int) -> Uploaded:
        """A file among the app's lookups, of at most ``most`` bytes; ``name`` has no path in it."""
        path = self._lookups / name
        try:
            size = path.stat().st_size
            if size > most:
                raise TableError("The lookup file %s has %d bytes; allowed: at most %d." % (name, size, most))
            return Uploaded(path.read_bytes(), path.stat().st_mtime)
        except OSError as error:
            raise TableError("The lookup file %s cannot be read (%s); it must be uploaded to the app Teams Export Guard and "
                             "shared in the app, for a private file lies elsewhere." % (name, error.strerror)) from error
