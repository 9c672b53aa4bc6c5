"""``| teamsexportasn``: refreshes the table from addresses to networks.

Knows the protocol's side of it: options in, one row out, faulty lines as a warning. What is done stands in
``asn_install``.
"""

import os
import time
import uuid

from splunklib.searchcommands import Configuration

from . import asn_request
from .command import APP_FOLDER
from .upkeep import _OnStore


@Configuration()
class TeamsExportAsn(_OnStore):
    """Puts a new table of networks in the place of the one in effect, if it passes its checks.

    | teamsexportasn source=shipped|lookup|url [lookup=<file>] [url=<https address>] ... (see searchbnf.conf)
    """

    def start(self, arguments):
        self._request = asn_request.parse(arguments)

    def rows(self):
        if self.preview:
            return []
        from .asn_effect import TableInEffect  # not at every start-up
        from .asn_incoming import incoming
        from .asn_install import Refresh
        from .asn_local import LocalTables, splunk_home
        from .lease import RefreshLease
        from .tables import Tables

        info, store, now = self.metadata.searchinfo, self._store(), time.time()
        tables = Tables(APP_FOLDER)
        effect = TableInEffect(store, LocalTables(splunk_home(APP_FOLDER)), tables.shipped_asn)
        new = incoming(self._request, tables, self._transport, now)
        lease = None
        if not self._request.dryrun:
            holder = "search %s, process %d, %s" % (info.sid, os.getpid(), uuid.uuid4().hex[:8])
            lease = RefreshLease(store, holder, time.time, time.sleep)
        row = Refresh(store, effect, self._request, info.username, now, lease).run(new)
        if row["rejected"]:
            self.write_warning("%d of %d lines are no ranges and were left out, for example %r."
                               % (row["rejected"], row["lines"], row["rejected_example"]))
        return [row]
