"""The socket side: reads requests, writes answers, carries out faults.

Connections are kept alive unless the client asks to close them, and then the answer says `Connection: close`: a
client that closes its end on that promise finds the body already read. Splunk's own SDK is such a client.
It knows no endpoint; `Exchange` does the work between a request and its answer.
"""

from __future__ import annotations

import contextlib
import http
import http.server
import json
import socket
import sys
import threading
from dataclasses import replace
from typing import Any, Callable, Optional, Tuple

from . import faults
from .exchange import Request, Response
from .traffic import Record, Traffic

IDLE_SECONDS = 300.0  # a connection without a request for so long is closed
Answerer = Callable[[Request], Response]


class Listener(http.server.ThreadingHTTPServer):
    """Accepts on loopback; one thread for each connection. Stopping closes the connections too."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(
        self,
        port: int,
        answer: Answerer,
        identify: Callable[[Request], None],
        injected: faults.Faults,
        traffic: Traffic,
    ):
        super().__init__(("127.0.0.1", port), Connection)
        self.answer = answer
        self.identify = identify
        self.faults = injected
        self.traffic = traffic
        self.stopping = threading.Event()
        self._open: set = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is its own affair; anything else is a defect and is shown."""

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._open_lock:
            left = list(self._open)
        for each in left:
            with contextlib.suppress(OSError):  # its own thread may have closed it just now
                each.shutdown(socket.SHUT_RDWR)


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection of a client, for as many requests as it makes."""

    protocol_version = "HTTP/1.1"
    server_version = "Splunkd"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet; the traffic log has it."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_PUT = do_HEAD = do_GET

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdigit():
            self.close_connection = True
            self.wfile.write(self._head(Response(411)))
            return
        request = Request(self.command, self.path, self.headers, self.rfile.read(int(length)))
        with self.server.traffic.under_way():
            response, send = self._carried_out(request)
        send(response)

    def _carried_out(self, request: Request) -> Tuple[Optional[Response], Callable[[Any], None]]:
        """The answer, and the way to send it, which a fault may make a long one."""
        self.server.identify(request)
        effect = self.server.faults.meet(request)
        response, how = self._under(effect, request)
        status = response.status if response else 0
        self.server.traffic.add(
            Record(
                request.method,
                request.path,
                request.query_string,
                status,
                len(request.body),
                len(response.body) if response else 0,
                request.account.name if request.account else None,
                type(effect).__name__ if effect else None,
            )
        )
        return response, how

    def _under(
        self, effect: Optional[faults.Effect], request: Request
    ) -> Tuple[Optional[Response], Callable[[Any], None]]:
        """The answer to a request that meets an effect, and the way to send it."""
        answer = self.server.answer
        if isinstance(effect, (faults.Answer, faults.Hang, faults.Disconnect)):
            if effect.handled:
                answer(request)
            if isinstance(effect, faults.Answer):
                return Response.of_message(effect.status, effect.text, as_json=request.wants_json), self._send
            return None, self._hang if isinstance(effect, faults.Hang) else self._close
        if isinstance(effect, faults.HalfSave):
            return self._half(effect, request), self._send
        if isinstance(effect, faults.Delay):
            self.server.stopping.wait(effect.seconds)
        if isinstance(effect, faults.Stale):
            request.kv = effect.store
        response = answer(request)
        if isinstance(effect, faults.Empty):
            return replace(response, status=200, body=b""), self._send
        if isinstance(effect, faults.Drip):
            return response, lambda whole: self._drip(whole, effect.pause)
        if isinstance(effect, faults.CloseMidway):
            return response, lambda whole: self._send_part(whole, effect.share)
        return response, self._send

    def _half(self, effect: faults.HalfSave, request: Request) -> Response:
        documents = json.loads(request.body)  # a test that halves a batch sends a sound one
        request.body = json.dumps(documents[: len(documents) // 2]).encode()
        response = self.server.answer(request)
        if effect.status == 200 or response.status != 200:
            return response
        return Response.of_message(effect.status, "Internal Server Error", as_json=True)

    def _head(self, response: Response) -> bytes:
        lines = [
            f"HTTP/1.1 {response.status} {_reason(response.status)}",
            f"Server: {self.server_version}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {response.content_type}",
            f"Content-Length: {len(response.body)}",
            f"Connection: {'close' if self.close_connection else 'Keep-Alive'}",
        ]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _send(self, response: Response) -> None:
        self.wfile.write(self._head(response) + (b"" if self.command == "HEAD" else response.body))

    def _send_part(self, response: Response, share: float) -> None:
        self.wfile.write(self._head(response) + response.body[: int(len(response.body) * share)])
        self.close_connection = True

    def _drip(self, response: Response, pause: float) -> None:
        for byte in self._head(response) + response.body:
            self.wfile.write(bytes((byte,)))
            if self.server.stopping.wait(pause):
                break

    def _hang(self, _: None) -> None:
        self.server.stopping.wait()
        self.close_connection = True

    def _close(self, _: None) -> None:
        self.close_connection = True


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
