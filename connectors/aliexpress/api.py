"""AliExpress's API: signing, the shop's token, answers told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.iop import SIGN_METHOD, Refusal, TokenAnswer, TokenRefused, refusal, sign
from chalicelib.toolkit.loose import Odd, ident, text, yes
from chalicelib.toolkit.oauth2 import renewed
from connectors.aliexpress.payloads import ErrorResponse, Outcome
from connectors.aliexpress.values import KEY, READ

HOST = "api-sg.aliexpress.com"
FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
# Codes of the older gateway, which the newer one still answers with.
OLD_CODES = {"26": "IllegalAccessToken", "27": "IllegalAccessToken", "7": "ApiCallLimit", "25": "IncompleteSignature"}


def call(api: Api, method: str, params: Mapping[str, Any]) -> msgspec.Raw:
    """Call a business method with the shop's token and answer what stands below its name. A token that is over is renewed once.

    Values that are no text are sent as JSON. Raises Retriable (throttled, platform down, no JSON), ConfigError (key,
    permission), Permanent (refused, or "token-revoked" when the seller must authorise again).
    """
    told = [(name, value if isinstance(value, str) else msgspec.json.encode(value).decode()) for name, value in params.items()]
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            body = _send(api, "/sync", "", [*told, ("method", method), ("session", token)])
            return _inside(method, body)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a token that was just renewed", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets. Permanent("token-revoked") when both are dead."""
    stored, given = last.refresh_token if last else None, api.secrets.values.get("refresh_token", ())
    return renewed(stored, given[:1], lambda token: _grant(api, token), connector=KEY)


def _grant(api: Api, refresh_token: str) -> Token:
    path = "/auth/token/refresh"
    try:
        body = _send(api, f"/rest{path}", path, [("refresh_token", refresh_token)])
    except TokenRefused:
        raise Permanent("token-revoked", f"{path} is refused: the seller must authorise again", connector=KEY) from None
    answer = READ.decode(TokenAnswer, body, None)
    try:
        return Token(answer.access_token, answer.expires_at(api.now()), answer.refresh_token or refresh_token)
    except Odd as odd:
        raise READ.of(odd, "$", None) from None


def _send(api: Api, where: str, signed_path: str, params: Sequence[tuple[str, str]]) -> bytes:
    """Sign and send as a form. Methods behind /sync are signed without a path, the others with theirs."""
    everything = [
        *params,
        ("app_key", api.secrets.one("app_key")),
        ("sign_method", SIGN_METHOD),
        ("timestamp", str(int(api.now().timestamp() * 1000))),
    ]
    everything.append(("sign", sign(api.secrets.one("app_secret"), signed_path, everything)))
    response = api.http.send(HttpRequest("POST", f"https://{HOST}{where}", headers=FORM, body=urlencode(everything).encode()))
    what = signed_path or dict(params)["method"]
    if response.status != 200:
        raise Permanent("platform-refused", f"{what} answers HTTP {response.status}", connector=KEY)
    try:
        answer = READ.decode(Refusal, response.body, None)
    except Permanent as error:
        raise Retriable("answer-malformed", f"{what} does not answer as documented", connector=KEY, path=error.path) from None
    if answer.is_error:
        raise _refused(what, str(answer.code), answer.type)
    return response.body


def _inside(method: str, body: bytes) -> msgspec.Raw:
    """What stands below the method's name with underscores, or the error that stands instead."""
    roots = READ.decode(dict[str, msgspec.Raw], body, None)
    if "error_response" in roots:
        error = READ.decode(ErrorResponse, bytes(roots["error_response"]), None, "$.error_response")
        raise _refused(method, text(error.code) or text(error.sub_code) or "unknown", error.type)
    name = f"{method.replace('.', '_')}_response"
    if name not in roots:
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=f"$.{name}")
    return roots[name]


def require_success(method: str, result: bytes) -> None:
    """Refuse a result that says itself that the call failed."""
    told = READ.decode(Outcome, result, None, "$.result")
    failed = [flag for flag in (told.success, told.result_success) if flag is not None and not yes(flag)]
    if failed:
        raise Permanent("platform-refused", f"{method} answers {ident(told.error_code) or 'failure'}"[:200], connector=KEY)


def _refused(what: str, code: str, kind: str | None) -> Exception:
    return refusal(what, OLD_CODES.get(code, code), kind, connector=KEY)
