"""Plays a stream of webhooks against a receiver over HTTP, as the platforms would: retries, and reads the answers."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from chalicelib.contract import RawRequest
from chalicelib.errors import Permanent
from ops.simulator.model import World
from ops.simulator.registry import platform
from ops.simulator.traffic import Sent, request_of

ATTEMPTS = 8  # as many as the most patient platform makes


@dataclass(slots=True)
class Tally:
    """What became of a stream. `accepted` and `refused` by fate; `wrong` names every request that met the other answer.

    `attempts` counts requests that went out, those sent again after a 5xx or a broken connection included.
    """

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    attempts: int = 0

    @property
    def sent(self) -> int:
        """Requests that were answered for good."""
        return self.accepted.total() + self.refused.total()


class Player:
    """Posts to `base_url` (http, on this machine) over `connections` connections at once.

    `public` is the base URL that the platforms were told, for those that sign it; the same by default. `feed(platform,
    body)` takes the records of platforms that push into a queue; Permanent is its refusal.
    `now` is the receiver's clock, for platforms that sign a time; `advance` moves the simulated clock to a request's
    time before it is sent, so that what the receiver reads back is never older than what it was told.
    """

    def __init__(
        self,
        world: World,
        base_url: str,
        *,
        now: Callable[[], datetime],
        advance: Callable[[datetime], None] = lambda _: None,
        public: str = "",
        feed: Callable[[str, bytes], None] | None = None,
        connections: int = 8,
    ) -> None:
        self.world, self.base_url, self.connections = world, base_url.rstrip("/"), connections
        self.public = public.rstrip("/") or self.base_url
        self._now, self._advance, self._feed = now, advance, feed
        self._local = threading.local()
        self._lock = threading.Lock()

    def play(self, stream: Iterable[Sent], progress: Callable[[int], None] = lambda _: None) -> Tally:
        """Send everything once, with retries as a platform makes them; `progress` hears how many are answered."""
        tally = Tally()

        def one(sent: Sent) -> None:
            self._advance(sent.at)
            status, body, attempts = self._given(sent)
            with self._lock:
                self._note(tally, sent, status, body)
                tally.attempts += attempts
                progress(tally.sent)

        with ThreadPoolExecutor(self.connections, thread_name_prefix="player") as pool:
            for done in [pool.submit(one, sent) for sent in stream]:
                done.result()
        return tally

    def _note(self, tally: Tally, sent: Sent, status: int, body: bytes) -> None:
        good = platform(sent.delivery.platform).wire.acknowledged(status, body)
        (tally.accepted if good else tally.refused)[sent.fate] += 1
        if good == sent.refused or (not good and not 400 <= status < 500):
            tally.wrong.append(f"{sent.number} {sent.delivery.platform} {sent.delivery.topic} ({sent.fate}): {status}")

    def _given(self, sent: Sent) -> tuple[int, bytes, int]:
        """One push, by request or into its queue; see `_delivered`."""
        request = request_of(self.world, sent, self._now(), self.public)
        if not platform(sent.delivery.platform).wire.feed:
            return self._delivered(request)
        if self._feed is None:
            raise ValueError(f"{sent.delivery.platform} pushes into a queue, and none was given")
        try:
            self._feed(sent.delivery.platform, request.body)
        except Permanent:
            return 400, b"", 1
        return 200, b"", 1

    def _delivered(self, request: RawRequest) -> tuple[int, bytes, int]:
        """The final answer and how many attempts it took; status 0 when nobody ever answered."""
        status, body = 0, b""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, body = self._post(request)
            except (OSError, http.client.HTTPException):
                self._local.connection = None
                status, body = 0, b""
            if 0 < status < 500:
                return status, body, attempt
        return status, body, ATTEMPTS

    def _post(self, request: RawRequest) -> tuple[int, bytes]:
        target = urlsplit(f"{self.base_url}{request.url.removeprefix(self.public)}")
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(target.netloc, timeout=30)
        query = f"?{urlencode(request.query)}" if request.query else ""
        connection.putrequest(request.method, f"{target.path}{query}")
        for name, values in request.headers.items():
            for value in values:
                connection.putheader(name, value)
        connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        return response.status, response.read()
