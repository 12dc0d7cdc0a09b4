"""Weibo's API: OAuth tokens that cannot be renewed, open and business addresses, answers told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from chalicelib.contract import Api, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.loose import Odd, ident, number
from chalicelib.toolkit.signing import same
from connectors.weibo import status
from connectors.weibo.payloads import Problem, TokenInfo
from connectors.weibo.values import KEY, READ

OPEN, BUSINESS, MESSAGES = "api.weibo.com", "c.api.weibo.com", "m.api.weibo.com"
HOSTS = (OPEN, BUSINESS, MESSAGES)
FORM = {"content-type": "application/x-www-form-urlencoded"}
INFO = "/oauth2/get_token_info"
HOUR = 3600
_LONGEST = 5 * 366 * 86_400
Params = Sequence[tuple[str, str]]


def is_business(api: Api) -> bool:
    """Whether the account has a contract for the business API."""
    chosen = api.account.options.get("api", "open")
    if chosen not in ("open", "business"):
        raise ConfigError("option-malformed", "the option api is open or business", connector=KEY)
    return chosen == "business"


def address(api: Api, name: str) -> str:
    """The address of a call on the chosen API: `/2/<name>.json`, or `/2/<name>/biz.json`."""
    return f"https://{BUSINESS}/2/{name}/biz.json" if is_business(api) else f"https://{OPEN}/2/{name}.json"


def call(api: Api, url: str, params: Params, *, method: str = "GET") -> bytes:
    """Call with the account's token and answer the body.

    Raises Retriable (a limit is used up, platform down, no JSON), ConfigError, Skippable (there is no such thing), Permanent
    (refused, or "token-revoked" when the owner must authorise again).
    """
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        answer = send(api, url, params, token, method)
        code = problem_of(answer)
        if code is None:
            return answer.body
        if code not in status.TOKEN_DEAD:
            raise refusal(url, code, answer.status)
        api.tokens.expire(token)
    # Not "token-revoked": told by a call, it pauses nothing. The next call asks for a token and is told so there.
    raise Retriable("token-refused", "Weibo refuses a token that was just configured", connector=KEY)


def send(api: Api, url: str, params: Params, token: str, method: str) -> HttpResponse:
    """The answer to one call under this token, which goes in a header, so that no address holds it."""
    headers = {"authorization": f"OAuth2 {token}"}
    if method == "GET":
        return api.http.send(HttpRequest("GET", url, tuple(params), headers))
    return api.http.send(HttpRequest("POST", url, (), {**headers, **FORM}, urlencode(list(params)).encode()))


def problem_of(answer: HttpResponse) -> int | None:
    """The code of the error that an answer is; None where it is none, -1 for an error without a code."""
    if answer.body.lstrip()[:1] == b"[":
        return None if answer.status == 200 else -1
    try:
        told = READ.decode(Problem, answer.body, None)
        code = number(told.error_code, "error_code")
    except (Permanent, Odd):
        if answer.status == 200:
            raise Retriable("answer-malformed", "Weibo does not answer as documented", connector=KEY) from None
        return -1
    if code:
        return code
    return None if answer.status == 200 and told.result is not False else -1


def refusal(url: str, code: int, http_status: int) -> HuitouError:
    """The error that a code stands for; its text may repeat what was said and is left out."""
    detail = f"{url.rpartition('/2/')[2]} answers {code}, HTTP {http_status}"
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, after=HOUR, connector=KEY)
    if code in status.UNAVAILABLE:
        return Retriable("platform-unavailable", detail, after=60, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    if code in status.MISSING or http_status == 404:
        return Skippable("resource-missing", detail, connector=KEY)
    return Permanent(status.REFUSED.get(code, "platform-refused"), detail, connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """The configured token, with its end. There is no refresh: one that is over ends in Permanent("token-revoked").

    ConfigError where the token belongs to another application, or to another account than the option `uid` says.
    """
    if last is not None and not api.secrets.values.get("access_token"):  # the one that the owner's consent gave
        raise Permanent("token-revoked", "the access token is over: the owner must authorise again", connector=KEY)
    token = api.secrets.one("access_token")
    if last is not None and same(last.access_token.encode(), token.encode()):
        raise Permanent("token-revoked", "the access token is over: the owner must authorise again", connector=KEY)
    body = urlencode([("access_token", token)]).encode()
    answer = api.http.send(HttpRequest("POST", f"https://{OPEN}{INFO}", (), FORM, body))
    code = problem_of(answer)
    if code in status.TOKEN_DEAD:
        raise Permanent("token-revoked", "the access token is over: the owner must authorise again", connector=KEY)
    if code is not None:
        raise refusal(f"/2{INFO}", code, answer.status)
    told = READ.decode(TokenInfo, answer.body, None)
    app_key, uid = api.secrets.values.get("app_key", ()), api.account.options.get("uid")
    if (app_key and ident(told.appkey) not in (None, *app_key)) or (uid and ident(told.uid) not in (None, uid)):
        raise ConfigError("token-foreign", "the access token is of another application or account", connector=KEY)
    try:
        seconds = number(told.expire_in, "expire_in")
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    return Token(token, None if not seconds or seconds < 0 else api.now() + timedelta(seconds=min(seconds, _LONGEST)))
