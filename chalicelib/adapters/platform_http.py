"""Calls to platforms: pinned hosts, few and jittered tries, Retry-After obeyed; and the account's token, refreshed by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import stamina

from chalicelib.adapters.table import Table, binary, get_bytes, get_int, key, number, text
from chalicelib.contract import Account, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.ports import Clock, Vault
from chalicelib.toolkit.decode import decoder

if TYPE_CHECKING:
    import requests

TIMEOUT = (3.05, 10)
TRIES = 3
REST = timedelta(seconds=60)
LEASE = timedelta(seconds=45)
EARLY = timedelta(minutes=5)
_FREE = "attribute_not_exists(lease) OR lease < :now"
_MINE = "lease = :lease"


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
            raise Retriable("platform-unavailable", "did not answer a moment ago", after=int(REST.total_seconds()))
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
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        allowed = any(host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:])) for pattern in self._hosts)
        if parts.scheme != "https" or not allowed or parts.port not in (None, 443):
            raise Permanent("host-refused", "a platform call may only go to the hosts its connector declares")


def retry_after(headers: Mapping[str, str]) -> int:
    """Seconds of a Retry-After header (seconds or a date), 1 to 3,600; 5 where it is missing or unreadable."""
    raw = headers.get("Retry-After") or headers.get("retry-after") or ""
    if raw.isascii() and raw.isdigit():
        return min(max(int(raw), 1), 3600)
    try:
        when = parsedate_to_datetime(raw)
        sent = parsedate_to_datetime(headers.get("Date") or headers.get("date") or "")
        return min(max(int((when - sent).total_seconds()), 1), 3600)
    except (TypeError, ValueError):
        return 5


class _Stored(msgspec.Struct, array_like=True):
    access_token: str
    expires_at: float | None
    refresh_token: str | None


class TokenStore:
    """Tokens in the table, sealed. A lease lets one worker refresh; a single-use refresh token goes in with its access token."""

    def __init__(self, table: Table, vault: Vault, clock: Clock, account: Account) -> None:
        self._table = table
        self._vault = vault
        self._clock = clock
        self._account = account
        self._pk = key(account.merchant, "T", account.platform, account.account)
        self._subject = f"token-{account.platform}-{account.account}"

    def get(self, refresh: Callable[[Token | None], Token]) -> str:
        """See the contract."""
        stored, refused = self._read()
        now = self._clock.now()
        if stored and not refused and (stored.expires_at is None or stored.expires_at - now > EARLY):
            return stored.access_token
        lease = int(now.timestamp() * 1000) + int(LEASE.total_seconds() * 1000)
        values = {":now": number(int(now.timestamp() * 1000)), ":lease": number(lease), ":kind": text("token")}
        if not self._table.update(self._pk, "token", "SET lease = :lease, kind = :kind", values=values, condition=_FREE):
            if stored and not refused and (stored.expires_at is None or stored.expires_at > now):
                return stored.access_token
            raise Retriable("token-refreshing", "another worker refreshes the token", after=3)
        return self._refresh(refresh, lease)

    def expire(self, access_token: str) -> None:
        """See the contract."""
        stored, _ = self._read()
        if stored and stored.access_token == access_token:  # only the token that was refused, not its successor
            self._table.update(self._pk, "token", "SET refused = :one", values={":one": number(1)})

    def _refresh(self, refresh: Callable[[Token | None], Token], lease: int) -> str:
        stored, refused = self._read()
        now = self._clock.now()
        if stored and not refused and (stored.expires_at is None or stored.expires_at - now > EARLY):
            self._release(lease)  # somebody else finished between our look and our lease
            return stored.access_token
        try:
            token = refresh(stored)
        except (Retriable, ConfigError, Permanent):
            self._release(lease)
            raise
        raw = _Stored(token.access_token, token.expires_at.timestamp() if token.expires_at else None, token.refresh_token)
        sealed = self._vault.seal(self._account.merchant, self._subject, msgspec.json.encode(raw))
        self._table.put(self._pk, "token", {"kind": text("token"), "doc": binary(sealed)})
        return token.access_token

    def _release(self, lease: int) -> None:
        self._table.update(self._pk, "token", "REMOVE lease", condition=_MINE, values={":lease": number(lease)})

    def _read(self) -> tuple[Token | None, bool]:
        item = self._table.get(self._pk, "token")
        sealed = get_bytes(item, "doc") if item else None
        if item is None or sealed is None:
            return None, False
        raw = decoder(_Stored).decode(self._vault.open(self._account.merchant, self._subject, sealed))
        expires = datetime.fromtimestamp(raw.expires_at, UTC) if raw.expires_at is not None else None
        return Token(raw.access_token, expires, raw.refresh_token), bool(get_int(item, "refused"))
