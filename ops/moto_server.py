"""moto's tables over HTTP, so that a second process (the `huitou` command) can work on what `huitou up` holds in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer


@contextmanager
def moto_server() -> Iterator[str]:
    """A server on a free port of this machine over this process's moto; gives its URL."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request is not what ops wants to read
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
