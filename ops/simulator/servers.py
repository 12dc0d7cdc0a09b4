"""The platforms' APIs of a world: over a local HTTP server, and in process as the contract's `HttpClient`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import Permanent, Retriable
from ops.simulator import texts
from ops.simulator.api.kit import Faults, Handler, SimClock
from ops.simulator.model import World
from ops.simulator.registry import platform


class Platforms:
    """The APIs of one world. `clock` decides what exists; `faults` what goes wrong; `calls` counts calls by platform.

    `text_messages`: Aliyun answers as well, though nobody buys there.
    """

    def __init__(self, world: World, clock: SimClock, faults: Faults | None = None, *, text_messages: bool = False) -> None:
        self.world, self.clock = world, clock
        self.faults = faults or Faults(world.seed)
        wires = {shop.platform: platform(shop.platform).wire for shop in world.shops}
        self.apis: dict[str, Handler] = {key: wire.api(world, clock) for key, wire in wires.items() if wire.api}
        self.hosts = {host: key for key in self.apis for host in wires[key].hosts}
        if text_messages:
            self.apis[texts.KEY] = texts.TextMessages(world.seed, clock)
            self.hosts[texts.HOST] = texts.KEY
        self.calls: dict[str, int] = {}
        self._lock = threading.Lock()

    def handle(self, key: str, request: HttpRequest) -> HttpResponse:
        """Answer one call to a platform's API."""
        with self._lock:
            self.calls[key] = self.calls.get(key, 0) + 1
        return self.faults.strike(key) or self.apis[key].handle(request)

    def wait(self, how_long: timedelta) -> None:
        """Time passes in which nothing happens: until `resume` the APIs show things as they are now."""
        now = self.clock.now()
        for api in self.apis.values():
            api.horizon = now
        self.clock.advance(now + how_long)

    def resume(self) -> None:
        """Things happen again."""
        for api in self.apis.values():
            api.horizon = None

    def platform_of(self, url: str) -> str | None:
        """Which platform a URL belongs to, by its host; None for any other."""
        return self.hosts.get(urlsplit(url).hostname or "")

    def server(self, port: int = 0) -> PlatformServer:
        """A server on 127.0.0.1 (0: any free port), to be used as a context manager."""
        return PlatformServer(self, port)


class SimulatedHttp:
    """`chalicelib.contract.HttpClient` without sockets: real hosts, simulated answers.

    429 and 5xx are tried `tries` times in all, without sleeping, and `request.once` once alone; then Retriable, as the real
    client has it.
    """

    def __init__(self, platforms: Platforms, tries: int = 4, pause: Callable[[float], None] | None = None) -> None:
        self.platforms, self.tries = platforms, tries
        self._pause = pause

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and return the answer; see HttpClient."""
        if urlsplit(request.url).scheme != "https":
            raise Permanent("host-not-allowed", "only https is spoken")
        key = self.platforms.platform_of(request.url)
        if key is None:
            raise Permanent("host-not-allowed", "not a host of the simulated platforms")
        tries = 1 if request.once else self.tries
        for number in range(tries):
            response = self.platforms.handle(key, request)
            if response.status != 429 and response.status < 500:
                return response
            if self._pause and number + 1 < tries:
                self._pause(float(response.headers.get("retry-after", "1")))
        if response.status == 429:
            after = int(response.headers.get("retry-after", "1"))
            raise Retriable("platform-throttled", "the platform asks to slow down", after=after)
        raise Retriable("platform-unavailable", f"the platform answers {response.status}")


class PlatformServer:
    """A threaded HTTP server with one path prefix a platform: `/shopify/...`, `/douyin/...`, ..."""

    def __init__(self, platforms: Platforms, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(platforms))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="platforms", daemon=True)

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> PlatformServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(platforms: Platforms) -> type[BaseHTTPRequestHandler]:
    class _Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            prefix, _, rest = self.path.lstrip("/").partition("/")
            if prefix not in platforms.apis:
                self._reply(HttpResponse(404, {}, b'{"message":"no such platform"}'))
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = f"https://{platform(prefix).wire.hosts[0]}/{rest}"
            self._reply(platforms.handle(prefix, HttpRequest(self.command, url, (), headers, body or None)))

        def _reply(self, response: HttpResponse) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = _serve
        do_POST = _serve
        do_PUT = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a path may hold what must not be logged."""

    return _Handler
