"""The Graph API: hosts, tokens, and what its errors mean. Most refusals are HTTP 400 with a code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Rate, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.paging import must_continue
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.signing import hmac_sha256, same
from connectors.meta import status as words
from connectors.meta.payloads import Done, Grant, Listed, Problem, Problems
from connectors.meta.values import KEY, READ

HOSTS = {"facebook": "graph.facebook.com", "instagram": "graph.instagram.com"}
VERSION = "v25.0"
_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}", re.ASCII)
_YEAR = 366 * 86_400
READS = Rate("graph", every=18.0, burst=200)  # 200 an hour for each person of the application [memory]
INSIGHTS = Rate("insights", every=10.0, burst=60)  # [memory]
SENDS = Rate("messages", every=1 / 80, burst=80)  # 80 a second for a number [docs]
PAUSE = 300
DAY = 86_400


def root(account: Account) -> str:
    """The address of the API. ConfigError when an option is none of the known words."""
    login, version = account.options.get("login", "facebook"), account.options.get("graph_version", VERSION)
    if login not in HOSTS or not _VERSION.fullmatch(version):
        raise ConfigError("graph-unknown", "option login must be facebook or instagram, graph_version as v25.0", connector=KEY)
    return f"https://{HOSTS[login]}/{version}"


def get(api: Api, path: str, query: Sequence[tuple[str, str]], rate: Rate = READS) -> bytes:
    """Read `path`. Retriable on limits and faults of theirs, Skippable on what is gone, Permanent on the rest."""
    answer = _send(api, HttpRequest("GET", path, tuple(query), rate=rate))
    if answer.status == 200:
        return as_json(answer.body, connector=KEY)
    raise refusal(answer)


def listed(body: bytes) -> tuple[list[msgspec.Raw], str | None]:
    """A page of a list and the cursor of the next. Permanent where there are no data, or more and no cursor."""
    found = READ.decode(Listed, body, None)
    if found.data is None:
        raise READ.malformed("a list without data", "$.data", None)
    paging = found.paging
    after = paging.cursors.after if paging and paging.cursors else None
    return found.data, must_continue(bool(paging and paging.next), after, connector=KEY, path="$.paging")


def speak(api: Api, path: str, body: Mapping[str, object], rate: Rate = SENDS) -> str | None:
    """Say something, once; see toolkit.saying. The id that Meta gives it."""
    with said_once(api, KEY) as once:
        answer = _send(once, HttpRequest("POST", path, body=msgspec.json.encode(body), rate=rate))
        if answer.status != 200:
            raise refusal(answer)
    try:
        told = READ.decode(Done, answer.body, None)
    except Permanent:
        return None  # it was said; only its id is not told
    found = told.message_id or (told.messages[0].id if told.messages else told.id)
    return None if found is None else str(found)


def _send(api: Api, request: HttpRequest) -> HttpResponse:
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        proof = _proof(api, token)
        sent = HttpRequest(
            request.method,
            f"{root(api.account)}{request.url}",
            (*request.query, *proof),
            {"authorization": f"Bearer {token}", "accept": "application/json", "content-type": "application/json"},
            request.body,
            request.rate,
        )
        answer = api.http.send(sent)
        if _problem(answer).code not in words.TOKEN_DEAD:
            return answer
        api.tokens.expire(token)
    raise Permanent("token-revoked", "Meta refuses the access token: the owner must authorise again", connector=KEY)


def _proof(api: Api, token: str) -> tuple[tuple[str, str], ...]:
    """`appsecret_proof`, where the application's secret is known and the host takes one."""
    if api.account.options.get("login") == "instagram" or not api.secrets.values.get("app_secret"):
        return ()
    return (("appsecret_proof", appsecret_proof(api.secrets.one("app_secret"), token)),)


def appsecret_proof(secret: str, token: str) -> str:
    """Lower-case hex HMAC-SHA256 of the token under the application's secret."""
    return hmac_sha256(secret.encode(), token.encode()).hex()


def _problem(answer: HttpResponse) -> Problem:
    if answer.status == 200:
        return Problem()
    try:
        return READ.decode(Problems, answer.body, None).error or Problem()
    except Permanent:
        return Problem()


def refusal(answer: HttpResponse) -> HuitouError:
    """The error that an answer stands for, by its code; its text may repeat what was said and is left out."""
    problem = _problem(answer)
    code, sub = problem.code, problem.error_subcode
    shown = f"HTTP {answer.status}, code {code}" + (f"/{sub}" if sub is not None else "")
    if code in words.LATER:
        return Retriable("platform-throttled", f"a limit is used up: {shown}", after=PAUSE, connector=KEY)
    if code in words.CAPPED:
        return Retriable("platform-throttled", f"the person heard enough marketing for now: {shown}", after=DAY, connector=KEY)
    if code in words.TEMPLATE:
        return Permanent("template-refused", f"the template or its values do not fit: {shown}", connector=KEY)
    if code in words.SHAKY:
        return Retriable("platform-unavailable", f"a fault on their side: {shown}", after=60, connector=KEY)
    if code == words.WINDOW or sub == words.WINDOW_SUBCODE:
        return Permanent("window-closed", f"the person wrote too long ago: {shown}", connector=KEY)
    if code in words.OPTED_OUT:
        return Permanent("opted-out", f"the person stopped marketing: {shown}", connector=KEY)
    if code in words.UNREACHABLE or sub == words.NO_SUCH_PERSON:
        return Permanent("recipient-unreachable", f"the person cannot be written to: {shown}", connector=KEY)
    if answer.status == 404 or (code, sub) == (100, 33):
        return Skippable("resource-missing", f"Meta has no such object: {shown}", connector=KEY)
    if code is not None and (code == 10 or 200 <= code <= 299):
        return Permanent("permission-missing", f"the token may not do this: {shown}", connector=KEY)
    return Permanent("platform-refused", f"Meta refuses: {shown}", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """The token as configured; one of Instagram Login, good for 60 days, is exchanged for a fresh one."""
    fixed = api.secrets.one("access_token")
    if api.account.options.get("login") != "instagram":
        if last is not None and same(last.access_token.encode(), fixed.encode()):
            raise Permanent("token-revoked", "Meta refuses the access token: the owner must authorise again", connector=KEY)
        return Token(fixed, None)
    current = last.access_token if last else fixed
    query = (("grant_type", "ig_refresh_token"), ("access_token", current))
    answer = api.http.send(HttpRequest("GET", f"https://{HOSTS['instagram']}/refresh_access_token", query))
    if answer.status == 200:
        grant = READ.decode(Grant, answer.body, None)
        return Token(grant.access_token, api.now() + timedelta(seconds=max(0, min(grant.expires_in or 0, _YEAR))))
    if last is None or not same(current.encode(), fixed.encode()):
        # Younger than a day, a token cannot be exchanged yet; and a newly configured one replaces one that is dead.
        return Token(fixed, api.now() + timedelta(days=1))
    raise Permanent("token-revoked", "Meta refuses the access token: the owner must authorise again", connector=KEY)
