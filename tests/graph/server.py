"""A tenant behind https on loopback, and the proxy that leads Microsoft's host names to it.

The certificate is that of a test's own CA for the real host names, so the app is told nothing but what an admin behind a
proxy that looks into TLS tells it: a proxy and a CA file.
"""

from __future__ import annotations

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.graph.tenant import GRAPH, LOGIN, Tenant
from tests.https.serving import POLL_SECONDS, Server, tunnel

HOSTS = (LOGIN, GRAPH)


class GraphServer:
    """A context manager: ``proxy`` is the address to give as a proxy, ``connects`` what it was asked for."""

    def __init__(self, tenant: Tenant, certificate: Path):
        self.tenant, self.connects = tenant, []
        self._lock = threading.Lock()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(str(certificate))

    def __enter__(self) -> "GraphServer":
        self._server = Server(self._handler())
        self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._before = Server(self._proxying())
        self._server.start()
        self._before.start()
        self.port, self.proxy = self._server.port, "http://127.0.0.1:%d" % self._before.port
        return self

    def __exit__(self, *_):
        self._before.stop()
        self._server.stop()

    def _handler(self):
        graph = self

        class Handler(BaseHTTPRequestHandler):
            """Hands requests to the tenant."""

            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self):
                self._answer()

            def do_POST(self):
                self._answer()

            def _answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                host = self.headers.get("Host", "").partition(":")[0]
                with graph._lock:
                    answer = graph.tenant.answer(self.command, host, self.path, dict(self.headers.items()), body)
                if answer.fault == "cut-before":
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) + (10000 if answer.fault else 0)))
                self.end_headers()
                self._send(answer)

            def _send(self, answer):
                ending = self.server.ending
                if answer.fault == "hang":
                    ending.wait(60)
                elif answer.fault == "drip":
                    while not ending.wait(POLL_SECONDS):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                else:
                    self.wfile.write(answer.body)
                self.close_connection = self.close_connection or bool(answer.fault)

            def log_message(self, *_):
                """Nothing is printed."""

        return Handler

    def _proxying(self):
        graph = self

        class Handler(BaseHTTPRequestHandler):
            """Takes CONNECTs to Microsoft's hosts and leads them to the tenant."""

            def do_CONNECT(self):
                graph.connects.append(self.path)
                known = self.path in ["%s:443" % host for host in HOSTS]
                self.send_response(200 if known else 403)
                self.end_headers()
                self.close_connection = True
                if known:
                    with socket.create_connection(("127.0.0.1", graph.port), timeout=10) as beyond:
                        tunnel(self.connection, beyond, self.server.ending)

            def log_message(self, *_):
                """Nothing is printed."""

        return Handler
