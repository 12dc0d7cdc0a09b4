"""JOS, the gateway of JD: signing, the shop's token, answers told apart on both their levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Api, HttpRequest, Rate, Token
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.beijing import wall
from chalicelib.toolkit.loose import Odd, number, text, told
from chalicelib.toolkit.oauth2 import first_accepted, standing
from chalicelib.toolkit.signing import md5_wrapped, names_and_values
from connectors.jd import status
from connectors.jd.payloads import Outcome, Refusal, TokenAnswer
from connectors.jd.values import KEY, READ

HOST, TEST_HOST, OAUTH = "api.jd.com", "api-dev.jd.com", "open-oauth.jd.com"
API_HOSTS = (HOST, TEST_HOST, OAUTH)
FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
RATE = Rate("jos", 0.2, 5)  # the limits stand in the console only; five a second for a shop is what clients dare
_YEAR, _HOUR = 366 * 86_400, 3_600
OK = "0"


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def sign(secret: str, params: Iterable[tuple[str, str]]) -> str:
    """`sign` of a call: upper-case hex MD5 over all parameters that are sent, between two secrets."""
    return md5_wrapped(secret, names_and_values(params))


def call(api: Api, method: str, params: Mapping[str, Any]) -> bytes:
    """Call `method` and answer what stands in its wrapper. A token that is over is renewed once.

    `params` go as one JSON, flat: an object inside them would be ignored. Raises Retriable (throttled, platform down, no
    JSON), ConfigError (key, permission), Permanent (refused, or "token-revoked" when the shop must authorise again).
    """
    body = msgspec.json.encode(dict(params)).decode()
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, method, body, token)
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a token that was just renewed", connector=KEY)


def require_success(method: str, outcome: Outcome | None) -> None:
    """Refuse an answer that says inside that it failed: Permanent. Not told at all is no failure."""
    if outcome is None or outcome.success is None or outcome.success in (True, "true", 1):
        return
    code = text(outcome.englishErrCode) or text(outcome.numberCode) or text(outcome.code) or "failure"
    raise Permanent("platform-refused", f"{method} answers {code}"[:200], connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new token by the last refresh token, else by the one in the secrets; without any, the access token in the secrets."""
    given = api.secrets.values.get("refresh_token", ())
    found = first_accepted([last.refresh_token if last else None, *given[:1]], lambda token: _grant(api, token))
    if found is not None:
        return found
    bought = api.secrets.values.get("access_token", ())
    return Token(standing(bought, last.access_token if last else None, connector=KEY), None)


def _grant(api: Api, refresh_token: str) -> Token:
    """The secret travels in the query, as the platform has it: nothing of the request goes into an error.

    What is no JSON comes from something on the way, and says nothing of the token: Retriable.
    """
    query = [
        ("app_key", api.secrets.one("app_key")),
        ("app_secret", api.secrets.one("app_secret")),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ]
    response = api.http.send(HttpRequest("GET", f"https://{OAUTH}/oauth2/refresh_token", query=query))
    try:
        answer = READ.decode(TokenAnswer, response.body, None)
    except Permanent as error:
        raise Retriable(
            "answer-malformed", "the token address does not answer as documented", connector=KEY, path=error.path
        ) from None
    if not answer.access_token:
        raise Permanent("token-revoked", "the refresh token is refused: the shop must authorise again", connector=KEY)
    try:
        seconds = number(answer.expires_in, "expires_in")
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    # An hour where it is not told: a token without a life would be renewed at every call.
    lives = timedelta(seconds=_HOUR if not seconds else max(0, min(seconds, _YEAR)))
    return Token(answer.access_token, api.now() + lives, answer.refresh_token or refresh_token)


def _send(api: Api, method: str, body: str, token: str) -> bytes:
    params = [
        ("360buy_param_json", body),
        ("access_token", token),
        ("app_key", api.secrets.one("app_key")),
        ("method", method),
        ("timestamp", wall(api.now())),
        ("v", "2.0"),
    ]
    params.append(("sign", sign(api.secrets.one("app_secret"), params)))
    host = TEST_HOST if api.account.options.get("sandbox") == "true" else HOST
    request = HttpRequest("POST", f"https://{host}/routerjson", headers=FORM, body=urlencode(params).encode(), rate=RATE)
    response = api.http.send(request)
    if response.status != 200:
        raise Permanent("platform-refused", f"{method} answers HTTP {response.status}", connector=KEY)
    return _inside(method, response.body)


def _inside(method: str, body: bytes) -> bytes:
    """What stands in `<method>_responce` (in either spelling), whose own code must be 0."""
    name = method.replace(".", "_")
    try:
        parts = READ.decode(dict[str, msgspec.Raw], body, None)
        refused = parts.get("error_response")
        refusal = READ.decode(Refusal, bytes(refused), None, "$.error_response") if refused is not None else None
        wrapped = parts.get(f"{name}_responce") or parts.get(f"{name}_response")
        if refusal is None and (wrapped is None or not told(wrapped)):
            raise READ.malformed("an answer of another call", f"$.{name}_responce", None)
        code = text(READ.decode(Refusal, bytes(wrapped), None, f"$.{name}_responce").code) if wrapped is not None else None
    except Permanent as error:
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=error.path) from None
    if refusal is not None:
        raise _error(method, text(refusal.code) or "")
    if wrapped is None or code not in (None, OK):
        raise _error(method, code or "")
    return bytes(wrapped)


def _error(method: str, code: str) -> Exception:
    detail = f"{method} answers {code}"[:200]
    if code in status.TOKEN_OVER:
        return TokenRefused()
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, after=60, connector=KEY)
    if code in status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
