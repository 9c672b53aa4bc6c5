"""The two commands: from a search's metadata and rows to a session, and back.

Knows what a search tells its command (time range, session, app folder) and what is said in the job
inspector. Both commands are one class; only ``teamsexportcommit`` writes.
"""

import time

from .sdk import BulkCommand, Configuration
from .settings import COMMIT_MODES, MODES, parse_arguments

#: The columns that rows are made of; splunkd then leaves the others out (contract, section 3).
REQUIRED_FIELDS = (
    "_time _raw OrganizationId UserId UserKey UserType ClientIP ClientAppId Workload Operation message_count "
    "record_count chat_id record_id asn"
).split()


class _TeamsExport(BulkCommand):
    """What both commands do. The SDK's ``Configuration`` cannot stand on a class and on its subclass."""

    commits = False

    def __init__(self):
        super().__init__()
        self._settings = None
        self._session = None

    def start(self, arguments):
        self._settings = parse_arguments(arguments, COMMIT_MODES if self.commits else MODES)

    def take_all(self, header, rows):
        if not rows.is_at_end():
            self._opened().take(header, rows)

    def take(self, row):
        self._opened().add(row)

    def rows(self):
        if self._session is None and not self.commits and self._settings.mode != "learn":
            self.write_info("%s: no rows, so nothing to judge" % type(self).name)
            return []
        session = self._opened()
        try:
            return session.finish(self.commits and not self.preview)
        finally:
            for text in session.warnings():
                self.write_warning(text)
            self.write_info("%s: %s" % (type(self).name, session.summary()))

    def after_reply(self):
        if self._session:
            self._session.after_reply()

    def stop(self):
        if self._session:
            self._session.close()

    def _opened(self):
        """The session; opened by the first row, because a start-up for ``getinfo`` must have no effect.

        What it needs is imported here: splunkd starts a command more often than it has rows for it.
        """
        if self._session is None:
            from .asn_effect import TableInEffect
            from .asn_local import LocalTables, splunk_home
            from .kvstore import KVStore
            from .lease import holder
            from .session import Session
            from .spool import TemporarySpool
            from .survey import Bounds
            from .tables import Tables, app_folder
            from .transport import Transport

            app = app_folder()
            info = self.metadata.searchinfo
            earliest, latest = info.earliest_time, info.latest_time
            store = KVStore(Transport(info.splunkd_uri, info.session_key))
            effect = TableInEffect(store, LocalTables(splunk_home(app)), Tables(app).shipped_asn)
            self._session = Session(
                self._settings,
                store=store,
                tables=Tables(app, effect.open),
                bounds=Bounds(latest or time.time(), earliest or None),
                holder=holder(info.sid),
                spool=TemporarySpool(),
            )
        return self._session


@Configuration(required_fields=REQUIRED_FIELDS)
class TeamsExport(_TeamsExport):
    """Judges exported Teams messages against the baseline; reads only.

    | teamsexport [mode=detect|learn|backtest] [message_threshold=<int>] [window=<span>] ... (see searchbnf.conf)
    """


@Configuration(required_fields=REQUIRED_FIELDS)
class TeamsExportCommit(_TeamsExport):
    """The same, and what it finds and learns is written to the KV store.

    | teamsexportcommit [mode=detect|learn] ... (see searchbnf.conf)
    """

    commits = True
