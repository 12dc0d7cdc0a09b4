"""TikTok Shop's API: signing, the shop's token and cipher, answers told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.contract import Api, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.iop import TokenRefused, joined
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from chalicelib.toolkit.oauth2 import renewed
from chalicelib.toolkit.signing import hmac_sha256
from connectors.tiktokshop import status
from connectors.tiktokshop.payloads import Answer, Shops, TokenData
from connectors.tiktokshop.values import KEY, READ

HOST = "open-api.tiktokglobalshop.com"
AUTH_HOST = "auth.tiktok-shops.com"
SHOPS = "/authorization/202309/shops"
Params = Sequence[tuple[str, str]]


def sign(secret: str, path: str, params: Params, body: bytes = b"") -> str:
    """Lower-case hex HMAC-SHA256 over path, sorted parameters (decoded) and raw body between two secrets, under the secret."""
    key = secret.encode()
    signed = joined([(name, value) for name, value in params if name != "access_token"])
    return hmac_sha256(key, key + path.encode() + signed.encode() + body + key).hex()


def call(api: Api, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None) -> msgspec.Raw:
    """Call `path` for the shop and answer its `data`. A token that is over is renewed once.

    Raises Retriable (throttled, platform down, no JSON), ConfigError (key, permission, address, cipher), Permanent
    (refused, or "token-revoked" when the seller must authorise again).
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            shop = [] if path == SHOPS else [("shop_cipher", _cipher(api, token))]
            return _send(api, method, path, [*params, *shop], body=body, token=token)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{path} refuses a token that was just renewed", connector=KEY)


def _cipher(api: Api, token: str) -> str:
    """The option, else that of the shop among those that authorised the application."""
    named, shop_id = api.account.options.get("shop_cipher"), api.account.options.get("shop_id")
    if named:
        return named
    found = READ.decode(Shops, bytes(_send(api, "GET", SHOPS, (), body=None, token=token)), None, "$.data").shops or []
    ciphers = [shop.cipher for shop in found if shop.cipher and (not shop_id or ident(shop.id) == shop_id)]
    if len(ciphers) != 1:
        raise ConfigError("option-missing", "the option shop_id must name one of the shops that authorised", connector=KEY)
    return ciphers[0]


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets. Permanent("token-revoked") when both are dead."""
    stored, given = last.refresh_token if last else None, api.secrets.values.get("refresh_token", ())
    return renewed(stored, given[:1], lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    """The one call that is not signed: the secret goes in the query, so its address must never be logged."""
    query = (
        ("app_key", api.secrets.one("app_key")),
        ("app_secret", api.secrets.one("app_secret")),
        ("refresh_token", refresh_token),
        ("grant_type", "refresh_token"),
    )
    path = "/api/v2/token/refresh"
    answer = _read(path, api.http.send(HttpRequest("GET", f"https://{AUTH_HOST}{path}", query=query)))
    if answer.code != 0:
        raise _no_grant(path, answer)
    data = READ.decode(TokenData, bytes(answer.data), None, "$.data")
    try:
        return Token(data.access_token, epoch(data.access_token_expire_in, "access_token_expire_in"), data.refresh_token)
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None


def _no_grant(path: str, answer: Answer) -> HuitouError:
    """Why there is no token. Only what says so of the refresh token itself is a revoked authorisation, which pauses the account."""
    detail, word = f"{path} answers {answer.code}", (answer.message or "").lower().replace("_", " ")
    if answer.code in status.THROTTLED | status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if answer.code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[answer.code], detail, connector=KEY)
    if "app key" in word or "app secret" in word:
        return ConfigError("application-refused", f"{detail}: app_key or app_secret", connector=KEY)
    if answer.code in status.REVOKED or "refresh token" in word or "authoriz" in word:
        return Permanent("token-revoked", f"{detail}: the seller must authorise again", connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)


def _send(api: Api, method: str, path: str, params: Params, *, body: Mapping[str, Any] | None, token: str) -> msgspec.Raw:
    raw = b"" if body is None else msgspec.json.encode(body)
    stamp = str(int(api.now().timestamp()))
    everything = [*params, ("app_key", api.secrets.one("app_key")), ("timestamp", stamp)]
    everything.append(("sign", sign(api.secrets.one("app_secret"), path, everything, raw)))
    headers = {"x-tts-access-token": token, "content-type": "application/json"}
    request = HttpRequest(method, f"https://{HOST}{path}", query=tuple(everything), headers=headers, body=raw or None)
    answer = _read(path, api.http.send(request))
    if answer.code != 0:
        raise _error(path, answer)
    if not told(answer.data):
        raise Permanent("answer-empty", f"{path} answers without data", connector=KEY, path="$.data")
    return answer.data


def _read(path: str, response: HttpResponse) -> Answer:
    """The answer, which also comes with a status other than 200. What is no JSON is a fault of the way: Retriable."""
    try:
        return READ.decode(Answer, response.body, None)
    except Permanent as error:
        if response.status == 200:
            raise Retriable("answer-malformed", f"{path} does not answer as documented", connector=KEY, path=error.path) from None
    raise Permanent("platform-refused", f"{path} answers HTTP {response.status}", connector=KEY)


def _error(path: str, answer: Answer) -> HuitouError | TokenRefused:
    detail = f"{path} answers {answer.code}"
    if answer.code in status.TOKEN_OVER:
        return TokenRefused()
    if answer.code == status.AMBIGUOUS:
        word = (answer.message or "").lower()
        return TokenRefused() if "token" in word and "page" not in word else ConfigError("call-refused", detail, connector=KEY)
    if answer.code in status.THROTTLED:
        return Retriable("platform-throttled", detail, connector=KEY)
    if answer.code in status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if answer.code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[answer.code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
