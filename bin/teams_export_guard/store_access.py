"""What a command that needs the KV store shares with others: the store of its search, and what time it is.

A mixin of ``sdk.Command`` and ``sdk.Generator``. Connects when it is first asked: a start-up for ``getinfo`` asks nothing.
"""

import time


class StoreAccess:
    """``store`` and ``transport`` belong to the search's session; ``stop`` drops the connection."""

    _transport = None

    @property
    def transport(self):
        """The connection to splunkd."""
        from .transport import Transport  # not at every start-up

        if self._transport is None:
            info = self.metadata.searchinfo
            self._transport = Transport(info.splunkd_uri, info.session_key)
        return self._transport

    def store(self):
        """The KV store, as whoever owns the search may use it."""
        from .kvstore import KVStore

        return KVStore(self.transport)

    def stop(self):
        if self._transport:
            self._transport.close()

    def moment(self) -> float:
        """When this is, for a search over a time range: the end of the range, where that is past. In epoch seconds.

        So a search over the past deletes what was old then, and gives what begins then; none does so ahead of time.
        """
        clock = time.time()
        return min(self.metadata.searchinfo.latest_time or clock, clock)
