"""Refresh tokens, of OAuth 2.0 (RFC 6749, section 6) and of those who do it their own way: which to try, and the usual form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlencode

import msgspec

from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.decode import as_json, decoder, read
from chalicelib.toolkit.signing import same

T = TypeVar("T")
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
_YEAR = 366 * 86_400
_HOUR = 3_600
_REVOKED = frozenset({"invalid_grant", "access_denied"})
_APPLICATION = frozenset({"invalid_client", "unauthorized_client", "deleted_client", "disabled_client"})
_LATER = frozenset({"server_error", "temporarily_unavailable"})


class Grant(msgspec.Struct, gc=False):
    """An access token; `expires_in` in seconds, an hour where it is not told."""

    access_token: str
    expires_in: int | None = None
    refresh_token: str | None = None

    @property
    def life(self) -> timedelta:
        """How long it is good for."""
        return timedelta(seconds=_HOUR if self.expires_in is None else max(0, min(self.expires_in, _YEAR)))


class _Refusal(msgspec.Struct, gc=False):
    error: str | None = None
    access_token: str | None = None


class _Secrets(Protocol):
    def one(self, name: str) -> str: ...

    def all(self, name: str) -> tuple[str, ...]: ...


def refreshed(post: Callable[[bytes], tuple[int, bytes]], secrets: _Secrets, stored: str | None, *, connector: str) -> Grant:
    """A grant for the stored refresh token, else for one that is configured; with the refresh token that is good from now on.

    `post` sends the form and answers status and body. Secrets `client_id`, `client_secret`, `refresh_token`. Raises as `granted`.
    """

    def once(refresh_token: str) -> Grant:
        form = refresh_form(secrets.one("client_id"), secrets.one("client_secret"), refresh_token)
        grant = granted(*post(form), connector=connector)
        grant.refresh_token = grant.refresh_token or refresh_token
        return grant

    return renewed(stored, secrets.all("refresh_token"), once, connector=connector)


def first_accepted(tokens: Iterable[str | None], grant: Callable[[str], T]) -> T | None:
    """What `grant` makes of the first refresh token that is not revoked; None when there is none at all.

    A shop that was authorised again has its new token in the secrets while a dead one is still stored: both are tried.
    Raises the last Permanent("token-revoked"), and at once whatever else `grant` raises.
    """
    revoked: Permanent | None = None
    for token in dict.fromkeys(token for token in tokens if token):
        try:
            return grant(token)
        except Permanent as error:
            if error.reason != "token-revoked":
                raise
            revoked = error
    if revoked is not None:
        raise revoked
    return None


def renewed(stored: str | None, configured: Iterable[str], grant: Callable[[str], T], *, connector: str) -> T:
    """What `grant` makes of the stored refresh token, else of a configured one; ConfigError when there is none."""
    found = first_accepted([stored, *configured], grant)
    if found is None:
        raise ConfigError("secret-missing", "secret refresh_token is not configured", connector=connector)
    return found


def standing(configured: Sequence[str], last: str | None, *, connector: str) -> str:
    """The access token that ops put into the secrets, where none can be renewed.

    `last` is the one that was refused. ConfigError when none is configured, Permanent("token-revoked") when it is that one.
    """
    if not configured:
        raise ConfigError("token-missing", "neither a refresh token nor an access token is configured", connector=connector)
    if last is not None and same(last.encode(), configured[0].encode()):
        raise Permanent("token-revoked", "the access token is over and there is none to renew it with", connector=connector)
    return configured[0]


def refresh_form(client_id: str, client_secret: str, refresh_token: str) -> bytes:
    """The body of a refresh."""
    form = {"grant_type": "refresh_token", "client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token}
    return urlencode(form).encode()


def granted(status: int, body: bytes, *, connector: str) -> Grant:
    """The grant of an answer. Permanent("token-revoked") when the owner must authorise again, ConfigError when the application
    is refused, Retriable where no token is to be had for the moment.
    """
    if status == 200 and not _tells_error(body, connector):
        return read(decoder(Grant), as_json(body, connector=connector), connector=connector)
    raise _refusal(status, body, connector)


def _tells_error(body: bytes, connector: str) -> bool:
    """Whether an answer that calls itself a success is a refusal: some tell those with HTTP 200 as well."""
    try:
        told = read(decoder(_Refusal), body, connector=connector)
    except Permanent:
        return False
    return told.error is not None and not told.access_token


def _refusal(status: int, body: bytes, connector: str) -> HuitouError:
    try:
        error = read(decoder(_Refusal), body, connector=connector).error
    except Permanent:
        error = None
    if error in _REVOKED:
        return Permanent(
            "token-revoked", "the refresh token is over or revoked: the owner must authorise again", connector=connector
        )
    if error in _APPLICATION or status in (401, 403):
        return ConfigError("application-refused", "client_id or client_secret is refused", connector=connector)
    if error in _LATER:
        return Retriable("token-unavailable", "no token is to be had for the moment", connector=connector)
    return Permanent("platform-refused", f"the token address answers HTTP {status}", connector=connector)
