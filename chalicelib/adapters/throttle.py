"""A platform's limits on calls, kept in the table so that every worker counts against the same one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.adapters.table import Table, get_int, key, number, text
from chalicelib.contract import Account, HttpClient, HttpRequest, HttpResponse, Rate
from chalicelib.errors import Retriable
from chalicelib.ports import Clock
from chalicelib.toolkit.hosts import https_host

if TYPE_CHECKING:
    from chalicelib.adapters.rests import Rests

TRIES = 5
WAIT_HERE = 2.0  # seconds; what lasts longer goes back to its queue instead of holding a worker
UNCHANGED = "tat = :read"
NOT_THERE = "attribute_not_exists(pk)"


class Throttle:
    """Token buckets by the generic cell rate algorithm: one number a bucket, the time when it will be full again.

    A call moves that time on by `every`; it may go when that is no more than `burst` calls ahead of now. One conditional
    write a call, and no clock but the workers' own: two that differ by a second err by a second, once.
    """

    def __init__(self, table: Table, clock: Clock, account: Account, pause: Callable[[float], None] = time.sleep) -> None:
        self._table = table
        self._clock = clock
        self._pk = key(account.merchant, "B", account.platform, account.account)
        self._pause = pause

    def take(self, rate: Rate) -> None:
        """Take a call, waiting a moment for it. Retriable("platform-throttled") with `after` where the wait would be long."""
        for _ in range(TRIES):
            wait = self._try(rate)
            if wait is None:
                return
            if wait > WAIT_HERE:
                raise Retriable("platform-throttled", f"the limit {rate.name} is used up", after=math.ceil(wait))
            self._pause(wait)
        raise Retriable("platform-throttled", f"the limit {rate.name} is contended", after=1)

    def _try(self, rate: Rate) -> float | None:
        """None: taken. Else how many seconds until it may be tried again."""
        item = self._table.get(self._pk, rate.name)
        read = get_int(item, "tat") if item else 0
        now, every = int(self._clock.now().timestamp() * 1000), round(rate.every * 1000)
        full = max(now, read) + every
        ahead = full - now - rate.burst * every
        if ahead > 0:
            return ahead / 1000
        attributes = {"kind": text("limit"), "tat": number(full)}
        if item:
            taken = self._table.put(self._pk, rate.name, attributes, condition=UNCHANGED, values={":read": number(read)})
        else:
            taken = self._table.put(self._pk, rate.name, attributes, condition=NOT_THERE)
        return None if taken else 0.0


class RatedHttp:
    """HttpClient for one account: a request that names its limit is counted before it is sent; hosts that rest are not called."""

    def __init__(self, http: HttpClient, throttle: Throttle, rests: Rests | None = None) -> None:
        self._http = http
        self._throttle = throttle
        self._rests = rests

    def send(self, request: HttpRequest) -> HttpResponse:
        """See the contract."""
        host = https_host(request.url)
        if self._rests is None or host is None:
            return self._counted(request)
        asks = self._rests.ask(host)
        return self._kept(self._rests, host, replace(request, once=True) if asks else request, asks=asks)

    def _counted(self, request: HttpRequest) -> HttpResponse:
        if request.rate is not None:
            self._throttle.take(request.rate)
        return self._http.send(request)

    def _kept(self, rests: Rests, host: str, request: HttpRequest, *, asks: bool) -> HttpResponse:
        """Send, and tell the others how it went. Whoever asks after a host that did not answer asks once."""
        try:
            if request.rate is not None:
                self._throttle.take(request.rate)
        except Retriable:
            if asks:
                rests.not_asked(host)
            raise
        try:
            answer = self._http.send(request)
        except Retriable as error:
            self._told(rests, host, error, asks=asks)
            raise
        if asks:
            rests.answered(host)
        return answer

    @staticmethod
    def _told(rests: Rests, host: str, error: Retriable, *, asks: bool) -> None:
        if error.reason == "platform-throttled":  # that is an answer
            if asks:
                rests.answered(host)
            rests.hold(host, error.after or 1)
        elif error.reason == "platform-resting":  # this worker had none a moment ago, and did not call
            if asks:
                rests.not_asked(host)
        elif not asks:
            rests.failed(host)
