"""The tables that ship with the app: lookups, and the compiled ASN table.

Knows file names and columns, and that a row which violates its schema is a fault of the file, said
with its line. What the rows mean is known by ``privileged``, ``records`` and ``networks``.
"""

import csv
from pathlib import Path
from typing import Callable, FrozenSet, List

from .asn_file import open_asn_table
from .errors import AsnTableError, TableError
from .networks import Networks
from .privileged import Roles
from .schema import violations

OPERATIONS = "teams_export_operations.csv"
PRIVILEGED_ROLES = "privileged_roles.csv"
ASN_TABLE = "teams_export_asn.bin"  # not among the lookups: app vetting takes nothing but CSV there


class Tables:
    """The tables of one app folder; each is read when it is first asked for."""

    def __init__(self, app: Path):
        self._lookups, self._asn = Path(app, "lookups"), Path(app, "bin", "asn")

    def _rows(self, name: str) -> List[dict]:
        path = self._lookups / name
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return [row for row in csv.DictReader(file) if any(row.values())]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise TableError("The lookup %s cannot be read: %s." % (name, error)) from error

    def _checked(self, name: str, schema: str, looks_right: Callable[[dict], bool]) -> List[dict]:
        """The rows of a file; the reason of a bad one comes from its schema, which ``looks_right`` agrees with."""
        rows = self._rows(name)
        bad = [(line, row) for line, row in enumerate(rows, 2) if not looks_right(row)]
        if bad or not rows:
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

    def networks(self) -> Networks:
        """Addresses to ASNs, by the table that the build laid in."""
        path = self._asn / ASN_TABLE
        if not path.is_file():
            raise AsnTableError("The ASN table %s is missing; install the app's package again." % ASN_TABLE)
        return Networks(open_asn_table(path))
