"""WeCom's API: the token, and what its errcodes mean. The token travels in the query, so no address of a call is ever logged."""

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
from connectors.wecom import status
from connectors.wecom.payloads import Grant
from connectors.wecom.values import KEY, READ

HOST = "qyapi.weixin.qq.com"
TOKEN = "/cgi-bin/gettoken"  # noqa: S105 - a path
ROOT = "/cgi-bin/externalcontact/"
_LONGEST = 7_200  # seconds that a token is good for at most [docs]


def call(api: Api, name: str, body: Mapping[str, Any] | None = None, *, query: Sequence[tuple[str, str]] = ()) -> bytes:
    """As `asked`, but what only the caller could read is Permanent."""
    try:
        return asked(api, name, body, query=query)
    except Refused as error:
        raise Permanent("platform-refused", error.detail, connector=KEY) from None


def asked(api: Api, name: str, body: Mapping[str, Any] | None = None, *, query: Sequence[tuple[str, str]] = ()) -> bytes:
    """POST `body` (GET where there is none) to a call of the customer directory. A token that is over is renewed once.

    Raises Retriable (busy, throttled, no JSON), ConfigError (secret, address, permission), Refused for the rest.
    """
    path, raw = f"{ROOT}{name}", None if body is None else msgspec.json.encode(body)
    headers = {"content-type": "application/json"} if raw else {}
    for _ in range(2):
        token = api.tokens.get(lambda _: renew(api))
        method = "GET" if raw is None else "POST"
        request = HttpRequest(method, f"https://{HOST}{path}", (*query, ("access_token", token)), headers, raw)
        response = api.http.send(request)
        try:
            return checked(path, response.status, response.body, status.CODES, connector=KEY, told=True)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{path} refuses a token that was just renewed", connector=KEY)


def renew(api: Api) -> Token:
    """The application's token. Asking again gives the one that is live."""
    query = (("corpid", api.secrets.one("corp_id")), ("corpsecret", api.secrets.one("corp_secret")))
    response = api.http.send(HttpRequest("GET", f"https://{HOST}{TOKEN}", query))
    try:
        grant = READ.decode(Grant, checked(TOKEN, response.status, response.body, status.CODES, connector=KEY), None)
        life = max(0, min(number(grant.expires_in, "expires_in") or 0, _LONGEST))
    except (TokenRefused, Refused):
        raise ConfigError("token-unavailable", f"{TOKEN} refuses corp_id or corp_secret", connector=KEY) from None
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    return Token(grant.access_token, api.now() + timedelta(seconds=life))
