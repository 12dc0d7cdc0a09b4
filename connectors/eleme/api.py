"""Ele.me's NOP API: one address, actions by name, calls signed by MD5 over metas and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.oauth2 import FORM, Grant, first_accepted, granted
from chalicelib.toolkit.signing import b64, md5_hex
from connectors.eleme import status
from connectors.eleme.payloads import Answer
from connectors.eleme.values import KEY, READ

HOST, SANDBOX = "open-api.shop.ele.me", "open-api-sandbox.shop.ele.me"
OK = 200


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(action: str, token: str, metas: Mapping[str, Any], params: Mapping[str, Any], secret: str) -> str:
    """`signature`: upper-case hex MD5 over action, token, `name=JSON` of metas and parameters by name, and the secret."""
    merged = {**metas, **params}
    joined = "".join([f"{name}={msgspec.json.encode(merged[name]).decode()}" for name in sorted(merged)])
    return md5_hex(f"{action}{token}{joined}{secret}".encode()).upper()


def call(api: Api, action: str, params: Mapping[str, Any]) -> bytes:
    """Call an action with the shop's token and answer its `result` as JSON. A token that is over is renewed once.

    Raises Retriable (throttled, down, no JSON), ConfigError (key, signature, permission), Permanent (refused, "token-revoked").
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, action, params, token)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{action} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token: by the stored refresh token or a configured one, else, without any, for the application's own shops."""
    given = api.secrets.values.get("refresh_token", ())
    stored = last.refresh_token if last else None
    try:
        found = first_accepted([stored, *given], lambda token: _grant(api, {"grant_type": "refresh_token", "refresh_token": token}))
    except Permanent as error:
        if given or error.reason != "token-revoked":
            raise
        found = stored = None  # what an application of one's own shops got beside its last token: it asks anew
    grant = found or _grant(api, {"grant_type": "client_credentials"})
    return Token(grant.access_token, api.now() + grant.life, grant.refresh_token or stored)


def _grant(api: Api, form: Mapping[str, str]) -> Grant:
    pair = f"{api.secrets.one('app_key')}:{api.secrets.one('app_secret')}"
    headers = {**FORM, "authorization": f"Basic {b64(pair.encode())}"}
    body = urlencode({**form, "scope": "all"}).encode()
    response = api.http.send(HttpRequest("POST", f"https://{_host(api)}/token", headers=headers, body=body))
    return granted(response.status, response.body, connector=KEY)


def _host(api: Api) -> str:
    return SANDBOX if api.account.options.get("sandbox") == "true" else HOST


def _send(api: Api, action: str, params: Mapping[str, Any], token: str) -> bytes:
    now = api.now()
    metas = {"app_key": api.secrets.one("app_key"), "timestamp": int(now.timestamp())}
    own = f"{uuid4().hex.upper()}|{to_millis(now)}"
    body = {
        "nop": "1.0.0",
        "id": own,
        "action": action,
        "token": token,
        "metas": metas,
        "params": params,
        "signature": sign(action, token, metas, params, api.secrets.one("app_secret")),
    }
    headers = {"content-type": "application/json; charset=utf-8", "x-eleme-requestid": own}
    url = f"https://{_host(api)}/api/v1/"
    response = api.http.send(HttpRequest("POST", url, headers=headers, body=msgspec.json.encode(body)))
    if response.status != OK:
        raise Permanent("platform-refused", f"{action} answers HTTP {response.status}", connector=KEY)
    return _result(action, response.body)


def _result(action: str, body: bytes) -> bytes:
    try:
        answer = READ.decode(Answer, body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{action} does not answer as documented", connector=KEY, path=error.path) from None
    if answer.error is not None:
        raise _refusal(action, answer.error.code or "")
    return bytes(answer.result)


def _refusal(action: str, code: str) -> HuitouError | TokenRefused:
    detail = f"{action} answers {code}"[:200]
    if code in status.TOKEN_OVER:
        return TokenRefused()
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, connector=KEY)
    if code in status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
