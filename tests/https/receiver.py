"""A receiver of webhooks: an https server on loopback that answers as it is told and remembers what came.

``FileServer`` serves files in the same way, with faults that spoil a body.
``Proxy`` stands before it as an http proxy would: it tunnels CONNECT, or refuses.
"""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from tests.https.serving import POLL_SECONDS, Server, tunnel

SLOW_ANSWER = b"HTTP/1.1 200 OK\r\nX-Long: %s\r\nContent-Length: 0\r\n\r\n" % (b"x" * 150)  # a byte at a time: 4 s


class Request(NamedTuple):
    """A request that came in whole."""

    path: str
    headers: Dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """An answer, or a way not to give one: ``hang`` says nothing, ``drip`` a success so slowly that nobody can wait,
    ``cut`` ends the connection."""

    status: int = 200
    headers: Tuple[Tuple[str, str], ...] = ()
    fault: str = ""


OK, HANG, DRIP, CUT = Reply(), Reply(fault="hang"), Reply(fault="drip"), Reply(fault="cut")


class Receiver:
    """A context manager: ``url`` is where it listens, ``requests`` what came, ``replies`` what is answered next.

    When ``replies`` is used up, the last one is repeated. ``on_request`` is called before an answer.
    """

    def __init__(self, certificate: Path, *replies: Reply, host: str = "localhost"):
        self.requests: List[Request] = []
        self.replies = list(replies) or [OK]
        self.on_request: Optional[Callable[[Request], None]] = None
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(certificate))
        self._server = Server(self._handler())
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = "https://%s:%d/hook" % (host, self._server.port)
        self.port = self._server.port

    def __enter__(self) -> "Receiver":
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop()

    def reply(self) -> Reply:
        with self._lock:
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def take(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)
        if self.on_request:
            self.on_request(request)

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """Takes POSTs."""

            timeout = 30

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.take(Request(self.path, dict(self.headers.items()), body))
                reply = receiver.reply()
                if reply.fault:
                    self._fail(reply.fault)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _fail(self, fault):
                self.close_connection = True
                ending = self.server.ending
                if fault == "hang":
                    ending.wait(30)
                for byte in SLOW_ANSWER if fault == "drip" else b"":
                    if ending.wait(POLL_SECONDS):
                        return
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()

            def log_message(self, *_):
                """Nothing is printed."""

        return Handler


class File(NamedTuple):
    """An answer to a GET: ``fault`` is "hang", "cut" (half of the body), "drip" (a byte at a time), or nothing."""

    body: bytes = b""
    status: int = 200
    headers: Tuple[Tuple[str, str], ...] = ()
    fault: str = ""


class FileServer:
    """A context manager: ``url`` is where its one file is; ``requests`` what came, ``file`` is what is answered.

    With ``password`` (account, key) a request without it, or with another, gets 401.
    """

    def __init__(self, certificate: Path, file: File, *, host: str = "localhost", password: Tuple[str, str] = ()):
        self.file, self.password, self.requests = file, password, []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(certificate))
        self._server = Server(self._handler())
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = "https://%s:%d/data" % (host, self._server.port)

    def __enter__(self) -> "FileServer":
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop()

    def answer(self, request: Request) -> File:
        self.requests.append(request)
        wanted = "Basic " + base64.b64encode(":".join(self.password).encode()).decode()
        if self.password and request.headers.get("Authorization") != wanted:
            return File(b"no", 401)
        return self.file

    def _handler(self):
        files = self

        class Handler(BaseHTTPRequestHandler):
            """Takes GETs."""

            timeout = 30

            def do_GET(self):
                file = files.answer(Request(self.path, dict(self.headers.items()), b""))
                self.close_connection = True
                if file.fault == "hang":
                    self.server.ending.wait(30)
                    return
                self.send_response(file.status)
                for name, value in (("Content-Length", str(len(file.body))), *file.headers):
                    self.send_header(name, value)
                self.end_headers()
                if file.fault == "drip":
                    for byte in file.body:
                        if self.server.ending.wait(POLL_SECONDS):
                            return
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                    return
                self.wfile.write(file.body[:len(file.body) // 2] if file.fault == "cut" else file.body)

            def log_message(self, *_):
                """Nothing is printed."""

        return Handler


class Proxy:
    """A context manager: an http proxy that tunnels; ``asked`` is what it was asked for."""

    def __init__(self, status: int = 200):
        self.asked: List[str] = []
        self._server = Server(self._handler(status))
        self.url = "http://127.0.0.1:%d" % self._server.port

    def __enter__(self) -> "Proxy":
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop()

    def _handler(self, status):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            """Takes CONNECTs."""

            def do_CONNECT(self):
                proxy.asked.append(self.path)
                self.send_response(status)
                self.end_headers()
                self.close_connection = True
                if status == 200:
                    host, _, port = self.path.rpartition(":")
                    with socket.create_connection((host, int(port)), timeout=10) as beyond:
                        tunnel(self.connection, beyond, self.server.ending)

            def log_message(self, *_):
                """Nothing is printed."""

        return Handler
