"""Mercado Libre's API: the account's token, answers told apart, plain reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import msgspec

from chalicelib.contract import Api, HttpRequest, HttpResponse, Rate, Token
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.oauth2 import FORM, refresh_form, renewed
from connectors.mercadolibre.payloads import TokenAnswer, TokenError
from connectors.mercadolibre.values import HOST, KEY, decode, ident

_YEAR = 366 * 86_400
_PARTIAL = 206  # some fields are missing, named in a header
_NEEDED = frozenset({"shipping", "payments", "order_items"})
MESSAGES = Rate("messages", every=60 / 500, burst=50)  # 500 a minute [seen in clients]
_NONE: Mapping[str, str] = MappingProxyType({})


def get(
    api: Api,
    path: str,
    query: Sequence[tuple[str, str]] = (),
    *,
    rate: Rate | None = None,
    headers: Mapping[str, str] = _NONE,
) -> bytes:
    """Read `path` (built by us from checked ids) with the seller's token; one that is over is renewed once.

    Raises Skippable on 404, Permanent on 403 and every other refusal, Retriable where a part that we need is missing.
    """
    request = HttpRequest("GET", path, tuple(query), {"x-format-new": "true", **headers}, rate=rate)
    return _json(_body(_send(api, request), path))


def post(
    api: Api, path: str, body: Mapping[str, object], query: Sequence[tuple[str, str]] = (), *, rate: Rate | None = None
) -> HttpResponse:
    """Say something (within `toolkit.saying.said_once`); the answer as it is."""
    headers = {"content-type": "application/json"}
    return _send(api, HttpRequest("POST", path, tuple(query), headers, msgspec.json.encode(body), rate))


def _send(api: Api, request: HttpRequest) -> HttpResponse:
    """Send to `request.url`, a path, with the seller's token; one that is over is renewed once."""
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        headers = {"authorization": f"Bearer {token}", "accept": "application/json", **request.headers}
        response = api.http.send(replace(request, url=f"https://{HOST}{request.url}", headers=headers))
        if response.status != 401:
            return response
        api.tokens.expire(token)
    raise Retriable("token-refused", "the platform refuses a token that was just renewed", connector=KEY)


def _json(body: bytes) -> bytes:
    """The body if it is one JSON value. Anything else is a fault of the way, not of the resource: Retriable."""
    try:
        decoder(msgspec.Raw).decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Retriable("answer-malformed", "the platform does not answer in JSON", connector=KEY) from None
    return body


def _body(response: HttpResponse, path: str) -> bytes:
    if response.status == 200:
        return response.body
    if response.status == _PARTIAL:
        missing = {name.strip() for name in response.headers.get("x-content-missing", "").split(",")}
        if missing & _NEEDED:
            raise Retriable("content-missing", "the platform could not tell all of the resource", connector=KEY)
        return response.body
    kind = path.split("/")[1]
    if response.status == 404:
        raise Skippable("resource-missing", f"the platform has no such resource under /{kind}", connector=KEY)
    if response.status == 403:
        raise Permanent("resource-forbidden", f"the seller may not read this resource under /{kind}", connector=KEY)
    raise Permanent("platform-refused", f"/{kind} answers HTTP {response.status}", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token for the last refresh token, else for one in the secrets. Each is good for one use.

    Only ever called by `api.tokens`, which holds the lock and stores the new pair in one write. Raises
    Permanent("token-revoked") when the seller must authorise again, ConfigError when the application is refused.
    """
    stored = last.refresh_token if last else None
    return renewed(stored, api.secrets.values.get("refresh_token", ()), lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    form = refresh_form(api.secrets.one("client_id"), api.secrets.one("client_secret"), refresh_token)
    response = api.http.send(HttpRequest("POST", f"https://{HOST}/oauth/token", headers=FORM, body=form))
    if response.status != 200:
        raise _refusal(response)
    answer = decode(TokenAnswer, _json(response.body), None)
    seller = api.account.options.get("user_id")
    if seller and ident(answer.user_id) not in (None, seller):
        raise ConfigError("seller-mismatch", "the refresh token belongs to another seller", connector=KEY)
    expires_at = api.now() + timedelta(seconds=max(0, min(answer.expires_in, _YEAR)))
    return Token(answer.access_token, expires_at, answer.refresh_token or refresh_token)


def _refusal(response: HttpResponse) -> Permanent | ConfigError:
    try:
        error = decode(TokenError, response.body, None).error
    except Permanent:
        error = None
    if error == "invalid_grant":
        return Permanent("token-revoked", "the refresh token is used up or revoked: the seller must authorise again", connector=KEY)
    if error in ("invalid_client", "unauthorized_client") or response.status in (401, 403):
        return ConfigError("application-refused", "client_id or client_secret is refused", connector=KEY)
    return Permanent("platform-refused", f"/oauth/token answers HTTP {response.status}", connector=KEY)
