"""What the servers of tests share: a port on loopback until it is stopped, and the way through of a CONNECT proxy."""

import select
import threading
from http.server import ThreadingHTTPServer

POLL_SECONDS = 0.02  # how soon a server that is to end notices


class Server(ThreadingHTTPServer):
    """``start`` it, ``stop`` it; ``ending`` is set when it stops, ``port`` is a free one."""

    daemon_threads = True
    block_on_close = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.ending = threading.Event()
        self.port = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": POLL_SECONDS})

    def handle_error(self, request, client_address):
        """A client that gives up is what many tests are about; nothing is printed."""

    def start(self):
        self._thread.start()

    def stop(self):
        self.ending.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


def tunnel(near, far, ending):
    """What either of two sockets sends goes to the other, until one is closed or ``ending`` is set."""
    while not ending.is_set():
        for one in select.select([near, far], [], [], POLL_SECONDS)[0]:
            data = one.recv(65536)
            if not data:
                return
            (far if one is near else near).sendall(data)
