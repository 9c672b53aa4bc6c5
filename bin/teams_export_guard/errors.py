"""The errors of the app, one tree.

    TeamsExportError            base, never raised itself
    ├── SettingsError           the user's options or settings are wrong (the user's fault)
    ├── ActionPayloadError      what splunkd handed to the alert action cannot be read
    ├── SecretUnavailable       a secret cannot be read, so nothing may be sent
    ├── GraphError              Microsoft Graph refused, did not answer in time, or its answer cannot be trusted
    ├── TriageRefused           the alert is not there, or somebody else has judged it meanwhile
    ├── ExceptionRefused        the alert or the exception is not there
    ├── SearchInterrupted       splunkd cut the input off, or the command ended before its work was done
    ├── TableError              a lookup file of the app cannot be used (the admin's fault)
    │   └── AsnTableError       the compiled ASN table cannot be used
    │       └── AsnRefused      a new ASN table may not take the place of the one in effect
    ├── DownloadFailed          what was to be fetched did not come, or not whole
    └── StoreError              the KV store refused, or its answer cannot be trusted
        ├── StoreUnavailable    it did not answer in time; the next run covers the same span again
        ├── LeaseHeld           another committing run works; its holder is named
        └── LeaseLost           the lease was taken from this run while it worked

Every message is one sentence that a user of the search sees as it is. A rejected row is no
error: it is a value (``records.Rejection``), because bad rows never stop the good ones.
"""


class TeamsExportError(Exception):
    """Base of all faults that this app explains itself; its text is shown to the user."""


class SettingsError(TeamsExportError):
    """One or more options are wrong; the text names all of them."""

    def __init__(self, faults):
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


class ActionPayloadError(TeamsExportError):
    """The alert action was not started as splunkd starts it, or its payload is damaged."""


class SecretUnavailable(TeamsExportError):
    """storage/passwords did not say whether there is a secret."""


class GraphError(TeamsExportError):
    """Microsoft Graph, or the sign-in before it, gave no usable answer; nothing was written.

    ``status`` (0 without an answer) and ``code`` are what it answered with.
    """

    def __init__(self, text, status=0, code=""):
        super().__init__(text)
        self.status, self.code = status, code


class TriageRefused(TeamsExportError):
    """A change of triage that cannot be made; nothing was written."""


class ExceptionRefused(TeamsExportError):
    """A change of an exception that cannot be made; nothing was written."""


class SearchInterrupted(TeamsExportError):
    """The conversation with splunkd broke; nothing was written."""


class TableError(TeamsExportError):
    """A table that ships with the app or was uploaded cannot be read."""


class AsnTableError(TableError):
    """The compiled ASN table is missing, damaged or of another format."""


class AsnRefused(AsnTableError):
    """A new ASN table did not pass its checks; the text names all that failed."""


class DownloadFailed(TeamsExportError):
    """Data could not be fetched; the text never repeats an address, whose path may be a secret."""


class StoreError(TeamsExportError):
    """The KV store refused a request, or its answer contradicts the request."""


class StoreUnavailable(StoreError):
    """The KV store gave no usable answer in the time allowed; ``fault`` is what the last attempt met."""

    def __init__(self, text, fault=""):
        super().__init__(text)
        self.fault = fault or text


class LeaseHeld(StoreError):
    """Another committing run holds the lease and did not give it up in time."""


class LeaseLost(StoreError):
    """The lease that this run held belongs to somebody else now, or expired."""
