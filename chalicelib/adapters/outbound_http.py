"""A session of requests whose connections are the dialler's: public addresses only, no redirects, no proxies, bounded answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from chalicelib.adapters.outbound import Dialler
from chalicelib.errors import Permanent
from chalicelib.toolkit.hosts import https_host

LONGEST = 64_000_000  # bytes of an answer, unpacked
SECONDS = 60.0  # for the body of one
_PIECE = 65_536


def session(dialler: Dialler | None = None, clock: Callable[[], float] = time.monotonic) -> requests.Session:
    """A new session. `clock`: seconds, for the time that an answer may take."""
    made = _Session(clock)
    guarded = _Adapter(dialler or Dialler())
    made.mount("https://", guarded)
    made.mount("http://", guarded)  # the dialler refuses it for all but this machine
    return made


class _Session(requests.Session):
    """Never sent elsewhere: neither by an answer, nor by variables of the environment (proxies, .netrc)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.trust_env = False
        self._clock = clock

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: no answer leads on."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send, and read the whole answer within its limits. Permanent("answer-too-large") beyond them."""
        url = request.url or ""
        if not url.startswith("http://") and https_host(url) is None:
            raise Permanent("address-refused", "not the plain https address of a public name")
        answer = super().send(request, **options | {"stream": True})
        until, pieces, size = self._clock() + SECONDS, [], 0
        for piece in answer.iter_content(_PIECE):
            size += len(piece)
            if size > LONGEST:
                answer.close()
                raise Permanent("answer-too-large", f"an answer of more than {LONGEST} bytes")
            if self._clock() > until:
                answer.close()
                raise requests.ReadTimeout("the answer does not end")
            pieces.append(piece)
        answer._content = b"".join(pieces)
        return answer


class _Adapter(HTTPAdapter):
    """Connections are the dialler's, TLS and all else is urllib3's own."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        super().__init__()

    def init_poolmanager(self, *given: Any, **options: Any) -> None:
        """Pools whose sockets the dialler opens."""
        super().init_poolmanager(*given, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._dialler)

    def proxy_manager_for(self, *_given: Any, **_options: Any) -> Any:
        """Permanent: whoever resolves for us is not looked after by us."""
        raise Permanent("proxy-refused", "calls go out without a proxy")


def _pools(dialler: Dialler) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _opened(dialler, self, tls=False)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _opened(dialler, self, tls=True)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _opened(dialler: Dialler, connection: HTTPConnection, *, tls: bool) -> socket.socket:
    """The dialler's socket, its errors as urllib3 knows them."""
    try:
        return dialler.dial(connection.host, connection.port, connection.timeout, tls=tls)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"nobody at {connection.host} answers in time") from error
    except OSError as error:
        raise NewConnectionError(connection, f"no connection: {error}") from error
