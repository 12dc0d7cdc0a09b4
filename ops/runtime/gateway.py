"""The HTTP server in front of the handlers: HTTP/1.1 with keep-alive, one thread per connection."""

from __future__ import annotations

import logging
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any

from ops.runtime.invoke import Function
from ops.runtime.proxy import MAX_INVOKE_BYTES, HttpIn, HttpOut, gateway_error, http_reply, proxy_event
from ops.runtime.queue import utc_now
from ops.runtime.routes import RouteTable

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 * 1024 * 1024
# How much of a refused body is read and thrown away, so that the sender sees the answer and not a reset connection.
_MAX_DRAIN_BYTES = 8 * MAX_BODY_BYTES
_DIGITS = re.compile(r"[0-9]{1,18}")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,12}")
_SOCKET_TIMEOUT_SECONDS = 60
# Python lets another thread have its turn after so many seconds. A request takes a dozen turns; workers that reckon take whole
# ones. While a request is under way turns are short, so that it does not stand behind them; else long, as changing costs.
_SHORT_TURN, _LONG_TURN = 0.0005, 0.005


class _BadRequest(Exception):
    """The request cannot be read to its end: answer and close."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Gateway:
    """API Gateway for one handler. `routes` is Chalice's `app.routes`; `stage` (such as `api`) is the path prefix, "" for none.

    `apart`: resources that another function serves, with every method.
    `port` 0 takes a free one; `url` tells the base URL, stage included. `after_request` is called after each answer.
    """

    def __init__(
        self,
        function: Function,
        routes: Mapping[str, Iterable[str]],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        stage: str = "",
        now: Callable[[], datetime] = utc_now,
        after_request: Callable[[], None] = lambda: None,
        apart: Mapping[str, Function] = MappingProxyType({}),
    ) -> None:
        self._function = function
        self._apart = apart
        self._table = RouteTable({**routes, **dict.fromkeys(apart, ("ANY",))})
        self._host = host
        self._port = port
        self.stage = stage.strip("/")
        self._now = now
        self._after_request = after_request
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._active = 0
        self._served = 0

    @property
    def url(self) -> str:
        """The base URL without a trailing slash; RuntimeError when not started."""
        if self._server is None:
            raise RuntimeError("the gateway is not started")
        base = f"http://{self._host}:{self._server.server_address[1]}"
        return f"{base}/{self.stage}" if self.stage else base

    @property
    def in_flight(self) -> int:
        """Requests being served now."""
        return self._active

    @property
    def served(self) -> int:
        """Requests answered since the start."""
        return self._served

    def start(self) -> None:
        """Listen and serve. OSError when the port is taken."""
        self._server = _Server((self._host, self._port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="gateway")
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, let requests under way finish, close every connection and end every thread."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.end_connections()
        self._server.server_close()
        self._server = self._thread = None

    def serve(self, request: HttpIn) -> HttpOut:
        """One request to its reply, without the wire; `target` still has the stage."""
        with self._lock:
            self._active += 1
            if self._active == 1:
                sys.setswitchinterval(_SHORT_TURN)
        try:
            return self._serve(request)
        finally:
            with self._lock:
                self._active -= 1
                self._served += 1
                if self._active == 0:
                    sys.setswitchinterval(_LONG_TURN)
            self._after_request()

    def _serve(self, request: HttpIn) -> HttpOut:
        target = self._without_stage(request.target)
        match = None if target is None else self._table.match(target, request.method)
        if target is None or match is None:
            return gateway_error(404, "Not Found")
        if (len(request.body) + 2) // 3 * 4 > MAX_INVOKE_BYTES:
            return gateway_error(413, "Request Too Long")
        inner = HttpIn(request.method, target, request.query, request.headers, request.body, request.source_ip)
        event = proxy_event(inner, match, self.stage, self._now())
        result = self._apart.get(match.resource, self._function).invoke(event)
        if result.error is not None:
            return gateway_error(502, "Internal server error")
        accepts = [value for name, value in request.headers if name.lower() == "accept"]
        return http_reply(result.value, accepts[0] if accepts else None)

    def _without_stage(self, target: str) -> str | None:
        if not self.stage:
            return target
        prefix = f"/{self.stage}"
        if target == prefix:
            return "/"
        return target[len(prefix) :] if target.startswith(f"{prefix}/") else None


class _Server(ThreadingHTTPServer):
    """Keeps the open connections, so that idle ones can be ended at stop."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], gateway: Gateway) -> None:
        self.gateway = gateway
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self.stopping = False
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Nothing more is read: idle connections end at once, busy ones after their answer."""
        self.stopping = True
        with self._open_lock:
            for connection in self._open:
                # A connection that the client has closed already is what we want.
                try:
                    connection.shutdown(socket.SHUT_RD)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the base class fixes the signature
        logger.exception("connection failed")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_TIMEOUT_SECONDS
    # Header and body leave in one packet: without this, Nagle and delayed acknowledgements cost 40 ms a reply.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The base class looks for do_GET and so on: every method is the gateway's to judge."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _handle(self) -> None:
        try:
            body = self._body()
        except _BadRequest as error:
            self._refuse(gateway_error(error.status, str(error)))
            return
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        headers = tuple((name, value) for name, value in self.headers.items())
        self._write(self.server.gateway.serve(HttpIn(self.command, path, query, headers, body, str(self.client_address[0]))))

    def handle_expect_100(self) -> bool:
        """Ask for the body only when it will be read."""
        try:
            self._declared_length()
        except _BadRequest as error:
            self.close_connection = True
            self._write(gateway_error(error.status, str(error)))
            return False
        return super().handle_expect_100()

    def _declared_length(self) -> int | None:
        """Content-Length, None for a chunked body. Anything ambiguous is refused: it is how requests are smuggled."""
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        if codings:
            if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
                raise _BadRequest(400, "Bad Request")
            return None
        if not lengths:
            return 0
        if len(lengths) > 1 or not _DIGITS.fullmatch(lengths[0].strip()):
            raise _BadRequest(400, "Bad Request")
        length = int(lengths[0])
        if length > MAX_BODY_BYTES:
            raise _BadRequest(413, f"HTTP content length exceeded {MAX_BODY_BYTES} bytes.")
        return length

    def _body(self) -> bytes:
        length = self._declared_length()
        return self._chunks() if length is None else self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionResetError("the body ended early")
        return data

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > MAX_BODY_BYTES:
                raise _BadRequest(413, f"HTTP content length exceeded {MAX_BODY_BYTES} bytes.")
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise _BadRequest(400, "Bad Request")
        while self._line() != b"":
            continue
        return bytes(body)

    def _chunk_size(self) -> int:
        size = self._line().partition(b";")[0].strip()
        if not _HEX.fullmatch(size):
            raise _BadRequest(400, "Bad Request")
        return int(size, 16)

    def _line(self) -> bytes:
        line = self.rfile.readline(8192)
        if not line.endswith(b"\r\n"):
            raise _BadRequest(400, "Bad Request")
        return line[:-2]

    def _refuse(self, reply: HttpOut) -> None:
        """Answer a request whose body stays unread, then throw away what still comes, so that the answer arrives."""
        self.close_connection = True
        self._write(reply)
        left = _MAX_DRAIN_BYTES
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(2)
            while left > 0 and (data := self.connection.recv(65536)):
                left -= len(data)
        except OSError:
            return

    def _write(self, reply: HttpOut) -> None:
        """Status line, headers and body in one write."""
        # A client that keeps sending would hold its connection open for ever.
        self.close_connection = self.close_connection or self.server.stopping
        bare = reply.status < 200 or reply.status in (204, 304)
        self.send_response_only(reply.status, _phrase(reply.status))
        self.send_header("Date", self.date_time_string())
        for name, value in reply.headers:
            self.send_header(name, value)
        if not bare:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bare and self.command != "HEAD":
            self.wfile.write(reply.body)
        try:
            self.wfile.flush()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: paths may hold tokens."""


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
