"""Youzan's API: the shop's token in the query, JSON both ways, errors inside HTTP 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.clocks import from_millis
from chalicelib.toolkit.loose import Odd, number, told, yes
from chalicelib.toolkit.oauth2 import first_accepted
from connectors.youzan import status
from connectors.youzan.payloads import Answer, TokenData
from connectors.youzan.values import KEY, READ

HOST = "open.youzanyun.com"
JSON = {"content-type": "application/json"}
OK = 200
_MILLIS_FROM = 10**11
_LONGEST = timedelta(days=366)
_USUAL = timedelta(hours=2)  # the shorter of the two lives that are told


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def call(api: Api, name: str, version: str, params: Mapping[str, Any]) -> bytes:
    """Call an API with the shop's token and answer its `data` as JSON. A token that is over is renewed once.

    Raises Retriable (throttled, no JSON), ConfigError (permission), Permanent (refused, or "token-revoked").
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, f"/api/{name}/{version}", params, token)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{name} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token: by the last refresh token or a configured one (tool applications), else for the option `kdt_id` (own ones)."""
    given = api.secrets.values.get("refresh_token", ())
    kdt_id = api.account.options.get("kdt_id")
    try:
        found = first_accepted([last.refresh_token if last else None, *given], lambda token: _refreshed(api, token))
    except Permanent:
        if not kdt_id or given:
            raise
        found = None  # what an own application got beside its last token
    if found is not None:
        return found
    if not kdt_id:
        raise ConfigError("token-missing", "neither a refresh token nor the option kdt_id is configured", connector=KEY)
    try:
        return _granted(api, {"authorize_type": "silent", "grant_id": kdt_id, "refresh": False})
    except (Permanent, TokenRefused):
        raise ConfigError("application-refused", "/auth/token refuses the application or its shop", connector=KEY) from None


def _refreshed(api: Api, refresh_token: str) -> Token:
    try:
        return _granted(api, {"authorize_type": "refresh_token", "refresh_token": refresh_token})
    except (Permanent, TokenRefused) as error:
        if isinstance(error, Permanent) and error.reason != "platform-refused":
            raise  # an answer that cannot be read says nothing about the authorisation
        raise Permanent("token-revoked", "the refresh token is refused: the shop must authorise again", connector=KEY) from None


def _granted(api: Api, params: Mapping[str, Any]) -> Token:
    own = {"client_id": api.secrets.one("client_id"), "client_secret": api.secrets.one("client_secret")}
    data = READ.decode(TokenData, _send(api, "/auth/token", {**own, **params}, None), None, "$.data")
    return Token(data.access_token, _ends(data, api.now()), data.refresh_token)


def _ends(data: TokenData, now: datetime) -> datetime:
    """An instant in milliseconds; a small number is a life in seconds. Nobody confirmed either."""
    try:
        value = number(data.expires, "expires")
        if value is not None and value >= _MILLIS_FROM:
            at = from_millis(value)
            # A token that is over as it is given would be asked for again with every call.
            return min(at, now + _LONGEST) if at and at > now else now + _USUAL
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    except ValueError:
        value = None
    return now + (min(timedelta(seconds=min(value, 10**9)), _LONGEST) if value and value > 0 else _USUAL)


def _send(api: Api, path: str, params: Mapping[str, Any], token: str | None) -> bytes:
    query = (("access_token", token),) if token else ()
    request = HttpRequest("POST", f"https://{HOST}{path}", query=query, headers=JSON, body=msgspec.json.encode(params))
    response = api.http.send(request)
    if response.status != OK:
        raise Permanent("platform-refused", f"{path} answers HTTP {response.status}", connector=KEY)
    return _data(path, response.body)


def _data(path: str, body: bytes) -> bytes:
    """The data of an answer, or the error that it is. An answer that is no JSON is a fault of the way: Retriable."""
    try:
        answer = READ.decode(Answer, body, None)
        code = number(answer.code, "code")
        gateway = number(answer.gw_err_resp.err_code, "err_code") if answer.gw_err_resp else None
    except (Permanent, Odd):
        raise Retriable("answer-malformed", f"{path} does not answer as documented", connector=KEY) from None
    if answer.gw_err_resp is not None:
        raise _refusal(path, gateway)
    failed = (answer.success is not None and not yes(answer.success)) or (code is not None and code != OK)
    if failed or answer.error_response is not None:
        told_code = code if answer.error_response is None else answer.error_response.code
        raise Permanent("platform-refused", f"{path} answers {told_code}"[:200], connector=KEY)
    found = answer.data if told(answer.data) else answer.response
    if not told(found):
        raise Permanent("answer-empty", f"{path} answers without data", connector=KEY, path="$.data")
    return bytes(found)


def _refusal(path: str, code: int | None) -> HuitouError | TokenRefused:
    detail = f"{path} answers {code}"
    if code in status.TOKEN_OVER:
        return TokenRefused()
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
