"""Kuaishou's API: signing, the shop's token, answers told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.loose import Odd, ident, number, told
from chalicelib.toolkit.oauth2 import renewed
from chalicelib.toolkit.signing import b64, hmac_sha256, md5_hex
from connectors.kuaishou import status
from connectors.kuaishou.payloads import Answer, Granted
from connectors.kuaishou.values import HOST, KEY, READ

FORM = {"content-type": "application/x-www-form-urlencoded"}
REFRESH = "/oauth2/refresh_token"
SignMethod = Literal["HMAC_SHA256", "MD5"]
_YEAR = 366 * 86_400


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(sign_secret: str, params: Sequence[tuple[str, str]], method: SignMethod = "HMAC_SHA256") -> str:
    """`sign` over the parameters, decoded and sorted, with the secret behind them: base64 of the HMAC, or hex of the MD5."""
    joined = "&".join([f"{name}={value}" for name, value in sorted(params)])
    text = f"{joined}&signSecret={sign_secret}".encode()
    return md5_hex(text) if method == "MD5" else b64(hmac_sha256(sign_secret.encode(), text))


def call(api: Api, method: str, param: Mapping[str, Any], *, post: bool = False) -> msgspec.Raw:
    """Call `method` for the shop and answer its `data`. A token that is over is renewed once.

    Raises Retriable (throttled, platform down, no JSON), ConfigError (key, signature, scope), Skippable (there is no such
    thing), Permanent (refused, or "token-revoked" when the shop must authorise again).
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, method, param, token, post=post)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a token that was just renewed", connector=KEY)


def _send(api: Api, method: str, param: Mapping[str, Any], token: str, *, post: bool) -> msgspec.Raw:
    text = msgspec.json.encode(param).decode()
    params = [
        ("access_token", token),
        ("appkey", api.secrets.one("app_key")),
        ("method", method),
        ("param", text),
        ("signMethod", "HMAC_SHA256"),
        ("timestamp", str(int(api.now().timestamp() * 1000))),
        ("version", "1"),
    ]
    signed = [*params, ("sign", sign(api.secrets.one("sign_secret"), params))]
    url = f"https://{HOST}/{method.replace('.', '/')}"
    if post:  # a long `param` does not fit a URL
        query = [pair for pair in signed if pair[0] != "param"]
        request = HttpRequest("POST", url, tuple(query), FORM, urlencode([("param", text)]).encode())
    else:
        request = HttpRequest("GET", url, tuple(signed), FORM)
    response = api.http.send(request)
    if response.status != 200:
        raise Permanent("platform-refused", f"{method} answers HTTP {response.status}", connector=KEY)
    try:
        answer = READ.decode(Answer, response.body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=error.path) from None
    if ident(answer.result) != str(status.OK):
        raise _error(method, answer)
    if not told(answer.data) and not post:  # what was posted is done, whether more is told of it or not
        raise Permanent("answer-empty", f"{method} answers without data", connector=KEY, path="$.data")
    return answer.data


def _error(method: str, answer: Answer) -> HuitouError | TokenRefused:
    """What an error means: by its codes, else by the words that are documented for it."""
    codes = {ident(answer.result) or "", ident(answer.code) or ""}
    words = " ".join([text for text in (answer.error_msg, answer.msg, answer.sub_msg) if text]).lower()
    shown = " ".join(sorted(code for code in codes if code.isascii() and code.isalnum()))
    detail = f"{method} answers {shown}"[:200]
    if codes & status.TOKEN_OVER:
        return TokenRefused()
    if codes & status.MISSING:
        return Skippable("resource-missing", detail, connector=KEY)
    if status.QUOTA in words or status.QPS in words:
        # A quota is a day's; how the platform's day begins is not told, so it is asked again every hour.
        return Retriable("platform-throttled", detail, after=3600 if status.QUOTA in words else 1, connector=KEY)
    if any(word in words for word in status.SIGNATURE):
        return ConfigError("signature-refused", detail, connector=KEY)
    if codes & set(status.MISCONFIGURED):
        reason = next(status.MISCONFIGURED[code] for code in sorted(codes & set(status.MISCONFIGURED)))
        return ConfigError(reason, detail, connector=KEY)
    if any(word in words for word in status.SCOPE):
        return ConfigError("permission-missing", detail, connector=KEY)
    if codes & status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets. Permanent("token-revoked") when both are dead."""
    stored, given = last.refresh_token if last else None, api.secrets.values.get("refresh_token", ())
    return renewed(stored, given[:1], lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    """Each refresh gives a new refresh token; the old one dies within five minutes. Its life is inherited, not begun anew."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "app_id": api.secrets.one("app_key"),
        "app_secret": api.secrets.one("app_secret"),
    }
    response = api.http.send(HttpRequest("POST", f"https://{HOST}{REFRESH}", (), FORM, urlencode(form).encode()))
    try:
        answer = READ.decode(Granted, response.body, None)
        seconds = number(answer.expires_in, "expires_in") or 0
    except (Permanent, Odd):
        raise Retriable("answer-malformed", f"{REFRESH} does not answer as documented", connector=KEY) from None
    code = ident(answer.result) or ""
    if code == str(status.OK) and answer.access_token and answer.refresh_token:
        life = timedelta(seconds=max(0, min(seconds, _YEAR)))
        return Token(answer.access_token, api.now() + life, answer.refresh_token)
    detail = f"{REFRESH} answers {code if code.isdigit() else 'an error'}"
    if code in status.TOKEN_OVER | status.WITHDRAWN:
        raise Permanent("token-revoked", f"{detail}: the shop must authorise again", connector=KEY)
    if code in status.MISCONFIGURED:
        raise ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    if code in status.UNAVAILABLE:
        raise Retriable("platform-error", detail, connector=KEY)
    # Without a token there is no work: it waits, and is told, instead of being set aside piece by piece.
    raise ConfigError("grant-refused", detail, connector=KEY)
