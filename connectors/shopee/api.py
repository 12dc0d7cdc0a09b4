"""Shopee's API: signing, the shop's single-use refresh token, answers told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.oauth2 import renewed
from chalicelib.toolkit.signing import hmac_sha256
from chalicelib.toolkit.texts import digits
from connectors.shopee import status
from connectors.shopee.payloads import Answer, TokenAnswer
from connectors.shopee.values import KEY, READ, shop_of

PREFIX = "/api/v2/"
REFRESH = "auth/access_token/get"
_ABSOLUTE = 10**9  # an expire_in beyond this is a Unix time, as one page prints it
_LONGEST = timedelta(days=31)
Params = Sequence[tuple[str, str]]


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(key: str, partner_id: str, path: str, timestamp: str, *shop: str) -> str:
    """`sign` of a call: hex HMAC-SHA256 over partner, path and time, and for a shop's calls its token and number."""
    return hmac_sha256(key.encode(), "".join((partner_id, path, timestamp, *shop)).encode()).hex()


def call(api: Api, name: str, params: Params = (), body: Mapping[str, Any] | None = None) -> bytes:
    """Call `name` (`order/get_order_list`) for the shop and answer its `response`. A token that is over is renewed once.

    Raises Retriable (throttled, platform down, no JSON), Skippable (no such thing), ConfigError (key, permission), Permanent
    (refused, or "token-revoked" when the shop's authorisation is gone).
    """
    shop = _shop(api)
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _response(name, _send(api, name, params, body, (token, shop)), api.now())
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{name} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new pair by the last refresh token, else by the one in the secrets. Each is good for one use.

    Only ever called by `api.tokens`, which holds the lock and stores the pair in one write. Permanent("token-revoked") when
    the shop must authorise again.
    """
    stored, given = last.refresh_token if last else None, api.secrets.values.get("refresh_token", ())
    return renewed(stored, given[:1], lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    body = {"refresh_token": refresh_token, "partner_id": int(_partner(api)), "shop_id": int(_shop(api))}
    answer = READ.decode(TokenAnswer, as_json(_send(api, REFRESH, (), body, ()), connector=KEY), None)
    if answer.error not in status.SUCCESS:
        found = error_of(REFRESH, answer.error or "", api.now())
        if isinstance(found, TokenRefused):
            found = Permanent("token-revoked", "the refresh token is refused: the shop must authorise again", connector=KEY)
        raise found
    if not answer.access_token or not answer.refresh_token:
        raise READ.malformed("an answer without tokens", "$.access_token", None)
    return Token(answer.access_token, _expiry(answer.expire_in, api.now()), answer.refresh_token)


def _expiry(told_: int | None, now: datetime) -> datetime:
    """Four hours as a rule; a page prints a Unix time where the others print a length."""
    seconds = 0 if told_ is None else told_ - int(now.timestamp()) if told_ > _ABSOLUTE else told_
    return now + max(timedelta(0), min(timedelta(seconds=max(0, min(seconds, 10**8))), _LONGEST))


def _send(api: Api, name: str, params: Params, body: Mapping[str, Any] | None, shop: tuple[str, ...]) -> bytes:
    """Sign and send. `shop`: its token and number; nothing for what is called for the application."""
    partner, key = _partner(api), api.secrets.one("partner_key")
    path, stamp = f"{PREFIX}{name}", str(int(api.now().timestamp()))
    query = [("partner_id", partner), ("timestamp", stamp)]
    query += zip(("access_token", "shop_id"), shop, strict=False)
    query += [("sign", sign(key, partner, path, stamp, *shop)), *params]
    host = status.HOSTS.get(api.account.options.get("host", "global"))
    if host is None:
        raise ConfigError("option-malformed", "the option host must be one of " + ", ".join(sorted(status.HOSTS)), connector=KEY)
    method, headers = ("GET", {}) if body is None else ("POST", {"content-type": "application/json"})
    content = None if body is None else msgspec.json.encode(body)
    return api.http.send(HttpRequest(method, f"https://{host}{path}", tuple(query), headers, content)).body


def _response(name: str, body: bytes, now: datetime) -> bytes:
    """The `response` of an answer, or the error that it means, whatever the HTTP status: errors come with 200."""
    try:
        answer = READ.decode(Answer, body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{name} does not answer as documented", connector=KEY, path=error.path) from None
    if answer.error not in status.SUCCESS:
        raise error_of(name, answer.error or "", now)
    if not told(answer.response):
        raise Permanent("answer-empty", f"{name} answers without a response", connector=KEY, path="$.response")
    return bytes(answer.response)


def error_of(name: str, code: str, now: datetime) -> Exception:
    """What an error code means to the caller: one of the five errors, or TokenRefused."""
    if code in status.TOKEN_OVER:
        return TokenRefused()
    return _meaning(name, code, now).located(connector=KEY)


def _meaning(name: str, code: str, now: datetime) -> HuitouError:
    shown = code if code.replace("_", "").replace(".", "").isalnum() else "an error"
    detail = f"{name} answers {shown}"[:200]
    if code in status.TOKEN_REVOKED:
        return Permanent("token-revoked", detail)
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, after=5)
    if code == status.DAILY_LIMIT:
        return Retriable("platform-throttled", detail, after=_until_midnight(now))
    if code in status.UNAVAILABLE:
        return Retriable("platform-unavailable", detail)
    if code in status.MISSING:
        return Skippable("resource-missing", detail)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail)
    return Permanent("platform-refused", detail)


def _until_midnight(now: datetime) -> int:
    """Seconds until the day ends in UTC+8, where the daily count begins anew."""
    return 86_400 - (int(now.timestamp()) + 8 * 3_600) % 86_400


def _partner(api: Api) -> str:
    found = digits(api.secrets.one("partner_id"))
    if found is None:
        raise ConfigError("secret-malformed", "the secret partner_id is a number", connector=KEY)
    return found


def _shop(api: Api) -> str:
    found = shop_of(api.account, api.secrets)
    if found is None:
        raise ConfigError("option-missing", "the option shop_id (the shop's number) is not configured", connector=KEY)
    return found
