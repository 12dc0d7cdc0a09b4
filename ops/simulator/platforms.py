"""The platforms' APIs of a world: over a local HTTP server, and in process as the contract's `HttpClient`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import Permanent, Retriable
from ops.simulator.api.douyin import DouyinApi
from ops.simulator.api.kit import Faults, Handler, SimClock
from ops.simulator.api.mercadolibre import MercadoLibreApi
from ops.simulator.api.shopify import ShopifyApi
from ops.simulator.model import World

HOSTS = {
    "api.mercadolibre.com": "mercadolibre",
    "openapi-fxg.jinritemai.com": "douyin",
    ".myshopify.com": "shopify",
}
_REAL = {"shopify": "acme.myshopify.com", "douyin": "openapi-fxg.jinritemai.com", "mercadolibre": "api.mercadolibre.com"}


class Platforms:
    """The APIs of one world. `clock` decides what exists; `faults` what goes wrong; `calls` counts calls by platform."""

    def __init__(self, world: World, clock: SimClock, faults: Faults | None = None) -> None:
        self.world, self.clock = world, clock
        self.faults = faults or Faults(world.seed)
        made: dict[str, Callable[[World, SimClock], Handler]] = {
            "shopify": ShopifyApi,
            "douyin": DouyinApi,
            "mercadolibre": MercadoLibreApi,
        }
        present = {shop.platform for shop in world.shops}
        self.apis: dict[str, Handler] = {name: make(world, clock) for name, make in made.items() if name in present}
        self.calls: dict[str, int] = {}
        self._lock = threading.Lock()

    def handle(self, platform: str, request: HttpRequest) -> HttpResponse:
        """Answer one call to a platform's API."""
        with self._lock:
            self.calls[platform] = self.calls.get(platform, 0) + 1
        return self.faults.strike(platform) or self.apis[platform].handle(request)

    def platform_of(self, url: str) -> str | None:
        """Which platform a URL belongs to."""
        host = urlsplit(url).hostname or ""
        found = (name for suffix, name in HOSTS.items() if host == suffix or (suffix[0] == "." and host.endswith(suffix)))
        return next((name for name in found if name in self.apis), None)

    def server(self, port: int = 0) -> PlatformServer:
        """A server on 127.0.0.1 (0: any free port), to be used as a context manager."""
        return PlatformServer(self, port)


class SimulatedHttp:
    """`chalicelib.contract.HttpClient` without sockets: real hosts, simulated answers.

    429 and 5xx are tried again `tries` times in all, without sleeping; then Retriable, as the real client has it.
    """

    def __init__(self, platforms: Platforms, tries: int = 4, pause: Callable[[float], None] | None = None) -> None:
        self.platforms, self.tries = platforms, tries
        self._pause = pause

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and return the answer; see HttpClient."""
        if urlsplit(request.url).scheme != "https":
            raise Permanent("host-not-allowed", "only https is spoken")
        platform = self.platforms.platform_of(request.url)
        if platform is None:
            raise Permanent("host-not-allowed", "not a host of the simulated platforms")
        for number in range(self.tries):
            response = self.platforms.handle(platform, request)
            if response.status != 429 and response.status < 500:
                return response
            if self._pause and number + 1 < self.tries:
                self._pause(float(response.headers.get("retry-after", "1")))
        if response.status == 429:
            raise Retriable("throttled", "the platform asks to slow down", after=int(response.headers.get("retry-after", "1")))
        raise Retriable("platform-unavailable", f"the platform answers {response.status}")


class PlatformServer:
    """A threaded HTTP server with one path prefix a platform: `/shopify/...`, `/douyin/...`, `/mercadolibre/...`."""

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
            url = f"https://{_REAL[prefix]}/{rest}"
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

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a path may hold what must not be logged."""

    return _Handler
