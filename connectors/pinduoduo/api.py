"""Pinduoduo's gateway: signing, the shop's token, answers told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.loose import Odd, epoch, number, text
from chalicelib.toolkit.oauth2 import first_accepted, standing
from chalicelib.toolkit.signing import md5_wrapped, names_and_values
from connectors.pinduoduo import status
from connectors.pinduoduo.payloads import Grant, Refusal
from connectors.pinduoduo.values import KEY, READ

HOST = "gw-api.pinduoduo.com"
FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
_YEAR = 366 * 86_400
_HOUR = timedelta(hours=1)
Params = Sequence[tuple[str, str]]


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(secret: str, params: Iterable[tuple[str, str]]) -> str:
    """`sign` of a call: upper-case hex MD5 over all parameters, between two secrets."""
    return md5_wrapped(secret, names_and_values(params))


def call(api: Api, method: str, params: Params = ()) -> bytes:
    """Call `method` with the shop's token and answer what stands in its wrapper. A token that is over is renewed once.

    Raises Retriable (throttled, platform down, no JSON), ConfigError (key, permission), Permanent (refused, or
    "token-revoked" when the shop must authorise again).
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _inside(method, _post(api, method, [*params, ("access_token", token)]))
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets; without any, the access token in the secrets."""
    given = api.secrets.values.get("refresh_token", ())
    found = first_accepted([last.refresh_token if last else None, *given[:1]], lambda token: _grant(api, token))
    if found is not None:
        return found
    bought = api.secrets.values.get("access_token", ())
    return Token(standing(bought, last.access_token if last else None, connector=KEY), None)


def _grant(api: Api, refresh_token: str) -> Token:
    """Through the gateway itself. Whatever it refuses for good is a token that is over; what is not its own answer is not."""
    method = "pdd.pop.auth.token.refresh"
    answer = _post(api, method, [("refresh_token", refresh_token)])
    try:
        body = _inside(method, answer)
    except (TokenRefused, Permanent):
        raise Permanent("token-revoked", "the refresh token is refused: the shop must authorise again", connector=KEY) from None
    grant = READ.decode(Grant, body, None)
    try:
        expires_at = _expiry(grant, api.now())
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    return Token(grant.access_token, expires_at, grant.refresh_token or refresh_token)


def _expiry(grant: Grant, now: datetime) -> datetime:
    """When a token ends; an hour where it is not told."""
    if (at := epoch(grant.expires_at, "expires_at")) is not None:
        return at
    seconds = number(grant.expires_in, "expires_in")
    return now + (_HOUR if seconds is None else timedelta(seconds=max(0, min(seconds, _YEAR))))


def _post(api: Api, method: str, params: Params) -> bytes:
    everything = [
        *params,
        ("type", method),
        ("client_id", api.secrets.one("client_id")),
        ("timestamp", str(int(api.now().timestamp()))),
        ("data_type", "JSON"),
        ("version", "V1"),
    ]
    everything.append(("sign", sign(api.secrets.one("client_secret"), everything)))
    body, rate = urlencode(everything).encode(), status.RATES.get(method, status.RATE)
    response = api.http.send(HttpRequest("POST", f"https://{HOST}/api/router", headers=FORM, body=body, rate=rate))
    if response.status != 200:
        raise Permanent("platform-refused", f"{method} answers HTTP {response.status}", connector=KEY)
    return response.body


def _inside(method: str, body: bytes) -> bytes:
    """What stands in the one wrapper, whose name follows no rule, or the whole where there is none; an error where it is one."""
    try:
        parts = READ.decode(dict[str, msgspec.Raw], body, None)
        refused = parts.get("error_response")
        refusal = READ.decode(Refusal, bytes(refused), None, "$.error_response") if refused is not None else None
    except Permanent as error:
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=error.path) from None
    if refusal is not None:
        raise _error(method, refusal)
    wrapped = [raw for name, raw in parts.items() if name.endswith("_response")]
    return bytes(wrapped[0]) if len(wrapped) == 1 else body


def _error(method: str, refusal: Refusal) -> Exception:
    code, sub = text(refusal.error_code) or "", text(refusal.sub_code) or ""
    detail = f"{method} answers {code} {sub}".strip()[:200]
    if code in status.TOKEN_OVER:
        return TokenRefused()
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, after=60, connector=KEY)
    if code in status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
