"""Our own webhook URL over HTTP, as the platforms reach it."""

from __future__ import annotations

from urllib.parse import urlsplit

from chalicelib.adapters.outbound import Dialler
from chalicelib.contract import HttpResponse, RawRequest
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.hosts import https_host

TIMEOUT = (3.05, 10)


class HttpDoor:
    """OwnDoor on requests. The address is that of the configuration; no redirect is followed, and only a public address is called.

    `dialler`: of the local runtime, whose door is on this machine.
    """

    def __init__(self, dialler: Dialler | None = None) -> None:
        self._dialler = dialler or Dialler()

    def post(self, request: RawRequest) -> HttpResponse:
        """See the port."""
        import requests

        from chalicelib.adapters.outbound_http import session

        if https_host(request.url) is None and urlsplit(request.url).scheme != "http":
            raise ConfigError("door-open", "base_url is neither the https address of a public host nor on this machine")
        headers = {name: ", ".join(values) for name, values in request.headers.items()}
        try:
            with session(self._dialler) as calls:
                answer = calls.request(
                    request.method,
                    request.url,
                    params=list(request.query),
                    headers=headers,
                    data=request.body,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            raise Retriable("door-closed", type(error).__name__) from None
        except Permanent as error:
            raise ConfigError("door-open", error.detail) from None
        return HttpResponse(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)
