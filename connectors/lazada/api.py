"""Lazada's API: signing, the shop's token, answers told apart."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.iop import SIGN_METHOD, Refusal, TokenAnswer, TokenRefused, refusal, sign
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.oauth2 import first_accepted
from chalicelib.toolkit.signing import same
from connectors.lazada import status
from connectors.lazada.values import KEY, READ, country_of

AUTH_HOST = "auth.lazada.com"
API_HOSTS = (*sorted(status.HOSTS.values()), AUTH_HOST)
FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
Params = Sequence[tuple[str, str]]


def call(api: Api, path: str, params: Params = (), *, method: str = "GET") -> bytes:
    """Call `path` with the shop's token and answer the body of a call that succeeded. A token that is over is renewed once.

    Raises Retriable (throttled, platform down, no JSON), ConfigError (key, permission), Permanent (refused, or
    "token-revoked" when the seller must authorise again).
    """
    host = status.HOSTS[country_of(api.account)]
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, host, path, [*params, ("access_token", token)], method)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{path} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets; without any, the access token in the secrets.

    Permanent("token-revoked") when a person must authorise again.
    """
    given, access = api.secrets.values.get("refresh_token", ()), api.secrets.values.get("access_token", ())
    found = first_accepted([last.refresh_token if last else None, *given[:1]], lambda token: _grant(api, token))
    if found is not None:
        return found
    if not access:
        raise ConfigError("token-missing", "neither a refresh token nor an access token is configured", connector=KEY)
    if last is not None and same(last.access_token.encode(), access[0].encode()):
        raise Permanent("token-revoked", "the access token is over and there is none to renew it with", connector=KEY)
    return Token(access[0], None)


def _grant(api: Api, refresh_token: str) -> Token:
    path = "/auth/token/refresh"
    try:
        body = _send(api, AUTH_HOST, path, [("refresh_token", refresh_token)], "GET")
    except TokenRefused:
        raise Permanent("token-revoked", f"{path} is refused: the seller must authorise again", connector=KEY) from None
    answer = READ.decode(TokenAnswer, body, None)
    try:
        return Token(answer.access_token, answer.expires_at(api.now()), answer.refresh_token or refresh_token)
    except Odd as odd:
        raise READ.of(odd, "$", None) from None


def _send(api: Api, host: str, path: str, params: Params, method: str) -> bytes:
    """Sign and send; GET carries all in the query, POST in a form. TokenRefused when the token is over."""
    everything = [
        *params,
        ("app_key", api.secrets.one("app_key")),
        ("sign_method", SIGN_METHOD),
        ("timestamp", str(int(api.now().timestamp() * 1000))),
    ]
    everything = [(name, value) for name, value in everything if value]
    everything.append(("sign", sign(api.secrets.one("app_secret"), path, everything)))
    url = f"https://{host}/rest{path}"
    if method == "GET":
        request = HttpRequest("GET", url, query=tuple(everything))
    else:
        request = HttpRequest("POST", url, headers=FORM, body=urlencode(everything).encode())
    response = api.http.send(request)
    if response.status != 200:
        raise Permanent("platform-refused", f"{path} answers HTTP {response.status}", connector=KEY)
    return _checked(path, response.body)


def _checked(path: str, body: bytes) -> bytes:
    """The body, or the error that it is. An answer that is no JSON is a fault of the way: Retriable."""
    try:
        answer = READ.decode(Refusal, body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{path} does not answer as documented", connector=KEY, path=error.path) from None
    if answer.is_error:
        raise refusal(path, str(answer.code), answer.type, connector=KEY)
    return body
