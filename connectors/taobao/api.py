"""TOP, the gateway of Taobao and Tmall: signing, the shop's session, answers told apart."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Api, HttpRequest, Token
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.beijing import wall
from chalicelib.toolkit.loose import text
from chalicelib.toolkit.oauth2 import FORM, first_accepted, granted, refresh_form, standing
from chalicelib.toolkit.signing import md5_wrapped, names_and_values
from connectors.taobao import status
from connectors.taobao.payloads import Answer, Refusal
from connectors.taobao.values import KEY, READ

HOST, SANDBOX = "gw.api.taobao.com", "gw.api.tbsandbox.com"
OAUTH, OAUTH_SANDBOX = "oauth.taobao.com", "oauth.tbsandbox.com"
API_HOSTS = (HOST, SANDBOX, OAUTH, OAUTH_SANDBOX)
SIGN_METHOD = "hmac-sha256"
TOP_FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
Params = Sequence[tuple[str, str]]


class TokenRefused(Exception):
    """The platform says that this session is over."""


def sign(secret: str, params: Iterable[tuple[str, str]], method: str = SIGN_METHOD) -> str:
    """`sign` of a call, by one of the three methods (`md5`, `hmac`, `hmac-sha256`): upper-case hex over all parameters."""
    message = names_and_values(params)
    if method == "md5":
        return md5_wrapped(secret, message)
    return hmac.new(secret.encode(), message.encode(), "md5" if method == "hmac" else "sha256").hexdigest().upper()


def connect_sign(secret: str, app_key: str, group: str, millis: int) -> str:
    """`sign` of the handshake of TMC's WebSocket, which this connector does not open: the REST calls bring the same messages."""
    return md5_wrapped(secret, names_and_values([("app_key", app_key), ("group_name", group), ("timestamp", str(millis))]))


def call(api: Api, method: str, params: Params = (), *, session: bool = True) -> bytes:
    """Call `method` and answer what stands in its wrapper. A session that is over is renewed once; `session` False: the app's own.

    Raises Retriable (throttled, platform down, no JSON), ConfigError (key, permission), Permanent (refused, or
    "token-revoked" when the seller must authorise again).
    """
    if not session:
        try:
            return _send(api, method, params)
        except TokenRefused:
            raise ConfigError("permission-missing", f"{method} asks for a session", connector=KEY) from None
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        try:
            return _send(api, method, [*params, ("session", token)])
        except TokenRefused:
            api.tokens.expire(token)
    raise Retriable("token-refused", f"{method} refuses a session that was just renewed", connector=KEY)


def answer(api: Api, method: str, params: Params = (), *, session: bool = True) -> Answer:
    """As `call`, decoded."""
    return READ.decode(Answer, call(api, method, params, session=session), None)


def renew(api: Api, last: Token | None) -> Token:
    """A new session by the last refresh token, else by the one in the secrets; without any, the access token in the secrets."""
    given = api.secrets.values.get("refresh_token", ())
    found = first_accepted([last.refresh_token if last else None, *given[:1]], lambda token: _grant(api, token))
    if found is not None:
        return found
    bought = api.secrets.values.get("access_token", ())
    return Token(standing(bought, last.access_token if last else None, connector=KEY), None)


def _grant(api: Api, refresh_token: str) -> Token:
    host = OAUTH_SANDBOX if _sandbox(api) else OAUTH
    form = refresh_form(api.secrets.one("app_key"), api.secrets.one("app_secret"), refresh_token)
    response = api.http.send(HttpRequest("POST", f"https://{host}/token", headers=FORM, body=form))
    grant = granted(response.status, response.body, connector=KEY)
    return Token(grant.access_token, api.now() + grant.life, grant.refresh_token or refresh_token)


def _sandbox(api: Api) -> bool:
    return api.account.options.get("sandbox") == "true"


def _send(api: Api, method: str, params: Params) -> bytes:
    everything = [
        *[(name, value) for name, value in params if value],
        ("method", method),
        ("app_key", api.secrets.one("app_key")),
        ("timestamp", wall(api.now())),
        ("format", "json"),
        ("v", "2.0"),
        ("sign_method", SIGN_METHOD),
    ]
    everything.append(("sign", sign(api.secrets.one("app_secret"), everything)))
    host = SANDBOX if _sandbox(api) else HOST
    url = f"https://{host}/router/rest"
    response = api.http.send(HttpRequest("POST", url, headers=TOP_FORM, body=urlencode(everything).encode()))
    if response.status != 200:
        raise Permanent("platform-refused", f"{method} answers HTTP {response.status}", connector=KEY)
    return _inside(method, response.body)


def _inside(method: str, body: bytes) -> bytes:
    """What stands in `<method>_response`, or the whole where the answer is simplified; an error where it is one."""
    try:
        parts = READ.decode(dict[str, msgspec.Raw], body, None)
        refused = parts.get("error_response")
        refusal = READ.decode(Refusal, bytes(refused), None, "$.error_response") if refused is not None else None
    except Permanent as error:
        raise Retriable("answer-malformed", f"{method} does not answer as documented", connector=KEY, path=error.path) from None
    if refusal is not None:
        raise _error(method, refusal)
    name = method.removeprefix("taobao.").replace(".", "_") + "_response"
    wrapped = parts.get(name)
    return bytes(wrapped) if wrapped is not None else body


def _error(method: str, refusal: Refusal) -> Exception:
    code, sub = text(refusal.code) or "", refusal.sub_code or ""
    detail = f"{method} answers {code} {sub}".strip()[:200]
    if code in status.TOKEN_OVER:
        return TokenRefused()
    if code == status.THROTTLED:
        return Retriable("platform-throttled", detail, after=60, connector=KEY)
    if code in status.UNAVAILABLE or sub.startswith("isp."):
        return Retriable("platform-error", detail, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
