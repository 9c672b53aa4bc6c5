"""The command that fills the role holders by itself: ``| teamsexportroles``.

Knows what a search tells it (session, user) and what is said in the job inspector. What is read stands in
``graph_client`` and ``graph_roles``, the order of reading and writing in ``role_sync``.
"""

import os
import random
import time
import uuid

from splunklib.searchcommands import Configuration

from . import graph_settings
from .errors import SecretUnavailable, StoreError
from .upkeep import _OnStore

SECRETS = {"secret": ("graph_secret", "The client secret for Microsoft Graph")}


@Configuration()
class TeamsExportRoles(_OnStore):
    """Replaces what the KV store has from Microsoft Graph of one tenant's role holders by what Graph says now.

    | teamsexportroles tenant=<guid> client_id=<guid> [cloud=...] [auth=secret] [proxy=...] [ca_file=...] [dryrun=<bool>]
    """

    def start(self, arguments):
        self._settings = graph_settings.parse(arguments)

    def rows(self):
        from . import role_sync  # these and requests are imported only by a run, not by every start-up
        from .graph_client import Effects, Graph
        from .graph_wire import HttpsWire
        from .lease import Lease

        if self.preview:
            return []
        settings = self._settings
        store = self._store()
        effects = Effects(lambda one: HttpsWire(one.proxy, one.ca_file), time.monotonic, time.time, time.sleep,
                          random.random)  # fmt: skip
        graph = Graph(settings, self._credential(), effects)
        try:
            reading = role_sync.read(graph, settings.tenant, round(time.time(), 3))
        finally:
            graph.close()
        for text in reading.warnings:
            self.write_warning(text)
        if settings.dryrun:
            return role_sync.shown(reading, role_sync.compare(store, reading), False)
        holder = "search %s, process %d, %s" % (self.metadata.searchinfo.sid, os.getpid(), uuid.uuid4().hex[:8])
        lease = Lease(store, holder, time.time, time.sleep, lease_key(settings.tenant))
        lease.take()
        try:
            return role_sync.shown(reading, role_sync.write(store, reading, lease.check), True)
        finally:
            _released(lease)

    def _credential(self):
        from .passwords import REALM, stored_secret

        name, title = SECRETS[self._settings.auth]
        secret = stored_secret(self._transport, name, title)
        if not secret:
            raise SecretUnavailable(
                "No secret is stored for Microsoft Graph; store it in the set-up page, or as %s in the realm %s."
                % (name, REALM)
            )
        return lambda _: {"client_secret": secret}


def _released(lease) -> None:
    """Give the lease up. Failing to is no fault: it expires."""
    try:
        lease.release()
    except StoreError:
        return


def lease_key(tenant: str) -> str:
    """The lease of whoever writes the role holders of a tenant."""
    return "roles." + tenant
