"""1688's API: signed forms, the shop's token, answers told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from chalicelib.contract import Api, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.loose import Odd, number, text, yes
from chalicelib.toolkit.oauth2 import renewed
from connectors.alibaba1688 import status
from connectors.alibaba1688.payloads import Answer, TokenAnswer
from connectors.alibaba1688.push import FIELD, aop_signature
from connectors.alibaba1688.values import KEY, READ

HOST = "gw.open.1688.com"
TRADE, OPEN = "com.alibaba.trade", "cn.alibaba.open"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
OK = 200
USUAL = timedelta(hours=10)  # a token's life where it is not told [doc]
Params = Sequence[tuple[str, str]]


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def call(api: Api, name: str, params: Params = ()) -> Answer:
    """Call a trade API with the shop's token. A token that is over is renewed once.

    Raises Retriable (throttled, no JSON), ConfigError (key, signature, permission), Permanent (refused, or "token-revoked").
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, TRADE, name, [*params, ("access_token", token)])
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{name} refuses a token that was just renewed", connector=KEY)


def call_open(api: Api, name: str, params: Params) -> Answer:
    """Call an API that belongs to the application and needs no token."""
    try:
        return _send(api, OPEN, name, params)
    except TokenRefused:
        raise ConfigError("permission-missing", f"{name} is refused to the application", connector=KEY) from None


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the stored refresh token, else by a configured one. Permanent("token-revoked") when it is over."""
    given = api.secrets.values.get("refresh_token", ())
    return renewed(last.refresh_token if last else None, given, lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    key = api.secrets.one("app_key")
    form = {"grant_type": "refresh_token", "client_id": key, "client_secret": api.secrets.one("app_secret")}
    url = f"https://{HOST}/openapi/http/1/system.oauth2/getToken/{key}"
    body = urlencode({**form, "refresh_token": refresh_token}).encode()
    response = api.http.send(HttpRequest("POST", url, headers=FORM, body=body))
    try:
        _checked("getToken", response)
    except (Permanent, TokenRefused):
        raise Permanent("token-revoked", "the refresh token is refused: the shop must authorise again", connector=KEY) from None
    answer = READ.decode(TokenAnswer, response.body, None)
    try:
        seconds = number(answer.expires_in, "expires_in") or 0
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    life = (
        timedelta(seconds=min(seconds, 366 * 86_400)) if seconds > 0 else USUAL
    )  # a token without a life is asked for anew each time
    return Token(answer.access_token, api.now() + life, answer.refresh_token or refresh_token)


def _send(api: Api, namespace: str, name: str, params: Params) -> Answer:
    path = f"param2/1/{namespace}/{name}/{api.secrets.one('app_key')}"
    form = [*params, ("_aop_timestamp", str(to_millis(api.now())))]
    form.append((FIELD, aop_signature(api.secrets.one("app_secret"), path, form)))
    request = HttpRequest("POST", f"https://{HOST}/openapi/{path}", headers=FORM, body=urlencode(form).encode())
    return _checked(name, api.http.send(request))


def _checked(name: str, response: HttpResponse) -> Answer:
    """The answer, or the error that it is. One that is no JSON is a fault of the way: Retriable."""
    try:
        answer = READ.decode(Answer, response.body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{name} does not answer as documented", connector=KEY, path=error.path) from None
    code = text(answer.error_code) or text(answer.errorCode) or text(answer.error)
    failed = any(told is not None and not yes(told) for told in (answer.success, answer.isSuccess))
    if response.status != OK or failed or (code is not None and answer.success is None):
        raise _refusal(name, code or str(response.status))
    return answer


def _refusal(name: str, code: str) -> HuitouError | TokenRefused:
    detail = f"{name} answers {code}"[:200]
    if code in status.TOKEN_OVER:
        return TokenRefused()
    if "Qos" in code or "Limit" in code:
        return Retriable("platform-throttled", detail, connector=KEY)
    if "Signature" in code:
        return ConfigError("signature-refused", detail, connector=KEY)
    if "AppKey" in code or code in ("invalid_client", "unauthorized_client"):
        return ConfigError("app-key-refused", detail, connector=KEY)
    if "ACL" in code or "Permission" in code or "Forbidden" in code or code == "403":
        return ConfigError("permission-missing", detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
