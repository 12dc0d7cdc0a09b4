"""WeChat's API: the token, and what its errcodes mean. The token travels in the query, so no address of a call is ever logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.errcodes import Refused, checked
from chalicelib.toolkit.iop import TokenRefused
from chalicelib.toolkit.loose import Odd, number
from chalicelib.toolkit.signing import same
from connectors.wechat import status
from connectors.wechat.payloads import Grant, Said
from connectors.wechat.values import KEY, READ

HOST = "api.weixin.qq.com"
TOKEN = "/cgi-bin/stable_token"  # noqa: S105 - a path
JSON = {"content-type": "application/json"}
_LONGEST = 7_200  # seconds that a token is good for at most [docs]
_ENDING = 300  # the platform makes the next one so long before the end of a token [docs]


def call(
    api: Api, path: str, body: Mapping[str, Any] | None = None, *, query: Sequence[tuple[str, str]] = (), told: bool = False
) -> bytes:
    """POST `body` (GET where there is none) with the account's token. A token that is over is renewed once.

    `told`: as in `toolkit.errcodes.checked`, for what says something.

    Raises Retriable (busy, throttled, no JSON), ConfigError (appid, secret, address, permission), Permanent (refused).
    """
    try:
        return asked(api, path, body, query=query, told=told)
    except Refused as error:
        raise Permanent("platform-refused", error.detail, connector=KEY) from None


def asked(
    api: Api, path: str, body: Mapping[str, Any] | None = None, *, query: Sequence[tuple[str, str]] = (), told: bool = False
) -> bytes:
    """As `call`, but an errcode that is not one of all calls is Refused, for the caller to read."""
    raw = None if body is None else msgspec.json.encode(body)
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        method = "GET" if raw is None else "POST"
        request = HttpRequest(method, f"https://{HOST}{path}", (*query, ("access_token", token)), JSON if raw else {}, raw)
        try:
            response = api.http.send(request)
            return checked(path, response.status, response.body, status.CODES, connector=KEY, told=told)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{path} refuses a token that was just renewed", connector=KEY)


def said(answer: bytes) -> Said:
    """The ids that an answer to something said tells. None of them can be read: it was said all the same."""
    try:
        return READ.decode(Said, answer, None)
    except Permanent:
        return Said()


def renew(api: Api, last: Token | None) -> Token:
    """The account's token. It is one for all who ask, so that asking again gives the one that others hold as well.

    Where the platform hands out again the one that it has just refused, a new one is forced, which ends the old one.
    """
    grant = _granted(api, force=False)
    if last is not None and same(grant.access_token.encode(), last.access_token.encode()) and _life(grant) > _ENDING:
        grant = _granted(api, force=True)
    return Token(grant.access_token, api.now() + timedelta(seconds=_life(grant)))


def _granted(api: Api, *, force: bool) -> Grant:
    body = {
        "grant_type": "client_credential",
        "appid": api.secrets.one("app_id"),
        "secret": api.secrets.one("app_secret"),
        "force_refresh": force,
    }
    request = HttpRequest("POST", f"https://{HOST}{TOKEN}", (), JSON, msgspec.json.encode(body))
    response = api.http.send(request)
    try:
        return READ.decode(Grant, checked(TOKEN, response.status, response.body, status.CODES, connector=KEY), None)
    except TokenRefused:  # 40001 of this call is about the secret
        raise ConfigError("app-secret-refused", f"{TOKEN} refuses app_id or app_secret", connector=KEY) from None
    except Refused as error:
        raise ConfigError("token-unavailable", error.detail, connector=KEY) from None


def _life(grant: Grant) -> int:
    try:
        return max(0, min(number(grant.expires_in, "expires_in") or 0, _LONGEST))
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
