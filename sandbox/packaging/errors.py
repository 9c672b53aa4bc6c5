"""The one error of building: what keeps ``package.py`` from going on."""


class PackagingError(Exception):
    """One sentence per line, shown to the user as it is."""
