"""Douyin's API: signing, the account's token, answers told apart, and the calls that hydrate and pull need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.oauth2 import first_accepted
from chalicelib.toolkit.signing import hmac_sha256
from connectors.douyin import status
from connectors.douyin.payloads import Answer, TokenData
from connectors.douyin.values import KEY, decode, text, whole

HOST = "openapi-fxg.jinritemai.com"
SANDBOX = "openapi-sandbox.jinritemai.com"
OK = 10000
_DAY = 86_400


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(app_key: str, app_secret: str, method: str, param_json: bytes, timestamp: str) -> str:
    """`sign` of a call: hex HMAC-SHA256 keyed by the secret over the five parameters between two secrets."""
    body = f"app_key{app_key}method{method}param_json".encode() + param_json + f"timestamp{timestamp}v2".encode()
    secret = app_secret.encode()
    return hmac_sha256(secret, secret + body + secret).hex()


def param_json(params: Mapping[str, Any]) -> bytes:
    """The parameters as they are signed and sent: compact, keys sorted at every depth, nothing escaped that need not be."""
    return msgspec.json.encode(params, order="sorted")


def call(api: Api, method: str, params: Mapping[str, Any]) -> msgspec.Raw:
    """Call `method` with the account's token and answer its `data`. A token that is over is renewed once.

    Raises Retriable (throttled, platform down), ConfigError (permission, key), Permanent (refused, or
    "token-revoked" when the shop's authorisation is gone).
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, method, params, token)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token: by the last refresh token, else by the one in the secrets (the shop was authorised again), else for the app's
    own shop.

    token.create of kind authorization_self needs the option `shop_id`. Permanent("token-revoked") when the platform
    says that a person must authorise again.
    """
    shop_id = api.account.options.get("shop_id")
    given = api.secrets.values.get("refresh_token", ())
    try:
        found = first_accepted([last.refresh_token if last else None, *given[:1]], lambda token: _refreshed(api, token))
    except Permanent as error:
        if error.reason != "token-revoked" or not shop_id:
            raise
        found = None
    if found is not None:
        return found
    if shop_id:
        return _grant(api, "token.create", {"code": "", "grant_type": "authorization_self", "shop_id": shop_id})
    raise ConfigError("token-missing", "neither a refresh token nor the option shop_id is configured", connector=KEY)


def _refreshed(api: Api, refresh_token: str) -> Token:
    return _grant(api, "token.refresh", {"grant_type": "refresh_token", "refresh_token": refresh_token})


def _grant(api: Api, method: str, params: Mapping[str, Any]) -> Token:
    try:
        data = decode(TokenData, bytes(_send(api, method, params, None)), None, "$.data")
    except TokenRefused:
        raise Permanent("token-revoked", f"{method} is refused: the shop must be authorised again", connector=KEY) from None
    except Permanent as error:
        # Without a token there is no work: it waits, and is told, instead of being set aside piece by piece.
        raise ConfigError("grant-refused", error.detail, connector=KEY) from None
    seconds = whole(data.expires_in, "$.data.expires_in", None) or 0
    lives = timedelta(seconds=max(0, min(seconds, 366 * _DAY)))
    return Token(data.access_token, api.now() + lives, data.refresh_token)


def _send(api: Api, method: str, params: Mapping[str, Any], token: str | None) -> msgspec.Raw:
    body = param_json(params)
    app_key, secret = api.secrets.one("app_key"), api.secrets.one("app_secret")
    timestamp = str(int(api.now().timestamp()))
    host = SANDBOX if api.account.options.get("sandbox") == "true" else HOST
    query = [("app_key", app_key), ("method", method)]
    query += [("access_token", token)] if token else []
    query += [("timestamp", timestamp), ("v", "2"), ("sign_method", "hmac-sha256")]
    query += [("sign", sign(app_key, secret, method, body, timestamp))]
    request = HttpRequest(
        "POST",
        f"https://{host}/{method.replace('.', '/')}",
        query=tuple(query),
        headers={"content-type": "application/json", "x-open-no-old-err-code": "1"},
        body=body,
    )
    response = api.http.send(request)
    if response.status != 200:
        raise Permanent("platform-refused", f"{method} answers HTTP {response.status}", connector=KEY)
    return _data(method, response.body)


def _data(method: str, body: bytes) -> msgspec.Raw:
    """The data of an answer, or the error that it means. An answer that is no JSON is a fault of the way: Retriable."""
    try:
        answer = decode(Answer, body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=error.path) from None
    named = answer.code if answer.code is not None else answer.err_no
    code = whole(named, "$.code", None)
    if code == (OK if answer.code is not None else 0):
        if not told(answer.data):
            raise Permanent("answer-empty", f"{method} answers without data", connector=KEY, path="$.data")
        return answer.data
    raise _error(method, code, text(answer.sub_code) or "")


def _error(method: str, code: int | None, sub_code: str) -> HuitouError | TokenRefused:
    if sub_code in status.TOKEN_EXPIRED or sub_code.startswith(status.TOKEN_REVOKED):
        return TokenRefused()  # that it is gone for good the next grant is told, which pauses the account
    detail = f"{method} answers {code} {sub_code}".strip()[:200]
    if sub_code in status.CONFIG_SUB_CODES:
        return ConfigError(status.CONFIG_SUB_CODES[sub_code], detail, connector=KEY)
    if "limit" in sub_code:
        return Retriable("platform-throttled", detail, connector=KEY)
    if code in status.RETRY_CODES:
        return Retriable(status.RETRY_CODES[code], detail, connector=KEY)
    if code in status.CONFIG_CODES:
        return ConfigError(status.CONFIG_CODES[code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)


def seconds_of(at: datetime) -> int:
    """Unix seconds, rounded down."""
    return int(at.timestamp())
