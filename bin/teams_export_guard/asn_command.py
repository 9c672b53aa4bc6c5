"""``| teamsexportasn``: refreshes the table from addresses to networks.

Knows the protocol's side of it: options in, one row out, faulty lines as a warning. What is done stands in
``asn_install``.
"""

import time

from . import asn_request
from .sdk import Configuration, Generator
from .store_access import StoreAccess


@Configuration()
class TeamsExportAsn(StoreAccess, Generator):
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
        from .lease import RefreshLease, holder
        from .tables import Tables, app_folder

        info, store, now = self.metadata.searchinfo, self.store(), time.time()
        tables = Tables(app_folder())
        effect = TableInEffect(store, LocalTables(splunk_home(app_folder())), tables.shipped_asn)
        new = incoming(self._request, tables, self.transport, now)
        lease = None
        if not self._request.dryrun:
            lease = RefreshLease(store, holder(info.sid), time.time, time.sleep)
        row = Refresh(store, effect, self._request, info.username, now, lease).run(new)
        if row["rejected"]:
            self.write_warning("%d of %d lines are no ranges and were left out, for example %r."
                               % (row["rejected"], row["lines"], row["rejected_example"]))
        return [row]
