"""Xiaohongshu's API: one gateway, signing, the shop's token, answers told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.loose import Odd, epoch, number, told, yes
from chalicelib.toolkit.oauth2 import renewed
from chalicelib.toolkit.signing import md5_hex
from connectors.xiaohongshu import status
from connectors.xiaohongshu.payloads import Answer, Granted
from connectors.xiaohongshu.values import HOST, KEY, READ

URL = f"https://{HOST}/ark/open_api/v3/common_controller"
VERSION = "2.0"
REFRESH = "oauth.refreshToken"
JSON = {"content-type": "application/json;charset=utf-8"}


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(method: str, app_id: str, stamp: str, app_secret: str) -> str:
    """Lower-case hex MD5 over method and three parameters of the system, with the secret behind them. Nothing else is signed."""
    return md5_hex(f"{method}?appId={app_id}&timestamp={stamp}&version={VERSION}{app_secret}".encode())


def call(api: Api, method: str, fields: Mapping[str, Any]) -> msgspec.Raw:
    """Call `method` for the shop and answer its `data`. A token that is over is renewed once.

    Raises Retriable (throttled, platform down, no JSON), ConfigError (key, permission), Skippable (there is no such thing),
    Permanent (refused, or "token-revoked" when the shop must authorise again).
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, method, {**fields, "accessToken": token})
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets. Permanent("token-revoked") when both are dead."""
    stored, given = last.refresh_token if last else None, api.secrets.values.get("refresh_token", ())
    return renewed(stored, given[:1], lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    """A refresh changes both tokens."""
    try:
        raw = _send(api, REFRESH, {"refreshToken": refresh_token})
    except TokenRefused:
        raise Permanent("token-revoked", f"{REFRESH} is refused: the shop must authorise again", connector=KEY) from None
    except Permanent as error:
        # Without a token there is no work: it waits, and is told, instead of being set aside piece by piece.
        raise ConfigError("grant-refused", error.detail, connector=KEY) from None
    granted = READ.decode(Granted, bytes(raw), None, "$.data")
    try:
        ends = epoch(granted.access_token_expires_at, "accessTokenExpiresAt")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    return Token(granted.access_token, ends, granted.refresh_token or refresh_token)


def _send(api: Api, method: str, fields: Mapping[str, Any]) -> msgspec.Raw:
    app_id, stamp = api.secrets.one("app_key"), str(int(api.now().timestamp()))
    system = {
        "method": method,
        "appId": app_id,
        "timestamp": stamp,
        "version": VERSION,
        "sign": sign(method, app_id, stamp, api.secrets.one("app_secret")),
    }
    response = api.http.send(HttpRequest("POST", URL, (), JSON, msgspec.json.encode({**system, **fields})))
    if response.status != 200:
        raise Permanent("platform-refused", f"{method} answers HTTP {response.status}", connector=KEY)
    data = _opened(method, response.body, "$")
    if bytes(data)[:1] == b"{":  # newer calls stand in a second envelope
        inner = READ.decode(Answer, bytes(data), None, "$.data")
        if inner.code is not None and inner.success is not None:
            data = _opened(method, bytes(data), "$.data")
    if not told(data):
        raise Permanent("answer-empty", f"{method} answers without data", connector=KEY, path="$.data")
    return data


def _opened(method: str, body: bytes, path: str) -> msgspec.Raw:
    try:
        answer = READ.decode(Answer, body, None, path)
        code = number(answer.error_code if answer.error_code is not None else answer.code, "error_code")
    except (Permanent, Odd):
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=path) from None
    if code == 0 and yes(answer.success):
        return answer.data
    raise _error(method, code, (answer.error_msg or answer.msg or "").lower())


def _error(method: str, code: int | None, words: str) -> HuitouError | TokenRefused:
    """Few codes are published: what they do not tell, the words do."""
    detail = f"{method} answers {code}"
    if code in status.THROTTLED_CODES or _says(words, status.THROTTLED_WORDS):
        return Retriable("platform-throttled", detail, connector=KEY)
    if code in status.TOKEN_CODES or _says(words, status.TOKEN_WORDS):
        return TokenRefused()
    if _says(words, status.SIGN_WORDS):
        return ConfigError("signature-refused", detail, connector=KEY)
    if _says(words, status.PERMISSION_WORDS):
        return ConfigError("permission-missing", detail, connector=KEY)
    if _says(words, status.MISSING_WORDS):
        return Skippable("resource-missing", detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)


def _says(words: str, any_of: tuple[str, ...]) -> bool:
    return any(word in words for word in any_of)
