"""Opens the compiled ASN table: the one place where the table meets a file.

The file is mapped, not read: only the pages that a lookup touches are loaded. It must therefore
never be rewritten in place; ``package.py`` replaces it by renaming.
"""
from __future__ import annotations

import mmap
from pathlib import Path
from typing import Union

from .asn import AsnTable
from .errors import AsnTableError


def open_asn_table(path: Union[str, Path]) -> AsnTable:
    """The table at ``path``; a missing, empty, foreign or damaged file is an AsnTableError."""
    try:
        with open(path, "rb") as file:
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as fault:
        raise AsnTableError(f"The ASN table {Path(path).name} cannot be opened: "
                            f"{fault.strerror or fault}.") from fault
    except ValueError as fault:  # mmap's word for an empty file
        raise AsnTableError(f"The ASN table {Path(path).name} is empty.") from fault
    try:
        return AsnTable(buffer)
    except AsnTableError as fault:
        raise AsnTableError(f"{Path(path).name}: {fault}") from fault
