"""The two commands that fill the role holders: ``| teamsexportroles`` and ``... | teamsexportroleimport``.

Knows what a search tells them (session, sid) and what is said in the job inspector. What Graph is asked stands in
``graph_client`` and ``graph_roles``, the order of reading and writing in ``role_sync`` and ``role_import``.
"""

import random
import secrets
import time
import uuid

from . import graph_settings, role_import
from .errors import SecretUnavailable
from .role_changes import COLUMNS
from .sdk import Command, Configuration, Generator
from .store_access import StoreAccess


@Configuration()
class TeamsExportRoles(StoreAccess, Generator):
    """Replaces what the KV store has from Microsoft Graph of one tenant's role holders by what Graph says now.

    | teamsexportroles tenant=<guid> client_id=<guid> [cloud=...] [auth=...] [proxy=...] [ca_file=...] [dryrun=<bool>]
    """

    def start(self, arguments):
        self._settings = graph_settings.parse(arguments)

    def rows(self):
        from . import role_sync  # these and requests are imported only by a run, not by every start-up
        from .graph_client import Effects, Graph
        from .graph_wire import HttpsWire
        from .lease import holding

        if self.preview:
            return []
        settings = self._settings
        store = self.store()
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
        with holding(_lease(store, self.metadata.searchinfo.sid, settings.tenant)) as check:
            return role_sync.shown(reading, role_sync.write(store, reading, check), True)

    def _credential(self):
        """What gives the fields that prove who asks, for the address that is asked."""
        from .passwords import CERTIFICATE, REALM, SECRETS, stored_secret

        if self._settings.auth == "secret":
            secret = stored_secret(self.transport, "graph_secret", SECRETS["graph_secret"])
            if not secret:
                raise SecretUnavailable(
                    "No secret is stored for Microsoft Graph; store it in the set-up page, or as graph_secret in the "
                    "realm %s." % REALM
                )
            return lambda _: {"client_secret": secret}
        from . import client_assertion

        stored = stored_secret(self.transport, CERTIFICATE, "The certificate for Microsoft Graph")
        if not stored:
            raise SecretUnavailable(
                "No certificate is stored for Microsoft Graph; store its key and itself, in PEM, as %s in the realm %s."
                % (CERTIFICATE, REALM)
            )
        key, client_id = client_assertion.certificate_of(stored), self._settings.client_id
        return lambda token_url: {
            "client_assertion_type": client_assertion.ASSERTION_TYPE,
            "client_assertion": client_assertion.assertion(
                key, client_id, token_url, time.time(), str(uuid.uuid4()), secrets.randbelow
            ),
        }  # fmt: skip


@Configuration(required_fields=COLUMNS)
class TeamsExportRoleImport(StoreAccess, Command):
    """Joins who holds which role, from audit records about changes of roles or from a CSV, into the KV store.

    | teamsexportroleimport [tenant=<tenant id>] [dryrun=<bool>]
    """

    def __init__(self):
        super().__init__()
        self._import = None

    def start(self, arguments):
        self._settings = role_import.parse(arguments)

    def take(self, row):
        self._opened().add(row)

    def rows(self):
        if self.preview:
            return []
        for text in self._opened().warnings():
            self.write_warning(text)
        store, sid = self.store(), self.metadata.searchinfo.sid
        return self._opened().finish(store, lambda tenant: _lease(store, sid, tenant))

    def _opened(self):
        """The import; begun by the first row, because a start-up for ``getinfo`` must have no effect."""
        if self._import is None:
            self._import = role_import.RoleImport(self._settings, time.time())
        return self._import


def _lease(store, sid: str, tenant: str):
    """The lease of whoever writes the role holders of a tenant."""
    from .lease import RolesLease, holder

    return RolesLease(store, tenant, holder(sid), time.time, time.sleep)
