"""The long-lived worker that holds a platform's WebSocket: `python -m ops.worker PLATFORM`, or `huitou worker PLATFORM`.

It needs none of the local runtime: infra/worker.Dockerfile packs it with the core alone. One connection for each application, which
brings the messages of all its shops; a connection that ends is made again after a pause that doubles up to a minute. What nobody
foresaw ends the whole worker, so that whoever runs it starts it anew instead of keeping one that hears half.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import timedelta
from types import FrameType

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_socket
from websockets.uri import parse_uri

from chalicelib import bootstrap
from chalicelib.adapters.outbound import Dialler
from chalicelib.bootstrap import Application
from chalicelib.errors import HuitouError, Permanent, Retriable
from chalicelib.toolkit.hosts import https_host

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LONGEST_FRAME = 1_000_000
OPENING = 20.0
logger = logging.getLogger("huitou")


class Connection:
    """A WebSocket as the hold step needs it. Its URL holds a digest of secrets and is in no message of ours."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def send(self, text: str) -> None:
        """See the step."""
        try:
            self._socket.send(text)
        except (WebSocketException, OSError) as error:
            raise Retriable("platform-unavailable", f"the socket is gone: {type(error).__name__}") from None

    def receive(self, seconds: float) -> str | None:
        """See the step. A binary frame is none of the platform's and ends the connection."""
        try:
            frame = self._socket.recv(timeout=seconds)
        except TimeoutError:
            return None
        except (WebSocketException, OSError) as error:
            raise Retriable("platform-unavailable", f"the socket is gone: {type(error).__name__}") from None
        if isinstance(frame, bytes):
            raise Retriable("platform-unavailable", "a binary frame")
        return frame

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class Worker:
    """Holds the sockets of all applications of one platform, a thread each, until it is told to stop."""

    def __init__(self, app: Application, platform: str, connect: Callable[[str], Connection] | None = None) -> None:
        self._app = app
        self._platform = platform
        self._connect = connect or _connect
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let every connection end after its present frame."""
        self._stopping.set()

    def run(self) -> int:
        """Until stopped; returns how many records were queued. Permanent when there is no account to hold a socket for."""
        accounts = self._app.hold.apps(self._platform)
        if not accounts:
            raise Permanent("cannot-hold", "no account of this platform is configured", connector=self._platform)
        with ThreadPoolExecutor(len(accounts)) as pool:
            held = [pool.submit(self._keep, account) for account in accounts]
            wait(held, return_when=FIRST_EXCEPTION)
            self._stopping.set()
            return sum([each.result() for each in held])

    def _keep(self, account: str) -> int:
        pause, queued = FIRST_PAUSE, 0
        while not self._stopping.is_set():
            began, before = self._app.parts.clock.now(), queued

            def took() -> None:
                nonlocal queued
                queued += 1

            try:
                self._once(account, took)
            except HuitouError as error:
                lasted = self._app.parts.clock.now() - began
                if queued > before or lasted >= timedelta(seconds=LONGEST_PAUSE):
                    pause = FIRST_PAUSE  # it worked; one that the platform closes at once is no reason for haste
                logger.warning("%s/%s: %s; again in %.0f s", self._platform, account, error.reason, pause)
                self._app.parts.counters.count("socket_lost", platform=self._platform, reason=error.reason)
                self._stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311  # jitter, no secret
                pause = min(LONGEST_PAUSE, 2 * pause)
        return queued

    def _once(self, account: str, took: Callable[[], None]) -> None:
        """One connection, closed in any case."""
        opened: list[Connection] = []

        def connect(url: str) -> Connection:
            opened.append(self._connect(url))
            return opened[0]

        try:
            self._app.hold.connect(self._platform, account, connect, self._stopping.is_set, took)
        finally:
            for each in opened:
                each.close()


def _connect(url: str, dialler: Dialler | None = None) -> Connection:
    """Open it. TLS to that host is all that messages are trusted for: where it was sent on to another address, it is closed."""
    uri = parse_uri(url)
    if uri.secure and https_host(url.replace("wss:", "https:", 1)) is None:
        raise Permanent("address-refused", "not the plain address of a public name")
    try:
        line = (dialler or Dialler()).dial(uri.host, uri.port, OPENING, tls=uri.secure)
        line.settimeout(None)
        opened = open_socket(url, sock=line, proxy=None, max_size=LONGEST_FRAME, open_timeout=OPENING, close_timeout=5, legacy=True)
    except (WebSocketException, OSError, TimeoutError) as error:
        raise Retriable("platform-unavailable", f"cannot connect: {type(error).__name__}") from None
    except ValueError:  # its answer to a redirect, as the line was opened by us
        raise Retriable("platform-redirects", "the platform's address is another one now") from None
    if opened.protocol.uri != uri:
        opened.close()
        raise Retriable("platform-redirects", "the platform's address is another one now")
    return Connection(opened)


def hold(app: Application, platform: str) -> int:
    """Run a worker until SIGTERM or SIGINT; returns how many records were queued."""
    worker = Worker(app, platform)

    def ended(_number: int, _frame: FrameType | None) -> None:
        worker.stop()

    before = {number: signal.signal(number, ended) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        return worker.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # its debug lines hold the URL
    if len(sys.argv) != 2:
        sys.exit("usage: python -m ops.worker PLATFORM")
    served = bootstrap.tenancy()
    of = os.environ.get("HUITOU_MERCHANT")  # a worker holds the sockets of one merchant
    hold(served.of(of) if of else served.base, sys.argv[1])
