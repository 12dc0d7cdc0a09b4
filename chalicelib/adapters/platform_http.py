"""Calls to platforms: pinned hosts, few and jittered tries, Retry-After obeyed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import stamina

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import Permanent, Retriable
from chalicelib.ports import Clock
from chalicelib.toolkit.hosts import https_host

if TYPE_CHECKING:
    import requests

TIMEOUT = (3.05, 10)
TRIES = 3
REST = timedelta(seconds=60)
_SECONDS = re.compile(r"([0-9]{1,9})(\.[0-9]+)?", re.ASCII)


class _Again(Exception):
    """A try that may be repeated at once."""


class PlatformHttp:
    """HttpClient on requests. `hosts` are the connector's `api_hosts`.

    A platform that does not answer is left alone for `REST` by this worker: each try may hang for half a minute, and a
    batch of ten that all hang would outlive its Lambda and take healthy messages with it.
    """

    def __init__(self, hosts: tuple[str, ...], session: Callable[[], requests.Session], clock: Clock) -> None:
        self._hosts = hosts
        self._make = session
        self._clock = clock
        self._session: requests.Session | None = None
        self._rests_until: datetime | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        """See the contract. Only 5xx and broken connections are tried again here; a 429 goes back to the queue."""
        self._require_host(request.url)
        if self._rests_until and self._clock.now() < self._rests_until:
            raise Retriable("platform-resting", "did not answer a moment ago", after=int(REST.total_seconds()))
        try:
            return self._once(request) if request.once else self._try(request)
        except _Again as error:
            self._rests_until = self._clock.now() + REST
            raise Retriable("platform-unavailable", str(error)) from None

    @stamina.retry(on=_Again, attempts=TRIES, wait_initial=0.2, wait_max=2.0, wait_jitter=1.0)
    def _try(self, request: HttpRequest) -> HttpResponse:
        return self._once(request)

    def _once(self, request: HttpRequest) -> HttpResponse:
        import requests

        if self._session is None:
            self._session = self._make()
        try:
            answer = self._session.request(
                request.method,
                request.url,
                params=list(request.query) or None,
                headers=dict(request.headers),
                data=request.body,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _Again(type(error).__name__) from None
        if answer.status_code == 429:
            raise Retriable("platform-throttled", "429", after=retry_after(answer.headers))
        if answer.status_code >= 500:
            raise _Again(f"HTTP {answer.status_code}")
        return HttpResponse(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)

    def _require_host(self, url: str) -> None:
        host = https_host(url)
        if host is None or not any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in self._hosts):
            raise Permanent("host-refused", "a platform call may only go to the hosts its connector declares")


def retry_after(headers: Mapping[str, str]) -> int:
    """Seconds of a Retry-After header (seconds or a date), 1 to 3,600; 5 where it is missing or unreadable."""
    raw = headers.get("Retry-After") or headers.get("retry-after") or ""
    if found := _SECONDS.fullmatch(raw):  # Shopify writes fractions
        return min(max(int(found[1]) + bool((found[2] or "").strip(".0")), 1), 3600)
    try:
        when = parsedate_to_datetime(raw)
        sent = parsedate_to_datetime(headers.get("Date") or headers.get("date") or "")
        return min(max(int((when - sent).total_seconds()), 1), 3600)
    except (TypeError, ValueError):
        return 5
